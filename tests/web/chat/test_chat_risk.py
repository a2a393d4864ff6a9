"""The replies a verdict asks for, and the sentence a known risk puts before later answers."""

import pytest

from bot.reply import Button, Kind, Reply
from bot.risk import CALL_BACK, carry, caution_reply, escalation_reply, spanish_reply, unavailable_reply
from bot.safety import messages
from bot.safety.language import Language
from bot.safety.triage import assess
from bot.safety.verdict import NOTHING, Category, Level
from bot.settings import settings
from bot.topics import CARRIES_NO_RISK, TOPICS
from bot.turn import question_of

CONTACT = settings().clinic.contact()
EN, ES = Language.EN, Language.ES
OPIOID, PREGNANCY = Category.OPIOID_USE, Category.PREGNANCY
PASSAGE = Reply(Kind.ANSWER, "Most take it at bedtime.", topics=("time_of_day",), versions=("v1",))


def about(topic: str, **more: str) -> Reply:
    return Reply(Kind.ANSWER, "Body.", topics=(topic,), **more)  # type: ignore[arg-type]


def test_escalation_is_the_fixed_message_and_an_offer() -> None:
    reply = escalation_reply(assess("I take oxycodone daily"), CONTACT, EN)
    assert reply == Reply(
        Kind.ESCALATION,
        messages.escalation(OPIOID, CONTACT),
        level="escalate",
        categories=("opioid_use",),
        buttons=(CALL_BACK,),
    )


def test_emergency_card_stands_alone() -> None:
    reply = escalation_reply(assess("I want to kill myself"), CONTACT, EN)
    assert (reply.text, reply.level, reply.buttons) == (messages.card(Category.SELF_HARM, CONTACT), "emergency", ())


def test_caution_is_sentence_passage_question() -> None:
    reply = caution_reply(assess("is it safe in pregnancy?"), CONTACT, EN, PASSAGE)
    assert reply.text.split("\n\n") == [
        messages.caution(PREGNANCY, CONTACT),
        PASSAGE.text,
        messages.applies(PREGNANCY),
    ]
    assert (reply.kind, reply.level, reply.topics, reply.versions) == (
        Kind.CAUTION,
        "caution",
        ("time_of_day",),
        ("v1",),
    )
    assert [button.say for button in reply.buttons] == ["yes", "no", "not sure"]
    assert question_of(reply.asked) == question_of("applies_pregnancy")


def test_unspecified_pain_medicine_is_asked_about() -> None:
    reply = caution_reply(assess("can i take it with my pain pills"), CONTACT, EN, PASSAGE)
    assert reply.asked == "which_medicine"
    assert reply.text.endswith(messages.which_medicine(CONTACT))
    assert [button.title for button in reply.buttons] == ["Yes, an opioid", "No, none of them", "I'm not sure"]


@pytest.mark.parametrize(("say", "level"), [("yes", "escalate"), ("not sure", "escalate"), ("no", "none")])
@pytest.mark.parametrize(
    "asked", ["which_medicine", "applies_opioid_use", "applies_pregnancy", "applies_liver_disease"]
)
def test_every_choice_under_a_caution_means_what_it_says(asked: str, say: str, level: str) -> None:
    assert assess(say, question_of(asked)).level == level


def test_which_medicine_button_escalates() -> None:
    reply = caution_reply(assess("can i take it with my pain pills"), CONTACT, EN, None)
    levels = [assess(button.say, question_of(reply.asked)).level.value for button in reply.buttons]
    assert levels == ["escalate", "none", "escalate"]


UNAVAILABLE = {
    "What is LDN?": (Kind.UNAVAILABLE, "none", messages.unavailable(CONTACT)),
    "I take oxycodone daily": (Kind.ESCALATION, "escalate", messages.escalation(OPIOID, CONTACT)),
    "I want to kill myself": (Kind.ESCALATION, "emergency", messages.card(Category.SELF_HARM, CONTACT)),
    "I cant breathe and my chest hurts": (Kind.ESCALATION, "emergency", messages.card(Category.EMERGENCY, CONTACT)),
}


