"""The audit trail: append-only, each event bound to the one before it by a keyed hash."""

import hashlib
import hmac
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from bot.web.accounts.models import AuditEvent

log = logging.getLogger("ldn.audit")

FIRST = "0" * 64
_FIELDS = ("number", "actor", "role", "action", "object_id", "outcome", "reason", "request_id", "previous_hash")
_LOCK = 0x1D_A0D17


@dataclass(frozen=True)
class Actor:
    """Who acts, and within which request."""

    name: str
    role: str = ""
    request_id: str = ""


SYSTEM = Actor("system", "system")


def actor_of(request: HttpRequest) -> Actor:
    """The person behind a request."""
    request_id = str(getattr(request, "request_id", ""))
    if request.user.is_authenticated:
        return Actor(request.user.username, request.user.role, request_id)
    return Actor("anonymous", "", request_id)


@transaction.atomic
def record(actor: Actor, action: str, object_id: str = "", outcome: str = "ok", reason: str = "") -> AuditEvent:
    """Append one event; call it inside the transaction of what it tells of. `reason` is a code, never typed text."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    last = AuditEvent.objects.order_by("-number").first()
    event = AuditEvent(
        number=last.number + 1 if last else 1,
        at=timezone.now(),
        actor=actor.name[:150],
        role=actor.role,
        action=action,
        object_id=object_id[:80],
        outcome=outcome,
        reason=reason[:80],
        request_id=actor.request_id,
        previous_hash=last.hash if last else FIRST,
    )
    event.hash = hash_of(event)
    event.save()
    transaction.on_commit(lambda: log.info("event %d %s", event.number, event.hash))
    return event


def hash_of(event: AuditEvent) -> str:
    """The hash over every field of an event and over the event before it."""
    data = {name: getattr(event, name) for name in _FIELDS} | {"at": _stamp(event.at)}
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return hmac.new(_key(), text.encode(), hashlib.sha256).hexdigest()


def verify(head: str = "") -> list[str]:
    """What is wrong with the trail, one line each; nothing if it is whole.

    `head` is a hash noted earlier (from the log, or from an export): that it is still there shows that
    the end of the trail was not cut off.
    """
    wrong: list[str] = []
    previous, expected, seen = FIRST, 1, not head
    for event in AuditEvent.objects.order_by("number").iterator():
        if event.number != expected:
            wrong.append(f"events {expected} to {event.number - 1} are missing")
        elif event.previous_hash != previous:
            wrong.append(f"event {event.number} does not follow event {event.number - 1}")
        if event.hash != hash_of(event):
            wrong.append(f"event {event.number} was changed ({event.at:%Y-%m-%d %H:%M}, {event.actor}, {event.action})")
        seen = seen or event.hash == head
        previous, expected = event.hash, event.number + 1
    if not seen:
        wrong.append("the event with the hash given is not there: the end of the trail was cut off or rewritten")
    return wrong


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _key() -> bytes:
    return hashlib.sha256(f"ldn-audit:{settings.AUDIT_KEY}".encode()).digest()
