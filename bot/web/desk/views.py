"""The front desk's pages. No transcript is ever shown here."""

from datetime import date

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from bot.settings import settings
from bot.web.accounts import audit
from bot.web.accounts.permissions import May, needs, person
from bot.web.chat.models import CallbackRequest
from bot.web.content.approvals import approval_of
from bot.web.content.models import ContentRequest
from bot.web.desk.lookup import Answer, answer_for, look_up
from bot.web.pdf import pdf
from bot.web.review.transcript import NAMES

LONGEST = 300


class WishForm(forms.Form):
    """A question without a good answer."""

    text = forms.CharField(min_length=3, max_length=LONGEST, label="What was asked (no names, no birthdays)")


@require_GET
@needs(May.LOOK_UP)
def desk(request: HttpRequest) -> HttpResponse:
    """Search; with htmx only the results."""
    query = request.GET.get("q", "").strip()[:LONGEST]
    data: dict[str, object] = {
        "query": query,
        "wish": WishForm(initial={"text": query}),
        "partial": bool(request.headers.get("HX-Request")),
    }
    if len(query) > 1:
        found = look_up(query)
        categories = [NAMES[category] for category in found.danger.categories] if found.danger else []
        data |= {
            "found": found,
            "rows": [(answer, *approval_of(answer.topic, answer.version)) for answer in found.answers],
            "categories": categories,
        }
    return render(request, "desk/_results.html" if request.headers.get("HX-Request") else "desk/desk.html", data)


def _answer_or_404(topic: str) -> Answer:
    answer = answer_for(topic)
    if answer is None:
        raise Http404
    return answer


@require_GET
@needs(May.LOOK_UP)
def desk_answer(request: HttpRequest, topic: str) -> HttpResponse:
    """One answer, large, to read out."""
    answer = _answer_or_404(topic)
    by, on = approval_of(topic, answer.version)
    return render(request, "desk/answer.html", {"answer": answer, "by": by, "on": on})


def handout_html(answer: Answer) -> str:
    """The page to take home."""
    by, on = approval_of(answer.topic, answer.version)
    data = {"answer": answer, "by": by, "on": on, "today": date.today(), "clinic": settings().clinic}
    return render_to_string("desk/handout.html", data)


@require_GET
@needs(May.LOOK_UP)
def desk_handout(request: HttpRequest, topic: str) -> HttpResponse:
    """One page to take home."""
    answer = _answer_or_404(topic)
    html = handout_html(answer)
    audit.record(audit.actor_of(request), "printed", topic, reason=answer.version)
    response = HttpResponse(pdf(html, "staff/handout.css"), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{topic}.pdf"'
    return response


@require_POST
@needs(May.LOOK_UP)
def desk_wish(request: HttpRequest) -> HttpResponse:
    """File a content request."""
    form = WishForm(request.POST)
    if form.is_valid():
        with transaction.atomic():
            wish = ContentRequest.objects.create(text=form.cleaned_data["text"], by=person(request))
            audit.record(audit.actor_of(request), "content asked for", f"request {wish.pk}")
        messages.success(request, "Thank you. The content owners see it among the open questions.")
    else:
        messages.error(request, "Please say in a few words what was asked.")
    return redirect("desk")


@require_GET
@needs(May.CALL_BACK)
def desk_callbacks(request: HttpRequest) -> HttpResponse:
    """Who wants to be called, oldest first."""
    calls = (
        CallbackRequest.objects.exclude(state=CallbackRequest.State.DONE)
        .select_related("conversation")
        .order_by("at")[:200]
    )
    audit.record(audit.actor_of(request), "viewed call-backs", f"{len(calls)} open")
    done = CallbackRequest.objects.filter(state=CallbackRequest.State.DONE).order_by("-at")[:20]
    rows = [
        (call, call.conversation is not None and call.conversation.cases.filter(resolved_at=None).exists())
        for call in calls
    ]
    return render(request, "desk/callbacks.html", {"rows": rows, "done": done})


@require_POST
@needs(May.CALL_BACK)
def desk_called(request: HttpRequest, pk: int, state: str) -> HttpResponse:
    """What became of a call; "open" puts it back."""
    with transaction.atomic():
        call = get_object_or_404(CallbackRequest.objects.select_for_update(), pk=pk)
        call.state = CallbackRequest.State(state)
        call.save(update_fields=["state"])
        audit.record(audit.actor_of(request), "call-back", str(pk), reason=state)
    return redirect("desk-callbacks")
