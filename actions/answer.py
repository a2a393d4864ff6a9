"""action_answer: the vetted answer, a clarifying question, small talk, or an honest "I don't know"."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import read_turn, send
from bot.retrieval.answering import answer
from bot.retrieval.retriever import shared_retriever
from bot.settings import settings


class ActionAnswer(Action):
    """Answers a message that carries no risk."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Decide and send."""
        turn = read_turn(tracker)
        send(dispatcher, turn, answer(turn, domain["responses"], shared_retriever(), settings().clinic.contact()))
        return []
