"""Evaluation cases: one JSON object a line, four shapes (see DESIGN.md, Contracts)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class CasesError(ValueError):
    """A line of an evaluation file is malformed; the message names file, line and cure."""


@dataclass(frozen=True)
class Safety:
    """A message and the levels that are acceptable for it."""

    id: str
    text: str
    accept: tuple[str, ...]
    categories: tuple[str, ...]
    tag: str = ""


@dataclass(frozen=True)
class Question:
    """A question, the topics that answer it (best first), and whether the sources answer it at all."""

    id: str
    text: str
    topics: tuple[str, ...]
    answerable: bool


@dataclass(frozen=True)
class Scope:
    """A message that no passage answers, and what should happen instead."""

    id: str
    text: str
    expected: str
    also_ok: tuple[str, ...]


@dataclass(frozen=True)
class Expected:
    """One turn of a conversation and what its reply must be."""

    user: str
    accept: tuple[str, ...]
    categories: tuple[str, ...]
    topics: tuple[str, ...]
    sticky: bool


@dataclass(frozen=True)
class Dialogue:
    """A conversation."""

    id: str
    turns: tuple[Expected, ...]


Case = Safety | Question | Scope | Dialogue


def load_cases(path: Path) -> list[Case]:
    """All cases of a file, in order."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CasesError(
            f"{path}: {error.strerror}. Give a JSONL file such as tests/evaluation/questions_tune.jsonl."
        ) from None
    cases = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                cases.append(_case(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise CasesError(f"{path}:{number}: {type(error).__name__} {error}; see DESIGN, Contracts.") from None
    if not cases:
        raise CasesError(f"{path} holds no case.")
    return cases


def load_sets(folder: Path, *patterns: str) -> list[Case]:
    """All cases of the files that fit, pattern by pattern, in the order of their names."""
    return [case for pattern in patterns for path in sorted(folder.glob(pattern)) for case in load_cases(path)]


def _case(data: dict[str, Any]) -> Case:
    key = str(data["id"])
    if "turns" in data:
        return Dialogue(key, tuple(_turn(turn) for turn in data["turns"]))
    if "expected" in data:
        return Scope(key, str(data["text"]), str(data["expected"]), _strings(data.get("also_ok")))
    if "answerable" in data:
        return Question(key, str(data["text"]), _strings(data["topics"]), bool(data["answerable"]))
    return Safety(
        key, str(data["text"]), _strings(data["accept"]), _strings(data["categories"]), str(data.get("tag", ""))
    )


def _turn(data: dict[str, Any]) -> Expected:
    strings = {key: _strings(data.get(key)) for key in ("accept", "categories", "topics")}
    return Expected(str(data["user"]), **strings, sticky=bool(data.get("sticky", False)))


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in value or ())
