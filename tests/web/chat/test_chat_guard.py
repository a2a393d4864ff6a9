"""The guard: whatever the dialogue says, a reply that does not honour the verdict is not shown."""

from dataclasses import replace

import pytest

from bot.reply import Button, Kind, Reply
from bot.risk import caution_reply, escalation_reply
from bot.safety.language import Language
from bot.safety.triage import assess
from bot.safety.verdict import NOTHING, Category, Level, Verdict
from bot.settings import settings
from bot.web.chat.guard import Dishonoured, honour

CONTACT = settings().clinic.contact()
EN = Language.EN
PASSAGE = Reply(Kind.ANSWER, "Most take it at bedtime.", topics=("time_of_day",), versions=("v1",))

ESCALATE = assess("I take oxycodone daily")
TWO = assess("I am pregnant and I take oxycodone daily")
EMERGENCY = assess("my chest hurts and I cannot breathe")
SELF_HARM = assess("I want to kill myself")
CAUTION = assess("my roommate takes oxycodone")


def escalated(verdict: Verdict = ESCALATE) -> Reply:
    return escalation_reply(verdict, CONTACT, EN)


def cautioned(verdict: Verdict = CAUTION) -> Reply:
    return caution_reply(verdict, CONTACT, EN, PASSAGE)


def test_the_examples_have_the_levels_they_stand_for() -> None:
    assert [v.level for v in (NOTHING, CAUTION, ESCALATE, TWO, EMERGENCY, SELF_HARM)] == [
        Level.NONE,
        Level.CAUTION,
        Level.ESCALATE,
        Level.ESCALATE,
        Level.EMERGENCY,
        Level.EMERGENCY,
    ]
    assert TWO.categories == (Category.OPIOID_USE, Category.PREGNANCY)


HONEST = {
    "none, an answer": (NOTHING, [PASSAGE]),
    "none, two answers": (NOTHING, [PASSAGE, PASSAGE]),
    "caution": (CAUTION, [cautioned()]),
    "caution and a second passage": (CAUTION, [cautioned(), PASSAGE]),
    "caution without a passage": (CAUTION, [caution_reply(CAUTION, CONTACT, EN, None)]),
    "escalate": (ESCALATE, [escalated()]),
    "escalate, two categories": (TWO, [escalated(TWO)]),
    "emergency": (EMERGENCY, [escalated(EMERGENCY)]),
    "self-harm": (SELF_HARM, [escalated(SELF_HARM)]),
}


@pytest.mark.parametrize(("verdict", "replies"), HONEST.values(), ids=HONEST.keys())
def test_honest_reply_is_shown(verdict: Verdict, replies: list[Reply]) -> None:
    assert honour(verdict, replies, CONTACT, EN) == replies


def lies(verdict: Verdict, fixed: Reply) -> dict[str, list[Reply]]:
    """Every way to dodge a verdict at escalate or above."""
    return {
        "nothing": [],
        "an ordinary answer": [PASSAGE],
        "an answer that claims the level": [replace(PASSAGE, level=verdict.level.value, categories=fixed.categories)],
        "the level lowered": [replace(fixed, level="caution")],
        "no level": [replace(fixed, level="none")],
        "no categories": [replace(fixed, categories=())],
        "another category": [replace(fixed, categories=("liver_disease",))],
        "the message cut": [replace(fixed, text=fixed.text[: len(fixed.text) // 2])],
        "the message empty": [replace(fixed, text="x")],
        "advice before it": [replace(fixed, text=f"Space them apart.\n\n{fixed.text}")],
        "advice after it": [replace(fixed, text=f"{fixed.text}\n\nOr space them apart.")],
        "advice in the lead": [replace(fixed, lead="You asked about: The dose.")],
        "a passage beside it": [fixed, PASSAGE],
        "a passage before it": [PASSAGE, fixed],
        "itself twice": [fixed, fixed],
        "topics on it": [replace(fixed, topics=("dose_start",))],
        "another kind": [replace(fixed, kind=Kind.ANSWER)],
        "the caution's message": [replace(cautioned(), level=verdict.level.value, categories=fixed.categories)],
        "not available": [Reply(Kind.UNAVAILABLE, "Not now.")],
        "a hand-off": [Reply(Kind.HANDOFF, "Call us.", topics=("human_handoff",))],
        "small talk": [Reply(Kind.SMALLTALK, "Glad to help.")],
    }


SERIOUS = {"escalate": ESCALATE, "two": TWO, "emergency": EMERGENCY, "self-harm": SELF_HARM}
DISHONEST = {
    f"{name}: {lie}": (verdict, replies)
    for name, verdict in SERIOUS.items()
    for lie, replies in lies(verdict, escalated(verdict)).items()
}
DISHONEST |= {
    "two: one category only": (TWO, [replace(escalated(TWO), categories=("opioid_use",))]),
    "two: one message only": (TWO, [replace(escalated(TWO), text=escalated(ESCALATE).text)]),
    "emergency: the escalation's message": (
        EMERGENCY,
        [replace(escalated(), level="emergency", categories=("emergency",))],
    ),
    "emergency: the other card": (EMERGENCY, [replace(escalated(EMERGENCY), text=escalated(SELF_HARM).text)]),
    "self-harm: the other card": (SELF_HARM, [replace(escalated(SELF_HARM), text=escalated(EMERGENCY).text)]),
    "escalate: in another language": (ESCALATE, [escalation_reply(ESCALATE, CONTACT, Language.ES)]),
    "escalate: another clinic's number": (ESCALATE, [escalation_reply(ESCALATE, {**CONTACT, "clinic_phone": "1"}, EN)]),
    "none: nothing": (NOTHING, []),
    "caution: nothing": (CAUTION, []),
    "caution: the passage alone": (CAUTION, [PASSAGE]),
    "caution: the passage claims the level": (CAUTION, [replace(PASSAGE, level="caution", categories=("opioid_use",))]),
    "caution: no level": (CAUTION, [replace(cautioned(), level="none")]),
    "caution: no categories": (CAUTION, [replace(cautioned(), categories=())]),
    "caution: the sentence cut": (CAUTION, [replace(cautioned(), text=cautioned().text[30:])]),
    "caution: the passage first": (CAUTION, [PASSAGE, cautioned()]),
}


@pytest.mark.parametrize(("verdict", "replies"), DISHONEST.values(), ids=DISHONEST.keys())
def test_dishonest_reply_is_refused(verdict: Verdict, replies: list[Reply]) -> None:
    with pytest.raises(Dishonoured):
        honour(verdict, replies, CONTACT, EN)


def test_refusal_names_no_text() -> None:
    with pytest.raises(Dishonoured) as error:
        honour(ESCALATE, [Reply(Kind.ANSWER, "patient's own words")], CONTACT, EN)
    assert "words" not in str(error.value)
    assert len(str(error.value)) <= 60


def test_buttons_do_not_matter() -> None:
    reply = replace(escalated(), buttons=(Button("Anything", "anything"),))
    assert honour(ESCALATE, [reply], CONTACT, EN) == [reply]
