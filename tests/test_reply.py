"""The wire shape: what actions send is what web reads, and nothing else is."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.reply import MAX_REPLIES, MAX_TEXT, Button, Kind, Reply, ReplyError, Source, from_rasa
from bot.safety.verdict import Category, Level

FULL = Reply(
    Kind.CAUTION,
    "Ask first.",
    level="caution",
    categories=("pregnancy",),
    topics=("pregnancy", "breastfeeding"),
    versions=("a1", "b2"),
    sources=(Source("S0", "An article", "A paper", "https://example.org/"),),
    buttons=(Button("Yes", "yes"), Button("Cost", "What it costs", "cost")),
    asked="applies_pregnancy",
    lead="You asked about: Pregnancy.",
    unanswered=True,
    callback={"name": "Ann", "phone": "555-010-0199", "time": "noon"},
)


def wire(reply: Reply = FULL, turn: str = "t1", **change: Any) -> dict[str, Any]:
    """A reply as Rasa's REST channel delivers it: once through JSON."""
    return {"recipient_id": "x", "custom": json.loads(json.dumps({**reply.custom(turn), **change}))}


def without(key: str) -> dict[str, Any]:
    message = wire()
    del message["custom"][key]
    return message


def test_round_trip_keeps_everything() -> None:
    assert from_rasa([wire()], "t1") == [FULL]


def test_plain_reply_round_trip() -> None:
    assert from_rasa([wire(Reply(Kind.ANSWER, "x"))], "t1") == [Reply(Kind.ANSWER, "x")]


def test_from_rasa_takes_the_first_replies_only() -> None:
    assert from_rasa([wire()] * 5, "t1") == [FULL] * MAX_REPLIES


plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
replies = st.builds(
    Reply,
    kind=st.sampled_from(Kind),
    text=plain.filter(bool),
    level=st.sampled_from([level.value for level in Level]),
    categories=st.lists(st.sampled_from([item.value for item in Category]), max_size=3).map(tuple),
    topics=st.lists(plain, max_size=3).map(tuple),
    versions=st.lists(plain, max_size=3).map(tuple),
    sources=st.lists(st.builds(Source, plain, plain, plain, plain), max_size=2).map(tuple),
    buttons=st.lists(st.builds(Button, plain, plain, plain), max_size=2).map(tuple),
    asked=plain,
    lead=plain,
    unanswered=st.booleans(),
    callback=st.dictionaries(plain, plain, max_size=3),
)


@given(replies)
def test_any_reply_survives_the_wire(reply: Reply) -> None:
    # A backslash before u0000 looks like a NUL on the wire and is refused too: no clinic's text holds one.
    if "\\u0000" not in json.dumps(reply.custom("t1"), ensure_ascii=False):
        assert from_rasa([wire(reply)], "t1") == [reply]


MALFORMED: dict[str, Callable[[], object]] = {
    "nothing at all": lambda: None,
    "empty list, as after a failed action": list,
    "object": dict,
    "text": lambda: "hello",
    "number": lambda: 5,
    "list of nothing": lambda: [None],
    "list of texts": lambda: ["hello"],
    "list of lists": lambda: [[]],
    "plain text, as of an utter_ after a failed action": lambda: [{"recipient_id": "x", "text": "Glad to help."}],
    "custom is a text": lambda: [{"custom": "x"}],
    "custom is empty": lambda: [{"custom": {}}],
    "custom without the guard": lambda: [without("ldn")],
    "guard of another version": lambda: [wire(ldn=2)],
    "guard is a text": lambda: [wire(ldn="1")],
    "no turn": lambda: [without("turn")],
    "turn is null": lambda: [{"custom": {**wire()["custom"], "turn": None}}],
    "another turn": lambda: [wire(turn="t2")],
    "second reply of another turn": lambda: [wire(), wire(turn="t2")],
    "second reply unguarded": lambda: [wire(), {"text": "Glad to help."}],
    "kind unknown": lambda: [wire(kind="advice")],
    "kind is a list": lambda: [wire(kind=[])],
    "text empty": lambda: [wire(text="")],
    "text too long": lambda: [wire(text="x" * (MAX_TEXT + 1))],
    "text is a number": lambda: [wire(text=1)],
    "text is null": lambda: [wire(text=None)],
    "text with a NUL": lambda: [wire(text="a\0b")],
    "text with a lone surrogate": lambda: [wire(text="a\ud83d")],
    "level unknown": lambda: [wire(level="grave")],
    "level is null": lambda: [wire(level=None)],
    "categories is a text": lambda: [wire(categories="pregnancy")],
    "categories unknown": lambda: [wire(categories=["weather"])],
    "categories holds a number": lambda: [wire(categories=[1])],
    "topics is null": lambda: [wire(topics=None)],
    "topics is an object": lambda: [wire(topics={"a": 1})],
    "sources is a text": lambda: [wire(sources="S0")],
    "sources is a number": lambda: [wire(sources=3)],
    "source without title": lambda: [wire(sources=[{"id": "S0"}])],
    "source with an unknown key": lambda: [wire(sources=[{"id": "S0", "title": "t", "onclick": "x"}])],
    "source is a text": lambda: [wire(sources=["S0"])],
    "source address is a list": lambda: [wire(sources=[{"id": "S0", "title": "t", "url": []}])],
    "button without words": lambda: [wire(buttons=[{"title": "Yes"}])],
    "button is null": lambda: [wire(buttons=[None])],
    "button title is a number": lambda: [wire(buttons=[{"title": 1, "say": "x"}])],
    "button title too long to store": lambda: [wire(buttons=[{"title": "x" * 201, "say": "x"}])],
    "button words too long to store": lambda: [wire(buttons=[{"title": "x", "say": "x" * 401}])],
    "button topic too long to store": lambda: [wire(buttons=[{"title": "x", "say": "x", "topic": "x" * 65}])],
    "asked is a list": lambda: [wire(asked=[])],
    "asked too long to store": lambda: [wire(asked="x" * 41)],
    "callback is a list": lambda: [wire(callback=[])],
    "callback is null": lambda: [wire(callback=None)],
}
MALFORMED |= {
    f"without {key}": lambda key=key: [without(key)]  # type: ignore[misc]
    for key in FULL.custom("t1")
    if key not in {"ldn", "turn"}
}


@pytest.mark.parametrize("shape", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_shape_is_refused(shape: Callable[[], object]) -> None:
    with pytest.raises(ReplyError):
        from_rasa(shape(), "t1")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(anything)
def test_any_json_is_a_reply_or_a_reply_error(data: object) -> None:
    with pytest.raises(ReplyError):
        from_rasa(data, "t1")


@given(st.sampled_from(sorted(FULL.custom("t1"))), anything)
@example("buttons", [[1]])
def test_any_value_in_a_field_is_a_reply_or_a_reply_error(key: str, value: object) -> None:
    message = {"custom": {**FULL.custom("t1"), key: value}}
    try:
        found = from_rasa([message], "t1")
    except ReplyError:
        return
    assert found[0].kind in Kind
    assert found[0].level in set(Level)


def test_error_holds_no_text() -> None:
    with pytest.raises(ReplyError) as error:
        from_rasa([wire(kind="the patient's own words")], "t1")
    assert str(error.value) == "malformed reply: ValueError"


def test_unanswered_is_true_only_where_it_says_true() -> None:
    assert [from_rasa([wire(unanswered=value)], "t1")[0].unanswered for value in (True, 1, "yes", None)] == [
        True,
        False,
        False,
        False,
    ]
