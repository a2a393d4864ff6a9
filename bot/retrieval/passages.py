"""Vetted passages: one Markdown file a topic, checked when loaded."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from bot.reply import Source


class PassageError(ValueError):
    """A passage or the list of sources is malformed; the message names the file and the cure."""


_TEXT = {"type": "string", "minLength": 1}
_LIST = {"type": "array", "items": _TEXT}
_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "title", "coverage", "questions", "sources", "drafted_on", "review_due", "related"],
    "properties": {
        "id": {"type": "string", "pattern": "^[a-z_]+$"},
        "title": _TEXT,
        "coverage": {"enum": ["full", "partial", "none"]},
        "questions": {**_LIST, "minItems": 6, "maxItems": 12},
        "sources": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id", "claim"],
                "properties": {"id": _TEXT, "claim": _TEXT},
            },
        },
        "drafted_on": {},
        "review_due": {},
        "related": _LIST,
        "staff": _TEXT,
    },
}


@dataclass(frozen=True)
class Claim:
    """A fact of the body, paraphrased, and the source that supports it."""

    source: str
    claim: str


@dataclass(frozen=True)
class Passage:
    """What may be said on one topic. `coverage` is how far the sources answer it: full, partial, none."""

    id: str
    title: str
    coverage: str
    questions: tuple[str, ...]
    claims: tuple[Claim, ...]
    drafted_on: date
    review_due: date
    related: tuple[str, ...]
    staff: str
    body: str

    @property
    def digest(self) -> str:
        """What an approval is bound to: every word a patient or staff may see, and its sources."""
        claims = [f"{claim.source}\t{claim.claim}" for claim in self.claims]
        text = "\n\x1f".join([self.id, self.title, self.coverage, self.body, self.staff, *claims])
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def version(self) -> str:
        """The digest, short enough to read out."""
        return self.digest[:12]

    def sentences(self) -> list[str]:
        """The sentences of the body without Markdown."""
        plain = re.sub(r"^\s*[-*]\s+", "", self.body, flags=re.MULTILINE).replace("**", "").replace("\n\n", " \n")
        return [part.strip() for part in re.split(r"(?<=[.?:])\s+|\n", plain) if len(part.split()) > 2]


def parse_passage(path: Path) -> Passage:
    """Read one passage file."""
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise PassageError(f"{path}: needs front matter between two lines '---'; see knowledge/README.md.")
    try:
        data: dict[str, Any] = yaml.safe_load(parts[1])
        jsonschema.validate(data, _SCHEMA)
    except yaml.YAMLError as error:
        raise PassageError(
            f"{path}: front matter is not valid YAML ({error}). Quote texts that hold a colon."
        ) from None
    except jsonschema.ValidationError as error:
        where = ".".join(str(part) for part in error.absolute_path) or "front matter"
        raise PassageError(f"{path}: {where}: {error.message}; see knowledge/README.md.") from None
    if data["id"] != path.stem:
        raise PassageError(f"{path}: id is {data['id']!r}; it must be the file's name, {path.stem!r}.")
    for key in ("drafted_on", "review_due"):
        if not isinstance(data[key], date):
            raise PassageError(f"{path}: {key} must be a date such as 2026-11-21.")
    return Passage(
        id=data["id"],
        title=data["title"],
        coverage=data["coverage"],
        questions=tuple(data["questions"]),
        claims=tuple(Claim(item["id"], item["claim"]) for item in data["sources"]),
        drafted_on=data["drafted_on"],
        review_due=data["review_due"],
        related=tuple(data["related"]),
        staff=data.get("staff", ""),
        body=parts[2].strip(),
    )


def load_passages(knowledge: Path) -> dict[str, Passage]:
    """Every passage below `knowledge`/passages, by id."""
    paths = sorted((knowledge / "passages").glob("*.md"))
    if not paths:
        raise PassageError(f"no passages in {knowledge / 'passages'}. Point LDN_KNOWLEDGE at the knowledge folder.")
    passages = {passage.id: passage for passage in map(parse_passage, paths)}
    for passage in passages.values():
        for related in passage.related:
            if related not in passages:
                raise PassageError(f"{passage.id}: related topic {related!r} has no passage.")
    return passages


def load_sources(knowledge: Path) -> dict[str, Source]:
    """The articles that passages cite, by id."""
    path = knowledge / "sources.yml"
    data: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        key: Source(key, str(entry["title"]), str(entry.get("publisher") or ""), str(entry.get("url") or ""))
        for key, entry in data.items()
    }


def cited(passage: Passage, sources: dict[str, Source]) -> tuple[Source, ...]:
    """The sources a passage cites, each once, in order; PassageError if one is unknown."""
    ids: Iterable[str] = dict.fromkeys(claim.source for claim in passage.claims)
    try:
        return tuple(sources[key] for key in ids)
    except KeyError as error:
        raise PassageError(f"{passage.id}: source {error} is not in knowledge/sources.yml.") from None
