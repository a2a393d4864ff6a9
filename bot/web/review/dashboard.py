"""Counts for the dashboard: from what is stored, and from the tallies of what is stored no more."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils import timezone

from bot.web.chat.models import Conversation, Feedback, StoredReply, Turn
from bot.web.review.models import Case, Delivery, Tally
from bot.web.review.transcript import NAMES

DAYS = 28
WIDTH = 420


@dataclass(frozen=True)
class Bar:
    """One bar of a plot; lengths in the plot's own units."""

    label: str
    value: int
    length: int
    y: int

    @property
    def text_x(self) -> int:
        """Where the number stands."""
        return 190 + self.length


@dataclass(frozen=True)
class Plot:
    """A plot and its heading."""

    id: str
    title: str
    bars: list[Bar]

    @property
    def height(self) -> int:
        """Height of the drawing."""
        return 24 * len(self.bars) + 8


def plot(key: str, title: str, counts: list[tuple[str, int]]) -> Plot:
    """Horizontal bars, the longest of which fills the width."""
    most = max((value for _, value in counts), default=0) or 1
    return Plot(
        key,
        title,
        [Bar(label, value, round(WIDTH * value / most), 24 * n + 4) for n, (label, value) in enumerate(counts)],
    )


def figures(today: date | None = None) -> dict[str, Any]:
    """Everything on the page."""
    today = today or timezone.localdate()
    since = today - timedelta(days=DAYS - 1)
    turns = Turn.objects.filter(received_at__date__gte=since)
    cases = Case.objects.filter(opened_at__date__gte=since)
    tallies = Tally.objects.filter(day__gte=since)
    topics = Counter(
        topic
        for listed in StoredReply.objects.filter(turn__in=turns).values_list("topics", flat=True)
        for topic in listed
    )
    for row in tallies.filter(what__startswith="topic "):
        topics[row.what.removeprefix("topic ")] += row.count
    categories = Counter(category for listed in cases.values_list("categories", flat=True) for category in listed)
    total = turns.count() + _tallied(tallies, "messages")
    unanswered = StoredReply.objects.filter(turn__in=turns, kind="no_answer").count() + _tallied(
        tallies, "kind no_answer"
    )
    thumbs = Feedback.objects.filter(at__date__gte=since)
    return {
        "days": DAYS,
        "messages_total": total,
        "conversations": Conversation.objects.filter(started_at__date__gte=since).count()
        + _tallied(tallies, "conversations"),
        "unanswered": unanswered,
        "unanswered_share": round(100 * unanswered / total) if total else 0,
        "escalations": cases.count(),
        "helpful": thumbs.filter(helpful=True).count(),
        "not_helpful": thumbs.filter(helpful=False).count(),
        "waits": _waits(cases),
        "plots": [
            plot("volume", "Messages a day", _per_day(turns, tallies, since, today)),
            plot("topics", "Topics answered most", topics.most_common(12)),
            plot(
                "categories",
                "Cases by category",
                [(NAMES.get(name, name), count) for name, count in categories.most_common()],
            ),
        ],
        "failed": Delivery.objects.filter(sent_at=None, attempts__gt=0).count(),
    }


def _tallied(tallies: Any, what: str) -> int:
    return sum(row.count for row in tallies.filter(what=what))


def _per_day(turns: Any, tallies: Any, since: date, today: date) -> list[tuple[str, int]]:
    counts: Counter[date] = Counter(
        {
            row["day"]: row["count"]
            for row in turns.annotate(day=TruncDate("received_at")).values("day").annotate(count=Count("pk")).order_by()
        }
    )
    for row in tallies.filter(what="messages"):
        counts[row.day] += row.count
    days = [since + timedelta(days=n) for n in range((today - since).days + 1)]
    return [(day.strftime("%b %d"), counts[day]) for day in days[-14:]]


def _waits(cases: Any) -> list[tuple[str, int, str]]:
    """By severity: cases, and the median minutes until acknowledged."""
    found = []
    for severity in ("emergency", "urgent", "review", "information"):
        listed = list(cases.filter(severity=severity))
        waits = [
            (case.acknowledged_at - case.raised_at).total_seconds() / 60 for case in listed if case.acknowledged_at
        ]
        found.append((severity, len(listed), f"{median(waits):.0f} min" if waits else "none yet"))
    return found
