"""From a turn to replies: decide, then compose. Everything the answering action does, without Rasa."""

from collections.abc import Mapping
from typing import Any

from bot.reply import Kind, Reply
from bot.retrieval.compose import compose, fill, no_answer, passage_reply
from bot.retrieval.decide import Candidate, Decision, Outcome
from bot.retrieval.retriever import Retriever
from bot.retrieval.understand import understand
from bot.safety.verdict import Category, Verdict
from bot.turn import Turn

SURE = 0.75

Responses = Mapping[str, list[dict[str, Any]]]


def answer(turn: Turn, responses: Responses, retriever: Retriever, contact: Mapping[str, str]) -> list[Reply]:
    """The replies to a message that carries no risk. `responses` are the domain's."""
    if turn.asked and turn.intent == "deny":
        return [wording("utter_not_me", responses, contact, turn.number)]
    index = retriever.index()
    decision = decide_turn(turn, retriever)
    if decision.outcome is Outcome.SMALLTALK:
        return [wording(f"utter_{decision.label}", responses, contact, turn.number)]
    if decision.outcome is Outcome.NO_ANSWER:
        return [no_answer(decision, index, contact, turn.number)]
    return compose(decision, index, contact, sure=SURE)


def decide_turn(turn: Turn, retriever: Retriever) -> Decision:
    """The decision on a turn: a button's topic is taken at its word, a follow-up is read with what came before."""
    if turn.topic in retriever.index().passages:
        return Decision(Outcome.ANSWER, (Candidate(turn.topic, 1.0),), (turn.topic,))
    return understand(turn, retriever)


# Where the topic of a cautioned message is unsure, the passage on the risk itself is the answer.
_OWN_TOPIC = {
    Category.OPIOID_USE: "opioid_interaction",
    Category.PREGNANCY: "pregnancy",
    Category.LIVER_DISEASE: "liver_disease",
}


def flagged_passage(turn: Turn, verdict: Verdict, retriever: Retriever, contact: Mapping[str, str]) -> Reply | None:
    """The vetted passage for a message at `caution`, or None where none fits."""
    decision = decide_turn(turn, retriever)
    if decision.outcome is Outcome.ANSWER and decision.confidence >= SURE:
        topic = decision.topics[0]
    else:
        topic = next((_OWN_TOPIC[category] for category in verdict.categories if category in _OWN_TOPIC), "")
    index = retriever.index()
    return passage_reply(topic, index, contact) if topic in index.passages else None


def wording(name: str, responses: Responses, contact: Mapping[str, str], number: int) -> Reply:
    """Fixed wording from domain.yml; where there are several, they are used in turn."""
    texts = responses.get(name) or responses["utter_affirm"]
    text = str(texts[number % len(texts)]["text"])
    return Reply(Kind.SMALLTALK, fill(text, contact))
