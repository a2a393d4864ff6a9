"""The API's edges: who may do what, shapes, sizes, limits, expiry."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import yaml
from api_patient import Patient
from django.test import Client
from django.utils import timezone
from rasa_double import RasaDouble
from rest_framework.test import APIRequestFactory

from bot.settings import settings
from bot.web.chat import limits
from bot.web.chat.models import CallbackRequest, Conversation, Feedback, Turn
from bot.web.review.models import Case

Configure = Callable[..., None]
FAR = "203.0.113.9"
PATIENT_ONLY = [
    ("POST", "messages"),
    ("GET", "transcript"),
    ("POST", "feedback"),
    ("POST", "callback"),
    ("DELETE", "conversation"),
]


def error(response: Any) -> tuple[int, str]:
    """Status and code; every error has a sentence and nothing of the patient's."""
    assert set(response.data["error"]) == {"code", "message"}
    assert response.data["error"]["message"]
    assert "canary" not in response.content.decode()
    return response.status_code, response.data["error"]["code"]


# Starting.


def test_start(patient: Patient) -> None:
    body = patient.started
    assert set(body) == {"id", "token", "expires_at", "greeting", "starters"}
    assert len(body["starters"]) == 4
    greeting = body["greeting"]["text"]
    assert all(words in greeting for words in ("automated", "not for emergencies", "911", "988", "Example Pain Clinic"))
    assert "{" not in greeting


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [{}, {"consent": False}, {"consent": None}, {"consent": True, "x": 1}, [], None, "x", 5]
)
def test_no_consent_no_conversation(body: object) -> None:
    assert error(Patient().call("POST", "conversations", json.dumps(body))) == (400, "invalid")
    assert Conversation.objects.count() == 0


def test_clinic_needs_no_token(client: Client) -> None:
    body = client.get("/api/chat/clinic").json()
    assert (body["name"], body["message_characters"]) == ("Example Pain Clinic", 1000)
    assert body["numbers"]["crisis"] == "988"


def test_address_works_with_and_without_its_slash(patient: Patient, rasa: RasaDouble) -> None:
    body = {"text": "What is LDN?", "client_message_id": "a" * 8}
    assert patient.call("POST", "messages/", body).status_code == 200


# Tokens.


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), PATIENT_ONLY)
@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer x", "Bearer \u00e9", "Basic abc", "abc"])
def test_without_a_token_nothing(method: str, path: str, header: str) -> None:
    response = Patient().call(method, path, {}, token="", HTTP_AUTHORIZATION=header)
    assert error(response) == (401, "expired")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), PATIENT_ONLY)
def test_expired_token_opens_nothing(patient: Patient, method: str, path: str) -> None:
    Conversation.objects.update(active_at=timezone.now() - timedelta(minutes=31))
    assert error(patient.call(method, path, {})) == (401, "expired")


def test_token_in_the_address_opens_nothing(patient: Patient) -> None:
    assert patient.call("GET", f"transcript?token={patient.started['token']}", token="").status_code == 401


def test_cookie_is_neither_set_nor_needed(patient: Patient, rasa: RasaDouble) -> None:
    assert patient.post("What is LDN?").cookies == {}


