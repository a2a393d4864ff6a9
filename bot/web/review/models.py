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
        NOWHERE = "nowhere", "nobody to send it to"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notifications")
    reason = models.CharField(max_length=40)
    severity = models.CharField(max_length=12, choices=Severity.choices)
    created_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    error = models.CharField(max_length=120, blank=True)


class Delivery(models.Model):
    """One notification through one channel, with its retries."""

    class Channel(models.TextChoices):
        """Ways out."""

        EMAIL = "email", "email"
        WEBHOOK = "webhook", "webhook"

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notification", "channel"], name="delivery_channel")]


class Resolution(models.TextChoices):
    """How a case ended."""

    CONTACTED = "contacted", "Contacted the patient"
    ADVISED_ED = "advised_ed", "Advised 911 or emergency department"
    NO_ACTION = "no_action", "No action needed"
    FALSE_ALARM = "false_alarm", "False alarm"
    DUPLICATE = "duplicate", "Duplicate"
    TEST = "test", "Test"


class Note(models.Model):
    """What a clinician wrote on a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    text = models.TextField(max_length=4000)

    class Meta:
        ordering = ["at"]


class Judgement(models.Model):
    """A clinician's verdict on the triage of one message: it was wrong to flag it, or wrong not to."""

    class Kind(models.TextChoices):
        """Which way it was wrong."""

        FALSE_ALARM = "false_alarm", "False alarm"
        MISSED = "missed", "Missed"

    turn = models.ForeignKey("chat.Turn", on_delete=models.CASCADE, related_name="judgements")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    category = models.CharField(max_length=20)
    level = models.CharField(max_length=12)
    author = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["turn", "category"], name="judgement_category")]


class Tally(models.Model):
    """Counts that stay when conversations go."""

    day = models.DateField()
    what = models.CharField(max_length=80)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "what"], name="tally_day")]
