"""The web side's background work: turns that nobody finished, notifications, old conversations."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.web.settings")

log = logging.getLogger("ldn.worker")

EVERY_SECONDS = 5.0


def reconcile_abandoned() -> int:
    """Finish turns left without a final state, such as by a kill in mid-turn; returns how many."""
    from django.utils import timezone

    from bot.settings import settings
    from bot.web.chat import turns
    from bot.web.chat.models import Turn

    since = timezone.now() - timedelta(seconds=settings().abandoned_seconds)
    old = Turn.objects.filter(state=Turn.State.RECEIVED, received_at__lt=since)
    found = list(old.order_by("received_at")[:100])
    for turn in found:
        turns.reconcile(turn)
    return len(found)


def notify() -> int:
    """Send what waits in the outbox, and remind of cases that nobody looked at."""
    from bot.web.review.notify import deliver_due, escalate_again

    escalate_again()
    return deliver_due()


def forget() -> int:
    """Delete what is past its period."""
    from bot.web.review.retention import purge

    return purge().conversations


def republish() -> bool:
    """Take texts away whose approval expired or was withdrawn; only where approval is required."""
    from bot.settings import settings

    if not settings().require_approval:
        return False
    from bot.indexing import wanted
    from bot.retrieval.index import read_manifest
    from bot.web.content.publish import expire

    served = read_manifest(settings().index)["passages"]
    if set(served.items()) <= set(wanted().items()):
        return False
    expire()
    return True


# What runs, and at most how often, in seconds.
TASKS: tuple[tuple[Callable[[], object], float], ...] = (
    (reconcile_abandoned, EVERY_SECONDS),
    (notify, EVERY_SECONDS),
    (republish, 60.0),
    (forget, 3600.0),
)


def main() -> None:
    """Until told to stop."""
    django.setup()
    from django.db import close_old_connections

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    due: dict[Callable[[], object], float] = {}
    while not stop.is_set():
        close_old_connections()
        for task, seconds in TASKS:
            if time.monotonic() >= due.get(task, 0.0):
                due[task] = time.monotonic() + seconds
                try:
                    task()
                except Exception as error:  # noqa: BLE001  a process edge: the next round tries again
                    log.error("%s failed: %s", getattr(task, "__name__", "task"), type(error).__name__)
        stop.wait(EVERY_SECONDS)


if __name__ == "__main__":
    main()
