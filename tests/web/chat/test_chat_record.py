"""The record: every state change commits with what it entails, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bot.reply import Button, Kind, Reply, Source
from bot.safety.triage import assess
from bot.safety.verdict import NOTHING, Category, Level
from bot.turn import question_of
from bot.web.chat import record
from bot.web.chat.models import (
    CallbackRequest,
    Conversation,
    Risk,
    StoredButton,
    StoredReply,
    Turn,
    Unanswered,
)
from bot.web.review.models import Case, Notification

pytestmark = pytest.mark.django_db

OPIOID = "I take oxycodone daily"
PREGNANT = "I am 28 weeks pregnant"
ROOMMATE = "my roommate takes oxycodone"
DYING = "I want to kill myself"
HARMLESS = "What is LDN?"
DONE = [Reply(Kind.ANSWER, "Body.", topics=("cost",))]
numbers = iter(range(10**9))


@pytest.fixture
def conversation() -> Conversation:
    return record.start_conversation()[0]


def send(conversation: Conversation, text: str, message_id: str = "", asked: str = "") -> Turn:
    """A message that is new."""
    verdict = assess(text, question_of(asked))
    turn, new = record.receive(conversation, text, message_id or f"message-{next(numbers)}", verdict, asked=asked)
    assert new
    return turn


def finish(turn: Turn, *replies: Reply) -> list[StoredReply]:
    return record.finish(turn, list(replies) or DONE, Turn.State.ANSWERED)


# Receiving.


def test_receive_commits_message_and_verdict(conversation: Conversation) -> None:
    turn = send(conversation, OPIOID)
    stored = Turn.objects.get()
    assert (stored.pk, stored.number, stored.text, stored.level, stored.state) == (
        turn.pk,
        0,
        OPIOID,
        "escalate",
        "received",
    )
    assert [(flag["category"], flag["status"], flag["start"], flag["end"], flag["level"]) for flag in stored.flags] == [
        ("opioid_use", "present", 7, 16, "escalate")
    ]
    assert all(flag["rule"] for flag in stored.flags)


def test_receive_opens_case_and_notification(conversation: Conversation) -> None:
    turn = send(conversation, OPIOID)
    case = Case.objects.get()
    assert (case.conversation_id, case.severity, case.categories) == (conversation.pk, "urgent", ["opioid_use"])
    assert turn.case == case
    note = Notification.objects.get()
    assert (note.case, note.severity, note.reason, note.state) == (case, "urgent", "escalate", "waiting")


SEVERITY = {
    HARMLESS: None,
    ROOMMATE: "information",
    OPIOID: "urgent",
    PREGNANT: "urgent",
    "I had hep C years ago": "review",
    DYING: "emergency",
    "my chest hurts and I cannot breathe": "emergency",
}


@pytest.mark.parametrize("text", SEVERITY)
def test_case_by_severity(conversation: Conversation, text: str) -> None:
    send(conversation, text)
    assert list(Case.objects.values_list("severity", flat=True)) == ([SEVERITY[text]] if SEVERITY[text] else [])


def test_receive_twice_is_received_once(conversation: Conversation) -> None:
    first = send(conversation, OPIOID, "same-message")
    again, new = record.receive(conversation, OPIOID, "same-message", assess(OPIOID))
    assert (again.pk, new) == (first.pk, False)
    assert (Turn.objects.count(), Case.objects.count(), Notification.objects.count()) == (1, 1, 1)


def test_same_message_id_in_two_conversations_is_two_messages(conversation: Conversation) -> None:
    send(conversation, HARMLESS, "same-message")
    send(record.start_conversation()[0], HARMLESS, "same-message")
    assert Turn.objects.count() == 2


def test_turns_are_numbered(conversation: Conversation) -> None:
    for _ in range(3):
        finish(send(conversation, HARMLESS))
    assert list(conversation.turns.values_list("number", flat=True)) == [0, 1, 2]


def test_receive_keeps_the_conversation_alive(conversation: Conversation) -> None:
    long_ago = timezone.now() - timedelta(minutes=29)
    Conversation.objects.update(active_at=long_ago)
    send(conversation, HARMLESS)
    assert Conversation.objects.get().active_at > long_ago + timedelta(minutes=28)


# The queue.


def test_queue_holds_three(conversation: Conversation) -> None:
    for _ in range(record.QUEUE):
        send(conversation, HARMLESS)
    with pytest.raises(record.QueueFull):
        send(conversation, HARMLESS)
    assert Turn.objects.count() == record.QUEUE == 3


@pytest.mark.parametrize("text", [OPIOID, DYING, ROOMMATE])
def test_full_queue_still_takes_a_red_flag(conversation: Conversation, text: str) -> None:
    for _ in range(record.QUEUE):
        send(conversation, HARMLESS)
    send(conversation, text)
    assert Case.objects.count() == 1


def test_full_queue_still_knows_a_message_sent_again(conversation: Conversation) -> None:
    first = send(conversation, HARMLESS, "same-message")
    for _ in range(record.QUEUE - 1):
        send(conversation, HARMLESS)
    assert record.receive(conversation, HARMLESS, "same-message", NOTHING) == (first, False)


def test_queue_is_free_again_when_turns_are_finished(conversation: Conversation) -> None:
    turns = [send(conversation, HARMLESS) for _ in range(record.QUEUE)]
    finish(turns[0])
    send(conversation, HARMLESS)


def test_queue_is_the_conversation_s_own(conversation: Conversation) -> None:
    for _ in range(record.QUEUE):
        send(conversation, HARMLESS)
    send(record.start_conversation()[0], HARMLESS)


# Cases.


def test_one_open_case_a_conversation(conversation: Conversation) -> None:
    for text in (OPIOID, PREGNANT, ROOMMATE):
        finish(send(conversation, text))
    case = Case.objects.get()
    assert (case.severity, case.categories) == ("urgent", ["opioid_use", "pregnancy"])
    assert case.turns.count() == 3
    assert Notification.objects.count() == 1


def test_case_is_raised_and_notified_again(conversation: Conversation) -> None:
    for text in (ROOMMATE, OPIOID, DYING):
        finish(send(conversation, text))
    case = Case.objects.get()
    assert (case.severity, case.categories, case.version) == ("emergency", ["opioid_use", "self_harm"], 3)
    assert list(Notification.objects.order_by("pk").values_list("severity", flat=True)) == [
        "information",
        "urgent",
        "emergency",
    ]


def test_raised_case_must_be_acknowledged_again(conversation: Conversation) -> None:
    send(conversation, OPIOID)
    Case.objects.update(acknowledged_at=timezone.now())
    send(conversation, DYING)
    assert Case.objects.get().acknowledged_at is None


def test_case_that_is_not_raised_stays_acknowledged(conversation: Conversation) -> None:
    send(conversation, OPIOID)
    Case.objects.update(acknowledged_at=timezone.now())
    send(conversation, PREGNANT)
    assert Case.objects.get().acknowledged_at is not None


def test_resolved_case_is_not_opened_again_but_followed_by_another(conversation: Conversation) -> None:
    send(conversation, OPIOID)
    Case.objects.update(resolved_at=timezone.now())
    send(conversation, OPIOID)
    assert Case.objects.count() == 2
    assert Case.objects.filter(resolved_at=None).count() == 1


def test_two_conversations_have_two_cases(conversation: Conversation) -> None:
    send(conversation, OPIOID)
    send(record.start_conversation()[0], OPIOID)
    assert Case.objects.count() == 2


def test_unanswered_turn_goes_before_a_clinician(conversation: Conversation) -> None:
    record.orphaned(send(conversation, HARMLESS))
    assert Case.objects.get().severity == "review"
    assert Notification.objects.get().reason == "no reply was delivered"


# Risks.


def risks(conversation: Conversation) -> dict[str, str]:
    return {key.value: level.value for key, level in record.known_risks(conversation).items()}


def test_risk_is_remembered(conversation: Conversation) -> None:
    send(conversation, OPIOID)
    assert risks(conversation) == {"opioid_use": "escalate"}


def test_harmless_message_is_no_risk(conversation: Conversation) -> None:
    send(conversation, HARMLESS)
    assert risks(conversation) == {}


def test_risk_does_not_fall_with_later_messages(conversation: Conversation) -> None:
    for text in (OPIOID, ROOMMATE, HARMLESS, "I dont take any opioids"):
        finish(send(conversation, text))
    assert risks(conversation) == {"opioid_use": "escalate"}


def test_risks_add_up(conversation: Conversation) -> None:
    finish(send(conversation, OPIOID))
    finish(send(conversation, PREGNANT))
    assert risks(conversation) == {"opioid_use": "escalate", "pregnancy": "escalate"}


def test_risk_is_lowered_to_caution_never_erased(conversation: Conversation) -> None:
    send(conversation, OPIOID)
    for _ in range(2):
        record.lower_risk(conversation, Category.OPIOID_USE)
        assert risks(conversation) == {"opioid_use": "caution"}


def test_lowered_risk_rises_again(conversation: Conversation) -> None:
    send(conversation, OPIOID)
    record.lower_risk(conversation, Category.OPIOID_USE)
    send(conversation, OPIOID)
    assert risks(conversation) == {"opioid_use": "escalate"}


def test_lowering_touches_its_own_category_only(conversation: Conversation) -> None:
    finish(send(conversation, OPIOID))
    finish(send(conversation, PREGNANT))
    record.lower_risk(conversation, Category.PREGNANCY)
    assert risks(conversation) == {"opioid_use": "escalate", "pregnancy": "caution"}


def test_cleared_risk_is_known_no_more_until_it_is_raised_again(conversation: Conversation) -> None:
    send(conversation, OPIOID)
    Risk.objects.update(cleared_at=timezone.now(), cleared_reason="spoke to the patient")
    assert risks(conversation) == {}
    send(conversation, OPIOID)
    assert risks(conversation) == {"opioid_use": "escalate"}
    assert Risk.objects.get().cleared_reason == ""


def test_raise_never_lowers(conversation: Conversation) -> None:
    record.raise_risk(conversation, Category.LIVER_DISEASE, Level.ESCALATE)
    record.raise_risk(conversation, Category.LIVER_DISEASE, Level.CAUTION)
    assert risks(conversation) == {"liver_disease": "escalate"}


# Finishing.


def test_finish_stores_what_is_shown(conversation: Conversation) -> None:
    turn = send(conversation, HARMLESS)
    reply = Reply(
        Kind.ANSWER,
        "Body.",
        topics=("cost",),
        versions=("v1",),
        sources=(Source("S2", "Notes"),),
        buttons=(Button("More", "Tell me more", "compounding"),),
        lead="You asked about: Cost.",
    )
    (stored,) = finish(turn, reply)
    turn.refresh_from_db()
    assert (turn.state, turn.failure) == ("answered", "")
    assert turn.finished_at is not None
    assert (stored.text, stored.topics, stored.versions, stored.lead) == ("Body.", ["cost"], ["v1"], reply.lead)
    assert stored.sources == [{"id": "S2", "title": "Notes", "publisher": "", "url": ""}]
    button = StoredButton.objects.get()
    assert (button.title, button.say, button.topic, button.conversation_id) == (
        "More",
        "Tell me more",
        "compounding",
        conversation.pk,
    )


def test_finish_keeps_the_order_of_replies(conversation: Conversation) -> None:
    turn = send(conversation, HARMLESS)
    finish(turn, Reply(Kind.ANSWER, "one"), Reply(Kind.ANSWER, "two"))
    assert [reply.text for reply in turn.replies.all()] == ["one", "two"]


def test_turn_is_finished_once(conversation: Conversation) -> None:
    turn = send(conversation, HARMLESS)
    finish(turn, Reply(Kind.ANSWER, "first"))
    again = record.finish(turn, [Reply(Kind.UNAVAILABLE, "second")], Turn.State.FIXED, "late")
    assert [reply.text for reply in again] == ["first"]
    turn.refresh_from_db()
    assert (turn.state, turn.failure, turn.replies.count()) == ("answered", "", 1)


def test_failure_is_cut_to_its_column(conversation: Conversation) -> None:
    turn = send(conversation, HARMLESS)
    record.finish(turn, DONE, Turn.State.FIXED, "x" * 200)
    turn.refresh_from_db()
    assert turn.failure == "x" * 60


def test_call_back_in_a_reply_is_put_on_the_list(conversation: Conversation) -> None:
    turn = send(conversation, "noon")
    finish(
        turn, Reply(Kind.HANDOFF, "We will call.", callback={"name": "Ann", "phone": "555-010-0199", "time": "noon"})
    )
    found = CallbackRequest.objects.get()
    assert (found.name, found.phone, found.best_time, found.state, found.conversation) == (
        "Ann",
        "555-010-0199",
        "noon",
        "open",
        conversation,
    )


def test_call_back_is_asked_for_once_however_often_the_turn_is_finished(conversation: Conversation) -> None:
    turn = send(conversation, "noon")
    for _ in range(2):
        finish(turn, Reply(Kind.HANDOFF, "We will call.", callback={"name": "Ann", "phone": "555-010-0199"}))
    assert CallbackRequest.objects.count() == 1


def test_unanswered_question_goes_to_the_content_owners(conversation: Conversation) -> None:
    turn = send(conversation, HARMLESS)
    finish(turn, Reply(Kind.NO_ANSWER, "No.", buttons=(Button("Cost", "Cost", "cost"),), unanswered=True))
    found = Unanswered.objects.get()
    assert (found.text, found.topics) == (HARMLESS, ["cost"])


def test_flagged_question_does_not_leave_the_record(conversation: Conversation) -> None:
    turn = send(conversation, OPIOID)
    finish(turn, Reply(Kind.NO_ANSWER, "No.", unanswered=True))
    assert Unanswered.objects.count() == 0


# Tokens, expiry, erasure.


def test_token_is_stored_hashed_and_opens_its_conversation() -> None:
    conversation, token = record.start_conversation()
    assert len(token) >= 43
    assert token not in str(Conversation.objects.values().get())
    assert record.find_conversation(token) == conversation
    assert record.find_conversation(token + "x") is None
    assert record.find_conversation("") is None
    assert record.find_conversation(conversation.token_hash) is None


def test_ids_fit_rasa() -> None:
    import re

    ids = {record.start_conversation()[0].pk for _ in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22,64}", found) for found in ids)


@pytest.mark.parametrize(
    ("idle", "age", "open_"), [(29, 29, True), (31, 31, False), (5, 23 * 60, True), (5, 24 * 60 + 1, False)]
)
def test_conversation_expires(idle: int, age: int, open_: bool) -> None:
    conversation, token = record.start_conversation()
    now = timezone.now()
    Conversation.objects.update(active_at=now - timedelta(minutes=idle), started_at=now - timedelta(minutes=age))
    assert (record.find_conversation(token) is not None) is open_


def test_erase_removes_everything(conversation: Conversation) -> None:
    finish(send(conversation, HARMLESS), Reply(Kind.ANSWER, "Body.", buttons=(Button("a", "b"),)))
    record.issue_buttons(conversation, [("What is LDN?", "what_is_ldn")])
    record.erase(conversation)
    assert [model.objects.count() for model in (Conversation, Turn, StoredReply, StoredButton)] == [0, 0, 0, 0]


def test_erase_keeps_the_call_back_that_was_asked_for(conversation: Conversation) -> None:
    record.request_callback(conversation, "Ann", "555-010-0199", "noon")
    record.erase(conversation)
    assert CallbackRequest.objects.get().conversation is None


def test_erase_of_a_reviewed_conversation_closes_it_to_its_token() -> None:
    conversation, token = record.start_conversation()
    send(conversation, OPIOID)
    record.erase(conversation)
    assert record.find_conversation(token) is None
    assert (Turn.objects.count(), Case.objects.count()) == (1, 1)
