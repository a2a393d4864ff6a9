"""A pattern as its alternatives, each with the words that it cannot match without, read off the pattern itself.

Some 700 frames with 7,000 alternatives are tried on every message, and nearly all of them cannot match for want of a
word. A person who lists those words by hand forgets one; this reads them from the regular expression, as RE2's
prefilter does, so that nothing that could match is left out. It never guesses: where a part of the pattern says
nothing certain, nothing is asked for.
"""

from __future__ import annotations

import re

# The standard library's own parser, which alone knows the syntax for certain; these have no public names.
import re._compiler as compiler  # type: ignore[import-not-found]
import re._constants as sre  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from bot.safety.fuzzy import english

Group = frozenset[str]
Item = tuple[Any, Any]

# Of a word that goes on, so many letters must be known, or too many words begin so.
PREFIX = 4
LONGEST_PREFIX = 10
# So many strings are spelt out before they are asked for as a group of words.
_MOST = 150
# A character class of more characters than this is not spelt out.
_CLASS = 8
# More words than any alternative has, but for those that have no end.
MANY = 100
# Words that a frame needs stand no further than so many words from it, though it has no end.
FAR = 32
# Groups as frequent as this are in nearly every message.
_COMMON = 20_000_000_000
_GROUPS = 3
# Stands where a word must begin or end.
_EDGE = "\x1f"
_WORD = re.compile(r"[\w§]+")
_ANY_FIGURE = "§"
_FIGURE = re.compile(r"\d")
_EDGES = {sre.AT_BOUNDARY, sre.AT_BEGINNING, sre.AT_BEGINNING_STRING, sre.AT_END, sre.AT_END_STRING}
_REPEATS = {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}
_GROUPED = {sre.SUBPATTERN, sre.ATOMIC_GROUP}
_NESTED = {sre.BRANCH, sre.ASSERT, sre.ASSERT_NOT, *_REPEATS}
# What may be anything: a group with flags of its own reads its letters in another way.
_ANYTHING = (sre.GROUPREF, None)
# In the place of literal letters that follow each other.
_TEXT = "text"
_NO_MORE_WORD = [(sre.IN, [(sre.CATEGORY, sre.CATEGORY_NOT_SPACE)])]


@dataclass(frozen=True, slots=True)
class Way:
    """One alternative of a pattern. A text in which it is found holds at least one word of each group.

    "word" stands for a whole run of word characters, "begin*" for the beginning of one, "§§mg" for "50mg".
    """

    pattern: re.Pattern[str]
    groups: tuple[Group, ...]
    words: int
    """At most so many words long; MANY where there is no end."""
    first: Group | None
    """What the first word is one of, if it can be said."""


def ways(pattern: str) -> tuple[Way, ...]:
    """The alternatives of a pattern, in its order; raises re.error where it is none."""
    tree = parser.parse(pattern)
    each = [parser.SubPattern(tree.state, items) for items in _alternatives(tree)]
    known: dict[int, list[Item]] = {}
    plain = [_plain(one.data, known) for one in each]
    groups = list(map(_needed, plain))
    if len(set(map(frozenset, groups))) == 1:
        # The same words in another order are as well looked for at once.
        each, groups, plain = [tree], groups[:1], [_plain(tree.data, known)]
    return tuple(
        Way(compiler.compile(one), needed, 1 + _spaces(items), _begun(items))
        for one, needed, items in zip(each, groups, plain, strict=True)
    )


def forms(word: str) -> list[str]:
    """What else than itself a word is in the groups of a way: its beginnings, and itself with "§" for its figures."""
    out = [f"{word[:length]}*" for length in range(PREFIX, min(len(word), LONGEST_PREFIX) + 1)]
    shape = _FIGURE.sub(_ANY_FIGURE, word)
    return out if shape == word else [*out, shape]


def _shaped(word: str) -> str:
    """A word in which some figure may be any, with all of them so."""
    return _FIGURE.sub(_ANY_FIGURE, word) if _ANY_FIGURE in word else word


def _alternatives(tree: Any) -> list[list[Item]]:
    """The pattern with its first choice made in every way."""
    items = tree.data
    for i, (op, value) in enumerate(items):
        before, after = items[:i], items[i + 1 :]
        if op is sre.BRANCH:
            return [before + way.data + after for way in value[1]]
        if op is sre.SUBPATTERN and len(inner := _alternatives(value[3])) > 1:
            subs = [parser.SubPattern(tree.state, way) for way in inner]
            return [[*before, (op, (*value[:3], sub)), *after] for sub in subs]
    return [items]


