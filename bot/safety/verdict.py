"""The result of triage: what was found, how it applies, how much it weighs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import total_ordering
from typing import Any


class Category(StrEnum):
    OPIOID_USE = "opioid_use"
    PREGNANCY = "pregnancy"
    LIVER_DISEASE = "liver_disease"
    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"


class Status(StrEnum):
    PRESENT = "present"
    POSSIBLE = "possible"
    CONDITIONAL = "conditional"
    PAST = "past"
    OTHER_USER = "other_user"
    """The person who takes or wants LDN is not the one typing, and the risk is theirs."""
    BYSTANDER = "bystander"
    """The risk belongs to someone who does not take LDN."""
    TOPIC = "topic"
    PLANNED = "planned"
    DENIED = "denied"
    INFORMATIONAL = "informational"
    UNSPECIFIED = "unspecified"
    IMPLIED = "implied"


@total_ordering
class Level(StrEnum):
    NONE = "none"
    CAUTION = "caution"
    ESCALATE = "escalate"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        return _RANKS[self.value]

    def __lt__(self, other: object) -> bool:
        # StrEnum would compare alphabetically, which puts "caution" below "none".
        return self.rank < Level(other).rank if isinstance(other, str) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.rank <= Level(other).rank if isinstance(other, str) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.rank > Level(other).rank if isinstance(other, str) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.rank >= Level(other).rank if isinstance(other, str) else NotImplemented


_RANKS = {"none": 0, "caution": 1, "escalate": 2, "emergency": 3}


@dataclass(frozen=True, slots=True)
class Flag:
    """One finding. `start` and `end` are offsets into the text as it was typed."""

    category: Category
    status: Status
    rule: str
    start: int
    end: int
    text: str
    level: Level

    def as_dict(self) -> dict[str, Any]:
        return {
            "category": self.category.value,
            "status": self.status.value,
            "rule": self.rule,
            "start": self.start,
            "end": self.end,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """`categories` holds only those that reach caution; `flags` also shows what was denied."""

    level: Level
    categories: tuple[Category, ...]
    flags: tuple[Flag, ...]

    @classmethod
    def of(cls, flags: tuple[Flag, ...]) -> Verdict:
        raised = [flag for flag in flags if flag.level > Level.NONE]
        top = max((flag.level.rank for flag in raised), default=0)
        level = next(level for level in Level if level.rank == top)
        found = {flag.category for flag in raised}
        return cls(level, tuple(c for c in Category if c in found), flags)

    def as_dict(self) -> dict[str, Any]:
        return {
            "level": self.level.value,
            "categories": [category.value for category in self.categories],
            "flags": [flag.as_dict() for flag in self.flags],
        }


NOTHING = Verdict(Level.NONE, (), ())
