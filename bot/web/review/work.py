"""What clinicians do with a case: one function each, holding the transaction, the version and the audit event."""

from django.db import transaction
from django.utils import timezone

from bot.safety.verdict import Category, Level
from bot.web.accounts import audit
from bot.web.accounts.models import User
from bot.web.accounts.permissions import May, may
from bot.web.chat.models import Risk, Turn
from bot.web.review.models import Case, Judgement, Note, Resolution


class Conflict(RuntimeError):
    """Somebody else, or a new message, was faster; nothing was saved."""


def _locked(case_id: str, version: int) -> Case:
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.version != version:
        raise Conflict("This case changed while you had it open. Nothing was saved; please look at it again.")
    case.version += 1
    return case


def _open(case_id: str, version: int) -> Case:
    case = _locked(case_id, version)
    if case.resolved_at:
        raise Conflict("This case is resolved already. Reopen it first.")
    return case


def _acknowledge(case: Case, user: User) -> None:
    if case.acknowledged_at is None:
        case.acknowledged_at, case.acknowledged_by = timezone.now(), user


@transaction.atomic
def acknowledge(case_id: str, version: int, user: User, actor: audit.Actor) -> Case:
    """Say that one has seen it; it becomes one's own unless it is somebody's."""
    case = _open(case_id, version)
    if case.acknowledged_at:
        raise Conflict("This case was acknowledged already.")
    _acknowledge(case, user)
    case.assigned_to = case.assigned_to or user
    case.save()
    audit.record(actor, "acknowledged", case.pk)
    return case


@transaction.atomic
def assign(case_id: str, version: int, to: User | None, actor: audit.Actor) -> Case:
    """Give it to a clinician, or back to everybody."""
    if to and not may(to, May.REVIEW):
        raise Conflict("Only clinicians can be given a case.")
    case = _open(case_id, version)
    case.assigned_to = to
    case.save()
    audit.record(actor, "assigned", case.pk, reason=to.username if to else "nobody")
    return case


@transaction.atomic
def note(case_id: str, version: int, text: str, user: User, actor: audit.Actor) -> Note:
    """Write something down; the audit trail holds that, not what."""
    case = _locked(case_id, version)
    written = Note.objects.create(case=case, author=user, text=text)
    case.save()
    audit.record(actor, "noted", case.pk)
    return written


@transaction.atomic
def resolve(case_id: str, version: int, reason: Resolution, user: User, actor: audit.Actor) -> Case:
    """Close it, with a reason; whoever closes a case has seen it."""
    case = _open(case_id, version)
    _acknowledge(case, user)
    case.resolved_at, case.resolved_by, case.resolution = timezone.now(), user, reason.value
    case.save()
    audit.record(actor, "resolved", case.pk, reason=reason.value)
    return case


@transaction.atomic
def reopen(case_id: str, version: int, user: User, actor: audit.Actor) -> Case:
    """Back into the queue, as one's own; refused where the conversation has another open case."""
    case = _locked(case_id, version)
    if not case.resolved_at:
        raise Conflict("This case is open.")
    if Case.objects.filter(conversation=case.conversation, resolved_at=None).exists():
        raise Conflict("This conversation has another open case. Work on that one.")
    case.resolved_at = case.resolved_by = None
    case.resolution = ""
    case.assigned_to = user
    case.save()
    audit.record(actor, "reopened", case.pk)
    return case


@transaction.atomic
def clear_risk(case_id: str, version: int, risk_id: int, reason: str, user: User, actor: audit.Actor) -> Risk:
    """A known risk stops opening the bot's answers; why is kept beside the risk, not in the audit trail."""
    case = _locked(case_id, version)
    risk = Risk.objects.select_for_update().get(pk=risk_id, conversation=case.conversation)
    if risk.cleared_at:
        raise Conflict("This risk was cleared already.")
    risk.cleared_at, risk.cleared_by, risk.cleared_reason = timezone.now(), user, reason
    risk.save()
    case.save()
    audit.record(actor, "risk cleared", case.pk, reason=risk.category)
    return risk


@transaction.atomic
def judge(
    case_id: str,
    version: int,
    turn_id: str,
    kind: Judgement.Kind,
    category: Category,
    level: Level,
    user: User,
    actor: audit.Actor,
) -> Judgement:
    """Say that the triage of one message was wrong in one category; a later verdict replaces an earlier one."""
    case = _locked(case_id, version)
    turn = Turn.objects.get(pk=turn_id, conversation=case.conversation)
    values = {"kind": kind, "level": level.value, "author": user, "at": timezone.now()}
    found, _ = Judgement.objects.update_or_create(turn=turn, category=category.value, defaults=values)
    case.save()
    audit.record(actor, f"judged {kind.value}", case.pk, reason=category.value)
    return found