def _plain(items: list[Item], known: dict[int, list[Item]]) -> list[Item]:
    """Items with what is in groups among them, whole strings for single letters, and lists for the parser's own."""
    out = known.get(id(items))
    if out is None:
        out = known[id(items)] = []
        for literal, run in groupby(_ungrouped(items), key=_is_literal):
            if literal:
                out.append((_TEXT, "".join(chr(value) for _, value in run)))
            else:
                out += [(op, _plain_value(op, value, known)) if op in _NESTED else (op, value) for op, value in run]
    return out


def _ungrouped(items: Iterable[Item]) -> Iterator[Item]:
    """The items, and those of a group in its place."""
    for op, value in items:
        if op not in _GROUPED:
            yield op, value
        elif op is sre.SUBPATTERN and (value[1] or value[2]):
            yield _ANYTHING
        else:
            yield from _ungrouped((value if op is sre.ATOMIC_GROUP else value[3]).data)


def _is_literal(item: Item) -> bool:
    return item[0] is sre.LITERAL


def _plain_value(op: Any, value: Any, known: dict[int, list[Item]]) -> Any:
    if op is sre.BRANCH:
        return (None, [_plain(way.data, known) for way in value[1]])
    if op in _REPEATS:
        return (*value[:2], _plain(value[2].data, known))
    return (value[0], _plain(value[1].data, known))


@dataclass(slots=True)
class _Begun:
    """How a match begins: strings that may go on, and first words that are whole."""

    open: set[str]
    done: set[str]


class _Unknown(Exception):
    """Anything may be the first word."""


def _begun(items: Sequence[Item]) -> Group | None:
    """What the first word of a match is one of; None where that cannot be said."""
    if not items or not _edge_of(items[0], False, True) or items[0][0] not in {sre.AT, sre.ASSERT_NOT}:
        return None
    begun = _Begun({""}, set())
    try:
        _begin(items, begun)
        for text in begun.open:
            begun.done.add(_beginning(text))
    except _Unknown:
        return None
    return frozenset(map(_shaped, begun.done))


def _beginning(text: str) -> str:
    if len(text) < PREFIX or _ANY_FIGURE in text:
        raise _Unknown
    return f"{text[:LONGEST_PREFIX]}*"


def _begin(items: Iterable[Item], begun: _Begun) -> None:
    for item in items:
        _begin_with(*item, begun)
        if len(begun.open) + len(begun.done) > _MOST:
            raise _Unknown
        if not begun.open:
            return


def _begin_with(op: Any, value: Any, begun: _Begun) -> None:
    if op is _TEXT:
        for char in value:
            _go_on([char], begun)
    elif op is sre.BRANCH:
        ways = [_Begun(set(begun.open), begun.done) for _ in value[1]]
        for way, one in zip(value[1], ways, strict=True):
            _begin(way, one)
        begun.open = set().union(*(one.open for one in ways))
    elif op in _REPEATS:
        _begin_repeatedly(value, begun)
    elif op is sre.AT and value in _EDGES or op is sre.ASSERT_NOT and value[1] == _NO_MORE_WORD:
        begun.done |= {text for text in begun.open if text}
        begun.open = begun.open & {""}
    elif op in {sre.AT, sre.ASSERT, sre.ASSERT_NOT}:
        pass
    elif (spelt := _spelt(op, value)) is None:
        begun.done |= set(map(_beginning, begun.open))
        begun.open = set()
    else:
        _go_on(spelt, begun)


def _begin_repeatedly(value: Any, begun: _Begun) -> None:
    low, high, inner = value
    some = _Begun(set(begun.open), begun.done)
    _begin(inner, some)
    if high > 1 and some.open:
        # What can be said twice may make any number of first words.
        raise _Unknown
    begun.open = some.open | (begun.open if low == 0 else set())


def _go_on(spelt: Iterable[str], begun: _Begun) -> None:
    more: set[str] = set()
    for char in spelt:
        if _word_char(char):
            more |= {text + char for text in begun.open}
        elif "" in begun.open:
            raise _Unknown
        else:
            begun.done |= begun.open
    begun.open = more


