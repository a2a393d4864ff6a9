"""Is it up, and is it any good: healthz, readyz (a real turn), metrics without any text."""

import threading
import time
from typing import Any

from django.db import connection
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from bot.retrieval.index import StaleIndexError, read_manifest
from bot.settings import settings
from bot.web.chat import rasa
from bot.web.chat.models import Turn, new_id

CANARY = "how long until it works"
CANARY_TOPIC = "onset_time"
FRESH_SECONDS = 5.0
_lock = threading.Lock()
_last: tuple[float, dict[str, str]] = (0.0, {})


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Database, index, and a canary turn through Rasa and the action server; 503 names what is missing."""
    checks = checked()
    ready = all(value == "ok" for value in checks.values())
    return JsonResponse({"status": "ok" if ready else "unavailable", "checks": checks}, status=200 if ready else 503)


def checked() -> dict[str, str]:
    """The checks, at most some seconds old: a probe must not become a load."""
    global _last
    with _lock:
        if time.monotonic() - _last[0] > FRESH_SECONDS or not _last[1]:
            _last = (time.monotonic(), {"database": _database(), "index": _index(), "dialogue": _dialogue()})
        return _last[1]


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok"
    except Exception as error:  # noqa: BLE001  the probe is a process edge: whatever is wrong, it says so
        return type(error).__name__


def _index() -> str:
    try:
        read_manifest(settings().index)
        return "ok"
    except StaleIndexError as error:
        return str(error)


def _dialogue() -> str:
    sender = f"canary_{new_id()}"
    try:
        replies = rasa.ask(sender, CANARY, {"turn": sender}, settings().turn_seconds)
    except rasa.DialogueError as error:
        return str(error)
    if CANARY_TOPIC not in read_manifest(settings().index)["passages"]:
        return "ok"  # nothing approved yet: that anything came back in time is all there is to see
    return "ok" if any(CANARY_TOPIC in reply.topics for reply in replies) else "the canary question got another answer"


def metrics(request: HttpRequest) -> HttpResponse:
    """Counts for Prometheus."""
    registry = CollectorRegistry()
    turns = Gauge("ldn_turns", "Turns stored, by state and level", ["state", "level"], registry=registry)
    for row in Turn.objects.values("state", "level").annotate(count=Count("pk")):
        turns.labels(row["state"], row["level"]).set(row["count"])
    ready: dict[str, Any] = checked()
    gauge = Gauge("ldn_ready", "1 where a part answers", ["part"], registry=registry)
    for part, value in ready.items():
        gauge.labels(part).set(1 if value == "ok" else 0)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
