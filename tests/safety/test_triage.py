import json
from pathlib import Path

import pytest

from bot.safety.triage import assess, explain

CASES = Path(__file__).parent / "cases"

# SAFETY.md, word for word: what general negation packages lose, and what they raise.
MUST_ESCALATE = [
    "not sure if im pregnant",
    "you can't take LDN with fentanyl? I wear a patch",
    "no idea why they never told me not to take my percs",
    "without my hydrocodone i cant function",
    "i cant stop taking oxy",
    "I don't want to die i just want the pain to stop",
    "i dont take oxycodone anymore, stopped 2 days ago",
]
MUST_STAY_SILENT = ["dont have hep c", "aint pregnant", "pregnant? no. opioids? also no"]
MUST_NOT_FIRE = [
    "naltrexone", "LDN", "Vivitrol", "Contrave", "is narcan the same as ldn", "hydroxychloroquine", "hydrocortisone cream", "hydroxyzine", "Toradol shot",
    "trazodone 50", "oxcarbazepine", "oxybutynin", "oxytocin", "bupropion 300", "metformin", "methotrexate", "methocarbamol", "methylfolate", "loratadine",
    "lorazepam", "a non-opioid option", "perks of ldn", "pregnenolone", "pregabalin", "progesterone", "my insulin pump", "she is in a nursing home",
    "i go to nursing school", "expecting a refill", "the dose bump", "my cat is pregnant", "cod liver oil", "liver and onions", "hep B vaccine", "heparin",
    "Wilson's temperature syndrome", "free delivery", "4.5 mg OD", "this pain is killing me", "dying to try it",
]  # fmt: skip


@pytest.mark.parametrize("text", MUST_ESCALATE)
def test_trap_escalates(text: str) -> None:
    assert assess(text).level >= "escalate"


@pytest.mark.parametrize("text", MUST_STAY_SILENT + MUST_NOT_FIRE)
def test_trap_stays_silent(text: str) -> None:
    assert assess(text).level == "none"


def test_sister_on_suboxone_is_never_lost() -> None:
    assert assess("my sister shes on suboxone").level == "caution"
    assert assess("my sister shes on suboxone and wants to try ldn").level == "escalate"


@pytest.mark.parametrize(
    "text",
    [
        "they gave me Narcan",
        "bupropion patch",
        "Embeda",
        "Troxyca",
        "promethazine-codeine",
        "Tussionex",
        "loperamide daily",
        "kratom",
        "7-OH",
        "tianeptine",
    ],
)
def test_opioids_that_hide_are_found(text: str) -> None:
    assert "opioid_use" in assess(text).categories


def cases() -> list[tuple[str, str]]:
    return [
        (path.stem, text)
        for path in sorted(CASES.glob("*.txt"))
        for text in path.read_text(encoding="utf-8").splitlines()
        if text
    ]


@pytest.mark.parametrize(("level", "text"), cases())
def test_hand_written_message_gets_its_level(level: str, text: str) -> None:
    assert assess(text).level == {"silent": "none"}.get(level, level)


def test_spans_are_the_patients_own_words() -> None:
    text = "Hi!! I’m on <b>OxyContin</b> & my  LIVER's bad…"
    assert [flag.text for flag in assess(text).flags] == [text[flag.start : flag.end] for flag in assess(text).flags]
    assert "OxyContin" in {flag.text for flag in assess(text).flags}


def test_same_text_same_verdict() -> None:
    assert assess("on norco and pregnant") == assess("on norco and pregnant")


@pytest.mark.parametrize("text", ["", " ", "\n", "🙂", "?!", "​"])
def test_empty_messages_are_none(text: str) -> None:
    assert assess(text).as_dict() == {"level": "none", "categories": [], "flags": []}


def test_explain_says_why() -> None:
    (trace,) = explain("my wife is pregnant and wants to start LDN")
    assert json.loads(json.dumps(trace.as_dict())) == {
        "category": "pregnancy", "status": "other_user", "rule": "who.other_user", "start": 11, "end": 19, "text": "pregnant", "level": "escalate",
        "canonical": "pregnant", "policy": "FIRE", "clause": "my wife is X and wants to start ldn", "whose": "family", "ldn_user": "other",
    }  # fmt: skip
