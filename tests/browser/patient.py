"""The chat as a patient meets it, and a watch on what its page must not do."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Route, expect


@dataclass
class Watch:
    """What a page must not do; `allowed` takes what a test provokes on purpose."""

    base: str
    allowed: str = ""
    seen: list[str] = field(default_factory=list)

    def attach(self, page: Page) -> None:
        """Listen from the first request on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"exception: {error}"))
        page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.base}/", "blob:", "data:")):
            self.seen.append(f"foreign request: {request.url}")

    def bad(self) -> list[str]:
        """What was seen and not allowed."""
        return [line for line in self.seen if not (self.allowed and re.search(self.allowed, line))]


class Chat:
    """The component as a patient meets it."""

    def __init__(self, page: Page, base: str, watch: Watch) -> None:
        self.page, self.base, self.watch = page, base, watch
        self.log = page.get_by_role("log")
        self.box = page.get_by_label("Your question")
        self.cards = self.log.locator(".card")

    def visit(self, path: str = "/chat/") -> Self:
        """Open the page; the component shows the consent, or a conversation that is kept."""
        self.page.goto(self.base + path)
        return self

    def agree(self) -> Self:
        """Consent, and wait for the greeting with its questions."""
        self.page.get_by_role("button", name="I agree").click()
        expect(self.cards.first.get_by_role("button").first).to_be_visible()
        return self

    def send(self, text: str) -> None:
        """Type and press Enter."""
        self.box.fill(text)
        self.box.press("Enter")

    def ask(self, text: str) -> Locator:
        """Send, and wait for the first card of the answer."""
        count = self.cards.count()
        self.send(text)
        card = self.cards.nth(count)
        expect(card).to_be_visible(timeout=20_000)
        return card

    def answers(self, *replies: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> None:
        """The next messages get these replies, whatever they say."""
        body = (
            {"turn": "t", "replies": list(replies)}
            if status == 200
            else {"error": {"code": "x", "message": "Please wait a moment."}}
        )
        if status != 200 and replies:
            body["replies"] = list(replies)
        self.page.unroute_all()
        self.page.route("**/api/chat/messages", lambda route: route.fulfill(status=status, json=body, headers=headers))

    def intercept(self, path: str, handler: Callable[[Route], None]) -> None:
        """Answer one part of the API by hand."""
        self.page.route(f"**/api/chat/{path}", handler)


def reply(text: str = "An answer.", **more: Any) -> dict[str, Any]:
    """A reply as the API sends it."""
    plain: dict[str, Any] = {
        "id": "r",
        "kind": "answer",
        "level": "none",
        "lead": "",
        "reviewed_by": "",
        "reviewed_on": "",
    }
    lists: dict[str, Any] = {name: [] for name in ("categories", "topics", "versions", "sources", "buttons")}
    return {**plain, **lists, "text": text, **more}
