"""Every rule earns its place: with any one of them taken out, its own example is read differently."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.safety import triage
from bot.safety.context import Judge
from bot.safety.rules import Frame, StatusRule, ruleset
from bot.safety.triage import assess

RULES = ruleset()
EVERY = (*RULES.statuses, *RULES.frames)


@contextmanager
def without(rule: StatusRule | Frame, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same rules but one."""
    left = dataclasses.replace(
        RULES,
        statuses=tuple(other for other in RULES.statuses if other is not rule),
        frames=tuple(other for other in RULES.frames if other is not rule),
    )
    judge = Judge(left)
    with patch.context() as context:
        context.setattr(triage, "ruleset", lambda: left)
        context.setattr(triage, "_judge", lambda: judge)
        yield


@pytest.fixture(autouse=True)
def _no_second_ear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each rule stands for itself, not for what the points would find without it."""
    monkeypatch.setattr(triage, "tables", dict)
    monkeypatch.setattr(triage, "lowered_tables", dict)


def reading(text: str) -> set[tuple[str, str, str]]:
    """What patient and reviewer see: each category with its status and level."""
    return {(flag.category.value, flag.status.value, flag.level.value) for flag in assess(text).flags}


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.id)
def test_taking_a_rule_out_changes_what_its_example_means(
    rule: StatusRule | Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [reading(rule.fires), reading(rule.silent)]
    with without(rule, monkeypatch):
        assert [reading(rule.fires), reading(rule.silent)] != whole
