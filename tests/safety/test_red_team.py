"""Every firing surface of the lexicon, each in a frame and under a disguise that its own spelling picks."""

import random
from collections.abc import Callable, Iterator

import pytest

from bot.safety.lexicon import Policy, entries
from bot.safety.triage import assess
from bot.safety.verdict import Category, Level

FRAMES = {
    Category.OPIOID_USE: ["i take {}", "been on {} since march", "my doctor gave me {}", "can i take ldn with my {}", "pt takes {}", "im on {} and gabapentin",
                          "my wife takes {} and wants to start ldn", "i take {}, is that a problem", "took {} this morning", "still using {} for my back"],
    Category.PREGNANCY: ["{}", "hi, {}", "{} - is ldn ok?", "quick question: {}", "Hello. {}. What should I do?", "ok so {}"],
    Category.LIVER_DISEASE: ["i have {}", "{} here, is ldn ok", "my doctor says i have {}", "i have fibro and {}", "{}: can i still take it"],
    Category.EMERGENCY: ["{}", "help, {}", "{} what do i do", "please hurry. {}", "Hi. {}."],
    Category.SELF_HARM: ["{}", "honestly {}", "{} and nobody knows", "Hello. {}.", "idk. {}"],
}  # fmt: skip
LEAST = {
    category: Level.EMERGENCY if category in {Category.EMERGENCY, Category.SELF_HARM} else Level.ESCALATE
    for category in Category
}
Disguise = Callable[[str], str]
# Disguises of the surface, then of the whole message.
OF_SURFACE: dict[str, Disguise] = {
    "bold": lambda word: f"<b>{word}</b>",
    "quoted": lambda word: f"“{word}”",
    "zero-width": lambda word: f"{word[:2]}\u200b{word[2:]}",
    "soft hyphen": lambda word: f"{word[:3]}\u00ad{word[3:]}",
    "two spaces": lambda word: word.replace(" ", "  "),
    "accent": lambda word: word.replace("o", "ó", 1),
    "full width": lambda word: word.replace("a", "ａ", 1),
    "curly apostrophe": lambda word: word.replace("'", "’"),
    "look-alike letter": lambda word: word.replace("e", "е", 1),
}
OF_MESSAGE: dict[str, Disguise] = {
    "as typed": str,
    "shouted": str.upper,
    "capitals": str.title,
    "marks": lambda text: f"{text}!!!",
    "smile": lambda text: f"{text} 🙂",
    "newlines": lambda text: f"\n\n{text}\n",
    "chatter before": lambda text: f"Good morning, I love the new website. {text}",
    "chatter after": lambda text: f"{text}. Thank you so much.",
    "paragraph": lambda text: f"<p>{text}</p>",
}
# Surface: why it may stay below its level here.
KNOWN: dict[str, str] = {}


def attacks(category: Category) -> Iterator[tuple[str, str]]:
    """Surface and message; a row's disguise depends on nothing but the row, so that new rows move no other."""
    masked = {entry.words for entry in entries() if entry.masks is category}
    for entry in entries():
        if entry.category is not category or entry.policy is not Policy.FIRE or entry.words in masked:
            continue
        draw = random.Random(f"{category}/{entry.surface}")
        for _ in range(1 if category is Category.OPIOID_USE else 2):
            word = draw.choice(list(OF_SURFACE.values()))(entry.surface)
            yield entry.surface, draw.choice(list(OF_MESSAGE.values()))(draw.choice(FRAMES[category]).format(word))


@pytest.mark.parametrize("category", Category)
def test_disguised_surface_reaches_its_level(category: Category) -> None:
    missed: dict[str, list[str]] = {}
    for surface, text in attacks(category):
        reached = max((flag.level for flag in assess(text).flags if flag.category is category), default=Level.NONE)
        if reached < LEAST[category]:
            missed.setdefault(surface, []).append(f"{text!r}: {reached}")
    assert {surface: texts for surface, texts in missed.items() if surface not in KNOWN} == {}


def test_generator_reaches_thousands() -> None:
    assert sum(1 for category in Category for _ in attacks(category)) > 3000


@pytest.mark.parametrize(
    "text", ["still using street pills for my back", "i take opioid pills for my back", "morphine pills for my back"]
)
def test_unspecified_words_never_hide_an_opioid(text: str) -> None:
    assert assess(text).level == Level.ESCALATE
