"""Flat denials: the lists of denials.yml on messages nobody tuned a pattern for, and what makes a denial less than flat."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.safety.denials import FILE, DenialsError, load
from bot.safety.triage import assess
from bot.safety.verdict import Level, Status

RAW: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
EXAMPLES = [(example["text"], example["denied"]) for example in RAW["examples"]]


@pytest.mark.parametrize(("text", "denied"), EXAMPLES)
def test_example_of_the_lists(text: str, denied: bool) -> None:
    verdict = assess(text)
    assert (verdict.level is Level.NONE) is denied
    assert any(flag.status is Status.DENIED for flag in verdict.flags) or not denied


def test_denial_of_one_risk_leaves_the_other() -> None:
    flags = {flag.category.value: flag.level for flag in assess("no liver problems, not pregnant, i take norco").flags}
    assert flags == {"liver_disease": Level.NONE, "pregnancy": Level.NONE, "opioid_use": Level.ESCALATE}


def test_record_called_wrong_is_denied_with_the_thing_itself() -> None:
    assert assess("my chart lists tramadol. that is wrong, i dont take tramadol").level is Level.NONE
    assert assess("my chart lists tramadol and i take it. the fax number on the form is wrong").level is Level.ESCALATE


def test_denied_self_harm_is_never_silent_for_a_wrong_record() -> None:
    assert assess("my chart says suicidal, that is wrong, im not suicidal").level >= Level.CAUTION


def test_unknown_word_between_no_and_drug_raises() -> None:
    assert assess("no oxycodone").level is Level.NONE
    assert assess("no blorp oxycodone").level is Level.ESCALATE


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("statements:", "statement:", "statement, statements is missing or unknown"),
        ('["no", not', "[no, not", "put no, yes, on, off and figures in quotes"),
    ],
)
def test_wrong_lists_are_refused_with_the_cure(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    wrong = tmp_path / "denials.yml"
    wrong.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DenialsError, match=message):
        load(wrong)
