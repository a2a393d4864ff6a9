"""Actions: tracker in, replies out, each bound to the turn; nothing is kept."""

import asyncio
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions.answer
import actions.callback
import actions.escalate
from actions.callback import ActionCallback, ValidateCallbackForm
from bot.reply import Kind, Reply, from_rasa
from bot.safety import messages
from bot.safety.verdict import Category
from bot.settings import ROOT, settings

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
CONTACT = settings().clinic.contact()
ANSWERED = Reply(Kind.ANSWER, "A few weeks for some.", topics=("onset_time",))
SLOTS = ("callback_name", "callback_phone", "callback_time")


def tracker(text: str, intent: str = "out_of_scope", slots: dict[str, Any] | None = None, **metadata: Any) -> Tracker:
    latest = {"text": text, "intent": {"name": intent}, "entities": [], "metadata": {"turn": "t1", **metadata}}
    empty = dict.fromkeys([*SLOTS, "requested_slot"])
    return Tracker("x", {**empty, **(slots or {})}, latest, [], False, None, {}, "action_listen")


def replies(dispatcher: CollectingDispatcher) -> list[Reply]:
    """What was sent, as web reads it: each reply carries the guard and this turn."""
    return from_rasa([{"custom": message["custom"]} for message in dispatcher.messages], "t1")


def run(action: Any, said: Tracker) -> tuple[list[Reply], list[dict[str, Any]]]:
    dispatcher = CollectingDispatcher()
    events = asyncio.run(action.run(dispatcher, said, DOMAIN))
    return replies(dispatcher), events