@pytest.mark.parametrize("text", UNAVAILABLE)
def test_unavailable_reply(text: str) -> None:
    reply = unavailable_reply(assess(text), CONTACT, EN)
    assert (reply.kind, reply.level, reply.text) == UNAVAILABLE[text]


def test_unavailable_reply_at_caution_still_warns_and_asks() -> None:
    reply = unavailable_reply(assess("my roommate takes oxycodone"), CONTACT, EN)
    assert (reply.kind, reply.level, reply.asked) == (Kind.CAUTION, "caution", "applies_opioid_use")
    assert reply.text.split("\n\n")[:2] == [messages.caution(OPIOID, CONTACT), messages.unavailable(CONTACT)]


def test_unavailable_reply_speaks_the_patient_s_language() -> None:
    assert unavailable_reply(NOTHING, CONTACT, ES).text == messages.unavailable(CONTACT, ES)
    assert unavailable_reply(assess("estoy embarazada"), CONTACT, ES).text == messages.escalation(
        PREGNANCY, CONTACT, ES
    )


def test_spanish_reply_gives_the_contact_only() -> None:
    reply = spanish_reply(CONTACT)
    assert CONTACT["clinic_phone"] in reply.text
    assert (reply.kind, reply.level, reply.topics) == (Kind.HANDOFF, "none", ())


def test_spanish_reply_carries_a_known_risk() -> None:
    reply = carry({OPIOID: Level.ESCALATE}, spanish_reply(CONTACT), CONTACT, ES)
    assert reply.text.startswith(messages.sticky(OPIOID, CONTACT, ES))


@pytest.mark.parametrize("topic", sorted(set(TOPICS) - CARRIES_NO_RISK))
def test_known_risk_opens_every_answer_about_taking(topic: str) -> None:
    reply = carry({OPIOID: Level.ESCALATE}, about(topic), CONTACT, EN)
    assert reply.text == f"{messages.sticky(OPIOID, CONTACT)}\n\nBody."
    assert (reply.level, reply.categories, reply.topics) == ("escalate", ("opioid_use",), (topic,))


MUST_CARRY = ["dose_start", "dose_titration", "time_of_day", "with_food", "missed_dose", "stop_ldn", "other_pain_meds"]


@pytest.mark.parametrize("topic", MUST_CARRY)
def test_taking_starting_dosing_timing_combining_stopping_are_about_taking(topic: str) -> None:
    assert topic not in CARRIES_NO_RISK


@pytest.mark.parametrize("topic", sorted(CARRIES_NO_RISK))
def test_known_risk_leaves_other_answers_alone(topic: str) -> None:
    assert carry({OPIOID: Level.ESCALATE}, about(topic), CONTACT, EN) == about(topic)


SMALL = {
    "thanks": Reply(Kind.SMALLTALK, "You're welcome."),
    "hand-off": Reply(Kind.HANDOFF, "Call us.", topics=("human_handoff",)),
    "which of those that are not about taking": Reply(
        Kind.CLARIFY, "Which of these?", buttons=(Button("Cost", "Cost", "cost"), Button("MS", "MS", "ms"))
    ),
    "a call back taken down": Reply(Kind.HANDOFF, "We will call.", callback={"name": "Ann"}),
    "not now": Reply(Kind.UNAVAILABLE, "Not now."),
}


@pytest.mark.parametrize("reply", SMALL.values(), ids=SMALL.keys())
def test_known_risk_leaves_talk_alone(reply: Reply) -> None:
    assert carry({OPIOID: Level.ESCALATE}, reply, CONTACT, EN) == reply


def test_two_risks_are_both_said() -> None:
    known = {OPIOID: Level.ESCALATE, PREGNANCY: Level.ESCALATE}
    reply = carry(known, about("dose_start"), CONTACT, EN)
    assert reply.text.split("\n\n") == [messages.sticky(OPIOID, CONTACT), messages.sticky(PREGNANCY, CONTACT), "Body."]
    assert reply.categories == ("opioid_use", "pregnancy")


