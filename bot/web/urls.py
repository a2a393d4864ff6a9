"""Every address of the web process."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from bot.web import health
from bot.web.accounts.site import site
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
    # Staff. Django's admin stands behind the same sign-in, second factor and time limits, to look only.
    path("staff/admin/", site.urls),
    path("staff/", include("bot.web.accounts.urls")),
    path("desk/", include("bot.web.desk.urls")),
    path("review/", include("bot.web.review.urls")),
    path("content/", include("bot.web.content.urls")),
]
