"""From a status to a level: the table of SAFETY.md."""

from __future__ import annotations

from bot.safety.verdict import Category, Level, Status

_RISK = {
    Status.PRESENT: Level.ESCALATE,
    Status.POSSIBLE: Level.ESCALATE,
    Status.CONDITIONAL: Level.ESCALATE,
    Status.PAST: Level.ESCALATE,
    Status.OTHER_USER: Level.ESCALATE,
    Status.BYSTANDER: Level.CAUTION,
    Status.TOPIC: Level.CAUTION,
    Status.PLANNED: Level.CAUTION,
    Status.DENIED: Level.NONE,
    Status.INFORMATIONAL: Level.NONE,
    Status.UNSPECIFIED: Level.CAUTION,
    Status.IMPLIED: Level.ESCALATE,
}
_URGENT = dict.fromkeys(Status, Level.EMERGENCY) | {
    # Never silent: a denial of suicidal thoughts still deserves the safety sentence.
    Status.DENIED: Level.CAUTION,
    Status.INFORMATIONAL: Level.NONE,
    Status.UNSPECIFIED: Level.CAUTION,
}
URGENT = frozenset({Category.EMERGENCY, Category.SELF_HARM})


def level_of(category: Category, status: Status) -> Level:
    """The level a status has by default; a rule that knows how long ago may name another."""
    return (_URGENT if category in URGENT else _RISK)[status]
