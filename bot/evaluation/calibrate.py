"""`ldn calibrate`: fit the weights of the votes and the thresholds on held-back questions, and show how good they are."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.evaluation.cases import Case, Question, Scope, load_sets
from bot.retrieval.decide import OUT_OF_SCOPE, Calibration, Decision, Outcome, decide, weigh
from bot.retrieval.retriever import Retriever
from bot.topics import intent_of

SMALLTALK = ("greet", "thanks", "goodbye", "affirm", "deny", "frustration", "compliment", "bot_challenge", "abuse")
WANTED = {"fallback": (OUT_OF_SCOPE,), "smalltalk": SMALLTALK, "handoff": ("person",), "clinic_info": ("clinic_info",)}
# The share of questions that may get a passage on another topic; new questions do worse than held-back ones.
WRONG_AT_MOST = 0.02
TARGET = Path(__file__).parent.parent / "retrieval" / "calibration.json"

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Votes:
    """The three votes on one case: probabilities of words and head, nearest similarity, each by label."""

    case: Question | Scope
    words: dict[str, float]
    head: dict[str, float]
    nearest: dict[str, float]

    @property
    def wanted(self) -> set[str]:
        """Labels that are right."""
        case = self.case
        return {intent_of(topic) for topic in case.topics} if isinstance(case, Question) else set(WANTED[case.expected])

    def decide(self, calibration: Calibration) -> Decision:
        """The decision under a calibration."""
        return decide(weigh(self.words, self.head, self.nearest, calibration), calibration)


def gather(cases: Iterable[Case], retriever: Retriever) -> list[Votes]:
    """The votes on every question and scope case."""
    return [Votes(case, *retriever.votes(case.text)) for case in cases if isinstance(case, (Question, Scope))]


def fit(votes: list[Votes], start: Calibration) -> Calibration:
    """Weights by maximum likelihood; then the thresholds that answer most within WRONG_AT_MOST."""
    from scipy.optimize import minimize

    labels = sorted({label for vote in votes for label in (*vote.words, *vote.head)})
    stack = [_matrix(votes, labels, name) for name in ("words", "head", "nearest")]
    right = np.array([[label in vote.wanted for label in labels] for vote in votes])

    def loss(weights: Array) -> float:
        scores = sum(weight * matrix for weight, matrix in zip(weights, stack, strict=True))
        scores = scores - scores.max(axis=1, keepdims=True)
        chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        return float(-np.log((chances * right).sum(axis=1) + 1e-9).mean())

    first = np.array([start.ranking_weight, start.head_weight, start.nearest_weight])
    found = np.maximum(minimize(loss, first, method="Nelder-Mead", options={"maxiter": 400}).x, 0.0)
    words, head, nearest = (round(float(weight), 3) for weight in found)
    fitted = replace(start, ranking_weight=words, head_weight=head, nearest_weight=nearest)
    return _thresholds(votes, fitted)


def _matrix(votes: list[Votes], labels: list[str], name: str) -> Array:
    rows = [[getattr(vote, name).get(label, 0.0) for label in labels] for vote in votes]
    values = np.array(rows)
    return values if name == "nearest" else np.log(np.maximum(values, 1e-4))


def _thresholds(votes: list[Votes], fitted: Calibration) -> Calibration:
    best, most = fitted, -1.0
    for answer_at in np.arange(0.40, 0.81, 0.05):
        for scope_at in (0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
            tried = replace(fitted, answer_at=round(float(answer_at), 2), scope_at=scope_at)
            figures = outcomes(votes, tried)
            if figures["wrong"] <= WRONG_AT_MOST and figures["right"] + figures["refused"] > most:
                best, most = tried, figures["right"] + figures["refused"]
    return best


def outcomes(votes: list[Votes], calibration: Calibration) -> dict[str, float]:
    """Shares: answered rightly, rightly or by one clarification, wrongly; outside questions refused."""
    asked = [(vote, vote.decide(calibration)) for vote in votes if isinstance(vote.case, Question)]
    outside = [
        vote.decide(calibration) for vote in votes if isinstance(vote.case, Scope) and vote.case.expected == "fallback"
    ]
    answered = [(vote, decision) for vote, decision in asked if decision.outcome is Outcome.ANSWER]
    right = sum(decision.label in vote.wanted for vote, decision in answered)
    offered = sum(
        decision.outcome is Outcome.CLARIFY and bool({intent_of(topic) for topic in decision.topics} & vote.wanted)
        for vote, decision in asked
    )
    return {
        "right": right / len(asked),
        "right or offered": (right + offered) / len(asked),
        "wrong": (len(answered) - right) / len(asked),
        "refused": sum(decision.outcome is not Outcome.ANSWER for decision in outside) / max(1, len(outside)),
    }


def confidences(votes: list[Votes], calibration: Calibration) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Confidence of the best label, and whether it is right, one a case."""
    decisions = [vote.decide(calibration) for vote in votes]
    sure = np.array([decision.confidence for decision in decisions])
    return sure, np.array([decision.label in vote.wanted for vote, decision in zip(votes, decisions, strict=True)])


def calibration_error(sure: Array, right: npt.NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error: mean gap between confidence and accuracy, weighted by bin."""
    places = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        abs(sure[places == b].mean() - right[places == b].mean()) * (places == b).mean() for b in set(places.tolist())
    ]
    return float(sum(gaps))


def plot(halves: dict[str, list[Votes]], calibration: Calibration, path: Path) -> None:
    """Reliability diagram and risk-coverage curve, one line a half."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right_axes) = plt.subplots(1, 2, figsize=(10, 4.5))
    left.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    for name, votes in halves.items():
        sure, right = confidences(votes, calibration)
        edges = np.linspace(0, 1, 9)
        inside = [(sure >= low) & (sure <= high) for low, high in zip(edges, edges[1:], strict=False)]
        points = [(sure[mask].mean(), right[mask].mean()) for mask in inside if mask.sum() >= 3]
        left.plot(
            [x for x, _ in points],
            [y for _, y in points],
            marker="o",
            label=f"{name}, error {calibration_error(sure, right):.3f}",
        )
        order = np.argsort(-sure)
        errors = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
        right_axes.plot(np.arange(1, len(order) + 1) / len(order), errors, label=name)
    left.set(xlabel="confidence", ylabel="share right", title="Reliability")
    right_axes.set(xlabel="coverage", ylabel="share wrong", title="Risk and coverage")
    left.legend()
    right_axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def plot_live(cases: Iterable[Case], name: str, retriever: Retriever, path: Path) -> bool:
    """Reliability and risk-coverage of the index in use on question and scope cases; False where no question is."""
    votes = gather(cases, retriever)
    if not any(isinstance(vote.case, Question) for vote in votes):
        return False
    plot({name: votes}, retriever.index().calibration, path)
    return True


def calibrate(sets: Path, out: Path, retriever: Retriever, start: Calibration) -> dict[str, Any]:
    """Fit on the tuning half, measure on both, write calibration.json and the plot; returns the figures."""
    halves = {
        half: gather(load_sets(sets, f"questions*_{half}.jsonl", f"scope*_{half}.jsonl"), retriever)
        for half in ("tune", "test")
    }
    fitted = fit(halves["tune"], start)
    figures = {
        half: {key: round(value, 3) for key, value in outcomes(votes, fitted).items()} for half, votes in halves.items()
    }
    data = {"calibration": asdict(fitted), "measured": figures}
    TARGET.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    out.mkdir(parents=True, exist_ok=True)
    plot(halves, fitted, out / "calibration.png")
    return data
