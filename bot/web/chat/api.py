"""The chat API: validate, delegate, answer. Described by /api/schema/."""

from typing import Any

from django.conf import settings as django_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bot.reply import Kind
from bot.retrieval.compose import fill
from bot.safety.verdict import Level
from bot.settings import settings
from bot.web.chat import record, turns
from bot.web.chat.edge import MOST_CHARACTERS
from bot.web.chat.errors import Expired, Slow, TooLarge, Unknown
from bot.web.chat.limits import conversation_wait, message_wait
from bot.web.chat.models import Conversation, Feedback, StoredReply
from bot.web.chat.serializers import (
    CallbackIn,
    CallbackOut,
    ClinicOut,
    ConversationOut,
    ErrorOut,
    FeedbackIn,
    MessageIn,
    RepliesOut,
    StartIn,
    TranscriptOut,
)
from bot.web.context import DRAFT_NOTICE

GREETING = (
    "Hi, I'm LDN Guide, an automated helper of {clinic_name}. I answer questions about low dose naltrexone (LDN) "
    "from texts with named sources. I'm not for emergencies: call {emergency_number}, or {crisis_number} if you think of hurting yourself."
)
STARTERS = (
    ("What is LDN?", "what_is_ldn"),
    ("How long until it works?", "onset_time"),
    ("What side effects do people report?", "side_effects_common"),
    ("How do people take it?", "time_of_day"),
)
CALLBACK_THANKS = "Thank you. We have your request and will try to call you. If it gets urgent, call {clinic_phone}, or {emergency_number} in an emergency."
ERRORS = {400: ErrorOut, 401: ErrorOut, 404: ErrorOut, 413: ErrorOut, 415: ErrorOut, 429: ErrorOut}


class ConversationToken(authentication.BaseAuthentication):
    """Authorization: Bearer <token of the conversation>."""

    def authenticate(self, request: Request) -> tuple[Conversation, str]:
        """The conversation; Expired where there is none."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        conversation = record.find_conversation(token.strip()) if scheme.lower() == "bearer" else None
        if conversation is None:
            raise Expired
        return conversation, token

    def authenticate_header(self, request: Request) -> str:
        """Makes failures 401."""
        return "Bearer"


class _Open(APIView):
    permission_classes = [permissions.AllowAny]

    def check_size(self, request: Request) -> None:
        """Refuse large bodies before they are read."""
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > django_settings.MAX_BODY:
            raise TooLarge

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Method and size first, then DRF's own checks."""
        if request.method not in self.allowed_methods:
            raise exceptions.MethodNotAllowed(str(request.method))
        self.check_size(request)
        super().initial(request, *args, **kwargs)


class _OfConversation(_Open):
    authentication_classes = [ConversationToken]

    def conversation(self, request: Request) -> Conversation:
        """The conversation whose token was sent."""
        return request.user  # type: ignore[return-value]


class ClinicView(_Open):
    """What the page shows before a conversation starts."""

    @extend_schema(responses={200: ClinicOut})
    def get(self, request: Request) -> Response:
        """The clinic's own details."""
        clinic = settings().clinic
        data = {
            key: getattr(clinic, key)
            for key in ("name", "phone", "hours", "address", "website", "colour", "logo", "numbers")
        }
        approved = settings().require_approval
        more = {
            "retention_days": clinic.retention_days,
            "flagged_retention_days": clinic.flagged_retention_days,
            "message_characters": MOST_CHARACTERS,
            "approved": approved,
            "draft_notice": "" if approved else DRAFT_NOTICE,
        }
        return Response({**data, **more})


class ConversationsView(_Open):
    """Conversations are started here; the server mints id and token."""

    @extend_schema(
        request=StartIn, responses={201: ConversationOut, 400: ErrorOut, 413: ErrorOut, 415: ErrorOut, 429: ErrorOut}
    )
    def post(self, request: Request) -> Response:
        """Start a conversation."""
        StartIn(data=request.data).is_valid(raise_exception=True)
        wait = conversation_wait(request)
        if wait is not None:
            raise Slow(wait, detail=fill(str(Slow.default_detail), settings().clinic.contact()))
        conversation, token = record.start_conversation()
        starters = record.issue_buttons(conversation, list(STARTERS))
        greeting = StoredReply(
            kind=Kind.SMALLTALK.value, level="none", text=fill(GREETING, settings().clinic.contact())
        )
        body = {
            "id": conversation.pk,
            "token": token,
            "expires_at": record.expires_at(conversation),
            "greeting": _greeting_data(greeting),
            "starters": starters,
        }
        return Response(ConversationOut(body).data, status=201)


