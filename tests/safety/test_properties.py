import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety.triage import assess
from bot.safety.verdict import Level

RISKY = [
    "i take oxycodone every day", "im 20 weeks pregnant", "i have cirrhosis", "i want to kill myself", "i cant breathe", "pt on suboxone", "tomo tramadol",
    "still breastfeeding my son", "my hep c is back", "quit methadone last week",
]  # fmt: skip
LONG_NAMES = [
    "oxycodone",
    "hydrocodone",
    "percocet",
    "tramadol",
    "morphine",
    "fentanyl",
    "methadone",
    "suboxone",
    "buprenorphine",
    "hydromorphone",
    "tapentadol",
]
CHATTER = [
    "hello there.",
    "thank you.",
    "I have fibromyalgia.",
    "My back hurts.",
    "how are you?",
    "It is monday.",
    "I like the new website.",
]
ANY = st.text(max_size=400)


@given(st.sampled_from(RISKY), st.sampled_from([str.upper, str.title, str.swapcase, str.capitalize]))
def test_case_never_lowers(text: str, change: object) -> None:
    assert assess(change(text)).level >= assess(text).level  # type: ignore[operator]


@given(st.sampled_from(RISKY), st.sampled_from(["!!!", "...", " ?", "\n", "  ", " :(", "!?", " 😭", "\u200b"]))
def test_punctuation_and_space_never_lower(text: str, mark: str) -> None:
    assert assess(text + mark).level >= assess(text).level
    assert assess(mark + text).level >= assess(text).level
    assert assess(text.replace(" ", "  ")).level >= assess(text).level


@given(
    st.sampled_from(RISKY),
    st.lists(st.sampled_from(CHATTER), max_size=3),
    st.lists(st.sampled_from(CHATTER), max_size=3),
)
def test_sentences_around_never_lower(text: str, before: list[str], after: list[str]) -> None:
    assert assess(" ".join([*before, f"{text}.", *after])).level >= assess(text).level


@given(st.sampled_from(LONG_NAMES), st.data())
@settings(max_examples=200)
def test_one_slip_in_a_long_name_never_lowers(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(name) - 2))
    kind = data.draw(st.sampled_from(["drop", "swap", "double", "change"]))
    slip = {
        "drop": name[:place] + name[place + 1 :],
        "swap": name[:place] + name[place + 1] + name[place] + name[place + 2 :],
        "double": name[:place] + name[place] + name[place:],
        "change": name[:place] + data.draw(st.sampled_from("aeiou")) + name[place + 1 :],
    }[kind]
    assert assess(f"i take {slip} every day").level >= Level.ESCALATE


@given(ANY)
def test_any_text_is_judged_and_spans_are_its_own(text: str) -> None:
    verdict = assess(text)
    assert all(text[flag.start : flag.end] == flag.text for flag in verdict.flags)
    assert verdict.level == max((flag.level for flag in verdict.flags), default=Level.NONE)


@given(ANY, st.sampled_from(RISKY))
def test_a_plain_statement_after_any_text_is_heard(noise: str, text: str) -> None:
    assert assess(f"{noise}\n\n{text}").level >= Level.CAUTION


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("I take oxycodone and my liver hurts. " * 300, Level.ESCALATE),
        ("x9 " * 3300, Level.NONE),
        ("a" * 10_000, Level.NONE),
        ("percocetpregnant" * 700, Level.NONE),
        ("no opioids, no ldn, not pregnant, " * 300, Level.NONE),
        ("i want to take it with the pill " * 310, Level.NONE),
    ],
)
def test_ten_thousand_characters_are_read_to_the_end(text: str, level: Level) -> None:
    # How fast is what `make bench` measures; what grows with the square or worse ends at the mark's limit.
    assert assess(text[:10_000]).level == level
