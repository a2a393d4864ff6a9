"""The facade: what a message says about the patient's safety."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from bot.safety.answers import read_answer
from bot.safety.context import Finding, Judge, Reading
from bot.safety.frames import frame_hits
from bot.safety.lexicon import Entry, Policy
from bot.safety.match import Hit, lexer, settle
from bot.safety.normalise import Normalised, Token, normalise, tokenise
from bot.safety.points import Heard, Said, hear, lowered_tables, tables
from bot.safety.policy import URGENT, level_of
from bot.safety.rules import ruleset
from bot.safety.verdict import NOTHING, Category, Flag, Level, Status, Verdict

# More findings than this change nothing for the reader and cost time.
_MOST_FINDINGS = 40
# The same thing said so often, at a level that nothing can raise, need not be weighed again.
_ENOUGH = 4
# The same of a whole category.
_PLENTY = 8
# How much surer the second ear must be of an urgent category beside another risk.
_SURER = 1.2
# In fewer words than these a rule has read all there is: "my wife takes norco".
_TOLD = 12
# Rules for what is nearly denied.
_SOFT = "soft."
# What the second ear hears in the place of "hydroxyzine" and "dying to try".
_LOOK_ALIKE = "lookalike"


class Asked(StrEnum):
    WHICH_MEDICINE = "which_medicine"
    """Which pain medicine is it; is one of them an opioid?"""
    APPLIES = "applies"
    """Does this apply to you?"""


@dataclass(frozen=True, slots=True)
class Question:
    """The bot's own last question, with which a short answer is read."""

    kind: Asked
    category: Category = Category.OPIOID_USE


@dataclass(frozen=True, slots=True)
class Trace:
    """One finding with the reasons for it, for `ldn triage --explain`."""

    flag: Flag
    canonical: str
    policy: str
    clause: str
    whose: str
    ldn_user: str

    def as_dict(self) -> dict[str, Any]:
        return self.flag.as_dict() | {
            "level": self.flag.level.value,
            "canonical": self.canonical,
            "policy": self.policy,
            "clause": self.clause,
            "whose": self.whose,
            "ldn_user": self.ldn_user,
        }


def assess(text: str, asked: Question | None = None) -> Verdict:
    """The verdict on one message; pure, and the same every time."""
    plain, reading, findings = _findings(text)
    flags = tuple(_flag(text, plain, reading.tokens, finding) for finding in findings)
    verdict = Verdict.of(flags) if flags else NOTHING
    if asked is None:
        return verdict
    return read_answer(text, verdict, asked.kind.value, asked.category)


def explain(text: str) -> list[Trace]:
    """Every finding with the rule, the clause and the person it was read with."""
    plain, reading, findings = _findings(text)
    return [
        Trace(
            flag=_flag(text, plain, reading.tokens, finding),
            canonical=finding.hit.entry.canonical,
            policy=finding.hit.entry.policy.value,
            clause=reading.clause(finding.hit),
            whose=reading.who(finding.hit),
            ldn_user=reading.ldn_user,
        )
        for finding in findings
    ]


def warm() -> None:
    """Read the lexicon and the rules now instead of at the first message."""
    assess("warm up: my fentanly ptach")
    # Told with who takes LDN, which is looked up only where a rule asks.
    assess("my wife is pregnant and takes percocet. can she start ldn")
    lowered_tables()


def _words(text: str) -> tuple[Normalised, list[Token], list[Hit], list[Hit]]:
    """A message as tokens, what the lexicon knows of them, and LDN's names among that."""
    plain = normalise(text)
    tokens = lexer().mend(tokenise(plain.text))
    found = lexer().hits(tokens)
    return plain, tokens, found, _longest([hit for hit in found if hit.entry.own_drug])


def _findings(text: str) -> tuple[Normalised, Reading, list[Finding]]:
    plain, reading, masks, own_drug, out = _by_rules(text)
    if not any(finding.level is Level.EMERGENCY for finding in out):
        out += _second_ear(reading.tokens, masks, own_drug, out) + _second_look(reading, out)
    return plain, reading, out


