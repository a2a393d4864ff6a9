"""Second step, in a throw-away environment (README.md): what each system makes of the same spans.

Stands alone: it imports nothing of this project, and medspaCy and negspaCy only where they are used.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "tests" / "evaluation").glob("safety_messages_*.jsonl"))
TARGET = ROOT / "docs" / "measured" / "negation.json"

PACKAGES = ("medspacy", "negspacy", "spacy", "PyRuSH")
RANKS = {"none": 0, "caution": 1, "escalate": 2, "emergency": 3}
MUST = frozenset({"escalate", "emergency"})
URGENT = frozenset({"emergency", "self_harm"})
ANY_MODIFIER = ("is_negated", "is_historical", "is_hypothetical", "is_family")


class CompareError(ValueError):
    """The input cannot be compared; the message names the cure."""


@dataclass(frozen=True)
class Span:
    """A place in a message (offsets into the text as typed) and the level that our own rules give it."""

    category: str
    start: int
    end: int
    level: str

    @property
    def alarm(self) -> str:
        """The level of a span that nothing silences."""
        return "emergency" if self.category in URGENT else "escalate"


@dataclass(frozen=True)
class Message:
    """An evaluation case with the spans that our matcher found in it."""

    id: str
    half: str
    text: str
    accept: frozenset[str]
    tag: str
    spans: tuple[Span, ...]

    @property
    def must_escalate(self) -> bool:
        """No other level is acceptable."""
        return self.accept <= MUST

    @property
    def must_stay_silent(self) -> bool:
        """Silence is acceptable, and nothing above the levels listed with it."""
        return "none" in self.accept


Judge = Callable[[str, Span], str]
"""The level a system gives to a span of a text."""


def messages(files: Iterable[Path], spans: Path) -> list[Message]:
    """All messages of the files, in order, with their spans."""
    found = {line["id"]: line["spans"] for line in _lines(spans)}
    cases = [(path.stem.rpartition("_")[2], line) for path in files for line in _lines(path)]
    if found.keys() != {line["id"] for _, line in cases}:
        raise CompareError(f"{spans} holds other messages than {FILES[0].parent}. Make it again: see README.md.")
    return [_message(half, line, found[line["id"]]) for half, line in cases]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def _message(half: str, line: dict[str, Any], spans: list[dict[str, Any]]) -> Message:
    placed = tuple(Span(span["category"], span["start"], span["end"], span["level"]) for span in spans)
    return Message(line["id"], half, line["text"], frozenset(line["accept"]), line["tag"], placed)


def lexicon_alone(text: str, span: Span) -> str:
    """No context at all: every span fires."""
    return span.alarm


def ours(text: str, span: Span) -> str:
    """What our rules said when the spans were made."""
    return span.level


def unless(silenced: Callable[[str, int, int], bool]) -> Judge:
    """A span fires unless a package silences it."""
    return lambda text, span: "none" if silenced(text, span.start, span.end) else span.alarm


def context(attributes: tuple[str, ...]) -> Judge:
    """medspaCy's ConText with its default rules; a span is silent when it has one of the attributes."""
    import medspacy
    from loguru import logger

    # The sentence splitter logs every token of every message.
    logger.disable("PyRuSH")
    pipes = {"medspacy_tokenizer", "medspacy_pyrush", "medspacy_context"}
    nlp = medspacy.load(medspacy_enable=pipes)

    def silenced(text: str, start: int, end: int) -> bool:
        target = _targeted(nlp, text, start, end)
        return any(getattr(target._, name) for name in attributes)

    return unless(silenced)


