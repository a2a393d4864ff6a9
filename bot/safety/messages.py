"""The fixed messages, filled with the clinic's own name and numbers."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.safety.language import Language
from bot.safety.verdict import Category, Level, Verdict

FILE = Path(__file__).parent / "messages.yml"
PLACEHOLDERS = frozenset({"clinic_name", "clinic_phone", "emergency_number", "crisis_number", "poison_number"})
_KINDS = {
    "escalate": ("opioid_use", "pregnancy", "liver_disease"),
    "caution": tuple(Category),
    "sticky": tuple(Category),
    "emergency": ("emergency", "self_harm"),
    "applies": ("opioid_use", "pregnancy", "liver_disease"),
}
_PLAIN = ("which_medicine", "unavailable", "spanish_only_contact")


class MessageError(ValueError):
    """Wording or contact details that are missing; the message names the key."""


@lru_cache(maxsize=1)
def _wording() -> dict[str, Any]:
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    expected = set(_KINDS) | set(_PLAIN)
    if set(raw) != expected:
        raise MessageError(
            f"messages.yml: expected the keys {', '.join(sorted(expected))}; found {', '.join(sorted(raw))}."
        )
    for kind, categories in _KINDS.items():
        if set(raw[kind]) != {str(category) for category in categories}:
            raise MessageError(f"messages.yml, {kind}: expected the categories {', '.join(categories)}.")
    for where, texts in _texts(raw):
        if set(texts) != set(Language):
            raise MessageError(f"messages.yml, {where}: needs {' and '.join(Language)}.")
        for text in texts.values():
            unknown = {name for _, name, _, _ in string.Formatter().parse(text) if name} - PLACEHOLDERS
            if unknown:
                raise MessageError(f"messages.yml, {where}: unknown placeholder {', '.join(sorted(unknown))}.")
    return raw


def _texts(raw: dict[str, Any]) -> Iterable[tuple[str, dict[str, str]]]:
    for kind in _KINDS:
        for category, texts in raw[kind].items():
            yield f"{kind}.{category}", texts
    for kind in _PLAIN:
        yield kind, raw[kind]


def _fill(texts: Mapping[str, str], language: Language, contact: Mapping[str, str]) -> str:
    missing = PLACEHOLDERS - set(contact)
    if missing:
        raise MessageError(f"Contact details are missing: {', '.join(sorted(missing))}. Give them in the settings.")
    return texts[language].format_map(contact)


def escalation(category: Category, contact: Mapping[str, str], language: Language = Language.EN) -> str:
    """The fixed reply at `escalate`; for emergency and self_harm the card."""
    kind = "emergency" if category in {Category.EMERGENCY, Category.SELF_HARM} else "escalate"
    return _fill(_wording()[kind][category], language, contact)


def card(category: Category, contact: Mapping[str, str], language: Language = Language.EN) -> str:
    """The emergency card; `self_harm` gives the one with the crisis line."""
    return _fill(_wording()["emergency"][category], language, contact)


def caution(category: Category, contact: Mapping[str, str], language: Language = Language.EN) -> str:
    """The safety sentence before a vetted passage."""
    return _fill(_wording()["caution"][category], language, contact)


def sticky(category: Category, contact: Mapping[str, str], language: Language = Language.EN) -> str:
    """The sentence that opens every later answer about taking LDN."""
    return _fill(_wording()["sticky"][category], language, contact)


def applies(category: Category, language: Language = Language.EN) -> str:
    """The question that follows a caution."""
    return str(_wording()["applies"][category][language])


def which_medicine(contact: Mapping[str, str], language: Language = Language.EN) -> str:
    """The question that follows an unspecified pain medicine."""
    return _fill(_wording()["which_medicine"], language, contact)


def unavailable(contact: Mapping[str, str], language: Language = Language.EN) -> str:
    """What a patient reads when nothing else can be said."""
    return _fill(_wording()["unavailable"], language, contact)


def spanish_contact(contact: Mapping[str, str]) -> str:
    """What a Spanish message without a risk gets: the clinic's contact."""
    return _fill(_wording()["spanish_only_contact"], Language.ES, contact)


def fixed_reply(verdict: Verdict, contact: Mapping[str, str], language: Language = Language.EN) -> str:
    """The whole fixed text of a verdict, or "" at level none.

    At `emergency` only cards are shown; at `escalate` every category that reached it; below, the safety sentences.
    """
    if verdict.level is Level.NONE:
        return ""
    top = {flag.category for flag in verdict.flags if flag.level is verdict.level}
    categories = [category for category in Category if category in top]
    if verdict.level is Level.EMERGENCY:
        return "\n\n".join(card(category, contact, language) for category in categories)
    if verdict.level is Level.ESCALATE:
        return "\n\n".join(escalation(category, contact, language) for category in categories)
    return "\n\n".join(caution(category, contact, language) for category in categories)
