"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Staff accounts, sign-in, permissions and the audit trail."""

    name = "bot.web.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Listen for sign-ins."""
        from bot.web.accounts import signals  # noqa: F401
