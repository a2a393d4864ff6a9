"""Telling a Spanish message from an English one, by its small words."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache

from bot.safety.fuzzy import SPANISH_WORDS
from bot.safety.normalise import normalise, tokenise


class Language(StrEnum):
    EN = "en"
    ES = "es"


# Words that are common in both, or in English only.
_SHARED = frozenset(
    """
    a an as no me he son once sin fin ten van red pie dice use ser lo tan con doctor doctora hospital normal
    control media prime real general total usual personal animal final local musical te di sea fe fea more pan
    mayor color actor error horror hotel idea plan motor par has come usa y ni si hay mas o e u el is la los
    mi pain ldn it in pronto hola gracias alto baja luna taxi area dos tres
    """.split()
)
_ENGLISH = frozenset(
    """
    the is are was i im you it my of and to in for with on at be have has can do does what how this that not
    if or take took taking your am me been will would should while when about from just but so dont any pain
    """.split()
)
_PLAINLY_SPANISH = frozenset(
    """
    que estoy tengo puedo tomo tomar para por una los las del esta pero embarazada opioides higado pastillas
    medicina dolor quiero como cuando cuanto donde ayuda hola gracias buenos buenas dias tardes noches mi
    esposa esposo hijo hija se si y el la es de en un no con me muy
    """.split()
)


@lru_cache(maxsize=1)
def _spanish() -> frozenset[str]:
    return frozenset(SPANISH_WORDS.read_text(encoding="utf-8").split())


def any_spanish(words: Iterable[str]) -> bool:
    """Whether a single word is Spanish and nothing else, as "cuando" is and "con" is not."""
    return any((word in _PLAINLY_SPANISH or word in _spanish()) and word not in _SHARED for word in words)


def language_of(text: str) -> Language:
    """ES where Spanish words outnumber English ones, else EN."""
    if "¿" in text or "¡" in text:
        return Language.ES
    return language_of_words(token.text for token in tokenise(normalise(text[:2000]).text))


def language_of_words(tokens: Iterable[str]) -> Language:
    """The same of words that are normalised already."""
    words = [word for word in tokens if word.isalpha()]
    spanish = sum(
        1.0 if word not in _SHARED else 0.5 for word in words if word in _PLAINLY_SPANISH or word in _spanish()
    )
    english = sum(1.0 for word in words if word in _ENGLISH)
    return Language.ES if spanish > english and spanish >= max(1.0, len(words) / 5) else Language.EN
