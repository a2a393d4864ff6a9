"""Notifications of cases: an outbox with retries, by email and signed webhook. Severity, id and link, never a word of a message."""

import hashlib
import hmac
import json
import logging
import smtplib
import time
from collections.abc import Callable
from datetime import timedelta

import httpx
from django.conf import settings as django_settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from bot.settings import settings
from bot.web.accounts import audit
from bot.web.review.models import Case, Delivery, Notification, Severity

log = logging.getLogger("ldn.notify")

MOST_ATTEMPTS = 10
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=30)
AGAIN = "not acknowledged in time"


class SendError(RuntimeError):
    """A channel did not take it; the message is short and holds no address or text."""


def link(case: Case) -> str:
    """Where the case is."""
    return settings().clinic.website.rstrip("/") + reverse("review-case", args=[case.pk])


def payload(notification: Notification) -> dict[str, str]:
    """All that leaves the house."""
    return {
        "id": notification.case_id,
        "severity": notification.severity,
        "reason": notification.reason,
        "at": notification.created_at.isoformat(timespec="seconds"),
        "link": link(notification.case),
    }


def by_email(notification: Notification) -> None:
    """Send to everybody in clinic.toml."""
    data = payload(notification)
    subject = f"LDN Guide: {data['severity']} case"
    body = f"A case needs a clinician.\n\nSeverity: {data['severity']}\nReason: {data['reason']}\nCase: {data['id']}\n{data['link']}\n"
    try:
        EmailMessage(subject, body, to=list(settings().clinic.notify_emails)).send()
    except (smtplib.SMTPException, OSError) as error:
        raise SendError(type(error).__name__) from None


def sign(secret: str, stamp: str, body: bytes) -> str:
    """What the receiver recomputes: HMAC-SHA256 over the time, a dot, and the body."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def by_webhook(notification: Notification) -> None:
    """POST to the address in clinic.toml, signed."""
    if not django_settings.WEBHOOK_SECRET:
        raise SendError("LDN_WEBHOOK_SECRET is not set")
    body, stamp = json.dumps(payload(notification)).encode(), str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "X-LDN-Timestamp": stamp,
        "X-LDN-Signature": sign(django_settings.WEBHOOK_SECRET, stamp, body),
    }
    try:
        answer = httpx.post(
            settings().clinic.notify_webhook, content=body, headers=headers, timeout=10, trust_env=False
        )
    except httpx.HTTPError as error:
        raise SendError(type(error).__name__) from None
    if not 200 <= answer.status_code < 300:
        raise SendError(f"status {answer.status_code}")


SENDERS: dict[str, Callable[[Notification], None]] = {
    Delivery.Channel.EMAIL.value: by_email,
    Delivery.Channel.WEBHOOK.value: by_webhook,
}


def channels() -> list[str]:
    """The channels that clinic.toml names."""
    clinic = settings().clinic
    return [
        name
        for name, there in (
            (Delivery.Channel.EMAIL.value, clinic.notify_emails),
            (Delivery.Channel.WEBHOOK.value, clinic.notify_webhook),
        )
        if there
    ]


def deliver_due() -> int:
    """Send what is due; returns how many deliveries succeeded. One worker runs this."""
    now = timezone.now()
    due = Notification.objects.filter(state=Notification.State.WAITING, next_at__lte=now).select_related(
        "case", "case__conversation"
    )
    sent = 0
    for notification in due.order_by("created_at")[:50]:
        if not channels():
            Notification.objects.filter(pk=notification.pk).update(state=Notification.State.NOWHERE)
            continue
        for channel in channels():
            sent += _deliver(notification, channel)
        _settle(notification)
    return sent


def _deliver(notification: Notification, channel: str) -> int:
    delivery, _ = Delivery.objects.get_or_create(notification=notification, channel=channel)
    if delivery.sent_at or delivery.next_at > timezone.now():
        return 0
    # Counted before sending: a crash in between repeats a message rather than losing one.
    delivery.attempts += 1
    delivery.next_at = timezone.now() + min(FIRST_WAIT * 2 ** (delivery.attempts - 1), LONGEST_WAIT)
    delivery.save()
    try:
        SENDERS[channel](notification)
    except SendError as error:
        delivery.error = str(error)[:120]
        delivery.save(update_fields=["error"])
        log.warning("notification %d by %s failed: %s", notification.pk, channel, delivery.error)
        return 0
    delivery.sent_at, delivery.error = timezone.now(), ""
    delivery.save(update_fields=["sent_at", "error"])
    return 1


def _settle(notification: Notification) -> None:
    deliveries = [delivery for delivery in notification.deliveries.all() if delivery.channel in channels()]
    open_ = [delivery for delivery in deliveries if not delivery.sent_at]
    if not open_:
        notification.state, notification.error = Notification.State.SENT, ""
    elif all(delivery.attempts >= MOST_ATTEMPTS for delivery in open_):
        notification.state, notification.error = Notification.State.FAILED, open_[0].error
    else:
        notification.next_at, notification.error = min(delivery.next_at for delivery in open_), open_[0].error
    notification.attempts = max(delivery.attempts for delivery in deliveries)
    notification.save()


def escalate_again() -> int:
    """A new notification for every case that is past its clock and was not looked at; one a clock's length."""
    now, count = timezone.now(), 0
    for case in Case.objects.filter(resolved_at=None, acknowledged_at=None).exclude(severity=Severity.INFORMATION):
        wait = timedelta(hours=settings().clinic.clocks[case.severity][0])
        last = case.notifications.order_by("-created_at").first()
        if now - case.raised_at < wait or (last and now - last.created_at < wait):
            continue
        with transaction.atomic():
            Notification.objects.create(case=case, reason=AGAIN, severity=case.severity)
            audit.record(audit.SYSTEM, "escalated again", case.pk, reason=case.severity)
        count += 1
    return count


@transaction.atomic
def retry_failed(actor: audit.Actor) -> int:
    """Try what failed once more, from the first wait on."""
    failed = Notification.objects.filter(state=Notification.State.FAILED)
    Delivery.objects.filter(
        notification__state__in=[Notification.State.FAILED, Notification.State.WAITING], sent_at=None
    ).update(attempts=0, next_at=timezone.now())
    Notification.objects.filter(state=Notification.State.WAITING).update(next_at=timezone.now())
    count = failed.update(state=Notification.State.WAITING, next_at=timezone.now())
    audit.record(actor, "notifications again", str(count))
    return count
