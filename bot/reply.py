"""The wire shape of a reply: what an action sends, what the web process checks and shows."""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self, TypeVar

from bot.safety.verdict import Category, Level

MAX_REPLIES = 2
MAX_TEXT = 4_000
# What the record has room for.
MAX_PARTS = {"title": 200, "say": 400, "topic": 64}
MAX_ASKED = 40


class Kind(StrEnum):
    """What a reply is, for the page and for the record."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    NO_ANSWER = "no_answer"
    CAUTION = "caution"
    ESCALATION = "escalation"
    SMALLTALK = "smalltalk"
    CLINIC_INFO = "clinic_info"
    HANDOFF = "handoff"
    UNAVAILABLE = "unavailable"


class ReplyError(ValueError):
    """What came back is not an honest reply to this turn."""


@dataclass(frozen=True)
class Button:
    """A choice shown under a reply. `say` is what choosing it says; the page never sees it."""

    title: str
    say: str
    topic: str = ""


@dataclass(frozen=True)
class Source:
    """Where a passage's facts come from."""

    id: str
    title: str
    publisher: str = ""
    url: str = ""


Part = TypeVar("Part", Button, Source)


@dataclass(frozen=True)
class Reply:
    """One bubble: its text, what it rests on, and what may be chosen next."""

    kind: Kind
    text: str
    level: str = "none"
    categories: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    buttons: tuple[Button, ...] = ()
    asked: str = ""
    lead: str = ""
    unanswered: bool = False
    callback: dict[str, str] = field(default_factory=dict)

    def custom(self, turn: str) -> dict[str, Any]:
        """The typed part sent through Rasa, bound to one turn."""
        return {"ldn": 1, "turn": turn, **asdict(self)}

    @classmethod
    def from_custom(cls, data: dict[str, Any]) -> Self:
        """The reverse of `custom`; ReplyError names the first field that is wrong."""
        try:
            _refuse_unstorable(data)
            text = _text(data, "text")
            if not text or len(text) > MAX_TEXT:
                raise ReplyError("text is empty or too long")
            return cls(
                kind=Kind(data["kind"]),
                text=text,
                level=Level(data["level"]).value,
                categories=tuple(Category(category).value for category in _strings(data, "categories")),
                topics=_strings(data, "topics"),
                versions=_strings(data, "versions"),
                sources=_parts(data, "sources", Source),
                buttons=_parts(data, "buttons", Button),
                asked=_text(data, "asked", MAX_ASKED),
                lead=_text(data, "lead"),
                unanswered=data["unanswered"] is True,
                callback={str(key): str(value) for key, value in data["callback"].items()},
            )
        except ReplyError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise ReplyError(f"malformed reply: {type(error).__name__}") from error


def _refuse_unstorable(data: dict[str, Any]) -> None:
    # A NUL or a lone surrogate ends in a database error later, when the turn can no longer be mended.
    if "\\u0000" in json.dumps(data, ensure_ascii=False).encode().decode():
        raise ReplyError("a reply with a NUL")


def _text(data: dict[str, Any], key: str, most: int | None = None) -> str:
    value = data[key]
    if not isinstance(value, str) or len(value) > (most or len(value)):
        raise TypeError(key)
    return value


def _parts(data: dict[str, Any], key: str, kind: type[Part]) -> tuple[Part, ...]:
    values = data[key]
    if not isinstance(values, (list, tuple)):
        raise TypeError(key)
    for value in values:
        if not isinstance(value, dict):
            raise TypeError(key)
        for name in value:
            _text(value, name, MAX_PARTS.get(name) if kind is Button else None)
    return tuple(kind(**value) for value in values)


def _strings(data: dict[str, Any], key: str) -> tuple[str, ...]:
    values = data[key]
    if not isinstance(values, (list, tuple)) or not all(isinstance(value, str) for value in values):
        raise TypeError(key)
    return tuple(values)


def from_rasa(messages: object, turn: str) -> list[Reply]:
    """The replies in the REST channel's answer; ReplyError unless each is ours, for this turn.

    Rasa answers 200 with [] when an action fails, and sends plain text for any utter_* that a
    rule reaches after a failed action: neither counts as a reply.
    """
    if not isinstance(messages, list) or not messages:
        raise ReplyError("no reply")
    replies = []
    for message in messages:
        custom = message.get("custom") if isinstance(message, dict) else None
        if not isinstance(custom, dict) or custom.get("ldn") != 1:
            raise ReplyError("a reply without the guard")
        if custom.get("turn") != turn:
            raise ReplyError("a reply to another turn")
        replies.append(Reply.from_custom(custom))
    return replies[:MAX_REPLIES]
