"""Sign-in: second factor, lock-out, idle time, generic errors; accounts made by an administrator."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from conftest import PASSWORD
from django.test import Client

from bot.web.accounts.models import AuditEvent, Role, User

SIGN_IN = "/staff/sign-in/"


def sign_in(client: Client, name: str, password: str = PASSWORD):
    return client.post(SIGN_IN, {"login": name, "password": password})


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("number").values_list("action", flat=True))


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.FRONT_DESK, "/desk/"),
        (Role.CLINICIAN, "/review/"),
        (Role.CONTENT_OWNER, "/content/"),
        (Role.ADMINISTRATOR, "/staff/people/"),
    ],
)
def test_sign_in_leads_to_the_roles_own_page(people, role: Role, home: str) -> None:
    client = Client()
    response = sign_in(client, role.value)
    assert response.status_code == 302
    assert client.get("/staff/", follow=True).request["PATH_INFO"] == home
    assert actions()[0] == "signed in"


def test_errors_do_not_say_whether_the_account_exists(people) -> None:
    wrong = sign_in(Client(), "clinician", "nonsense-nonsense").content.decode()
    nobody = sign_in(Client(), "nobody-here", "nonsense-nonsense").content.decode()
    errors = [re.findall(r"not correct[^<]*", page) for page in (wrong, nobody)]
    assert errors[0]
    assert errors[0] == errors[1]


def test_typed_names_of_nobody_are_not_written_down(people) -> None:
    sign_in(Client(), "my-secret-passphrase", "x")
    sign_in(Client(), "clinician", "x")
    assert list(AuditEvent.objects.values_list("object_id", flat=True)) == ["", "clinician"]


def test_five_failures_lock_the_account_for_a_while(people) -> None:
    client = Client()
    for _ in range(5):
        sign_in(client, "clinician", "wrong-wrong-wrong")
    sign_in(client, "clinician")
    assert client.get("/review/").status_code == 302
    other = Client()
    sign_in(other, "front_desk")
    assert other.get("/desk/").status_code == 200


def test_fifteen_idle_minutes_end_the_session(people, monkeypatch) -> None:
    client = Client()
    sign_in(client, "clinician")
    assert client.get("/review/").status_code == 200
    later = time.time() + 15 * 60 + 1
    monkeypatch.setattr("bot.web.accounts.middleware.time.time", lambda: later)
    assert client.get("/review/")["Location"] == "/staff/sign-in/?ended=1"
    assert client.get("/review/")["Location"].startswith("/staff/sign-in/?next=")
    assert "session ended" in actions()


def test_polls_do_not_keep_a_session_alive(people, monkeypatch) -> None:
    client = Client()
    sign_in(client, "clinician")
    client.get("/review/")
    start = time.time()
    for minutes in (5, 10, 14.9):
        monkeypatch.setattr("bot.web.accounts.middleware.time.time", lambda now=start + minutes * 60: now)
        assert client.get("/review/?show=open&poll=1", headers={"HX-Request": "true"}).status_code == 200
    monkeypatch.setattr("bot.web.accounts.middleware.time.time", lambda: start + 15.2 * 60)
    response = client.get("/review/?show=open&poll=1", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (204, "/staff/sign-in/?ended=1")


def test_twelve_hours_end_the_session_however_busy(people, monkeypatch) -> None:
    client = Client()
    sign_in(client, "clinician")
    start = time.time()
    client.get("/review/")
    for minutes in range(10, 12 * 60 + 11, 10):
        monkeypatch.setattr("bot.web.accounts.middleware.time.time", lambda now=start + minutes * 60: now)
        response = client.get("/review/")
    assert response.status_code == 302


def test_second_factor_is_asked_for_and_recovery_codes_work_once(people) -> None:
    user = people[Role.CLINICIAN]
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    codes = RecoveryCodes.activate(user).get_unused_codes()
    client = Client()
    assert sign_in(client, "clinician")["Location"].startswith("/staff/second-factor/authenticate/")
    assert client.get("/review/").status_code == 302
    client.post("/staff/second-factor/authenticate/", {"code": "000000"})
    assert client.get("/review/").status_code == 302
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    client.post("/staff/second-factor/authenticate/", {"code": code})
    assert client.get("/review/").status_code == 200
    for expected in (200, 302):
        other = Client()
        sign_in(other, "clinician")
        other.post("/staff/second-factor/authenticate/", {"code": codes[0]})
        assert other.get("/review/").status_code == expected


def test_second_factor_is_required_where_patients_data_are_real(people, settings) -> None:
    settings.STAFF_REQUIRE_MFA = True
    client = Client()
    sign_in(client, "clinician")
    assert client.get("/review/")["Location"] == "/staff/second-factor/totp/activate/"
    assert client.get("/staff/second-factor/totp/activate/")["Location"].startswith("/staff/again/")
    client.post("/staff/again/", {"password": PASSWORD})
    page = client.get("/staff/second-factor/totp/activate/")
    assert page.status_code == 200
    assert b"QR code" in page.content


def test_setting_up_the_second_factor_is_recorded(people, django_capture_on_commit_callbacks) -> None:
    client = Client()
    sign_in(client, "clinician")
    client.post("/staff/again/", {"password": PASSWORD})
    page = client.get("/staff/second-factor/totp/activate/")
    secret = page.context["form"].secret
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/staff/second-factor/totp/activate/", {"code": code})
    assert Authenticator.objects.filter(user=people[Role.CLINICIAN], type="totp").exists()
    assert "second factor added" in actions()


def test_nobody_signs_up(db) -> None:
    assert Client().get("/staff/none/signup/").status_code == 404


def test_administrator_makes_an_account_with_a_password_for_once(signed_in) -> None:
    admin = signed_in(Role.ADMINISTRATOR)
    page = admin.post(
        "/staff/people/",
        {"username": "new.nurse", "first_name": "Jo", "last_name": "Ray", "email": "", "role": "clinician"},
    ).content.decode()
    password = re.search(r'<code class="big">([^<]+)', page)[1]
    client = Client()
    sign_in(client, "new.nurse", password)
    assert client.get("/review/")["Location"] == "/staff/password/"
    client.post(
        "/staff/password/",
        {"oldpassword": password, "password1": "a-much-better-one-9", "password2": "a-much-better-one-9"},
    )
    assert client.get("/review/").status_code == 200
    assert actions()[-3:] == ["account made", "signed in", "password changed"]


def test_closed_account_is_out_at_once(signed_in, people) -> None:
    nurse, admin = signed_in(Role.CLINICIAN), signed_in(Role.ADMINISTRATOR)
    assert nurse.get("/review/").status_code == 200
    admin.post(f"/staff/people/{people[Role.CLINICIAN].pk}/", {"role": "clinician"})
    assert nurse.get("/review/").status_code == 302


def test_last_administrator_stays(signed_in, people) -> None:
    admin = signed_in(Role.ADMINISTRATOR)
    admin.post(f"/staff/people/{people[Role.ADMINISTRATOR].pk}/", {"role": "front_desk", "is_active": "on"})
    assert User.objects.get(pk=people[Role.ADMINISTRATOR].pk).role == Role.ADMINISTRATOR


def test_reset_takes_the_second_factor_away(signed_in, people) -> None:
    totp.TOTP.activate(people[Role.CLINICIAN], totp.generate_totp_secret())
    page = signed_in(Role.ADMINISTRATOR).post(f"/staff/people/{people[Role.CLINICIAN].pk}/reset/").content.decode()
    password = re.search(r'<code class="big">([^<]+)', page)[1]
    client = Client()
    assert sign_in(client, "clinician", password).status_code == 302
    assert client.get("/review/")["Location"] == "/staff/password/"
