"""Addresses of sign-in and accounts; of allauth's, only those that we offer."""

from allauth.account import views as account
from django.urls import include, path

from bot.web.accounts import views

urlpatterns = [
    path("", views.home, name="staff-home"),
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("closed/", account.account_inactive, name="account_inactive"),
    path("again/", account.reauthenticate, name="account_reauthenticate"),
    path("password/", account.password_change, name="account_change_password"),
    path("second-factor/", include("allauth.mfa.urls")),
    path("people/", views.people_list, name="people"),
    path("people/<int:pk>/", views.people_change, name="people-change"),
    path("people/<int:pk>/reset/", views.people_reset, name="people-reset"),
    path("audit/", views.audit_trail, name="audit"),
    # allauth reverses these names; there is nothing behind them.
    *(
        path(f"none/{name}/", views.closed, name=f"account_{name}")
        for name in ("signup", "email", "reset_password", "set_password", "email_verification_sent")
    ),
]
