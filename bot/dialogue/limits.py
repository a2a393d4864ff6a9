"""Rasa waits 300 s for its action server and has no setting for it; imported by our components."""

import aiohttp
from rasa.core.actions import action

from bot.settings import settings

# aiohttp takes a ClientTimeout where Rasa passes its constant; `total` covers connect, send and read.
action.DEFAULT_REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=settings().action_seconds)  # type: ignore[assignment]
