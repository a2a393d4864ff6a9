"""Errors of the API: one shape, no text of the patient's."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response


class TooLarge(exceptions.APIException):
    """The body is over the limit."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "That message is too large. Please send at most 1,000 characters."
    default_code = "too_large"


class Expired(exceptions.APIException):
    """No such conversation, or it has ended."""

    status_code = status.HTTP_401_UNAUTHORIZED
    default_detail = "This conversation has ended. Please start a new one."
    default_code = "expired"


class Unknown(exceptions.APIException):
    """A button or a reply of another conversation, or of none."""

    status_code = status.HTTP_404_NOT_FOUND
    default_detail = "That is not part of this conversation."
    default_code = "unknown"


class Slow(exceptions.APIException):
    """Too many messages; may carry replies, because a red flag is never dropped."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_detail = "Please wait a moment before you send more. In an emergency, call {emergency_number} now."
    default_code = "slow_down"

    def __init__(self, wait: float, replies: list[dict[str, Any]] | None = None, detail: str | None = None) -> None:
        super().__init__(detail)
        self.wait = max(1, round(wait))
        self.replies = replies or []


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception into {"error": {"code", "message"}}."""
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if isinstance(error, RecursionError):
        error = exceptions.ParseError("JSON parse error")
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {"Retry-After": str(error.wait)} if isinstance(error, Slow) else {}
    if isinstance(error, Expired):
        headers["WWW-Authenticate"] = "Bearer"
    body: dict[str, Any] = {"error": {"code": _code(error), "message": _message(error.detail)}}
    if isinstance(error, Slow) and error.replies:
        body["replies"] = error.replies
    return Response(body, status=error.status_code, headers=headers)


def _code(error: exceptions.APIException) -> str:
    return "invalid" if isinstance(error, exceptions.ValidationError) else str(error.default_code)


def _message(detail: Any) -> str:
    if isinstance(detail, dict):
        return " ".join(
            f"{key}: {_message(value)}" if key != "non_field_errors" else _message(value)
            for key, value in detail.items()
        )
    if isinstance(detail, list):
        return " ".join(_message(value) for value in detail)
    return str(detail)
