"""What must be seen on every staff page: notifications that do not get through."""

from bot.web.accounts.models import Role, User
from bot.web.review.models import Delivery, Notification


def alarms(user: User) -> list[str]:
    """Sentences for the top of the page, most urgent first."""
    failed = Delivery.objects.filter(sent_at=None, attempts__gt=0).exclude(notification__state=Notification.State.SENT)
    found = [
        f"{count} notification{'s' if count > 1 else ''} by {channel} could not be delivered. Look at the queue yourself, and tell an administrator."
        for channel in Delivery.Channel.values
        if (count := failed.filter(channel=channel).count())
    ]
    if user.role == Role.ADMINISTRATOR and Notification.objects.filter(state=Notification.State.NOWHERE).exists():
        found.append("Nobody is told of new cases: name emails or a webhook under [notify] in clinic.toml.")
    return found
