"""Where the lexicon's words stand in a text, however they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.safety import lexicon
from bot.safety.fuzzy import Corrector, Speller, chat_spellings, english, parted, singular, unleeted
from bot.safety.language import Language, language_of_words
from bot.safety.lexicon import Entry, Policy
from bot.safety.normalise import Token
from bot.safety.policy import URGENT
from bot.safety.rules import ruleset
from bot.safety.verdict import Category

# More strange words than these, and the message is noise; letters mixed with digits cost most to read.
_MOST_UNKNOWN = 400
_MOST_MIXED = 40
_STRETCHED = re.compile(r"(.)\1+")
_SELVES = frozenset(["my", "him", "her", "them", "your"])
# Counts in symspellpy's list: words used at least this often may stand inside a run-together message.
_COMMON = 5_000_000
# More letters one by one than these are not read as words.
_MOST_LETTERS = 40
# A word of so many letters that nobody knows may be several.
_RUN = 9
# Long enough never to stand inside another word by chance.
_UNMISTAKABLE = 9
# Words that open a sentence, and those that make a "period" one of days.
_OPENS = frozenset(
    "i im ive id my he hes she shes her his we it its the they this thank what how can do should".split()
)
_PERIODS = frozenset(
    """
    a my her the last late missed no had get got on of trial grace waiting first next each every long short time this
    heavy your skipped miss irregular painful normal regular light open enrollment s monthly any their our period since
    until till after before between during with without bad only so ok um hi hey
    """.split()
)
_GLUE = frozenset(
    """
    a am an and any are at be been by can cant do dont for from gets got had has have he her hes him his i if
    im in is it its ive me my not no now of off on only or our she shes so some still stop take taking takes
    the they to took u up use using was we wean with without you your ya pt w clinic patch pills pill meds med
    daily mg addict user dose tabs tablets ldn this safe how long what when while here there test were
    la las el los en de del un una que con por para al lo su se es y
    """.split()
)
_SPELT_KINDS = frozenset(
    {"generic", "brand", "discontinued brand", "combination brand", "core", "class term", "es", "TTC", "BF", "PP"}
)


# "die of embarrassment" is listed with the emergencies and must hide self-harm too.
_TWIN = {Category.EMERGENCY: Category.SELF_HARM, Category.SELF_HARM: Category.EMERGENCY}


@dataclass(frozen=True, slots=True)
class Hit:
    """A lexicon entry at tokens[start:end]."""

    entry: Entry
    start: int
    end: int

    @property
    def category(self) -> Category | None:
        return self.entry.category


class Budget:
    """How many strange words of one message are still looked into, so that noise cannot slow the chat."""

    def __init__(self) -> None:
        self._left = {True: _MOST_UNKNOWN, False: _MOST_MIXED}

    def allows(self, word: str) -> bool:
        plain = word.isalpha()
        self._left[plain] -= 1
        return self._left[plain] >= 0


class Lexer:
    """spaCy's PhraseMatcher over our own tokens, with guarded spelling help."""

    def __init__(self, rows: tuple[Entry, ...], vocabulary: Iterable[str] = ()) -> None:
        self._vocab = spacy.blank("en").vocab
        self._matcher = PhraseMatcher(self._vocab)
        self._rows: dict[int, list[Entry]] = {}
        self._single: dict[str, list[Entry]] = {}
        by_words: dict[tuple[str, ...], list[Entry]] = {}
        for row in rows:
            by_words.setdefault(row.words, []).append(row)
        for words, same in by_words.items():
            key = " ".join(words)
            self._matcher.add(key, [Doc(self._vocab, words=list(words))])
            self._rows[self._vocab.strings[key]] = same
            if len(words) == 1:
                self._single[words[0]] = same
        masks = {word for row in rows if row.policy is Policy.MASK for word in row.words}
        self._speller = Speller(
            (
                w
                for w, same in self._single.items()
                if any(r.category and r.policy is Policy.FIRE and r.kind in _SPELT_KINDS for r in same)
            ),
            masks | {word for word, same in self._single.items() if any(r.policy is not Policy.FIRE for r in same)},
            masks,
        )
        phrases = [
            word
            for row in rows
            if row.category and len(row.words) > 1
            for word in row.words
            if word in english() and word not in self._single
        ]
        self._corrector = Corrector([*phrases, *vocabulary], masks | {word for row in rows for word in row.words})
        self._long = tuple(sorted((w for w in self._speller._names if len(w) >= 7), key=len, reverse=True))
        self._names = frozenset(name for name in self._speller._names if len(name) >= 4)
        self._joined = {"".join(words): same for words, same in by_words.items() if len("".join(words)) >= 6}

    def mend(self, tokens: list[Token]) -> list[Token]:
        """The tokens with slips in plain words mended ("chest pian", "swollen"), places unchanged."""
        out: list[Token] = []
        budget = Budget()
        if language_of_words(token.text for token in tokens[:400]) is Language.ES:
            # "perdio" is not a slip of "period".
            return tokens
        for token in _rejoined(tokens, lambda letters: bool(self._spaced(letters))):
            word = token.text
            if len(word) > 2 and (word.endswith("in") or not self._speller.knows(word)) and budget.allows(word):
                word = self._mended(word)
                if word == token.text and len(word) >= _RUN:
                    out += self._apart(token)
                    continue
            elif word in chat_spellings():
                word = chat_spellings()[word]
            out.append(token if word == token.text else Token(word, token.start, token.end))
        return out

    def _apart(self, token: Token) -> list[Token]:
        """A token typed without spaces as the words it holds, each in its place."""
        word = token.text
        if self._speller.find(word) or word in self._joined or self._corrector.knows(word) or not word.isalpha():
            return [token]
        out: list[Token] = []
        start = token.start
        for part in parted(word, self._names):
            out.append(Token(part, start, start + len(part)))
            start += len(part)
        return out or [token]

    @lru_cache(maxsize=20000)  # noqa: B019 - one lexer lives as long as the process
    def _mended(self, word: str) -> str:
        if self._speller.find(word) or word in self._joined:
            return word
        if not word.isalpha():
            # "k1ll", "mys3lf": letters written as digits, in words that are not drugs.
            return next(
                (
                    form
                    for form in unleeted(word)
                    if form.isalpha() and len(form) > 2 and (form in english() or self._corrector.knows(form))
                ),
                word,
            )
        return self._corrector.mend(word)

    def hits(self, tokens: list[Token]) -> list[Hit]:
        """Every entry in the text, masks among them, unordered and overlapping."""
        words = [token.text for token in tokens]
        found = [
            Hit(row, start, end) for key, start, end in self._matcher(Doc(self._vocab, words=words)) for row in self._rows[key]
        ] if words else []  # fmt: skip
        covered = {i for hit in found if hit.category or hit.entry.own_drug for i in range(hit.start, hit.end)}
        found += self._misspelt(words, covered)
        found += self._split(words, covered)
        found += self._spaced(words)
        return found

    def _misspelt(self, words: list[str], covered: set[int]) -> list[Hit]:
        out: list[Hit] = []
        budget = Budget()
        for i, word in enumerate(words):
            if i in covered or len(word) < 4 or self._speller.knows(word) or not budget.allows(word):
                continue
            name = self._speller.find(word) or self._inside(word)
            same = self._single.get(name, []) if name else self._joined.get(word, self._joined.get(singular(word), []))
            if not same and (short := _STRETCHED.sub(r"\1", word)) != word:
                # "oxxxyyy", "perrcss": names too short for the speller.
                same = [row for row in self._single.get(short, []) if row.policy is Policy.FIRE]
            out += [Hit(row, i, i + 1) for row in same if row.category]
        return out

    @lru_cache(maxsize=20000)  # noqa: B019 - one lexer lives as long as the process
    def _inside(self, word: str) -> str | None:
        """A long name run together with plain words: "imonoxycodone"."""
        if len(word) < 9 or singular(word) in self._single:
            return None
        for name in self._long:
            at = word.find(name)
            if at >= 0 and (len(name) >= _UNMISTAKABLE or _plain(word[:at]) and _plain(word[at + len(name) :])):
                return name
        return None

    def _split(self, words: list[str], covered: set[int]) -> list[Hit]:
        """A name broken by spaces: "hydro codone", "sub oxone", "pre gnant"."""
        out: list[Hit] = []
        plain = [len(word) > 1 and word in english() for word in words]
        whole = [word.isalnum() and not word.isdigit() for word in words]
        for i in range(len(words) - 1):
            if not (whole[i] and whole[i + 1]):
                continue
            for count in (2, 3):
                part = words[i : i + count]
                if len(part) < count or not whole[i + count - 1] or all(plain[i : i + count]):
                    continue
                joined = "".join(part)
                if not 6 <= len(joined) <= 20 or any(j in covered for j in range(i, i + count)):
                    continue
                same = self._joined.get(joined)
                if (
                    same is None
                    and len(joined) >= 8
                    and not any(len(p) == 1 for p in part)
                    and all(p not in _GLUE for p in part)
                ):
                    name = self._speller.find(joined)
                    same = self._single.get(name) if name else None
                if same:
                    out += [Hit(row, i, i + count) for row in same if row.category]
        return out

    def _spaced(self, words: list[str]) -> list[Hit]:
        """Letters typed one by one: "o x y c o d o n e"."""
        out: list[Hit] = []
        i = 0
        while i < len(words):
            j = i
            while j < len(words) and len(words[j]) == 1 and (words[j].isalnum()):
                j += 1
            if j - i >= 4:
                run = "".join(words[i:j])[:60]
                for start in range(min(len(run), 40)):
                    for end in range(min(len(run), start + 16), start + 3, -1):
                        same = self._joined.get(run[start:end]) or self._single.get(run[start:end])
                        if same:
                            out += [Hit(row, i + start, i + end) for row in same if row.category or row.own_drug]
                            break
            i = max(j, i + 1)
        return out


