"""What every staff page needs: a request id, time limits of the session, a second factor, no caching."""

import secrets
import time
from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from bot.web.accounts import audit
from bot.web.accounts.models import User

PREFIXES = ("/staff/", "/desk/", "/review/", "/content/")
SETTING_UP = ("account_change_password", "account_logout", "account_reauthenticate", "mfa_reauthenticate")
FACTOR = ("mfa_activate_totp", "mfa_index", "mfa_generate_recovery_codes", "mfa_view_recovery_codes")
POLL = "poll"

Answer = Callable[[HttpRequest], HttpResponse]


class StaffMiddleware:
    """Touches staff addresses only: the patients' API has no session."""

    def __init__(self, get_response: Answer) -> None:
        # Bootstrap draws its form controls, and allauth its QR code, with data: images.
        self.answer: Answer = csp_update({"img-src": ["'self'", "data:"]})(get_response)  # type: ignore[assignment]
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Limits first, then the page."""
        if not request.path.startswith(PREFIXES):
            return self.get_response(request)
        request.request_id = secrets.token_hex(8)  # type: ignore[attr-defined]
        response = self._ended(request) or self._unfinished(request) or self.answer(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        response["Cache-Control"] = "no-store"
        return _for_htmx(request, response)

    def _ended(self, request: HttpRequest) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return None
        now = time.time()
        seen, since = request.session.get("seen", now), request.session.get("since", now)
        if now - seen <= settings.STAFF_IDLE_SECONDS and now - since <= settings.SESSION_COOKIE_AGE:
            # A page that refreshes itself is not a person at work.
            if POLL not in request.GET and now - seen > 5 or "seen" not in request.session:
                request.session["seen"], request.session["since"] = now, since
            return None
        audit.record(
            audit.actor_of(request),
            "session ended",
            reason="idle" if now - since <= settings.SESSION_COOKIE_AGE else "too long",
        )
        logout(request)
        request.user = AnonymousUser()
        return HttpResponseRedirect(f"{reverse('account_login')}?ended=1")

    def _unfinished(self, request: HttpRequest) -> HttpResponse | None:
        user: Any = request.user
        if not isinstance(user, User):
            return None
        allowed = {reverse(name) for name in SETTING_UP}
        if user.must_change_password:
            return None if request.path in allowed else HttpResponseRedirect(reverse("account_change_password"))
        if settings.STAFF_REQUIRE_MFA and not is_mfa_enabled(user):
            allowed |= {reverse(name) for name in FACTOR}
            return None if request.path in allowed else HttpResponseRedirect(reverse("mfa_activate_totp"))
        return None


def _for_htmx(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    # A redirect to the sign-in page must move the whole page, not land in a corner of it.
    location = response.get("Location", "")
    if request.headers.get("HX-Request") and location.startswith(reverse("account_login")):
        moved = HttpResponse(status=204)
        moved["HX-Redirect"] = reverse("account_login") + "?ended=1"
        return moved
    return response
