from typing import Any

import pytest
import yaml

from bot.safety import conversation
from bot.safety.conversation import ConversationRuleError, corrects, judge
from bot.safety.normalise import normalise, tokenise
from bot.safety.triage import Asked, Question, assess
from bot.safety.verdict import Category, Level

RULES: list[dict[str, Any]] = yaml.safe_load(conversation.FILE.read_text(encoding="utf-8"))["rules"]
RISKS = [Category.OPIOID_USE, Category.PREGNANCY, Category.LIVER_DISEASE]
URGENT = [Category.EMERGENCY, Category.SELF_HARM]
CORRECTIONS = [
    "Sorry, I meant my sister",
    "thats my husband not me",
    "oops typo i dont actually take it",
    "no wait, it's my mom's",
    "actually that is for my roommate",
    "AUTOCORRECT. gabapentin!! im a 70 yr old man",
    "Wait, I read the question wrong, that was my dad's. Mine has always been clear.",
    "sorry typing for two ppl here, the pills are my mother in laws",
]
SHIFTS = ["she wants to try ldn", "its for her not me", "he's the one who takes LDN", "my wife takes ldn too"]
NEITHER = ["thanks", "what time do you open", "how long does it take to work", "that is not helpful", "", "ok"]


def found(text: str, known: dict[Category, Level]) -> tuple[str, list[tuple[str, str]]]:
    verdict = judge(text, None, known)
    return verdict.level, [(flag.category, flag.status) for flag in verdict.flags]


@pytest.mark.parametrize("rule", RULES, ids=[rule["id"] for rule in RULES])
def test_rule_reads_its_example_and_not_the_other(rule: dict[str, Any]) -> None:
    pattern = dict(conversation._rules()[rule["kind"]])[rule["id"]]
    fires, silent = (
        " ".join(token.text for token in tokenise(normalise(rule[key]).text)) for key in ("fires", "silent")
    )
    assert pattern.search(fires)
    assert not pattern.search(silent)


def test_rules_have_ids_of_their_own_and_a_source() -> None:
    assert len({rule["id"] for rule in RULES}) == len(RULES)
    assert [rule["id"] for rule in RULES if not rule["source"]] == []


@pytest.mark.parametrize("wrong", [{"colour": "red"}, {"kind": "guess"}])
def test_wrong_rule_is_refused_by_name(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]) -> None:
    path = tmp_path / "conversation.yml"
    path.write_text(yaml.safe_dump({"people": ["sister"], "rules": [RULES[0] | wrong]}), encoding="utf-8")
    monkeypatch.setattr(conversation, "FILE", path)
    with pytest.raises(ConversationRuleError, match=RULES[0]["id"]):
        conversation._rules.__wrapped__()


@pytest.mark.parametrize("text", CORRECTIONS)
@pytest.mark.parametrize("category", RISKS)
def test_correction_lowers_to_caution(category: Category, text: str) -> None:
    assert found(text, {category: Level.ESCALATE}) == ("caution", [(category, "bystander")])


@pytest.mark.parametrize("text", CORRECTIONS)
@pytest.mark.parametrize("category", URGENT)
def test_correction_says_nothing_of_an_emergency(category: Category, text: str) -> None:
    assert [flag for flag in judge(text, None, {category: Level.EMERGENCY}).flags if flag.category is category] == []


def test_correction_lowers_each_risk_that_was_raised() -> None:
    known = {
        Category.OPIOID_USE: Level.ESCALATE,
        Category.PREGNANCY: Level.CAUTION,
        Category.LIVER_DISEASE: Level.ESCALATE,
    }
    assert found(CORRECTIONS[0], known) == ("caution", [("opioid_use", "bystander"), ("liver_disease", "bystander")])


@pytest.mark.parametrize("tail", ["but i take percocet", "and i am pregnant", "and she has stopped breathing"])
def test_correction_never_hides_a_new_risk(tail: str) -> None:
    text = f"sorry i meant my sister, {tail}"
    assert judge(text, None, {Category.OPIOID_USE: Level.ESCALATE}) == assess(text)
    assert assess(text).level >= Level.ESCALATE


@pytest.mark.parametrize("text", SHIFTS)
@pytest.mark.parametrize("category", RISKS)
def test_shift_of_the_user_raises_what_was_a_bystanders(category: Category, text: str) -> None:
    assert found(text, {category: Level.CAUTION}) == ("escalate", [(category, "other_user")])


@pytest.mark.parametrize("text", SHIFTS)
def test_shift_of_the_user_leaves_an_escalated_risk_to_be_sticky(text: str) -> None:
    assert [
        flag for flag in judge(text, None, {Category.OPIOID_USE: Level.ESCALATE}).flags if flag.status == "other_user"
    ] == []


@pytest.mark.parametrize(
    "known",
    [{Category.OPIOID_USE: Level.ESCALATE}, {Category.PREGNANCY: Level.CAUTION}, {Category.SELF_HARM: Level.EMERGENCY}],
)
@pytest.mark.parametrize("text", NEITHER)
def test_other_talk_adds_nothing(text: str, known: dict[Category, Level]) -> None:
    assert judge(text, None, known) == assess(text)


@pytest.mark.parametrize("text", [*CORRECTIONS, *SHIFTS, *NEITHER, "i take norco", "no", "i want to die"])
@pytest.mark.parametrize("known", [None, {}])
def test_nothing_known_is_the_message_alone(text: str, known: dict[Category, Level] | None) -> None:
    assert judge(text, None, known) == assess(text)


@pytest.mark.parametrize("text", [*CORRECTIONS, *SHIFTS, *NEITHER, "i take norco", "no", "not pregnant"])
def test_what_is_known_never_lowers_the_message(text: str) -> None:
    for category in Category:
        for level in Level:
            assert judge(text, None, {category: level}).level >= assess(text).level


@pytest.mark.parametrize("asked", [Question(Asked.WHICH_MEDICINE), Question(Asked.APPLIES, Category.PREGNANCY)])
@pytest.mark.parametrize("text", ["yes", "no", "not sure", "norco", "just tylenol"])
def test_answer_is_read_with_its_question(text: str, asked: Question) -> None:
    assert judge(text, asked, {Category.LIVER_DISEASE: Level.ESCALATE}) == assess(text, asked)


def test_corrects_tells_a_correction_from_other_talk() -> None:
    assert [text for text in CORRECTIONS if not corrects(text)] == []
    assert [text for text in NEITHER if corrects(text)] == []
