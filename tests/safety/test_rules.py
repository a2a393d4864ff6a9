from pathlib import Path

import pytest

from bot.safety.frames import frame_hits
from bot.safety.match import lexer
from bot.safety.normalise import normalise, tokenise
from bot.safety.rules import Frame, RuleError, StatusRule, load, ruleset
from bot.safety.triage import _view, assess

RULES = ruleset()


def frames_in(text: str) -> set[str]:
    tokens = lexer().mend(tokenise(normalise(text).text))
    view, places = _view(tokens, [hit for hit in lexer().hits(tokens) if hit.entry.own_drug])
    return {hit.entry.canonical for hit in frame_hits(view, places, RULES)}


@pytest.mark.parametrize("frame", RULES.frames, ids=lambda frame: frame.id)
def test_frame_fires_on_its_example_and_not_on_the_other(frame: Frame) -> None:
    assert frame.canonical in frames_in(frame.fires)
    assert frame.canonical not in frames_in(frame.silent)


@pytest.mark.parametrize("rule", RULES.statuses, ids=lambda rule: rule.id)
def test_status_rule_decides_its_example_and_not_the_other(rule: StatusRule) -> None:
    assert rule.id in {flag.rule for flag in assess(rule.fires).flags}
    assert rule.id not in {flag.rule for flag in assess(rule.silent).flags}


def test_ids_are_unique_and_every_rule_names_a_source() -> None:
    rules = [*RULES.statuses, *RULES.frames]
    assert len({rule.id for rule in rules}) == len(rules)
    assert [rule.id for rule in rules if not rule.source] == []


GOOD = """
statuses:
  - id: a
    category: opioid_use
    status: denied
    pattern: "no X"
    source: s
    fires: "no opioids"
    silent: "opioids"
"""


FRAME = """
frames:
  - id: f
    category: liver_disease
    pattern: "off"
    needs: {needs}
    source: s
    fires: "off"
    silent: "up"
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "    colour: red\n", "unknown key colour"),
        (GOOD.replace("    source: s\n", ""), "missing source"),
        (GOOD.replace("no X", "no (X"), "not a regular expression"),
        (GOOD.replace("no X", "no {nothing} X"), "no macro 'nothing'"),
        (GOOD + "    scope: page\n", "is not among clause, sentence, message, next"),
        (GOOD + GOOD.replace("statuses:\n", ""), "the id is used twice"),
        (GOOD + "    source: t\n", "line 3: source is given twice"),
        ("rules: []\n", "the top level may hold"),
        (FRAME.format(needs="[off]"), "put them in quotes"),
        (FRAME.format(needs="['off']") + "    near: [[on], [b]]\n", "put them in quotes"),
    ],
)
def test_wrong_rule_is_refused_with_its_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.yml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=message) as caught:
        load(tmp_path)
    assert "bad.yml" in str(caught.value)
