"""Flat denials, read word by word: a hit is silent only where nothing but listed words stands between it and a "no".

The lists are in `denials.yml`. A rule that names every sentence never ends; a list of what may stand between does.
Whatever is not listed leaves the hit as it is, so a new word can only raise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from bot.safety.normalise import ENDS
from bot.safety.verdict import Category

FILE = Path(__file__).parent / "denials.yml"
LABELS = frozenset({"Yo", "Yp", "Yl", "DRUG"})
_OWN = {Category.OPIOID_USE: "Yo", Category.PREGNANCY: "Yp", Category.LIVER_DISEASE: "Yl"}
_MARKS = frozenset({",", "(", ")", ":", "&", "-", "/", '"', "#", "="})
_JOINS = frozenset({"and", "y", "e", ","})
_ANDS = frozenset({"and", "or", "nor"})
# "ya no": not any more; "with no oxy": what it is like without; "wrote not pregnant": what a form holds.
_LEADS = frozenset({"ya", "with", "w", "wrote", "put", "marked", "ticked", "checked", "typed"})
_SPEAKERS = frozenset({"i", "im", "ive", "my", "we", "pt", "she", "he", "shes", "hes"})
# What a label or a question ends with.
_ASKS = frozenset({":", "?", "=", "-"})
_PARTS = frozenset({"but", ","})
# Written on forms for no, and also for and: "opioids N / preg N", "oxycodone n ldn".
# Behind a comma these open a statement about something else: "liver is fine, im not on opioids".
_OTHER = frozenset({"im", "i", "no", "never", "nor", "and", "not", "dont"})
# "Just trying to answer your question" is no pregnancy.
_BUSY = frozenset(
    ("trying", "to", verb) for verb in ("answer", "fill", "find", "figure", "understand", "reach", "help", "get")
)
# A hit that tells of trouble itself is not made well by a later test: "enzymes were up in january, normal in april".
_UNWELL = frozenset({"up", "high", "elevated", "raised", "abnormal", "off", "fatty", "enlarged"})
_TROUBLE = frozenset({"trouble", "troubles", "problem", "problems", "issue", "issues"})
_IM_NOT = frozenset((who, no) for who in ("i", "im") for no in ("not", "dont", "never"))
# "I dont take pain pills no more", "sin tramadol no aguanto".
_NO_MORE = frozenset("more longer aguanto puedo vivo funciono duermo camino levanto".split())
_I_HAVE = frozenset((who, have, a) for who in ("i", "we") for have in ("have", "use", "got") for a in ("a", "an", "my"))
# "No opioids no liver problems not pregnant" is three denials.
_AGAIN = frozenset({"no", "not", "nor", "neither", "never"})
# What opens another statement right behind a denied hit.
_ASKERS = frozenset({"you", "yall", "u", "ur", "youre", "they", "stop", "quit"})
_ASKING = frozenset({"ask", "asks", "asked", "asking", "keep", "guys"})
_THEREFORE = frozenset({"so", "and"})
_OPENERS = frozenset(
    {"can", "could", "may", "should", "when", "what", "how", "is", "do", "drink", "smoke", "i", "am", "im"}
)
_OPENINGS = (
    (frozenset({"since"}), _ASKERS | {"somebody", "someone", "everybody", "everyone"}),
    (_ASKERS, _ASKING),
    (_THEREFORE, _OPENERS),
)
_SHORT_NO = frozenset({"n", "o"})
_TURNS = frozenset({"but", "though", "although", "however"})
_LIMITS = frozenset({"just", "only"})
# "not pregnant, not trying": these go on denying.
_NOTS = frozenset({"not", "nor", "or", "no", "arent"})
_ALL = frozenset({"any", "them", "em", "those", "that", "it", "either", "anything", ".", ",", "!", "?", "and"})
_BACK = 28
_AHEAD = 20
_LONGEST_PHRASE = 4


class DenialsError(ValueError):
    """The lists cannot be used; the message names the key and the cure."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The word lists of `denials.yml`; phrases are tuples of words."""

    negators: frozenset[tuple[str, ...]]
    between: frozenset[str]
    between_by_category: dict[Category, frozenset[str]]
    no_follows: frozenset[str]
    statements: frozenset[str]
    verbs: frozenset[str]
    veto_before: frozenset[str]
    veto_sayers: frozenset[str]
    veto_after: frozenset[str]
    veto_sentence: frozenset[str]
    veto_but: frozenset[str]
    veto_just: frozenset[str]
    veto_near: dict[Category, re.Pattern[str]]
    veto_noun: frozenset[str]
    care: frozenset[str]
    label_between: frozenset[str]
    answers: frozenset[tuple[str, ...]]
    answer_ends: frozenset[str]
    answer_vetoes: frozenset[str]
    fine_between: frozenset[str]
    fine: frozenset[tuple[str, ...]]
    fine_vetoes: frozenset[str]


