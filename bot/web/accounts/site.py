"""Django's admin for administrators: to look, not to change. It sits below /staff/, so it has the second factor,
the time limits and the sign-in of every staff page; changes go through pages that write the audit trail."""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from bot.web.accounts.models import AuditEvent, Role, User
from bot.web.content.models import Approval
from bot.web.review.models import Notification


class ReadOnly(ModelAdmin):  # type: ignore[type-arg]
    """Lists and details, no change."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may enter the site may look."""
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class UserAdmin(ReadOnly):
    """Accounts without their password hashes."""

    list_display = ("username", "role", "is_active", "last_login")
    fields = ("username", "first_name", "last_name", "email", "role", "is_active", "date_joined", "last_login")


class EventAdmin(ReadOnly):
    """The audit trail."""

    list_display = ("number", "at", "actor", "role", "action", "object_id", "outcome")


class NotificationAdmin(ReadOnly):
    """What was sent, and what could not be."""

    list_display = ("created_at", "severity", "reason", "state", "attempts", "error")


class ApprovalAdmin(ReadOnly):
    """Who approved which text."""

    list_display = ("topic", "version", "by", "expires_on")


class Site(AdminSite):
    """For administrators only; holds nothing that a patient typed."""

    site_header = site_title = "LDN Guide"
    index_title = "Look up"

    def has_permission(self, request: HttpRequest) -> bool:
        """By role, not by Django's staff flag."""
        return isinstance(request.user, User) and request.user.is_active and request.user.role == Role.ADMINISTRATOR

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Strangers go to the one sign-in page; others are refused."""
        if isinstance(request.user, AnonymousUser):
            return redirect_to_login(request.get_full_path())
        raise PermissionDenied


site = Site(name="admin")
site.register(User, UserAdmin)
site.register(AuditEvent, EventAdmin)
site.register(Notification, NotificationAdmin)
site.register(Approval, ApprovalAdmin)
