"""Which passages may be shown where LDN_REQUIRE_APPROVAL is on: the web process writes the file, `ldn index` reads it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bot.retrieval.passages import Passage

FILE = "approvals.json"


def path_in(var: Path) -> Path:
    """Where the file is."""
    return var / FILE


def approved_digests(var: Path, today: date | None = None) -> frozenset[str]:
    """Digests of the texts that are approved today; none where the file is missing or damaged."""
    today = today or date.today()
    try:
        data = json.loads(path_in(var).read_text(encoding="utf-8"))
        return frozenset(digest for digest, item in data.items() if date.fromisoformat(item["expires_on"]) >= today)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return frozenset()


def allow(var: Path, required: bool) -> Callable[[Passage], bool]:
    """Whether a passage may go into the index."""
    if not required:
        return lambda passage: True
    digests = approved_digests(var)
    return lambda passage: passage.digest in digests
