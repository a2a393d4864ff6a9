"""The second ear: a table that may only raise, and only where the rules have read nothing."""

from pathlib import Path

import pytest

from bot.evaluation.cases import Safety, load_sets
from bot.safety import triage
from bot.safety.points import (
    FEWEST,
    LINE,
    LONGEST,
    MOST_WORDS,
    Points,
    PointsError,
    Said,
    hear,
    load,
    lowered_tables,
    passages,
    tables,
    weigh,
)
from bot.safety.triage import assess, explain, hearing
from bot.safety.verdict import Category, Level

SETS = Path(__file__).parents[1] / "evaluation"
HEAD = "category\twords\tpoints\n"
SMALL = Points(3, {("lake",): 6, ("come", "back"): 5, ("fish",): -9})


def test_no_cue_reaches_its_line_alone() -> None:
    for table in tables().values():
        assert table.line * FEWEST**0.5 > max(table.cues.values()) > 0 > min(table.cues.values())


def test_it_listens_for_every_category() -> None:
    assert set(tables()) == set(Category)


def test_the_second_look_is_for_what_can_be_lowered() -> None:
    assert set(lowered_tables()) == {Category.OPIOID_USE, Category.PREGNANCY, Category.LIVER_DISEASE}


def test_points_add_up_count_once_and_are_weighed_by_length() -> None:
    (one,) = Said(["to", "the", "lake", "and", "not", "come", "back", "to", "the", "lake"]).heard(SMALL)
    (other,) = Said(["fish", "in", "the", "lake"]).heard(SMALL)
    assert weigh(one) == pytest.approx(11 / 10**0.5)
    assert weigh(other) == pytest.approx(-3 / FEWEST**0.5)


def test_a_word_alone_weighs_no_more_than_among_a_few() -> None:
    weights = [weigh(*Said([*["x"] * more, "lake"]).heard(SMALL)) for more in range(FEWEST)]
    assert weights == [pytest.approx(6 / FEWEST**0.5)] * FEWEST


def test_the_most_telling_words_are_found() -> None:
    words = ["hello", ".", "the", "lake", "not", "come", "back", ".", "bye"]
    heard = hear(Said(words), SMALL)
    assert heard is not None
    assert words[heard.start : heard.end] == ["lake"]
    assert hear(Said(["a", "fish", ".", "to", "the", "lake"]), SMALL) is None


def test_danger_in_a_long_message_is_heard() -> None:
    words = ["to", "the", "lake", "and", "not", "come", "back"]
    rest = ["this", "is", "about", "my", "refill", "."] * 40
    assert hear(Said([*rest, *words, ".", *rest]), SMALL) is None
    loud = Points(2, SMALL.cues | {("lake",): 14, ("come", "back"): 9})
    heard = hear(Said([*rest, *words, ".", *rest]), loud)
    assert heard is not None
    assert heard.start == len(rest) + 2


@pytest.mark.parametrize(
    "words", [["word", "."] * 3000, ["word"] * 6000, [*["word"] * 79, "."] * 40, ["."] * 500, [], ["a"] * 80]
)
def test_passages_cover_a_message_and_stay_few(words: list[str]) -> None:
    found = passages(words)
    assert len(found) <= max(1, len(words) / LONGEST * 4)
    for start, end in found:
        assert end - start <= LONGEST


