"""The decision: answer, ask which was meant, or say that we do not know. Pure; knows neither Rasa nor FAISS.

Two independent votes are weighed: the intent ranking (Rasa, words and letters) and retrieval (sentence
vectors: nearest wordings, and a linear head). The weights and thresholds are fitted on held-back
questions by `ldn evaluate --calibrate` and live in calibration.json.
"""

import json
import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from bot.topics import topic_of

FLOOR = 1e-4
OUT_OF_SCOPE = "out_of_scope"


class Outcome(StrEnum):
    """What to do with a message."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    NO_ANSWER = "no_answer"
    SMALLTALK = "smalltalk"


@dataclass(frozen=True)
class Calibration:
    """Weights of the votes and the confidences needed; all fitted, none guessed."""

    ranking_weight: float
    head_weight: float
    nearest_weight: float
    answer_at: float
    clarify_at: float
    scope_at: float


@dataclass(frozen=True)
class Candidate:
    """A label (an intent) and how sure we are of it, 0 to 1."""

    label: str
    confidence: float

    @property
    def topic(self) -> str | None:
        """The topic it asks about, if any."""
        return topic_of(self.label)


@dataclass(frozen=True)
class Decision:
    """The outcome and the candidates, best first. `topics` are those to answer or to offer."""

    outcome: Outcome
    candidates: tuple[Candidate, ...]
    topics: tuple[str, ...]

    @property
    def label(self) -> str:
        """The best label."""
        return self.candidates[0].label

    @property
    def confidence(self) -> float:
        """How sure we are of it."""
        return self.candidates[0].confidence


@lru_cache(maxsize=1)
def default_calibration() -> Calibration:
    """What calibration.json beside this file holds."""
    path = Path(__file__).with_name("calibration.json")
    return Calibration(**json.loads(path.read_text(encoding="utf-8"))["calibration"])


def weigh(
    ranking: dict[str, float], head: dict[str, float], nearest: dict[str, float], calibration: Calibration
) -> tuple[Candidate, ...]:
    """All labels with their joint confidence, best first.

    `ranking` and `head` are probabilities by label, `nearest` the best cosine similarity by label.
    A vote that is missing altogether (an empty dict) counts for nothing.
    """
    labels = sorted(set(ranking) | set(head) | set(nearest))
    if not labels:
        return ()
    scores = [
        calibration.ranking_weight * math.log(max(ranking.get(label, 0.0), FLOOR)) * bool(ranking)
        + calibration.head_weight * math.log(max(head.get(label, 0.0), FLOOR)) * bool(head)
        + calibration.nearest_weight * nearest.get(label, 0.0)
        for label in labels
    ]
    top = max(scores)
    weights = [math.exp(score - top) for score in scores]
    total = sum(weights)
    candidates = [Candidate(label, weight / total) for label, weight in zip(labels, weights, strict=True)]
    return tuple(sorted(candidates, key=lambda candidate: -candidate.confidence))


def decide(candidates: tuple[Candidate, ...], calibration: Calibration) -> Decision:
    """What to do, given the candidates of `weigh`."""
    if not candidates:
        return Decision(Outcome.NO_ANSWER, (Candidate(OUT_OF_SCOPE, 0.0),), ())
    best = candidates[0]
    offered = tuple(c.topic for c in candidates[:8] if c.topic and c.confidence >= 0.02)[:3]
    outside = sum(c.confidence for c in candidates if c.label == OUT_OF_SCOPE)
    if best.label == OUT_OF_SCOPE or outside >= calibration.scope_at:
        return Decision(Outcome.NO_ANSWER, candidates, offered)
    if best.topic is None:
        outcome = Outcome.SMALLTALK if best.confidence >= calibration.clarify_at else Outcome.NO_ANSWER
        return Decision(outcome, candidates, offered)
    if best.confidence >= calibration.answer_at:
        return Decision(Outcome.ANSWER, candidates, (best.topic,))
    if best.confidence >= calibration.clarify_at and len(offered) > 1:
        return Decision(Outcome.CLARIFY, candidates, offered)
    return Decision(Outcome.NO_ANSWER, candidates, offered)
