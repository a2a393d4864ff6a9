"""Approvals: one function per state change, and the file through which `ldn index` learns of them."""

import json
import os
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from bot.approvals import path_in
from bot.retrieval.passages import Passage
from bot.settings import settings
from bot.web.accounts import audit
from bot.web.accounts.models import User
from bot.web.content.models import Approval, SentBack

MONTHS = {3: "3 months", 6: "6 months", 12: "12 months"}


class ChangedError(RuntimeError):
    """The text is not the one that was read."""


def approved_text(passage: Passage) -> str:
    """What an approval covers, as text to compare: everything that goes into the digest."""
    claims = [f"Source {claim.source}: {claim.claim}" for claim in passage.claims]
    staff = [f"For staff: {passage.staff}"] if passage.staff else []
    return "\n\n".join([passage.title, f"Coverage: {passage.coverage}", passage.body, *staff, *claims])


def current(topic: str, digest: str, today: date | None = None) -> Approval | None:
    """The approval that counts for this very text today."""
    today = today or timezone.localdate()
    return (
        Approval.objects.filter(topic=topic, digest=digest, withdrawn_at=None, expires_on__gte=today)
        .select_related("by")
        .first()
    )


def approval_of(topic: str, version: str) -> tuple[str, str]:
    """Who approved this version of a topic's passage, and on which day; two empty strings where nobody did."""
    found = (
        Approval.objects.filter(topic=topic, version=version, withdrawn_at=None, expires_on__gte=timezone.localdate())
        .select_related("by")
        .first()
    )
    return (found.by.display_name, found.at.date().isoformat()) if found else ("", "")


@transaction.atomic
def approve(passage: Passage, seen: str, months: int, user: User, actor: audit.Actor) -> Approval:
    """Approve the text whose digest was `seen`; ChangedError if the file changed meanwhile."""
    if passage.digest != seen:
        raise ChangedError("The text changed while you read it. Please read it again.")
    Approval.objects.filter(topic=passage.id, digest=passage.digest, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=user
    )
    made = Approval.objects.create(
        topic=passage.id,
        digest=passage.digest,
        version=passage.version,
        title=passage.title,
        text=approved_text(passage),
        by=user,
        expires_on=timezone.localdate() + timedelta(days=round(months * 30.44)),
    )
    audit.record(actor, "approved", passage.id, reason=passage.version)
    transaction.on_commit(write_file)
    return made


@transaction.atomic
def withdraw(topic: str, user: User, actor: audit.Actor) -> int:
    """Take back every approval of a topic that still counts."""
    count = Approval.objects.filter(topic=topic, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=user
    )
    audit.record(actor, "approval withdrawn", topic)
    transaction.on_commit(write_file)
    return count


@transaction.atomic
def send_back(passage: Passage, seen: str, comment: str, user: User, actor: audit.Actor) -> SentBack:
    """Say what is wrong with a text; an approval of it ends."""
    if passage.digest != seen:
        raise ChangedError("The text changed while you read it. Please read it again.")
    Approval.objects.filter(topic=passage.id, digest=seen, withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=user
    )
    made = SentBack.objects.create(topic=passage.id, digest=seen, comment=comment, by=user)
    audit.record(actor, "sent back", passage.id, reason=passage.version)
    transaction.on_commit(write_file)
    return made


def write_file() -> Path:
    """Write what is approved for bot/approvals.py, whole or not at all."""
    today = timezone.localdate()
    counted = Approval.objects.filter(withdrawn_at=None, expires_on__gte=today).order_by("at")
    data = {item.digest: {"topic": item.topic, "expires_on": item.expires_on.isoformat()} for item in counted}
    path = path_in(settings().var)
    place = path.with_suffix(f".{os.getpid()}.tmp")
    place.write_text(json.dumps(data, indent=1), encoding="utf-8")
    os.replace(place, path)
    return path
