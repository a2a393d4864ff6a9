"""How long the safety rules take, in milliseconds of processor time; `ldn bench` prints it."""

import statistics
import time
from pathlib import Path

from bot.evaluation.cases import Safety, load_sets
from bot.safety.triage import assess, warm

LONG = 10_000


def triage_speed(sets: Path) -> dict[str, float]:
    """Median, 99th percentile and longest of every hand-written message, and of 10,000 characters of several kinds."""
    texts = [case.text for case in load_sets(sets, "safety_messages_*.jsonl") if isinstance(case, Safety)]
    warm()
    for text in texts:
        assess(text)
    each = sorted(_milliseconds(text) for text in texts)
    long = {
        "all messages in a row": " ".join(texts),
        "one sentence over and over": "i take percocet and my wife is pregnant but not sure. " * 200,
        "no space": "percocetpregnant" * 700,
        "a list": "no opioids, " * 900,
    }
    return {
        "median": statistics.median(each),
        "99th percentile": each[int(0.99 * len(each))],
        "longest": each[-1],
        **{f"{LONG} characters, {name}": _milliseconds(text[:LONG]) for name, text in long.items()},
    }


def _milliseconds(text: str) -> float:
    """The quickest of three, which other work on the machine disturbs least."""
    found = []
    for _ in range(3):
        started = time.process_time()
        assess(text)
        found.append(1000 * (time.process_time() - started))
    return min(found)
