"""The two things every action does: read the turn, send replies."""

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.reply import Reply
from bot.turn import Turn


def read_turn(tracker: Tracker) -> Turn:
    """The turn in progress."""
    return Turn.of(tracker.latest_message or {})


def send(dispatcher: CollectingDispatcher, turn: Turn, replies: list[Reply]) -> None:
    """Send replies, each bound to the turn."""
    for reply in replies:
        dispatcher.utter_message(json_message=reply.custom(turn.id))
