"""The staff's main days in a real browser: axe, strict CSP, keyboard, two clinicians at once."""

import itertools
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import RULES, SHOTS
from patient import Watch
from playwright.sync_api import Browser, Page, expect

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's loop runs in this thread

PASSWORD = "correct-horse-battery"
WIDE = """() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1 ? [document.documentElement.scrollWidth, ...[...document.querySelectorAll('body *')]
  .filter((node) => !node.closest('.table-responsive') && node.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map((node) => `${node.tagName}.${node.className}`)] :
  [...document.querySelectorAll('main *')].filter((node) => node.clientWidth && node.scrollWidth > node.clientWidth + 1
  && !node.closest('.table-responsive') && !node.closest('.visually-hidden') && !node.closest('svg') && getComputedStyle(node).display !== 'inline'
  && !['INPUT', 'SELECT', 'TEXTAREA'].includes(node.tagName)).map((node) => `${node.tagName}.${node.className} ${node.scrollWidth}>${node.clientWidth}`)"""
Sign = Callable[..., Page]


@pytest.fixture(autouse=True)
def _plain(settings):
    from django.core.cache import cache

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOWED_HOSTS = ["*"]
    cache.clear()


@pytest.fixture(scope="session")
def _warm() -> None:
    from bot.web.desk.lookup import look_up

    look_up("warm up")


@pytest.fixture
def clinic(live_server, transactional_db, _warm):
    """People and conversations in the test's own database."""
    from bot.reply import Kind, Reply
    from bot.safety.triage import assess
    from bot.web.accounts.models import Role, User
    from bot.web.chat import record
    from bot.web.chat.models import Turn, Unanswered

    for role in Role:
        User.objects.create_user(role.value, password=PASSWORD, role=role, first_name=role.label)
    User.objects.create_user("second", password=PASSWORD, role=Role.CLINICIAN, first_name="Second")
    numbers = itertools.count()
    messages = (
        (
            "how long until it works",
            "Is it ok to start LDN if I take oxycodone 10mg twice a day?",
            "what if i wait a few hours",
        ),
        ("im 9 weeks pregnant, can i take ldn",),
        ("I took my LDN and now my throat is swelling and I can't breathe",),
    )
    for texts in messages:
        conversation, _ = record.start_conversation()
        for text in texts:
            turn, _ = record.receive(conversation, text, f"message-{next(numbers)}", assess(text))
            record.finish(
                turn,
                [
                    Reply(
                        Kind.ANSWER,
                        "Most people notice a change in some weeks.",
                        topics=("onset_time",),
                        versions=("0123456789ab",),
                    )
                ],
                Turn.State.ANSWERED,
            )
    record.request_callback(conversation, "Pat Example", "555-010-0199", "mornings")
    Unanswered.objects.create(text="does it make hair fall out", topics=["side_effects_other"])
    return live_server


@pytest.fixture
def sign_in(browser: Browser, clinic) -> Iterator[Sign]:
    """A browser of one's own, signed in; console errors, CSP messages and foreign requests fail the test."""
    made: list[tuple[Page, Watch]] = []

    def sign(name: str, width: int = 1280, height: int = 900, allowed: str = "", **context) -> Page:
        page = browser.new_context(viewport={"width": width, "height": height}, **context).new_page()
        page.set_default_timeout(10_000)
        watch = Watch(clinic.url, allowed)
        watch.attach(page)
        made.append((page, watch))
        page.goto(f"{clinic.url}/staff/sign-in/")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    yield sign
    seen = [line for _, watch in made for line in watch.bad()]
    for page, _ in made:
        page.context.close()
    assert seen == []


@pytest.fixture
def judge(axe: str) -> Callable[[Page, str], None]:
    """Axe, nothing wider than its box, and a picture to look at."""

    def check(page: Page, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(SHOTS) / f"staff-{name}.png", full_page=True)
        page.evaluate(axe)
        result = page.evaluate("(rules) => axe.run({runOnly: rules})", RULES)
        assert [
            f"{name}: {rule['id']} {[node['target'] for node in rule['nodes']]}" for rule in result["violations"]
        ] == []
        assert page.evaluate(WIDE) == []

    return check


PAGES = {
    "front_desk": (
        "/desk/",
        "/desk/?q=side effects",
        "/desk/?q=can i take it with oxycodone",
        "/desk/answer/onset_time/",
        "/desk/callbacks/",
        "/review/",
        "/desk/nothing/",
    ),
    "clinician": (
        "/review/",
        "/review/?show=resolved",
        "/review/export/",
        "/review/dashboard/",
        "/content/",
        "/content/passage/pregnancy/",
        "/staff/second-factor/",
    ),
    "content_owner": ("/content/publish/", "/content/questions/"),
    "administrator": ("/staff/people/", "/staff/audit/", "/staff/password/"),
}


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (320, 640)])
@pytest.mark.parametrize("name", PAGES)
def test_pages_pass_axe_and_fit(name: str, width: int, height: int, sign_in: Sign, judge, clinic) -> None:
    # A refused or missing page is an error of the network to the browser's console.
    page = sign_in(name, width, height, allowed="403|404")
    for path in PAGES[name]:
        page.goto(clinic.url + path)
        judge(
            page,
            f"{name}-{path.strip('/').replace('/', '-').replace('?', '-').replace(' ', '_').replace('=', '_')}-{width}",
        )