def _spaces(items: Iterable[Item]) -> int:
    """How many spaces there can be in what the items match."""
    return min(MANY, sum(_spaces_in(op, value) for op, value in items if op is not sre.AT))


def _spaces_in(op: Any, value: Any) -> int:
    if op is sre.BRANCH:
        return max(map(_spaces, value[1]))
    if op in _REPEATS:
        _, high, inner = value
        return min(MANY, int(high) * _spaces(inner))
    if op in {sre.ASSERT, sre.ASSERT_NOT}:
        # What is looked at is needed too, though it is no part of the match.
        return _spaces(value[1])
    if op is _TEXT:
        return value.count(" ")
    if op is sre.IN:
        return int(any(_has_space(*member) for member in value))
    if op in {sre.GROUPREF, sre.GROUPREF_EXISTS}:
        return MANY
    return int(op in {sre.ANY, sre.NOT_LITERAL})


def _has_space(kind: Any, value: Any) -> bool:
    if kind is sre.NEGATE:
        return True
    if kind is sre.CATEGORY:
        return value in {sre.CATEGORY_SPACE, sre.CATEGORY_NOT_WORD, sre.CATEGORY_NOT_DIGIT}
    return kind is sre.LITERAL and chr(value) == " " or kind is sre.RANGE and value[0] <= ord(" ") <= value[1]


def _needed(items: Sequence[Item]) -> tuple[Group, ...]:
    groups = _run(items, _State(frozenset({""}), False, ()), False).asked(False)
    best = sorted(dict.fromkeys(group for group in groups if cost(group) < _COMMON), key=cost)
    return tuple(best[:_GROUPS])


@dataclass(frozen=True, slots=True)
class _State:
    """How far a pattern was read: what is spelt out and not yet asked for, and the groups asked for before it."""

    spelt: frozenset[str]
    left: bool
    """Whether what is spelt out begins where a word does."""
    groups: tuple[Group, ...]

    def asked(self, right: bool) -> tuple[Group, ...]:
        """The groups with what is spelt out; `right` tells whether a word ends behind it."""
        group: set[str] = set()
        for text in self.spelt:
            word = _rarest(text, self.left, right)
            if word is None:
                return self.groups
            group.add(word)
        return (*self.groups, frozenset(group))

    def ends(self) -> bool:
        """Whether a word character behind this would begin a word."""
        return all(self.left if not text else not _word_char(text[-1]) for text in self.spelt)


def _run(items: Sequence[Item], state: _State, right: bool) -> _State:
    edges = [right]
    for item in reversed(items):
        edges.append(_edge_of(item, edges[-1], False))
    for item in items:
        edges.pop()
        if item[0] is _TEXT:
            state = _State(frozenset([text + item[1] for text in state.spelt]), state.left, state.groups)
        else:
            state = _step(item, state, edges[-1])
    return state


def _step(item: Item, state: _State, right: bool) -> _State:
    """The state behind one item; `right` tells whether what follows the item begins where a word cannot go on."""
    op, value = item
    if op is sre.BRANCH:
        return _branch(item, state, right)
    if op in _REPEATS:
        return _repeat(item, state, right)
    if op in {sre.ASSERT, sre.ASSERT_NOT}:
        return _assertion(item, state)
    spelt = _spelt(op, value)
    if spelt is None:
        return _unknown(item, state, right)
    if len(spelt) * len(state.spelt) > _MOST:
        edge = all(not _word_char(text) for text in spelt)
        return _State(spelt, state.ends(), state.asked(edge))
    return _State(frozenset(a + b for a in state.spelt for b in spelt), state.left, state.groups)


def _spelt(op: Any, value: Any) -> frozenset[str] | None:
    """Every string that a single item stands for, if they are few."""
    if op is sre.AT:
        return frozenset({_EDGE if value in _EDGES else ""})
    if op is not sre.IN:
        return None
    out: set[str] = set()
    for kind, what in value:
        if kind is sre.LITERAL:
            out.add(chr(what))
        elif kind is sre.CATEGORY and what is sre.CATEGORY_DIGIT:
            out.add(_ANY_FIGURE)
        elif kind is sre.RANGE and what[1] - what[0] < _CLASS:
            out.update(map(chr, range(what[0], what[1] + 1)))
        else:
            return None
    return frozenset(out) if len(out) <= _CLASS else None