def load(path: Path = FILE) -> Lists:
    """Read and check the lists; raises DenialsError at the first key that is wrong."""
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    raw.pop("examples", None)
    known = {field.name for field in fields(Lists)}
    if set(raw) != known:
        wrong = sorted(set(raw) ^ known)
        raise DenialsError(
            f"{path.name}: {', '.join(wrong)} is missing or unknown. Known keys: {', '.join(sorted(known))}."
        )
    out: dict[str, Any] = {}
    for key, value in raw.items():
        if isinstance(value, str):
            out[key] = frozenset(value.split())
        elif key == "veto_near":
            near = value.pop("all")
            out[key] = {Category(name): re.compile(f"{near}|{pattern}") for name, pattern in value.items()}
        elif isinstance(value, dict):
            out[key] = {Category(name): frozenset(words.split()) for name, words in value.items()}
        else:
            phrases = [word for group in value for word in group]
            if not all(isinstance(phrase, str) for phrase in phrases):
                raise DenialsError(f"{path.name}, {key}: put no, yes, on, off and figures in quotes.")
            out[key] = frozenset(tuple(phrase.split()) for phrase in phrases)
    return Lists(**out)


@lru_cache(maxsize=1)
def lists() -> Lists:
    return load()


def denied(symbols: Sequence[str], at: int, said: Sequence[str], category: Category, own: bool) -> bool:
    """Whether the hit at `symbols[at]` is flatly denied.

    `symbols` are the words of the message with other hits as labels, `said` the words of the hit itself; `own` says that
    its clause tells of having it. Ask `taken_back` first.
    """
    words = lists()
    if _vetoed(symbols, at, words) or not words.statements.isdisjoint(_without_owner(said)):
        return False
    return _negated(symbols, at, category, words) or (
        not (own and _told(symbols, at)) and _answered(symbols, at, words)
    )


def _without_owner(said: Sequence[str]) -> set[str]:
    """The words of a hit, without the "my" of "trouble with my liver", which makes it no statement of its own."""
    return set(said) - ({"my"} if not _TROUBLE.isdisjoint(said) else set())


def _told(symbols: Sequence[str], at: int) -> bool:
    """Whether the sentence is somebody's own and not a label or a form's question: "on opioids? also no"."""
    start = _start(symbols, at)
    asks = symbols[at + 1 : at + 2] in (["?"], [":"], ["-"]) or start == at and symbols[at + 1 : at + 2] == ["no"]
    return not asks or not _SPEAKERS.isdisjoint(symbols[start:at])


def taken_back(symbols: Sequence[str], at: int, said: Sequence[str], category: Category) -> bool:
    """Whether any denial of the hit is doubtful: it is about the treatment ("no hep C treatment"), or a period is late."""
    words = lists()
    after = symbols[at + 1 : _sentence_end(symbols, at)]
    treated = [*after[:1], *(said if category is Category.LIVER_DISEASE else ())]
    if not words.care.isdisjoint(treated) or _turned(after, words):
        return True
    return words.veto_near[category].search(" ".join(symbols)) is not None


def well(symbols: Sequence[str], at: int, said: Sequence[str]) -> bool:
    """Whether an organ is plainly told to be well: "liver is fine", "liver? clean as a whistle"."""
    words = lists()
    if not words.fine_vetoes.isdisjoint(said) or not _UNWELL.isdisjoint(said):
        return False
    end = _sentence_end(symbols, at)
    start = _start(symbols, at, ENDS | _PARTS)
    crossed = False
    for i in range(at + 1, min(at + 1 + _AHEAD, len(symbols))):
        word = symbols[i]
        size = _starts_phrase(symbols, i, words.fine)
        if size:
            last = _sentence_end(symbols, i)
            told = i + size
            if symbols[told : told + 1] == [","] and not _OTHER.isdisjoint(symbols[told + 1 : told + 2]):
                last = told
            sentence = [*symbols[start : min(end, last)], *symbols[i:last]]
            asks = last < len(symbols) and symbols[last] == "?" and "," not in symbols[i:last]
            return not asks and words.fine_vetoes.isdisjoint(sentence)
        if word in ENDS:
            if crossed:
                return False
            crossed = True
        elif word not in words.fine_between and word not in LABELS and word not in _MARKS and not word[0].isdigit():
            return False
    return False


