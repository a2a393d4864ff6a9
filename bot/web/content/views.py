"""Pages about what the bot may say."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bot.retrieval.index import StaleIndexError
from bot.retrieval.passages import Passage, load_passages
from bot.settings import settings
from bot.web.accounts import audit
from bot.web.accounts.permissions import May, may, needs, person
from bot.web.chat.models import Unanswered
from bot.web.content import approvals
from bot.web.content import passages as shown
from bot.web.content.forms import ApproveForm, SeenForm, SendBackForm
from bot.web.content.models import ContentRequest, SentBack


def _passage(topic: str) -> Passage:
    try:
        return load_passages(settings().knowledge)[topic]
    except KeyError:
        raise Http404 from None


@require_GET
@needs(May.READ_CONTENT)
def content_list(request: HttpRequest) -> HttpResponse:
    """Every passage with its state."""
    rows = shown.listed()
    wanted = request.GET.get("state", "")
    counts = {state: sum(row.state is state for row in rows) for state in shown.State}
    chosen = [row for row in rows if not wanted or row.state == wanted]
    return render(
        request,
        "content/list.html",
        {
            "rows": chosen,
            "counts": counts,
            "wanted": wanted,
            "total": len(rows),
            "required": settings().require_approval,
        },
    )


@require_GET
@needs(May.READ_CONTENT)
def content_passage(request: HttpRequest, topic: str) -> HttpResponse:
    """One passage: text, differences to the approved one, sources, and the two decisions."""
    passage = _passage(topic)
    state, approval = shown.state_of(passage)
    data = {
        "passage": passage,
        "state": state,
        "approval": approval,
        "differences": shown.difference_to(passage, approval),
        "sources": shown.passage_sources(passage),
        "grade": shown.grade(passage.body),
        "words": len(passage.body.split()),
        "served": shown.served().get(topic) == passage.digest,
        "comments": SentBack.objects.filter(topic=topic).select_related("by")[:20],
        "approve": ApproveForm(initial={"digest": passage.digest}, auto_id="approve-%s"),
        "send_back": SendBackForm(initial={"digest": passage.digest}, auto_id="back-%s"),
        "may_approve": may(request.user, May.APPROVE),
    }
    return render(request, "content/passage.html", data)


@require_POST
@needs(May.APPROVE)
def content_approve(request: HttpRequest, topic: str) -> HttpResponse:
    """Approve the text that was read."""
    form = ApproveForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Not approved. Please confirm that you have read the text.")
        return redirect("content-passage", topic)
    data = form.cleaned_data
    try:
        approvals.approve(_passage(topic), data["digest"], data["months"], person(request), audit.actor_of(request))
        messages.success(request, "Approved. Publish to bring it to patients.")
    except approvals.ChangedError as error:
        messages.error(request, str(error))
    return redirect("content-passage", topic)


@require_POST
@needs(May.READ_CONTENT)
def content_send_back(request: HttpRequest, topic: str) -> HttpResponse:
    """Send a text back; whoever may read passages may say what is wrong, only clinicians end an approval."""
    form = SendBackForm(request.POST)
    passage = _passage(topic)
    approved = shown.state_of(passage)[0] is shown.State.APPROVED
    if not form.is_valid():
        messages.error(request, "Please say what is wrong.")
    elif approved and not may(request.user, May.APPROVE):
        messages.error(request, "This text is approved. Only a clinician can send it back.")
    else:
        try:
            approvals.send_back(
                passage,
                form.cleaned_data["digest"],
                form.cleaned_data["comment"],
                person(request),
                audit.actor_of(request),
            )
            messages.success(request, "Sent back.")
        except approvals.ChangedError as error:
            messages.error(request, str(error))
    return redirect("content-passage", topic)


@require_POST
@needs(May.APPROVE)
def content_withdraw(request: HttpRequest, topic: str) -> HttpResponse:
    """Take an approval back."""
    if SeenForm(request.POST).is_valid():
        approvals.withdraw(_passage(topic).id, person(request), audit.actor_of(request))
        messages.success(request, "The approval is withdrawn. Publish to take the text away from patients.")
    return redirect("content-passage", topic)


@require_http_methods(["GET", "POST"])
@needs(May.PUBLISH)
def content_publish(request: HttpRequest) -> HttpResponse:
    """What publishing would change; POST publishes, or shows the replay first."""
    from bot.web.content import publish

    data: dict[str, object] = {
        "pending": publish.pending(),
        "required": settings().require_approval,
        "last": publish.LAST,
    }
    if request.method == "POST":
        try:
            if "replay" in request.POST:
                questions = publish.stored_questions()
                data |= {"replayed": len(questions), "changes": publish.replay(questions)}
            else:
                count, built = publish.publish(audit.actor_of(request))
                messages.success(request, f"{count} passages are served{'' if built else '; nothing had changed'}.")
                return redirect("content-publish")
        except StaleIndexError as error:
            messages.error(request, str(error))
            return redirect("content-publish")
    return render(request, "content/publish.html", data)


@require_GET
@needs(May.READ_CONTENT)
def content_questions(request: HttpRequest) -> HttpResponse:
    """What the bot could not answer, and what the desk asks for."""
    data = {
        "unanswered": Unanswered.objects.filter(closed_at=None).order_by("-at")[:200],
        "requests": ContentRequest.objects.filter(closed_at=None).select_related("by")[:200],
    }
    return render(request, "content/questions.html", data)


@require_POST
@needs(May.READ_CONTENT)
def content_close(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """A question is dealt with."""
    actor = audit.actor_of(request)
    if kind == "request":
        wish = get_object_or_404(ContentRequest, pk=pk)
        wish.closed_at, wish.closed_by = timezone.now(), person(request)
        wish.save(update_fields=["closed_at", "closed_by"])
    else:
        question = get_object_or_404(Unanswered, pk=pk)
        question.closed_at = timezone.now()
        question.save(update_fields=["closed_at"])
    audit.record(actor, "question closed", f"{kind} {pk}")
    return redirect("content-questions")
