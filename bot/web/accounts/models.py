"""People who sign in, and the record of what they did. Patients never sign in."""

from typing import Any, NoReturn

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    """What a member of staff may do; see bot/web/accounts/permissions.py for the matrix."""

    FRONT_DESK = "front_desk", "Front desk"
    CLINICIAN = "clinician", "Clinician"
    CONTENT_OWNER = "content_owner", "Content owner"
    ADMINISTRATOR = "administrator", "Administrator"


class User(AbstractUser):
    """A member of staff with one role."""

    role = models.CharField(max_length=20, choices=Role.choices, default=Role.FRONT_DESK)
    must_change_password = models.BooleanField(default=False)

    @property
    def display_name(self) -> str:
        """Full name where there is one."""
        return self.get_full_name() or self.username


class AppendOnlyError(RuntimeError):
    """The audit trail is never changed."""


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    """Reads only."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Never."""
        raise AppendOnlyError("audit events are never changed")

    def delete(self) -> NoReturn:
        """Never."""
        raise AppendOnlyError("audit events are never deleted")


class AuditEvent(models.Model):
    """Who did what to which object, bound to the event before it. Holds no text of anybody's."""

    number = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=150)
    role = models.CharField(max_length=20, blank=True)
    action = models.CharField(max_length=40, db_index=True)
    object_id = models.CharField(max_length=80, blank=True, db_index=True)
    outcome = models.CharField(max_length=20)
    reason = models.CharField(max_length=80, blank=True)
    request_id = models.CharField(max_length=32, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["number"]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Once."""
        if self.pk:
            raise AppendOnlyError("audit events are never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never."""
        raise AppendOnlyError("audit events are never deleted")
