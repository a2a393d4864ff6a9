"""Verdicts of clinicians as cases of the evaluation sets: `ldn evaluate` reads them as they are."""

import json
from typing import Any

from bot.safety.verdict import Category, Level
from bot.web.chat.models import Turn
from bot.web.review.models import Judgement


def expected(turn: Turn, judgements: list[Judgement]) -> dict[str, Any]:
    """What the triage should have said: the stored flags, corrected."""
    levels: dict[str, Level] = {}
    for flag in turn.flags:
        level = Level(flag["level"])
        if level > Level.NONE:
            levels[flag["category"]] = max(level, levels.get(flag["category"], Level.NONE))
    for judgement in judgements:
        if judgement.kind == Judgement.Kind.FALSE_ALARM:
            levels.pop(judgement.category, None)
        else:
            levels[judgement.category] = max(Level(judgement.level), levels.get(judgement.category, Level.NONE))
    level = max(levels.values(), default=Level.NONE)
    return {"accept": [level.value], "categories": [item.value for item in Category if item.value in levels]}


def lines() -> list[str]:
    """One JSON line a judged message; a short answer to the bot's own question brings the message before it along."""
    found = []
    for turn in Turn.objects.filter(judgements__isnull=False).distinct().order_by("received_at"):
        right = expected(turn, list(turn.judgements.all()))
        before = (
            Turn.objects.filter(conversation=turn.conversation, number=turn.number - 1).first() if turn.asked else None
        )
        key = f"clinic-{turn.pk[:12]}"
        if before is None:
            found.append({"id": key, "text": turn.text, **right})
        else:
            first = {"user": before.text, **expected(before, list(before.judgements.all()))}
            rest = {"topics": [], "sticky": False}
            found.append({"id": key, "turns": [{**first, **rest}, {"user": turn.text, **right, **rest}]})
    return [json.dumps(line, ensure_ascii=False) for line in found]