@pytest.mark.parametrize("width", [1280, 320])
def test_case_page_passes_axe_and_fits(width: int, sign_in: Sign, judge, clinic) -> None:
    page = sign_in("clinician", width)
    page.goto(f"{clinic.url}/review/")
    page.get_by_role("link", name="Open the review case").first.click()
    expect(page.locator("mark").first).to_contain_text("oxycodone")
    for summary in page.locator("summary").all():
        summary.click()
    judge(page, f"case-{width}")


def test_sign_in_page(clinic, browser: Browser, judge) -> None:
    page = browser.new_page()
    page.goto(f"{clinic.url}/staff/sign-in/")
    judge(page, "sign-in")
    page.context.close()


def test_second_factor_is_set_up_and_asked_for(sign_in: Sign, judge, clinic) -> None:
    from allauth.mfa.totp.internal import auth as totp

    page = sign_in("clinician")
    page.get_by_role("link", name="Set one up").click()
    page.get_by_label("Password").fill(PASSWORD)
    judge(page, "confirm-password")
    page.get_by_role("button", name="Confirm").click()
    judge(page, "second-factor")
    secret = page.locator("#authenticator_secret").input_value()
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    page.get_by_label("Authenticator code").fill(code)
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    judge(page, "recovery-codes")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Username").fill("clinician")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Two-Factor Authentication")).to_be_visible()
    judge(page, "second-factor-asked")


def test_front_desk_day_by_keyboard(sign_in: Sign, clinic) -> None:
    page = sign_in("front_desk")
    page.get_by_role("heading", name="Look up an answer").click()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("how long until it wor")
    expect(page.locator("[data-result]").first).to_be_visible(timeout=20_000)
    page.keyboard.type("ks")
    expect(page.get_by_text("what a patient gets")).to_be_visible(timeout=20_000)
    page.keyboard.press("ArrowDown")
    first = page.locator("[data-result] a").first
    expect(first).to_be_focused()
    page.keyboard.press("c")
    expect(page.locator("[data-say]")).to_have_text("Copied")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("work")
    page.goto(f"{clinic.url}/desk/callbacks/")
    page.get_by_role("button", name=re.compile("Done.*Pat Example")).click()
    expect(page.get_by_text("Nobody is waiting for a call.")).to_be_visible()


def test_keys_can_be_switched_off(sign_in: Sign) -> None:
    page = sign_in("front_desk")
    page.get_by_role("button", name="Shortcut keys: on").click()
    page.get_by_role("heading", name="Look up an answer").click()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).not_to_be_focused()


def test_clinician_day_by_keyboard(sign_in: Sign, clinic) -> None:
    page = sign_in("clinician")
    expect(page).to_have_title("(3) Review, LDN Guide")
    page.get_by_role("heading", name="Cases to review").click()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Emergency")
    page.keyboard.press("j")
    expect(page.locator("mark").first).to_be_focused()
    page.keyboard.press("a")
    expect(page.get_by_text("Acknowledged.")).to_be_visible()
    page.get_by_label("Note").fill("Called 911 for her.")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Called 911 for her.")).to_be_visible()
    page.get_by_label("Reason").first.select_option("advised_ed")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("heading", name="Resolved")).to_be_visible()
    page.get_by_role("heading", name="Conversation").click()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Urgent")


def test_queue_renews_itself(sign_in: Sign, clinic) -> None:
    from bot.safety.triage import assess
    from bot.web.chat import record

    page = sign_in("clinician")
    conversation, _ = record.start_conversation()
    text = "I take methadone, is LDN ok?"
    record.receive(conversation, text, "message-new", assess(text))
    expect(page).to_have_title("(4) Review, LDN Guide", timeout=20_000)
    expect(page.get_by_role("row")).to_have_count(5)


def test_two_clinicians_on_one_case(sign_in: Sign, clinic) -> None:
    # A refusal is an error of the network to the browser's console.
    one, two = sign_in("clinician"), sign_in("second", allowed="409")
    for page in (one, two):
        page.goto(f"{clinic.url}/review/")
        page.get_by_role("link", name="Open the emergency case").click()
    one.get_by_role("button", name="Acknowledge").click()
    expect(one.get_by_text("Acknowledged.")).to_be_visible()
    two.get_by_label("Note").fill("What I typed stays.")
    with two.expect_response(lambda response: response.status == 409):
        two.get_by_role("button", name="Save note").click()
    expect(two.get_by_role("alert")).to_contain_text("Nothing was saved")
    expect(two.get_by_label("Note")).to_have_value("What I typed stays.")
    two.get_by_role("button", name="Save note").click()
    expect(two.get_by_text("Note saved.")).to_be_visible()


def test_content_is_approved(sign_in: Sign, clinic, monkeypatch, tmp_path) -> None:
    from dataclasses import replace

    import bot.settings

    changed = replace(bot.settings.settings(), var=tmp_path)
    monkeypatch.setattr("bot.web.content.approvals.settings", lambda: changed)
    page = sign_in("clinician")
    page.goto(f"{clinic.url}/content/passage/onset_time/")
    page.get_by_label("I have read this text").check()
    page.get_by_role("button", name="Approve version").click()
    expect(page.get_by_text("Publish to bring it to patients.")).to_be_visible()
    page.goto(f"{clinic.url}/desk/answer/onset_time/")
    expect(page.get_by_text("Approved by Clinician")).to_be_visible()
