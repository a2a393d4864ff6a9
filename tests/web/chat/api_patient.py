"""A patient who talks to the chat API through Django's test client."""

import json
import uuid
from typing import Any

from django.test import Client


class Patient:
    """One conversation over the API; `address` is where its requests come from."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address
        self._client = Client(raise_request_exception=False)
        self.started: dict[str, Any] = {}

    def call(self, method: str, path: str, body: object = None, token: str | None = None, **headers: Any) -> Any:
        """One request; the response has `data`, its JSON."""
        token = self.started.get("token", "") if token is None else token
        if token:
            headers["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        response = self._client.generic(
            method,
            f"/api/chat/{path}",
            data=_encoded(body),
            content_type="application/json",
            REMOTE_ADDR=self.address,
            **headers,
        )
        response.data = response.json() if response.content else None  # type: ignore[attr-defined]
        return response

    def start(self) -> "Patient":
        response = self.call("POST", "conversations", {"consent": True}, token="")
        assert response.status_code == 201, response.content
        self.started = response.data
        return self

    def post(self, text: str, message_id: str = "", **more: object) -> Any:
        """Send a message; the whole response."""
        return self.call(
            "POST", "messages", {"text": text, "client_message_id": message_id or uuid.uuid4().hex, **more}
        )

    def choose(self, button_id: str, message_id: str = "") -> Any:
        return self.call(
            "POST", "messages", {"button_id": button_id, "client_message_id": message_id or uuid.uuid4().hex}
        )

    def say(self, text: str) -> dict[str, Any]:
        """Send a message; the first reply."""
        response = self.post(text)
        assert response.status_code == 200, response.content
        found: dict[str, Any] = response.data["replies"][0]
        return found


def _encoded(body: object) -> bytes | str:
    return body if isinstance(body, (bytes, str)) else "" if body is None else json.dumps(body)
