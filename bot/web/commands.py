"""What `ldn` does with the web side's database; bot/cli.py calls these."""

import logging
import os
from dataclasses import dataclass

import django

from bot.client import ChatClient

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bot.web.settings")
django.setup()

from django.conf import settings as django_settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from bot.settings import settings  # noqa: E402
from bot.web.accounts import audit, people  # noqa: E402
from bot.web.accounts.models import Role, User  # noqa: E402
from bot.web.chat.models import Conversation  # noqa: E402
from bot.web.review import retention as retention_rules  # noqa: E402
from bot.web.review.retention import Purged  # noqa: E402

CONSOLE = audit.Actor("ldn", "system")
DEMO_PEOPLE = (
    ("maria.desk", "Maria", "Lopez", Role.FRONT_DESK),
    ("dr.chen", "Wei", "Chen", Role.CLINICIAN),
    ("np.okafor", "Ada", "Okafor", Role.CLINICIAN),
    ("sam.content", "Sam", "Reed", Role.CONTENT_OWNER),
)
# What patients type; each runs through the real bot, message by message.
DEMO_CONVERSATIONS = (
    ("hi what is ldn", "how long till it works?", "do i take it in the morning or at night", "thanks!"),
    (
        "Is it ok to start LDN if I take oxycodone 10mg twice a day for my back?",
        "what if i just wait a few hours between them",
        "how do i store it",
    ),
    (
        "im 9 weeks pregnant and my fibro is killing me, can i stay on low dose naltrexone",
        "ok. what are the side effects",
    ),
    ("my doctor said i have fatty liver, is LDN safe", "yes", "how much does it cost"),
    ("I took my LDN and now my throat is swelling and I can't breathe",),
    ("does it help with crohns", "and does insurance pay", "can someone call me about this"),
    (
        "can I have a glass of wine with it",
        "vivid dreams are driving me crazy lol",
        "can i take it in the morning instead then",
    ),
    ("i had surgery last week and they gave me some pain pills, can i start my LDN", "one of them is tramadol i think"),
    ("whats the weather tomorrow", "will ldn cure my RA?", "does it make you lose hair"),
    ("my mom takes methadone, is it a problem if i keep my ldn in the same cabinet",),
    ("some nights the pain is so bad i don't want to be here anymore",),
)


@dataclass(frozen=True)
class Account:
    """A new account; the password is shown once."""

    username: str
    role: str
    password: str


def quiet() -> None:
    """For commands that print a result of their own: the heads of the audit chain go to the log of the web process."""
    logging.getLogger("ldn.audit").setLevel(logging.WARNING)


def create_clinic(username: str, demo: bool) -> list[Account]:
    """Prepare the database and make the first administrator; in a demo also one account a role."""
    call_command("migrate", interactive=False, verbosity=0)
    made = [_account(username, "", "", Role.ADMINISTRATOR)]
    if demo:
        made += [_account(*person) for person in DEMO_PEOPLE]
    return [account for account in made if account]


def _account(username: str, first: str, last: str, role: Role) -> Account | None:
    if User.objects.filter(username=username).exists():
        return None
    user = User(username=username, first_name=first, last_name=last, role=role)
    # A demo's accounts can be used at once; a clinic's administrator chooses a password at the first sign-in.
    password = people.create(CONSOLE, user, temporary=role == Role.ADMINISTRATOR)
    return Account(username, role.label, password)


def demo_conversations() -> int:
    """Have the sample conversations with the running stack, over its public API; ChatError if it does not answer."""
    for messages in DEMO_CONVERSATIONS:
        client = ChatClient(settings().web_url)
        started = client.start()
        try:
            for text in messages:
                client.say(text)
        finally:
            Conversation.objects.filter(pk=started["id"]).update(is_demo=True)
    with ChatClient(settings().web_url) as client:
        client.post("callback", {"name": "Pat Example", "phone": "555-010-0199", "best_time": "mornings"})
    return len(DEMO_CONVERSATIONS)


def audit_problems(head: str) -> tuple[list[str], int, str]:
    """What is wrong with the audit trail, how many events it has, and its last hash."""
    from bot.web.accounts.models import AuditEvent

    last = AuditEvent.objects.order_by("-number").first()
    return audit.verify(head), last.number if last else 0, last.hash if last else ""


def purge(dry_run: bool) -> Purged:
    """Retention, now."""
    return retention_rules.purge(dry_run=dry_run)


def database() -> str:
    """Where the data are, for the messages of the commands."""
    return str(django_settings.DATABASES["default"]["NAME"])
