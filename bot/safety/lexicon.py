"""The word lists: rows of reviewed data, read once and checked when read."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from bot.safety.normalise import words_of
from bot.safety.verdict import Category

FOLDER = Path(__file__).parent / "lexicon"
COLUMNS = ["class", "canonical", "surface", "kind", "us_status", "ambiguity", "policy", "source"]
CLASSES = {
    "opioid": Category.OPIOID_USE,
    "pregnancy": Category.PREGNANCY,
    "liver": Category.LIVER_DISEASE,
    "emergency": Category.EMERGENCY,
    "self_harm": Category.SELF_HARM,
}


class Policy(StrEnum):
    FIRE = "FIRE"
    """Fires wherever it stands."""
    FRAME = "FRAME"
    """An everyday word too: fires only beside take, on, a dose, a prescription."""
    STRICT = "STRICT"
    """A very common word: fires only beside words of drug use."""
    CASED = "CASED"
    """An abbreviation: fires in capitals, or beside words that fit it."""
    ASK = "ASK"
    """A pain medicine that may or may not be an opioid."""
    IMPLIED = "IMPLIED"
    TOPIC = "TOPIC"
    """Names the subject, not an illness ("liver")."""
    MASK = "MASK"
    """A look-alike: hides what it covers, and is never a misspelling of something else."""


class LexiconError(ValueError):
    """A row that cannot be used; the message names file, line and cure."""


@dataclass(frozen=True, slots=True)
class Entry:
    category: Category | None
    masks: Category | None
    canonical: str
    surface: str
    words: tuple[str, ...]
    kind: str
    policy: Policy

    @property
    def own_drug(self) -> bool:
        return self.kind == "own drug"

    @property
    def generic(self) -> bool:
        return self.kind == "class term"


def _entry(row: dict[str, str], where: str) -> Entry:
    if list(row) != COLUMNS or None in row.values():
        raise LexiconError(f"{where}: expected the columns {', '.join(COLUMNS)}, tab-separated.")
    name = row["class"]
    masked = name.startswith("not_")
    category = CLASSES.get(name.removeprefix("not_"))
    if category is None:
        raise LexiconError(f"{where}: unknown class '{name}'. Use one of {', '.join(CLASSES)}, or not_ before it.")
    if row["policy"] not in set(Policy):
        raise LexiconError(f"{where}: unknown policy '{row['policy']}'. Use one of {', '.join(Policy)}.")
    if masked != (row["policy"] == Policy.MASK):
        raise LexiconError(f"{where}: the policy MASK belongs to the not_ classes, and only to them.")
    words = words_of(row["surface"])
    if not words:
        raise LexiconError(f"{where}: the surface '{row['surface']}' holds no word.")
    if not row["source"]:
        raise LexiconError(f"{where}: '{row['surface']}' has no source.")
    return Entry(
        category=None if masked else category,
        masks=category if masked else None,
        canonical=row["canonical"],
        surface=row["surface"],
        words=words,
        kind=row["kind"],
        policy=Policy(row["policy"]),
    )


def read(path: Path) -> list[Entry]:
    """One file of rows; raises LexiconError with the line that is wrong."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [_entry(row, f"{path.name} line {line}") for line, row in enumerate(rows, start=2)]


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """Every row of every file, in the order of file names."""
    found = [entry for path in sorted(FOLDER.glob("*.tsv")) for entry in read(path)]
    if not found:
        raise LexiconError(f"No lexicon in {FOLDER}: the *.tsv files are missing.")
    return tuple(found)
