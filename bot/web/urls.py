"""Every address of the web process."""

from django.contrib import admin
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

from bot.web import health
from bot.web.chat import api, pages

urlpatterns = [
    path("", pages.demo, name="demo"),
    path("chat/", pages.page, name="chat"),
    path("chat/embed/", pages.embed, name="embed"),
    # With and without the slash: a POST cannot be redirected.
    re_path(r"^api/chat/clinic/?$", api.ClinicView.as_view()),
    re_path(r"^api/chat/conversations/?$", api.ConversationsView.as_view()),
    re_path(r"^api/chat/messages/?$", api.MessagesView.as_view()),
    re_path(r"^api/chat/transcript/?$", api.TranscriptView.as_view()),
    re_path(r"^api/chat/feedback/?$", api.FeedbackView.as_view()),
    re_path(r"^api/chat/callback/?$", api.CallbackView.as_view()),
    re_path(r"^api/chat/conversation/?$", api.ConversationView.as_view()),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("admin/", admin.site.urls),
]
