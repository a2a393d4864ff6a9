"""Misspellings: unknown words close, in letters or in sound, to a name in the lexicon."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from itertools import combinations
from math import log10
from pathlib import Path

from rapidfuzz.distance import OSA

SPANISH_WORDS = Path(__file__).parent / "lexicon" / "spanish_words.txt"
CHAT_SPELLINGS = Path(__file__).parent / "lexicon" / "chat_spellings.txt"
PLAIN_WORDS = Path(__file__).parent / "lexicon" / "plain_words.txt"
_STRETCHED = re.compile(r"(.)\1")
_LEET = str.maketrans("01345789@$", "oieastbgas")
_LEET_L = str.maketrans("01345789@$", "oleastbgas")


@lru_cache(maxsize=1)
def english() -> dict[str, int]:
    """symspellpy's list of 82,765 English words and how often each is used, with ours of names and chat words."""
    listed = resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    with listed.open(encoding="utf-8-sig") as file:
        words = {word.replace("'", ""): int(count) for word, count in (line.split() for line in file)}
    for path in (PLAIN_WORDS, SPANISH_WORDS):
        for word in path.read_text(encoding="utf-8").split():
            words.setdefault(word, 0)
    return words


@lru_cache(maxsize=1)
def chat_spellings() -> dict[str, str]:
    """Spellings too short or too far for a rule: "tite" is tight, "cnat" is cant."""
    lines = CHAT_SPELLINGS.read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if line)


def singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in [
        (r"ph", "f"), (r"gh", "g"), (r"th", "t"), (r"ck", "k"), (r"sch?(?=[eiy])", "s"), (r"c(?=[eiy])", "s"), (r"[cq]", "k"),
        (r"x", "ks"), (r"z", "s"), (r"dge?", "j"), (r"g(?=[eiy])", "j"), (r"v", "f"), (r"w", ""), (r"h", ""),
        (r"(?<=.)[aeiouy]+", ""), (r"^[aeiouy]+", "a"), (r"(.)\1+", r"\1"),
    ]
]  # fmt: skip


