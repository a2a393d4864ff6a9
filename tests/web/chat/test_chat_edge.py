"""Text at the edge: what Rasa may see, what is stored."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.web.chat.edge import clean, storable

CLEAN = {
    "plain": ("What is LDN?", "What is LDN?"),
    "spaces": ("  What\t is \n\n LDN? ", "What is LDN?"),
    "command": ("/restart", "restart"),
    "command with a payload": ('/greet{"risk": null}', 'greet{"risk": null}'),
    "command behind spaces": ("   /back", "back"),
    "two slashes": ("//restart", "restart"),
    "slashes with spaces": ("/ /restart", "restart"),
    "slash behind a zero-width space": ("\u200b/restart", "restart"),
    "slash behind a bidi mark": ("\u202e/restart", "restart"),
    "slash behind a NUL": ("\0/restart", "restart"),
    "slash behind a lone surrogate": ("\ud83d/restart", "restart"),
    "slash behind a byte order mark": ("\ufeff/session_start", "session_start"),
    "slash inside stays": ("w/codeine and/or tea", "w/codeine and/or tea"),
    "slashes only": ("///", ""),
    "NUL": ("I take\0 oxy", "I take oxy"),
    "lone surrogate": ("I take \ud83d oxy", "I take oxy"),
    "whole emoji stays": ("thanks \U0001f600", "thanks \U0001f600"),
    "bidi override": ("abc\u202edef", "abcdef"),
    "bidi isolate": ("a\u2066b\u2069c", "abc"),
    "zero width inside a word": ("ox\u200by\u200dco\u2060done", "oxycodone"),
    "byte order mark": ("\ufeffhello", "hello"),
    "control": ("a\x01\x1b[31mb\x7f\x9f", "a[31mb"),
    "line and paragraph separators": ("a\u2028b\u2029c", "abc"),
    "composed": ("cafe\u0301", "café"),
    "nothing to see": ("\u200b\u200f\0 \n", ""),
    "empty": ("", ""),
}


@pytest.mark.parametrize(("text", "expected"), CLEAN.values(), ids=CLEAN.keys())
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(max_size=60))
@example("\u200b /\u200b/ x")
@example("\u0338/restart")
def test_clean_never_lets_a_command_or_a_hidden_character_through(text: str) -> None:
    found = clean(text)
    assert not found.startswith("/")
    assert found == found.strip()
    assert [char for char in found if unicodedata.category(char) in {"Cc", "Cs"}] == []
    found.encode("utf-8")


@given(st.text(max_size=60))
def test_clean_twice_is_clean_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


STORABLE = {
    "plain": ("What is LDN?", "What is LDN?"),
    "NUL becomes visible": ("a\0b", "a\ufffdb"),
    "lone surrogate becomes visible": ("a\ud83db", "a?b"),
    "emoji": ("a\U0001f600b", "a\U0001f600b"),
    "bidi stays for clinicians": ("abc\u202edef", "abc\u202edef"),
    "zero width stays": ("ox\u200by", "ox\u200by"),
    "slash stays": ("/restart", "/restart"),
    "lines stay": ("a\nb", "a\nb"),
}


@pytest.mark.parametrize(("text", "expected"), STORABLE.values(), ids=STORABLE.keys())
def test_storable(text: str, expected: str) -> None:
    assert storable(text) == expected


@given(st.text(max_size=60))
def test_storable_always_encodes(text: str) -> None:
    assert b"\0" not in storable(text).encode("utf-8")
