"""The accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Staff accounts."""

    name = "bot.web.accounts"
    label = "accounts"
