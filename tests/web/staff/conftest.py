"""A clinic with one person a role, and conversations recorded the way the chat records them."""

import itertools
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from bot.reply import Kind, Reply
from bot.safety.triage import assess
from bot.web.accounts.models import Role, User
from bot.web.chat import record
from bot.web.chat.models import Conversation, Turn

PASSWORD = "correct-horse-battery"
Say = Callable[..., Turn]


@pytest.fixture(autouse=True)
def _plain(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STAFF_REQUIRE_MFA = False
    cache.clear()


@pytest.fixture
def people(db) -> dict[Role, User]:
    return {
        role: User.objects.create_user(role.value, password=PASSWORD, role=role, first_name=role.label) for role in Role
    }


@pytest.fixture
def signed_in(people) -> Callable[[Role], Client]:
    def sign_in(role: Role) -> Client:
        client = Client()
        client.force_login(people[role], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def clinician(signed_in) -> Client:
    return signed_in(Role.CLINICIAN)


@pytest.fixture
def say(db) -> Say:
    """Record a message and a reply to it, as a turn of a new or a given conversation."""
    numbers = itertools.count()

    def one(text: str, conversation: Conversation | None = None, reply: Reply | None = None) -> Turn:
        if conversation is None:
            conversation, _ = record.start_conversation()
        turn, _ = record.receive(conversation, text, f"message-{next(numbers)}", assess(text))
        record.finish(
            turn,
            [reply or Reply(Kind.ANSWER, "An answer.", topics=("onset_time",), versions=("0123456789ab",))],
            Turn.State.ANSWERED,
        )
        turn.refresh_from_db()
        return turn

    return one


@pytest.fixture
def now():
    return timezone.now()
