"""The comparison with negation packages: its figures are of the sets as they are, and its steps work."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.negation import compare, plot, spans

CURE = "The evaluation sets changed: repeat the commands of bot/evaluation/negation/README.md."
SYSTEMS = [
    "our rules",
    "no context (lexicon alone)",
    "ConText, negated",
    "ConText, any modifier",
    "negspaCy, en_clinical",
    "negspaCy, en",
]
MEASURED: dict[str, Any] = json.loads(compare.TARGET.read_text(encoding="utf-8"))

CASES = [
    ("I take Percocet for my back", [("opioid_use", "present", "escalate", "Percocet")]),
    ("I'm not pregnant.", [("pregnancy", "denied", "none", "pregnant")]),
    ("what time do you open on friday", []),
]


def halves() -> dict[str, list[dict[str, Any]]]:
    """The messages as they are now."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in spans.FILES:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        found.setdefault(path.stem.rpartition("_")[2], []).extend(lines)
    return found


def totals(lines: list[dict[str, Any]]) -> dict[str, int]:
    """The total of every figure that has one."""
    must = [line["tag"] for line in lines if not {"none", "caution"} & set(line["accept"])]
    silent = [line["tag"] for line in lines if "none" in line["accept"]]
    found = {
        "must escalate, escalated": len(must),
        "must stay silent, raised": len(silent),
        "tag denial: must escalate, escalated": must.count("denial"),
        "tag denial: must stay silent, raised": silent.count("denial"),
        "tag denial_trap: must escalate, escalated": must.count("denial_trap"),
    }
    return {name: total for name, total in found.items() if total}


def test_figures_are_of_the_evaluation_files_as_they_are() -> None:
    assert MEASURED["sha256"] == compare.digests(spans.FILES), CURE


def test_figures_say_what_made_them() -> None:
    assert set(MEASURED) == {"date", "versions", "sha256", "halves", "systems"}
    pinned = Path(compare.__file__).with_name("requirements.txt").read_text(encoding="utf-8").split()
    assert {f"{name}=={version}" for name, version in MEASURED["versions"].items()} <= set(pinned)


def test_every_system_has_its_figures_on_every_half() -> None:
    expected = {f"{system} ({half} half)": totals(lines) for half, lines in halves().items() for system in SYSTEMS}
    systems = MEASURED["systems"]
    found = {name: {key: part["total"] for key, part in row.items()} for name, row in systems.items()}
    assert found == expected, CURE
    parts = [part for row in systems.values() for part in row.values()]
    assert [part for part in parts if set(part) != {"count", "total"} or not 0 <= part["count"] <= part["total"]] == []


def test_sizes_are_those_of_the_sets() -> None:
    found = {
        half: {key: value for key, value in row.items() if key != "spans"} for half, row in MEASURED["halves"].items()
    }
    expected = {
        half: {
            "messages": len(lines),
            "must escalate": totals(lines).get("must escalate, escalated", 0),
            "must stay silent": totals(lines).get("must stay silent, raised", 0),
        }
        for half, lines in halves().items()
    }
    assert found == expected, CURE


def test_silencing_never_escalates_more_than_no_context() -> None:
    systems, key = MEASURED["systems"], "must escalate, escalated"
    for half in halves():
        ceiling = systems[f"no context (lexicon alone) ({half} half)"][key]["count"]
        assert [name for name in SYSTEMS if systems[f"{name} ({half} half)"][key]["count"] > ceiling] == []


def test_picture_exists() -> None:
    assert compare.TARGET.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_spans_are_what_our_matcher_finds(text: str, expected: list[tuple[str, ...]]) -> None:
    found = [
        (span["category"], span["status"], span["level"], text[span["start"] : span["end"]])
        for span in spans.spans_of(text)
    ]
    assert found == expected


def written(folder: Path) -> tuple[Path, Path]:
    """The three cases as an evaluation file, and their spans."""
    accept = ["escalate"], ["none"], ["none"]
    file, out = folder / "safety_messages_x_test.jsonl", folder / "spans.jsonl"
    rows = [
        {"id": str(i), "text": text, "accept": accept[i], "categories": [], "tag": "denial"}
        for i, (text, _) in enumerate(CASES)
    ]
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    out.write_text("\n".join(spans.lines([file])), encoding="utf-8")
    return file, out


def test_steps_fit_together(tmp_path: Path) -> None:
    file, out = written(tmp_path)
    found = compare.messages([file], out)
    judges = {
        "ours": compare.ours,
        "alone": compare.lexicon_alone,
        "mute": compare.unless(lambda text, start, end: True),
    }
    data = compare.compare(found, judges)
    assert data["halves"] == {"test": {"messages": 3, "must escalate": 1, "must stay silent": 2, "spans": 2}}
    counts = {name: [part["count"] for part in row.values()] for name, row in data["systems"].items()}
    assert counts == {
        "ours (test half)": [1, 0, 1, 0],
        "alone (test half)": [1, 1, 1, 1],
        "mute (test half)": [0, 0, 0, 0],
    }


def test_spans_of_other_messages_are_refused(tmp_path: Path) -> None:
    file, out = written(tmp_path)
    out.write_text('{"id": "another", "spans": []}', encoding="utf-8")
    with pytest.raises(compare.CompareError, match="Make it again"):
        compare.messages([file], out)


def test_plot_shows_failures() -> None:
    figure = {"count": 3, "total": 10}
    assert plot.failures(figure, rest=True) == (7, 10)
    assert plot.failures(figure, rest=False) == (3, 10)
