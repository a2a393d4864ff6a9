"""The record: what was said, what was found in it, what was answered."""

import secrets

from django.db import models
from django.utils import timezone

from bot.reply import Kind
from bot.safety.verdict import Category, Level


def new_id() -> str:
    """An id that Rasa may see as a sender: URL-safe, 32 characters."""
    return secrets.token_urlsafe(24)


CATEGORIES = [(category.value, category.value) for category in Category]
LEVELS = [(level.value, level.value) for level in Level]
KINDS = [(kind.value, kind.value) for kind in Kind]


class Conversation(models.Model):
    """One patient's anonymous conversation; the token is stored as a hash."""

    id = models.CharField(primary_key=True, max_length=64, default=new_id)
    token_hash = models.CharField(max_length=64, unique=True)
    started_at = models.DateTimeField(default=timezone.now)
    active_at = models.DateTimeField(default=timezone.now, db_index=True)
    consent_at = models.DateTimeField()
    is_demo = models.BooleanField(default=False)


class Turn(models.Model):
    """One message and what became of it."""

    class State(models.TextChoices):
        """A turn without a final state is found by the reconciler."""

        RECEIVED = "received", "received"
        ANSWERED = "answered", "answered by the dialogue"
        FIXED = "fixed", "answered with a fixed message"
        RECONCILED = "reconciled", "finished by the reconciler"

    id = models.CharField(primary_key=True, max_length=64, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    number = models.PositiveIntegerField()
    client_message_id = models.CharField(max_length=64)
    text = models.TextField()
    topic = models.CharField(max_length=64, blank=True)
    asked = models.CharField(max_length=40, blank=True)
    level = models.CharField(max_length=12, choices=LEVELS)
    flags = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED, db_index=True)
    failure = models.CharField(max_length=60, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    case = models.ForeignKey("review.Case", null=True, on_delete=models.SET_NULL, related_name="turns")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "number"], name="turn_number"),
            models.UniqueConstraint(fields=["conversation", "client_message_id"], name="turn_client_message"),
        ]
        ordering = ["conversation", "number"]


class StoredReply(models.Model):
    """A reply as it was shown."""

    id = models.CharField(primary_key=True, max_length=64, default=new_id)
    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="replies")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=KINDS)
    level = models.CharField(max_length=12, choices=LEVELS)
    categories = models.JSONField(default=list)
    topics = models.JSONField(default=list)
    versions = models.JSONField(default=list)
    lead = models.TextField(blank=True)
    text = models.TextField()
    sources = models.JSONField(default=list)
    asked = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["turn", "position"]


class StoredButton(models.Model):
    """A choice under a reply; the page knows its id and title, never what it says."""

    id = models.CharField(primary_key=True, max_length=64, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="buttons")
    reply = models.ForeignKey(StoredReply, null=True, on_delete=models.CASCADE, related_name="buttons")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    say = models.CharField(max_length=400)
    topic = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["reply", "position"]


class Risk(models.Model):
    """A category that was raised in a conversation. It is lowered by a correction, cleared only by staff."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="risks")
    category = models.CharField(max_length=20, choices=CATEGORIES)
    level = models.CharField(max_length=12, choices=LEVELS)
    since = models.DateTimeField(default=timezone.now)
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT)
    cleared_reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "category"], name="risk_category")]


class Feedback(models.Model):
    """A thumb on a reply."""

    reply = models.OneToOneField(StoredReply, on_delete=models.CASCADE, related_name="feedback")
    helpful = models.BooleanField()
    comment = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)


class CallbackRequest(models.Model):
    """A patient who wants to be called."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open", "open"
        DONE = "done", "done"
        NOT_REACHED = "not_reached", "not reached"

    conversation = models.ForeignKey(Conversation, null=True, on_delete=models.SET_NULL, related_name="callbacks")
    name = models.CharField(max_length=80)
    phone = models.CharField(max_length=40)
    best_time = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)


class Unanswered(models.Model):
    """A question the passages do not cover, for content owners, without the conversation around it."""

    text = models.TextField()
    topics = models.JSONField(default=list)
    at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
