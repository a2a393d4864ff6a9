"""From a decision to the words shown."""

from pathlib import Path

import pytest

from bot.reply import Button, Kind, Reply, Source
from bot.retrieval.compose import (
    CLARIFY,
    CLOSEST,
    NO_ANSWER,
    PERSON,
    compose,
    fill,
    no_answer,
    passage_reply,
    topic_buttons,
)
from bot.retrieval.decide import Candidate, Decision, Outcome
from bot.retrieval.encoder import Encoder
from bot.retrieval.index import Index, load_index

CONTACT = {"clinic_name": "Hill Clinic", "clinic_phone": "555-010-0199", "clinic_hours": "9 to 5", "emergency": "911"}

COMPOUNDING = Button("Compounding pharmacies", "Compounding pharmacies", "compounding")
TIME = Button("When LDN is taken", "When LDN is taken", "time_of_day")
DREAMS = Button("Dreams and sleep", "Dreams and sleep", "vivid_dreams")
MISSED = Button("A missed dose", "A missed dose", "missed_dose")
COST = Button("What LDN costs", "What LDN costs", "cost")


@pytest.fixture(scope="module")
def index(built: Path, encoder: Encoder) -> Index:
    return load_index(built, encoder)


def decision(outcome: Outcome, *topics: str, confidence: float = 0.8) -> Decision:
    return Decision(outcome, (Candidate("ask_cost", confidence), Candidate("ask_ms", 1 - confidence)), topics)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call {clinic_phone}.", "Call 555-010-0199."),
        ("{clinic_name}, {clinic_hours}; {emergency}", "Hill Clinic, 9 to 5; 911"),
        ("{clinic_phone} or {clinic_phone}", "555-010-0199 or 555-010-0199"),
        ("{unknown} stays", "{unknown} stays"),
        ("{} and { clinic_name } and {Clinic_Name} stay", "{} and { clinic_name } and {Clinic_Name} stay"),
        ("{{clinic_phone}}", "{555-010-0199}"),
        ("{clinic_name.upper} %s $HOME", "{clinic_name.upper} %s $HOME"),
        ("no braces", "no braces"),
        ("", ""),
    ],
)
def test_fill(text: str, expected: str) -> None:
    assert fill(text, CONTACT) == expected


def test_fill_does_not_fill_what_it_filled_in() -> None:
    assert fill("{clinic_name}", {"clinic_name": "{clinic_phone}", "clinic_phone": "1"}) == "{clinic_phone}"


def test_passage_reply_carries_the_vetted_text_and_what_it_rests_on(index: Index) -> None:
    assert passage_reply("cost", index, CONTACT) == Reply(
        kind=Kind.ANSWER,
        text="One source calls LDN fairly low in cost. It gives no prices.",
        topics=("cost",),
        versions=(index.passages["cost"].version,),
        sources=(
            Source("S2", "Notes for prescribers", "", "https://example.org/notes"),
            Source("S0", "A guide to pain", "The Guide"),
        ),
        buttons=(COMPOUNDING, TIME, DREAMS),
    )


def test_passage_reply_of_a_topic_without_an_answer_says_so_and_offers_a_person(index: Index) -> None:
    reply = passage_reply("missed_dose", index, CONTACT)
    assert (reply.kind, reply.topics, reply.buttons, reply.sources) == (Kind.NO_ANSWER, ("missed_dose",), (PERSON,), ())
    assert reply.text == "Our sources do not say what to do about a missed dose of LDN."


@pytest.mark.parametrize(
    ("topic", "kind", "text"),
    [
        ("appointment", Kind.CLINIC_INFO, "For visits call Hill Clinic at 555-010-0199. In an emergency call 911."),
        ("human_handoff", Kind.HANDOFF, "You can reach a person at 555-010-0199."),
    ],
)
def test_passage_reply_of_a_process_topic_has_its_kind_and_the_clinic(
    index: Index, topic: str, kind: Kind, text: str
) -> None:
    reply = passage_reply(topic, index, CONTACT)
    assert (reply.kind, reply.text, reply.buttons) == (kind, text, (PERSON,))


def test_passage_reply_leads_with_the_title_when_asked_to(index: Index) -> None:
    assert passage_reply("cost", index, CONTACT, lead=True).lead == "You asked about: What LDN costs."
    assert passage_reply("cost", index, CONTACT).lead == ""


