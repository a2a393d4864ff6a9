"""A conversation as clinicians read it: every trigger marked where it stands, nothing hidden."""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.safety.verdict import Level
from bot.web.chat.models import Conversation, StoredReply, Turn
from bot.web.review.models import Judgement

NAMES = {
    "opioid_use": "opioid use",
    "pregnancy": "pregnancy",
    "liver_disease": "liver disease",
    "emergency": "emergency",
    "self_harm": "self-harm",
}
# Characters that show nothing, or turn the text around: clinicians must see that they are there.
_UNSEEN = re.compile(r"([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff])")


@dataclass(frozen=True)
class Finding:
    """One flag of the triage."""

    id: str
    category: str
    name: str
    status: str
    rule: str
    level: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Piece:
    """A run of text under the same flags; `first` where its label belongs."""

    parts: tuple[tuple[str, bool], ...]
    findings: tuple[Finding, ...] = ()
    first: bool = False

    @property
    def level(self) -> str:
        """The highest level on it."""
        return max((Level(finding.level) for finding in self.findings), default=Level.NONE).value

    @property
    def id(self) -> str:
        """The anchor."""
        return self.findings[0].id if self.findings else ""

    @property
    def label(self) -> str:
        """What the flags on it say, in words."""
        return ", ".join(f"{finding.name}: {finding.status}" for finding in self.findings)


@dataclass(frozen=True)
class Line:
    """A message, what was found in it, and what was answered."""

    turn: Turn
    pieces: list[Piece]
    findings: list[Finding]
    replies: list[StoredReply]
    judgements: list[Judgement] = field(default_factory=list)

    @property
    def raised(self) -> list[Finding]:
        """Those that weigh."""
        return [finding for finding in self.findings if finding.level != Level.NONE.value]


def findings_of(turn: Turn) -> list[Finding]:
    """The flags as they were stored with the message."""
    return [_finding(turn, number, flag) for number, flag in enumerate(turn.flags)]


def _finding(turn: Turn, number: int, flag: dict[str, Any]) -> Finding:
    fields = {key: flag[key] for key in ("category", "status", "rule", "level", "start", "end", "text")}
    name = NAMES.get(flag["category"], flag["category"])
    return Finding(
        id=f"t{turn.number}-{number}", name=name, **{**fields, "status": str(flag["status"]).replace("_", " ")}
    )


def pieces_of(text: str, findings: list[Finding]) -> list[Piece]:
    """The text cut where a flag starts or ends; flags may overlap. Offsets beyond the text are cut off."""
    edges = {0, len(text)}
    for finding in findings:
        edges |= {min(max(finding.start, 0), len(text)), min(max(finding.end, 0), len(text))}
    cuts = sorted(edges)
    pieces = []
    for start, end in zip(cuts, cuts[1:], strict=False):
        over = tuple(finding for finding in findings if finding.start <= start and finding.end >= end)
        pieces.append(Piece(visible(text[start:end]), over, any(finding.start == start for finding in over)))
    return pieces


def visible(text: str) -> tuple[tuple[str, bool], ...]:
    """Parts of a text; True marks the code of a character that cannot be seen."""
    parts = [
        (f"U+{ord(part):04X}", True) if _UNSEEN.fullmatch(part) else (part, False)
        for part in _UNSEEN.split(text)
        if part
    ]
    return tuple(parts)


def transcript(conversation: Conversation) -> list[Line]:
    """All messages in order."""
    turns = conversation.turns.prefetch_related("replies", "replies__feedback", "judgements__author").order_by("number")
    lines = []
    for turn in turns:
        found = findings_of(turn)
        lines.append(
            Line(turn, pieces_of(turn.text, found), found, list(turn.replies.all()), list(turn.judgements.all()))
        )
    return lines
