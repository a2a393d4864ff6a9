"""State changes of a conversation: one function each, holding the transaction."""

import hashlib
import secrets
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from bot.reply import Kind, Reply
from bot.safety.verdict import Category, Level, Verdict
from bot.web.chat.models import CallbackRequest, Conversation, Risk, StoredButton, StoredReply, Turn, Unanswered, new_id
from bot.web.review.domain import open_case, severity_of
from bot.web.review.models import Severity

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=24)
QUEUE = 3


class QueueFull(RuntimeError):
    """Too many messages of one conversation are waiting."""


def hash_token(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def start_conversation() -> tuple[Conversation, str]:
    """A new conversation and its token, which is never stored."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    return Conversation.objects.create(token_hash=hash_token(token), consent_at=now, started_at=now), token


def expires_at(conversation: Conversation) -> datetime:
    """When the token stops working unless it is used."""
    return min(conversation.active_at + IDLE, conversation.started_at + LONGEST)


def find_conversation(token: str) -> Conversation | None:
    """The conversation a token opens, if it has not expired."""
    found = Conversation.objects.filter(token_hash=hash_token(token)).first()
    return found if found and timezone.now() < expires_at(found) else None


def known_risks(conversation: Conversation) -> dict[Category, Level]:
    """Categories that reached `escalate` before and were not cleared by staff; a correction lowers them to caution."""
    rows = conversation.risks.filter(cleared_at=None).order_by("category")
    return {Category(row.category): Level(row.level) for row in rows}


def raised_before(conversation: Conversation, number: int | None = None) -> dict[Category, Level]:
    """The highest level of each category in the turns before `number` (all so far), less what staff cleared."""
    earlier = conversation.turns.exclude(level=Level.NONE.value)
    if number is not None:
        earlier = earlier.filter(number__lt=number)
    found: dict[Category, Level] = {}
    for flags in earlier.values_list("flags", flat=True):
        for flag in flags:
            category, level = Category(flag["category"]), Level(flag["level"])
            found[category] = max(found.get(category, Level.NONE), level)
    cleared = set(conversation.risks.exclude(cleared_at=None).values_list("category", flat=True))
    return {key: level for key, level in found.items() if level > Level.NONE and key.value not in cleared}


@transaction.atomic
def receive(
    conversation: Conversation,
    text: str,
    client_message_id: str,
    verdict: Verdict,
    button: StoredButton | None = None,
    asked: str = "",
) -> tuple[Turn, bool]:
    """Commit message, verdict, risk, escalation and notification together; False if it was there already.

    QueueFull where too many of the conversation's messages are waiting, unless this one carries a risk.
    """
    locked = Conversation.objects.select_for_update().get(pk=conversation.pk)
    known = locked.turns.filter(client_message_id=client_message_id).first()
    if known:
        return known, False
    waiting = locked.turns.filter(state=Turn.State.RECEIVED).count()
    if waiting >= QUEUE and verdict.level == Level.NONE:
        raise QueueFull
    last = locked.turns.order_by("-number").first()
    turn = Turn.objects.create(
        conversation=locked,
        number=last.number + 1 if last else 0,
        client_message_id=client_message_id,
        text=text,
        topic=button.topic if button else "",
        asked=asked,
        level=verdict.level.value,
        flags=[{**flag.as_dict(), "level": flag.level.value} for flag in verdict.flags],
    )
    locked.active_at = turn.received_at
    locked.save(update_fields=["active_at"])
    record_verdict(turn, verdict)
    return turn, True


def record_verdict(turn: Turn, verdict: Verdict) -> None:
    """Remember the risk in the conversation and put the turn before the clinicians, as the level asks."""
    if verdict.level == Level.NONE:
        return
    for category in verdict.categories:
        flags = [flag for flag in verdict.flags if flag.category == category]
        if max(flag.level for flag in flags) >= Level.ESCALATE:
            raise_risk(turn.conversation, category, Level.ESCALATE)
        elif any(flag.rule.startswith("conversation.correction") for flag in flags):
            lower_risk(turn.conversation, category)
    categories = [category.value for category in verdict.categories]
    open_case(turn, severity_of(verdict), categories, reason=verdict.level.value)


def raise_risk(conversation: Conversation, category: Category, level: Level) -> None:
    """A category's level never falls here; a cleared one comes back when it is raised again."""
    risk = Risk.objects.filter(conversation=conversation, category=category.value).first()
    if risk is None:
        Risk.objects.create(conversation=conversation, category=category.value, level=level.value)
    elif risk.cleared_at or Level(risk.level) < level:
        risk.level, risk.since = level.value, timezone.now()
        risk.cleared_at = risk.cleared_by = None
        risk.cleared_reason = ""
        risk.save()


def lower_risk(conversation: Conversation, category: Category) -> None:
    """ "Sorry, I meant my sister": from escalate to caution, never further."""
    Risk.objects.filter(conversation=conversation, category=category.value, level=Level.ESCALATE.value).update(
        level=Level.CAUTION.value
    )


@transaction.atomic
def finish(turn: Turn, replies: list[Reply], state: Turn.State, failure: str = "") -> list[StoredReply]:
    """Store what is shown, with what it entails; a turn is finished once, the first to come wins."""
    locked = Turn.objects.select_for_update().get(pk=turn.pk)
    if locked.state != Turn.State.RECEIVED:
        return list(locked.replies.all())
    locked.state, locked.failure, locked.finished_at = state, failure[:60], timezone.now()
    locked.save(update_fields=["state", "failure", "finished_at"])
    stored = [store_reply(locked, position, reply) for position, reply in enumerate(replies)]
    for reply in replies:
        _entail(locked, reply)
    return stored


def store_reply(turn: Turn, position: int, reply: Reply) -> StoredReply:
    """One reply and its buttons."""
    stored = StoredReply.objects.create(
        turn=turn,
        position=position,
        kind=reply.kind.value,
        level=reply.level,
        categories=list(reply.categories),
        topics=list(reply.topics),
        versions=list(reply.versions),
        lead=reply.lead,
        text=reply.text,
        sources=[asdict(source) for source in reply.sources],
        asked=reply.asked,
    )
    for number, button in enumerate(reply.buttons):
        StoredButton.objects.create(
            conversation=turn.conversation,
            reply=stored,
            position=number,
            title=button.title,
            say=button.say,
            topic=button.topic,
        )
    return stored


def _entail(turn: Turn, reply: Reply) -> None:
    if reply.callback:
        request_callback(
            turn.conversation,
            **{key: reply.callback.get(key, "") for key in ("name", "phone")},
            best_time=reply.callback.get("time", ""),
        )
    if reply.unanswered and reply.kind is Kind.NO_ANSWER and turn.level == Level.NONE.value:
        Unanswered.objects.create(text=turn.text, topics=[button.topic for button in reply.buttons if button.topic])


def request_callback(conversation: Conversation, name: str, phone: str, best_time: str) -> CallbackRequest:
    """Put a patient on the list of those to call."""
    return CallbackRequest.objects.create(
        conversation=conversation, name=name[:80], phone=phone[:40], best_time=best_time[:120]
    )


def orphaned(turn: Turn) -> None:
    """A message that nobody answered goes before a clinician whatever it says."""
    open_case(turn, Severity.REVIEW, [], reason="no reply was delivered")


def issue_buttons(conversation: Conversation, choices: list[tuple[str, str]]) -> list[StoredButton]:
    """Buttons that stand under no reply, such as the starter questions: (title, topic)."""
    return [
        StoredButton.objects.create(
            id=new_id(), conversation=conversation, position=number, title=title, say=title, topic=topic
        )
        for number, (title, topic) in enumerate(choices)
    ]


def erase(conversation: Conversation) -> None:
    """The patient starts over: the conversation goes, unless clinicians work on it; then its token does."""
    if conversation.cases.exists():
        Conversation.objects.filter(pk=conversation.pk).update(token_hash=hash_token(secrets.token_urlsafe(32)))
    else:
        conversation.delete()
