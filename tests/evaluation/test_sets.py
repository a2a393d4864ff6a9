"""The evaluation sets: well formed, about topics we have, and never seen in training or on the other half."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.retrieval.nlu import load_examples
from bot.retrieval.passages import load_passages
from bot.settings import ROOT
from bot.topics import TOPICS

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("*.jsonl"))
LEVELS = ["none", "caution", "escalate", "emergency"]
CATEGORIES = ["opioid_use", "pregnancy", "liver_disease", "emergency", "self_harm"]
EXPECTED = ["fallback", "smalltalk", "handoff", "clinic_info"]
ALSO_OK = [*EXPECTED, "answer", "clarify"]

# Whole messages that everybody sends: a conversation cannot do without them, and they measure nothing by themselves.
BARE = {"hi", "hello", "hey there", "ok", "yes", "no", "why", "thank you", "gracias", "norco", "what is ldn"}

KEYS = {
    "safety_messages": ["accept", "categories", "id", "tag", "text"],
    "safety_conversations": ["id", "turns"],
    "questions": ["answerable", "id", "text", "topics"],
    "scope": ["also_ok", "expected", "id", "text"],
    "conversations": ["id", "turns"],
}

# What one half tunes, the other measures; the safety rules and the dialogue learn nothing from one another's sets.
FAMILIES = {"safety": ("safety_",), "dialogue": ("questions_", "scope_", "conversations_")}

each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of one file; a line that is no JSON object fails here."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def kind(path: Path) -> str:
    """The kind of line a file holds: the longest known start of its name."""
    return max((name for name in KEYS if path.name.startswith(name)), key=len)


def messages(line: dict[str, Any]) -> list[str]:
    """What the patient says in a line."""
    return [turn["user"] for turn in line["turns"]] if "turns" in line else [line["text"]]


def judged(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """The parts of a file that carry labels, with the line's id: the line itself or its turns."""
    return [(line["id"], part) for line in lines(path) for part in line.get("turns", [line])]


def fold(text: str) -> str:
    """Case, spaces and punctuation do not tell two wordings apart; where there is nothing else, they do."""
    return " ".join(re.sub(r"[^\w\s]", "", text.casefold()).split()) or text


def wordings(paths: list[Path]) -> dict[str, str]:
    """Folded message to the id of its line, without the bare ones."""
    found = {fold(text): line["id"] for path in paths for line in lines(path) for text in messages(line)}
    return {text: key for text, key in found.items() if text not in BARE}


def files(half: str, starts: tuple[str, ...] = ("",)) -> list[Path]:
    """The files of one half whose names start so."""
    return [path for path in FILES if path.stem.endswith(half) and path.name.startswith(starts)]


def test_files_come_in_halves() -> None:
    # A set that was read to improve the rules becomes a tuning set; every kind keeps an unread half.
    halves = {(kind(path), path.stem.rpartition("_")[2]) for path in FILES}
    assert halves == {(name, half) for name in KEYS for half in ("tune", "test")}


@each_file
def test_line_has_the_keys_of_its_kind(path: Path) -> None:
    assert {tuple(sorted(line)) for line in lines(path)} == {tuple(KEYS[kind(path)])}


def test_ids_are_unique_over_all_files() -> None:
    ids = [line["id"] for path in FILES for line in lines(path)]
    assert sorted(ids) == sorted(set(ids))


@each_file
def test_message_is_not_empty(path: Path) -> None:
    assert [line["id"] for line in lines(path) if not line.get("turns", [line])] == []
    assert [line["id"] for line in lines(path) if not all(text.strip() for text in messages(line))] == []


@each_file
def test_topics_exist_each_once(path: Path) -> None:
    listed = {key: part["topics"] for key, part in judged(path) if "topics" in part}
    assert {
        key: topics for key, topics in listed.items() if set(topics) - set(TOPICS) or len(set(topics)) < len(topics)
    } == {}


@each_file
def test_levels_and_categories_are_known(path: Path) -> None:
    parts = [part for _, part in judged(path) if "accept" in part]
    assert {level for part in parts for level in part["accept"]} <= set(LEVELS)
    assert {category for part in parts for category in part["categories"]} <= set(CATEGORIES)