def _rejoined(tokens: list[Token], names: Callable[[list[str]], bool]) -> list[Token]:
    """What belongs together is put together: "k!ll", "su!cide", "my self"."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        spelt = _spelt_out(tokens, i)
        if spelt and not names([token.text for token in tokens[i : i + sum(len(part.text) for part in spelt)]]):
            out += spelt
            i += sum(len(token.text) for token in spelt)
            continue
        if (
            i + 2 < len(tokens)
            and tokens[i + 1].text == "!"
            and tokens[i].end == tokens[i + 1].start
            and tokens[i + 1].end == tokens[i + 2].start
        ):
            word = f"{tokens[i].text}i{tokens[i + 2].text}"
            if word in english() and tokens[i].text not in english():
                out.append(Token(word, tokens[i].start, tokens[i + 2].end))
                i += 3
                continue
        if i + 1 < len(tokens) and tokens[i + 1].text in {"self", "selves"} and tokens[i].text in _SELVES:
            # "hang my self"
            out.append(Token(tokens[i].text + tokens[i + 1].text, tokens[i].start, tokens[i + 1].end))
            i += 2
            continue
        said = _spoken(tokens, i)
        out.append(Token(said, tokens[i].start, tokens[i].end) if said else tokens[i])
        i += 1
    return out


def _spelt_out(tokens: list[Token], i: int) -> list[Token]:
    """The words typed letter by letter from here on: "d i e", "c h e s t p a i n"; none where they make no words."""
    if len(tokens[i].text) > 1 or i and len(tokens[i - 1].text) == 1 and tokens[i - 1].text.isalpha():
        return []
    j = i
    while j < len(tokens) and len(tokens[j].text) == 1 and tokens[j].text.isalpha() and j - i < _MOST_LETTERS:
        j += 1
    word = "".join(token.text for token in tokens[i:j])
    if len(word) < 3:
        return []
    out: list[Token] = []
    for part in (word,) if english().get(word, 0) > _COMMON else parted(word):
        first = tokens[i + sum(len(token.text) for token in out)]
        last = tokens[i + sum(len(token.text) for token in out) + len(part) - 1]
        out.append(Token(part, first.start, last.end))
    return out


def _spoken(tokens: list[Token], i: int) -> str | None:
    """What a voice or a chat's "n" stands for: "comma", "period" between sentences, "n" for and."""
    word, after = tokens[i].text, tokens[i + 1].text if i + 1 < len(tokens) else ""
    before = tokens[i - 1].text if i else ""
    if word == "comma" and after != "separated":
        return ","
    if word == "mark" and before == "question":
        return "?"
    if word == "period" and (not after or after in _OPENS) and i > 2 and before.isalpha() and before not in _PERIODS:
        return "."
    if word == "n" and after in _OPENS | {"no", "not", "dont", "now", "then"} and before not in {":", "=", ""}:
        return "and"
    return None


