"""First step: the spans that our matcher finds in the safety messages, one JSON line a message, on standard output."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bot.evaluation.cases import Safety, load_cases
from bot.safety.triage import assess
from bot.settings import ROOT

FILES = sorted((ROOT / "tests" / "evaluation").glob("safety_messages_*.jsonl"))


def spans_of(text: str) -> list[dict[str, Any]]:
    """Every flag of a message with the status and the level that our own rules give it."""
    return [
        {
            "category": flag.category.value,
            "status": flag.status.value,
            "level": flag.level.value,
            "start": flag.start,
            "end": flag.end,
        }
        for flag in assess(text).flags
    ]


def lines(paths: Iterable[Path]) -> Iterator[str]:
    """One JSON object a message: its id and its spans."""
    for path in paths:
        for case in load_cases(path):
            if isinstance(case, Safety):
                yield json.dumps({"id": case.id, "spans": spans_of(case.text)})


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in lines(FILES))