@lru_cache(maxsize=20000)
def skeleton(word: str) -> str:
    """How the consonants sound: "oxicotin" and "oxycontin" differ, "percaset" and "percocet" do not."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


# Counts in symspellpy's list: the some 1,000 words that people use most.
_EVERYDAY = 60_000_000
# No plain word is longer; a screenful without a space would be tried letter by letter.
_LONGEST_PLAIN = 30


def _allowed(length: int) -> int:
    return 2 if length >= 8 else 1 if length >= 6 else 0


def _deletions(word: str, most: int) -> set[str]:
    out = {word}
    for count in range(1, most + 1):
        for places in combinations(range(len(word)), count):
            out.add("".join(char for i, char in enumerate(word) if i not in places))
    return out


class Speller:
    """Finds the lexicon name an unknown word was meant to be.

    `names` are the risk words that may be misspelt, `known` the words that are never a misspelling, `harmless` those
    of them that may be what was meant instead.
    """

    def __init__(self, names: Iterable[str], known: Iterable[str], harmless: Iterable[str] | None = None) -> None:
        self._known = frozenset(known)
        self._harmless = self._known if harmless is None else frozenset(harmless)
        self._names = frozenset(names)
        # Two letters more than the longest name are no misspelling of it.
        self._longest = max(map(len, self._names), default=0) + 2
        self._near: dict[str, set[str]] = defaultdict(set)
        self._sound: dict[str, set[str]] = defaultdict(set)
        for name in self._names:
            if len(name) >= 6:
                for form in _deletions(name, _allowed(len(name))):
                    self._near[form].add(name)
                if len(skeleton(name)) >= 4:
                    self._sound[skeleton(name)].add(name)
        self.find = lru_cache(maxsize=50000)(self._find)

    def knows(self, word: str) -> bool:
        return word in self._known or singular(word) in self._known or word in english() or singular(word) in english()

    def _find(self, word: str) -> str | None:
        """The name meant by one token, or None for ordinary words and for strangers."""
        if word in self._names:
            return word
        if self.knows(word):
            return None
        for form in _forms(word):
            if form in self._names:
                return form
            if form != word and self.knows(form):
                return None
        for form in _forms(word):
            if form.isalpha() or "*" in form:
                found = self._closest(form)
                if found:
                    return found
        return None

    def _closest(self, word: str) -> str | None:
        if len(word) > self._longest:
            return None
        allowed = _allowed(len(word))
        best: tuple[int, str] | None = None
        if allowed:
            near = {name for form in _deletions(word, allowed) for name in self._near.get(form, ())}
            for name in sorted(near):
                most = min(allowed, _allowed(len(name)))
                distance = OSA.distance(word, name, score_cutoff=most)
                if distance <= most and (distance < 2 or word[0] == name[0]) and (best is None or distance < best[0]):
                    best = (distance, name)
        if best is None and len(word) >= 5:
            for name in sorted(self._sound.get(skeleton(word), ())):
                distance = OSA.distance(word, name)
                if distance <= max(2, len(name) // 3) and (best is None or distance < best[0]):
                    best = (distance, name)
        if best is None or self._closer_known(word, best[0]):
            return None
        return best[1]

    def _closer_known(self, word: str, distance: int) -> bool:
        """Whether a harmless drug name is nearer than, or as near as, the risky one."""
        return any(OSA.distance(word, other, score_cutoff=distance) <= distance for other in self._rivals(word[0]))

    @lru_cache(maxsize=64)  # noqa: B019 - one speller lives as long as the process
    def _rivals(self, initial: str) -> tuple[str, ...]:
        return tuple(word for word in self._harmless if len(word) >= 6 and word[0] == initial and word not in english())


class Corrector:
    """Mends unknown words that are one slip from a word the rules are written with."""

    def __init__(self, vocabulary: Iterable[str], known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._near: dict[str, set[str]] = defaultdict(set)
        self._sound: dict[str, set[str]] = defaultdict(set)
        # The commonest words, too: "realy" is really, not reply.
        common = (word for word, count in english().items() if count > _EVERYDAY)
        for word in sorted({*vocabulary, *common}):
            if len(word) >= 5 and word.isalpha():
                for form in _deletions(word, 1):
                    self._near[form].add(word)
            if len(word) >= 6 and word.isalpha() and len(skeleton(word)) >= 3:
                self._sound[skeleton(word)].add(word)
        self.mend = lru_cache(maxsize=50000)(self._mend)

    def knows(self, word: str) -> bool:
        """Whether a word stands in the lexicon."""
        return word in self._known

    def _mend(self, word: str) -> str:
        if word in chat_spellings():
            return chat_spellings()[word]
        if (
            len(word) > 4
            and word not in self._known
            and word.endswith("in")
            and f"{word}g" in english()
            and english().get(word, 0) < english()[f"{word}g"] / 10
        ):
            return f"{word}g"
        if (
            len(word) < 4
            or len(word) > _LONGEST_PLAIN
            or not word.isalpha()
            or word in self._known
            or word in english()
            or singular(word) in english()
        ):
            return word
        near = {name for form in _deletions(word, 1) for name in self._near.get(form, ())}
        close = sorted((OSA.distance(word, name), word[0] != name[0], name) for name in near)
        # A letter left single ("realy") is the commonest slip.
        close.sort(key=lambda f: (f[0], f[1], _STRETCHED.sub(r"\1", f[2]) != word, -english().get(f[2], 0)))
        if close and close[0][0] <= 1 and (len(word) >= 5 or not close[0][1]):
            return close[0][2]
        if len(word) >= 6:
            # As it sounds: "swolowed", "unconchus"; never across the first letter.
            like = [
                name
                for name in self._sound.get(skeleton(word), ())
                if name[0] == word[0] and OSA.distance(word, name) <= 3
            ]
            if like:
                return min(like, key=lambda name: (OSA.distance(word, name), name))
        return word


# Words of two letters that may stand inside a message typed without spaces.
_PAIRS = frozenset(
    "am an as at be by do go he hi if im in is it me my no of ok on or so to up us we id ur wk mg".split()
)
_SHORT_FORMS = frozenset(
    """
    ive ill hes shes its im dont doesnt didnt cant wont isnt arent wasnt havent hasnt youre theyre theyve weve thats whats
    wanna gonna gotta ldn meds preg hep
    """.split()
)
# Counts in symspellpy's list: how often a word must be used to be read into a message without spaces.
_USUAL = 5_000_000
_LONGEST_RUN = 120
_LONGEST_WORD = 16


@lru_cache(maxsize=20000)
def parted(word: str, names: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """The words of a message typed without spaces ("hesnotbreathing"), fewest and most usual first; () where it is none."""
    if len(word) > _LONGEST_RUN:
        return ()
    best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - _LONGEST_WORD), end):
            before, cost = best[start], _cost(word[start:end], names)
            if before is not None and cost is not None:
                found = before[0] + cost
                known = best[end]
                if known is None or found < known[0]:
                    best[end] = (found, (*before[1], word[start:end]))
    whole = best[-1]
    return whole[1] if whole and len(whole[1]) > 1 else ()


def _cost(piece: str, names: frozenset[str]) -> float | None:
    """How unlikely a word is, in powers of ten and with a price for being one more; None where it may not be read."""
    if len(piece) == 1:
        return 4.0 if piece in {"i", "a", "u"} else None
    if len(piece) == 2:
        return 3.5 if piece in _PAIRS else None
    if piece in names or piece in _SHORT_FORMS:
        return 3.0
    # "norbuprenorphine" is no "nor buprenorphine".
    count = english().get(piece, 0) if piece != "nor" else 0
    return 13.0 - log10(count) if count > _USUAL else None


def unleeted(word: str) -> list[str]:
    """What a token may say once digits and signs are read as letters."""
    return [word.translate(table).replace("_", "").replace("*", "") for table in (_LEET, _LEET_L)]


def _forms(word: str) -> list[str]:
    """The token, without its plural s, unleeted and with stretched letters shortened."""
    out = [word]
    if not word.isalpha():
        out += [word.translate(table).replace("_", "") for table in (_LEET, _LEET_L)]
    for form in list(out):
        out.append(singular(form))
        out.append(_STRETCHED.sub(r"\1", form))
    return list(dict.fromkeys(out))
