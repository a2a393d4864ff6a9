"""Rasa's double: a real HTTP server on the loopback interface that answers as it is told."""

import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bot.reply import Kind, Reply
from bot.risk import caution_reply, escalation_reply
from bot.safety.language import language_of
from bot.safety.triage import assess
from bot.safety.verdict import Level
from bot.settings import settings
from bot.turn import question_of

Answer = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    """One request to the webhook."""

    server: "RasaDouble"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append(body)
        try:
            self.server.answer(self, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def send(
        self, content: bytes, status: int = 200, kind: str = "application/json", length: int | None = None
    ) -> None:
        """A whole answer; `length` lies about it."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def messages(self, found: object) -> None:
        """JSON, as Rasa's REST channel."""
        self.send(json.dumps(found).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


class RasaDouble(ThreadingHTTPServer):
    """`answer` says what the next turns get; `calls` holds what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer: Answer = honest
        self.calls: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hung up is no news."""


def wire(body: dict[str, Any], *replies: Reply, turn: str | None = None) -> list[dict[str, Any]]:
    """Replies as the REST channel delivers them."""
    turn = body["metadata"]["turn"] if turn is None else turn
    return [{"recipient_id": body["sender"], "custom": reply.custom(turn)} for reply in replies]


def proper(body: dict[str, Any]) -> Reply:
    """What our own actions would answer: the verdict's reply, or a passage on timing."""
    verdict = assess(body["message"], question_of(body["metadata"].get("asked", "")))
    contact, language = settings().clinic.contact(), language_of(body["message"])
    if verdict.level >= Level.ESCALATE:
        return escalation_reply(verdict, contact, language)
    passage = Reply(Kind.ANSWER, "Most people take it once a day.", topics=("time_of_day",), versions=("v1",))
    return caution_reply(verdict, contact, language, passage) if verdict.level is Level.CAUTION else passage


def honest(handler: Handler, body: dict[str, Any]) -> None:
    handler.messages(wire(body, proper(body)))


def empty(handler: Handler, body: dict[str, Any]) -> None:
    handler.messages([])


def other_turn(handler: Handler, body: dict[str, Any]) -> None:
    handler.messages(wire(body, proper(body), turn="x" * 32))


def unguarded(handler: Handler, body: dict[str, Any]) -> None:
    handler.messages([{"recipient_id": body["sender"], "text": "Just take it four hours apart."}])


def half_guarded(handler: Handler, body: dict[str, Any]) -> None:
    handler.messages([*wire(body, proper(body)), {"recipient_id": body["sender"], "text": "Also, double the dose."}])


def html(handler: Handler, body: dict[str, Any]) -> None:
    handler.send(b"<html><body>502 Bad Gateway</body></html>", kind="text/html")


def error(handler: Handler, body: dict[str, Any]) -> None:
    handler.send(json.dumps({"version": "3.6.21", "status": "failure", "message": body["message"]}).encode(), 500)


def redirect(handler: Handler, body: dict[str, Any]) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/elsewhere")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def cut(handler: Handler, body: dict[str, Any]) -> None:
    content = json.dumps(wire(body, proper(body))).encode()
    handler.send(content[: len(content) // 2], length=len(content))
    handler.connection.shutdown(socket.SHUT_RDWR)


def huge(handler: Handler, body: dict[str, Any]) -> None:
    handler.send(b"[" + b" " * (2 * 1024 * 1024) + b"]")


def deep(handler: Handler, body: dict[str, Any]) -> None:
    handler.send(b"[" * 100_000 + b"]" * 100_000)


def no_unicode(handler: Handler, body: dict[str, Any]) -> None:
    handler.send(b'["\xff\xfe"]')


def wrong_types(handler: Handler, body: dict[str, Any]) -> None:
    handler.messages([{"custom": {**proper(body).custom(body["metadata"]["turn"]), "level": "grave", "buttons": 7}}])


def hang_up(handler: Handler, body: dict[str, Any]) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def silent(handler: Handler, body: dict[str, Any]) -> None:
    time.sleep(3)


def drip(handler: Handler, body: dict[str, Any]) -> None:
    """An honest answer, byte by byte: no single read is slow."""
    content = json.dumps(wire(body, proper(body))).encode()
    handler.send(b"", length=len(content))
    for byte in content:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def drip_headers(handler: Handler, body: dict[str, Any]) -> None:
    """Headers that never end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(60):
        handler.wfile.write(f"X-{number}: 1\r\n".encode())
        time.sleep(0.05)


def stall(handler: Handler, body: dict[str, Any]) -> None:
    """Half an answer just before the deadline, then nothing."""
    content = json.dumps(wire(body, proper(body))).encode()
    time.sleep(0.8)
    handler.send(content[:10], length=len(content))
    time.sleep(3)


def stolen_text(handler: Handler, body: dict[str, Any]) -> None:
    """Ours in form, and for this turn, but it does not do what the verdict asks for."""
    handler.messages(wire(body, Reply(Kind.ANSWER, "Take 4.5 mg at bedtime.", topics=("dose_start",))))


FAULTS: dict[str, Answer] = {
    "empty": empty,
    "another turn": other_turn,
    "unguarded text": unguarded,
    "one of two unguarded": half_guarded,
    "HTML": html,
    "500": error,
    "redirect": redirect,
    "cut body": cut,
    "huge body": huge,
    "deep nesting": deep,
    "not Unicode": no_unicode,
    "wrong types": wrong_types,
    "hung up": hang_up,
    "silent": silent,
    "slow drip": drip,
    "slow drip of headers": drip_headers,
    "stalled half-way": stall,
}
