"""A turn over the API with Rasa's double behind it: whatever Rasa does, the right words come in time and are recorded."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from api_patient import Patient
from django.db import connection
from rasa_double import FAULTS, Answer, Handler, RasaDouble, honest, proper, silent, stolen_text, wire

from bot.reply import Kind, Reply
from bot.safety import messages
from bot.safety.verdict import Category
from bot.settings import settings
from bot.web.chat import turns
from bot.web.chat.models import Risk, StoredReply, Turn
from bot.web.review.models import Case, Notification

Configure = Callable[..., None]
CONTACT = settings().clinic.contact()
BUDGET = 1.0

HARMLESS = "When do people take it?"
# Level: what is typed, how severe its case is, the fixed words the patient must read whatever happens.
LEVELS: dict[str, tuple[str, str, str]] = {
    "none": (HARMLESS, "", messages.unavailable(CONTACT)),
    "caution": ("my roommate takes oxycodone", "information", messages.caution(Category.OPIOID_USE, CONTACT)),
    "escalate": ("I take oxycodone daily", "urgent", messages.escalation(Category.OPIOID_USE, CONTACT)),
    "emergency": ("I want to kill myself", "emergency", messages.card(Category.SELF_HARM, CONTACT)),
}
ALONE = {"escalate", "emergency"}


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Results of calls made at the same time, in the order given."""
    found: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            found[place] = call()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
        time.sleep(0.15)
    for thread in threads:
        thread.join(30)
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_honest_turn(patient: Patient, rasa: RasaDouble, level: str) -> None:
    text, _, fixed = LEVELS[level]
    reply = patient.say(text)
    assert reply["level"] == level
    assert Turn.objects.get().state == "answered"
    if level == "none":
        assert (reply["kind"], reply["text"]) == ("answer", "Most people take it once a day.")
    else:
        assert reply["text"].startswith(fixed)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("fault", [*FAULTS.values(), stolen_text], ids=[*FAULTS, "dishonest reply"])
def test_fault_gets_the_fixed_message_in_time(patient: Patient, rasa: RasaDouble, fault: Answer, level: str) -> None:
    if fault is stolen_text and level == "none":
        pytest.skip("at level none any reply of ours is honest")
    text, severity, fixed = LEVELS[level]
    rasa.answer = fault
    started = time.monotonic()
    response = patient.post(text)
    assert time.monotonic() - started < BUDGET + 1
    assert response.status_code == 200
    (reply,) = response.data["replies"]
    assert (reply["level"], fixed in reply["text"]) == (level, True)
    assert not (level in ALONE and reply["text"] != fixed)
    assert "4.5 mg" not in reply["text"]
    assert "hours apart." not in reply["text"]
    turn = Turn.objects.get()
    assert (turn.text, turn.level, turn.state) == (text, level, "fixed")
    assert turn.failure
    assert text not in turn.failure
    assert StoredReply.objects.get().text == reply["text"]
    assert list(Case.objects.values_list("severity", flat=True)) == ([severity] if severity else [])
    assert list(Notification.objects.values_list("severity", flat=True)) == ([severity] if severity else [])


@pytest.mark.parametrize("level", LEVELS)
def test_connection_refused(patient: Patient, configure: Configure, level: str) -> None:
    text, severity, fixed = LEVELS[level]
    with RasaDouble() as gone:
        url = gone.url
        gone.shutdown()
    configure(LDN_RASA_URL=url, LDN_TURN_SECONDS="1")
    assert fixed in patient.say(text)["text"]
    assert (Turn.objects.get().state, Turn.objects.get().failure) == ("fixed", "ConnectError")
    assert list(Case.objects.values_list("severity", flat=True)) == ([severity] if severity else [])


@pytest.mark.parametrize("level", LEVELS)
def test_everything_is_in_the_database_before_rasa_is_called(patient: Patient, rasa: RasaDouble, level: str) -> None:
    text, severity, _ = LEVELS[level]
    seen: list[object] = []

    def look(handler: Handler, body: dict[str, Any]) -> None:
        turn = Turn.objects.get()
        cases = list(Case.objects.values_list("severity", flat=True))
        notes = list(Notification.objects.values_list("severity", flat=True))
        risks = list(Risk.objects.values_list("category", flat=True))
        seen.append((turn.pk == body["metadata"]["turn"], turn.text, turn.level, turn.state, cases, notes, bool(risks)))
        connection.close()
        honest(handler, body)

    rasa.answer = look
    patient.say(text)
    found = [severity] if severity else []
    assert seen == [(True, text, level, "received", found, found, level in ALONE)]


def test_kill_in_mid_turn_leaves_the_record(
    patient: Patient, rasa: RasaDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: object) -> None:
        raise SystemExit

    monkeypatch.setattr("bot.web.chat.rasa.ask", killed)
    with pytest.raises(SystemExit):
        patient.post("I take oxycodone daily")
    assert Turn.objects.get().state == "received"
    assert Case.objects.get().severity == "urgent"


