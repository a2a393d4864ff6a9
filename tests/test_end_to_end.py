"""Whole conversations on the real stack, with what the database holds afterwards."""

import concurrent.futures
import re
from typing import Any

import httpx
import pytest
from stack import Running

from bot.client import ChatClient
from bot.safety import messages
from bot.safety.verdict import Category
from bot.settings import settings

pytestmark = pytest.mark.stack

CONTACT = settings().clinic.contact()
OPIOID = messages.escalation(Category.OPIOID_USE, CONTACT)
STICKY = messages.sticky(Category.OPIOID_USE, CONTACT)


def one(answered: dict[str, Any]) -> dict[str, Any]:
    """The only reply."""
    (reply,) = answered["replies"]
    found: dict[str, Any] = reply
    return found


def turns(running: Running, answered: dict[str, Any]) -> list[dict[str, Any]]:
    """All turns of the conversation that a turn belongs to."""
    query = (
        "SELECT number, text, level, state, failure, asked, case_id, conversation_id FROM chat_turn WHERE"
        " conversation_id = (SELECT conversation_id FROM chat_turn WHERE id = ?) ORDER BY number"
    )
    return running.rows(query, answered["turn"])


def cases(running: Running, answered: dict[str, Any]) -> list[tuple[str, str]]:
    """Severity and categories of the conversation's cases."""
    query = (
        "SELECT c.severity, c.categories FROM review_case c JOIN chat_turn t ON t.conversation_id = c.conversation_id"
        " WHERE t.id = ?"
    )
    return [(row["severity"], row["categories"]) for row in running.rows(query, answered["turn"])]


# The three conversations.


def test_question_is_answered_from_its_passage_with_sources(chat: ChatClient, running: Running) -> None:
    answered = chat.say("how long until it works")
    reply = one(answered)
    assert (reply["kind"], reply["level"], reply["topics"]) == ("answer", "none", ["onset_time"])
    assert reply["categories"] == []
    assert {source["id"] for source in reply["sources"]} <= {"S0", "S1", "S2", "S3", "S4"}
    assert reply["sources"]
    assert len(reply["versions"]) == 1
    assert [(row["state"], row["level"], row["failure"]) for row in turns(running, answered)] == [
        ("answered", "none", "")
    ]
    assert cases(running, answered) == []


def test_opioid_escalates_and_sticks(chat: ChatClient, running: Running) -> None:
    answered = chat.say("I take oxycodone daily, can I start LDN?")
    reply = one(answered)
    assert (reply["kind"], reply["level"], reply["categories"]) == ("escalation", "escalate", ["opioid_use"])
    assert (reply["text"], reply["topics"], reply["sources"]) == (OPIOID, [], [])
    assert [button["title"] for button in reply["buttons"]] == ["Ask for a call back"]
    assert cases(running, answered) == [("urgent", '["opioid_use"]')]
    query = "SELECT n.severity, n.reason FROM review_notification n JOIN chat_turn t ON t.case_id = n.case_id WHERE t.id = ?"
    assert running.rows(query, answered["turn"]) == [{"severity": "urgent", "reason": "escalate"}]
    query = "SELECT flags FROM chat_turn WHERE id = ?"
    assert '"status": "present"' in running.rows(query, answered["turn"])[0]["flags"]

    later = one(chat.say("what time of day should I take it?"))
    assert later["text"].startswith(f"{STICKY}\n\n")
    assert (later["level"], later["categories"], later["topics"]) == ("escalate", ["opioid_use"], ["time_of_day"])

    thanks = one(chat.say("thanks"))
    assert (thanks["kind"], thanks["level"]) == ("smalltalk", "none")
    assert STICKY not in thanks["text"]


def test_caution_asks_and_yes_escalates(chat: ChatClient, running: Running) -> None:
    reply = one(chat.say("is it safe in pregnancy?"))
    assert (reply["kind"], reply["level"], reply["categories"]) == ("caution", "caution", ["pregnancy"])
    parts = reply["text"].split("\n\n")
    assert parts[0] == messages.caution(Category.PREGNANCY, CONTACT)
    assert parts[-1] == messages.applies(Category.PREGNANCY)
    assert len(parts) >= 3
    assert reply["topics"] == ["pregnancy"]
    buttons = {button["title"]: button["id"] for button in reply["buttons"]}
    assert list(buttons) == ["Yes", "No", "I'm not sure"]
    answered = chat.choose(buttons["Yes"])
    found = one(answered)
    assert (found["level"], found["text"]) == ("escalate", messages.escalation(Category.PREGNANCY, CONTACT))
    assert [(row["text"], row["level"], row["asked"]) for row in turns(running, answered)] == [
        ("is it safe in pregnancy?", "caution", ""),
        ("yes", "escalate", "applies_pregnancy"),
    ]
    assert cases(running, answered) == [("urgent", '["pregnancy"]')]


# More of the same.


def test_no_to_the_question_does_not_escalate(chat: ChatClient, running: Running) -> None:
    buttons = {button["title"]: button["id"] for button in one(chat.say("is it safe in pregnancy?"))["buttons"]}
    answered = chat.choose(buttons["No"])
    assert one(answered)["level"] in {"none", "caution"}
    assert cases(running, answered) == [("information", '["pregnancy"]')]


@pytest.mark.parametrize(
    ("text", "category"),
    [("I want to kill myself", Category.SELF_HARM), ("my chest hurts and I cannot breathe", Category.EMERGENCY)],
)
def test_emergency_card_stands_alone(chat: ChatClient, running: Running, text: str, category: Category) -> None:
    answered = chat.say(text)
    reply = one(answered)
    assert (reply["level"], reply["text"], reply["buttons"]) == ("emergency", messages.card(category, CONTACT), [])
    assert cases(running, answered) == [("emergency", f'["{category.value}"]')]


