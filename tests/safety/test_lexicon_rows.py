"""The word lists as reviewed data: complete rows, and no row that says two things."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from bot.safety.lexicon import CLASSES, COLUMNS, FOLDER, Policy, entries
from bot.safety.triage import assess

FILES = sorted(FOLDER.glob("*.tsv"))
# Withdrawal is both a sign of opioid use and an emergency.
BOTH = {"dope sick", "dopesick"}
# Risk rows that a look-alike with the very same words hides, on purpose or found elsewhere by a frame.
HIDDEN = {"d and c", "perks", "perky", "percy", "hepa", "blue in the face"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_has_its_columns_and_every_cell_that_matters(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert list(rows[0]) == COLUMNS
    assert [
        row
        for row in rows
        if not all(row[key].strip() for key in ("class", "canonical", "surface", "kind", "policy", "source"))
    ] == []
    assert {row["class"].removeprefix("not_") for row in rows} <= set(CLASSES)
    assert [row["surface"] for row in rows if row["surface"] != row["surface"].strip()] == []


def test_no_surface_is_in_two_risk_categories() -> None:
    found = defaultdict(set)
    for entry in entries():
        if entry.category:
            found[" ".join(entry.words)].add(entry.category)
    assert {words for words, categories in found.items() if len(categories) > 1} - BOTH == set()


def test_no_risk_row_is_hidden_by_a_look_alike_of_the_same_words() -> None:
    masked = {(entry.masks, entry.words) for entry in entries() if entry.masks}
    assert {" ".join(entry.words) for entry in entries() if (entry.category, entry.words) in masked} - HIDDEN == set()


@pytest.mark.parametrize("text", ["i take perks for my back", "i take percy"])
@pytest.mark.xfail(
    strict=True,
    reason="the row is FRAME or STRICT in opioid_slang.tsv and MASK in lookalikes.tsv, or its frame does not know these words",
)
def test_slang_row_fires_in_its_frame(text: str) -> None:
    assert assess(text).level == "escalate"


@pytest.mark.parametrize("text", ["my mom is blue in the face", "baby is blue in the face help"])
def test_blue_in_the_face_is_an_emergency(text: str) -> None:
    assert assess(text).level == "emergency"


@pytest.mark.parametrize("policy", [policy for policy in Policy if policy is not Policy.MASK])
def test_policy_belongs_to_risk_rows_only(policy: Policy) -> None:
    assert [entry.surface for entry in entries() if entry.policy is policy and entry.category is None] == []


def test_own_drug_is_never_a_risk() -> None:
    own = [entry.surface for entry in entries() if entry.own_drug]
    assert own
    assert [surface for surface in own if assess(f"i take {surface}").flags] == []
