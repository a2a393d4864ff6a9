"""Ours beside its peers: the peers answer for real on a small sample, and the scorer counts what it should."""

import json
import math
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress
from typer.testing import CliRunner

from bot.cli import app
from bot.evaluation import baselines
from bot.evaluation.baselines import Answer, Data, Figures, Peer, Run, Say, Table
from bot.evaluation.cases import Question, Scope
from bot.evaluation.score import Share
from bot.retrieval.encoder import shared_encoder
from bot.retrieval.index import Index, LiveIndex, StaleIndexError, build_index
from bot.retrieval.retriever import Retriever
from bot.settings import ROOT

EXAMPLES = {
    "ask_cost": ["how much is ldn", "does insurance pay for this", "is it expensive", "price for a month"],
    "ask_vivid_dreams": ["I have wild dreams", "nightmares every night", "odd dreams since I began", "dreams go away"],
    "ask_missed_dose": ["I forgot my capsule", "missed my dose last night", "skipped two days", "forgot to take it"],
    "person": ["real person please", "let me talk to a nurse", "call me back", "I want a human"],
    "greet": ["hello there", "good morning", "hi", "hey you"],
    "out_of_scope": ["best pizza in town", "fix my printer", "who won the game", "sell me a car"],
}
DATA = Data(
    [
        Question("q1", "how expensive is it for a month", ("cost",), True),
        Question("q2", "such wild nightmares and dreams", ("vivid_dreams",), True),
        Question("q3", "I forgot to take my capsule last night", ("missed_dose",), False),
        Question("q4", "can a nurse call me back please", ("human_handoff",), True),
    ],
    [Scope("s1", "who won the pizza game", "fallback", ()), Scope("s2", "my printer sell", "fallback", ())],
)
NAMES = ["BM25", "TF-IDF", "MiniLM"]


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    """Ours on the small sample and two real passages."""
    target = tmp_path_factory.mktemp("baselines") / "index"
    encoder = shared_encoder()
    build_index(ROOT / "knowledge", EXAMPLES, target, encoder, allow=lambda passage: passage.id in {"cost", "ms"})
    return Retriever(LiveIndex(target, encoder))


@pytest.fixture(scope="module")
def index(retriever: Retriever) -> Index:
    """Its index."""
    return retriever.index()


@pytest.fixture(scope="module")
def peers(retriever: Retriever) -> dict[str, Say]:
    """The peers that learn in seconds, by name."""
    return {peer.name: peer.say for peer in baselines.cheap(EXAMPLES, retriever)}


def asked(peers: dict[str, Say]) -> list[Run]:
    """What they say to the small sample, with a progress bar that nobody sees."""
    return baselines.ask(
        [Peer(name, 24, say) for name, say in peers.items()], DATA, Progress(console=Console(quiet=True))
    )


def run(*answers: Answer, outside: tuple[Answer, ...] = ()) -> Run:
    """A run with these answers to the questions."""
    return Run("peer", 1, list(answers), list(outside))


def questions(*topics: str) -> Data:
    """One question on each topic, nothing outside."""
    return Data([Question(topic, topic, (topic,), True) for topic in topics], [])


