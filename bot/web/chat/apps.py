"""The chat app."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Conversations and the chat API."""

    name = "bot.web.chat"
    label = "chat"
