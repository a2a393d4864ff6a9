"""What every template may show of the clinic."""

from django.http import HttpRequest

from bot.settings import settings

DRAFT_NOTICE = "These answers are drafted from five public articles and not yet approved by a clinician."


def clinic(request: HttpRequest) -> dict[str, object]:
    """The clinic's own details, and whether its clinicians approve the passages."""
    return {"clinic": settings().clinic, "draft_notice": "" if settings().require_approval else DRAFT_NOTICE}
