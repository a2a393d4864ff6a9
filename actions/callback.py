"""The call-back form: name, phone, best time; a question in between is answered, "cancel" ends it."""

import re
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import AllSlotsReset, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.turn import read_turn, send
from bot.reply import Kind, Reply
from bot.retrieval.answering import answer, wording
from bot.retrieval.retriever import shared_retriever
from bot.settings import settings

SLOTS = ("callback_name", "callback_phone", "callback_time")
CANCEL = re.compile(r"\b(cancel|never ?mind|stop|forget it|no thanks?|don'?t call)\b", re.IGNORECASE)
QUESTION = re.compile(r"\?\s*$|^\s*(what|how|why|when|can|could|does|do|is|are|should|will|which|who)\b", re.IGNORECASE)


def handoff(name: str, tracker: Tracker, domain: dict[str, Any], **more: str) -> Reply:
    """A form's wording as a hand-off reply."""
    contact = {**settings().clinic.contact(), **more}
    text = wording(name, domain["responses"], contact, read_turn(tracker).number).text
    return Reply(Kind.HANDOFF, text, topics=("human_handoff",))


class _Ask(Action):
    slot = ""

    def name(self) -> str:
        """The name Rasa's form looks for."""
        return f"action_ask_{self.slot}"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Ask; a second time in other words."""
        again = (
            tracker.slots.get("requested_slot") == self.slot
            and tracker.latest_message.get("intent", {}).get("name") != "person"
        )
        name = (
            f"utter_{self.slot}_again"
            if again and f"utter_{self.slot}_again" in domain["responses"]
            else f"utter_{self.slot}"
        )
        send(dispatcher, read_turn(tracker), [handoff(name, tracker, domain)])
        return []


class ActionAskCallbackName(_Ask):
    """Asks for a name."""

    slot = "callback_name"


class ActionAskCallbackPhone(_Ask):
    """Asks for a phone number."""

    slot = "callback_phone"


class ActionAskCallbackTime(_Ask):
    """Asks for a good time to call."""

    slot = "callback_time"


class ValidateCallbackForm(FormValidationAction):
    """Takes what looks like an answer; answers a question; lets the patient leave."""

    def name(self) -> str:
        """The name Rasa's form looks for."""
        return "validate_callback_form"

    def validate_callback_name(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """A name has letters, is short, and is not a question."""
        fits = len(value) <= 80 and any(letter.isalpha() for letter in value)
        return self._judge("callback_name", value.strip() if fits else None, dispatcher, tracker, domain)

    def validate_callback_phone(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Seven to fifteen digits, however they are grouped."""
        digits = re.sub(r"\D", "", value)
        fits = 7 <= len(digits) <= 15
        return self._judge("callback_phone", value.strip()[:40] if fits else None, dispatcher, tracker, domain)

    def validate_callback_time(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        """Anything short that is not a question."""
        return self._judge("callback_time", value.strip()[:120] or None, dispatcher, tracker, domain)

    def _judge(
        self, slot: str, value: str | None, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> dict[str, Any]:
        turn = read_turn(tracker)
        if CANCEL.search(turn.text):
            return {slot: None, "requested_slot": None}
        if QUESTION.search(turn.text):
            replies = answer(turn, domain["responses"], shared_retriever(), settings().clinic.contact())
            send(dispatcher, turn, replies[:1])
            return {slot: None}
        return {slot: value}


class ActionCallback(Action):
    """Ends the form: hands the details to the web process, or says that nothing was asked for."""

    def name(self) -> str:
        """The name in domain.yml."""
        return "action_callback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The details travel in the reply and leave the tracker's slots at once."""
        values = {slot.removeprefix("callback_"): tracker.get_slot(slot) for slot in SLOTS}
        turn = read_turn(tracker)
        if all(values.values()):
            reply = handoff("utter_callback_done", tracker, domain, when=str(values["time"]))
            reply = Reply(
                reply.kind, reply.text, topics=reply.topics, callback={key: str(value) for key, value in values.items()}
            )
        else:
            reply = handoff("utter_callback_cancelled", tracker, domain)
        send(dispatcher, turn, [reply])
        return [AllSlotsReset(), SlotSet("requested_slot", None)]