@pytest.fixture(autouse=True)
def _no_retrieval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retrieval has tests of its own."""
    monkeypatch.setattr(actions.callback, "shared_retriever", lambda: None)
    monkeypatch.setattr(actions.callback, "answer", lambda *_: [ANSWERED, ANSWERED])
    monkeypatch.setattr(actions.answer, "shared_retriever", lambda: None)
    monkeypatch.setattr(actions.answer, "answer", lambda *_: [ANSWERED])
    monkeypatch.setattr(actions.escalate, "shared_retriever", lambda: None)
    monkeypatch.setattr(actions.escalate, "flagged_passage", lambda *_: None)


def test_every_action_of_the_domain_is_there_and_none_besides() -> None:
    from rasa_sdk.executor import ActionExecutor

    executor = ActionExecutor()
    executor.register_package("actions")
    # rasa-sdk also registers the nameless base of the form's questions; nothing can call it.
    assert set(executor.actions) - {"action_ask_"} == set(DOMAIN["actions"])


def test_answer_is_bound_to_the_turn() -> None:
    assert run(actions.answer.ActionAnswer(), tracker("how long until it works")) == ([ANSWERED], [])


ESCALATED = {
    "I take oxycodone daily": (Kind.ESCALATION, "escalate", messages.escalation(Category.OPIOID_USE, CONTACT)),
    "I want to kill myself": (Kind.ESCALATION, "emergency", messages.card(Category.SELF_HARM, CONTACT)),
}


@pytest.mark.parametrize("text", ESCALATED)
def test_escalation_is_the_fixed_message(text: str) -> None:
    (reply,), events = run(actions.escalate.ActionEscalate(), tracker(text, "safety_escalation"))
    assert ((reply.kind, reply.level, reply.text), events) == (ESCALATED[text], [])


def test_caution_without_a_passage_still_warns_and_asks() -> None:
    (reply,), _ = run(actions.escalate.ActionEscalate(), tracker("my roommate takes oxycodone", "safety_escalation"))
    assert (reply.kind, reply.level, reply.asked) == (Kind.CAUTION, "caution", "applies_opioid_use")
    assert reply.text.startswith(messages.caution(Category.OPIOID_USE, CONTACT))


def test_yes_escalates_with_the_question_of_the_turn_before() -> None:
    said = tracker("yes", "safety_escalation", asked="applies_pregnancy")
    (reply,), _ = run(actions.escalate.ActionEscalate(), said)
    assert reply.text == messages.escalation(Category.PREGNANCY, CONTACT)


# The call-back form.


def validated(slot: str, text: str) -> tuple[dict[str, Any], list[Reply]]:
    dispatcher = CollectingDispatcher()
    check = getattr(ValidateCallbackForm(), f"validate_{slot}")
    return check(text, dispatcher, tracker(text), DOMAIN), replies(dispatcher) if dispatcher.messages else []


TAKEN = [
    ("callback_name", "Maria", "Maria"),
    ("callback_name", "  Maria Lopez-O'Brien ", "Maria Lopez-O'Brien"),
    ("callback_name", "李小龍", "李小龍"),
    ("callback_name", "12345", None),
    ("callback_name", "x" * 81, None),
    ("callback_phone", "555-010-0199", "555-010-0199"),
    ("callback_phone", "(555) 010 0199", "(555) 010 0199"),
    ("callback_phone", "my number is 5550100199", "my number is 5550100199"),
    ("callback_phone", "12", None),
    ("callback_phone", "no number", None),
    ("callback_phone", "1" * 16, None),
    ("callback_time", "after 3 pm", "after 3 pm"),
    ("callback_time", "y" * 500, "y" * 120),
    ("callback_time", "   ", None),
]


@pytest.mark.parametrize(("slot", "text", "expected"), TAKEN)
def test_form_takes_what_looks_like_an_answer(slot: str, text: str, expected: str | None) -> None:
    assert validated(slot, text) == ({slot: expected}, [])


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize("text", ["how long until it works?", "what does it cost", "is it addictive", "Can I drink"])
def test_question_in_the_form_is_answered_and_fills_nothing(slot: str, text: str) -> None:
    assert validated(slot, text) == ({slot: None}, [ANSWERED])


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize("text", ["cancel", "never mind", "Nevermind.", "no thanks", "please STOP", "dont call me"])
def test_cancel_leaves_the_form(slot: str, text: str) -> None:
    assert validated(slot, text) == ({slot: None, "requested_slot": None}, [])


def test_complete_form_hands_the_details_over_and_forgets_them() -> None:
    slots = {"callback_name": "Ann", "callback_phone": "555-010-0199", "callback_time": "noon"}
    (reply,), events = run(ActionCallback(), tracker("noon", slots=slots))
    assert reply.callback == {"name": "Ann", "phone": "555-010-0199", "time": "noon"}
    assert "noon" in reply.text
    assert [event["event"] for event in events] == ["reset_slots", "slot"]


@pytest.mark.parametrize("missing", SLOTS)
def test_incomplete_form_asks_for_no_call(missing: str) -> None:
    slots = {"callback_name": "Ann", "callback_phone": "555-010-0199", "callback_time": "noon", missing: None}
    (reply,), _ = run(ActionCallback(), tracker("cancel", slots=slots))
    assert reply.callback == {}
    assert "no call back" in reply.text


ASKED = [
    ("callback_name", None, "person", "what name"),
    ("callback_name", "callback_name", "out_of_scope", "What name should we ask for when we call"),
    ("callback_phone", None, "out_of_scope", "What phone number"),
    ("callback_phone", "callback_phone", "out_of_scope", "with area code"),
    ("callback_time", None, "out_of_scope", "good time to call"),
    ("callback_time", "callback_time", "out_of_scope", "good time to call"),
]


@pytest.mark.parametrize(("slot", "requested", "intent", "words"), ASKED)
def test_form_asks_and_asks_again_in_other_words(slot: str, requested: str | None, intent: str, words: str) -> None:
    action = next(kind for kind in actions.callback._Ask.__subclasses__() if kind.slot == slot)()
    (reply,), events = run(action, tracker("x", intent, {"requested_slot": requested}))
    assert words in reply.text
    assert "{" not in reply.text
    assert (reply.kind, reply.level, events) == (Kind.HANDOFF, "none", [])