def _unknown(item: Item, state: _State, right: bool) -> _State:
    asked = state.asked(_edge([item], right))
    return _State(frozenset({""}), _edge([item], state.ends(), backwards=True), asked)


def _branch(item: Item, state: _State, right: bool) -> _State:
    ways = [_run(way, state, right) for way in item[1][1]]
    if all(way.groups == state.groups and way.left == state.left for way in ways):
        spelt = frozenset().union(*(way.spelt for way in ways))
        if len(spelt) <= _MOST:
            return _State(spelt, state.left, state.groups)
        if len(state.spelt) > 1:
            # What came before and what comes now are two groups.
            before = _State(frozenset({""}), state.ends(), state.asked(_edge([item], right)))
            return _branch(item, before, right)
    known = len(state.groups)
    best = [min(way.asked(right)[known:], key=cost, default=None) for way in ways]
    after = _unknown(item, state, right)
    if any(group is None for group in best):
        return after
    one = frozenset().union(*(group for group in best if group))
    return _State(after.spelt, after.left, (*after.groups, one))


def _repeat(item: Item, state: _State, right: bool) -> _State:
    low, high, inner = item[1]
    if low == high == 1:
        return _run(inner, state, right)
    if high == 1:
        some = _run(inner, state, right)
        spelt = some.spelt | state.spelt
        if some.groups == state.groups and some.left == state.left and len(spelt) <= _MOST:
            return _State(spelt, state.left, state.groups)
    after = _unknown(item, state, right)
    if low == 0:
        return after
    alone = _run(inner, _State(frozenset({""}), False, ()), False)
    return _State(after.spelt, after.left, after.groups + alone.asked(False))


def _assertion(item: Item, state: _State) -> _State:
    """What must stand ahead or behind is asked for too; what must not stand there is no word, or says nothing."""
    _, inner = item[1]
    if item[0] is sre.ASSERT_NOT:
        edge = _EDGE if inner == _NO_MORE_WORD else ""
        return _State(frozenset(text + edge for text in state.spelt), state.left, state.groups)
    alone = _run(inner, _State(frozenset({""}), False, ()), False)
    return _State(state.spelt, state.left, state.groups + alone.asked(False))


def _edge(items: Sequence[Item], outside: bool, backwards: bool = False) -> bool:
    """Whether a word ends before these items; backwards, whether a word begins behind them.

    `outside` says the same of what stands on their other side.
    """
    for item in items if backwards else reversed(items):
        outside = _edge_of(item, outside, backwards)
    return outside


def _edge_of(item: Item, outside: bool, backwards: bool) -> bool:
    op, value = item
    if op is _TEXT:
        return not _word_char(value[-1 if backwards else 0])
    if op is sre.AT:
        return outside if value not in _EDGES else True
    if op is sre.ASSERT_NOT:
        forward = value[0] > 0
        return value[1] == _NO_MORE_WORD and forward is not backwards or outside
    if op is sre.ASSERT:
        return outside
    if op is sre.BRANCH:
        return all(_edge(way, outside, backwards) for way in value[1])
    if op in _REPEATS:
        low, _, inner = value
        return _edge(inner, outside, backwards) and (low > 0 or outside)
    spelt = _spelt(op, value)
    return spelt is not None and not any(map(_word_char, spelt))


@lru_cache(maxsize=50_000)
def _rarest(text: str, left: bool, right: bool) -> str | None:
    """The rarest word that is certain to stand where this text does."""
    words: list[str] = []
    for found in _WORD.finditer(text):
        word = found.group()
        if not (left or found.start() > 0):
            continue
        if right or found.end() < len(text):
            words.append(_shaped(word))
        elif len(word) >= PREFIX and _ANY_FIGURE not in word:
            words.append(f"{word[:LONGEST_PREFIX]}*")
    return min(words, key=_frequency, default=None)


def _word_char(char: str) -> bool:
    return char.isalnum() or char in "_§"


def cost(group: Iterable[str]) -> float:
    """How often a group is met, to compare groups by."""
    return sum(map(_frequency, group))


@lru_cache(maxsize=20_000)
def _frequency(word: str) -> float:
    """How often a word is met; words of other languages count by their length."""
    known = english().get(word.rstrip("*"), 0)
    return known + 30_000_000_000 / 5 ** len(word)
