"""A second ear made of points: words that say little alone and much together.

Frames know sentences; nobody writes down every sentence in which despair or danger is told. The table in
`points.tsv` gives words and pairs of words each a number of points, for or against. The points of a passage are added
up and weighed by its length, and a passage that reaches its category's line is raised. It may only raise, and only
where no rule has read anything in that category: what a rule calls denied, past or somebody else's stays as the rule
says. A second table, `lowered.tsv`, is for opioids, pregnancy and liver disease that a rule has lowered to caution as a
topic, a plan or somebody else's: a message that sounds like the LDN user's own risk is raised again.
`python -m bot.evaluation.points` counts the points.
"""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import zip_longest
from math import sqrt
from operator import itemgetter
from pathlib import Path

from bot.safety.normalise import ENDS
from bot.safety.verdict import Category

TABLE = Path(__file__).parent / "points.tsv"
LOWERED = Path(__file__).parent / "lowered.tsv"
COLUMNS = ["category", "words", "points"]
# The row that holds a category's line instead of a cue.
LINE = "*"
MOST_WORDS = 2
# A message of so many words is one passage; longer ones are read in overlapping passages of whole sentences.
LONGEST = 80
# Fewer words than these weigh no more than so many: one or two alone are the lexicon's business.
FEWEST = 6
# Of longer words the beginning counts too, so that "embarazo" helps to hear "embarazadisima".
STEM = 5
ANY = "*"


# A word, the beginning of one, or two words that follow each other.
Run = tuple[str, ...]
# One that is said: the place of its first word, itself, the place behind its last, and its points.
Cue = tuple[int, Run, int, int]


class PointsError(ValueError):
    """A row that cannot be used; the message names the row and the cure."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A table's cues in a passage, each once, and its length."""

    cues: list[Cue]
    words: int


@dataclass(frozen=True)
class Points:
    """One category's cues, and the line: a passage of n words is raised from `line` times the root of n."""

    line: int
    cues: dict[Run, int]

    @cached_property
    def pairs(self) -> dict[str, dict[str, int]]:
        """The points of cues of two words, by the first and by the second."""
        out: dict[str, dict[str, int]] = defaultdict(dict)
        for cue, points in self.cues.items():
            if len(cue) == MOST_WORDS:
                out[cue[0]][cue[1]] = points
        return dict(out)


@dataclass(frozen=True, slots=True)
class Heard:
    """A passage that reaches its line: the places of its most telling words among the words given."""

    weight: float
    start: int
    end: int


@lru_cache(maxsize=1)
def tables() -> dict[Category, Points]:
    """The table by category; raises PointsError at the first row that is wrong."""
    return load(TABLE)


@lru_cache(maxsize=1)
def lowered_tables() -> dict[Category, Points]:
    """The table for what rules have lowered, by category; raises PointsError at the first row that is wrong."""
    return load(LOWERED)


def load(path: Path) -> dict[Category, Points]:
    """Read and check a table."""
    lines: dict[Category, int] = {}
    cues: dict[Category, dict[Run, int]] = {}
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
                raise PointsError(f"{path.name}, line {number}: one or two words, once, with points that are not 0.")
            cues.setdefault(category, {})[words] = points
    if set(lines) != set(cues):
        raise PointsError(f"{path.name}: every category needs cues and one row '{LINE}' with its line.")
    return {category: Points(lines[category], found) for category, found in cues.items()}


def passages(words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the message stands whole, or, where it is long, overlapping runs of its sentences."""
    if len(words) <= LONGEST:
        return [(0, len(words))]
    bounds: list[tuple[int, int]] = []
    start = 0
    for end in [*(i for i, word in enumerate(words) if word in ENDS), len(words)]:
        # A sentence without an end is cut into pieces.
        bounds += [(at, min(at + LONGEST, end)) for at in range(start, end, LONGEST)]
        start = end + 1
    out: list[tuple[int, int]] = []
    first = last = 0
    while first < len(bounds):
        while last < len(bounds) and bounds[last][1] - bounds[first][0] <= LONGEST:
            last += 1
        out.append((bounds[first][0], bounds[last - 1][1]))
        if last == len(bounds):
            break
        # The next one begins half-way through this one.
        half = (bounds[first][0] + bounds[last - 1][1]) // 2
        first = next((i for i in range(first + 1, last) if bounds[i][0] >= half), last)
    return out


class Said:
    """Each word, its beginning and pair of words of a message, with their places, in their order.

    Marks and figures do not count. A letter alone says nothing: "hep c" and "vitamin c".
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._said = [(i, word) for i, word in enumerate(words) if word.isalpha()]
        self._places = [place for place, _ in self._said]
        self._passages = passages(words)

    def runs(self) -> list[Run]:
        """What is said, each once."""
        out: list[Run] = []
        for (_, word), (_, other) in zip_longest(self._said, self._said[1:], fillvalue=(-1, "")):
            if len(word) > 1:
                out.append((word,))
            if len(word) > STEM:
                out.append((word[:STEM] + ANY,))
            if other:
                out.append((word, other))
        return list(dict.fromkeys(out))

    def _found(self, table: Points) -> list[Cue]:
        out: list[Cue] = []
        cues, pairs = table.cues, table.pairs
        none: dict[str, int] = {}
        for (place, word), (behind, other) in zip_longest(self._said, self._said[1:], fillvalue=(-1, "")):
            if len(word) > 1 and (run := (word,)) in cues:
                out.append((place, run, place + 1, cues[run]))
            if len(word) > STEM and (run := (word[:STEM] + ANY,)) in cues:
                out.append((place, run, place + 1, cues[run]))
            if other in (seconds := pairs.get(word, none)):
                out.append((place, (word, other), behind + 1, seconds[other]))
        return out

    def heard(self, table: Points) -> Iterator[Passage]:
        """Each passage with the cues of a table in it."""
        found = self._found(table)
        begins = [place for place, _, _, _ in found]
        last_said: dict[Run, int] = {}
        # Where the same cue was said before: in a passage it counts once.
        before = [(last_said.get(cue[1], -1), last_said.update({cue[1]: i}))[0] for i, cue in enumerate(found)]
        for start, end in self._passages:
            first, last = bisect_left(begins, start), bisect_left(begins, end)
            cues = [found[i] for i in range(first, last) if before[i] < first and found[i][2] <= end]
            yield Passage(cues, bisect_left(self._places, end) - bisect_left(self._places, start))


def weigh(said: Passage) -> float:
    """The points of a passage, each cue counted once, over the root of its length."""
    return sum(map(itemgetter(3), said.cues)) / sqrt(max(said.words, FEWEST))


def hear(said: Said, table: Points, factor: float = 1) -> Heard | None:
    """The passage that weighs most, if it reaches the line, or a multiple of it."""
    best = max(said.heard(table), key=weigh)
    if not best.cues or weigh(best) < table.line * factor:
        return None
    place, _, behind, _ = max(best.cues, key=lambda cue: (cue[3], cue[0], cue[2]))
    return Heard(weigh(best), place, behind)