def hearing(text: str) -> tuple[set[Category], dict[Category, list[str]]]:
    """The categories that the rules read in a message, and the words that the second ear counts for each category."""
    _, reading, masks, own_drug, found = _by_rules(text)
    read = {finding.hit.category for finding in found if finding.hit.category}
    return read, {category: _heard(reading.tokens, masks, own_drug, found, category) for category in Category}


def _by_rules(text: str) -> tuple[Normalised, Reading, list[Hit], list[Hit], list[Finding]]:
    rules = ruleset()
    plain, tokens, found, own_drug = _words(text)
    view, places = _view(tokens, own_drug)
    found += frame_hits(view, places, rules)
    hits, masks = settle(found)
    hits = [hit for hit in hits if not _inside_own_drug(hit, own_drug)]
    judge = _judge()
    cased = any(hit.entry.policy is Policy.CASED for hit in hits)
    capitals = _capitals(text, plain, tokens) if cased else frozenset()
    reading = Reading(tokens, hits[: _MOST_FINDINGS * 4], masks, rules, capitals)
    framed = [hit for hit in reading.hits if judge.framed(reading, hit)]
    if len(framed) < len(reading.hits):
        # A word that turns out to be just a word must not stand as a risk in its neighbours' clauses.
        reading = Reading(tokens, framed, masks, rules, capitals)
    out: list[Finding] = []
    judged: dict[tuple[Entry, str], Finding] = {}
    seen: Counter[tuple[Category | None, str]] = Counter()
    for hit in reading.hits:
        if seen[hit.category, hit.entry.canonical] >= _ENOUGH or seen[hit.category, ""] >= _PLENTY:
            continue
        # The same words in the same company mean the same, as often as they are said.
        told = (hit.entry, reading.company(hit))
        same = judged.get(told)
        finding = judge.judge(reading, hit) if same is None else replace(same, hit=hit)
        judged[told] = finding
        out.append(finding)
        if finding.level >= Level.ESCALATE:
            seen[hit.category, hit.entry.canonical] += 1
            seen[hit.category, ""] += 1
        if len(out) >= _MOST_FINDINGS:
            break
    out = [_corrected(reading, finding, out) for finding in out]
    return plain, reading, masks, own_drug, out


def _corrected(reading: Reading, finding: Finding, found: list[Finding]) -> Finding:
    """A finding without its risk where the message denies the same thing and says who asked or what record is wrong."""
    if finding.level is Level.NONE or finding.status is Status.PAST or finding.hit.category in URGENT:
        return finding
    same = any(
        other.status is Status.DENIED and other.hit.entry.canonical == finding.hit.entry.canonical for other in found
    )
    told = reading.says("record_says", finding.hit) and reading.says("record_wrong")
    if not same or not (told or reading.says("asked_about", finding.hit)):
        return finding
    return Finding(finding.hit, Status.DENIED, "denied.record", Level.NONE)


def _heard(
    tokens: list[Token], masks: list[Hit], own_drug: list[Hit], found: list[Finding], category: Category
) -> list[str]:
    """Words in which LDN's names, look-alikes of the category and what tells of another category are one word each."""
    words = [token.text for token in tokens]
    named = [(finding.hit, str(finding.hit.category)) for finding in found if finding.hit.category is not category]
    named += [
        (mask, _LOOK_ALIKE)
        for mask in masks
        if mask.entry.masks is category or mask.entry.masks in URGENT and category in URGENT
    ]
    for hit, name in [*named, *((hit, "ldn") for hit in own_drug)]:
        words[hit.start : hit.end] = [name] + [""] * (hit.end - hit.start - 1)
    return words


def _second_ear(tokens: list[Token], masks: list[Hit], own_drug: list[Hit], found: list[Finding]) -> list[Finding]:
    """What the points raise where the rules read nothing; see points.py."""
    read = {finding.hit.category for finding in found}
    risky = any(finding.level >= Level.ESCALATE for finding in found)
    out: list[Finding] = []
    said: dict[tuple[str, ...], Said] = {}
    for category, table in tables().items():
        if category in read:
            continue
        words = tuple(_heard(tokens, masks, own_drug, found, category))
        if words not in said:
            said[words] = Said(words)
        # Where another risk has its own message already, a 911 or 988 card in its place must be surer.
        heard = hear(said[words], table, _SURER if risky and category in URGENT else 1)
        if heard is not None:
            out.append(_by_points("points", category, Status.IMPLIED, heard))
    return out


