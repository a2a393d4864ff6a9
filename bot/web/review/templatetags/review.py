"""Small helpers of the review templates."""

from django import template

from bot.safety.verdict import Level
from bot.web.chat.models import StoredReply, Turn
from bot.web.review.models import Resolution
from bot.web.review.transcript import NAMES

register = template.Library()


@register.filter
def category_name(category: str) -> str:
    """A category in words."""
    return NAMES.get(category, category)


@register.filter
def resolution_name(resolution: str) -> str:
    """A resolution in words."""
    return dict(Resolution.choices).get(resolution, resolution)


@register.filter
def passages(reply: StoredReply) -> list[tuple[str, str]]:
    """Topics of a reply with the version of each passage."""
    return list(zip(reply.topics, [*reply.versions, *[""] * len(reply.topics)], strict=False))


@register.filter
def raised_categories(turn: Turn) -> list[str]:
    """Categories that weigh in a message, each once."""
    return list(dict.fromkeys(flag["category"] for flag in turn.flags if flag["level"] != Level.NONE.value))
