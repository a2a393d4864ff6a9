"""The diagram that `ldn evaluate` draws of the index in use."""

from pathlib import Path

from bot.evaluation.calibrate import plot_live
from bot.evaluation.cases import Question, Scope, load_cases
from bot.retrieval.encoder import Encoder
from bot.retrieval.index import LiveIndex
from bot.retrieval.retriever import Retriever


def test_questions_are_drawn_and_nothing_else(built: Path, encoder: Encoder, tmp_path: Path) -> None:
    lines = [
        '{"id": "q-1", "text": "is it expensive", "topics": ["cost"], "answerable": true}',
        '{"id": "q-2", "text": "what do people pay a month", "topics": ["cost"], "answerable": true}',
    ]
    (tmp_path / "questions_a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    outside = '{"id": "s-1", "text": "tell me a joke", "expected": "fallback", "also_ok": []}\n'
    (tmp_path / "scope_a.jsonl").write_text(outside, encoding="utf-8")
    retriever = Retriever(LiveIndex(built, encoder))
    questions, scope = (load_cases(tmp_path / f"{name}_a.jsonl") for name in ("questions", "scope"))
    assert isinstance(questions[0], Question)
    assert isinstance(scope[0], Scope)
    assert plot_live(questions, "a", retriever, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert not plot_live(scope, "b", retriever, tmp_path / "b.png")
    assert not (tmp_path / "b.png").exists()
