"""The facade of retrieval: a question in, a decision and its passages out."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.retrieval.decide import Candidate, Decision, decide, weigh
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

    def votes(self, text: str) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
        """What words and letters, the linear head and the nearest wordings say of a text, by label."""
        index = self.live.get()
        vector = self.live.encoder.encode_one(text)
        return index.rank(text), index.head.probabilities(vector), index.nearest(vector)

    def candidates(self, text: str, ranking: Mapping[str, float] | None = None) -> tuple[Candidate, ...]:
        """All labels weighed for one question. `ranking` is Rasa's, by intent; without it, our own word vote."""
        words, head, nearest = self.votes(text)
        return weigh(dict(ranking) if ranking else words, head, nearest, self.live.get().calibration)

    def decide(self, text: str, ranking: Mapping[str, float] | None = None) -> Decision:
        """What to do with one question."""
        return decide(self.candidates(text, ranking), self.live.get().calibration)


@lru_cache(maxsize=1)
def shared_retriever() -> Retriever:
    """The retriever of this process."""
    config = settings()
    return Retriever(LiveIndex(config.index, shared_encoder(config.encoder)))
