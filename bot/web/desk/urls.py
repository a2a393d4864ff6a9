"""Addresses of the front desk."""

from django.urls import path, re_path

from bot.web.desk import views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("ask/", views.desk_wish, name="desk-wish"),
    path("callbacks/", views.desk_callbacks, name="desk-callbacks"),
    re_path(r"^callbacks/(?P<pk>\d+)/(?P<state>open|done|not_reached)/$", views.desk_called, name="desk-called"),
    path("answer/<slug:topic>/", views.desk_answer, name="desk-answer"),
    path("answer/<slug:topic>/handout.pdf", views.desk_handout, name="desk-handout"),
]
