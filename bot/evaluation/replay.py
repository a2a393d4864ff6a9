"""Replaying cases through the public chat API, as a patient's page would send them."""

import time
from dataclasses import dataclass, field
from typing import Any

from bot.client import ChatClient
from bot.evaluation.cases import Case, Dialogue


@dataclass(frozen=True)
class Heard:
    """The replies to one message, and how long they took."""

    replies: list[dict[str, Any]]
    seconds: float

    @property
    def level(self) -> str:
        """The highest level among the replies."""
        order = ("none", "caution", "escalate", "emergency")
        return max((reply["level"] for reply in self.replies), key=order.index, default="none")

    @property
    def categories(self) -> set[str]:
        """Every category carried."""
        return {category for reply in self.replies for category in reply["categories"]}

    @property
    def topics(self) -> list[str]:
        """Topics of the passages shown, best first."""
        return [topic for reply in self.replies for topic in reply["topics"]]

    @property
    def offered(self) -> list[str]:
        """Topics of the buttons of a clarifying question."""
        return [button["topic"] for reply in self.replies if reply["kind"] == "clarify" for button in reply["buttons"]]

    @property
    def kinds(self) -> list[str]:
        """Kinds in order."""
        return [reply["kind"] for reply in self.replies]


@dataclass(frozen=True)
class Played:
    """A case and what was heard, one for each of its messages."""

    case: Case
    heard: list[Heard] = field(default_factory=list)


def replay_one(case: Case, url: str) -> Played:
    """One case in a conversation of its own."""
    with ChatClient(url) as client:
        texts = [turn.user for turn in case.turns] if isinstance(case, Dialogue) else [case.text]
        return Played(case, [_say(client, text) for text in texts])


def _say(client: ChatClient, text: str) -> Heard:
    started = time.perf_counter()
    replies = client.say(text)["replies"]
    return Heard(replies, time.perf_counter() - started)
