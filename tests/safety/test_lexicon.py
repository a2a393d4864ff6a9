from pathlib import Path

import pytest

from bot.safety import lexicon
from bot.safety.lexicon import Entry, LexiconError, Policy
from bot.safety.match import lexer, settle
from bot.safety.normalise import normalise, tokenise
from bot.safety.triage import assess

FRAMES = {
    "opioid_use": "i take {} every day",
    "pregnancy": "{}",
    "liver_disease": "i have {}",
    "emergency": "{}",
    "self_harm": "{}",
}
HEADER = "\t".join(lexicon.COLUMNS)


def written(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "rows.tsv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def test_every_risk_surface_is_found_in_a_plain_frame() -> None:
    missed = [
        entry.surface
        for entry in lexicon.entries()
        if entry.category
        and entry.policy in {Policy.FIRE, Policy.ASK, Policy.IMPLIED, Policy.TOPIC}
        and entry.category not in {flag.category for flag in assess(FRAMES[entry.category].format(entry.surface)).flags}
        and not _masked(entry)
    ]
    assert missed == []


def _masked(entry: Entry) -> bool:
    """Whether a look-alike has the very same words: it hides the row on purpose ("hepa")."""
    return any(other.masks is entry.category and other.words == entry.words for other in lexicon.entries())


def test_every_firing_opioid_escalates_when_taken() -> None:
    low = [
        entry.surface
        for entry in lexicon.entries()
        if entry.category == "opioid_use"
        and entry.policy is Policy.FIRE
        and assess(f"i take {entry.surface} every day").level < "escalate"
        and not _masked(entry)
    ]
    assert low == []


def test_look_alikes_alone_raise_nothing_in_the_class_they_hide() -> None:
    raised = [
        (entry.surface, flag.rule)
        for entry in lexicon.entries()
        if entry.masks
        for flag in assess(entry.surface).flags
        if flag.category is entry.masks and flag.level > "none"
    ]
    assert raised == []


def test_look_alike_hides_only_what_it_covers() -> None:
    tokens = tokenise(normalise("cod liver oil for my liver").text)
    risks, _ = settle(lexer().hits(tokens))
    assert [(hit.start, hit.end) for hit in risks] == [(5, 6)]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("opiate\tx\tsomething\tgeneric\t-\tlow\tFIRE\tGK", "unknown class 'opiate'"),
        ("opioid\tx\tsomething\tgeneric\t-\tlow\tMAYBE\tGK", "unknown policy 'MAYBE'"),
        ("not_opioid\tx\tsomething\tgeneric\t-\tlow\tFIRE\tGK", "MASK belongs to the not_ classes"),
        ("opioid\tx\t'\tgeneric\t-\tlow\tFIRE\tGK", "holds no word"),
        ("opioid\tx\tsomething\tgeneric\t-\tlow\tFIRE\t", "has no source"),
        ("opioid\tx\tsomething", "expected the columns"),
    ],
)
def test_wrong_row_is_refused_with_its_place(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(LexiconError, match=message) as caught:
        lexicon.read(written(tmp_path, row))
    assert "rows.tsv line 2" in str(caught.value)
