"""The one place that calls Rasa, with a deadline for the whole answer."""

import asyncio
import json
from typing import Any

import httpx

from bot.reply import Reply, ReplyError, from_rasa
from bot.settings import settings

MOST_BYTES = 256 * 1024


class DialogueError(RuntimeError):
    """The dialogue gave no honest reply in time; the message is a word for the record, without any text."""


def ask(sender: str, text: str, metadata: dict[str, Any], seconds: float) -> list[Reply]:
    """The dialogue's replies to one message; DialogueError if they are missing, late, or not ours."""
    body = {"sender": sender, "message": text, "metadata": metadata}
    try:
        # httpx's own time-outs are per read, so a slow drip would outlast them; a task can be cut off anywhere.
        content = asyncio.run(_post(f"{settings().rasa_url}/webhooks/rest/webhook", body, max(seconds, 0.1)))
        return from_rasa(json.loads(content), str(metadata["turn"]))
    except TimeoutError:
        raise DialogueError("late") from None
    except httpx.HTTPError as error:
        raise DialogueError(type(error).__name__) from None
    except ReplyError as error:
        raise DialogueError(str(error)) from None
    except (ValueError, RecursionError):
        raise DialogueError("not JSON") from None


async def _post(url: str, body: dict[str, Any], seconds: float) -> bytes:
    content = bytearray()
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(timeout=None, trust_env=False) as client,
        client.stream("POST", url, json=body) as response,
    ):
        if response.status_code != 200:
            raise DialogueError(f"status {response.status_code}")
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > MOST_BYTES:
                raise DialogueError("too much")
    return bytes(content)
