"""Where the frames match in a message: the words they need are looked up first, and most need a word that is not there.

The pattern of a frame is tried as its alternatives, from the places where their first word stands (see prefilter.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from bot.safety.language import any_spanish
from bot.safety.lexicon import Entry, Policy
from bot.safety.match import Hit
from bot.safety.prefilter import FrameIndex, Place, forms
from bot.safety.rules import RuleSet
from bot.safety.verdict import Category

# In messages of more words than this, frames are tried only round the words they need.
_LONG = 240
# Places in such messages are compared in blocks of so many words, as the bits of a number.
_BLOCK = 8
_EVERYWHERE = -1
_WORD = re.compile(r"[^ ]+")
_PART = re.compile(r"\w+")


def frame_hits(view: str, places: list[int], rules: RuleSet) -> Iterator[Hit]:
    """Hits of the frames; `view` is the message as words, `places[i]` the token at character i."""
    words = _Words(view, rules.index)
    spanish = any_spanish(words.present)
    for number, ways in groupby(rules.index.allowed(words.groups), key=attrgetter("frame")):
        frame = rules.frames[number]
        if frame.kind == "es" and not spanish:
            continue
        for found in _matches(ways, words):
            if frame.unless and frame.unless.search(
                view[max(0, found.start() - frame.reach) : found.end() + frame.reach]
            ):
                continue
            start, end = found.span("x") if found.groupdict().get("x") else found.span()
            yield Hit(
                _entry(frame.category, frame.canonical, frame.kind, frame.policy), places[start], places[end - 1] + 1
            )


class _Words:
    """The words of a view and their forms, and where each stands; words with a mark inside count in parts too."""

    def __init__(self, view: str, index: FrameIndex) -> None:
        self.view = view
        self.starts: list[int] = []
        self._index = index
        self._at: dict[str, list[int]] = defaultdict(list)
        self._block: dict[int, int] = {}
        for number, found in enumerate(_WORD.finditer(view)):
            start, word = found.start(), found.group()
            self.starts.append(start)
            self._at[word].append(start)
            self._block[start] = number // _BLOCK
            if not word.isalnum():
                for part in _PART.finditer(word):
                    self._at[part.group()].append(start + part.start())
                    self._block[start + part.start()] = number // _BLOCK
        for word, places in list(self._at.items()):
            for form in index.forms.intersection(forms(word)):
                self._at[form].extend(places)
        self.present = self._at.keys()
        known = index.groups_of
        self.groups: set[int] = set().union(*(known[word] for word in self.present & known.keys()))
        self._blocks: dict[int, int] = self._by_block() if len(self.starts) >= _LONG else {}
        self._near: dict[tuple[int, int], int] = {}
        self._begun: dict[int, list[int]] = {}

    def _by_block(self) -> dict[int, int]:
        """For each group the blocks where a word of it is said, one bit each."""
        out = dict.fromkeys(self.groups, 0)
        for word, places in self._at.items():
            blocks = 0
            for place in places:
                blocks |= 1 << self._block[place]
            for group in self._index.groups_of.get(word, ()):
                out[group] |= blocks
        return out

    def blocks(self, place: Place) -> int:
        """The blocks in which a way can be found: near words of all its groups."""
        out = _EVERYWHERE
        if not self._blocks:
            return out
        for group, words in place.groups:
            far = -(-words // _BLOCK)
            near = self._near.get((group, far))
            if near is None:
                near = self._blocks[group]
                for _ in range(far):
                    near |= near << 1 | near >> 1
                self._near[group, far] = near
            out &= near
            if not out:
                break
        return out

    def begun(self, group: int, blocks: int) -> list[int]:
        """Where in the blocks a word of a group stands, in order."""
        places = self._begun.get(group)
        if places is None:
            said = self._index.groups[group] & self.present
            places = self._begun[group] = sorted({place for word in said for place in self._at[word]})
        if blocks == _EVERYWHERE:
            return places
        return [place for place in places if blocks >> self._block[place] & 1]

    def windows(self, blocks: int) -> list[tuple[int, int]]:
        """The stretches of the view, in characters, that the blocks are."""
        if blocks == _EVERYWHERE:
            return [(0, len(self.view))]
        out: list[tuple[int, int]] = []
        end = 0
        while blocks >> end:
            start = end + (blocks >> end & -(blocks >> end)).bit_length() - 1
            run = blocks >> start
            end = start + (~run & run + 1).bit_length() - 1
            if start * _BLOCK < len(self.starts):
                behind = end * _BLOCK
                stop = self.starts[behind] - 1 if behind < len(self.starts) else len(self.view)
                out.append((self.starts[start * _BLOCK], stop))
        return out


@dataclass(frozen=True, slots=True)
class _Try:
    """A pattern and where to try it: from these places, or, where none are known, anywhere in these windows."""

    pattern: re.Pattern[str]
    view: str
    places: list[int]
    windows: list[tuple[int, int]]

    def next(self, at: int) -> re.Match[str] | None:
        """The first match that begins at a place or behind it."""
        for place in self.places:
            if place >= at and (found := self.pattern.match(self.view, place)):
                return found
        for start, stop in self.windows:
            if stop > at and (found := self.pattern.search(self.view, max(start, at), stop)):
                return found
        return None


def _tries(ways: Iterable[Place], words: _Words) -> Iterator[_Try]:
    for place in ways:
        blocks = words.blocks(place)
        if not blocks:
            continue
        if place.first is None:
            yield _Try(place.way.pattern, words.view, [], words.windows(blocks))
        elif places := words.begun(place.first, blocks):
            yield _Try(place.way.pattern, words.view, places, [])


def _matches(ways: Iterable[Place], words: _Words) -> Iterator[re.Match[str]]:
    """Matches one behind the other, of those that begin at the same word the first way's."""
    tries = list(_tries(ways, words))
    at = 0
    found = [one.next(at) for one in tries]
    while best := min(filter(None, found), key=re.Match.start, default=None):
        if best.end() > best.start():
            yield best
        at = max(best.end(), best.start() + 1)
        found = [one.next(at) if old and old.start() < at else old for one, old in zip(tries, found, strict=True)]


@lru_cache(maxsize=500)
def _entry(category: Category, canonical: str, kind: str, policy: str) -> Entry:
    return Entry(category, None, canonical, canonical, (canonical,), kind, Policy(policy))
