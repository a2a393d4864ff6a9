"""State changes of accounts, each with its audit event."""

import secrets

from allauth.mfa.models import Authenticator
from django.db import transaction

from bot.web.accounts import audit
from bot.web.accounts.audit import Actor
from bot.web.accounts.models import Role, User


class LastAdministratorError(ValueError):
    """Somebody must be left who can make accounts."""


def new_password() -> str:
    """A password to be handed over once."""
    return secrets.token_urlsafe(12)


@transaction.atomic
def create(actor: Actor, user: User, temporary: bool = True) -> str:
    """Save a new account; its password, which is shown once."""
    password = new_password()
    user.set_password(password)
    user.must_change_password = temporary
    user.save()
    audit.record(actor, "account made", user.username, reason=user.role)
    return password


@transaction.atomic
def change(actor: Actor, user: User, role: Role, is_active: bool) -> None:
    """Another role, or another right to sign in."""
    losing = user.role == Role.ADMINISTRATOR and (role != Role.ADMINISTRATOR or not is_active)
    others = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=user.pk)
    if losing and not others.exists():
        raise LastAdministratorError("This is the last administrator. Make another one first.")
    if user.role != role:
        user.role = role
        audit.record(actor, "role changed", user.username, reason=role)
    if user.is_active != is_active:
        user.is_active = is_active
        audit.record(actor, "account opened" if is_active else "account closed", user.username)
    user.save(update_fields=["role", "is_active"])


@transaction.atomic
def reset(actor: Actor, user: User) -> str:
    """A new temporary password and no second factor, for somebody who lost theirs."""
    password = new_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    Authenticator.objects.filter(user=user).delete()
    audit.record(actor, "account reset", user.username)
    return password
