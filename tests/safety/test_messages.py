import re

import pytest

from bot.safety import messages
from bot.safety.language import Language
from bot.safety.triage import assess
from bot.safety.verdict import NOTHING, Category

CONTACT = {
    "clinic_name": "Test Clinic",
    "clinic_phone": "555-0100",
    "emergency_number": "911",
    "crisis_number": "988",
    "poison_number": "1-800-222-1222",
}
RISKS = [Category.OPIOID_USE, Category.PREGNANCY, Category.LIVER_DISEASE]


def all_texts(language: Language) -> list[str]:
    return [
        *(messages.escalation(category, CONTACT, language) for category in Category),
        *(messages.caution(category, CONTACT, language) for category in Category),
        *(messages.sticky(category, CONTACT, language) for category in Category),
        *(messages.applies(category, language) for category in RISKS),
        messages.which_medicine(CONTACT, language),
        messages.unavailable(CONTACT, language),
    ]


def grade(text: str) -> float:
    """Flesch-Kincaid, with syllables counted as groups of vowels."""
    plain = (
        text.replace("555-0100", "it")
        .replace("1-800-222-1222", "it")
        .replace("911", "it")
        .replace("988", "it")
        .replace("LDN", "it")
    )
    words = re.findall(r"[A-Za-z']+", plain)
    sentences = max(1, len(re.findall(r"[.?!:]+(?:\s|$)", plain)))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e")))) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


@pytest.mark.parametrize("language", Language)
def test_every_message_is_filled(language: Language) -> None:
    assert [text for text in all_texts(language) if "{" in text or not text.strip()] == []


@pytest.mark.parametrize("text", all_texts(Language.EN))
def test_english_reads_at_grade_six_or_below(text: str) -> None:
    assert grade(text) <= 6.9


@pytest.mark.parametrize("category", RISKS)
@pytest.mark.parametrize("language", Language)
def test_escalation_says_whom_to_call_and_what_not_to_do(category: Category, language: Language) -> None:
    text = messages.escalation(category, CONTACT, language)
    assert "555-0100" in text
    assert "911" in text
    assert ("on your own" in text) if language is Language.EN else ("por su cuenta" in text)


def test_cards_name_the_numbers() -> None:
    assert "1-800-222-1222" in messages.card(Category.EMERGENCY, CONTACT)
    assert "988" in messages.card(Category.SELF_HARM, CONTACT)


def test_wording_holds_no_number_of_its_own() -> None:
    assert re.findall(r"\b(?:911|988|\d{3}[-.]\d{3,4})\b", messages.FILE.read_text(encoding="utf-8")) == []


def test_missing_contact_is_named() -> None:
    with pytest.raises(messages.MessageError, match="clinic_phone"):
        messages.unavailable({key: value for key, value in CONTACT.items() if key != "clinic_phone"})


def test_fixed_reply_shows_only_the_top_level() -> None:
    assert messages.fixed_reply(NOTHING, CONTACT) == ""
    both = messages.fixed_reply(assess("i take norco and i want to die"), CONTACT)
    assert both == messages.card(Category.SELF_HARM, CONTACT)
    two = messages.fixed_reply(assess("im pregnant and take norco"), CONTACT)
    assert two == "\n\n".join(
        messages.escalation(category, CONTACT) for category in (Category.OPIOID_USE, Category.PREGNANCY)
    )
