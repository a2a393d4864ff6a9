"""A client of the public chat API, for `ldn ask`, `ldn evaluate` and the tests."""

import uuid
from types import TracebackType
from typing import Any, Self

import httpx


class ChatError(RuntimeError):
    """The stack did not answer; the message names the cure."""


class ChatClient:
    """One conversation at a time."""

    def __init__(self, url: str, seconds: float = 30.0) -> None:
        self.url = url.rstrip("/")
        self._http = httpx.Client(timeout=seconds, trust_env=False)
        self.token = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def start(self) -> dict[str, Any]:
        """Start a new conversation."""
        started = self.post("conversations", {"consent": True})
        self.token = str(started["token"])
        return started

    def say(self, text: str) -> dict[str, Any]:
        """Send a message; {"turn", "replies"}."""
        return self.post("messages", {"text": text, "client_message_id": uuid.uuid4().hex})

    def choose(self, button_id: str) -> dict[str, Any]:
        """Choose a button."""
        return self.post("messages", {"button_id": button_id, "client_message_id": uuid.uuid4().hex})

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST to the API; ChatError unless it succeeds. A 429 that carries replies is a success."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            response = self._http.post(f"{self.url}/api/chat/{path}", json=body, headers=headers)
            data: dict[str, Any] = response.json() if response.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise ChatError(f"{self.url} does not answer ({type(error).__name__}). Start it with `make run`.") from None
        if response.status_code >= 400 and not data.get("replies"):
            message = (data.get("error") or {}).get("message", "")
            raise ChatError(f"{self.url} answered {response.status_code}: {message}")
        return data
