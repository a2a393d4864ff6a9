"""Sign-ins and changes of an account, written to the audit trail."""

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from bot.web.accounts import audit
from bot.web.accounts.models import User


def _actor(user: User | None, request: HttpRequest | None) -> audit.Actor:
    request_id = str(getattr(request, "request_id", ""))
    return audit.Actor(user.username, user.role, request_id) if user else audit.Actor("anonymous", "", request_id)


@receiver(user_logged_in)
def signed_in(sender: object, request: HttpRequest, user: User, **more: Any) -> None:
    """Somebody signed in, second factor included."""
    audit.record(_actor(user, request), "signed in")


@receiver(user_logged_out)
def signed_out(sender: object, request: HttpRequest, user: User | None, **more: Any) -> None:
    """Somebody signed out."""
    if user:
        audit.record(_actor(user, request), "signed out")


@receiver(user_login_failed)
def refused(sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **more: Any) -> None:
    """A wrong password. What was typed as a name may be a password: only known names are written."""
    known = User.objects.filter(username=str(credentials.get("username", ""))[:150]).first()
    audit.record(_actor(None, request), "sign-in failed", known.username if known else "", outcome="refused")


@receiver(password_changed)
def changed(sender: object, request: HttpRequest, user: User, **more: Any) -> None:
    """A new password: the one from the administrator is done with."""
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    user.must_change_password = False
    audit.record(_actor(user, request), "password changed", user.username)


@receiver([mfa.authenticator_added, mfa.authenticator_removed, mfa.authenticator_reset])
def factor(sender: object, signal: Any, request: HttpRequest, user: User, authenticator: Any, **more: Any) -> None:
    """The second factor came, went or was renewed."""
    done = {mfa.authenticator_added: "added", mfa.authenticator_removed: "removed"}.get(signal, "renewed")
    audit.record(_actor(user, request), f"second factor {done}", user.username, reason=str(authenticator.type))
