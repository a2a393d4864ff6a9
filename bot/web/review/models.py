"""What clinicians work on, and the record of who did what."""

from django.db import models
from django.utils import timezone

from bot.web.chat.models import Conversation, new_id


class Severity(models.TextChoices):
    """Queues, most urgent first."""

    EMERGENCY = "emergency", "Emergency"
    URGENT = "urgent", "Urgent"
    REVIEW = "review", "Review"
    INFORMATION = "information", "Information"


SEVERITIES = [severity.value for severity in Severity]


class Case(models.Model):
    """A conversation that a clinician must look at; one open case a conversation."""

    id = models.CharField(primary_key=True, max_length=64, default=new_id)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="cases")
    severity = models.CharField(max_length=12, choices=Severity.choices)
    categories = models.JSONField(default=list)
    opened_at = models.DateTimeField(default=timezone.now)
    raised_at = models.DateTimeField(default=timezone.now)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    assigned_to = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="cases")
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")
    resolution = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(resolved_at__isnull=True), name="one_open_case"
            )
        ]


class Notification(models.Model):
    """The outbox: written with the case, sent by the worker, without any message text."""

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notifications")
    reason = models.CharField(max_length=40)
    severity = models.CharField(max_length=12, choices=Severity.choices)
    created_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=120, blank=True)
