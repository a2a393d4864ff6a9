"""Questions typed without their vowels or in shorthand ("how lng til it wrks"), spelt out for the look-up.

Letters and vectors stand a slip here and there, but not a question of which a good part is left out. Words are filled up
only to words of the index, and only in questions that are mostly typed so: what is spelt well is looked up as typed.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from bot.safety.fuzzy import chat_spellings, english

SHORTHAND = Path(__file__).with_name("shorthand.tsv")
# A fifth of the words: measured in docs/decisions.md.
SHARE = 0.2
# Counts in the English list: words used so often are meant as they stand.
_COMMON = 20_000_000
# Wordings of the index that must hold a word before others are filled up to it.
_SEEN = 3
_SENTENCES = re.compile(r"((?<=[.?!;])\s+|\n+)")
_WORD = re.compile(r"[A-Za-z0-9']+")


@lru_cache(maxsize=1)
def shorthand() -> dict[str, str]:
    """What short forms stand for."""
    with SHORTHAND.open(encoding="utf-8", newline="") as file:
        return {row["word"]: row["means"] for row in csv.DictReader(file, delimiter="\t")}


class Spelling:
    """Spells questions out with the words of some texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._said = Counter(word for text in texts for word in re.findall(r"[a-z]+", text.lower()))
        by_skeleton: dict[str, list[str]] = defaultdict(list)
        for word, times in self._said.items():
            if times >= _SEEN and len(word) > 2 and word in english():
                by_skeleton[_skeleton(word)].append(word)
        self._by_skeleton = {key: max(words, key=lambda word: self._said[word]) for key, words in by_skeleton.items()}

    def spell(self, text: str) -> str:
        """The text with the sentences spelt out that are mostly typed in short forms; the others as they are."""
        return "".join(self._sentence(part) for part in _SENTENCES.split(text))

    def _sentence(self, text: str) -> str:
        words = _WORD.findall(text)
        meant = {word: self._word(word) for word in words}
        short = sum(meant[word] != word for word in words)
        # Other alphabets and accents are no English with letters left out.
        if not words or short < SHARE * len(words) or not text.isascii():
            return text
        return _WORD.sub(lambda found: meant[found.group()], text)

    def _word(self, word: str) -> str:
        lower = word.lower()
        if lower in shorthand():
            return shorthand()[lower]
        if not lower.isalpha() or len(lower) < 3 or self._said[lower] > 1 or english().get(lower, 0) > _COMMON:
            return word
        fuller = self._by_skeleton.get(_skeleton(lower), "")
        return fuller if len(fuller) >= len(lower) else chat_spellings().get(lower, word)


def _skeleton(word: str) -> str:
    """The first letter and the consonants behind it, doubled ones once."""
    bare = word[0] + re.sub(r"[aeiou]", "", word[1:])
    return re.sub(r"(.)\1", r"\1", bare)
