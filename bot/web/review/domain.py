"""State changes of cases: one function each, holding the transaction and its history together."""

from django.db import transaction
from django.utils import timezone

from bot.safety.verdict import Level, Status, Verdict
from bot.web.accounts.audit import SYSTEM, record
from bot.web.chat.models import Turn
from bot.web.review.models import SEVERITIES, Case, Notification, Severity

_SURE = {Status.PRESENT, Status.POSSIBLE, Status.IMPLIED, Status.OTHER_USER}


def severity_of(verdict: Verdict) -> Severity:
    """How soon a clinician must look."""
    if verdict.level == Level.EMERGENCY:
        return Severity.EMERGENCY
    if verdict.level == Level.ESCALATE:
        sure = any(flag.status in _SURE for flag in verdict.flags if flag.level == Level.ESCALATE)
        return Severity.URGENT if sure else Severity.REVIEW
    return Severity.INFORMATION


@transaction.atomic
def open_case(turn: Turn, severity: Severity, categories: list[str], reason: str) -> Case:
    """Put a turn before the clinicians: into the conversation's open case, or into a new one.

    A case that becomes more severe must be acknowledged again, and is notified again.
    """
    case = Case.objects.filter(conversation=turn.conversation, resolved_at=None).first()
    raised = case is None or SEVERITIES.index(severity) < SEVERITIES.index(case.severity)
    if case is None:
        case = Case(conversation=turn.conversation, severity=severity)
    elif raised:
        case.severity = severity
        case.raised_at = timezone.now()
        case.acknowledged_at = case.acknowledged_by = None
    # A clinician who has the case open is told of the new message when they save.
    known = not case._state.adding
    case.version += 1 if known else 0
    case.categories = sorted({*case.categories, *categories})
    case.save()
    turn.case = case
    turn.save(update_fields=["case"])
    if raised:
        Notification.objects.create(case=case, reason=reason, severity=severity)
    done = ("case raised" if raised else "message added") if known else "case opened"
    record(SYSTEM, done, case.pk, reason=str(severity))
    return case
