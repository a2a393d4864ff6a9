"""Which vetted passage follows the safety sentence of a message at caution."""

from types import SimpleNamespace

import pytest

from bot.retrieval import answering
from bot.retrieval.answering import SURE, flagged_passage
from bot.retrieval.decide import Candidate, Decision, Outcome
from bot.safety.triage import assess
from bot.topics import intent_of
from bot.turn import Turn

TEXT = "can i take it w my pain pils"


@pytest.mark.parametrize(("confidence", "topic"), [(SURE, "cure_or_not"), (SURE - 0.1, "opioid_interaction")])
def test_an_unsure_topic_gives_way_to_the_risk(confidence: float, topic: str, monkeypatch: pytest.MonkeyPatch) -> None:
    decided = Decision(Outcome.ANSWER, (Candidate(intent_of("cure_or_not"), confidence),), ("cure_or_not",))
    monkeypatch.setattr(answering, "decide_turn", lambda turn, retriever: decided)
    monkeypatch.setattr(answering, "passage_reply", lambda topic, index, contact: topic)
    index = SimpleNamespace(passages={"cure_or_not": None, "opioid_interaction": None})
    retriever = SimpleNamespace(index=lambda: index)
    assert flagged_passage(Turn("t", TEXT), assess(TEXT), retriever, {}) == topic
