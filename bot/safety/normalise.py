"""Plain lower-case text and tokens, each with its place in the text as it was typed."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Tokens that end a sentence.
ENDS = frozenset(".?!;\n")
_BLOCK_TAG = r"</?(?:p|br|div|li|ul|ol|td|tr|th|table|h[1-6]|body|html|pre|blockquote|img|input|hr)\b[^<>]{0,200}>"
_INLINE_TAG = r"</?(?:b|i|u|s|em|strong|span|font|a|code|small|big|mark|sub|sup)\b[^<>]{0,200}>"
_MARKUP = re.compile(
    rf"(?P<block>{_BLOCK_TAG})|(?P<inline>{_INLINE_TAG})|(?P<entity>&#?\w{{1,8}};)|(?P<url>%20|\\n|\\r|\\t)", re.I
)

_EMOJI = {
    "🤰": " pregnant ", "🫃": " pregnant ", "🫄": " pregnant ", "🤱": " breastfeeding ",
    "👶": " baby ", "🚫": " no ", "❌": " no ", "🔫": " gun ", "☠": " ", "💊": " pill ",
}  # fmt: skip
_FIXED = {
    "’": "'", "‘": "'", "ʼ": "'", "′": "'", "`": "'", "´": "'", "“": '"', "”": '"', "‟": '"',
    "–": "-", "—": " - ", "‑": "-", "−": "-", "…": ". ", "•": "\n", "·": " ", "\r": "\n", "\u2028": "\n",
    "\u2029": "\n", "¿": " ", "¡": " ", "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "ł": "l", "№": "no ",
    "½": ".5", "\t": " ", "\u00a0": " ", "\u00ad": "", "\u034f": "", "\u180e": "",
}  # fmt: skip
# Cyrillic and Greek letters that look Latin: a way round word lists.
_LOOKALIKE = dict(zip("аеорсухікмтвнАЕОРСУХІКМТВНѕјԁοαερυικτνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
                      "aeopcyxikmtbhaeopcyxikmtbhsjdoaepuiktvabezhikmnoptyx", strict=True))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Normalised:
    """Lower-case text; `starts[i]` and `ends[i]` bound character i in the original."""

    text: str
    starts: list[int]
    ends: list[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    if char in _FIXED:
        return _FIXED[char]
    if char in _EMOJI:
        return _EMOJI[char]
    if char in _LOOKALIKE:
        return _LOOKALIKE[char]
    category = unicodedata.category(char)
    if category in {"Cf", "Mn", "Me", "Cc"} and char != "\n":
        return ""
    plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c)).lower()
    if category in {"So", "Cs", "Sk"} and not plain.isascii():
        return " "
    return plain


# A word with three small letters before a capital, or more.
_HUMPED = re.compile(r"(?<![A-Za-z])(?:[A-Z]*[a-z]+(?=[A-Z])){3}[A-Za-z]*")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def _humps(text: str) -> set[int]:
    """Where "ImPregnantCanITakeIt" wants its spaces; brand names have fewer capitals."""
    out: set[int] = set()
    for word in _HUMPED.finditer(text):
        if sum(char.isupper() for char in word.group()) <= len(word.group()) / 3:
            out.update(word.start() + hump.start() for hump in _CAMEL.finditer(word.group()))
    return out


def _pieces(text: str) -> list[tuple[str, int, int]]:
    """Characters after markup is taken away, each with its original bounds."""
    out: list[tuple[str, int, int]] = []
    last = 0
    for found in _MARKUP.finditer(text):
        out.extend((text[i], i, i + 1) for i in range(last, found.start()))
        start, last = found.span()
        if found["block"]:
            out.append(("\n", start, last))
        elif found["url"]:
            out.append((" ", start, last))
        elif found["entity"]:
            out.extend((char, start, last) for char in html.unescape(found["entity"]))
    out.extend((text[i], i, i + 1) for i in range(last, len(text)))
    return out


def _apostrophe(before: list[str], after: str) -> str:
    """ "don't" becomes "dont"; a quote round a word becomes a space; "OD'd" must not become "odd"."""
    if not (before and before[-1].isalnum() and after.isalpha()):
        return " "
    return "e" if before[-2:] == ["o", "d"] and after in "dD" else ""


# Most of a message: characters that stand for themselves, and no letter or space twice in a row.
_ORDINARY = re.compile(r"(?:([ -&(-_a-~])(?!\1))+", re.I | re.A)


class _Writer:
    """The folded characters so far, each with its bounds in the original."""

    def __init__(self) -> None:
        self.chars: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []

    @property
    def last(self) -> str:
        return self.chars[-1] if self.chars else " "

    def run(self, run: str, start: int) -> None:
        """Characters that stand for themselves, the first of them not like the last one written."""
        self.chars.extend(run.lower())
        self.starts.extend(range(start, start + len(run)))
        self.ends.extend(range(start + 1, start + len(run) + 1))

    def add(self, raw: str, start: int, end: int, after: str) -> None:
        """One character, whatever it is, with the one after it."""
        for char in _fold(raw):
            before = self.last
            if char == before and char in " \n":
                continue
            if char == "'":
                char = _apostrophe(self.chars, after)
                if not char:
                    continue
            if char == before and len(self.chars) > 1 and char == self.chars[-2] and char.isalpha():
                self.ends[-1] = end
                continue
            self.put(char, start, end)

    def put(self, char: str, start: int, end: int) -> None:
        self.chars.append(char)
        self.starts.append(start)
        self.ends.append(end)


def normalise(text: str) -> Normalised:
    """Fold case, accents, quotes, look-alike letters, markup and stretched letters."""
    out = _Writer()
    humps = _humps(text)
    if humps or _MARKUP.search(text):
        pieces = _pieces(text)
        for i, (raw, start, end) in enumerate(pieces):
            if start in humps and out.chars:
                out.put(" ", start, start + 1)
            out.add(raw, start, end, pieces[i + 1][0] if i + 1 < len(pieces) else "")
    else:
        i = 0
        while i < len(text):
            run = _ORDINARY.match(text, i)
            if run and out.last != run.group()[0].lower():
                out.run(run.group(), i)
                i = run.end()
            else:
                out.add(text[i], i, i + 1, text[i + 1 : i + 2])
                i += 1
    return Normalised("".join(out.chars), out.starts, out.ends)


_UNIT = r"(?:mgs?|mcgs?|ug|ml|cc|g|weeks?|wks?|wk|w|days?|d|months?|mos?|hrs?|hours?|h|years?|yrs?|yr|y|yo|x|am|pm|th|st|nd|rd|s)"
_TOKEN = re.compile(
    rf"""
    (?P<dotted>(?:(?<![a-z0-9])[a-z]\.){{2,}}[a-z]?(?![a-z0-9]))
  | (?P<number>\d+(?:[.,]\d+)*(?={_UNIT}(?![a-z0-9]))|\.\d+|\d+(?:\.\d+)+)
  | (?P<glued>[a-z]{{4,}}(?=\d+(?:\.\d+)?(?:{_UNIT})?(?![a-z0-9@$])))
  | (?P<word>[$@]?[a-z0-9]+(?:[*@$_]+[a-z0-9]+)*)
  | (?P<mark>[.,;:?!()\[\]"#+&/=%\n~>-])
    """,
    re.X,
)


def tokenise(text: str) -> list[Token]:
    """Words, numbers and marks of normalised text; hyphens and slashes inside words split them."""
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text):
        word = found.group()
        if found.lastgroup == "dotted":
            word = word.replace(".", "")
        elif word == "/" or word in "-~>=" and not _stands_alone(text, found.start(), found.end()):
            continue
        tokens.append(Token(word, found.start(), found.end()))
    return tokens


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not (start and end < len(text) and text[start - 1].isalnum() and text[end].isalnum())


def words_of(surface: str) -> tuple[str, ...]:
    """The tokens a lexicon surface is matched by."""
    return tuple(token.text for token in tokenise(normalise(surface).text))
