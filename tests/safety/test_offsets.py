"""A flag shows the patient's own words, whatever was typed round or into them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety.normalise import normalise, tokenise
from bot.safety.triage import assess

TRICKS = [
    ("curly quotes", "I’m on “oxycodone” now", ["oxycodone"]),
    ("zero width", "i take oxy\u200bcodone", ["oxy\u200bcodone"]),
    ("byte order mark", "\ufeffoxycodone daily", ["oxycodone"]),
    ("soft hyphen", "i take oxy\u00adcodone", ["oxy\u00adcodone"]),
    ("repeated letters", "i take oxycooooodone", ["oxycooooodone"]),
    ("leetspeak", "i take 0xyc0d0ne", ["0xyc0d0ne"]),
    ("leetspeak, mixed", "i take m0rph1ne", ["m0rph1ne"]),
    ("spaced letters", "i take o x y c o d o n e daily", ["o x y c o d o n e"]),
    ("hyphened letters", "i take o-x-y-c-o-d-o-n-e", ["o-x-y-c-o-d-o-n-e"]),
    ("split word", "i take hydro codone 5mg", ["hydro codone"]),
    ("run together", "imonoxycodone", ["oxycodone"]),
    ("tags", "i take <b>oxycodone</b> daily", ["oxycodone"]),
    ("entities", "i take &nbsp;oxycodone&nbsp;ok", ["oxycodone"]),
    ("block tag", "<p>hello</p><p>i take norco</p>", ["norco"]),
    ("emoji as a word", "🤰 can i take ldn", ["🤰"]),
    ("emoji beside", "i take oxycodone😀!!!!", ["oxycodone"]),
    ("emoji before, four bytes", "😀😀 i take norco", ["norco"]),
    ("accents", "i take óxycódone", ["óxycódone"]),
    ("combining accents", "i take o\u0301xycodone", ["o\u0301xycodone"]),
    ("capitals", "I TAKE OXYCODONE", ["OXYCODONE"]),
    ("newlines", "i take\r\n\r\noxycodone\nnow", ["oxycodone"]),
    ("full width", "i take ｏｘｙcodone", ["ｏｘｙcodone"]),
    ("Cyrillic o", "i take оxycodone", ["оxycodone"]),
    ("mathematical letters", "i take 𝐨𝐱𝐲𝐜𝐨𝐝𝐨𝐧𝐞", ["𝐨𝐱𝐲𝐜𝐨𝐝𝐨𝐧𝐞"]),
    ("slash", "w/codeine", ["codeine"]),
    ("sign", "T#3 for pain", ["T#3"]),
    ("trade mark", "i take suboxone®", ["suboxone"]),
    ("hashtag run together", "#ImPregnantCanITakeIt", ["Pregnant"]),
    ("two, apart", "norco ... and also, <i>PREGNANT</i>", ["norco", "PREGNANT"]),
]
PIECES = st.sampled_from(
    ["oxycodone", "pregnant", "cirrhosis", "i take", "no", "<b>", "</b>", "&nbsp;", "&#39;", "&amp", "\u200b", "\u0301", "’", "“", "🤰", "😀", "👩‍👩‍👧", "ß", "ﬁ", "№", "½", "…", "İ",
     "ŉ", "Ǆ", "㎎", "о", "ооо", "aaaaa", "o x y", "%20", "\\n", "\r\n", "\u2028", "<", ">", "'", "OD'd", "T#3", "5mg", " ", "ّ", "한", "𝐨"]
)  # fmt: skip
ANY = st.one_of(st.text(max_size=120), st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=25).map("".join))


@pytest.mark.parametrize(("text", "shown"), [pytest.param(*case[1:], id=case[0]) for case in TRICKS])
def test_flag_shows_what_was_typed(text: str, shown: list[str]) -> None:
    flags = assess(text).flags
    assert [flag.text for flag in flags] == shown
    assert [text[flag.start : flag.end] for flag in flags] == shown


@given(ANY)
@settings(derandomize=True, max_examples=200)
def test_places_stay_inside_any_text(text: str) -> None:
    plain = normalise(text)
    assert len(plain.starts) == len(plain.ends) == len(plain.text)
    assert all(0 <= start < end <= len(text) for start, end in zip(plain.starts, plain.ends, strict=True))
    assert plain.starts == sorted(plain.starts)
    tokens = tokenise(plain.text)
    assert all(0 <= token.start < token.end <= len(plain.text) for token in tokens)
    assert all(before.end <= after.start for before, after in zip(tokens, tokens[1:], strict=False))


@given(ANY)
@settings(derandomize=True, max_examples=200)
def test_any_text_has_one_verdict_with_spans_of_its_own(text: str) -> None:
    verdict = assess(text)
    assert verdict == assess(text)
    assert [flag for flag in verdict.flags if not 0 <= flag.start < flag.end <= len(text)] == []
    assert [flag for flag in verdict.flags if text[flag.start : flag.end] != flag.text] == []
    assert set(verdict.categories) == {flag.category for flag in verdict.flags if flag.level > "none"}


@given(st.text(max_size=60))
@settings(derandomize=True, max_examples=100)
def test_normalised_text_is_lower_case_and_plain(text: str) -> None:
    plain = normalise(text).text
    assert "\u200b" not in plain
    assert "  " not in plain
    assert [char for char in plain if char.isascii() and char.isupper()] == []
