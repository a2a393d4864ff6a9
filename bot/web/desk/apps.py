"""The desk app."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Look-up for the people on the phone."""

    name = "bot.web.desk"
    label = "desk"
