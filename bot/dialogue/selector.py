"""What a trained ResponseSelector says: `python -m bot.dialogue.selector MODEL TEXTS`; prints one JSON line."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

from bot.processes import prepare_environment


async def select(model: str, texts: List[str]) -> List[Dict[str, Any]]:
    """For each text the intent, the answer below `faq`, the confidence of both together, and the seconds it took."""
    from rasa.core.agent import Agent

    agent = Agent.load(model)

    async def one(text: str) -> Dict[str, Any]:
        begun = time.perf_counter()
        parsed = await agent.parse_message(text)
        seconds = time.perf_counter() - begun
        intents = {row["name"]: row["confidence"] for row in parsed["intent_ranking"]}
        response = parsed["response_selector"]["faq"]["response"]
        return {
            "intent": parsed["intent"]["name"],
            "response": response["intent_response_key"],
            "confidence": intents.get("faq", 0.0) * response["confidence"],
            "seconds": seconds,
        }

    # The first message after loading also pays for TensorFlow's graph.
    await one(texts[0])
    return [await one(text) for text in texts]


if __name__ == "__main__":
    prepare_environment()
    lines = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    print(json.dumps(asyncio.run(select(sys.argv[1], lines))))
