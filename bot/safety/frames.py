"""Hits of the frames, which find a risk that no single word names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from bot.safety.language import any_spanish
from bot.safety.lexicon import Entry, Policy
from bot.safety.match import Hit
from bot.safety.rules import RuleSet
from bot.safety.sieve import Words, matches
from bot.safety.verdict import Category


def frame_hits(view: str, places: list[int], rules: RuleSet) -> Iterator[Hit]:
    """Hits of the frames; `view` is the message as words, `places[i]` the token at character i."""
    words = Words(view, rules.index)
    spanish = any_spanish(words.present)
    for number, ways in groupby(rules.index.allowed(words.groups), key=attrgetter("pattern")):
        frame = rules.frames[number]
        if frame.kind == "es" and not spanish:
            continue
        for found in matches(ways, words):
            if frame.unless and frame.unless.search(
                view[max(0, found.start() - frame.reach) : found.end() + frame.reach]
            ):
                continue
            start, end = found.span("x") if found.groupdict().get("x") else found.span()
            yield Hit(
                _entry(frame.category, frame.canonical, frame.kind, frame.policy), places[start], places[end - 1] + 1
            )


@lru_cache(maxsize=500)
def _entry(category: Category, canonical: str, kind: str, policy: str) -> Entry:
    return Entry(category, None, canonical, canonical, (canonical,), kind, Policy(policy))
