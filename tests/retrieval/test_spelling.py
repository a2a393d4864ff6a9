"""Questions with letters left out find what they would find spelt out; well-spelt ones are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.retrieval.nlu import load_examples
from bot.retrieval.spelling import Spelling, shorthand
from bot.settings import settings

WORDINGS = [text for texts in load_examples(settings().nlu).values() for text in texts]
SPELLING = Spelling(WORDINGS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("how lng til it wrks", "how long until it works"),
        ("hw much do i strt w", "how much do i start with"),
        ("hw mch dos it cst", "how much does it cost"),
        ("cn i jst stp", "can i just stop"),
        (
            "They offered me percocet and I said no. wats the strting dose",
            "They offered me percocet and I said no. what is the starting dose",
        ),
    ],
)
def test_short_forms_are_spelt_out(typed: str, meant: str) -> None:
    assert SPELLING.spell(typed) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "???",
        "how long until it works",
        "is it ok to take it with a glass of wine tonite",
        "Crohn's?",
        "ldn",
        "thuốc này uống lúc nào vậy",
        "how are you today sweetie",
    ],
)
def test_what_is_spelt_well_is_left_alone(text: str) -> None:
    assert SPELLING.spell(text) == text


def test_wordings_of_the_index_hardly_change() -> None:
    changed = [text for text in WORDINGS if SPELLING.spell(text) != text]
    assert len(changed) < 0.05 * len(WORDINGS), changed[:20]


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(SPELLING.spell(text), str)


def test_short_forms_are_in_lower_case_and_given_once() -> None:
    assert all(word == word.lower() and means for word, means in shorthand().items())
