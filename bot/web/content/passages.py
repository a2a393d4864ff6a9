"""Passages as content owners and clinicians see them: state, differences, reading level."""

import difflib
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from django.utils import timezone

from bot.reply import Source
from bot.retrieval.index import StaleIndexError, read_manifest
from bot.retrieval.passages import Passage, cited, load_passages, load_sources
from bot.settings import settings
from bot.web.content.approvals import approved_text, current
from bot.web.content.models import Approval, SentBack


class State(StrEnum):
    """Where a passage stands."""

    APPROVED = "approved"
    CHANGED = "changed since approval"
    EXPIRED = "approval expired"
    SENT_BACK = "sent back"
    NEW = "never approved"


@dataclass(frozen=True)
class Row:
    """One passage of the list."""

    passage: Passage
    state: State
    approval: Approval | None
    due: bool
    served: bool


def state_of(passage: Passage, today: date | None = None) -> tuple[State, Approval | None]:
    """The state of today's text, and the approval that counts or counted last."""
    counted = current(passage.id, passage.digest, today)
    if counted:
        return State.APPROVED, counted
    last = Approval.objects.filter(topic=passage.id).select_related("by").first()
    if SentBack.objects.filter(topic=passage.id, digest=passage.digest).exists():
        return State.SENT_BACK, last
    if last is None:
        return State.NEW, None
    if last.digest == passage.digest and last.withdrawn_at is None:
        return State.EXPIRED, last
    return (State.NEW if last.withdrawn_at and last.digest == passage.digest else State.CHANGED), last


def served() -> dict[str, str]:
    """Digests in the index that patients are answered from, by topic."""
    try:
        found: dict[str, str] = read_manifest(settings().index)["passages"]
    except StaleIndexError:
        return {}
    return found


def listed() -> list[Row]:
    """Every passage."""
    today, shown = timezone.localdate(), served()
    rows = []
    for passage in load_passages(settings().knowledge).values():
        state, approval = state_of(passage, today)
        rows.append(Row(passage, state, approval, passage.review_due <= today, shown.get(passage.id) == passage.digest))
    return rows


def passage_sources(passage: Passage) -> list[tuple[Source, list[str]]]:
    """Each source with the claims that rest on it."""
    sources = cited(passage, load_sources(settings().knowledge))
    return [(source, [claim.claim for claim in passage.claims if claim.source == source.id]) for source in sources]


def differences(old: str, new: str) -> list[tuple[str, str]]:
    """Word by word: ("same" | "gone" | "added", text)."""
    a, b = (re.findall(r"\s+|[^\s]+", text) for text in (old, new))
    found: list[tuple[str, str]] = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(a[i:j])))
            continue
        if i < j:
            found.append(("gone", "".join(a[i:j])))
        if k < m:
            found.append(("added", "".join(b[k:m])))
    return found


def difference_to(passage: Passage, approval: Approval | None) -> list[tuple[str, str]]:
    """Today's text against the one approved last; empty where they are the same, or nothing was approved."""
    if approval is None or approval.digest == passage.digest:
        return []
    return differences(approval.text, approved_text(passage))


@lru_cache(maxsize=256)
def grade(text: str) -> float:
    """US school grade of a text (Flesch-Kincaid)."""
    import textstat

    return round(float(textstat.flesch_kincaid_grade(text)), 1)