def _start(symbols: Sequence[str], at: int, stops: frozenset[str] = ENDS) -> int:
    """Where the sentence of a place begins, or the part of it behind another stop."""
    return next((i + 1 for i in range(at - 1, -1, -1) if symbols[i] in stops), 0)


def _sentence_end(symbols: Sequence[str], at: int) -> int:
    return next((i for i in range(at + 1, len(symbols)) if symbols[i] in ENDS), len(symbols))


def _vetoed(symbols: Sequence[str], at: int, words: Lists) -> bool:
    """Whether what follows in the sentence takes the denial back."""
    end = _sentence_end(symbols, at)
    after = symbols[at + 1 : end]
    if after and after[0] in words.veto_noun:
        return True
    after = after[: _next_statement(after)]
    comma = next((i for i, word in enumerate(after) if word == ","), len(after))
    near = [
        word for i, word in enumerate(after[: min(comma, 7)]) if not i or after[i - 1] not in _NOTS or word in _NO_MORE
    ]
    return not (words.veto_after.isdisjoint(near) and words.veto_sentence.isdisjoint(after[:14]))


def _next_statement(after: Sequence[str]) -> int:
    """Where what follows a hit leaves it: "not on opioids so can i start tonight", "not pregnant you ask every time"."""
    for i, word in enumerate(after[:3]):
        behind = after[i + 1] if i + 1 < len(after) else ""
        if word == "," and (tuple(after[i + 1 : i + 4]) in _I_HAVE or tuple(after[i + 1 : i + 3]) in _IM_NOT):
            return i
        if word in _AGAIN and not LABELS.isdisjoint(after[i + 1 : i + 3]):
            return i
        if any(word in first and behind in second for first, second in _OPENINGS):
            return i
    return len(after)


def _turned(after: Sequence[str], words: Lists) -> bool:
    """Whether a "but" with more of the story follows: "but trying", "but i had"."""
    after = [word for i, word in enumerate(after) if (word, *after[i + 1 : i + 3]) not in _BUSY]
    return any(
        not (words.veto_but if word in _TURNS else words.veto_just).isdisjoint(after[i + 1 : i + 9])
        for i, word in enumerate(after[:14])
        if word in _TURNS or word in _LIMITS
    )


def _ends_phrase(symbols: Sequence[str], at: int, phrases: frozenset[tuple[str, ...]]) -> int:
    """How many words of the longest phrase end at this place."""
    for size in range(min(_LONGEST_PHRASE, at + 1), 0, -1):
        if tuple(symbols[at - size + 1 : at + 1]) in phrases:
            return size
    return 0


def _starts_phrase(symbols: Sequence[str], at: int, phrases: frozenset[tuple[str, ...]]) -> int:
    """How many words of the longest phrase start at this place."""
    for size in range(_LONGEST_PHRASE, 0, -1):
        if tuple(symbols[at : at + size]) in phrases:
            return size
    return 0


def _negated(symbols: Sequence[str], at: int, category: Category, words: Lists) -> bool:
    """Whether a negator stands before the hit with nothing but listed words between."""
    own = words.between_by_category[category]
    verb = False
    for i in range(at - 1, max(at - _BACK, -1), -1):
        word = symbols[i]
        size = _ends_phrase(symbols, i, words.negators)
        if size == 1 and word == "no" and not _opens(symbols, i, words):
            return False
        if size and not (size == 1 and word in {"no", "not"} and symbols[i + 1] == ","):
            return _lists(symbols, i, at, category) and _free(symbols, i - size + 1, at, words)
        if word in _JOINS and verb:
            return False
        if word in words.verbs:
            verb = True
        elif not (word in words.between or word in own or word in LABELS or word in _MARKS or word in _ANDS):
            return False
    return False