def test_passage_reply_of_a_topic_that_is_not_published_offers_a_person(index: Index) -> None:
    assert passage_reply("surgery", index, CONTACT) == Reply(
        Kind.NO_ANSWER,
        "Our clinicians are reviewing the answer to that. Please call Hill Clinic at 555-010-0199, 9 to 5.",
        buttons=(PERSON,),
        unanswered=True,
    )


@pytest.mark.parametrize(
    ("topics", "buttons"),
    [
        ((), ()),
        (("cost",), (COST,)),
        (("surgery", "cost", "pregnancy"), (COST,)),
        (("time_of_day", "cost"), (TIME, COST)),
        (("cost", "compounding", "time_of_day", "vivid_dreams", "missed_dose"), (COST, COMPOUNDING, TIME, DREAMS)),
        (("surgery", "cost", "compounding", "time_of_day", "missed_dose"), (COST, COMPOUNDING, TIME, MISSED)),
    ],
)
def test_topic_buttons_are_those_with_a_passage_four_at_most(
    index: Index, topics: tuple[str, ...], buttons: tuple[Button, ...]
) -> None:
    assert topic_buttons(topics, index) == buttons


@pytest.mark.parametrize(("turn", "wording"), [(0, 0), (1, 1), (2, 0), (7, 1)])
def test_no_answer_takes_its_wordings_in_turn(index: Index, turn: int, wording: int) -> None:
    assert no_answer(decision(Outcome.NO_ANSWER), index, CONTACT, turn).text == fill(NO_ANSWER[wording], CONTACT)


def test_no_answer_offers_the_closest_topics_and_a_person(index: Index) -> None:
    reply = no_answer(decision(Outcome.NO_ANSWER, "cost", "surgery", "time_of_day", "vivid_dreams"), index, CONTACT)
    assert (reply.kind, reply.unanswered, reply.buttons, reply.topics) == (
        Kind.NO_ANSWER,
        True,
        (COST, TIME, PERSON),
        (),
    )
    assert reply.text == (
        "I don't have a vetted answer to that one. Hill Clinic can help: call 555-010-0199, 9 to 5."
        " Or did you mean one of these?"
    )


@pytest.mark.parametrize("topics", [(), ("surgery",)])
def test_no_answer_without_a_close_topic_asks_nothing(index: Index, topics: tuple[str, ...]) -> None:
    reply = no_answer(decision(Outcome.NO_ANSWER, *topics), index, CONTACT)
    assert not reply.text.endswith(CLOSEST)
    assert reply.buttons == (PERSON,)


def test_no_answer_offers_a_person_once(index: Index) -> None:
    reply = no_answer(decision(Outcome.NO_ANSWER, "cost", "human_handoff"), index, CONTACT)
    assert [button.topic for button in reply.buttons] == ["cost", "human_handoff"]


@pytest.mark.parametrize(("confidence", "lead"), [(0.74, "You asked about: What LDN costs."), (0.75, ""), (0.9, "")])
def test_compose_says_what_it_took_the_question_for_below_sure(index: Index, confidence: float, lead: str) -> None:
    replies = compose(decision(Outcome.ANSWER, "cost", confidence=confidence), index, CONTACT, sure=0.75)
    assert [(reply.kind, reply.topics, reply.lead) for reply in replies] == [(Kind.ANSWER, ("cost",), lead)]


def test_compose_answers_each_topic_of_the_decision(index: Index) -> None:
    replies = compose(decision(Outcome.ANSWER, "cost", "vivid_dreams"), index, CONTACT)
    assert [reply.topics for reply in replies] == [("cost",), ("vivid_dreams",)]


def test_compose_asks_which_was_meant(index: Index) -> None:
    replies = compose(decision(Outcome.CLARIFY, "cost", "compounding"), index, CONTACT)
    assert replies == [Reply(Kind.CLARIFY, CLARIFY, buttons=(COST, COMPOUNDING))]


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.SMALLTALK])
def test_compose_has_nothing_to_say_about_the_rest(index: Index, outcome: Outcome) -> None:
    replies = compose(decision(outcome, "cost"), index, CONTACT)
    assert [(reply.kind, reply.buttons) for reply in replies] == [(Kind.NO_ANSWER, (COST, PERSON))]


def test_replies_survive_the_wire(index: Index) -> None:
    replies = [
        passage_reply("cost", index, CONTACT, lead=True),
        no_answer(decision(Outcome.NO_ANSWER, "cost"), index, CONTACT),
    ]
    assert [Reply.from_custom(reply.custom("t1")) for reply in replies] == replies
