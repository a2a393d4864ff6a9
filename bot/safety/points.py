"""A second ear made of points: words that say little alone and much together.

Frames know sentences; nobody writes down every sentence in which despair or danger is told. The table in
`points.tsv` gives one to three words each a number of points, for or against; a passage whose sum reaches its
category's line is raised. It may only raise, and only where no rule has read anything in that category: what a rule
calls denied, past or somebody else's stays as the rule says. `python -m bot.evaluation.points` counts the points.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

from bot.safety.normalise import ENDS
from bot.safety.verdict import Category

TABLE = Path(__file__).parent / "points.tsv"
COLUMNS = ["category", "words", "points"]
# The row that holds a category's line instead of a cue.
LINE = "*"
MOST_WORDS = 3
# Passages are this many sentences at most, and a sentence without an end is cut into pieces of so many words.
_SENTENCES = 2
_PIECE = 40
_LONGEST = 45
# More sentences than this are not read in passages of every length.
_MANY = 60


# The runs of words in a passage, each with the places of its first word and behind its last.
Passage = dict[tuple[str, ...], tuple[int, int]]


class PointsError(ValueError):
    """A row that cannot be used; the message names the row and the cure."""


@dataclass(frozen=True, slots=True)
class Points:
    """One category's cues, and the sum from which it is raised."""

    line: int
    cues: dict[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Heard:
    """A passage that reaches its line: the places of its most telling words among the words given."""

    total: int
    start: int
    end: int


@lru_cache(maxsize=1)
def tables() -> dict[Category, Points]:
    """The table by category; raises PointsError at the first row that is wrong."""
    return load(TABLE)


def load(path: Path) -> dict[Category, Points]:
    """Read and check a table."""
    lines: dict[Category, int] = {}
    cues: dict[Category, dict[tuple[str, ...], int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if rows.fieldnames != COLUMNS:
            raise PointsError(f"{path.name}: the columns must be {', '.join(COLUMNS)}.")
        for number, row in enumerate(rows, start=2):
            try:
                category, points = Category(row["category"]), int(row["points"])
            except ValueError as error:
                raise PointsError(f"{path.name}, line {number}: {error}. Correct the row or delete it.") from error
            words = tuple((row["words"] or "").split())
            if words == (LINE,):
                lines[category] = points
                continue
            if not 1 <= len(words) <= MOST_WORDS or words in cues.get(category, {}) or not points:
                raise PointsError(f"{path.name}, line {number}: one to three words, once, with points that are not 0.")
            cues.setdefault(category, {})[words] = points
    if set(lines) != set(cues):
        raise PointsError(f"{path.name}: every category needs cues and one row '{LINE}' with its line.")
    return {category: Points(lines[category], found) for category, found in cues.items()}


def passages(words: Sequence[str]) -> list[Passage]:
    """Runs of up to two sentences, so that what stands around them takes nothing away, each as its runs of words."""
    ends = [i for i, word in enumerate(words) if word in ENDS]
    bounds: list[tuple[int, int]] = []
    start = 0
    for end in [*ends, len(words)]:
        if end - start > _PIECE * 2:
            bounds += [(at, min(at + _PIECE, end)) for at in range(start, end, _PIECE)]
        elif end > start:
            bounds.append((start, end))
        start = end + 1
    most = _SENTENCES if len(bounds) <= _MANY else 1
    return [
        grams([(words[i], i) for i in range(bounds[first][0], bounds[last][1])])
        for first in range(len(bounds))
        for last in range(first, min(first + most, len(bounds)))
        if last == first or bounds[last][1] - bounds[first][0] <= _LONGEST
    ]


def grams(placed: Iterable[tuple[str, int]]) -> Passage:
    """Each run of one to three words with the place where it first stands; marks and figures do not count."""
    said = [(word, place) for word, place in placed if word.isalpha()]
    out: Passage = {}
    for size in range(1, MOST_WORDS + 1):
        for run in zip(*(said[i:] for i in range(size)), strict=False):
            out.setdefault(tuple(word for word, _ in run), (run[0][1], run[-1][1] + 1))
    return out


def total(passage: Iterable[tuple[str, ...]], table: Points) -> int:
    """The points of one passage, each cue counted once."""
    return sum(table.cues.get(gram, 0) for gram in passage)


def hear(said: Iterable[Passage], table: Points) -> Heard | None:
    """The passage with the most points, if they reach the line."""
    scored = [(total(passage, table), passage) for passage in said if not table.cues.keys().isdisjoint(passage)]
    summed, best = max(scored, key=itemgetter(0), default=(0, None))
    if best is None or summed < table.line:
        return None
    telling = max(table.cues.keys() & best.keys(), key=lambda gram: (table.cues[gram], *best[gram]))
    return Heard(summed, *best[telling])
