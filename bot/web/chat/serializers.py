"""Shapes of the chat API; unknown keys are refused."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from bot.web.chat.edge import MOST_CHARACTERS, clean, storable
from bot.web.content.approvals import approval_of

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Strict(serializers.Serializer):  # type: ignore[type-arg]
    """Refuses keys it does not know, and values that the schema does not name: no 0 for a text, no "yes" for a boolean."""

    def to_internal_value(self, data: Any) -> Any:
        """Checked values."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            raise serializers.ValidationError(
                {"non_field_errors": ["Unknown keys. Known: " + ", ".join(self.fields) + "."]}
            )
        if isinstance(data, dict):
            wrong = {name: ["Not the right kind of value."] for name in data if not self._fits(name, data[name])}
            if wrong:
                raise serializers.ValidationError(wrong)
        return super().to_internal_value(data)

    def _fits(self, name: str, value: Any) -> bool:
        field = self.fields[name]
        kind = bool if isinstance(field, serializers.BooleanField) else str
        return value is None or isinstance(value, kind)


@extend_schema_field({"type": "boolean", "enum": [True]})
class Agreed(serializers.BooleanField):
    """Yes, and nothing else."""


class StartIn(Strict):
    """Consent to what the page says is stored."""

    consent = Agreed()

    def validate_consent(self, value: bool) -> bool:
        """No consent, no conversation."""
        if not value:
            raise serializers.ValidationError("Please agree to the notice first.")
        return value


