"""What the fixed messages must and must not say, for every category, level and language."""

import re
from pathlib import Path
from typing import Any

import pytest
import textstat
import yaml

from bot.safety import messages
from bot.safety.language import Language
from bot.safety.messages import MessageError
from bot.safety.policy import URGENT
from bot.safety.verdict import Category, Flag, Level, Status, Verdict

CONTACT = {
    "clinic_name": "the clinic",
    "clinic_phone": "555-0100",
    "emergency_number": "911",
    "crisis_number": "988",
    "poison_number": "1-800-222-1222",
}
MAKERS = {"escalation": messages.escalation, "caution": messages.caution, "sticky": messages.sticky}
RISKS = [category for category in Category if category not in URGENT]
# Orders about a medicine: each may stand only behind a "not".
ORDERS = {
    Language.EN: re.compile(
        r"\b(?:start|starting|stop|stopping|change|changing|increase|double|skip|lower|raise|taper|space)\b", re.I
    ),
    Language.ES: re.compile(r"\b(?:empiece|deje|cambie|suspenda|aumente|separe|baje|suba)\b", re.I),
}
DENIES = {Language.EN: re.compile(r"\b(?:not|never)\b", re.I), Language.ES: re.compile(r"\bno\b", re.I)}


def fixed(language: Language) -> dict[str, str]:
    found = {
        f"{kind} {category}": make(category, CONTACT, language)
        for kind, make in MAKERS.items()
        for category in Category
    }
    found |= {f"card {category}": messages.card(category, CONTACT, language) for category in URGENT}
    found |= {f"applies {category}": messages.applies(category, language) for category in RISKS}
    return found | {
        "which_medicine": messages.which_medicine(CONTACT, language),
        "unavailable": messages.unavailable(CONTACT, language),
    }


ALL = [(language, name, text) for language in Language for name, text in fixed(language).items()]
IDS = [f"{language} {name}" for language, name, _ in ALL]


def verdict(category: Category, level: Level) -> Verdict:
    return Verdict.of((Flag(category, Status.PRESENT, "rule", 0, 1, "x", level),))


@pytest.mark.parametrize(("language", "name", "text"), ALL, ids=IDS)
def test_message_is_filled_and_orders_no_change_of_medicine(language: Language, name: str, text: str) -> None:
    assert text.strip()
    assert re.findall(r"[{}]|None|TODO", text) == []
    assert "stop taking" not in text.lower()
    sentences = re.split(r"(?<=[.?!])\s+", text)
    assert [line for line in sentences if ORDERS[language].search(line) and not DENIES[language].search(line)] == []


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, text in fixed(Language.EN).items()])
def test_english_reads_at_grade_six(name: str, text: str) -> None:
    assert textstat.flesch_kincaid_grade(text) <= 6.9


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("category", Category)
def test_escalation_names_the_number_to_call_now(category: Category, language: Language) -> None:
    text = messages.escalation(category, CONTACT, language)
    assert "911" in text
    assert ("988" in text) == (category is Category.SELF_HARM)
    assert ("1-800-222-1222" in text) == (category is Category.EMERGENCY)
    assert ("555-0100" in text) == (category not in URGENT)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", ["caution", "sticky"])
def test_urgent_sentences_name_the_emergency_number(kind: str, language: Language) -> None:
    assert [category for category in URGENT if "911" not in MAKERS[kind](category, CONTACT, language)] == []
    assert "988" in MAKERS[kind](Category.SELF_HARM, CONTACT, language)


@pytest.mark.parametrize("language", Language)
def test_unavailable_names_clinic_emergency_and_crisis(language: Language) -> None:
    text = messages.unavailable(CONTACT, language)
    assert [value for value in ("the clinic", "555-0100", "911", "988") if value not in text] == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("category", Category)
def test_fixed_reply_is_the_message_of_its_level(category: Category, language: Language) -> None:
    assert messages.fixed_reply(verdict(category, Level.NONE), CONTACT, language) == ""
    assert messages.fixed_reply(verdict(category, Level.CAUTION), CONTACT, language) == messages.caution(
        category, CONTACT, language
    )
    assert messages.fixed_reply(verdict(category, Level.ESCALATE), CONTACT, language) == messages.escalation(
        category, CONTACT, language
    )
    if category in URGENT:
        assert messages.fixed_reply(verdict(category, Level.EMERGENCY), CONTACT, language) == messages.card(
            category, CONTACT, language
        )


def test_opioid_wording_never_offers_spacing_as_a_way() -> None:
    for text in (messages.escalation(Category.OPIOID_USE, CONTACT), messages.sticky(Category.OPIOID_USE, CONTACT)):
        assert re.search(r"do not space|apart does not make it safe", text)


@pytest.mark.parametrize("missing", sorted(messages.PLACEHOLDERS))
def test_missing_contact_is_named(missing: str) -> None:
    with pytest.raises(MessageError, match=missing):
        messages.unavailable({key: value for key, value in CONTACT.items() if key != missing})


def without(raw: dict[str, Any], *path: str) -> dict[str, Any]:
    inner = raw
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return raw


@pytest.mark.parametrize(
    ("path", "named"),
    [(("sticky",), "expected the keys"), (("caution", "pregnancy"), "caution: expected the categories"), (("escalate", "liver_disease", "es"), "escalate.liver_disease: needs"),
     (("unavailable", "en"), "unavailable: needs")],
)  # fmt: skip
def test_missing_wording_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...], named: str
) -> None:
    changed = tmp_path / "messages.yml"
    changed.write_text(
        yaml.safe_dump(without(yaml.safe_load(messages.FILE.read_text(encoding="utf-8")), *path)), encoding="utf-8"
    )
    monkeypatch.setattr(messages, "FILE", changed)
    with pytest.raises(MessageError, match=named):
        messages._wording.__wrapped__()


def test_unknown_placeholder_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = yaml.safe_load(messages.FILE.read_text(encoding="utf-8"))
    raw["sticky"]["emergency"]["en"] = "Call {doctor_name}."
    changed = tmp_path / "messages.yml"
    changed.write_text(yaml.safe_dump(raw), encoding="utf-8")
    monkeypatch.setattr(messages, "FILE", changed)
    with pytest.raises(MessageError, match="sticky.emergency: unknown placeholder doctor_name"):
        messages._wording.__wrapped__()