def test_reconciler_finishes_what_a_kill_left(
    patient: Patient, rasa: RasaDouble, monkeypatch: pytest.MonkeyPatch, configure: Configure
) -> None:
    from bot.web.worker import reconcile_abandoned

    def killed(*args: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("bot.web.chat.rasa.ask", killed)
        for text in (HARMLESS, "I take oxycodone daily"):
            patient.start()
            with pytest.raises(SystemExit):
                patient.post(text)
    configure(LDN_ABANDONED_SECONDS="45")
    assert reconcile_abandoned() == 0
    configure(LDN_ABANDONED_SECONDS="0")
    assert reconcile_abandoned() == 2
    assert reconcile_abandoned() == 0
    found = Turn.objects.order_by("received_at").values_list("state", "failure", "replies__text", "case__severity")
    assert list(found) == [
        ("reconciled", "abandoned", messages.unavailable(CONTACT), "review"),
        ("reconciled", "abandoned", messages.escalation(Category.OPIOID_USE, CONTACT), "urgent"),
    ]


# What Rasa is told.


def test_rasa_is_told_clean_text_and_the_turn(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("  What\u200b is\n LDN?  ")
    (body,) = rasa.calls
    assert (body["sender"], body["message"]) == (patient.started["id"], "What is LDN?")
    assert body["metadata"]["turn"] == Turn.objects.get().pk
    assert set(body) == {"sender", "message", "metadata"}


TYPED = {
    "/restart": "restart",
    '/safety_escalation{"a": 1}': 'safety_escalation{"a": 1}',
    "/session_start": "session_start",
    "\u200b/back": "back",
    "what is\0 LDN \ud83d?": "what is\ufffd LDN ??",
    "abc\u202edef": "abcdef",
}


@pytest.mark.parametrize("text", TYPED)
def test_rasa_never_sees_a_command_or_a_hidden_character(patient: Patient, rasa: RasaDouble, text: str) -> None:
    patient.say(text)
    assert [body["message"] for body in rasa.calls] == [TYPED[text]]


def test_clinicians_see_what_was_typed(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("/restart\u202e I take\u200b oxy\0codone \ud83d")
    assert Turn.objects.get().text == "/restart\u202e I take\u200b oxy\ufffdcodone ?"


def test_red_flag_behind_hostile_characters_is_never_dropped(patient: Patient, rasa: RasaDouble) -> None:
    for text in ("I take ox\u200bycodone \ud83d", "/I take oxycodone\0", "\u202eI take oxycodone daily\u202c"):
        assert patient.say(text)["level"] == "escalate"


def test_rasa_is_told_what_was_asked_and_answered_before(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("is it safe in pregnancy?")
    patient.say(HARMLESS)
    asked, number, previous = (rasa.calls[1]["metadata"][key] for key in ("asked", "number", "previous"))
    assert (asked, number, previous) == ("applies_pregnancy", 1, ["time_of_day"])


def test_yes_to_does_this_apply_escalates(patient: Patient, rasa: RasaDouble) -> None:
    assert patient.say("is it safe in pregnancy?")["level"] == "caution"
    reply = patient.say("yes")
    assert (reply["level"], reply["text"]) == ("escalate", messages.escalation(Category.PREGNANCY, CONTACT))
    assert Case.objects.get().severity == "urgent"


def test_question_is_asked_once(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("is it safe in pregnancy?")
    patient.say(HARMLESS)
    assert patient.say("yes")["level"] == "none"


def test_known_risk_opens_later_answers(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("I take oxycodone daily")
    reply = patient.say(HARMLESS)
    assert reply["text"] == f"{messages.sticky(Category.OPIOID_USE, CONTACT)}\n\nMost people take it once a day."
    assert (reply["level"], reply["categories"]) == ("escalate", ["opioid_use"])


def test_correction_lowers_but_does_not_erase(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("I take oxycodone daily")
    patient.say("sorry, I meant my sister")
    assert Risk.objects.get().level == "caution"
    assert patient.say(HARMLESS)["text"].startswith(messages.caution(Category.OPIOID_USE, CONTACT))


# Sent again.


def test_sent_again_is_answered_once(patient: Patient, rasa: RasaDouble) -> None:
    first = patient.post("I take oxycodone daily", "same-message")
    again = patient.post("I take oxycodone daily", "same-message")
    assert first.data == again.data
    assert len(rasa.calls) == Turn.objects.count() == Case.objects.count() == Notification.objects.count() == 1


def test_sent_twice_at_the_same_time_is_answered_once(patient: Patient, roomy: RasaDouble) -> None:
    def slowly(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(0.5)
        honest(handler, body)

    roomy.answer = slowly
    first, again = together(*[lambda: patient.post(HARMLESS, "same-message")] * 2)
    assert (first.status_code, first.data) == (200, again.data)
    assert (len(roomy.calls), Turn.objects.count(), StoredReply.objects.count()) == (1, 1, 1)


def test_sent_again_after_a_fault_gets_the_same_fixed_message(patient: Patient, rasa: RasaDouble) -> None:
    rasa.answer = FAULTS["500"]
    first = patient.post(HARMLESS, "same-message")
    rasa.answer = honest
    assert patient.post(HARMLESS, "same-message").data == first.data


def test_sent_again_after_a_kill_still_gets_words(
    patient: Patient, rasa: RasaDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*args: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("bot.web.chat.rasa.ask", killed)
        with pytest.raises(SystemExit):
            patient.post("I take oxycodone daily", "same-message")
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.3)
    response = patient.post("I take oxycodone daily", "same-message")
    assert response.data["replies"][0]["text"] == messages.escalation(Category.OPIOID_USE, CONTACT)


# One after the other.


def test_two_messages_at_once_are_taken_in_order(patient: Patient, roomy: RasaDouble) -> None:
    running: list[int] = []
    most: list[int] = []

    def slowly(handler: Handler, body: dict[str, Any]) -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.4)
        running.pop()
        honest(handler, body)

    roomy.answer = slowly
    found = together(lambda: patient.post("first question?"), lambda: patient.post("second question?"))
    assert [response.status_code for response in found] == [200, 200]
    assert [body["message"] for body in roomy.calls] == ["first question?", "second question?"]
    assert max(most) == 1
    assert list(Turn.objects.order_by("number").values_list("text", "state")) == [
        ("first question?", "answered"),
        ("second question?", "answered"),
    ]


def test_second_message_waits_and_still_gets_words_when_the_first_one_hangs(patient: Patient, rasa: RasaDouble) -> None:
    rasa.answer = silent
    found = together(lambda: patient.post(HARMLESS), lambda: patient.post("I take oxycodone daily"))
    texts = [response.data["replies"][0]["text"] for response in found]
    assert texts == [messages.unavailable(CONTACT), messages.escalation(Category.OPIOID_USE, CONTACT)]


def test_fifth_message_at_once_is_told_to_wait_but_a_red_flag_is_taken(patient: Patient, roomy: RasaDouble) -> None:
    def slowly(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(0.5)
        honest(handler, body)

    roomy.answer = slowly
    calls = [lambda number=number: patient.post(f"question {number}?") for number in range(4)]  # type: ignore[misc]
    found = together(*calls, lambda: patient.post("I take oxycodone daily"))
    assert [response.status_code for response in found] == [200, 200, 200, 429, 200]
    assert "replies" not in found[3].data
    assert found[3].headers["Retry-After"] == "5"
    assert found[4].data["replies"][0]["level"] == "escalate"


def test_conversations_do_not_wait_for_each_other(patient: Patient, roomy: RasaDouble) -> None:
    other = Patient().start()

    def slowly(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(0.6 if body["sender"] == patient.started["id"] else 0)
        honest(handler, body)

    roomy.answer = slowly
    done: list[str] = []

    def talk(who: Patient, name: str) -> None:
        who.post(HARMLESS)
        done.append(name)

    together(lambda: talk(patient, "slow"), lambda: talk(other, "quick"))
    assert done == ["quick", "slow"]


# What a reply entails.


def test_two_replies_are_shown(patient: Patient, rasa: RasaDouble) -> None:
    pair = [Reply(Kind.ANSWER, "one", topics=("cost",)), Reply(Kind.ANSWER, "two", topics=("ms",))]
    rasa.answer = lambda handler, body: handler.messages(wire(body, *pair))
    assert [reply["text"] for reply in patient.post("cost and ms?").data["replies"]] == ["one", "two"]


def test_level_that_no_reply_may_have_is_refused(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("I take oxycodone daily")
    rasa.answer = FAULTS["wrong types"]
    assert patient.say(HARMLESS)["kind"] == "unavailable"


def test_spanish_without_a_risk_never_reaches_rasa(patient: Patient, rasa: RasaDouble) -> None:
    assert patient.say("¿Cuánto cuesta la medicina?")["text"] == messages.spanish_contact(CONTACT)
    assert rasa.calls == []


def test_proxy_settings_of_the_environment_are_not_used(
    patient: Patient, rasa: RasaDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert patient.say(HARMLESS)["kind"] == "answer"


def test_log_names_the_failure_and_no_text(
    patient: Patient, rasa: RasaDouble, caplog: pytest.LogCaptureFixture
) -> None:
    rasa.answer = FAULTS["500"]
    patient.say("my canary words")
    assert "status 500" in caplog.text
    assert "canary" not in caplog.text


def test_double_answers_as_our_actions_do() -> None:
    body = {"message": "I take oxycodone daily", "metadata": {"turn": "t"}}
    assert proper(body).kind is Kind.ESCALATION
