"""Notifications against a real SMTP server and a real HTTP receiver: retries, signatures, no message text."""

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

import bot.settings
from bot.web.accounts.models import AuditEvent, Role
from bot.web.review import notify
from bot.web.review.models import Case, Delivery, Notification

TEXT = "I take oxycodone zebra-canary, can I start LDN?"


class Inbox:
    """An SMTP server that keeps what it gets, or refuses."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.refuse = False

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        if self.refuse:
            return "451 try later"
        self.mails.append(envelope.content.decode())
        return "250 OK"


@dataclass
class Hook:
    """A webhook receiver; answers `status`."""

    url: str = ""
    status: int = 204
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def inbox(settings) -> Iterator[Inbox]:
    found = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield found
    controller.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    found = Hook()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            found.seen.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield found
    server.shutdown()


@pytest.fixture
def clinic(monkeypatch, settings):
    settings.WEBHOOK_SECRET = "shared-secret"

    def use(**changes: object) -> None:
        config = bot.settings.settings()
        changed = replace(config, clinic=replace(config.clinic, **changes))
        monkeypatch.setattr("bot.web.review.notify.settings", lambda: changed)

    return use


def hurry() -> None:
    Delivery.objects.update(next_at=timezone.now())
    Notification.objects.update(next_at=timezone.now())


def test_email_and_webhook_say_where_not_what(say, inbox, hook, clinic) -> None:
    clinic(notify_emails=("nurse@example.org", "lead@example.org"), notify_webhook=hook.url)
    case = say(TEXT).case_id
    assert notify.deliver_due() == 2
    assert len(inbox.mails) == 1
    headers, body = hook.seen[0]
    data = json.loads(body)
    assert (data["severity"], data["id"]) == ("urgent", case)
    assert data["link"].endswith(f"/review/case/{case}/")
    assert headers["X-LDN-Signature"] == notify.sign("shared-secret", headers["X-LDN-Timestamp"], body)
    for sent in (inbox.mails[0], body.decode()):
        assert "zebra" not in sent
        assert "oxycodone" not in sent
        assert case in sent
    assert Notification.objects.get().state == "sent"
    assert notify.deliver_due() == 0


def test_failing_webhook_is_retried_without_a_second_email(say, inbox, hook, clinic, signed_in) -> None:
    clinic(notify_emails=("nurse@example.org",), notify_webhook=hook.url)
    hook.status = 500
    say(TEXT)
    notify.deliver_due()
    assert Notification.objects.get().state == "waiting"
    for role in Role:
        assert "could not be delivered" in signed_in(role).get("/desk/").content.decode()
    assert notify.deliver_due() == 0
    assert len(hook.seen) == 1
    hook.status = 204
    hurry()
    assert notify.deliver_due() == 1
    assert (len(inbox.mails), len(hook.seen)) == (1, 2)
    assert Notification.objects.get().state == "sent"
    assert "could not be delivered" not in signed_in(Role.CLINICIAN).get("/desk/").content.decode()


def test_waits_grow_and_end(say, inbox, clinic) -> None:
    clinic(notify_emails=("nurse@example.org",), notify_webhook="")
    inbox.refuse = True
    say(TEXT)
    waits = []
    for _ in range(notify.MOST_ATTEMPTS):
        hurry()
        before = timezone.now()
        notify.deliver_due()
        waits.append(round((Delivery.objects.get().next_at - before).total_seconds()))
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == 1800
    found = Notification.objects.get()
    assert (found.state, found.error) == ("failed", "SMTPDataError")


def test_administrator_sends_failed_ones_again(say, inbox, clinic, signed_in) -> None:
    test_waits_grow_and_end(say, inbox, clinic)
    inbox.refuse = False
    signed_in(Role.ADMINISTRATOR).post("/review/notifications/again/")
    assert notify.deliver_due() == 1
    assert AuditEvent.objects.filter(action="notifications again").exists()


def test_receiver_that_is_not_there_is_a_failure(say, clinic) -> None:
    clinic(notify_emails=(), notify_webhook="http://127.0.0.1:9/hook")
    say(TEXT)
    assert notify.deliver_due() == 0
    assert Delivery.objects.get().error == "ConnectError"


def test_webhook_without_a_secret_is_not_sent(say, hook, clinic, settings) -> None:
    settings.WEBHOOK_SECRET = ""
    clinic(notify_emails=(), notify_webhook=hook.url)
    say(TEXT)
    notify.deliver_due()
    assert hook.seen == []
    assert Delivery.objects.get().error == "LDN_WEBHOOK_SECRET is not set"


def test_no_channel_is_said_to_administrators(say, clinic, signed_in) -> None:
    clinic(notify_emails=(), notify_webhook="")
    say(TEXT)
    notify.deliver_due()
    assert Notification.objects.get().state == "nowhere"
    assert "Nobody is told of new cases" in signed_in(Role.ADMINISTRATOR).get("/desk/").content.decode()


def test_unacknowledged_case_escalates_again_once_a_clock(say) -> None:
    case = Case.objects.get(pk=say(TEXT).case_id)
    assert notify.escalate_again() == 0
    long_ago = timezone.now() - timedelta(hours=5)
    Case.objects.update(raised_at=long_ago)
    Notification.objects.update(created_at=long_ago)
    assert notify.escalate_again() == 1
    assert notify.escalate_again() == 0
    assert case.notifications.filter(reason=notify.AGAIN).count() == 1
    Case.objects.update(acknowledged_at=timezone.now())
    Notification.objects.update(created_at=long_ago)
    assert notify.escalate_again() == 0