def test_another_conversation_s_token_shows_its_own_only(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("my canary question?")
    other = Patient().start()
    assert other.call("GET", "transcript").data["turns"] == []
    assert [turn["text"] for turn in patient.call("GET", "transcript").data["turns"]] == ["my canary question?"]


def test_another_conversation_s_button_is_refused(patient: Patient, rasa: RasaDouble) -> None:
    other = Patient().start()
    assert error(patient.choose(other.started["starters"][0]["id"])) == (404, "unknown")
    assert error(patient.choose("x" * 32)) == (404, "unknown")
    assert rasa.calls == []


def test_another_conversation_s_reply_takes_no_feedback(patient: Patient, rasa: RasaDouble) -> None:
    reply = patient.say("What is LDN?")
    body = {"reply_id": reply["id"], "helpful": True}
    assert error(Patient().start().call("POST", "feedback", body)) == (404, "unknown")
    assert Feedback.objects.count() == 0


# Buttons.


def test_button_says_its_own_words(patient: Patient, rasa: RasaDouble) -> None:
    starter = patient.started["starters"][0]
    assert patient.choose(starter["id"]).status_code == 200
    assert (rasa.calls[0]["message"], rasa.calls[0]["metadata"]["topic"]) == ("What is LDN?", "what_is_ldn")


def test_button_never_shows_what_it_says(patient: Patient, rasa: RasaDouble) -> None:
    reply = patient.say("is it safe in pregnancy?")
    assert [set(button) for button in reply["buttons"]] == [{"id", "title", "topic"}] * 3


def test_yes_button_escalates(patient: Patient, rasa: RasaDouble) -> None:
    buttons = {button["title"]: button["id"] for button in patient.say("is it safe in pregnancy?")["buttons"]}
    response = patient.choose(buttons["Yes"])
    assert response.data["replies"][0]["level"] == "escalate"
    assert Case.objects.get().severity == "urgent"


# Shapes.


def message(**body: object) -> dict[str, object]:
    return {"client_message_id": "message-1", **body}


BAD = {
    "no text": message(),
    "empty": message(text=""),
    "spaces": message(text="  \n\t "),
    "slashes": message(text="///"),
    "nothing to see": message(text="\u200b\u202e"),
    "text and button": message(text="canary", button_id="x"),
    "text is a number": message(text=["canary"]),
    "text is null": message(text=None),
    "text is 0": message(text=0),
    "message id is a number": {"text": "canary", "client_message_id": 12345678},
    "1,001 characters": message(text="a" * 1001),
    "no message id": {"text": "canary"},
    "short message id": {"text": "canary", "client_message_id": "a"},
    "long message id": {"text": "canary", "client_message_id": "a" * 65},
    "message id with a space": {"text": "canary", "client_message_id": "canary words"},
    "message id with a NUL": {"text": "canary", "client_message_id": "message\u00001"},
    "unknown key": message(text="canary", sender="default"),
    "unknown keys with our name": message(text="canary", metadata={"turn": "x"}, intent="restart"),
    "list": [],
    "text alone": "canary",
    "null": None,
    "button is a list": message(button_id=[]),
    "button with a NUL": message(button_id="a\0b"),
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_bad_message_is_refused(patient: Patient, rasa: RasaDouble, body: object) -> None:
    assert error(patient.call("POST", "messages", json.dumps(body)))[0] == 400
    assert (Turn.objects.count(), rasa.calls) == (0, [])


BROKEN = {
    "no JSON": (b"canary", 400),
    "half JSON": (b'{"text": "canary', 400),
    "not Unicode": (b'{"text": "\xff\xfe"}', 400),
    "deep": (b"[" * 8000 + b"]" * 8000, 400),
    "NaN": (b'{"text": NaN}', 400),
    "over 16 KB": (b'{"text": "' + b"a" * 17_000 + b'"}', 413),
    "nothing": (b"", 400),
}


@pytest.mark.parametrize(("body", "status"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_body_is_refused(patient: Patient, rasa: RasaDouble, body: bytes, status: int) -> None:
    assert error(patient.call("POST", "messages", body))[0] == status
    assert rasa.calls == []


@pytest.mark.parametrize("path", ["conversations", "messages", "feedback", "callback"])
def test_large_body_is_refused_everywhere(patient: Patient, path: str) -> None:
    assert error(patient.call("POST", path, b" " * 16_385)) == (413, "too_large")


def test_form_is_refused(patient: Patient) -> None:
    headers = {"HTTP_AUTHORIZATION": f"Bearer {patient.started['token']}"}
    assert Client().post("/api/chat/messages", {"text": "x"}, **headers).status_code == 415  # type: ignore[arg-type]


LENGTHS = {
    "1": ("a", 200),
    "1,000": ("a" * 1000, 200),
    "1,000 and what cannot be seen": ("a" * 1000 + "\u200b" * 500, 200),
    "1,000 emoji": ("\U0001f600" * 1000, 200),
}


@pytest.mark.parametrize(("text", "status"), LENGTHS.values(), ids=LENGTHS.keys())
def test_longest_message(patient: Patient, rasa: RasaDouble, text: str, status: int) -> None:
    body = json.dumps({"text": text, "client_message_id": uuid.uuid4().hex}, ensure_ascii=False).encode()
    assert patient.call("POST", "messages", body).status_code == status


# Transcript, feedback, call back, erasure.


def test_transcript(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("What is LDN?")
    patient.say("I take oxycodone daily")
    body = patient.call("GET", "transcript").data
    assert [turn["text"] for turn in body["turns"]] == ["What is LDN?", "I take oxycodone daily"]
    assert [turn["replies"][0]["level"] for turn in body["turns"]] == ["none", "escalate"]


def test_feedback_is_one_thumb_a_reply(patient: Patient, rasa: RasaDouble) -> None:
    reply = patient.say("What is LDN?")
    for helpful in (True, False):
        body = {"reply_id": reply["id"], "helpful": helpful, "comment": "hm"}
        assert patient.call("POST", "feedback", body).status_code == 204
    assert list(Feedback.objects.values_list("helpful", "comment")) == [(False, "hm")]


def test_call_back(patient: Patient) -> None:
    body = {"name": " Ann\nLee ", "phone": "(555) 010-0199", "best_time": "noon"}
    response = patient.call("POST", "callback", body)
    assert response.status_code == 201
    assert "555-010-0100" in response.data["message"]
    assert list(CallbackRequest.objects.values_list("name", "phone", "best_time")) == [
        ("Ann Lee", "(555) 010-0199", "noon")
    ]


@pytest.mark.parametrize("phone", ["", "call me", "123", "1" * 16, "555-010-0199; drop", "=HYPERLINK(1234567)"])
def test_call_back_needs_a_phone_number(patient: Patient, phone: str) -> None:
    assert error(patient.call("POST", "callback", {"name": "Ann", "phone": phone})) == (400, "invalid")
    assert CallbackRequest.objects.count() == 0


def test_erase(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("What is LDN?")
    assert patient.call("DELETE", "conversation").status_code == 204
    assert patient.call("GET", "transcript").status_code == 401
    assert Turn.objects.count() == 0


def test_erase_keeps_what_clinicians_review(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("I take oxycodone daily")
    assert patient.call("DELETE", "conversation").status_code == 204
    assert patient.call("GET", "transcript").status_code == 401
    assert Turn.objects.count() == 1


# Limits.


@pytest.fixture
def far(transactional_db: None) -> Patient:
    """A patient from outside the clinic's own network."""
    return Patient(FAR).start()


def test_eleventh_message_or_so_in_a_minute_waits(far: Patient, rasa: RasaDouble) -> None:
    statuses = [far.post("What is LDN?").status_code for _ in range(13)]
    assert statuses == [200] * 12 + [429]
    response = far.post("What is LDN?")
    assert error(response) == (429, "slow_down")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert "call 911 now" in response.data["error"]["message"]
    assert "replies" not in response.data


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("I take oxycodone daily", "escalate"),
        ("I want to kill myself", "emergency"),
        ("my roommate takes oxycodone", "caution"),
    ],
)
def test_red_flag_over_the_limit_is_answered_and_recorded(
    far: Patient, rasa: RasaDouble, text: str, level: str
) -> None:
    for _ in range(12):
        far.post("What is LDN?")
    response = far.post(text)
    assert response.status_code == 429
    assert response.data["replies"][0]["level"] == level
    turn = Turn.objects.get(text=text)
    assert (turn.level, turn.state, turn.failure) == (level, "fixed", "rate limit")
    assert Case.objects.count() == 1


def test_red_flag_behind_a_button_over_the_limit_is_recorded(far: Patient, rasa: RasaDouble) -> None:
    for _ in range(11):
        far.post("What is LDN?")
    buttons = {button["title"]: button["id"] for button in far.say("is it safe in pregnancy?")["buttons"]}
    response = far.choose(buttons["Yes"])
    assert response.status_code == 429
    assert response.data["replies"][0]["level"] == "escalate"


def test_clinic_s_own_network_has_no_limit(patient: Patient, rasa: RasaDouble) -> None:
    assert {patient.post("What is LDN?").status_code for _ in range(15)} == {200}


@pytest.mark.django_db
def test_five_conversations_an_hour(rasa: RasaDouble) -> None:
    statuses = [Patient(FAR).call("POST", "conversations", {"consent": True}).status_code for _ in range(6)]
    assert statuses == [201] * 5 + [429]
    assert Patient("198.51.100.7").call("POST", "conversations", {"consent": True}).status_code == 201


def test_call_back_is_limited_too(far: Patient) -> None:
    body = {"name": "Ann", "phone": "555-010-0199"}
    assert [far.call("POST", "callback", body).status_code for _ in range(13)] == [201] * 12 + [429]


ADDRESSES = [
    (0, "", "10.1.1.1"),
    (0, "8.8.8.8", "10.1.1.1"),
    (1, "8.8.8.8", "8.8.8.8"),
    (1, "6.6.6.6, 8.8.8.8", "8.8.8.8"),
    (2, "6.6.6.6, 8.8.8.8, 10.0.0.2", "8.8.8.8"),
    (2, "8.8.8.8", "10.1.1.1"),
    (1, "", "10.1.1.1"),
]


@pytest.mark.parametrize(("proxies", "forwarded", "expected"), ADDRESSES)
def test_address_is_what_our_own_proxies_saw(proxies: int, forwarded: str, expected: str, settings: Any) -> None:
    settings.PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    request = APIRequestFactory().get("/", REMOTE_ADDR="10.1.1.1", **headers)
    assert limits.address(request) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), (FAR, False), ("", False), ("nonsense", False)],
)
def test_exempt(address: str, expected: bool) -> None:
    assert limits.is_exempt(APIRequestFactory().get("/", REMOTE_ADDR=address)) is expected


def test_forged_header_does_not_exempt() -> None:
    request = APIRequestFactory().get("/", REMOTE_ADDR=FAR, HTTP_X_FORWARDED_FOR="127.0.0.1")
    assert not limits.is_exempt(request)


# Health and schema.


@pytest.mark.django_db
def test_readyz_names_what_is_missing(
    client: Client, configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from bot.web import health

    configure(LDN_RASA_URL="http://127.0.0.1:9", LDN_INDEX=str(tmp_path / "none"), LDN_TURN_SECONDS="1")
    monkeypatch.setattr(health, "_last", (0.0, {}))
    response = client.get("/readyz")
    checks = response.json()["checks"]
    assert (response.status_code, checks["database"], checks["dialogue"]) == (503, "ok", "ConnectError")
    assert checks["index"] != "ok"
    monkeypatch.setattr(health, "_last", (0.0, {}))


def test_healthz_needs_nothing(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_metrics_hold_no_text(patient: Patient, rasa: RasaDouble) -> None:
    patient.say("my canary oxycodone words")
    text = Client().get("/metrics").content.decode()
    assert 'ldn_turns{level="' in text
    assert "canary" not in text
    assert patient.started["id"] not in text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("conversations", {"consent": "yes"}),
        ("conversations", {"consent": 1}),
        ("feedback", {"reply_id": "x", "helpful": "true"}),
        ("callback", {"name": 0, "phone": "555 010 0199"}),
    ],
)
def test_values_of_another_kind_are_refused(patient: Patient, path: str, body: object) -> None:
    assert error(patient.call("POST", path, body)) == (400, "invalid")
    assert (Feedback.objects.count(), CallbackRequest.objects.count()) == (0, 0)


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH"])
def test_a_method_nobody_described_is_refused_before_the_token_is_looked_at(client: Client, method: str) -> None:
    assert client.generic(method, "/api/chat/messages").status_code == 405


def test_schema_says_what_is_refused(client: Client) -> None:
    shapes = yaml.safe_load(client.get("/api/schema/").content)["components"]["schemas"]
    assert [shapes[name]["additionalProperties"] for name in ("StartIn", "MessageIn", "FeedbackIn", "CallbackIn")] == [
        False
    ] * 4
    assert shapes["MessageIn"]["oneOf"] == [{"required": ["text"]}, {"required": ["button_id"]}]
    assert shapes["CallbackIn"]["properties"]["name"]["minLength"] == 1


def test_schema_describes_every_address(client: Client) -> None:
    text = client.get("/api/schema/").content.decode()
    paths = ("clinic", "conversations", "messages", "transcript", "feedback", "callback", "conversation")
    assert [path for path in paths if f"/api/chat/{path}" not in text] == []
    assert settings().clinic.phone not in text
