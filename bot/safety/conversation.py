"""What a message means with what came before: corrections, and whose LDN it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.safety.normalise import normalise, tokenise
from bot.safety.triage import Question, assess
from bot.safety.verdict import Category, Flag, Level, Status, Verdict

FILE = Path(__file__).with_name("conversation.yml")


class ConversationRuleError(ValueError):
    """A rule is malformed; the message names it."""


@lru_cache(maxsize=1)
def _rules() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    raw: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    people = "(?:" + "|".join(raw["people"]) + ")"
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = {"correction": [], "user_shift": []}
    for rule in raw["rules"]:
        if set(rule) != {"id", "kind", "pattern", "source", "fires", "silent"} or rule["kind"] not in found:
            raise ConversationRuleError(f"rule {rule.get('id')}: unknown or missing keys.")
        found[rule["kind"]].append((rule["id"], re.compile(rule["pattern"].replace("{person}", people))))
    return found


def judge(text: str, asked: Question | None = None, known: Mapping[Category, Level] | None = None) -> Verdict:
    """The verdict on a message in its conversation: `asked` is the bot's question, `known` what was raised before.

    A correction adds a flag at caution to categories known at escalate, never less; a shift of whose LDN it is
    raises what was only a bystander's.
    """
    verdict = assess(text, asked)
    if not known:
        return verdict
    added = _corrections(text, known, verdict) or _shifts(text, known)
    return Verdict.of((*verdict.flags, *added)) if added else verdict


def corrects(text: str) -> bool:
    """Whether the message takes back whose risk it is."""
    return _first("correction", text) is not None


def _corrections(text: str, known: Mapping[Category, Level], verdict: Verdict) -> list[Flag]:
    rule = _first("correction", text)
    if rule is None or verdict.level >= Level.ESCALATE:
        return []
    return [
        Flag(category, Status.BYSTANDER, rule, 0, len(text), text, Level.CAUTION)
        for category, level in known.items()
        if level >= Level.ESCALATE and category not in {Category.EMERGENCY, Category.SELF_HARM}
    ]


def _shifts(text: str, known: Mapping[Category, Level]) -> list[Flag]:
    rule = _first("user_shift", text)
    if rule is None:
        return []
    return [
        Flag(category, Status.OTHER_USER, rule, 0, len(text), text, Level.ESCALATE)
        for category, level in known.items()
        if level is Level.CAUTION and category not in {Category.EMERGENCY, Category.SELF_HARM}
    ]


def _first(kind: str, text: str) -> str | None:
    plain = " ".join(token.text for token in tokenise(normalise(text[:1000]).text))
    return next((rule for rule, pattern in _rules()[kind] if pattern.search(plain)), None)
