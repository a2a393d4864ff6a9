"""The queue: which cases, in which order, and how much time is left on their clocks."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Case as When_
from django.db.models import F, IntegerField, Max, Q, QuerySet, Value, When
from django.utils import timezone

from bot.settings import settings
from bot.web.accounts.models import User
from bot.web.review.models import SEVERITIES, Case, Severity

AT_RISK = 0.25


class Show(StrEnum):
    """The tabs."""

    OPEN = "open"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    OVERDUE = "overdue"
    INFORMATION = "information"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Clock:
    """One deadline. `state` is ok, at-risk, overdue or done."""

    name: str
    due: datetime
    state: str


def due(case: Case) -> tuple[datetime, datetime]:
    """When it must be acknowledged and when resolved."""
    acknowledge, resolve = settings().clinic.clocks[case.severity]
    return case.raised_at + timedelta(hours=acknowledge), case.raised_at + timedelta(hours=resolve)


def clock(case: Case, now: datetime | None = None) -> Clock:
    """The next deadline of a case."""
    now = now or timezone.now()
    first, last = due(case)
    name, end = ("resolve", last) if case.acknowledged_at else ("acknowledge", first)
    if case.resolved_at:
        return Clock("resolved", case.resolved_at, "done")
    if now >= end:
        return Clock(name, end, "overdue")
    risky = (end - now) < (end - case.raised_at) * AT_RISK
    return Clock(name, end, "at-risk" if risky else "ok")


def _overdue(now: datetime) -> Q:
    wanted = Q(pk=None)
    for severity, (first, last) in settings().clinic.clocks.items():
        late = Q(acknowledged_at=None, raised_at__lte=now - timedelta(hours=first))
        late |= Q(raised_at__lte=now - timedelta(hours=last))
        wanted |= Q(severity=severity) & late
    return wanted & Q(resolved_at=None)


def ordered(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Most severe first, then unacknowledged before acknowledged, then the oldest."""
    rank = When_(
        *[When(severity=name, then=Value(n)) for n, name in enumerate(SEVERITIES)], output_field=IntegerField()
    )
    return cases.annotate(rank=rank).order_by("rank", F("acknowledged_at").asc(nulls_first=True), "raised_at")


def shown(show: Show, user: User) -> QuerySet[Case]:
    """The cases of a tab, in the order of work."""
    cases = Case.objects.select_related("assigned_to", "acknowledged_by", "conversation").annotate(
        last_at=Max("turns__received_at")
    )
    if show is Show.RESOLVED:
        return cases.exclude(resolved_at=None).order_by("-resolved_at")
    cases = cases.filter(resolved_at=None)
    if show is Show.INFORMATION:
        return ordered(cases.filter(severity=Severity.INFORMATION))
    if show is Show.OVERDUE:
        return ordered(cases.filter(_overdue(timezone.now())))
    if show is Show.MINE:
        return ordered(cases.filter(assigned_to=user))
    cases = cases.exclude(severity=Severity.INFORMATION)
    return ordered(cases.filter(assigned_to=None) if show is Show.UNASSIGNED else cases)


def counts(user: User) -> dict[Show, int]:
    """How many are behind each tab; the resolved ones are not counted."""
    return {show: shown(show, user).count() for show in Show if show is not Show.RESOLVED}


def unacknowledged() -> int:
    """Cases that nobody has looked at, for the page's title."""
    return Case.objects.filter(resolved_at=None, acknowledged_at=None).exclude(severity=Severity.INFORMATION).count()


def next_case(user: User, after: str = "") -> Case | None:
    """The next one to look at: not acknowledged first, then one's own."""
    waiting = ordered(Case.objects.filter(resolved_at=None).exclude(severity=Severity.INFORMATION).exclude(pk=after))
    return waiting.filter(acknowledged_at=None).first() or waiting.filter(assigned_to=user).first()
