import pytest

from bot.safety.triage import Asked, Question, assess
from bot.safety.verdict import Category

WHICH = Question(Asked.WHICH_MEDICINE)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("yes", "escalate"), ("yeah", "escalate"), ("not sure", "escalate"), ("idk", "escalate"), ("norco", "escalate"), ("the ER gave it, small white one", "escalate"),
        ("a half of a perc", "escalate"), ("some kind of syrup", "escalate"), ("blorbexil", "escalate"), ("pain pills", "escalate"), ("oxy", "escalate"),
        ("no", "none"), ("nope none of them", "none"), ("just tylenol", "none"), ("gabapentin and ibuprofen", "none"), ("aleve", "none"),
        ("how much does it cost", "none"), ("thanks", "none"), ("no opioids", "none"),
    ],
)  # fmt: skip
def test_which_medicine(text: str, level: str) -> None:
    assert assess(text, WHICH).level == level


@pytest.mark.parametrize("category", [Category.OPIOID_USE, Category.PREGNANCY, Category.LIVER_DISEASE])
@pytest.mark.parametrize(
    ("text", "level"),
    [("yes", "escalate"), ("i think so", "escalate"), ("maybe", "escalate"), ("si", "escalate"), ("not sure, they told me once", "escalate"), ("no", "none"),
     ("nope", "none"), ("what is the usual dose", "none")],
)  # fmt: skip
def test_does_this_apply(category: Category, text: str, level: str) -> None:
    verdict = assess(text, Question(Asked.APPLIES, category))
    assert verdict.level == level
    assert verdict.categories == ((category,) if level == "escalate" else ())


def test_answer_never_lowers_what_the_message_says() -> None:
    assert assess("no but i want to die", WHICH).level == "emergency"
    assert assess("no just hydrocodone", WHICH).level == "escalate"