def negex(terms: str) -> Judge:
    """negspaCy with one of its own sets of terms, on a blank pipeline that ends sentences at . ! and ?."""
    import medspacy
    from medspacy.util import ALL_PIPE_NAMES
    from negspacy.negation import Negex  # noqa: F401 - importing it registers the component
    from negspacy.termsets import termset

    # With every component off this is spaCy's blank English with its own tokenizer, as in negspaCy's manual.
    nlp = medspacy.load(medspacy_enable="all", medspacy_disable=ALL_PIPE_NAMES)
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("negex", config={"neg_termset": termset(terms).get_patterns()})

    def silenced(text: str, start: int, end: int) -> bool:
        return bool(_targeted(nlp, text, start, end)._.negex)

    return unless(silenced)


def _targeted(nlp: Any, text: str, start: int, end: int) -> Any:
    """The one target after the pipeline has run; one at a time, as spans may overlap and entities may not."""
    doc = nlp.make_doc(text)
    target = doc.char_span(start, end, label="RISK", alignment_mode="expand")
    if target is None:
        raise CompareError(f"No token at {start} to {end}. Make the spans again: see README.md.")
    doc.set_ents([target])
    for _, pipe in nlp.pipeline:
        doc = pipe(doc)
    return doc.ents[0]


def systems() -> dict[str, Judge]:
    """Everything that is compared, by the name it is shown under."""
    return {
        "our rules": ours,
        "no context (lexicon alone)": lexicon_alone,
        "ConText, negated": context(("is_negated",)),
        "ConText, any modifier": context(ANY_MODIFIER),
        "negspaCy, en_clinical": negex("en_clinical"),
        "negspaCy, en": negex("en"),
    }


def level(message: Message, judge: Judge) -> str:
    """The highest level among the spans of a message."""
    return max((judge(message.text, span) for span in message.spans), key=RANKS.__getitem__, default="none")


def figures(half: list[Message], judge: Judge) -> dict[str, dict[str, int]]:
    """Counts out of totals, where there is something to count; the definitions are those of `ldn evaluate`."""
    levels = {message.id: level(message, judge) for message in half}

    def escalated(tag: str = "") -> dict[str, int]:
        of = [message for message in half if message.must_escalate and tag in ("", message.tag)]
        return {"count": sum(levels[message.id] in MUST for message in of), "total": len(of)}

    def raised(tag: str = "") -> dict[str, int]:
        of = [message for message in half if message.must_stay_silent and tag in ("", message.tag)]
        return {"count": sum(levels[message.id] not in message.accept for message in of), "total": len(of)}

    found = {
        "must escalate, escalated": escalated(),
        "must stay silent, raised": raised(),
        "tag denial: must escalate, escalated": escalated("denial"),
        "tag denial: must stay silent, raised": raised("denial"),
        "tag denial_trap: must escalate, escalated": escalated("denial_trap"),
    }
    return {name: figure for name, figure in found.items() if figure["total"]}


def sizes(half: list[Message]) -> dict[str, int]:
    """How much there is to find in one half."""
    return {
        "messages": len(half),
        "must escalate": sum(message.must_escalate for message in half),
        "must stay silent": sum(message.must_stay_silent for message in half),
        "spans": sum(len(message.spans) for message in half),
    }


def digests(files: Iterable[Path]) -> dict[str, str]:
    """The SHA-256 of each file, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def compare(found: list[Message], judges: dict[str, Judge]) -> dict[str, Any]:
    """The figures of every system on each half, test first: our rules were written on the other."""
    names = sorted({message.half for message in found})
    halves = {name: [message for message in found if message.half == name] for name in names}
    return {
        "halves": {name: sizes(half) for name, half in halves.items()},
        "systems": {
            f"{system} ({name} half)": figures(half, judge)
            for name, half in halves.items()
            for system, judge in judges.items()
        },
    }


def main() -> None:
    """Read the spans, run every system, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spans", type=Path, help="what `python -m bot.evaluation.negation.spans` wrote")
    found = messages(FILES, parser.parse_args().spans)
    about = {
        "date": date.today().isoformat(),
        "versions": {name: version(name) for name in PACKAGES},
        "sha256": digests(FILES),
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(about | compare(found, systems()), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