def test_no_word_of_a_long_message_is_left_out() -> None:
    words = [f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" if i % 9 else "." for i in range(600)]
    told = {word for word in words if word.isalpha()}
    every = Points(1, dict.fromkeys(((word,) for word in told), 1))
    assert {word for passage in Said(words).heard(every) for _, (word,), _, _ in passage.cues} == told


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("emergency\tchest\t5\n", "line"),
        ("emergency\t*\t5\n", "cues"),
        ("weather\train\t5\n", "weather"),
        ("emergency\t*\t9\nemergency\tchest\tmany\n", "many"),
        ("emergency\t*\t9\nemergency\tchest\t0\n", "not 0"),
        ("emergency\t*\t9\nemergency\tchest\t5\nemergency\tchest\t5\n", "once"),
        ("emergency\t*\t9\nemergency\ta b c\t5\n", "one or two"),
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
    read, words = hearing(text)
    loud = Points(1, {(word,): 9 for word in set().union(*words.values()) if word.isalpha()})
    monkeypatch.setattr(triage, "tables", lambda: dict.fromkeys(read, loud))
    assert assess(text) == before


@pytest.mark.parametrize(
    "text",
    [
        "my sister shes on suboxone",
        "my wife takes norco",
        "can you take it while pregnant",
        "is it safe in pregnancy?",
        "my roommate takes oxycodone",
        "can I take it with my pain pills",
        "tramadol? took it for a month back in 2003 and never a pill of anything since then",
    ],
)
def test_a_caution_of_the_table_stays_one(text: str) -> None:
    assert assess(text).level is Level.CAUTION


@pytest.mark.parametrize(
    "text",
    [
        "bloodwork had something flagged red for liver, nobody's called. first capsule is tonight",
        "Filling in the intake form for my brother, he takes baclofen, vitamin D, and a methadone 5 mg for the pain",
    ],
)
def test_a_risk_of_the_users_own_is_raised_again(text: str) -> None:
    assert assess(text).level is Level.ESCALATE


def test_the_second_look_only_raises_and_earns_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case for case in load_sets(SETS, "safety_messages_natural*_test.jsonl") if isinstance(case, Safety)]
    with_it = {case.id: assess(case.text).level for case in cases}
    monkeypatch.setattr(triage, "lowered_tables", dict)
    raised = [case for case in cases if with_it[case.id] > assess(case.text).level]
    found = [case for case in raised if with_it[case.id].value in case.accept]
    assert len(found) > 2 * (len(raised) - len(found))


def test_the_second_look_leaves_denials_and_plain_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    loud = Points(-99, {("my",): 1})
    monkeypatch.setattr(triage, "lowered_tables", lambda: dict.fromkeys(Category, loud))
    denied = (
        "no opioids for me and no liver trouble, i am not pregnant, when can my wife call my doctor about my refill"
    )
    assert assess(denied).level is Level.NONE
    asked = "can i keep taking my pain pills with my ldn or do my pain pills have to go before i start my ldn"
    assert assess(asked).level is Level.CAUTION
    assert (
        assess("my roommate takes oxycodone and my landlord says my ldn smells like my old socks").level
        is Level.ESCALATE
    )


def test_what_is_known_is_one_word() -> None:
    _, words = hearing("dying to try low dose naltrexone with my percocet")
    assert words[Category.SELF_HARM] == ["lookalike", "", "", "ldn", "", "", "with", "my", "opioid_use"]
    assert words[Category.PREGNANCY][:3] == ["dying", "to", "try"]


def test_it_only_raises_and_earns_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case for case in load_sets(SETS, "safety_messages_*_tune.jsonl") if isinstance(case, Safety)]
    with_it = {case.id: assess(case.text).level for case in cases}
    monkeypatch.setattr(triage, "tables", dict)
    without = {case.id: assess(case.text).level for case in cases}
    assert all(with_it[key] >= without[key] for key in without)
    raised = [case for case in cases if with_it[case.id] > without[case.id]]
    found = [case for case in raised if with_it[case.id].value in case.accept]
    assert len(found) > 5 * (len(raised) - len(found))


def test_the_reviewer_sees_that_it_was_the_points() -> None:
    cases = [case for case in load_sets(SETS, "safety_messages_phrases_tune.jsonl") if isinstance(case, Safety)]
    traces = next(
        found for case in cases if (found := [t for t in explain(case.text) if t.flag.rule.startswith("points.")])
    )
    assert traces[0].flag.level >= Level.ESCALATE
    assert traces[0].flag.text


def test_the_table_is_written_as_it_is_read() -> None:
    rows = (Path(triage.__file__).parent / "points.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == HEAD.strip()
    assert sum(f"\t{LINE}\t" in row for row in rows) == len(tables())
    assert max(len(words) for table in tables().values() for words in table.cues) <= MOST_WORDS
