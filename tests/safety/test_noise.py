"""What is typed round a risk never lowers it: drawn by hypothesis, the same draws each time."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety.triage import assess

BASE = {
    "i take oxycodone": "escalate",
    "28 weeks pregnant": "escalate",
    "i have hep c": "escalate",
    "my wife is pregnant and wants to start LDN": "escalate",
    "my roommate takes oxycodone": "caution",
    "can i take it with my pain pills": "caution",
    "i dont want to live anymore": "emergency",
    "my throat is closing up": "emergency",
    "tomo oxicodona": "escalate",
}
CALM = st.sampled_from(
    ["Hello.", "Thank you!", "My knee is stiff.", "I sleep badly.", "The form was easy to fill in.", "Where do I park?", "I have had fibromyalgia since 2011.",
     "The weather is lovely.", "How long does it take to work?", "I paid online."]
)  # fmt: skip
MARKS = st.text(alphabet=' .,!?;:-\n…"*~()', max_size=6)
SPACES = st.sampled_from([" ", "  ", "\t", "\n", "\u00a0", " \u200b"])


def level(text: str) -> str:
    return assess(text).level


@given(st.sampled_from(list(BASE)), st.lists(st.booleans(), min_size=50, max_size=50))
@settings(derandomize=True, max_examples=120)
def test_letter_case_never_lowers(text: str, upper: list[bool]) -> None:
    typed = "".join(char.upper() if up else char for char, up in zip(text, upper, strict=False))
    assert level(typed) >= BASE[text]


@given(st.sampled_from(list(BASE)), MARKS, MARKS)
@settings(derandomize=True, max_examples=120)
def test_marks_round_it_never_lower(text: str, before: str, after: str) -> None:
    assert level(f"{before}{text}{after}") >= BASE[text]


@given(st.sampled_from(list(BASE)), SPACES)
@settings(derandomize=True, max_examples=60)
def test_one_odd_space_never_lowers(text: str, space: str) -> None:
    assert level(text.replace(" ", space, 1) if space != "\n" else f"{space}{text}") >= BASE[text]


@given(st.sampled_from(list(BASE)), st.lists(CALM, max_size=4), st.lists(CALM, max_size=4))
@settings(derandomize=True, max_examples=120)
def test_calm_sentences_round_it_never_lower(text: str, before: list[str], after: list[str]) -> None:
    assert level(" ".join([*before, f"{text}.", *after])) >= BASE[text]


@given(st.sampled_from(list(BASE)), st.sampled_from(list(BASE)))
@settings(derandomize=True, max_examples=60)
def test_two_risks_reach_the_higher(one: str, other: str) -> None:
    assert level(f"{one}. {other}.") >= max(assess(one).level, assess(other).level)


def test_base_is_as_it_says() -> None:
    assert {text: level(text) for text in BASE} == BASE
