"""Addresses of the clinicians' pages."""

from django.urls import path

from bot.web.review import views

urlpatterns = [
    path("", views.queue_page, name="review-queue"),
    path("next/", views.next_page, name="review-next"),
    path("export/", views.export_page, name="review-export"),
    path("export/evaluation/", views.evaluation_file, name="review-evaluation"),
    path("dashboard/", views.dashboard_page, name="dashboard"),
    path("notifications/again/", views.send_again, name="notifications-again"),
    path("case/<str:pk>/", views.case_page, name="review-case"),
    path("case/<str:pk>/acknowledge/", views.acknowledge, name="case-acknowledge"),
    path("case/<str:pk>/assign/", views.assign, name="case-assign"),
    path("case/<str:pk>/note/", views.note, name="case-note"),
    path("case/<str:pk>/resolve/", views.resolve, name="case-resolve"),
    path("case/<str:pk>/reopen/", views.reopen, name="case-reopen"),
    path("case/<str:pk>/risk/", views.clear_risk, name="case-risk"),
    path("case/<str:pk>/judge/", views.judge, name="case-judge"),
    path("case/<str:pk>/fhir/", views.fhir_file, name="case-fhir"),
]