def labelled(text: str) -> dict[Category, tuple[list[str], bool]]:
    """For each category that the rules read in a message: its words, and whether the rules lowered it to caution."""
    _, reading, _, _, found = _by_rules(text)
    read = {finding.hit.category for finding in found if finding.hit.category}
    low = _lowered(found)
    return {category: (reading.labelled(category), category in low) for category in read}


def _lowered(found: list[Finding]) -> list[Category]:
    """Categories that rules read, but for nobody who would take LDN, or as a topic or a plan."""
    out: list[Category] = []
    for category in (category for category in Category if category not in URGENT):
        raised = [f for f in found if f.hit.category is category and f.level > Level.NONE]
        if raised and all(f.level is Level.CAUTION for f in raised) and not all(map(_as_read, raised)):
            out.append(category)
    return out


def _as_read(finding: Finding) -> bool:
    """Whether a caution is no lowered reading: an unnamed medicine is asked about, the past has a date, a no is a no."""
    return (
        finding.hit.entry.policy is Policy.ASK
        or finding.status in {Status.UNSPECIFIED, Status.PAST}
        or finding.rule.startswith(_SOFT)
    )


def _second_look(reading: Reading, found: list[Finding]) -> list[Finding]:
    """What the points raise again where the rules lowered it; see points.py."""
    out: list[Finding] = []
    if sum(word.isalpha() for word in reading.words) < _TOLD:
        return out
    for category in _lowered(found):
        table = lowered_tables().get(category)
        heard = hear(Said(reading.labelled(category)), table) if table else None
        if heard is not None:
            out.append(_by_points("lowered", category, Status.POSSIBLE, heard))
    return out


def _by_points(table: str, category: Category, status: Status, heard: Heard) -> Finding:
    rule = f"{table}.{category.value}"
    entry = Entry(category, None, rule, rule, (rule,), table, Policy.IMPLIED)
    return Finding(Hit(entry, heard.start, heard.end), status, rule, level_of(category, status))


@lru_cache(maxsize=1)
def _judge() -> Judge:
    return Judge(ruleset())


def _view(tokens: list[Token], own_drug: list[Hit]) -> tuple[str, list[int]]:
    """The message as words, LDN's many names as "ldn", and the token each character belongs to."""
    label = {hit.start: "ldn" for hit in own_drug}
    skipped = {i for hit in own_drug for i in range(hit.start + 1, hit.end)} - set(label)
    parts: list[str] = []
    places: list[int] = []
    for i, token in enumerate(tokens):
        if i in skipped:
            continue
        word = label.get(i, token.text)
        parts.append(word)
        places.extend([i] * (len(word) + 1))
    return " ".join(parts), places


def _longest(hits: list[Hit]) -> list[Hit]:
    """Without those inside another: "naltrexone" inside "low dose naltrexone" is not named twice."""
    out: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if not out or hit.end > out[-1].end:
            out.append(hit)
    return out


def _inside_own_drug(hit: Hit, own_drug: list[Hit]) -> bool:
    return hit.entry.kind != "frame" and any(own.start <= hit.start and hit.end <= own.end for own in own_drug)


def _capitals(text: str, plain: Normalised, tokens: list[Token]) -> frozenset[int]:
    """Tokens in capitals, unless the whole message is."""
    letters = [char for char in text if char.isalpha()]
    if not letters or sum(char.isupper() for char in letters) > 0.6 * len(letters) > 6:
        return frozenset()
    out: set[int] = set()
    for i, token in enumerate(tokens):
        start, end = plain.original(token.start, token.end)
        if text[start:end].isupper() and len(token.text) > 1:
            out.add(i)
    return frozenset(out)


def _flag(text: str, plain: Normalised, tokens: list[Token], finding: Finding) -> Flag:
    start, end = plain.original(tokens[finding.hit.start].start, tokens[finding.hit.end - 1].end)
    category = finding.hit.category
    assert category is not None
    return Flag(category, finding.status, finding.rule, start, end, text[start:end], finding.level)
