"""The desk's search: patients' index and decision, plus what the letters of a half-typed word are close to."""

import threading
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz, utils

from bot.reply import Source
from bot.retrieval.compose import fill
from bot.retrieval.decide import Outcome
from bot.retrieval.index import Index
from bot.retrieval.passages import Passage
from bot.retrieval.retriever import shared_retriever
from bot.safety import messages
from bot.safety.language import language_of
from bot.safety.triage import assess
from bot.safety.verdict import Level
from bot.settings import settings

MOST = 6
LIKELY = 0.08
CLOSE = 78.0

# Two threads that load the encoder at once break each other's weights.
_ONE = threading.Lock()


@dataclass(frozen=True)
class Answer:
    """One passage as the desk reads it out."""

    topic: str
    title: str
    text: str
    sources: tuple[Source, ...]
    version: str
    staff: str
    review_due: date
    best: bool = False

    @property
    def due(self) -> bool:
        """Whether a clinician should have looked at it again."""
        return self.review_due <= date.today()

    @property
    def source_line(self) -> str:
        """The line that goes under a copied answer."""
        names = "; ".join(
            f"{source.title}{f' ({source.publisher})' if source.publisher else ''}" for source in self.sources
        )
        return f"Source: {names or settings().clinic.name}. Version {self.version}."


@dataclass(frozen=True)
class Danger:
    """What the rules see in the query itself."""

    level: str
    categories: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Found:
    """The answers to a query, best first. `sure`: a patient would get the first one without being asked again."""

    answers: list[Answer]
    danger: Danger | None
    sure: bool


def look_up(query: str) -> Found:
    """Search; the encoder is loaded at the first call, which takes some seconds."""
    with _ONE:
        retriever = shared_retriever()
        index = retriever.index()
        decision = retriever.decide(query, {})
    likely = [
        candidate.topic for candidate in decision.candidates if candidate.topic and candidate.confidence >= LIKELY
    ]
    topics = list(dict.fromkeys([*decision.topics, *likely, *_close(query, index)]))
    sure = decision.outcome is Outcome.ANSWER
    answers = [
        _answer(index, topic, sure and topic == decision.topics[0]) for topic in topics if topic in index.passages
    ]
    return Found(answers[:MOST], danger(query), sure)


def danger(query: str) -> Danger | None:
    """The fixed message that a patient would get for these words."""
    verdict = assess(query)
    if verdict.level is Level.NONE:
        return None
    text = messages.fixed_reply(verdict, settings().clinic.contact(), language_of(query))
    return Danger(verdict.level.value, tuple(category.value for category in verdict.categories), text)


def answer_for(topic: str) -> Answer | None:
    """One passage as patients are answered from it; None where it is not shown."""
    with _ONE:
        index = shared_retriever().index()
    return _answer(index, topic, False) if topic in index.passages else None


def _close(query: str, index: Index) -> list[str]:
    scored = [(_closeness(query, passage), passage.id) for passage in index.passages.values()]
    return [topic for score, topic in sorted(scored, reverse=True)[:MOST] if score >= CLOSE]


def _closeness(query: str, passage: Passage) -> float:
    # Half-typed words mean nothing to the sentence encoder; their letters do.
    return max(
        fuzz.WRatio(query, text, processor=utils.default_process)
        for text in (passage.title, passage.id.replace("_", " "), *passage.questions)
    )


def _answer(index: Index, topic: str, best: bool) -> Answer:
    passage = index.passages[topic]
    contact = settings().clinic.contact()
    text, staff = fill(passage.body, contact), fill(passage.staff, contact)
    return Answer(topic, passage.title, text, index.sources[topic], passage.version, staff, passage.review_due, best)