def _lists(symbols: Sequence[str], negator: int, at: int, category: Category) -> bool:
    """Whether what stands between a negator and the hit is one list: "no opioids, pregnancy or liver problems"."""
    between = symbols[negator + 1 : at]
    if "," not in between:
        return True
    if symbols[negator] == "not" and category is Category.LIVER_DISEASE and {"or", "nor"}.isdisjoint(between):
        # "not cirrhosis, stage 2 fibrosis" says which.
        return False
    end = _sentence_end(symbols, at)
    if not {"or", "nor", "ni", "o"}.isdisjoint([*between, *symbols[at + 1 : min(end, at + 8)]]):
        return True
    # "no liver problems, oxycodone daily" is two statements; a list goes on to a mark.
    closed = at + 1 >= len(symbols) or symbols[at + 1] in ENDS or symbols[at + 1] in _MARKS
    others = {symbol for symbol in [*between, *_run(symbols, at)] if symbol in LABELS and symbol != "DRUG"}
    return closed and (len(others) > 1 or category is not Category.PREGNANCY and others <= {_OWN[category]})


def _run(symbols: Sequence[str], at: int) -> list[str]:
    """The hits and marks right behind a hit, as far as the list goes on."""
    return list(takewhile(lambda symbol: symbol in LABELS or symbol == ",", symbols[at + 1 :]))


def _opens(symbols: Sequence[str], at: int, words: Lists) -> bool:
    """Whether a bare "no" stands where a denial begins."""
    before = symbols[at - 1] if at else "."
    return before in ENDS or before in _MARKS or before in LABELS or before in words.no_follows


def _free(symbols: Sequence[str], start: int, at: int, words: Lists) -> bool:
    """Whether nothing before the negator, or a question mark behind the hit, makes it less than flat."""
    before = symbols[max(_start(symbols, start), start - 4) : start]
    if not words.veto_before.isdisjoint(before) or not {"sure", "certain"}.isdisjoint(
        symbols[max(0, start - 14) : start]
    ):
        return False
    if not {"said", "says", "say"}.isdisjoint(before) and not words.veto_sayers.isdisjoint(before):
        return False
    if before and before[-1] in _LEADS:
        return False
    if symbols[start] in {"not", "dont"} and symbols[start + 1 : start + 2] == ["to"]:
        return False
    end = _sentence_end(symbols, at)
    asks = end < len(symbols) and symbols[end] == "?"
    return not (asks and (end - at <= 3 or not before and symbols[start] in {"isnt", "arent", "doesnt", "aint"}))


def _answered(symbols: Sequence[str], at: int, words: Lists) -> bool:
    """Whether the hit is a label or a question that is answered no."""
    crossed = False
    for i in range(at + 1, min(at + 1 + _AHEAD, len(symbols))):
        word = symbols[i]
        size = _starts_phrase(symbols, i, words.answers)
        if size and symbols[i - 1] in LABELS:
            # "methadone, hep c neg": the answer belongs to its neighbour.
            return False
        if word in _SHORT_NO and symbols[i - 1] == "X":
            return i + 1 >= len(symbols) or symbols[i + 1] in _MARKS | ENDS | {"Yo", "Yp", "Yl"}
        if symbols[i : i + 2] == ["not", "me"] and symbols[i - 1] == ".":
            # "What happens when somebody takes oxycodone. Not me": it says who, not whether.
            return False
        if word == "no" and symbols[i - 1] == "and" and symbols[i - 2] in _MARKS:
            # "Tapentadol, and no I am not willing to give it up."
            return False
        if size and word == "no" and symbols[i - 1] not in _ASKS and not LABELS.isdisjoint(symbols[i + 1 : i + 2]):
            # "pregnant, no opioids": another thing is denied.
            return False
        if size:
            bare = symbols[i - 1] == "X"
            return _closes(symbols, i + size, words, strictly=bare and size == 1)
        if word in ENDS:
            if crossed and word != "\n":
                return False
            crossed = True
        elif word not in words.label_between and word not in LABELS and word not in _MARKS:
            return False
    return False


def _closes(symbols: Sequence[str], after: int, words: Lists, strictly: bool = False) -> bool:
    """Whether an answer ends where a flat answer would."""
    follow = symbols[after : after + 1]
    if not follow:
        return True
    word = follow[0]
    if symbols[after - 1] in {"dont", "not"} and word in words.verbs:
        # "i dont take any" answers, "i dont have the bottle" does not.
        return not {*symbols[after + 1 : after + 2]}.isdisjoint(_ALL) or after + 1 >= len(symbols)
    if word in words.answer_vetoes:
        return False
    if word in ENDS or word in _MARKS or word in LABELS:
        near = symbols[after + 1 : after + 3]
        return not (word in _MARKS and near and near[0] in {"just", "only", "but", "except"})
    return not strictly and word in words.answer_ends
