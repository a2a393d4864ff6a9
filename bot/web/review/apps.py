"""The review app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Cases for clinicians."""

    name = "bot.web.review"
    label = "review"
