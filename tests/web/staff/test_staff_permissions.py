"""Every staff address with every role: the matrix is written here by hand, and compared with what happens."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from bot.web.accounts.models import AuditEvent, Role
from bot.web.accounts.permissions import PERMISSIONS, May

F, C, W, A = Role.FRONT_DESK, Role.CLINICIAN, Role.CONTENT_OWNER, Role.ADMINISTRATOR
EVERYBODY = {F, C, W, A}
# Name: (roles that may, method).
MATRIX = {
    "staff-home": (EVERYBODY, "get"),
    "desk": (EVERYBODY, "get"),
    "desk-wish": (EVERYBODY, "post"),
    "desk-answer": (EVERYBODY, "get"),
    "desk-handout": (EVERYBODY, "get"),
    "desk-callbacks": ({F, C}, "get"),
    "desk-called": ({F, C}, "post"),
    "review-queue": ({C}, "get"),
    "review-next": ({C}, "get"),
    "review-case": ({C}, "get"),
    "case-acknowledge": ({C}, "post"),
    "case-assign": ({C}, "post"),
    "case-note": ({C}, "post"),
    "case-resolve": ({C}, "post"),
    "case-reopen": ({C}, "post"),
    "case-risk": ({C}, "post"),
    "case-judge": ({C}, "post"),
    "case-fhir": ({C}, "post"),
    "review-export": ({C}, "get"),
    "review-evaluation": ({C}, "post"),
    "dashboard": ({C, W, A}, "get"),
    "notifications-again": ({A}, "post"),
    "content": ({C, W, A}, "get"),
    "content-passage": ({C, W, A}, "get"),
    "content-approve": ({C}, "post"),
    "content-send-back": ({C, W, A}, "post"),
    "content-withdraw": ({C}, "post"),
    "content-publish": ({C, W}, "get"),
    "content-questions": ({C, W, A}, "get"),
    "content-close": ({C, W, A}, "post"),
    "people": ({A}, "get"),
    "people-change": ({A}, "post"),
    "people-reset": ({A}, "post"),
    "audit": ({A}, "get"),
}
ALLAUTH = {"account_login", "account_logout", "account_inactive", "account_reauthenticate", "account_change_password"}
ADDRESSES = {
    "desk-answer": "/desk/answer/onset_time/",
    "desk-handout": "/desk/answer/onset_time/handout.pdf",
    "desk-called": "/desk/callbacks/999/done/",
    "content-passage": "/content/passage/onset_time/",
    "content-approve": "/content/passage/onset_time/approve/",
    "content-send-back": "/content/passage/onset_time/send-back/",
    "content-withdraw": "/content/passage/onset_time/withdraw/",
    "content-close": "/content/questions/request/999/close/",
    "people-change": "/staff/people/999/",
    "people-reset": "/staff/people/999/reset/",
}


def names(resolver: URLResolver, prefix: str = "") -> dict[str, str]:
    """Every named address below the staff prefixes."""
    found: dict[str, str] = {}
    for item in resolver.url_patterns:
        path = prefix + str(item.pattern)
        if path.startswith("staff/admin/"):
            continue
        if isinstance(item, URLResolver):
            found |= names(item, path)
        elif isinstance(item, URLPattern) and item.name:
            found[item.name] = path
    return found


def address(name: str, case: str) -> str:
    if name in ADDRESSES:
        return ADDRESSES[name]
    return "/" + names(get_resolver())[name].replace("<str:pk>", case)


@pytest.fixture
def case(say) -> str:
    return say("I take oxycodone every day, can I start LDN?").case_id


def test_every_staff_address_is_in_the_matrix() -> None:
    staff = {
        name
        for name, path in names(get_resolver()).items()
        if path.startswith(("staff/", "desk/", "review/", "content/"))
    }
    closed = {name for name, path in names(get_resolver()).items() if path.startswith("staff/none/")}
    assert staff - closed - ALLAUTH - {name for name in staff if name.startswith("mfa_")} == set(MATRIX)


@pytest.mark.parametrize("role", list(Role))
def test_django_admin_is_for_administrators(role: Role, signed_in) -> None:
    for path in ("/staff/admin/", "/staff/admin/accounts/user/", "/staff/admin/accounts/auditevent/"):
        assert signed_in(role).get(path, follow=True).status_code == (200 if role == Role.ADMINISTRATOR else 403)


def test_django_admin_is_not_a_second_door(signed_in, people) -> None:
    assert Client().get("/staff/admin/", follow=True).redirect_chain[-1][0].startswith("/staff/sign-in/")
    client = signed_in(Role.ADMINISTRATOR)
    user = people[Role.FRONT_DESK]
    assert client.post("/staff/admin/accounts/user/add/").status_code == 403
    assert client.post(f"/staff/admin/accounts/user/{user.pk}/change/", {"role": "administrator"}).status_code == 403
    assert client.post(f"/staff/admin/accounts/user/{user.pk}/delete/", {"post": "yes"}).status_code == 403
    user.refresh_from_db()
    assert user.role == Role.FRONT_DESK


def test_django_admin_holds_nothing_that_patients_typed(signed_in) -> None:
    page = signed_in(Role.ADMINISTRATOR).get("/staff/admin/").content.decode()
    assert "Turn" not in page
    assert "Conversation" not in page


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", MATRIX)
def test_address_lets_in_whom_the_matrix_names(name: str, role: Role, signed_in, case: str) -> None:
    allowed, method = MATRIX[name]
    response = getattr(signed_in(role), method)(address(name, case))
    assert (response.status_code != 403) == (role in allowed)
    assert response.status_code < 500
    if role not in allowed:
        assert AuditEvent.objects.order_by("-number")[0].outcome == "refused"


@pytest.mark.parametrize("name", MATRIX)
def test_address_sends_strangers_to_the_sign_in(name: str, case: str) -> None:
    response = getattr(Client(), MATRIX[name][1])(address(name, case))
    assert response.status_code == 302
    assert response["Location"].startswith("/staff/sign-in/")


@pytest.mark.parametrize("name", [name for name, (_, method) in MATRIX.items() if method == "post"])
def test_changes_need_post_and_a_csrf_token(name: str, people, case: str) -> None:
    client = Client(enforce_csrf_checks=True)
    role = next(role for role in Role if role in MATRIX[name][0])
    client.force_login(people[role], backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(address(name, case)).status_code == 405
    assert client.post(address(name, case)).status_code == 403


def test_every_role_has_permissions() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert May.REVIEW not in PERMISSIONS[Role.FRONT_DESK]
    assert May.REVIEW not in PERMISSIONS[Role.ADMINISTRATOR]


def test_front_desk_never_sees_a_message(signed_in, say) -> None:
    text = "I take oxycodone zebra-canary, can I start LDN?"
    case = say(text).case_id
    client = signed_in(Role.FRONT_DESK)
    for path in (
        "/desk/",
        "/desk/?q=oxycodone",
        "/desk/callbacks/",
        f"/review/case/{case}/",
        "/review/",
        "/content/questions/",
        "/staff/audit/",
    ):
        assert "zebra-canary" not in client.get(path).content.decode()


def test_pages_are_not_cached_and_carry_the_policy(clinician) -> None:
    response = clinician.get("/review/")
    policy = response["Content-Security-Policy"]
    assert response["Cache-Control"] == "no-store"
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