def test_caution_carries_the_caution_sentence_and_level() -> None:
    reply = carry({PREGNANCY: Level.CAUTION}, about("dose_start"), CONTACT, EN)
    assert reply.text == f"{messages.caution(PREGNANCY, CONTACT)}\n\nBody."
    assert (reply.level, reply.categories) == ("caution", ("pregnancy",))


def test_past_emergency_is_carried_as_an_escalation() -> None:
    reply = carry({Category.EMERGENCY: Level.EMERGENCY}, about("dose_start"), CONTACT, EN)
    assert reply.text == f"{messages.sticky(Category.EMERGENCY, CONTACT)}\n\nBody."
    assert reply.level == "escalate"


def test_risk_already_in_the_reply_is_not_said_twice() -> None:
    reply = caution_reply(assess("is it safe in pregnancy?"), CONTACT, EN, PASSAGE)
    assert carry({PREGNANCY: Level.CAUTION}, reply, CONTACT, EN) == reply


def test_caution_on_a_risk_known_to_be_ones_own_says_it_as_such() -> None:
    """A nursing mother asks "could I take it right after her last feed?"."""
    reply = caution_reply(assess("is it safe in pregnancy?"), CONTACT, EN, PASSAGE)
    found = carry({PREGNANCY: Level.ESCALATE}, reply, CONTACT, EN)
    assert found.text.startswith(messages.sticky(PREGNANCY, CONTACT))
    assert messages.caution(PREGNANCY, CONTACT) not in found.text
    assert PASSAGE.text in found.text
    assert (found.level, found.categories) == ("escalate", ("pregnancy",))


@pytest.mark.parametrize("said", ["and if I just skip those on ldn days", "Can I take it for fibromyalgia?"])
def test_question_about_taking_is_one_whatever_passage_it_finds(said: str) -> None:
    reply = carry({OPIOID: Level.ESCALATE}, about("first_line_alternatives"), CONTACT, EN, said)
    assert (reply.level, reply.categories) == ("escalate", ("opioid_use",))
    assert carry({OPIOID: Level.ESCALATE}, about("cost"), CONTACT, EN, "what does it cost") == about("cost")


def test_escalation_names_the_other_known_risk_after_it() -> None:
    reply = escalation_reply(assess("I take oxycodone daily"), CONTACT, EN)
    found = carry({PREGNANCY: Level.ESCALATE}, reply, CONTACT, EN)
    assert found.text == f"{reply.text}\n\n{messages.sticky(PREGNANCY, CONTACT)}"
    assert found.categories == ("opioid_use", "pregnancy")


def test_emergency_card_stays_alone() -> None:
    reply = escalation_reply(assess("I want to kill myself"), CONTACT, EN)
    assert carry({PREGNANCY: Level.ESCALATE}, reply, CONTACT, EN) == reply


NOT_UNDERSTOOD = {
    "no answer": Reply(Kind.NO_ANSWER, "I don't have that one."),
    "which of those, one about taking": Reply(
        Kind.CLARIFY, "Which?", buttons=(Button("Cost", "Cost", "cost"), Button("Dose", "Dose", "dose_start"))
    ),
}


@pytest.mark.parametrize("reply", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD.keys())
def test_known_risk_opens_what_may_be_about_taking(reply: Reply) -> None:
    assert (
        carry({OPIOID: Level.ESCALATE}, reply, CONTACT, EN).text
        == f"{messages.sticky(OPIOID, CONTACT)}\n\n{reply.text}"
    )


def test_nothing_known_changes_nothing() -> None:
    assert carry({}, PASSAGE, CONTACT, EN) == PASSAGE


def test_sticky_never_offers_spacing_apart() -> None:
    assert "hours apart does not make it safe" in messages.sticky(OPIOID, CONTACT)
