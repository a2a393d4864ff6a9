"""Retention: conversations go when the clinic's period is over; counts and the audit trail stay."""

import os
import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from bot.settings import settings
from bot.web.accounts import audit
from bot.web.chat.models import CallbackRequest, Conversation, StoredReply, Turn, Unanswered
from bot.web.review.models import Case, Tally

# The readiness probe's senders are not conversations; one may be in mid-turn.
CANARY_AGE = timedelta(minutes=1)
BATCH = 200


@dataclass(frozen=True)
class Purged:
    """What went."""

    conversations: int
    questions: int
    callbacks: int
    tracker_events: int


def expired(now: datetime) -> QuerySet[Conversation]:
    """Conversations past their period: without a case after one, with cases after the other, never with an open case."""
    clinic = settings().clinic
    short, long = (now - timedelta(days=days) for days in (clinic.retention_days, clinic.flagged_retention_days))
    cases = Case.objects.filter(conversation=OuterRef("pk"))
    kept = cases.filter(resolved_at=None) | cases.filter(resolved_at__gt=long)
    plain = Conversation.objects.filter(~Exists(cases), active_at__lt=short)
    flagged = Conversation.objects.filter(Exists(cases), ~Exists(kept), active_at__lt=long)
    return plain | flagged


def purge(now: datetime | None = None, dry_run: bool = False) -> Purged:
    """Delete what is past its period; with `dry_run` only count."""
    now = now or timezone.now()
    keys = list(expired(now).values_list("pk", flat=True))
    cutoff = now - timedelta(days=settings().clinic.retention_days)
    questions = Unanswered.objects.filter(at__lt=cutoff)
    callbacks = CallbackRequest.objects.filter(at__lt=cutoff).exclude(state=CallbackRequest.State.OPEN)
    if dry_run:
        return Purged(len(keys), questions.count(), callbacks.count(), 0)
    with transaction.atomic():
        counted = len(questions), len(callbacks)
        questions.delete()
        callbacks.delete()
        for start in range(0, len(keys), BATCH):
            _delete(keys[start : start + BATCH])
        if keys or any(counted):
            audit.record(audit.SYSTEM, "retention", f"{len(keys)} conversations")
    return Purged(len(keys), *counted, purge_tracker(tracker_path(), now))


def _delete(keys: list[str]) -> None:
    counts: Counter[tuple[date, str]] = Counter()
    for day in Conversation.objects.filter(pk__in=keys).values_list("started_at__date", flat=True):
        counts[day, "conversations"] += 1
    for day, level in Turn.objects.filter(conversation__in=keys).values_list("received_at__date", "level"):
        counts[day, "messages"] += 1
        counts[day, f"level {level}"] += 1
    replies = StoredReply.objects.filter(turn__conversation__in=keys).values_list(
        "turn__received_at__date", "kind", "topics"
    )
    for day, kind, topics in replies:
        counts[day, f"kind {kind}"] += 1
        for topic in topics:
            counts[day, f"topic {topic}"] += 1
    for (day, what), count in counts.items():
        row, _ = Tally.objects.get_or_create(day=day, what=what)
        Tally.objects.filter(pk=row.pk).update(count=F("count") + count)
    Conversation.objects.filter(pk__in=keys).delete()


def tracker_path() -> Path:
    """Rasa's own record."""
    return Path(os.environ.get("LDN_TRACKER_DB") or settings().var / "rasa.sqlite3")


def purge_tracker(path: Path, now: datetime | None = None) -> int:
    """Take out of Rasa's record whatever belongs to no conversation of ours any more; how many events went.

    That is also what "start over" leaves behind, and the readiness probe's canaries.
    """
    if not path.is_file():
        return 0
    now = now or timezone.now()
    with sqlite3.connect(path, timeout=10) as rasa:
        try:
            rows = rasa.execute("SELECT sender_id, MAX(timestamp) FROM events GROUP BY sender_id").fetchall()
        except sqlite3.OperationalError:
            return 0
        ours = set(Conversation.objects.values_list("pk", flat=True))
        # Every conversation is in our database before Rasa hears of it: one that is missing was deleted.
        old = (now - CANARY_AGE).timestamp()
        gone = [sender for sender, last in rows if sender not in ours and last < old]
        count = 0
        for sender in gone:
            count += rasa.execute("DELETE FROM events WHERE sender_id = ?", (sender,)).rowcount
    if count:
        with sqlite3.connect(path, timeout=10) as rasa:
            rasa.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return count
