"""One trained model under the clock: `python -m bot.dialogue.probe MODEL TEXTS`; prints one JSON line."""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from statistics import median

from bot.processes import prepare_environment


async def probe(model: str, texts: list[str]) -> dict[str, float]:
    """Start time (s) to the first prediction, median turn (ms): understanding and the next action; peak memory (MB)."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    started = time.perf_counter()
    agent = Agent.load(model)
    processor = agent.processor
    assert processor is not None

    async def turn(number: int, text: str) -> float:
        begun = time.perf_counter()
        tracker = await processor.log_message(UserMessage(text, sender_id=f"probe-{number}"))
        processor.predict_next_with_tracker(tracker)
        return time.perf_counter() - begun

    await turn(-1, texts[0])
    start = time.perf_counter() - started
    turns = [await turn(number, text) for number, text in enumerate(texts)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"start_s": round(start, 1), "turn_ms": round(1000 * median(turns), 1), "memory_mb": round(peak)}


if __name__ == "__main__":
    prepare_environment()
    lines = Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()
    print(json.dumps(asyncio.run(probe(sys.argv[1], lines))))
