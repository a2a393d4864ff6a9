"""Addresses of the content pages."""

from django.urls import path, re_path

from bot.web.content import views

urlpatterns = [
    path("", views.content_list, name="content"),
    path("publish/", views.content_publish, name="content-publish"),
    path("questions/", views.content_questions, name="content-questions"),
    re_path(r"^questions/(?P<kind>request|unanswered)/(?P<pk>\d+)/close/$", views.content_close, name="content-close"),
    path("passage/<slug:topic>/", views.content_passage, name="content-passage"),
    path("passage/<slug:topic>/approve/", views.content_approve, name="content-approve"),
    path("passage/<slug:topic>/send-back/", views.content_send_back, name="content-send-back"),
    path("passage/<slug:topic>/withdraw/", views.content_withdraw, name="content-withdraw"),
]
