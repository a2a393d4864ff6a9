"""The replies that a verdict asks for, the same in the dialogue and in the web process."""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.reply import Button, Kind, Reply
from bot.safety import messages
from bot.safety.language import Language
from bot.safety.triage import Asked
from bot.safety.verdict import Category, Level, Status, Verdict
from bot.topics import CARRIES_NO_RISK

# No passage: the contact is all that a message in Spanish gets, and it may have been about taking LDN.
SPANISH: tuple[str, ...] = ()
CALL_BACK = Button("Ask for a call back", "I would like to talk to a person", "human_handoff")
# What a question about taking a medicine holds, whichever passage it finds.
_TAKING = re.compile(
    r"\b(?:tak(?:e|es|ing)|took|skip(?:s|ping|ped)?|dos(?:e|es|ing)|start(?:s|ing|ed)?|begin(?:ning)?|stop(?:s|ping|ped)?|paus(?:e|ing)"
    r"|mix(?:ing)?|combin(?:e|ing)|together|apart|spac(?:e|ing)|doubl(?:e|ing)|swallow(?:ing)?|mg)\b",
    re.I,
)
_YES, _NO, _UNSURE = Button("Yes", "yes"), Button("No", "no"), Button("I'm not sure", "not sure")
_MEDICINES: tuple[Button, ...] = (
    Button("Yes, an opioid", "yes, one of them is an opioid"),
    Button("No, none of them", "no"),
    Button("I'm not sure", "not sure"),
)


def escalation_reply(verdict: Verdict, contact: Mapping[str, str], language: Language) -> Reply:
    """The fixed message of a verdict at `escalate` or above; an emergency card stands alone."""
    return Reply(
        Kind.ESCALATION,
        messages.fixed_reply(verdict, contact, language),
        level=verdict.level.value,
        categories=tuple(category.value for category in verdict.categories),
        buttons=() if verdict.level is Level.EMERGENCY else (CALL_BACK,),
    )


def caution_reply(verdict: Verdict, contact: Mapping[str, str], language: Language, passage: Reply | None) -> Reply:
    """Safety sentence, vetted passage if one fits, then the question whether this applies."""
    category = verdict.categories[0]
    question, asked = "", ""
    buttons: tuple[Button, ...] = (CALL_BACK,)
    unspecified = any(flag.status is Status.UNSPECIFIED and flag.level is Level.CAUTION for flag in verdict.flags)
    if unspecified:
        question, asked, buttons = messages.which_medicine(contact, language), Asked.WHICH_MEDICINE.value, _MEDICINES
    elif category not in {Category.EMERGENCY, Category.SELF_HARM}:
        question, asked, buttons = (
            messages.applies(category, language),
            f"{Asked.APPLIES}_{category}",
            (_YES, _NO, _UNSURE),
        )
    body = passage or Reply(Kind.CAUTION, "")
    parts = [messages.fixed_reply(verdict, contact, language), body.text, question]
    return replace(
        body,
        kind=Kind.CAUTION,
        text="\n\n".join(part for part in parts if part),
        level=verdict.level.value,
        categories=tuple(found.value for found in verdict.categories),
        buttons=buttons,
        asked=asked,
    )


def unavailable_reply(verdict: Verdict, contact: Mapping[str, str], language: Language) -> Reply:
    """What is shown when the dialogue fails: the verdict's fixed message, or an honest "not now"."""
    if verdict.level >= Level.ESCALATE:
        return escalation_reply(verdict, contact, language)
    sorry = Reply(Kind.UNAVAILABLE, messages.unavailable(contact, language))
    return caution_reply(verdict, contact, language, sorry) if verdict.level is Level.CAUTION else sorry


def spanish_reply(contact: Mapping[str, str]) -> Reply:
    """The bot does not pretend to answer in Spanish."""
    return Reply(Kind.HANDOFF, messages.spanish_contact(contact), topics=SPANISH)


def carry(
    known: Mapping[Category, Level], reply: Reply, contact: Mapping[str, str], language: Language, said: str = ""
) -> Reply:
    """Open an answer about taking LDN with the safety sentence of every risk known in the conversation.

    What the patient `said` makes it one where the passage found does not. A fixed message gets the sentences of the
    other known risks after it; an emergency card stands alone.
    """
    missing = {key: level for key, level in known.items() if level > Level.NONE and not _tells(reply, key, level)}
    if not missing or reply.level == Level.EMERGENCY.value or not _about_taking(reply, said):
        return reply
    for key in missing:
        # The sentence of a caution says "if"; here it is known.
        reply = replace(reply, text=reply.text.replace(messages.caution(key, contact, language), "").strip())
    sentences = [
        messages.sticky(key, contact, language) if level >= Level.ESCALATE else messages.caution(key, contact, language)
        for key, level in missing.items()
    ]
    carried = [Level.CAUTION if level < Level.ESCALATE else Level.ESCALATE for level in missing.values()]
    parts = [reply.text, *sentences] if reply.kind is Kind.ESCALATION else [*sentences, reply.text]
    return replace(
        reply,
        text="\n\n".join(parts),
        level=max([Level(reply.level), *carried]).value,
        categories=tuple(dict.fromkeys([*reply.categories, *(key.value for key in missing)])),
    )


def _tells(reply: Reply, category: Category, level: Level) -> bool:
    """Whether a reply already speaks of a known risk, as firmly as it is known."""
    return category.value in reply.categories and (Level(reply.level) >= Level.ESCALATE or level < Level.ESCALATE)


def _about_taking(reply: Reply, said: str) -> bool:
    """Small talk and logistics need no reminder; what was not understood may be about taking LDN."""
    if reply.kind in {Kind.SMALLTALK, Kind.CLINIC_INFO, Kind.UNAVAILABLE} or reply.callback:
        return False
    if reply.kind is Kind.HANDOFF:
        return reply.topics == SPANISH
    if _TAKING.search(said):
        return True
    offered = tuple(button.topic for button in reply.buttons if button.topic not in {"", "human_handoff"})
    topics = reply.topics or offered
    return not topics or any(topic not in CARRIES_NO_RISK for topic in topics)
