"""Retention: what goes, what stays, and Rasa's own record."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from bot.web.accounts import audit
from bot.web.accounts.models import AuditEvent, Role
from bot.web.chat import record
from bot.web.chat.models import CallbackRequest, Conversation, Turn, Unanswered
from bot.web.review import retention, work
from bot.web.review.dashboard import figures
from bot.web.review.models import Case, Resolution, Tally

OPIOID = "I take oxycodone every day"


@pytest.fixture(autouse=True)
def tracker(tmp_path: Path, monkeypatch) -> Path:
    path = tmp_path / "rasa.sqlite3"
    monkeypatch.setenv("LDN_TRACKER_DB", str(path))
    return path


def aged(turn: Turn, days: int) -> Turn:
    Conversation.objects.filter(pk=turn.conversation_id).update(active_at=timezone.now() - timedelta(days=days))
    return turn


def resolved(turn: Turn, user, days: int) -> None:
    case = Case.objects.get(pk=turn.case_id)
    work.resolve(case.pk, case.version, Resolution.NO_ACTION, user, audit.SYSTEM)
    Case.objects.filter(pk=case.pk).update(resolved_at=timezone.now() - timedelta(days=days))


def test_each_kind_of_conversation_has_its_period(say, people) -> None:
    user = people[Role.CLINICIAN]
    young, old = aged(say("what is ldn"), 29), aged(say("what is ldn"), 31)
    flagged, long_ago, still_open = aged(say(OPIOID), 100), aged(say(OPIOID), 400), aged(say(OPIOID), 400)
    lately = aged(say(OPIOID), 400)
    for turn, days in ((flagged, 90), (long_ago, 366), (lately, 10)):
        resolved(turn, user, days)
    assert set(retention.expired(timezone.now())) == {old.conversation, long_ago.conversation}
    assert retention.purge(dry_run=True).conversations == 2
    assert retention.purge().conversations == 2
    left = {turn.conversation_id for turn in (young, flagged, still_open, lately)}
    assert set(Conversation.objects.values_list("pk", flat=True)) == left


def test_counts_and_audit_stay(say, people) -> None:
    turn = aged(say("what is ldn"), 31)
    before = AuditEvent.objects.count()
    messages = figures()["messages_total"]
    retention.purge()
    assert not Turn.objects.filter(pk=turn.pk).exists()
    assert figures()["messages_total"] == messages
    assert Tally.objects.get(what="topic onset_time").count == 1
    assert AuditEvent.objects.count() == before + 1
    assert audit.verify() == []


def test_questions_and_finished_calls_go_too(say) -> None:
    turn = say("what is ldn")
    old = timezone.now() - timedelta(days=31)
    Unanswered.objects.create(text="x", at=old)
    for state in CallbackRequest.State.values:
        call = record.request_callback(turn.conversation, "Pat", "555-010-0100", "")
        CallbackRequest.objects.filter(pk=call.pk).update(at=old, state=state)
    gone = retention.purge()
    assert (gone.questions, gone.callbacks) == (1, 2)
    assert CallbackRequest.objects.get().state == "open"


def test_rasas_record_keeps_only_our_conversations(say, tracker) -> None:
    ours, gone = say("what is ldn"), say("what is ldn")
    now = timezone.now().timestamp()
    with sqlite3.connect(tracker) as rasa:
        rasa.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, timestamp FLOAT)")
        senders = [
            (ours.conversation_id, now - 90),
            (gone.conversation_id, now - 90),
            ("canary_old", now - 90),
            ("canary_new", now),
        ]
        rasa.executemany("INSERT INTO events (sender_id, timestamp) VALUES (?, ?)", senders)
    record.erase(gone.conversation)
    assert retention.purge().tracker_events == 2
    with sqlite3.connect(tracker) as rasa:
        left = {row[0] for row in rasa.execute("SELECT sender_id FROM events")}
    assert left == {ours.conversation_id, "canary_new"}


def test_no_record_of_rasas_is_no_error(tracker) -> None:
    assert retention.purge_tracker(tracker) == 0
