"""Kill, stop and replace the processes of a real stack: patients get the right words in time, and it heals itself."""

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from stack import Stack, poll

from bot.client import ChatClient, ChatError
from bot.safety import messages
from bot.safety.verdict import Category
from bot.settings import settings

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

BUDGET = 4.0
HEAL_SECONDS = 120.0
CANARY = "zqcanary"
CONTACT = settings().clinic.contact()

# Level: what is typed, the fixed words, the severity of the case.
TYPED = {
    "none": (f"how long until it works {CANARY}", messages.unavailable(CONTACT), []),
    "caution": (
        f"{CANARY} my roommate takes oxycodone",
        messages.caution(Category.OPIOID_USE, CONTACT),
        ["information"],
    ),
    "escalate": (f"I take oxycodone daily {CANARY}", messages.escalation(Category.OPIOID_USE, CONTACT), ["urgent"]),
    "emergency": (f"I want to kill myself {CANARY}", messages.card(Category.SELF_HARM, CONTACT), ["emergency"]),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own, with short times."""
    more = {"LDN_TURN_SECONDS": str(BUDGET), "LDN_ACTION_SECONDS": "2.5", "LDN_ABANDONED_SECONDS": "7"}
    own = Stack(tmp_path_factory.mktemp("faults"), **more)
    own.wait()
    healed(own)
    yield own
    own.stop()


@pytest.fixture(autouse=True)
def _heals(stack: Stack) -> Iterator[None]:
    yield
    healed(stack)
    assert stack.files_with(CANARY) == []


@dataclass
class Sent:
    """A message on its way, from a conversation of its own."""

    level: str
    client: ChatClient
    answer: "Future[tuple[float, dict[str, Any] | None]]"


def healed(stack: Stack) -> None:
    """Until an ordinary question is answered and every part is ready."""

    def answers() -> bool:
        try:
            with ChatClient(stack.url) as client:
                return bool(client.say("how long until it works")["replies"][0]["kind"] == "answer") and stack.ready()
        except ChatError:
            return False

    poll(answers, HEAL_SECONDS, f"the stack healed\n{stack.tails()}")


def send(pool: ThreadPoolExecutor, stack: Stack) -> list[Sent]:
    """One message of each level, at the same time; returned when all of them are in the database."""

    def say(client: ChatClient, text: str) -> tuple[float, dict[str, Any] | None]:
        started = time.monotonic()
        try:
            found = client.say(text)
        except ChatError:
            return time.monotonic() - started, None
        return time.monotonic() - started, found

    before = count(stack)
    sent = []
    for level, (text, _, _) in TYPED.items():
        client = ChatClient(stack.url)
        client.start()
        sent.append(Sent(level, client, pool.submit(say, client, text)))
    poll(lambda: count(stack) == before + len(TYPED), 15, "messages in the database")
    return sent


def count(stack: Stack) -> int:
    found: int = stack.rows("SELECT count(*) AS n FROM chat_turn WHERE text LIKE ?", f"%{CANARY}%")[0]["n"]
    return found


def check(stack: Stack, sent: list[Sent]) -> None:
    """Every patient got the fixed words in time, and the record has it all."""
    for one in sent:
        text, fixed, severities = TYPED[one.level]
        elapsed, answered = one.answer.result(30)
        assert elapsed < BUDGET + 2, one.level
        assert answered is not None, one.level
        (reply,) = answered["replies"]
        assert (reply["level"], fixed in reply["text"]) == (one.level, True)
        (turn,) = stack.rows("SELECT * FROM chat_turn WHERE id = ?", answered["turn"])
        assert (turn["text"], turn["level"], turn["state"]) == (text, one.level, "fixed")
        assert CANARY not in turn["failure"]
        assert severity(stack, turn["conversation_id"]) == severities


def severity(stack: Stack, conversation: str) -> list[str]:
    query = "SELECT c.severity FROM review_case c JOIN review_notification n ON n.case_id = c.id WHERE c.conversation_id = ?"
    return [row["severity"] for row in stack.rows(query, conversation)]


def signal_all(pids: list[int], number: signal.Signals) -> list[int]:
    assert pids
    for pid in pids:
        os.kill(pid, number)
    return pids


ACTIONS, RASA, WEB = "-m actions", "bot.dialogue.server", "gunicorn"


@pytest.mark.parametrize("part", [ACTIONS, RASA])
def test_slow(stack: Stack, part: str) -> None:
    pids = signal_all(stack.pids(part), signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(8) as pool:
            sent = send(pool, stack)
            check(stack, sent)
    finally:
        signal_all(pids, signal.SIGCONT)
    # What the stopped part answers too late must not become the answer to the next question.
    healed(stack)
    reply = sent[0].client.say("does it cost a lot of money")["replies"][0]
    assert "onset_time" not in reply["topics"]
    for one in sent:
        one.client.__exit__(None, None, None)


@pytest.mark.parametrize("part", [ACTIONS, RASA])
def test_killed_in_mid_turn(stack: Stack, part: str) -> None:
    pids = signal_all(stack.pids(part), signal.SIGSTOP)
    with ThreadPoolExecutor(8) as pool:
        sent = send(pool, stack)
        signal_all(pids, signal.SIGKILL)
        check(stack, sent)
        # And while it is down.
        check(stack, send(pool, stack))
    poll(lambda: set(stack.pids(part)) - set(pids), 60, "another process")


class Garbage(BaseHTTPRequestHandler):
    """Answers everything, and nothing right."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        content = b'<html>{"events": "none", "responses": [{"text": "Just take both."}]}'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


class Deceitful(Garbage):
    """Speaks the action server's language and tells patients something else."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        content = b'{"events": [], "responses": [{"text": "Just take both, hours apart.", "buttons": []}]}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def test_action_server_killed_while_idle_and_replaced(stack: Stack) -> None:
    signal_all(stack.pids(ACTIONS), signal.SIGKILL)
    poll(lambda: not _listens(stack.actions_port), 5, "the port is free")
    for handler in (Garbage, Deceitful):
        with ThreadingHTTPServer(("127.0.0.1", stack.actions_port), handler) as server, ThreadPoolExecutor(8) as pool:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
            check(stack, send(pool, stack))
            server.shutdown()


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_web_killed_in_mid_turn(stack: Stack) -> None:
    stopped = signal_all(stack.pids(RASA), signal.SIGSTOP)
    web = stack.pids(WEB)
    try:
        with ThreadPoolExecutor(8) as pool:
            sent = send(pool, stack)
            # The parent first: it would start another worker at once.
            signal_all(web, signal.SIGKILL)
            assert [one.answer.result(30)[1] for one in sent] == [None] * len(sent)
    finally:
        signal_all(stopped, signal.SIGCONT)
    query = "SELECT count(*) AS n FROM chat_turn WHERE text LIKE ? AND state = 'received'"
    assert stack.rows(query, f"%{CANARY}%") == [{"n": len(TYPED)}]
    poll(lambda: stack.rows(query, f"%{CANARY}%") == [{"n": 0}], 60, "the reconciler")
    poll(lambda: stack.checks(), 60, "web is back")
    for one in sent:
        text, fixed, severities = TYPED[one.level]
        found = _transcript(one.client)
        assert [turn["text"] for turn in found["turns"]] == [text]
        (reply,) = found["turns"][0]["replies"]
        assert fixed in reply["text"]
        # A turn that nobody answered goes before a clinician whatever it says.
        (turn,) = stack.rows("SELECT * FROM chat_turn WHERE id = ?", found["turns"][0]["turn"])
        assert (turn["state"], turn["failure"]) == ("reconciled", "abandoned")
        expected = {"none": ["review"], "caution": ["review", "review"]}.get(one.level, severities)
        assert severity(stack, turn["conversation_id"]) == expected
        again = one.client.say("thanks")
        assert again["replies"][0]["kind"] != "unavailable"


def _transcript(client: ChatClient) -> dict[str, Any]:
    import httpx

    headers = {"Authorization": f"Bearer {client.token}"}
    found: dict[str, Any] = httpx.get(f"{client.url}/api/chat/transcript", headers=headers, trust_env=False).json()
    return found


def test_message_sent_again_after_a_fault_is_the_same_turn(stack: Stack) -> None:
    body = {"text": TYPED["escalate"][0], "client_message_id": uuid.uuid4().hex}
    with ChatClient(stack.url) as client:
        pids = signal_all(stack.pids(ACTIONS), signal.SIGSTOP)
        try:
            first = client.post("messages", body)
        finally:
            signal_all(pids, signal.SIGCONT)
        again: Callable[..., dict[str, Any]] = client.post
        assert again("messages", body) == first