class MessagesView(_OfConversation):
    """One turn."""

    @extend_schema(request=MessageIn, responses={200: RepliesOut, **ERRORS})
    def post(self, request: Request) -> Response:
        """Send a message; the replies come with the response."""
        conversation = self.conversation(request)
        checked = MessageIn(data=request.data)
        checked.is_valid(raise_exception=True)
        data = checked.validated_data
        button = None
        if "button_id" in data:
            button = conversation.buttons.filter(pk=data["button_id"]).first()
            if button is None:
                raise Unknown("That button is not part of this conversation.")
        message = turns.Message(data.get("text", ""), data["client_message_id"], button)
        wait = message_wait(request, conversation.pk)
        if wait is not None:
            return self.refuse(conversation, message, wait)
        try:
            replies = turns.take(conversation, message)
        except record.QueueFull:
            return self.refuse(conversation, message, 5)
        turn = replies[0].turn_id if replies else ""
        return Response(RepliesOut({"turn": turn, "replies": replies}).data)

    def refuse(self, conversation: Conversation, message: turns.Message, wait: float) -> Response:
        """429; a message that carries a risk is still recorded and gets its fixed message."""
        replies: list[dict[str, Any]] = []
        if turns.judged(conversation, message).level > Level.NONE:
            stored = turns.take_fixed(conversation, message, "rate limit")
            replies = RepliesOut({"turn": "", "replies": stored}).data["replies"]
        raise Slow(wait, replies, fill(str(Slow.default_detail), settings().clinic.contact()))


class TranscriptView(_OfConversation):
    """The conversation so far."""

    @extend_schema(responses={200: TranscriptOut, 401: ErrorOut})
    def get(self, request: Request) -> Response:
        """All turns in order."""
        conversation = self.conversation(request)
        rows = conversation.turns.prefetch_related("replies__buttons")
        listed = [
            {"turn": row.pk, "at": row.received_at, "text": row.text, "replies": list(row.replies.all())}
            for row in rows
        ]
        body = {"id": conversation.pk, "started_at": conversation.started_at, "turns": listed}
        return Response(TranscriptOut(body).data)


class FeedbackView(_OfConversation):
    """Thumbs."""

    @extend_schema(request=FeedbackIn, responses={204: None, **ERRORS})
    def post(self, request: Request) -> Response:
        """One thumb a reply; a later one replaces it."""
        checked = FeedbackIn(data=request.data)
        checked.is_valid(raise_exception=True)
        data = checked.validated_data
        reply = StoredReply.objects.filter(pk=data["reply_id"], turn__conversation=self.conversation(request)).first()
        if reply is None:
            raise Unknown("That reply is not part of this conversation.")
        Feedback.objects.update_or_create(
            reply=reply, defaults={"helpful": data["helpful"], "comment": data["comment"]}
        )
        return Response(status=204)


class CallbackView(_OfConversation):
    """A patient who wants to be called."""

    @extend_schema(request=CallbackIn, responses={201: CallbackOut, **ERRORS})
    def post(self, request: Request) -> Response:
        """Ask for a call."""
        conversation = self.conversation(request)
        checked = CallbackIn(data=request.data)
        checked.is_valid(raise_exception=True)
        wait = message_wait(request, conversation.pk)
        if wait is not None:
            raise Slow(wait, detail=fill(str(Slow.default_detail), settings().clinic.contact()))
        record.request_callback(conversation, **checked.validated_data)
        return Response({"message": fill(CALLBACK_THANKS, settings().clinic.contact())}, status=201)


class ConversationView(_OfConversation):
    """Start over."""

    @extend_schema(
        responses={204: None, 401: ErrorOut},
        parameters=[OpenApiParameter("Authorization", OpenApiTypes.STR, OpenApiParameter.HEADER, exclude=True)],
    )
    def delete(self, request: Request) -> Response:
        """Erase the conversation; one that clinicians review is closed to its token instead."""
        record.erase(self.conversation(request))
        return Response(status=204)


def _greeting_data(greeting: StoredReply) -> dict[str, Any]:
    # Not stored, so it has no buttons to look up.
    fields = ("id", "kind", "level", "categories", "topics", "versions", "lead", "text", "sources")
    return {**{name: getattr(greeting, name) for name in fields}, "reviewed_by": "", "reviewed_on": "", "buttons": []}
