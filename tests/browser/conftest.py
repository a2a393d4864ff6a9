"""Debian's Chromium on the running stack; a page fails on console errors, CSP messages and foreign requests."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from patient import Chat, Watch
from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "build" / "axe" / "axe.min.js"
SHOTS = ROOT / "build" / "screenshots"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Boxes that hold more than they show; a scroller may be taller than its box, never wider.
TOO_WIDE = """() => {
  const roots = [document, ...[...document.querySelectorAll('*')].map((node) => node.shadowRoot).filter(Boolean)];
  const wide = roots.flatMap((root) => [...root.querySelectorAll('*')]).filter((node) =>
    node.clientWidth && node.scrollWidth > node.clientWidth + 1 && !node.closest('.sr') &&
    getComputedStyle(node).display !== 'inline');
  return wide.map((node) => `${node.tagName}.${node.className} ${node.scrollWidth}>${node.clientWidth}`);
}"""
TOO_SMALL = """() => [...document.querySelector('ldn-chat').shadowRoot
  .querySelectorAll('button, .call, input, textarea, summary')]
  .filter((node) => node.checkVisibility()).map((node) => [node, node.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44)
  .map(([node, box]) => `${node.textContent} ${box.width}x${box.height}`)"""


@pytest.fixture(scope="session")
def base(request: pytest.FixtureRequest) -> str:
    """Address of the stack: LDN_TEST_URL, or the one the tests start."""
    return (os.environ.get("LDN_TEST_URL") or str(request.getfixturevalue("live_stack"))).rstrip("/")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's browser; nothing is downloaded."""
    return {"executable_path": os.environ.get("LDN_CHROMIUM", "/usr/bin/chromium"), "args": FLAGS}


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    if not AXE.exists():
        pytest.fail(f"{AXE} is missing. Run 'make setup', or: npm pack axe-core, and copy package/axe.min.js there.")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def opened(browser: Browser, base: str) -> Iterator[Callable[..., Chat]]:
    """Opens chats in contexts of their own; all of them are judged at the end."""
    made: list[Chat] = []

    def open_chat(width: int = 390, height: int = 844, **context: Any) -> Chat:
        page = browser.new_context(viewport={"width": width, "height": height}, **context).new_page()
        watch = Watch(base)
        watch.attach(page)
        made.append(Chat(page, base, watch))
        return made[-1]

    yield open_chat
    seen = [line for chat in made for line in chat.watch.bad()]
    for chat in made:
        chat.page.context.close()
    assert seen == []


@pytest.fixture
def chat(opened: Callable[..., Chat]) -> Chat:
    """One chat on a phone."""
    return opened()


@pytest.fixture
def judge(axe: str) -> Callable[[Chat, str], None]:
    """Axe, nothing too wide or too small, and a picture to look at."""

    def check(chat: Chat, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        chat.page.screenshot(path=SHOTS / f"chat-{name}.png")
        chat.page.evaluate(axe)
        result = chat.page.evaluate("(rules) => axe.run({runOnly: rules})", RULES)
        broken = [f"{name}: {rule['id']} {[node['target'] for node in rule['nodes']]}" for rule in result["violations"]]
        assert broken == []
        assert chat.page.evaluate(TOO_WIDE) == []
        assert chat.page.evaluate(TOO_SMALL) == []

    return check
