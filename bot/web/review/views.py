"""The clinicians' pages: queue, case, and what leaves the house."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bot.safety.verdict import Category, Level
from bot.web.accounts import audit
from bot.web.accounts.models import AuditEvent, User
from bot.web.accounts.permissions import May, needs, person
from bot.web.review import evaluation, export, fhir, forms, queue, work
from bot.web.review.models import Case, Judgement, Resolution
from bot.web.review.transcript import transcript

TITLES = {
    queue.Show.OPEN: "Open",
    queue.Show.MINE: "Mine",
    queue.Show.UNASSIGNED: "Unassigned",
    queue.Show.OVERDUE: "Overdue",
    queue.Show.INFORMATION: "Information",
    queue.Show.RESOLVED: "Resolved",
}
ROWS_A_PAGE = 50

Data = dict[str, Any]
Change = Callable[[str, Data, User, audit.Actor], object]


@require_GET
@needs(May.REVIEW)
def queue_page(request: HttpRequest) -> HttpResponse:
    """The queue; with htmx only its rows, which also renew the title."""
    try:
        show = queue.Show(request.GET.get("show", queue.Show.OPEN))
    except ValueError:
        show = queue.Show.OPEN
    now = timezone.now()
    page = Paginator(queue.shown(show, person(request)), ROWS_A_PAGE).get_page(request.GET.get("page"))
    counts = queue.counts(person(request))
    data = {
        "show": show,
        "rows": [(case, queue.clock(case, now), _has_news(case)) for case in page],
        "page": page,
        "tabs": [(item, TITLES[item], counts.get(item)) for item in queue.Show],
        "unacknowledged": queue.unacknowledged(),
        "now": now,
    }
    return render(request, "review/_rows.html" if request.headers.get("HX-Request") else "review/queue.html", data)


def _has_news(case: Case) -> bool:
    last = getattr(case, "last_at", None)
    return bool(case.acknowledged_at and not case.resolved_at and last and last > case.acknowledged_at)


@require_GET
@needs(May.REVIEW)
def case_page(request: HttpRequest, pk: str) -> HttpResponse:
    """One case with its whole conversation; that it was opened is recorded."""
    case = get_object_or_404(
        Case.objects.select_related("conversation", "assigned_to", "acknowledged_by", "resolved_by"), pk=pk
    )
    audit.record(audit.actor_of(request), "viewed", case.pk)
    return render(request, "review/case.html", _case_data(case))


def _case_data(case: Case, **bound: Any) -> dict[str, Any]:
    version = {"version": case.version}
    first, last = queue.due(case)
    data = {
        "case": case,
        "clock": queue.clock(case),
        "acknowledge_by": first,
        "resolve_by": last,
        "lines": transcript(case.conversation),
        "earlier": case.conversation.cases.exclude(pk=case.pk).order_by("opened_at"),
        "callbacks": case.conversation.callbacks.order_by("at"),
        "risks": [
            (risk, forms.RiskForm(initial={**version, "risk": risk.pk}, auto_id=f"risk-{risk.pk}-%s"))
            for risk in case.conversation.risks.order_by("category")
        ],
        "history": AuditEvent.objects.filter(object_id=case.pk).exclude(action="viewed"),
        "assign": forms.AssignForm(initial={**version, "to": case.assigned_to}, auto_id="assign-%s"),
        "note": forms.NoteForm(initial=version, auto_id="note-%s"),
        "resolve": forms.ResolveForm(initial=version, auto_id="resolve-%s"),
        "judge": forms.JudgeForm(auto_id=False),
        "reason": forms.ReasonForm(auto_id="fhir-%s"),
    }
    return data | bound


def _post(
    request: HttpRequest, pk: str, form: forms.CaseForm, change: Callable[[Data], object], done: str
) -> HttpResponse:
    """Check, change, go back to the case; on a conflict nothing is saved and what was typed is shown again."""
    case = get_object_or_404(Case, pk=pk)
    if not form.is_valid():
        wrong = [
            f"{form.fields[name].label or name}: {form.errors[name].as_text().replace('* ', '')}"
            for name in form.errors
        ]
        messages.error(request, "Not saved. " + " ".join(wrong))
        return redirect("review-case", pk)
    try:
        change(form.cleaned_data)
    except ObjectDoesNotExist:
        # A risk or a message of another conversation.
        raise Http404 from None
    except work.Conflict as conflict:
        audit.record(audit.actor_of(request), "not saved", pk, outcome="conflict")
        case.refresh_from_db()
        data = _case_data(case, conflict=str(conflict))
        if isinstance(form, forms.NoteForm):
            data["note"] = forms.NoteForm(
                initial={"version": case.version, "text": form.cleaned_data["text"]}, auto_id="note-%s"
            )
        return render(request, "review/case.html", data, status=409)
    messages.success(request, done)
    return redirect("review-case", pk)


def _work(form: type[forms.CaseForm], change: Change, done: str) -> Callable[[HttpRequest, str], HttpResponse]:
    """A page that changes a case: who may, which form, what it does, what is said afterwards."""

    @require_POST
    @needs(May.REVIEW)
    def view(request: HttpRequest, pk: str) -> HttpResponse:
        by = (person(request), audit.actor_of(request))
        return _post(request, pk, form(request.POST), lambda data: change(pk, data, *by), done)

    return view


def _judge(pk: str, data: Data, user: User, actor: audit.Actor) -> object:
    kind, category, level = Judgement.Kind(data["kind"]), Category(data["category"]), Level(data["level"])
    return work.judge(pk, data["version"], data["turn"], kind, category, level, user, actor)


acknowledge = _work(
    forms.CaseForm,
    lambda pk, data, user, actor: work.acknowledge(pk, data["version"], user, actor),
    "Acknowledged.",
)
assign = _work(
    forms.AssignForm,
    lambda pk, data, user, actor: work.assign(pk, data["version"], data["to"], actor),
    "Assigned.",
)
note = _work(
    forms.NoteForm,
    lambda pk, data, user, actor: work.note(pk, data["version"], data["text"], user, actor),
    "Note saved.",
)
resolve = _work(
    forms.ResolveForm,
    lambda pk, data, user, actor: work.resolve(pk, data["version"], Resolution(data["reason"]), user, actor),
    "Resolved.",
)
reopen = _work(
    forms.CaseForm,
    lambda pk, data, user, actor: work.reopen(pk, data["version"], user, actor),
    "Reopened; it is yours.",
)
clear_risk = _work(
    forms.RiskForm,
    lambda pk, data, user, actor: work.clear_risk(pk, data["version"], data["risk"], data["reason"], user, actor),
    "Cleared. The bot no longer opens its answers with this risk in this conversation.",
)
judge = _work(forms.JudgeForm, _judge, "Thank you. It is kept as a test case for the triage.")


@require_GET
@needs(May.REVIEW)
def next_page(request: HttpRequest) -> HttpResponse:
    """The next case to look at, or the queue where there is none."""
    case = queue.next_case(person(request), request.GET.get("after", "")[:64])
    if case is None:
        messages.success(request, "Nothing is waiting.")
        return redirect("review-queue")
    return redirect("review-case", case.pk)


@require_http_methods(["GET", "POST"])
@needs(May.EXPORT)
def export_page(request: HttpRequest) -> HttpResponse:
    """Cases as CSV or PDF, with a reason."""
    form = forms.ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        listed = export.rows(export.cases_for(data), data["deidentified"])
        kind = "de-identified" if data["deidentified"] else "identified"
        audit.record(
            audit.actor_of(request), f"exported {kind} {data['format']}", f"{len(listed)} cases", reason=data["reason"]
        )
        if data["format"] == "csv":
            return _file(export.as_csv(listed, data["deidentified"]), "text/csv; charset=utf-8", "ldn-cases.csv")
        return _file(
            export.as_pdf(listed, data["deidentified"], person(request).display_name),
            "application/pdf",
            "ldn-cases.pdf",
        )
    judged = Judgement.objects.count()
    return render(
        request, "review/export.html", {"form": form, "judged": judged, "reason": forms.ReasonForm(auto_id="eval-%s")}
    )


@require_POST
@needs(May.EXPORT)
def evaluation_file(request: HttpRequest) -> HttpResponse:
    """False alarms and missed messages as evaluation cases."""
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Please choose a reason.")
        return redirect("review-export")
    lines = evaluation.lines()
    audit.record(
        audit.actor_of(request), "exported evaluation", f"{len(lines)} messages", reason=form.cleaned_data["reason"]
    )
    return _file(("\n".join(lines) + "\n" if lines else "").encode(), "application/jsonl", "clinic_judgements.jsonl")


@require_POST
@needs(May.EXPORT)
def fhir_file(request: HttpRequest, pk: str) -> HttpResponse:
    """One case for the record system."""
    case = get_object_or_404(Case, pk=pk)
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Please choose a reason.")
        return redirect("review-case", pk)
    audit.record(audit.actor_of(request), "exported fhir", case.pk, reason=form.cleaned_data["reason"])
    return _file(
        json.dumps(fhir.bundle(case), ensure_ascii=False, indent=1).encode(), "application/fhir+json", "case.fhir.json"
    )


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    response: HttpResponseBase = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[return-value]


@require_GET
@needs(May.DASHBOARD)
def dashboard_page(request: HttpRequest) -> HttpResponse:
    """Counts of the last weeks."""
    from bot.web.review.dashboard import figures

    return render(request, "review/dashboard.html", figures())


@require_POST
@needs(May.PEOPLE)
def send_again(request: HttpRequest) -> HttpResponse:
    """Try failed notifications once more."""
    from bot.web.review.notify import retry_failed

    count = retry_failed(audit.actor_of(request))
    messages.success(request, f"{count} notifications will be tried again.")
    return redirect("dashboard")