@pytest.mark.parametrize("name", NAMES)
def test_peer_names_the_topic_of_the_nearest_example(peers: dict[str, Say], name: str) -> None:
    assert [peers[name](case.text).label for case in DATA.questions] == [
        "ask_cost",
        "ask_vivid_dreams",
        "ask_missed_dose",
        "person",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_peer_finds_its_own_examples(peers: dict[str, Say], name: str) -> None:
    assert {peers[name](text).label for text in EXAMPLES["ask_vivid_dreams"]} == {"ask_vivid_dreams"}
    assert [peers[name](text).inside for text in ("fix my printer", "is it expensive")] == [False, True]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("text", ["", "?!", "zzxqy"])
def test_peer_bears_a_text_without_known_words(peers: dict[str, Say], name: str, text: str) -> None:
    assert math.isfinite(peers[name](text).confidence)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", range(5))
def test_figures_of_a_real_peer_are_shares_at_equal_coverage(peers: dict[str, Say], name: str, count: int) -> None:
    found = baselines.figures(asked({name: peers[name]})[0], DATA, count)
    shares = (found.right, found.answered, found.wrong, found.refused)
    assert [0 <= value.value <= 1 for value in shares] == [True] * 4
    assert [value.total for value in shares] == [4, 4, 4, 2]
    assert found.answered.count == count
    assert found.ms > 0


def test_ours_answers_as_its_decision_says(retriever: Retriever) -> None:
    answers = [baselines.ours(retriever)(case.text) for case in DATA.questions]
    assert [answer.inside for answer in answers] == [
        retriever.decide(case.text).outcome == "answer" for case in DATA.questions
    ]
    assert [0 < answer.confidence <= 1 for answer in answers] == [True] * 4


def test_ours_gets_its_own_coverage(retriever: Retriever) -> None:
    found = asked({"ours": baselines.ours(retriever)})[0]
    count = sum(answer.inside for answer in found.questions)
    assert baselines.figures(found, DATA, count).answered == Share(count, 4)


def test_peers_take_turns_and_keep_their_own_answers() -> None:
    turns: list[str] = []

    def say(name: str) -> Say:
        return lambda text: turns.append(name) or Answer(f"{name} {text}", True, 0.5)  # type: ignore[func-returns-value]

    runs = asked({"a": say("a"), "b": say("b")})
    assert turns == ["a", "b"] * (1 + len(DATA.texts))
    assert [[answer.label for answer in (*run.questions, *run.outside)] for run in runs] == [
        [f"{name} {text}" for text in DATA.texts] for name in "ab"
    ]
    assert [(len(run.questions), len(run.outside)) for run in runs] == [(4, 2), (4, 2)]


def test_vectors_are_the_encoders(index: Index) -> None:
    few = {"ask_cost": ["is it expensive"], "greet": ["hi"]}
    assert baselines.vectors_of(few, index) == pytest.approx(
        shared_encoder().encode(["is it expensive", "hi"]), abs=1e-5
    )


def test_example_that_the_index_lacks_names_the_cure(index: Index) -> None:
    with pytest.raises(StaleIndexError, match="ldn index"):
        baselines.vectors_of({"ask_cost": ["never indexed"]}, index)


def test_wrong_answer_is_not_counted_as_right() -> None:
    # Two right ones and a wrong one are answered, another wrong one is not: no two of the counts are the same.
    sure = {"ask_cost": 0.9, "ask_ms": 0.8, "ask_alcohol": 0.7, "ask_surgery": 0.1, "ask_crps": 0.0}
    answers = [Answer(label, True, confidence) for label, confidence in sure.items()]
    found = baselines.figures(run(*answers), questions("cost", "ms", "nerve_pain", "liver_disease", "pregnancy"), 3)
    assert found == Figures("peer", 1, Share(2, 5), Share(3, 5), Share(1, 5, bad=True), Share(0, 0), 0.0)


def test_any_topic_that_answers_is_right() -> None:
    data = Data([Question("q", "text", ("cost", "compounding"), True)], [])
    assert baselines.rights(run(Answer("ask_compounding", True, 0.5)), data) == [True]


def test_right_topic_counts_though_the_peer_would_refuse() -> None:
    found = baselines.figures(run(Answer("ask_cost", False, 0.1)), questions("cost"), 0)
    assert (found.right, found.answered, found.wrong) == (Share(1, 1), Share(0, 1), Share(0, 1, bad=True))


def test_outside_question_is_refused_below_the_threshold_only() -> None:
    outside = (Answer("ask_ms", True, 0.9), Answer("ask_ms", True, 0.2), Answer("ask_ms", False, 0.99))
    data = Data(questions("cost", "ms").questions, [Scope(str(n), "text", "fallback", ()) for n in range(3)])
    answers = (Answer("ask_cost", True, 0.5), Answer("ask_ms", True, 0.2))
    assert baselines.figures(run(*answers, outside=outside), data, 1).refused == Share(2, 3)
    assert baselines.figures(run(*answers, outside=outside), data, 2).refused == Share(1, 3)


THRESHOLDS = {
    "none": (0, (True, math.inf)),
    "the surest": (1, (True, 0.7)),
    "all that are inside": (2, (True, 0.2)),
    "the others, however sure, come last": (3, (False, 0.9)),
}


@pytest.mark.parametrize(("count", "expected"), THRESHOLDS.values(), ids=THRESHOLDS.keys())
def test_threshold(count: int, expected: tuple[bool, float]) -> None:
    answers = [Answer("ask_ms", True, 0.2), Answer("ask_ms", False, 0.9), Answer("ask_ms", True, 0.7)]
    assert baselines.threshold(answers, count) == expected


def test_rasa_gets_every_example_as_retrieval_intent_or_intent() -> None:
    found = baselines.faq_data({"ask_cost": ["a", "b"], "person": ["c"], "greet": ["d"]})
    assert found["nlu"] == [
        {"intent": "faq/cost", "examples": "- a\n- b\n"},
        {"intent": "faq/human_handoff", "examples": "- c\n"},
        {"intent": "greet", "examples": "- d\n"},
    ]
    assert list(found["responses"]) == ["utter_faq/cost", "utter_faq/human_handoff"]


@pytest.mark.parametrize(("intent", "inside"), [("faq", True), ("out_of_scope", False)])
def test_answer_of_rasa_is_inside_where_its_intent_is_faq(intent: str, inside: bool) -> None:
    row = {"intent": intent, "response": "faq/appointment", "confidence": 0.4, "seconds": 0.01}
    assert baselines.selected(row) == Answer("clinic_info", inside, 0.4, 0.01)


@pytest.mark.parametrize("half", ["test", "tune"])
def test_data_is_the_questions_and_what_lies_outside_of_a_half(half: str) -> None:
    data = baselines.load_data(ROOT / "tests" / "evaluation", half)
    lines = [
        json.loads(line)
        for path in sorted((ROOT / "tests" / "evaluation").glob(f"*_{half}.jsonl"))
        if path.name.startswith(("questions", "scope"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert sorted(case.id for case in data.questions) == sorted(line["id"] for line in lines if "answerable" in line)
    assert sorted(case.id for case in data.outside) == sorted(
        line["id"] for line in lines if line.get("expected") == "fallback"
    )


def test_report_is_json_markdown_and_plot(peers: dict[str, Say], tmp_path: Path) -> None:
    runs = asked(peers)
    baselines.write([Table("All examples", runs, 3), Table("Few", runs[:1], 3)], DATA, "test", tmp_path)
    written = json.loads((tmp_path / "baselines.json").read_text(encoding="utf-8"))
    assert [(table["title"], [row["peer"] for row in table["rows"]]) for table in written["tables"]] == [
        ("All examples", NAMES),
        ("Few", NAMES[:1]),
    ]
    assert written["tables"][0]["rows"][0]["answered"]["share"] == 0.75
    assert (tmp_path / "baselines.md").read_text(encoding="utf-8").count("\n| BM25 | 24 | ") == 2
    assert (tmp_path / "baselines.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("arguments", [[], ["some.jsonl", "--baselines"]], ids=["neither", "both"])
def test_command_wants_a_file_or_baselines(arguments: list[str]) -> None:
    found = CliRunner().invoke(app, ["evaluate", *arguments])
    assert found.exit_code == 2
    assert "Give a FILE of cases, or --baselines." in found.output
