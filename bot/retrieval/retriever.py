"""The facade of retrieval: a question and the intent ranking in, a decision and its passages out."""

from dataclasses import dataclass
from functools import lru_cache

from bot.retrieval.decide import Candidate, Decision, decide, default_calibration, weigh
from bot.retrieval.encoder import shared_encoder
from bot.retrieval.index import Index, LiveIndex
from bot.settings import settings


@dataclass(frozen=True)
class Retriever:
    """Looks questions up in the live index."""

    live: LiveIndex

    def index(self) -> Index:
        """The index in use."""
        return self.live.get()

    def candidates(self, text: str, ranking: dict[str, float]) -> tuple[Candidate, ...]:
        """All labels weighed for one question."""
        index = self.live.get()
        vector = self.live.encoder.encode_one(text)
        nearest: dict[str, float] = {}
        for hit in index.search(vector):
            nearest.setdefault(hit.entry.label, hit.similarity)
        return weigh(ranking, index.head.probabilities(vector), nearest, default_calibration())

    def decide(self, text: str, ranking: dict[str, float]) -> Decision:
        """What to do with one question. `ranking` is Rasa's, by intent; empty where there is none."""
        return decide(self.candidates(text, ranking), default_calibration())


@lru_cache(maxsize=1)
def shared_retriever() -> Retriever:
    """The retriever of this process."""
    config = settings()
    return Retriever(LiveIndex(config.index, shared_encoder(config.encoder)))
