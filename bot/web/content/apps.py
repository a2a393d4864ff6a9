"""The content app."""

from django.apps import AppConfig


class ContentConfig(AppConfig):
    """Approval of what the bot may say."""

    name = "bot.web.content"
    label = "content"
