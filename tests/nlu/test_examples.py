"""The training examples and the rules: complete, each wording once, and no rule that goes on after an action."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.retrieval.nlu import ExamplesError, load_examples
from bot.settings import ROOT
from bot.topics import TOPICS, intent_of, topic_of

NLU = ROOT / "data" / "nlu"
EXAMPLES = load_examples(NLU)
DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = yaml.safe_load((ROOT / "data" / "stories" / "rules.yml").read_text(encoding="utf-8"))[
    "rules"
]
FORCED = "safety_escalation"

each_intent = pytest.mark.parametrize("intent", EXAMPLES)
each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule["rule"] for rule in RULES])


def fold(text: str) -> str:
    """Case, spaces and punctuation do not tell two wordings apart; where there is nothing else, they do."""
    return " ".join(re.sub(r"[^\w\s]", "", text.casefold()).split()) or text


def intents_in(steps: object) -> list[str]:
    """The intents that a rule's steps wait for, those below `or` included."""
    if isinstance(steps, list):
        return [name for step in steps for name in intents_in(step)]
    if isinstance(steps, dict):
        own = [steps["intent"]] if "intent" in steps else []
        return own + intents_in(steps.get("or", []))
    return []


@pytest.mark.parametrize("topic", TOPICS)
def test_topic_has_an_intent_with_twelve_examples(topic: str) -> None:
    assert len(EXAMPLES[intent_of(topic)]) >= 12


@each_intent
def test_intent_has_twelve_examples_none_empty(intent: str) -> None:
    assert len(EXAMPLES[intent]) >= 12
    assert "" not in EXAMPLES[intent]


def test_intent_of_and_topic_of_are_inverse() -> None:
    assert [topic_of(intent_of(topic)) for topic in TOPICS] == list(TOPICS)


@each_intent
def test_question_intent_names_a_topic(intent: str) -> None:
    assert not intent.startswith("ask_") or topic_of(intent) in TOPICS


def test_example_is_given_once_and_for_one_intent() -> None:
    owners: dict[str, list[str]] = {}
    for intent, examples in EXAMPLES.items():
        for example in examples:
            owners.setdefault(fold(example), []).append(intent)
    assert {example: intents for example, intents in owners.items() if len(intents) > 1} == {}


@each_intent
def test_example_starts_with_no_slash_and_marks_no_entity(intent: str) -> None:
    assert [text for text in EXAMPLES[intent] if text.startswith("/") or re.search(r"\]\s*[({]", text)] == []


def test_intents_are_those_of_the_domain() -> None:
    domain = [next(iter(intent)) if isinstance(intent, dict) else intent for intent in DOMAIN["intents"]]
    assert sorted(domain) == sorted([*EXAMPLES, FORCED])


def test_forced_intent_has_no_examples() -> None:
    assert FORCED not in EXAMPLES


def test_intent_is_in_exactly_one_rule() -> None:
    counts = Counter(name for rule in RULES for name in intents_in(rule["steps"]))
    assert counts == Counter([*EXAMPLES, FORCED])


@pytest.mark.parametrize("path", sorted(NLU.glob("*.yml")), ids=lambda path: path.name)
def test_file_holds_examples_and_nothing_else(path: Path) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(data) == {"version", "nlu"}
    assert {key for entry in data["nlu"] for key in entry} == {"intent", "examples"}
    assert [line for entry in data["nlu"] for line in entry["examples"].splitlines() if not line.startswith("- ")] == []


@each_rule
def test_rule_has_one_custom_action_and_nothing_after(rule: dict[str, Any]) -> None:
    actions = [step["action"] for step in rule["steps"] if "action" in step]
    custom = [name for name in actions if name.startswith("action_")]
    form = [name for name in actions if name in DOMAIN["forms"]]
    assert len(custom) == 1 or (not custom and len(form) == 1)
    assert len(custom) + len(form) == len(actions)
    assert not custom or rule["steps"][-1] == {"action": custom[0]}


@each_rule
def test_rule_uses_known_actions_and_no_fixed_wording(rule: dict[str, Any]) -> None:
    actions = {step["action"] for step in rule["steps"] if "action" in step}
    assert actions <= {*DOMAIN["actions"], *DOMAIN["forms"]}
    assert {name for name in actions if name.startswith("utter_")} == set()


def test_flagged_message_leads_to_the_escalation_alone() -> None:
    steps = [rule["steps"] for rule in RULES if FORCED in intents_in(rule["steps"])]
    assert steps == [[{"intent": FORCED}, {"action": "action_escalate"}]]


def test_question_leads_to_the_answering_action() -> None:
    asked = {intent_of(topic) for topic in TOPICS if topic != "human_handoff"} | {"out_of_scope"}
    answered = {
        name for rule in RULES if rule["steps"][-1] == {"action": "action_answer"} for name in intents_in(rule["steps"])
    }
    assert asked - answered == set()


def test_form_slots_fill_only_when_they_are_asked_for() -> None:
    conditions = {
        name: [mapping.get("conditions") for mapping in slot["mappings"]] for name, slot in DOMAIN["slots"].items()
    }
    slots = DOMAIN["forms"]["callback_form"]["required_slots"]
    assert conditions == {slot: [[{"active_loop": "callback_form", "requested_slot": slot}]] for slot in slots}


def test_load_examples_joins_files_and_keeps_their_order(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - hey - you\n", encoding="utf-8")
    (tmp_path / "a.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - hi\n    - hello\n", encoding="utf-8")
    assert load_examples(tmp_path) == {"greet": ["hi", "hello", "hey - you"]}


MALFORMED = {
    "not YAML": "nlu: [",
    "no nlu": "stories: []",
    "a list": "- intent: greet",
    "empty": "",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_load_examples_names_the_malformed_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ExamplesError, match=r"broken\.yml: not Rasa training data"):
        load_examples(tmp_path)


def test_load_examples_refuses_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ExamplesError, match="no training examples in .* Point LDN_NLU at data/nlu"):
        load_examples(tmp_path)