@each_file
def test_accepted_levels_are_given_once_each(path: Path) -> None:
    accepted = [(key, part["accept"]) for key, part in judged(path) if "accept" in part]
    assert [(key, levels) for key, levels in accepted if not levels or len(set(levels)) < len(levels)] == []


@each_file
def test_message_that_must_be_flagged_names_its_category(path: Path) -> None:
    parts = [(key, part) for key, part in judged(path) if "accept" in part]
    assert [key for key, part in parts if "none" not in part["accept"] and not part["categories"]] == []


@each_file
def test_emergency_level_goes_with_an_emergency_category(path: Path) -> None:
    parts = [(key, part) for key, part in judged(path) if part.get("accept") == ["emergency"]]
    assert [key for key, part in parts if not {"emergency", "self_harm"} & set(part["categories"])] == []


@pytest.mark.parametrize("path", [path for path in FILES if kind(path) == "questions"], ids=lambda path: path.stem)
def test_questions_cover_every_topic_and_say_whether_answerable(path: Path) -> None:
    assert {type(line["answerable"]) for line in lines(path)} == {bool}
    assert {line["topics"][0] for line in lines(path)} == set(TOPICS)


@pytest.mark.parametrize("path", [path for path in FILES if kind(path) == "scope"], ids=lambda path: path.stem)
def test_scope_outcomes_are_known(path: Path) -> None:
    assert {line["expected"] for line in lines(path)} == set(EXPECTED)
    assert {outcome for line in lines(path) for outcome in line["also_ok"]} <= set(ALSO_OK)
    assert [line["id"] for line in lines(path) if line["expected"] in line["also_ok"]] == []


@pytest.mark.parametrize("path", [path for path in FILES if "turns" in KEYS[kind(path)]], ids=lambda path: path.stem)
def test_turns_have_their_keys_and_more_than_one(path: Path) -> None:
    keys = {tuple(sorted(turn)) for line in lines(path) for turn in line["turns"]}
    assert keys == {("accept", "categories", "sticky", "topics", "user")}
    assert [line["id"] for line in lines(path) if len(line["turns"]) < 2] == []


@pytest.mark.parametrize("path", [path for path in FILES if "turns" in KEYS[kind(path)]], ids=lambda path: path.stem)
def test_sticky_turn_follows_one_that_must_escalate(path: Path) -> None:
    wrong = []
    for line in lines(path):
        risen: set[str] = set()
        for turn in line["turns"]:
            if turn["sticky"] and not (set(turn["categories"]) & risen and "none" not in turn["accept"]):
                wrong.append((line["id"], turn["user"]))
            if "none" not in turn["accept"]:
                risen |= set(turn["categories"])
    assert wrong == []


@pytest.mark.parametrize("starts", FAMILIES.values(), ids=FAMILIES.keys())
def test_tune_and_test_halves_share_no_message(starts: tuple[str, ...]) -> None:
    tune, test = wordings(files("_tune", starts)), wordings(files("_test", starts))
    assert {text: (tune[text], test[text]) for text in tune.keys() & test.keys()} == {}


@pytest.mark.parametrize("path", [path for path in FILES if "text" in KEYS[kind(path)]], ids=lambda path: path.stem)
def test_message_stands_once_in_its_file(path: Path) -> None:
    texts = [fold(line["text"]) for line in lines(path)]
    assert sorted(texts) == sorted(set(texts))


@each_file
def test_message_is_no_training_example(path: Path) -> None:
    trained = {fold(text): intent for intent, texts in load_examples(ROOT / "data" / "nlu").items() for text in texts}
    found = wordings([path])
    assert {text: (found[text], trained[text]) for text in found.keys() & trained.keys()} == {}


@pytest.mark.parametrize("path", files("_test", FAMILIES["dialogue"]), ids=lambda path: path.stem)
def test_message_is_no_question_of_a_passage(path: Path) -> None:
    passages = load_passages(ROOT / "knowledge").values()
    indexed = {fold(text): passage.id for passage in passages for text in (passage.title, *passage.questions)}
    found = wordings([path])
    assert {text: (found[text], indexed[text]) for text in found.keys() & indexed.keys()} == {}
