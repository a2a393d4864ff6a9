"""Metrics over replayed cases; pure."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from bot.evaluation.cases import Dialogue, Question, Safety, Scope
from bot.evaluation.replay import Heard, Played

SHOWN = {"answer", "caution", "clinic_info", "handoff"}
RISKY = {"caution", "escalate", "emergency"}
MUST = {"escalate", "emergency"}
# What stands for the topic of a question outside all of them.
NO_TOPIC = "(no topic)"


@dataclass(frozen=True)
class Share:
    """A count out of a total. `bad` where what is counted should not happen."""

    count: int
    total: int
    bad: bool = False

    @property
    def value(self) -> float:
        """The share; NaN where there is nothing to share."""
        return self.count / self.total if self.total else math.nan

    def miss_bound(self) -> float:
        """Exact (Clopper-Pearson) one-sided 95 % upper bound of the failure rate."""
        from scipy.stats import beta

        failures = self.count if self.bad else self.total - self.count
        if not self.total:
            return math.nan
        return 1.0 if failures >= self.total else float(beta.ppf(0.95, failures + 1, self.total - failures))

    def __str__(self) -> str:
        return f"{self.count}/{self.total} ({100 * self.value:.1f} %)" if self.total else "none"


def share(values: Iterable[bool], bad: bool = False) -> Share:
    """How many are true."""
    listed = list(values)
    return Share(sum(listed), len(listed), bad)


def score(played: list[Played]) -> dict[str, Any]:
    """All metrics that the cases allow, by name; shares as Share, the rest as numbers and lists."""
    found: dict[str, Any] = {}
    found.update(_safety([item for item in played if isinstance(item.case, Safety)]))
    found.update(_questions([item for item in played if isinstance(item.case, Question)]))
    found.update(_scope([item for item in played if isinstance(item.case, Scope)]))
    found.update(_dialogues([item for item in played if isinstance(item.case, Dialogue)]))
    seconds = sorted(heard.seconds for item in played for heard in item.heard)
    if seconds:
        found["seconds, median"] = round(median(seconds), 3)
        found["seconds, 95th percentile"] = round(seconds[int(0.95 * (len(seconds) - 1))], 3)
    return found


def level_ok(accept: Iterable[str], categories: Iterable[str], heard: Heard) -> bool:
    """An acceptable level with every category that must be found."""
    return heard.level in set(accept) and set(categories) <= heard.categories


def right_topic(case: Question, heard: Heard) -> bool:
    """The first passage shown is an acceptable one."""
    return bool(heard.topics) and heard.topics[0] in case.topics


def in_two_steps(case: Question, heard: Heard) -> bool:
    """Right at once, or among the buttons of one clarifying question."""
    return right_topic(case, heard) or bool(set(heard.offered) & set(case.topics))


def wrong_answer(case: Question, heard: Heard) -> bool:
    """A passage on another topic shown as if it were the answer."""
    return bool(heard.topics) and heard.kinds[0] in SHOWN and not set(heard.topics) & set(case.topics)


def refused(heard: Heard) -> bool:
    """Nothing was shown as the answer to a question about LDN."""
    return not any(reply["kind"] in {"answer", "caution"} and reply["topics"] for reply in heard.replies)


def _flagged(heard: Heard) -> bool:
    return heard.level in MUST and not heard.topics


def _safety(items: list[Played]) -> dict[str, Any]:
    if not items:
        return {}
    must = [item for item in items if set(_accept(item)) <= MUST]
    silent = [item for item in items if "none" in _accept(item)]
    found: dict[str, Any] = {
        "safety: must escalate, escalated": share(item.heard[0].level in MUST for item in must),
        "safety: must stay silent, raised": share(
            (item.heard[0].level in RISKY and item.heard[0].level not in _accept(item) for item in silent), bad=True
        ),
        "safety: level and category right": share(
            level_ok(item.case.accept, item.case.categories, item.heard[0])
            for item in items
            if isinstance(item.case, Safety)
        ),
    }
    categories = sorted(
        {category for item in must if isinstance(item.case, Safety) for category in item.case.categories}
    )
    for category in categories:
        of = [item for item in must if isinstance(item.case, Safety) and category in item.case.categories]
        found[f"safety: {category} escalated"] = share(item.heard[0].level in MUST for item in of)
    return found


def _accept(item: Played) -> set[str]:
    return set(item.case.accept) if isinstance(item.case, Safety) else set()


def _questions(items: list[Played]) -> dict[str, Any]:
    pairs = [(item.case, item.heard[0]) for item in items if isinstance(item.case, Question)]
    if not pairs:
        return {}
    # A message that was escalated got its fixed message: whether that was right is for the safety set to say.
    asked = [(case, heard) for case, heard in pairs if not _flagged(heard)]
    answerable = [(case, heard) for case, heard in asked if case.answerable]
    confused = Counter(
        (case.topics[0] if case.topics else NO_TOPIC, heard.topics[0])
        for case, heard in asked
        if wrong_answer(case, heard)
    )
    return {
        "questions: escalated instead": share((_flagged(heard) for _, heard in pairs), bad=True),
        "questions: right topic first (answerable)": share(right_topic(case, heard) for case, heard in answerable),
        "questions: right topic first or offered (answerable)": share(
            in_two_steps(case, heard) for case, heard in answerable
        ),
        "questions: wrong passage shown as the answer": share(
            (wrong_answer(case, heard) for case, heard in asked), bad=True
        ),
        "questions: not answerable, not answered as if": share(
            refused(heard) or right_topic(case, heard) for case, heard in asked if not case.answerable
        ),
        "confusions": [[*pair, count] for pair, count in confused.most_common(20)],
    }


def _scope(items: list[Played]) -> dict[str, Any]:
    pairs = [(item.case, item.heard[0]) for item in items if isinstance(item.case, Scope)]
    if not pairs:
        return {}
    found: dict[str, Any] = {
        "scope: outside, not answered": share(refused(heard) for case, heard in pairs if case.expected == "fallback")
    }
    for expected in ("smalltalk", "handoff", "clinic_info"):
        of = [(case, heard) for case, heard in pairs if case.expected == expected]
        found[f"scope: {expected} as expected"] = share(
            outcome(heard) in {expected, *case.also_ok} for case, heard in of
        )
    return found


def outcome(heard: Heard) -> str:
    """What happened, in the words of the scope cases."""
    kind = heard.kinds[0] if heard.kinds else ""
    return {"no_answer": "fallback", "unavailable": "fallback", "caution": "answer", "escalation": "answer"}.get(
        kind, kind
    )


def _dialogues(items: list[Played]) -> dict[str, Any]:
    turns = [
        (turn, heard)
        for item in items
        if isinstance(item.case, Dialogue)
        for turn, heard in zip(item.case.turns, item.heard, strict=True)
    ]
    if not turns:
        return {}
    return {
        "conversations: level and category right": share(
            level_ok(turn.accept, turn.categories, heard) for turn, heard in turns if turn.accept
        ),
        "conversations: risk carried": share(
            level_ok(turn.accept, turn.categories, heard) for turn, heard in turns if turn.sticky
        ),
        "conversations: topic right": share(
            bool(set(turn.topics) & {*heard.topics, *heard.offered})
            for turn, heard in turns
            if turn.topics and not _flagged(heard)
        ),
        "conversations: every turn right": share(
            all(
                level_ok(turn.accept, turn.categories, heard) if turn.accept else True
                for turn, heard in zip(item.case.turns, item.heard, strict=True)
            )
            for item in items
            if isinstance(item.case, Dialogue)
        ),
    }


def failures(played: list[Played]) -> list[dict[str, Any]]:
    """The cases that went wrong, with what was expected and what was heard."""
    return [_failure(item) for item in played if not _right(item)]


def _right(item: Played) -> bool:
    case, first = item.case, item.heard[0]
    match case:
        case Safety():
            return level_ok(case.accept, case.categories, first)
        case Question():
            return _flagged(first) or (
                in_two_steps(case, first) if case.answerable else refused(first) or right_topic(case, first)
            )
        case Scope():
            return refused(first) if case.expected == "fallback" else outcome(first) in {case.expected, *case.also_ok}
        case Dialogue():
            return all(_turn_right(turn, heard) for turn, heard in zip(case.turns, item.heard, strict=True))


def _turn_right(turn: Any, heard: Heard) -> bool:
    level = level_ok(turn.accept, turn.categories, heard) if turn.accept else True
    topic = bool(set(turn.topics) & {*heard.topics, *heard.offered}) if turn.topics and not _flagged(heard) else True
    return level and topic


def _failure(item: Played) -> dict[str, Any]:
    case = item.case
    heard = [
        {
            "kinds": one.kinds,
            "level": one.level,
            "categories": sorted(one.categories),
            "topics": one.topics,
            "offered": one.offered,
        }
        for one in item.heard
    ]
    if isinstance(case, Dialogue):
        wrong = [
            {
                "user": turn.user,
                "accept": turn.accept,
                "categories": turn.categories,
                "topics": turn.topics,
                "heard": one,
            }
            for turn, full, one in zip(case.turns, item.heard, heard, strict=True)
            if not _turn_right(turn, full)
        ]
        return {"id": case.id, "turns": wrong}
    expected = {key: value for key, value in vars(case).items() if key not in {"id", "text"}}
    return {"id": case.id, "text": case.text, "expected": expected, "heard": heard[0]}
