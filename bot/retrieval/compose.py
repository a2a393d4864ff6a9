"""From a decision to the words shown: only vetted passages and fixed wording, nothing made up."""

import re
from collections.abc import Mapping

from bot.reply import Button, Kind, Reply
from bot.retrieval.decide import Decision, Outcome
from bot.retrieval.index import Index
from bot.retrieval.passages import Passage

MOST_BUTTONS = 4
PERSON = Button("Talk to a person", "I would like to talk to a person", "human_handoff")

NO_ANSWER = (
    "I don't have a vetted answer to that one. {clinic_name} can help: call {clinic_phone}, {clinic_hours}.",
    "That one is outside what my sources cover. {clinic_name} can help: call {clinic_phone}, {clinic_hours}.",
)
CLOSEST = " Or did you mean one of these?"
CLARIFY = "I want to be sure I answer the right question. Which of these is closest?"
LEAD = "You asked about: {title}."
PAUSED = "Our clinicians are reviewing the answer to that. Please call {clinic_name} at {clinic_phone}, {clinic_hours}."

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_KINDS = {"appointment": Kind.CLINIC_INFO, "human_handoff": Kind.HANDOFF}


def fill(text: str, contact: Mapping[str, str]) -> str:
    """Put the clinic's own details in; a brace that names none of them stays as it is."""
    return _PLACEHOLDER.sub(lambda match: contact.get(match.group(1), match.group(0)), text)


def compose(decision: Decision, index: Index, contact: Mapping[str, str], sure: float = 1.0) -> list[Reply]:
    """The replies to a decision about a question. Below `sure`, an answer says what it took the question for."""
    if decision.outcome is Outcome.ANSWER:
        lead = decision.confidence < sure
        return [passage_reply(topic, index, contact, lead) for topic in decision.topics]
    if decision.outcome is Outcome.CLARIFY:
        return [Reply(Kind.CLARIFY, CLARIFY, buttons=topic_buttons(decision.topics, index), topics=())]
    return [no_answer(decision, index, contact)]


def passage_reply(topic: str, index: Index, contact: Mapping[str, str], lead: bool = False) -> Reply:
    """One passage as a reply. A topic that the sources do not answer is a `no_answer` that says so."""
    passage = index.passages.get(topic)
    if passage is None:
        return Reply(Kind.NO_ANSWER, fill(PAUSED, contact), buttons=(PERSON,), unanswered=True)
    return Reply(
        kind=_kind(passage),
        text=fill(passage.body, contact),
        lead=LEAD.format(title=passage.title) if lead else "",
        topics=(topic,),
        versions=(passage.version,),
        sources=index.sources[topic],
        buttons=topic_buttons(passage.related[:3], index) if _kind(passage) is Kind.ANSWER else (PERSON,),
    )


def no_answer(decision: Decision, index: Index, contact: Mapping[str, str], turn: int = 0) -> Reply:
    """Say so, offer the closest topics and a person; the wording changes with the turn."""
    near = topic_buttons(tuple(topic for topic in decision.topics[:3] if topic != PERSON.topic), index)
    text = NO_ANSWER[turn % len(NO_ANSWER)] + (CLOSEST if near else "")
    return Reply(Kind.NO_ANSWER, fill(text, contact), buttons=(*near, PERSON), unanswered=True)


def topic_buttons(topics: tuple[str, ...], index: Index) -> tuple[Button, ...]:
    """A button for each topic that has a passage."""
    known = [topic for topic in topics if topic in index.passages][:MOST_BUTTONS]
    return tuple(Button(index.passages[topic].title, index.passages[topic].title, topic) for topic in known)


def _kind(passage: Passage) -> Kind:
    if passage.coverage == "none":
        return Kind.NO_ANSWER
    return _KINDS.get(passage.id, Kind.ANSWER)
