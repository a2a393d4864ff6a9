"""A patient's turn: record first, ask the dialogue, check, store, show. Something is always shown."""

import logging
import time
from dataclasses import dataclass

from bot.risk import carry, spanish_reply, unavailable_reply
from bot.safety.conversation import judge
from bot.safety.language import Language, language_of
from bot.safety.verdict import Level, Verdict
from bot.settings import settings
from bot.turn import question_of
from bot.web.chat import rasa, record
from bot.web.chat.edge import clean, storable
from bot.web.chat.guard import Dishonoured, honour
from bot.web.chat.models import Conversation, StoredButton, StoredReply, Turn

log = logging.getLogger("ldn.turns")

# A turn waits for those before it in its conversation; each of them ends within the budget.
PATIENCE_SECONDS = 20.0
LEAST_SECONDS = 0.5


@dataclass(frozen=True)
class Message:
    """What the patient sent: text, or the button chosen."""

    text: str
    client_message_id: str
    button: StoredButton | None = None

    @property
    def spoken(self) -> str:
        """What counts as said: a button's own words, which the page never sees."""
        return self.button.say if self.button else self.text


def take(conversation: Conversation, message: Message) -> list[StoredReply]:
    """One whole turn; what comes back is stored already."""
    started = time.monotonic()
    turn, new, verdict = _receive(conversation, message)
    if not new:
        return _await_twin(turn)
    if not _wait_for_turn(turn, started):
        return _finish_fixed(turn, verdict, "queue")
    return answer(turn, verdict, settings().turn_seconds - (time.monotonic() - started))


def take_fixed(conversation: Conversation, message: Message, failure: str) -> list[StoredReply]:
    """Record a message and give it its fixed message without asking the dialogue."""
    turn, _, verdict = _receive(conversation, message)
    return _finish_fixed(turn, verdict, failure)


def judged(conversation: Conversation, message: Message) -> Verdict:
    """The verdict on a message about to be sent in a conversation."""
    return judge(message.spoken, question_of(asked_before(conversation)), record.raised_before(conversation))


def _receive(conversation: Conversation, message: Message) -> tuple[Turn, bool, Verdict]:
    asked = asked_before(conversation)
    verdict = judged(conversation, message)
    turn, new = record.receive(
        conversation, storable(message.spoken), message.client_message_id, verdict, message.button, asked
    )
    return turn, new, verdict


def answer(turn: Turn, verdict: Verdict, seconds: float) -> list[StoredReply]:
    """Ask the dialogue for at most `seconds`, and store an honest reply or the fixed message."""
    language = language_of(turn.text)
    contact = settings().clinic.contact()
    known = record.known_risks(turn.conversation)
    if language is Language.ES and verdict.level is Level.NONE:
        return record.finish(turn, [carry(known, spanish_reply(contact), contact, language)], Turn.State.ANSWERED)
    try:
        replies = rasa.ask(turn.conversation_id, clean(turn.text) or "?", metadata(turn), max(seconds, LEAST_SECONDS))
        replies = honour(verdict, replies, contact, language)
    except (rasa.DialogueError, Dishonoured) as error:
        return _finish_fixed(turn, verdict, str(error))
    return record.finish(
        turn, [carry(known, reply, contact, language, turn.text) for reply in replies], Turn.State.ANSWERED
    )


def metadata(turn: Turn) -> dict[str, object]:
    """What the dialogue is told beside the text; it keeps no state of its own."""
    last = turn.conversation.turns.filter(number__lt=turn.number).order_by("-number").first()
    topics: list[str] = [topic for reply in last.replies.all() for topic in reply.topics] if last else []
    return {
        "turn": turn.pk,
        "asked": turn.asked,
        "topic": turn.topic,
        "previous": topics,
        "before": clean(last.text) if last and topics else "",
        "number": turn.number,
        "known": {
            key.value: level.value for key, level in record.raised_before(turn.conversation, turn.number).items()
        },
    }


def asked_before(conversation: Conversation) -> str:
    """The question the bot asked in its last reply, if any."""
    last = conversation.turns.exclude(finished_at=None).order_by("-number").first()
    return next((reply.asked for reply in last.replies.all() if reply.asked), "") if last else ""


def verdict_of(turn: Turn) -> Verdict:
    """The verdict of a stored turn, computed again: rules are the same for the same text."""
    known = record.raised_before(turn.conversation, turn.number)
    return judge(turn.text, question_of(turn.asked), known)


def _finish_fixed(
    turn: Turn, verdict: Verdict, failure: str, state: Turn.State = Turn.State.FIXED
) -> list[StoredReply]:
    log.warning("turn %s got the fixed message: %s", turn.pk, failure)
    reply = unavailable_reply(verdict, settings().clinic.contact(), language_of(turn.text))
    return record.finish(turn, [reply], state, failure)


def reconcile(turn: Turn) -> None:
    """Finish a turn that was left without a final state, and put it before a clinician."""
    _finish_fixed(turn, verdict_of(turn), "abandoned", Turn.State.RECONCILED)
    record.orphaned(turn)


def _wait_for_turn(turn: Turn, started: float) -> bool:
    # One turn in flight per conversation, in order: Rasa drops whole turns that overlap.
    earlier = turn.conversation.turns.filter(number__lt=turn.number, state=Turn.State.RECEIVED)
    while earlier.exists():
        if time.monotonic() - started > PATIENCE_SECONDS:
            return False
        time.sleep(0.05)
    return True


def _await_twin(turn: Turn) -> list[StoredReply]:
    # The same message sent again: its first sending is answering; both get the same reply.
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not turn.finished_at and time.monotonic() < deadline:
        time.sleep(0.1)
        turn.refresh_from_db()
    # Where nobody finished it, such as after a kill in mid-turn, the patient still gets a reply.
    return list(turn.replies.all()) if turn.finished_at else _finish_fixed(turn, verdict_of(turn), "queue")
