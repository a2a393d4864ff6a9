"""A patient's message as the dialogue sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from bot.safety.conversation import judge
from bot.safety.triage import Asked, Question
from bot.safety.verdict import Category, Level, Status, Verdict


@dataclass(frozen=True)
class Turn:
    """One message with what the web process sent along.

    `id` is what every reply must carry; `asked` the question the bot asked last (see `question_of`); `topic`
    is set when a button named one; `previous` holds the topics of the last answer, `before` its question;
    `number` counts the conversation's turns from 0; `known` holds the risks raised so far, as level by category;
    `ranking` is Rasa's probability by intent; `denied` the spans of denials in the text.
    """

    id: str
    text: str
    intent: str = ""
    ranking: Mapping[str, float] = field(default_factory=dict)
    asked: str = ""
    topic: str = ""
    previous: tuple[str, ...] = ()
    before: str = ""
    number: int = 0
    known: Mapping[Category, Level] = field(default_factory=dict)
    denied: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Self:
        """From Rasa's latest message; whatever the metadata lacks stays empty."""
        metadata = message.get("metadata") or {}
        return cls(
            id=str(metadata.get("turn") or ""),
            text=str(message.get("text") or ""),
            intent=str((message.get("intent") or {}).get("name") or ""),
            ranking={item["name"]: float(item["confidence"]) for item in message.get("intent_ranking") or []},
            asked=str(metadata.get("asked") or ""),
            topic=str(metadata.get("topic") or ""),
            previous=tuple(metadata.get("previous") or ()),
            before=str(metadata.get("before") or ""),
            number=int(metadata.get("number") or 0),
            known=known_of(metadata),
            denied=tuple(
                (int(entity["start"]), int(entity["end"]))
                for entity in message.get("entities") or []
                if entity.get("value") == Status.DENIED.value
            ),
        )

    def verdict(self) -> Verdict:
        """What the safety rules say of it: the same here, in the pipeline and in the web process."""
        return judge(self.text, question_of(self.asked), self.known)


def known_of(metadata: Mapping[str, Any]) -> dict[Category, Level]:
    """The risks raised so far, from a message's metadata."""
    return {Category(key): Level(level) for key, level in (metadata.get("known") or {}).items()}


def question_of(asked: str) -> Question | None:
    """The question behind what a reply says it asked: "which_medicine", "applies_<category>", or none."""
    if asked == Asked.WHICH_MEDICINE.value:
        return Question(Asked.WHICH_MEDICINE, Category.OPIOID_USE)
    kind, _, category = asked.partition("_")
    if kind == Asked.APPLIES.value and category in {item.value for item in Category}:
        return Question(Asked.APPLIES, Category(category))
    return None