class MessageIn(Strict):
    """A message: text, or the id of a button that the server issued."""

    # The length is counted after stripping what cannot be seen; a body is at most 16 KB anyway.
    text = serializers.CharField(required=False, trim_whitespace=False, help_text=f"1 to {MOST_CHARACTERS} characters.")
    button_id = serializers.CharField(required=False, max_length=64)
    client_message_id = serializers.RegexField(r"^[A-Za-z0-9_-]{8,64}$")

    def to_internal_value(self, data: Any) -> Any:
        """As Strict, but the text may hold characters that other fields refuse."""
        if isinstance(data, dict) and isinstance(data.get("text"), str):
            data = {**data, "text": storable(data["text"])}
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of text and button."""
        if ("text" in attrs) == ("button_id" in attrs):
            raise serializers.ValidationError("Send either text or button_id.")
        if "text" in attrs:
            length = len(clean(attrs["text"]))
            if not length and not attrs["text"].strip("/ \t\r\n"):
                raise serializers.ValidationError("The message is empty. Please type your question.")
            if length > MOST_CHARACTERS:
                raise serializers.ValidationError(
                    f"The message is too long. Please use at most {MOST_CHARACTERS} characters."
                )
            if not length:
                raise serializers.ValidationError("The message has no readable characters. Please type your question.")
        return attrs


class FeedbackIn(Strict):
    """A thumb on a reply."""

    reply_id = serializers.CharField(max_length=64)
    helpful = serializers.BooleanField()
    comment = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")


class CallbackIn(Strict):
    """Whom to call, where, when."""

    name = serializers.CharField(max_length=80)
    phone = serializers.RegexField(
        r"^[0-9+(). /x-]{7,40}$", error_messages={"invalid": "Please give a phone number with area code."}
    )
    best_time = serializers.CharField(max_length=120, allow_blank=True, default="")

    def validate_name(self, value: str) -> str:
        """One line."""
        return _CONTROL.sub(" ", value).strip()

    def validate_phone(self, value: str) -> str:
        """Seven to fifteen digits."""
        if not 7 <= sum(character.isdigit() for character in value) <= 15:
            raise serializers.ValidationError("Please give a phone number with area code.")
        return value


class SourceOut(serializers.Serializer):  # type: ignore[type-arg]
    """Where an answer comes from."""

    id = serializers.CharField()
    title = serializers.CharField()
    publisher = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_blank=True)


class ButtonOut(serializers.Serializer):  # type: ignore[type-arg]
    """A choice; send its id back."""

    id = serializers.CharField()
    title = serializers.CharField()
    topic = serializers.CharField(allow_blank=True)


class ReplyOut(serializers.Serializer):  # type: ignore[type-arg]
    """A reply as it is shown."""

    id = serializers.CharField()
    kind = serializers.CharField()
    level = serializers.CharField()
    categories = serializers.ListField(child=serializers.CharField())
    topics = serializers.ListField(child=serializers.CharField())
    versions = serializers.ListField(child=serializers.CharField())
    lead = serializers.CharField(allow_blank=True)
    text = serializers.CharField()
    sources = SourceOut(many=True)
    reviewed_by = serializers.SerializerMethodField()
    reviewed_on = serializers.SerializerMethodField()
    buttons = ButtonOut(many=True)

    def to_representation(self, reply: Any) -> dict[str, Any]:
        """The approval is looked up once for the two fields that tell of it."""
        self.approval = _approval(reply)
        return super().to_representation(reply)

    @extend_schema_field(serializers.CharField())
    def get_reviewed_by(self, reply: Any) -> str:
        """The clinician who approved this very text; empty while nobody has."""
        return self.approval[0]

    @extend_schema_field(serializers.CharField())
    def get_reviewed_on(self, reply: Any) -> str:
        """The day of that approval."""
        return self.approval[1]


def _approval(reply: Any) -> tuple[str, str]:
    # The greeting is a plain dict: nothing of it is stored, and no passage stands behind it.
    if isinstance(reply, dict) or not reply.topics or not reply.versions:
        return "", ""
    return approval_of(reply.topics[0], reply.versions[0])


class RepliesOut(serializers.Serializer):  # type: ignore[type-arg]
    """The answer to a message."""

    turn = serializers.CharField()
    replies = ReplyOut(many=True)


class ConversationOut(serializers.Serializer):  # type: ignore[type-arg]
    """A new conversation. The token is shown once."""

    id = serializers.CharField()
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    greeting = ReplyOut()
    starters = ButtonOut(many=True)


class TurnOut(serializers.Serializer):  # type: ignore[type-arg]
    """A turn of the transcript."""

    turn = serializers.CharField()
    at = serializers.DateTimeField()
    text = serializers.CharField()
    replies = ReplyOut(many=True)


class TranscriptOut(serializers.Serializer):  # type: ignore[type-arg]
    """The conversation so far."""

    id = serializers.CharField()
    started_at = serializers.DateTimeField()
    turns = TurnOut(many=True)


class CallbackOut(serializers.Serializer):  # type: ignore[type-arg]
    """What happens next."""

    message = serializers.CharField()


class ClinicOut(serializers.Serializer):  # type: ignore[type-arg]
    """What the page needs to know before a conversation starts."""

    name = serializers.CharField()
    phone = serializers.CharField()
    hours = serializers.CharField()
    address = serializers.CharField()
    website = serializers.CharField()
    colour = serializers.CharField()
    logo = serializers.CharField(allow_blank=True)
    numbers = serializers.DictField(child=serializers.CharField())
    retention_days = serializers.IntegerField()
    flagged_retention_days = serializers.IntegerField()
    message_characters = serializers.IntegerField()
    approved = serializers.BooleanField()
    draft_notice = serializers.CharField(allow_blank=True)


class ErrorBody(serializers.Serializer):  # type: ignore[type-arg]
    """What went wrong and what to do."""

    code = serializers.CharField()
    message = serializers.CharField()


class ErrorOut(serializers.Serializer):  # type: ignore[type-arg]
    """Every error has this shape; a 429 may carry replies, because a red flag is never dropped."""

    error = ErrorBody()
    replies = ReplyOut(many=True, required=False)


def say_what_is_refused(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """For drf-spectacular: no unknown keys, nothing empty that is needed, no NUL; a message is a text or a button."""
    shapes = result["components"]["schemas"]
    for shape in (StartIn, MessageIn, FeedbackIn, CallbackIn):
        described = shapes[shape.__name__]
        described["additionalProperties"] = False
        for name, field in shape().fields.items():
            if isinstance(field, serializers.CharField) and not isinstance(field, serializers.RegexField):
                described["properties"][name] |= {"minLength": 0 if field.allow_blank else 1}
                if name != "text":
                    described["properties"][name] |= {"pattern": r"^[^\u0000]*$"}
    shapes["MessageIn"]["oneOf"] = [{"required": ["text"]}, {"required": ["button_id"]}]
    return result
