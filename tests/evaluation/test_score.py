"""Figures over cases that were replayed."""

from pathlib import Path
from typing import Any

from bot.evaluation.cases import Question
from bot.evaluation.replay import Heard, Played
from bot.evaluation.report import write_report
from bot.evaluation.score import NO_TOPIC, score


def shown(*topics: str) -> Heard:
    reply: dict[str, Any] = {"kind": "answer", "level": "none", "categories": [], "topics": list(topics), "buttons": []}
    return Heard([reply], 0.1)


def test_wrong_passage_for_a_question_outside_all_topics_is_counted(tmp_path: Path) -> None:
    outside = Played(Question("q1", "how tall is the clinic", (), False), [shown("cost")])
    inside = Played(Question("q2", "what does it cost", ("cost",), True), [shown("surgery")])
    found = score([outside, inside])
    assert found["confusions"] == [[NO_TOPIC, "cost", 1], ["cost", "surgery", 1]]
    write_report([outside, inside], "small", tmp_path)
    assert f"| {NO_TOPIC} | cost | 1 |" in (tmp_path / "small.md").read_text(encoding="utf-8")
