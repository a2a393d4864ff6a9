"""Who may do what: one table, one decorator. tests/web/staff walks every address with every role."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from bot.web.accounts import audit
from bot.web.accounts.models import Role, User


class May(StrEnum):
    """Things that a role may do."""

    LOOK_UP = "look_up"
    """Search the answers, print handouts, ask for missing content."""
    CALL_BACK = "call_back"
    """See who asked to be called, and note what became of it."""
    REVIEW = "review"
    """Read conversations and work on cases."""
    EXPORT = "export"
    """Take data out."""
    READ_CONTENT = "read_content"
    """See passages, their approvals and the questions without an answer."""
    APPROVE = "approve"
    """Approve passages, or withdraw an approval."""
    PUBLISH = "publish"
    """Rebuild the index that patients are answered from."""
    DASHBOARD = "dashboard"
    """See counts."""
    AUDIT = "audit"
    """Read the audit trail."""
    PEOPLE = "people"
    """Make accounts, change roles, close accounts; send failed notifications again."""


PERMISSIONS: dict[Role, frozenset[May]] = {
    Role.FRONT_DESK: frozenset({May.LOOK_UP, May.CALL_BACK}),
    Role.CLINICIAN: frozenset(
        {May.LOOK_UP, May.CALL_BACK, May.REVIEW, May.EXPORT, May.READ_CONTENT, May.APPROVE, May.PUBLISH, May.DASHBOARD}
    ),
    Role.CONTENT_OWNER: frozenset({May.LOOK_UP, May.READ_CONTENT, May.PUBLISH, May.DASHBOARD}),
    # Runs the system, reads no conversation.
    Role.ADMINISTRATOR: frozenset({May.LOOK_UP, May.READ_CONTENT, May.DASHBOARD, May.AUDIT, May.PEOPLE}),
}
HOMES = {
    Role.FRONT_DESK: "desk",
    Role.CLINICIAN: "review-queue",
    Role.CONTENT_OWNER: "content",
    Role.ADMINISTRATOR: "people",
}

View = Callable[..., HttpResponse]


def may(user: object, permission: May) -> bool:
    """Whether a signed-in person's role allows it."""
    return isinstance(user, User) and user.is_active and permission in PERMISSIONS[Role(user.role)]


def person(request: HttpRequest) -> User:
    """The signed-in person; only behind `needs`."""
    return cast(User, request.user)


def needs(permission: May) -> Callable[[View], View]:
    """Lets a view be reached by the roles that may; others are refused, and that is recorded."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path() if request.method == "GET" else "/staff/")
            if not may(request.user, permission):
                # The view's name, not the address: an address may hold what somebody typed.
                audit.record(audit.actor_of(request), "refused", view.__name__, outcome="refused", reason=permission)
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return wrap
