"""Nothing that a pattern matches is left out because of the words it was said to need."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.cases import Safety, load_sets
from bot.safety.prefilter import forms, ways
from bot.safety.rules import ruleset
from bot.safety.sieve import Index, Words, matches
from bot.safety.triage import _view, _words

SETS = Path(__file__).parents[1] / "evaluation"


def spans(pattern: str, text: str) -> list[tuple[int, int]]:
    """What the ways of a pattern find, with the words they need looked up first."""
    index = Index([(ways(pattern), ())])
    words = Words(text, index)
    return [found.span() for found in matches(index.allowed(words.groups), words)]


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        (r"\b(?:my|the) rope\b", {"rope"}),
        (r"\b(?:rope|gun)s? in\b", {"guns", "gun", "rope", "ropes"}),
        (r"\bembaraz\w+ de", {"embaraz*"}),
        (r"(?<!\S)(?:a|the) (?:\w+ ){0,3}train(?!\S)", {"train"}),
        (r"\b[2-4]\d ?weeks\b", {"weeks", "§§weeks"}),
    ],
)
def test_the_rarest_words_are_read_off_a_pattern(pattern: str, needed: set[str]) -> None:
    read = {word for way in ways(pattern) for group in (*way.groups, way.first or ()) for word in group}
    assert needed <= read


def test_nothing_is_asked_for_where_anything_may_stand() -> None:
    for pattern in (r"\b\w+ \S+\b", r".* (?:a|\w+)", r"[a-z]+"):
        assert [(way.groups, way.first) for way in ways(pattern)] == [((), None)]


PATTERNS = [
    r"\b(?:ab|ba)(?: \w+){0,2} (?:ab|b)\b",
    r"\b(?:a+b|b?a) a",
    r"\b(?P<x>a|b\w*)(?: (?:a|ba))?(?! b)",
    r"(?<!\S)(?:(?:a|b) )*ab(?!\S)",
    r"(?:^|b )(?:a )?b(?= a|$)",
    r"\b[ab]{2} \S+ a",
    r"\b(?=.*\bba\b)a(?: .{0,4})? b\b",
    r"a\b.? b(?<!a b)",
    r"\b(?:\d?a|1b)\b",
    r"\b(?:aaaab\w|baaaa) (?:a|b)\b",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(words=st.lists(st.sampled_from(["a", "b", "ab", "ba", "aab", "1a", "2b", "aaaabb", "baaaa", "."]), max_size=12))
def test_the_ways_find_a_pattern_wherever_it_is_found(pattern: str, words: list[str]) -> None:
    text = " ".join(words)
    whole = [found for found in re.finditer(pattern, text) if found.end() > found.start()]
    assert bool(spans(pattern, text)) == bool(whole)


def test_every_frame_is_found_in_messages_wherever_its_whole_pattern_is() -> None:
    rules = ruleset()
    messages = [case.text for case in load_sets(SETS, "safety_messages_*_tune.jsonl") if isinstance(case, Safety)]
    compiled = [re.compile(frame.pattern) for frame in rules.frames]
    found = 0
    for text in random.Random(7).sample(messages, 150):
        _, tokens, _, own_drug = _words(text)
        view, _ = _view(tokens, own_drug)
        words = Words(view, rules.index)
        allowed = rules.index.allowed(words.groups)
        for number, (frame, whole) in enumerate(zip(rules.frames, compiled, strict=True)):
            said = words.present
            if any(group.isdisjoint(said) for group in frame.groups):
                continue
            expected = any(match.end() > match.start() for match in whole.finditer(view))
            tried = [place for place in allowed if place.pattern == number]
            assert bool(list(matches(tried, words))) == expected, (frame.id, text)
            found += expected
    assert found > 50


@given(st.text(alphabet="ab1", min_size=1, max_size=14))
def test_a_word_has_every_beginning_that_can_be_asked_for(word: str) -> None:
    assert all(word.startswith(form[:-1]) for form in forms(word) if form.endswith("*"))
    assert word not in forms(word)
