"""action_escalate: the fixed safety message, or the safety sentence before the vetted passage."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import read_turn, send
from bot.retrieval.answering import flagged_passage
from bot.retrieval.retriever import shared_retriever
from bot.risk import caution_reply, escalation_reply
from bot.safety.language import language_of
from bot.safety.verdict import Level
from bot.settings import settings


class ActionEscalate(Action):
    """Answers a flagged message; the rules decide how, the passage only fills in."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_escalate"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The verdict is computed here again: it is pure, and nothing on the way can have changed it."""
        turn = read_turn(tracker)
        contact = settings().clinic.contact()
        verdict = turn.verdict()
        language = language_of(turn.text)
        if verdict.level >= Level.ESCALATE:
            reply = escalation_reply(verdict, contact, language)
        else:
            passage = flagged_passage(turn, verdict, shared_retriever(), contact)
            reply = caution_reply(verdict, contact, language, passage)
        send(dispatcher, turn, [reply])
        return []
