"""The one place that calls Rasa, with a deadline for the whole answer."""

import json
import time
from typing import Any

import httpx

from bot.reply import Reply, ReplyError, from_rasa
from bot.settings import settings

MOST_BYTES = 256 * 1024


class DialogueError(RuntimeError):
    """The dialogue gave no honest reply in time; the message is a word for the record, without any text."""


def ask(sender: str, text: str, metadata: dict[str, Any], seconds: float) -> list[Reply]:
    """The dialogue's replies to one message; DialogueError if they are missing, late, or not ours."""
    deadline = time.monotonic() + seconds
    body = {"sender": sender, "message": text, "metadata": metadata}
    url = f"{settings().rasa_url}/webhooks/rest/webhook"
    chunks = bytearray()
    try:
        # httpx's time-outs are per read; a slow drip is cut off by the deadline between reads.
        with httpx.stream("POST", url, json=body, timeout=max(seconds, 0.1), trust_env=False) as response:
            for chunk in response.iter_bytes():
                chunks += chunk
                if len(chunks) > MOST_BYTES:
                    raise DialogueError("too much")
                if time.monotonic() > deadline:
                    raise DialogueError("late")
        if response.status_code != 200:
            raise DialogueError(f"status {response.status_code}")
        return from_rasa(json.loads(chunks), str(metadata["turn"]))
    except httpx.TimeoutException:
        raise DialogueError("late") from None
    except httpx.HTTPError as error:
        raise DialogueError(type(error).__name__) from None
    except ReplyError as error:
        raise DialogueError(str(error)) from None
    except ValueError:
        raise DialogueError("not JSON") from None
