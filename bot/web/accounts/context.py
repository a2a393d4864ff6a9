"""What the staff pages' frame shows: the menu of a role, and what is wrong."""

from dataclasses import dataclass

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest
from django.urls import reverse

from bot.web.accounts.middleware import PREFIXES
from bot.web.accounts.models import User
from bot.web.accounts.permissions import May, may


@dataclass(frozen=True)
class Item:
    """One entry of the menu."""

    title: str
    url: str
    current: bool


MENU = (
    ("Look up", "desk", May.LOOK_UP),
    ("Call-backs", "desk-callbacks", May.CALL_BACK),
    ("Review", "review-queue", May.REVIEW),
    ("Passages", "content", May.READ_CONTENT),
    ("Open questions", "content-questions", May.READ_CONTENT),
    ("Dashboard", "dashboard", May.DASHBOARD),
    ("Export", "review-export", May.EXPORT),
    ("People", "people", May.PEOPLE),
    ("Audit", "audit", May.AUDIT),
)


def staff(request: HttpRequest) -> dict[str, object]:
    """Menu and alarms; nothing on the patients' pages."""
    user = getattr(request, "user", None)
    if not request.path.startswith(PREFIXES) or not isinstance(user, User):
        return {}
    from bot.web.review.alarms import alarms

    places = [(title, reverse(name)) for title, name, permission in MENU if may(user, permission)]
    here = max((url for _, url in places if request.path.startswith(url)), key=len, default="")
    return {
        "menu": [Item(title, url, url == here) for title, url in places],
        "alarms": alarms(user),
        "no_second_factor": not is_mfa_enabled(user),
    }
