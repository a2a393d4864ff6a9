"""Writes seed_shingles.txt: hashes of every run of eight words in the source articles, which are not in the repository.

Usage: python tests/knowledge/make_shingles.py ../shared/seeds
"""

import hashlib
import re
import sys
import unicodedata
from pathlib import Path

RUN = 8
STORED = Path(__file__).with_name("seed_shingles.txt")


def words(text: str) -> list[str]:
    """Lower-case words and numbers; apostrophes and other punctuation do not count."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "").replace("'", "")
    return re.findall(r"[a-z0-9]+(?:\.[0-9]+)?", plain)


def runs(text: str) -> dict[str, str]:
    """Every run of eight words by its hash. Ten hex digits: a chance match is one in 250 million a word."""
    found = words(text)
    joined = (" ".join(found[start : start + RUN]) for start in range(len(found) - RUN + 1))
    return {hashlib.sha256(run.encode()).hexdigest()[:10]: run for run in joined}


def shingles(folder: Path) -> list[str]:
    """The hashes of all articles of a folder, sorted; no run crosses two articles."""
    return sorted({key for path in folder.glob("*.txt") for key in runs(path.read_text(encoding="utf-8"))})


if __name__ == "__main__":
    STORED.write_text("\n".join(shingles(Path(sys.argv[1]))) + "\n", encoding="utf-8")