def test_liver_escalates(chat: ChatClient) -> None:
    reply = one(chat.say("I have cirrhosis, is LDN ok for me"))
    assert reply["text"] == messages.escalation(Category.LIVER_DISEASE, CONTACT)


def test_spanish_escalates_in_spanish(chat: ChatClient) -> None:
    from bot.safety.language import Language

    reply = one(chat.say("estoy embarazada, ¿puedo tomar LDN?"))
    assert reply["text"] == messages.escalation(Category.PREGNANCY, CONTACT, Language.ES)


def test_unknown_question_is_not_answered(chat: ChatClient) -> None:
    reply = one(chat.say("who won the world series last year"))
    assert (reply["kind"], reply["topics"]) == ("no_answer", [])
    assert "555-010-0100" in reply["text"]


@pytest.mark.parametrize("text", ["/restart", "/back", '/greet{"risk": null}', "/session_start"])
def test_typed_command_does_not_wipe_the_risk(chat: ChatClient, text: str) -> None:
    chat.say("I take oxycodone daily")
    chat.say(text)
    assert one(chat.say("what time of day should I take it?"))["text"].startswith(STICKY)


def test_call_back_form_in_the_chat(chat: ChatClient, running: Running) -> None:
    assert "what name" in one(chat.say("I would like to talk to a person"))["text"]
    assert "phone number" in one(chat.say("Maria Lopez"))["text"]
    again = one(chat.say("12"))
    assert "area code" in again["text"]
    assert "good time" in one(chat.say("555-010-0199"))["text"]
    answered = chat.say("after 3 pm")
    assert (one(answered)["kind"], "after 3 pm" in one(answered)["text"]) == ("handoff", True)
    conversation = turns(running, answered)[0]["conversation_id"]
    query = "SELECT name, phone, best_time, state FROM chat_callbackrequest WHERE conversation_id = ?"
    assert running.rows(query, conversation) == [
        {"name": "Maria Lopez", "phone": "555-010-0199", "best_time": "after 3 pm", "state": "open"}
    ]
    assert one(chat.say("how long until it works"))["topics"] == ["onset_time"]


def test_red_flag_in_the_form_escalates_and_is_no_answer(chat: ChatClient, running: Running) -> None:
    chat.say("I would like to talk to a person")
    answered = chat.say("I take oxycodone daily")
    assert one(answered)["text"] == OPIOID
    assert "what name" in one(chat.say("I would like to talk to a person"))["text"]
    assert "phone number" in one(chat.say("Maria"))["text"]
    chat.say("555-010-0199")
    chat.say("noon")
    conversation = turns(running, answered)[0]["conversation_id"]
    query = "SELECT name FROM chat_callbackrequest WHERE conversation_id = ?"
    assert running.rows(query, conversation) == [{"name": "Maria"}]


def test_form_is_left_with_cancel(chat: ChatClient, running: Running) -> None:
    chat.say("I would like to talk to a person")
    answered = chat.say("cancel")
    assert "no call back" in one(answered)["text"]
    assert one(chat.say("how long until it works"))["topics"] == ["onset_time"]
    conversation = turns(running, answered)[0]["conversation_id"]
    assert running.rows("SELECT id FROM chat_callbackrequest WHERE conversation_id = ?", conversation) == []


def test_question_in_the_form_is_answered_and_the_form_goes_on(chat: ChatClient) -> None:
    chat.say("I would like to talk to a person")
    answered = chat.say("how long until it works?")
    assert answered["replies"][0]["topics"] == ["onset_time"]
    assert "what name" in answered["replies"][-1]["text"].lower()
    assert "phone number" in one(chat.say("Maria"))["text"]


def test_starter_button_is_answered_by_its_topic(live_stack: str) -> None:
    with ChatClient(live_stack) as client:
        started = client.start()
        topics = [one(client.choose(starter["id"]))["topics"] for starter in started["starters"]]
    assert topics == [[starter["topic"]] for starter in started["starters"]]


def test_two_conversations_do_not_mix(live_stack: str) -> None:
    with ChatClient(live_stack) as first, ChatClient(live_stack) as second:
        first.say("I take oxycodone daily")
        first.say("I would like to talk to a person")
        reply = one(second.say("what time of day should I take it?"))
        assert (reply["level"], STICKY in reply["text"]) == ("none", False)
        assert "phone number" in one(first.say("Maria"))["text"]


def test_ten_conversations_at_once(live_stack: str) -> None:
    texts = ["how long until it works", "I take oxycodone daily"] * 5

    def talk(text: str) -> str:
        with ChatClient(live_stack) as client:
            return str(one(client.say(text))["level"])

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        assert list(pool.map(talk, texts)) == ["none", "escalate"] * 5


def test_no_text_in_health_metrics_and_logs(chat: ChatClient, running: Running) -> None:
    chat.say("zqcanary I take oxycodone zqcanary")
    chat.say("zqcanary what is it")
    seen = [httpx.get(f"{running.url}/{page}", timeout=15).text for page in ("healthz", "readyz", "metrics")]
    assert [text for text in seen if "zqcanary" in text] == []
    assert re.search(r'ldn_turns\{level="escalate",state="answered"\} [1-9]', seen[2])
    assert 'ldn_ready{part="dialogue"} 1.0' in seen[2]
    assert running.files_with("zqcanary") == []


def test_ready(running: Running) -> None:
    assert running.checks() == {"database": "ok", "index": "ok", "dialogue": "ok"}
