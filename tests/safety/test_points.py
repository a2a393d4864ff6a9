"""The second ear: a table that may only raise, and only where the rules have read nothing."""

from pathlib import Path

import pytest

from bot.evaluation.cases import Safety, load_sets
from bot.safety import triage
from bot.safety.points import LINE, MOST_WORDS, Points, PointsError, hear, load, passages, tables, total
from bot.safety.triage import assess, explain, heard_words
from bot.safety.verdict import Category, Level

SETS = Path(__file__).parents[1] / "evaluation"
HEAD = "category\twords\tpoints\n"
SMALL = Points(10, {("lake",): 6, ("not", "come", "back"): 5, ("fish",): -9})


def test_no_cue_reaches_its_line_alone() -> None:
    for table in tables().values():
        assert table.line > max(table.cues.values()) > 0 > min(table.cues.values())


def test_it_listens_for_emergencies_and_self_harm_only() -> None:
    assert set(tables()) == {Category.EMERGENCY, Category.SELF_HARM}


def test_points_add_up_and_count_once() -> None:
    one, other = (
        passages(["to", "the", "lake", "and", "not", "come", "back", "to", "the", "lake"]),
        passages(["fish", "in", "the", "lake"]),
    )
    assert [total(passage, SMALL) for passage in one] == [11]
    assert [total(passage, SMALL) for passage in other] == [-3]


def test_the_passage_and_its_most_telling_words_are_found() -> None:
    words = ["hello", ".", "to", "the", "lake", "and", "not", "come", "back", ".", "bye"]
    heard = hear(passages(words), SMALL)
    assert heard is not None
    assert heard.total == 11
    assert words[heard.start : heard.end] == ["lake"]
    assert hear(passages(["a", "fish", ".", "to", "the", "lake"]), SMALL) is None


def test_a_sentence_more_takes_nothing_away() -> None:
    words = ["to", "the", "lake", "and", "not", "come", "back"]
    assert hear(passages(["fish", *words]), SMALL) is None
    assert hear(passages(["fish", ".", *words, ".", "fish"]), SMALL) is not None


def test_passages_stay_few_in_a_long_message() -> None:
    assert len(passages(["word", "."] * 3000)) < 10_000
    assert len(passages(["word"] * 3000)) < 1_000


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("emergency\tchest\t5\n", "line"),
        ("emergency\t*\t5\n", "cues"),
        ("weather\train\t5\n", "weather"),
        ("emergency\t*\t9\nemergency\tchest\tmany\n", "many"),
        ("emergency\t*\t9\nemergency\tchest\t0\n", "not 0"),
        ("emergency\t*\t9\nemergency\tchest\t5\nemergency\tchest\t5\n", "once"),
        ("emergency\t*\t9\nemergency\ta b c d\t5\n", "one to three"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "points.tsv"
    path.write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(PointsError, match=said):
        load(path)


def test_a_wrong_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.tsv"
    path.write_text("words\tpoints\n", encoding="utf-8")
    with pytest.raises(PointsError, match="columns"):
        load(path)


@pytest.mark.parametrize(
    "text",
    ["im not suicidal", "i tried to kill myself in 1990, years ago", "is ldn for opioid overdose treatment"],
)
def test_what_a_rule_has_read_stays_as_read(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = assess(text)
    loud = Points(1, {(word,): 5 for word in heard_words(text) if word.isalpha()})
    read = {flag.category for flag in before.flags}
    monkeypatch.setattr(triage, "tables", lambda: dict.fromkeys(read, loud))
    assert assess(text) == before


def test_look_alikes_and_ldn_are_not_counted_as_words() -> None:
    assert "dying" not in heard_words("im dying to try it")
    assert heard_words("low dose naltrexone helps").count("ldn") == 1


def test_it_only_raises_and_earns_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case for case in load_sets(SETS, "safety_messages_*_tune.jsonl") if isinstance(case, Safety)]
    with_it = {case.id: assess(case.text).level for case in cases}
    monkeypatch.setattr(triage, "tables", dict)
    without = {case.id: assess(case.text).level for case in cases}
    assert all(with_it[key] >= without[key] for key in without)
    raised = [case for case in cases if with_it[case.id] > without[case.id]]
    found = [case for case in raised if Level.EMERGENCY.value in case.accept]
    assert len(found) > 5 * (len(raised) - len(found))


def test_the_reviewer_sees_that_it_was_the_points() -> None:
    cases = [case for case in load_sets(SETS, "safety_messages_phrases_tune.jsonl") if isinstance(case, Safety)]
    traces = next(
        found for case in cases if (found := [t for t in explain(case.text) if t.flag.rule.startswith("points.")])
    )
    assert traces[0].flag.level is Level.EMERGENCY
    assert traces[0].flag.text


def test_the_table_is_written_as_it_is_read() -> None:
    rows = (Path(triage.__file__).parent / "points.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == HEAD.strip()
    assert sum(f"\t{LINE}\t" in row for row in rows) == len(tables())
    assert max(len(words) for table in tables().values() for words in table.cues) <= MOST_WORDS
