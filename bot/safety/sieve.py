"""Where many patterns match in a text: the words they need are looked up first, and most need a word that is not there.

A pattern is tried as its alternatives, from the places where their first word stands (see prefilter.py).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from operator import itemgetter

from bot.safety.prefilter import FAR, Group, Way, cost, forms

# In texts of more words than this, patterns are tried only round the words they need.
_LONG = 240
# Places in such texts are compared in blocks of so many words, as the bits of a number.
_BLOCK = 8
_EVERYWHERE = -1
_WORD = re.compile(r"[^ ]+")
_PART = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Place:
    """A way in the index, with its groups as numbers, and how many words from its match they can stand."""

    pattern: int
    """The number of the pattern it is a way of."""
    way: Way
    groups: tuple[tuple[int, int], ...]
    first: int | None


class Index:
    """The ways of many patterns by the words they need."""

    def __init__(self, patterns: Sequence[tuple[Sequence[Way], Sequence[Group]]]) -> None:
        self.groups: list[Group] = []
        self._numbers: dict[Group, int] = {}
        self._always: list[tuple[int, Place]] = []
        # The ways by their rarest group.
        self._by_group: dict[int, list[tuple[int, Place]]] = defaultdict(list)
        order = count()
        for number, (each, needs) in enumerate(patterns):
            own = [(self._number(group), FAR) for group in needs]
            for way in each:
                asked = [(self._number(group), min(way.words, FAR)) for group in way.groups]
                first = None if way.first is None else self._number(way.first)
                place = Place(number, way, (*asked, *own), first)
                known = {group for group, _ in place.groups} | ({first} if first is not None else set())
                if known:
                    rarest = min(known, key=lambda group: cost(self.groups[group]))
                    self._by_group[rarest].append((next(order), place))
                else:
                    self._always.append((next(order), place))
        self.groups_of: dict[str, list[int]] = defaultdict(list)
        for number, group in enumerate(self.groups):
            for word in group:
                self.groups_of[word].append(number)
        self._forms = frozenset(word for word in self.groups_of if not word.isalnum())

    @lru_cache(maxsize=20000)  # noqa: B019 - one index lives as long as the process
    def forms_of(self, word: str) -> frozenset[str]:
        """The forms of a word that stand in some group."""
        return self._forms.intersection(forms(word))

    def _number(self, group: Group) -> int:
        if group not in self._numbers:
            self._numbers[group] = len(self.groups)
            self.groups.append(group)
        return self._numbers[group]

    def allowed(self, present: Collection[int]) -> list[Place]:
        """The ways of which every group is among these, in their order."""
        found = [*self._always, *(place for group in present for place in self._by_group.get(group, ()))]
        return [
            place
            for _, place in sorted(found, key=itemgetter(0))
            if (place.first is None or place.first in present) and all(group in present for group, _ in place.groups)
        ]


class Words:
    """The words of a text and their forms, and where each stands; words with a mark inside count in parts too."""

    def __init__(self, view: str, index: Index) -> None:
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
            for form in index.forms_of(word):
                self._at[form].extend(places)
        self.present = self._at.keys()
        known = index.groups_of
        self.groups: set[int] = set().union(*(known[word] for word in self.present & known.keys()))
        self._near: dict[tuple[int, int], int] = {}
        self._said: dict[int, frozenset[str]] = {}
        self._begun: dict[tuple[int, int], list[int]] = {}
        # For each word, and for each group, the blocks where it is said, one bit each.
        self._blocks: dict[int, int] = {}
        self._word_blocks: dict[str, int] = {}
        if len(self.starts) >= _LONG:
            self._by_block()

    def _by_block(self) -> None:
        self._blocks = dict.fromkeys(self.groups, 0)
        for word, places in self._at.items():
            blocks = 0
            for place in places:
                blocks |= 1 << self._block[place]
            self._word_blocks[word] = blocks
            for group in self._index.groups_of.get(word, ()):
                self._blocks[group] |= blocks

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
        if blocks != _EVERYWHERE:
            blocks &= self._blocks[group]
        places = self._begun.get((group, blocks))
        if places is None:
            places = self._begun[group, blocks] = sorted(set(self._places(group, blocks)))
        return places

    def _places(self, group: int, blocks: int) -> Iterator[int]:
        said = self._said.get(group)
        if said is None:
            said = self._said[group] = self._index.groups[group] & self.present
        if blocks == _EVERYWHERE:
            for word in said:
                yield from self._at[word]
        elif blocks:
            for word in said:
                if self._word_blocks[word] & blocks:
                    for place in self._at[word]:
                        if blocks >> self._block[place] & 1:
                            yield place

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
class Try:
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


def tries(ways: Iterable[Place], words: Words) -> Iterator[Try]:
    for place in ways:
        blocks = words.blocks(place)
        if not blocks:
            continue
        if place.first is None:
            yield Try(place.way.pattern, words.view, [], words.windows(blocks))
        elif places := words.begun(place.first, blocks):
            yield Try(place.way.pattern, words.view, places, [])


def matches(ways: Iterable[Place], words: Words) -> Iterator[re.Match[str]]:
    """Matches one behind the other, of those that begin at the same word the first way's."""
    tried = list(tries(ways, words))
    at = 0
    found = [one.next(at) for one in tried]
    while best := min(filter(None, found), key=re.Match.start, default=None):
        if best.end() > best.start():
            yield best
        at = max(best.end(), best.start() + 1)
        found = [one.next(at) if old and old.start() < at else old for one, old in zip(tried, found, strict=True)]


def found(text: str, index: Index) -> frozenset[int]:
    """The numbers of the patterns that match somewhere in a text."""
    words = Words(text, index)
    out: set[int] = set()
    for place in index.allowed(words.groups):
        if place.pattern not in out and any(one.next(0) for one in tries([place], words)):
            out.add(place.pattern)
    return frozenset(out)
