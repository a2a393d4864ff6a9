"""Weighing the votes and deciding on them: exact tables, and what must hold for any votes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval.decide import FLOOR, Calibration, Candidate, Decision, Outcome, decide, default_calibration, weigh

LABELS = ["ask_alcohol", "ask_cost", "ask_ms", "clinic_info", "greet", "out_of_scope"]
EVEN = Calibration(ranking_weight=1, head_weight=1, nearest_weight=1, answer_at=0.6, clarify_at=0.25, scope_at=0.4)


def only(vote: str) -> Calibration:
    """A calibration that listens to one vote."""
    weights = {f"{name}_weight": float(name == vote) for name in ("ranking", "head", "nearest")}
    return Calibration(**weights, answer_at=0.6, clarify_at=0.25, scope_at=0.4)


def candidates(**confidences: float) -> tuple[Candidate, ...]:
    """Candidates in the order given, best first."""
    return tuple(Candidate(label, confidence) for label, confidence in confidences.items())


def rounded(found: tuple[Candidate, ...]) -> list[tuple[str, float]]:
    return [(candidate.label, round(candidate.confidence, 6)) for candidate in found]


@pytest.mark.parametrize("vote", ["ranking", "head"])
def test_weigh_returns_a_single_vote_as_it_is(vote: str) -> None:
    votes = {"ranking": {}, "head": {}, "nearest": {}, vote: {"ask_ms": 0.1, "ask_cost": 0.6, "greet": 0.3}}
    assert rounded(weigh(**votes, calibration=only(vote))) == [("ask_cost", 0.6), ("greet", 0.3), ("ask_ms", 0.1)]


def test_weigh_takes_similarities_by_their_difference() -> None:
    found = weigh({}, {}, {"ask_ms": 0.5, "ask_cost": 0.5 + math.log(3)}, EVEN)
    assert rounded(found) == [("ask_cost", 0.75), ("ask_ms", 0.25)]


def test_weigh_multiplies_independent_votes() -> None:
    found = weigh({"ask_cost": 0.8, "ask_ms": 0.2}, {"ask_cost": 0.2, "ask_ms": 0.8}, {}, EVEN)
    assert rounded(found) == [("ask_cost", 0.5), ("ask_ms", 0.5)]
    found = weigh({"ask_cost": 0.75, "ask_ms": 0.25}, {"ask_cost": 0.75, "ask_ms": 0.25}, {}, EVEN)
    assert rounded(found) == [("ask_cost", 0.9), ("ask_ms", 0.1)]


def test_weigh_makes_a_vote_flatter_by_its_weight() -> None:
    half = Calibration(
        ranking_weight=0.5, head_weight=1, nearest_weight=1, answer_at=0.6, clarify_at=0.25, scope_at=0.4
    )
    assert rounded(weigh({"ask_cost": 0.8, "ask_ms": 0.2}, {}, {}, half)) == [
        ("ask_cost", round(2 / 3, 6)),
        ("ask_ms", round(1 / 3, 6)),
    ]


def test_weigh_gives_the_floor_to_a_label_that_a_vote_leaves_out() -> None:
    found = weigh({"ask_cost": 1.0}, {"ask_cost": 0.5, "ask_ms": 0.5}, {}, EVEN)
    assert rounded(found) == [("ask_cost", round(1 / (1 + FLOOR), 6)), ("ask_ms", round(FLOOR / (1 + FLOOR), 6))]


def test_weigh_treats_zero_as_the_floor() -> None:
    assert weigh({"ask_cost": 1.0, "ask_ms": 0.0}, {}, {}, EVEN) == weigh(
        {"ask_cost": 1.0, "ask_ms": FLOOR}, {}, {}, EVEN
    )


@pytest.mark.parametrize("missing", ["ranking", "head", "nearest"])
def test_weigh_ignores_a_vote_that_is_missing(missing: str) -> None:
    votes = {name: {"ask_cost": 0.7, "ask_ms": 0.3} for name in ("ranking", "head", "nearest")}
    without = {f"{name}_weight": float(name != missing) for name in votes}
    ignored = Calibration(**without, answer_at=0.6, clarify_at=0.25, scope_at=0.4)
    assert weigh(**{**votes, missing: {}}, calibration=EVEN) == weigh(**votes, calibration=ignored)


def test_weigh_without_any_vote_has_no_candidates() -> None:
    assert weigh({}, {}, {}, EVEN) == ()


def test_weigh_puts_ties_in_the_order_of_the_alphabet() -> None:
    even = {"greet": 0.25, "ask_ms": 0.25, "out_of_scope": 0.25, "ask_cost": 0.25}
    assert [candidate.label for candidate in weigh(even, {}, {}, EVEN)] == [
        "ask_cost",
        "ask_ms",
        "greet",
        "out_of_scope",
    ]


def test_weigh_survives_scores_far_apart() -> None:
    sharp = Calibration(
        ranking_weight=500, head_weight=1, nearest_weight=1, answer_at=0.6, clarify_at=0.25, scope_at=0.4
    )
    assert rounded(weigh({"ask_cost": 1.0, "ask_ms": 1e-9}, {}, {}, sharp)) == [("ask_cost", 1.0), ("ask_ms", 0.0)]


votes = st.dictionaries(st.sampled_from(LABELS), st.floats(0, 1))
similarities = st.dictionaries(st.sampled_from(LABELS), st.floats(-1, 1))
weights = st.floats(0, 10)
calibrations = st.builds(
    Calibration, weights, weights, weights, st.floats(0.3, 0.9), st.floats(0.05, 0.3), st.floats(0.1, 0.9)
)


@given(votes, votes, similarities, calibrations)
def test_weigh_confidences_sum_to_one_and_fall(
    ranking: dict[str, float], head: dict[str, float], nearest: dict[str, float], calibration: Calibration
) -> None:
    found = weigh(ranking, head, nearest, calibration)
    confidences = [candidate.confidence for candidate in found]
    assert {candidate.label for candidate in found} == {*ranking, *head, *nearest}
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= confidence <= 1 for confidence in confidences)
    assert math.isclose(sum(confidences), 1) if found else confidences == []


@given(votes, votes, similarities, calibrations)
def test_weigh_does_not_depend_on_the_order_of_its_votes(
    ranking: dict[str, float], head: dict[str, float], nearest: dict[str, float], calibration: Calibration
) -> None:
    backwards = [dict(reversed(list(vote.items()))) for vote in (ranking, head, nearest)]
    assert weigh(*backwards, calibration) == weigh(ranking, head, nearest, calibration)


@given(votes.filter(lambda vote: "ask_cost" in vote), votes, similarities, calibrations, st.floats(0, 1))
def test_weigh_never_punishes_a_label_for_a_better_vote(
    ranking: dict[str, float], head: dict[str, float], nearest: dict[str, float], calibration: Calibration, more: float
) -> None:
    better = {**ranking, "ask_cost": max(ranking["ask_cost"], more)}
    before = {c.label: c.confidence for c in weigh(ranking, head, nearest, calibration)}
    after = {c.label: c.confidence for c in weigh(better, head, nearest, calibration)}
    assert after["ask_cost"] >= before["ask_cost"] - 1e-12


DECISIONS = {
    "sure": (candidates(ask_cost=0.9, ask_ms=0.1), Outcome.ANSWER, ("cost",)),
    "just sure enough": (candidates(ask_cost=0.6, ask_ms=0.4), Outcome.ANSWER, ("cost",)),
    "just not": (candidates(ask_cost=0.599, ask_ms=0.401), Outcome.CLARIFY, ("cost", "ms")),
    "torn between two": (candidates(ask_cost=0.5, ask_ms=0.5), Outcome.CLARIFY, ("cost", "ms")),
    "three are offered at most": (
        candidates(ask_cost=0.3, ask_ms=0.3, ask_alcohol=0.2, ask_crps=0.2), Outcome.CLARIFY, ("cost", "ms", "alcohol"),
    ),
    "small talk is not offered": (candidates(ask_cost=0.4, greet=0.35, ask_ms=0.25), Outcome.CLARIFY, ("cost", "ms")),
    "unlikely one": (candidates(ask_cost=0.5, ask_ms=0.48, ask_crps=0.019), Outcome.CLARIFY, ("cost", "ms")),
    "one in fifty": (candidates(ask_cost=0.5, ask_ms=0.48, ask_crps=0.02), Outcome.CLARIFY, ("cost", "ms", "crps")),
    "nothing to choose between": (candidates(ask_cost=0.5, greet=0.3, thanks=0.2), Outcome.NO_ANSWER, ("cost",)),
    "just worth asking": (candidates(ask_cost=0.25, ask_ms=0.24), Outcome.CLARIFY, ("cost", "ms")),
    "not worth asking": (candidates(ask_cost=0.249, ask_ms=0.24), Outcome.NO_ANSWER, ("cost", "ms")),
    "outside is best": (candidates(out_of_scope=0.35, ask_cost=0.33, ask_ms=0.32), Outcome.NO_ANSWER, ("cost", "ms")),
    "out of scope is close": (candidates(ask_cost=0.6, out_of_scope=0.4), Outcome.NO_ANSWER, ("cost",)),
    "out of scope is not close": (candidates(ask_cost=0.61, out_of_scope=0.39), Outcome.ANSWER, ("cost",)),
    "clinic business is a topic": (candidates(clinic_info=0.7, greet=0.3), Outcome.ANSWER, ("appointment",)),
    "a person is a topic": (candidates(person=0.8, deny=0.2), Outcome.ANSWER, ("human_handoff",)),
    "small talk": (candidates(greet=0.8, ask_cost=0.2), Outcome.SMALLTALK, ("cost",)),
    "just small talk": (candidates(greet=0.25, thanks=0.24), Outcome.SMALLTALK, ()),
    "hardly small talk": (candidates(greet=0.249, ask_cost=0.24), Outcome.NO_ANSWER, ("cost",)),
    "an intent nobody knows is no topic": (candidates(ask_weather=0.9, ask_cost=0.1), Outcome.SMALLTALK, ("cost",)),
}  # fmt: skip


@pytest.mark.parametrize(("found", "outcome", "topics"), DECISIONS.values(), ids=DECISIONS.keys())
def test_decide(found: tuple[Candidate, ...], outcome: Outcome, topics: tuple[str, ...]) -> None:
    assert decide(found, EVEN) == Decision(outcome, found, topics)


def test_decide_offers_none_from_the_ninth_candidate_on() -> None:
    talk = candidates(greet=0.2, thanks=0.1, goodbye=0.1, affirm=0.1, deny=0.1, abuse=0.1, compliment=0.1)
    assert decide((*talk, Candidate("ask_cost", 0.05), Candidate("ask_ms", 0.05)), EVEN).topics == ("cost",)


def test_decide_without_candidates_does_not_know() -> None:
    decision = decide((), EVEN)
    assert (decision.outcome, decision.topics, decision.label, decision.confidence) == (
        Outcome.NO_ANSWER,
        (),
        "out_of_scope",
        0.0,
    )


@given(votes, votes, similarities, calibrations)
def test_decide_answers_only_when_sure_and_offers_only_topics(
    ranking: dict[str, float], head: dict[str, float], nearest: dict[str, float], calibration: Calibration
) -> None:
    decision = decide(weigh(ranking, head, nearest, calibration), calibration)
    assert len(decision.topics) <= 3
    assert set(decision.topics) <= {"alcohol", "cost", "ms", "appointment"}
    if decision.outcome is Outcome.ANSWER:
        assert decision.confidence >= calibration.answer_at
        assert decision.topics == (decision.candidates[0].topic,)
    if decision.outcome is Outcome.CLARIFY:
        assert calibration.clarify_at <= decision.confidence < calibration.answer_at
        assert len(decision.topics) >= 2


def test_default_calibration_has_thresholds_in_order_and_hears_every_vote() -> None:
    calibration = default_calibration()
    assert 0 < calibration.clarify_at < calibration.answer_at < 1
    assert 0 < calibration.scope_at <= 1
    assert min(calibration.ranking_weight, calibration.head_weight, calibration.nearest_weight) > 0
