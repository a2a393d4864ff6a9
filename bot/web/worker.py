"""The web side's background work: turns that nobody finished, notifications, old conversations."""

import logging
import os
import signal
import threading
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


def main() -> None:
    """Until told to stop."""
    django.setup()
    from django.db import close_old_connections

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        close_old_connections()
        try:
            reconcile_abandoned()
        except Exception as error:  # noqa: BLE001  a process edge: the next round tries again
            log.error("reconciling failed: %s", type(error).__name__)
        stop.wait(EVERY_SECONDS)


if __name__ == "__main__":
    main()
