"""The last check before a patient sees a reply: it must honour the verdict that web itself computed."""

from collections.abc import Mapping

from bot.reply import Kind, Reply
from bot.safety import messages
from bot.safety.language import Language
from bot.safety.verdict import Level, Verdict


class Dishonoured(RuntimeError):
    """The dialogue's reply does not do what the verdict asks for."""


def honour(verdict: Verdict, replies: list[Reply], contact: Mapping[str, str], language: Language) -> list[Reply]:
    """The replies, if they honour the verdict; Dishonoured otherwise."""
    if not replies:
        raise Dishonoured("no reply")
    if verdict.level is Level.NONE:
        return replies
    first = replies[0]
    if not {category.value for category in verdict.categories} <= set(first.categories):
        raise Dishonoured("a category is missing")
    if first.level != verdict.level.value:
        raise Dishonoured("the level is another")
    fixed = messages.fixed_reply(verdict, contact, language)
    if fixed not in first.text:
        raise Dishonoured("the fixed message is missing")
    alone = len(replies) == 1 and first.kind is Kind.ESCALATION and first.text == fixed
    if verdict.level >= Level.ESCALATE and (not alone or first.topics or first.lead):
        raise Dishonoured("something stands beside the fixed message")
    return replies