@lru_cache(maxsize=20000)
def _plain(rest: str) -> bool:
    """Whether what is left of a run-together word is itself made of words."""
    if not rest or rest in _GLUE or rest.isdigit() or (len(rest) >= 4 and rest in english()):
        return True
    return any(
        (rest[:cut] in _GLUE or (cut > 3 and english().get(rest[:cut], 0) > _COMMON)) and _plain(rest[cut:])
        for cut in range(1, min(len(rest), 12))
    )


def _vague(hit: Hit) -> bool:
    """Whether a hit names no risk by itself; it must never cover one that does."""
    return hit.entry.policy in {Policy.ASK, Policy.TOPIC} or hit.entry.kind == "extra dose"


def _runs_on(hit: Hit, masked: dict[tuple[Category | None, int], Hit]) -> bool:
    """Whether a hit's words are the beginning of something else ("im dying" + "to try it", "im nursing" + "a cold")."""
    for category in URGENT if hit.category in URGENT else (hit.category,):
        mask = masked.get((category, hit.end - 1))
        if mask is not None and hit.start < mask.start and mask.end > hit.end:
            return True
    return False


def settle(hits: list[Hit]) -> tuple[list[Hit], list[Hit]]:
    """Risk hits that no look-alike covers, longest first kept per category; and the look-alikes."""
    masks = [hit for hit in hits if hit.entry.policy is Policy.MASK]
    risks = [hit for hit in hits if hit.category is not None]
    kept: list[Hit] = []
    by_place: dict[tuple[Category | None, int], Hit] = {}
    masked: dict[tuple[Category | None, int], Hit] = {}
    for hiding in masks:
        for i in range(hiding.start, hiding.end):
            at = masked.get((hiding.entry.masks, i))
            if at is None or hiding.end - hiding.start > at.end - at.start:
                masked[hiding.entry.masks, i] = hiding
    for hit in sorted(
        risks,
        key=lambda h: (_vague(h), h.start - h.end, h.entry.policy is not Policy.FIRE, h.entry.kind == "es", h.start),
    ):
        mask: Hit | None = masked.get((hit.category, hit.start)) or masked.get(
            (_TWIN.get(hit.category or Category.OPIOID_USE), hit.start)
        )
        if mask and mask.start <= hit.start and hit.end <= mask.end:
            continue
        if _runs_on(hit, masked):
            continue
        places = [(hit.category, i) for i in range(hit.start, hit.end)]
        if any(place in by_place for place in places):
            continue
        by_place.update(dict.fromkeys(places, hit))
        kept.append(hit)
    return sorted(kept, key=lambda h: (h.start, h.end)), masks


@lru_cache(maxsize=1)
def lexer() -> Lexer:
    return Lexer(lexicon.entries(), ruleset().vocabulary())
