"""Approvals of passages, what was sent back, and what staff ask for."""

from django.db import models
from django.utils import timezone


class Approval(models.Model):
    """A clinician's approval of one exact text. It counts until it expires, is withdrawn, or the text changes."""

    topic = models.CharField(max_length=64, db_index=True)
    digest = models.CharField(max_length=64, db_index=True)
    version = models.CharField(max_length=12, db_index=True)
    title = models.CharField(max_length=200)
    text = models.TextField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="approvals")
    at = models.DateTimeField(default=timezone.now)
    expires_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-at"]


class SentBack(models.Model):
    """Why a text may not be shown as it is."""

    topic = models.CharField(max_length=64, db_index=True)
    digest = models.CharField(max_length=64)
    comment = models.TextField(max_length=2000)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]


class ContentRequest(models.Model):
    """Something the desk was asked and could not answer."""

    text = models.CharField(max_length=300)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-at"]
