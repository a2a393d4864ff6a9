"""Pages about people: start page, accounts, audit trail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bot.web.accounts import audit, people
from bot.web.accounts.forms import ChangeForm, PersonForm
from bot.web.accounts.models import AuditEvent, Role, User
from bot.web.accounts.permissions import HOMES, May, needs, person


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The start page of one's role."""
    return redirect(HOMES[Role(person(request).role)])


def closed(request: HttpRequest) -> HttpResponse:
    """Addresses that allauth names and we do not offer."""
    raise Http404


@require_http_methods(["GET", "POST"])
@needs(May.PEOPLE)
def people_list(request: HttpRequest) -> HttpResponse:
    """Everybody who may sign in, and a form for one more."""
    form = PersonForm(request.POST or None)
    fresh: tuple[str, str] | None = None
    if request.method == "POST" and form.is_valid():
        user = form.save(commit=False)
        fresh = (user.username, people.create(audit.actor_of(request), user))
        form = PersonForm()
    everybody = User.objects.order_by("-is_active", "username").prefetch_related("authenticator_set")
    rows = [
        (user, ChangeForm(initial={"role": user.role, "is_active": user.is_active}, auto_id=f"{user.pk}-%s"))
        for user in everybody
    ]
    return render(request, "staff/people.html", {"form": form, "rows": rows, "fresh": fresh})


@require_POST
@needs(May.PEOPLE)
def people_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a role, or close an account."""
    form = ChangeForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            people.change(
                audit.actor_of(request), get_object_or_404(User, pk=pk), Role(data["role"]), data["is_active"]
            )
            messages.success(request, "Saved.")
        except people.LastAdministratorError as error:
            messages.error(request, str(error))
    return redirect("people")


@require_POST
@needs(May.PEOPLE)
def people_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """A temporary password for somebody who lost theirs; shown once, here."""
    user = get_object_or_404(User, pk=pk)
    password = people.reset(audit.actor_of(request), user)
    return render(request, "staff/password.html", {"username": user.username, "password": password})


@require_GET
@needs(May.AUDIT)
def audit_trail(request: HttpRequest) -> HttpResponse:
    """The trail, newest first, and whether it is whole."""
    events = AuditEvent.objects.order_by("-number")
    wanted = {name: request.GET.get(name, "").strip()[:150] for name in ("actor", "action", "object_id")}
    for name, value in wanted.items():
        if value:
            events = events.filter(**{name: value})
    page = Paginator(events, 50).get_page(request.GET.get("page"))
    wrong = audit.verify()
    actions = AuditEvent.objects.order_by("action").values_list("action", flat=True).distinct()
    return render(request, "staff/audit.html", {"page": page, "wrong": wrong, "wanted": wanted, "actions": actions})
