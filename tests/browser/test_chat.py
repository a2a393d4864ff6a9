"""The patient's chat in a real browser: every state, every failure, on the running stack."""

import uuid
from collections.abc import Callable

import httpx
import pytest
from patient import Chat, reply
from playwright.sync_api import Route, expect

pytestmark = [pytest.mark.stack, pytest.mark.browser]

Open = Callable[..., Chat]
Judge = Callable[[Chat, str], None]

PROVOKED = r"Failed to load resource"
OXY = "i take oxycodone every day, can i start LDN?"
EMERGENCY = reply(
    "Call 911 now.\n\nPoison Help: 1-800-222-1222.", kind="escalation", level="emergency", categories=["emergency"]
)
CRISIS = reply("You matter. Call or text 988 now.", kind="escalation", level="emergency", categories=["self_harm"])
SOURCES = [
    {"id": "S1", "title": "An article", "publisher": "A paper", "url": "https://example.org/a"},
    {"id": "S2", "title": "A trap", "publisher": "", "url": "javascript:alert(1)"},
    {"id": "S3", "title": "Another", "publisher": "", "url": "data:text/html,<script>alert(1)</script>"},
]
SIZES = {"320": (320, 640), "390": (390, 844), "768": (768, 1024), "1280": (1280, 800)}
LOOKS = {"dark": {"color_scheme": "dark"}, "forced": {"forced_colors": "active"}, "still": {"reduced_motion": "reduce"}}


def start(chat: Chat, path: str = "/chat/") -> Chat:
    return chat.visit(path).agree()


# The real stack.


def test_answer_has_text_sources_and_feedback(chat: Chat) -> None:
    card = start(chat).ask("What are the side effects of LDN?")
    expect(card).to_contain_text("dreams")
    card.get_by_text("Where this comes from").click()
    expect(card.locator("details li").first).to_be_visible()
    card.get_by_role("button", name="Yes", exact=True).click()
    expect(card.get_by_text("Thank you.")).to_be_visible()
    card.get_by_label("Anything to add?").fill("clear")
    card.get_by_role("button", name="Send comment").click()
    expect(card.get_by_label("Anything to add?")).to_be_hidden()
    expect(card.get_by_role("button", name="Yes", exact=True)).to_have_attribute("aria-pressed", "true")


def test_starter_question_is_answered(chat: Chat) -> None:
    start(chat)
    count = chat.cards.count()
    chat.cards.first.get_by_role("button").first.click()
    expect(chat.cards.nth(count)).to_contain_text("LDN", timeout=20_000)


def test_opioid_message_gets_the_safety_card_and_the_call_back_form(chat: Chat) -> None:
    card = start(chat).ask(OXY)
    expect(card).to_have_class("card amber")
    expect(card.get_by_role("heading")).to_have_text("Please check with a person first")
    chat.page.get_by_role("button", name="Talk to a person").first.click()
    dialog = chat.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Ask for a call back").click()
    assert dialog.get_by_label("Name to ask for").evaluate("(node) => node.matches(':focus')")
    dialog.get_by_label("Name to ask for").fill("Robin")
    dialog.get_by_label("Phone number").fill("555-010-0177")
    dialog.get_by_label("Best time").fill("after 3")
    dialog.get_by_role("button", name="Ask for a call back").click()
    expect(dialog).to_contain_text("Thank you")
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_emergency_message_gets_one_red_card_alone(chat: Chat) -> None:
    start(chat)
    count = chat.cards.count()
    card = chat.ask("i took ten of them and i cant breathe")
    expect(card).to_have_class("card red")
    expect(card.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    expect(card.get_by_role("button")).to_have_count(0)
    assert chat.cards.count() == count + 1


def test_reload_keeps_the_conversation_without_announcing_it(chat: Chat) -> None:
    start(chat).ask("How long until it works?")
    before = chat.log.inner_text()
    chat.page.add_init_script("""new MutationObserver(() => {
      const log = document.querySelector('ldn-chat')?.shadowRoot?.querySelector('[role=log]');
      if (log && !window.first) window.first = [log.ariaLive, log.querySelectorAll('[role=alert]').length];
    }).observe(document, {childList: true, subtree: true});
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (init) {
      const root = attach.call(this, init);
      new MutationObserver(() => {
        const log = root.querySelector('[role=log]');
        if (log && !window.first) window.first = [log.ariaLive, log.querySelectorAll('[role=alert]').length];
      }).observe(root, {childList: true, subtree: true});
      return root;
    };""")
    chat.page.reload()
    expect(chat.cards.nth(1)).to_be_visible()
    assert chat.log.inner_text() == before
    assert chat.page.evaluate("window.first") == ["off", 0]
    expect(chat.log).to_have_attribute("aria-live", "polite")


def test_typed_command_is_only_text(chat: Chat) -> None:
    start(chat).ask("How long until it works?")
    chat.ask("/restart")
    expect(chat.log.locator(".mine").last).to_have_text("You said: /restart")
    chat.page.reload()
    expect(chat.log.locator(".mine")).to_have_count(2)


def test_start_over_deletes(chat: Chat) -> None:
    start(chat).ask("How long until it works?")
    chat.page.get_by_role("button", name="Start over").click()
    with chat.page.expect_response("**/api/chat/conversation") as deleted:
        chat.page.get_by_role("button", name="Delete and start over").click()
    assert deleted.value.status == 204
    expect(chat.page.get_by_text("The chat was deleted.")).to_be_visible()
    expect(chat.page.get_by_role("button", name="I agree")).to_be_visible()


def test_transcript_is_saved_with_times_and_sources(chat: Chat) -> None:
    start(chat).ask("What are the side effects of LDN?")
    with chat.page.expect_download() as download:
        chat.page.get_by_role("button", name="Save chat").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert download.value.suggested_filename == "ldn-guide-chat.txt"
    assert "] You: What are the side effects of LDN?" in text
    assert "Source: " in text


def test_another_conversations_token_and_a_forged_button_are_refused(base: str) -> None:
    with httpx.Client(base_url=f"{base}/api/chat/") as client:
        made = [client.post("conversations", json={"consent": True}).json() for _ in range(2)]
        other = {"Authorization": f"Bearer {made[1]['token']}"}
        message = {"client_message_id": uuid.uuid4().hex, "button_id": made[0]["starters"][0]["id"]}
        assert client.post("messages", json=message, headers=other).status_code == 404
        assert client.post("messages", json={**message, "button_id": "forged"}, headers=other).status_code == 404
        assert client.get("transcript", headers={"Authorization": f"Bearer {made[0]['id']}"}).status_code == 401


def test_two_messages_at_once_are_both_answered_in_order(chat: Chat) -> None:
    start(chat)
    count = chat.cards.count()
    chat.send("How long until it works?")
    chat.send("What are the side effects of LDN?")
    expect(chat.cards.nth(count + 1)).to_be_visible(timeout=30_000)
    expect(chat.log.locator(".mine")).to_have_count(2)


# Consent, launcher, keyboard.


def test_nothing_can_be_sent_before_consent(chat: Chat) -> None:
    chat.visit()
    expect(chat.page.get_by_text("not a person")).to_be_visible()
    expect(chat.page.get_by_text("30 days")).to_be_visible()
    expect(chat.box).to_have_count(0)
    expect(chat.page.get_by_role("link", name="Call 911")).to_have_attribute("href", "tel:911")
    expect(chat.page.get_by_role("link", name="Call or text 988")).to_have_attribute("href", "tel:988")
    expect(chat.page.locator("[lang=es]")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_launcher_takes_the_focus_in_and_gives_it_back(opened: Open, width: int) -> None:
    chat = opened(width)
    chat.visit("/")
    launcher = chat.page.get_by_role("button", name="Ask about LDN")
    launcher.press("Enter")
    title = chat.page.get_by_role("heading", name="LDN Guide", exact=True)
    expect(title).to_be_focused()
    expect(chat.page.get_by_role("button", name="I agree")).to_be_visible()
    expect(title).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(launcher).to_be_focused()


def test_launcher_asks_the_server_nothing_until_it_is_opened(chat: Chat) -> None:
    calls: list[str] = []
    chat.page.on("request", lambda request: calls.append(request.url) if "/api/" in request.url else None)
    chat.visit("/")
    expect(chat.page.get_by_role("button", name="Ask about LDN")).to_be_visible()
    assert calls == []


def test_keyboard_alone_gets_an_answer(opened: Open) -> None:
    chat = opened(1280, 800)
    chat.visit("/")
    chat.page.get_by_role("button", name="Ask about LDN").focus()
    chat.page.keyboard.press("Enter")
    agree = chat.page.get_by_role("button", name="I agree")
    expect(agree).to_be_visible()
    for _ in range(12):
        if agree.evaluate("(node) => node.matches(':focus')"):
            break
        chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Enter")
    expect(chat.box).to_be_focused()
    expect(chat.cards.first).to_be_visible()
    chat.page.keyboard.type("How long until it works?")
    chat.page.keyboard.press("Shift+Enter")
    expect(chat.box).to_have_value("How long until it works?\n")
    chat.page.keyboard.press("Enter")
    expect(chat.cards.nth(1)).to_be_visible(timeout=20_000)
    expect(chat.box).to_be_focused()


def test_emergency_reopens_a_closed_chat(opened: Open) -> None:
    chat = opened(1280)
    chat.visit("/")
    chat.page.get_by_role("button", name="Ask about LDN").click()
    chat.agree()
    waiting: list[Route] = []
    chat.intercept("messages", lambda route: waiting.append(route))
    chat.send("help")
    chat.page.keyboard.press("Escape")
    expect(chat.log).to_be_hidden()
    waiting[0].fulfill(json={"turn": "t", "replies": [EMERGENCY]})
    expect(chat.page.get_by_role("alert").filter(has_text="emergency")).to_be_visible()


def test_embedded_page_runs_in_a_frame_of_the_same_site(chat: Chat) -> None:
    chat.visit("/")
    chat.page.evaluate("""() => {
      const frame = document.createElement('iframe');
      frame.src = '/chat/embed/';
      frame.title = 'Chat';
      document.querySelector('main').prepend(frame);
    }""")
    frame = chat.page.frame_locator("iframe")
    frame.get_by_role("button", name="I agree").click()
    expect(frame.get_by_role("log")).to_contain_text("LDN Guide")


# What a reply may do to the page.


def test_markup_links_and_overrides_stay_text(chat: Chat) -> None:
    start(chat)
    text = "<img src=x onerror=alert(1)> **bold**\n\n- one <b>\n- two \u202eevil"
    chat.answers(
        reply(
            text,
            sources=SOURCES,
            lead="<i>You asked</i>",
            buttons=[{"id": "b", "title": "<script>x</script>", "topic": ""}],
        )
    )
    card = chat.ask("<b>hi</b> \u202ereversed")
    assert card.locator("img, b, i, script").count() == 0
    assert card.locator("strong").inner_text() == "bold"
    assert card.locator(".rich li").all_inner_texts() == ["one <b>", "two evil"]
    assert chat.log.locator(".mine").last.inner_text().endswith("<b>hi</b> reversed")
    card.get_by_text("Where this comes from").click()
    assert [link.get_attribute("href") for link in card.locator("details a").all()] == ["https://example.org/a"]


def test_nothing_in_the_component_is_inline(chat: Chat) -> None:
    start(chat)
    chat.answers(reply(sources=SOURCES))
    chat.ask("hi")
    found = chat.page.evaluate("""() => [...document.querySelector('ldn-chat').shadowRoot.querySelectorAll('*')]
      .flatMap((node) => [...node.attributes]).map(({name}) => name)
      .filter((name) => name === 'style' || name.startsWith('on'))""")
    assert found == []


def test_at_most_two_replies_and_four_buttons(chat: Chat) -> None:
    start(chat)
    buttons = [{"id": str(at), "title": f"Choice {at}", "topic": ""} for at in range(6)]
    count = chat.cards.count()
    chat.answers(*[reply(f"Text {at}", buttons=buttons) for at in range(3)])
    chat.ask("hi")
    expect(chat.cards).to_have_count(count + 2)
    expect(chat.cards.last.get_by_role("button", name="Choice")).to_have_count(4)


def test_emergency_stands_alone_and_interrupts(chat: Chat) -> None:
    start(chat)
    count = chat.cards.count()
    chat.answers(reply("An answer."), EMERGENCY)
    card = chat.ask("help")
    expect(chat.cards).to_have_count(count + 1)
    assert card.get_attribute("role") == "alert"
    assert card.get_by_role("heading").inner_text() == "This may be an emergency"
    assert [link.get_attribute("href") for link in card.locator(".call").all()] == ["tel:911", "tel:18002221222"]


def test_crisis_line_comes_first(chat: Chat) -> None:
    start(chat)
    chat.answers(CRISIS)
    assert [link.get_attribute("href") for link in chat.ask("help").locator(".call").all()] == ["tel:988"]


def test_reply_is_added_to_a_live_log(chat: Chat) -> None:
    start(chat)
    expect(chat.log).not_to_have_attribute("aria-live", "off")
    status = chat.page.get_by_role("status")
    chat.intercept("messages", lambda route: route.fulfill(json={"turn": "t", "replies": [reply("Spoken words.")]}))
    card = chat.ask("hi")
    assert card.inner_text().startswith("LDN Guide said:")
    assert "looking" not in "".join(status.all_inner_texts())
    assert card.locator(".extra").get_attribute("aria-live") == "off"


def test_reviewer_is_named(chat: Chat) -> None:
    start(chat)
    chat.answers(reply(sources=SOURCES[:1], reviewed_by="Dr. Example", reviewed_on="2026-11-21"))
    card = chat.ask("hi")
    card.get_by_text("Where this comes from").click()
    expect(card).to_contain_text("Reviewed by Dr. Example on 2026-11-21.")


# Failures.


@pytest.mark.parametrize(
    ("status", "words"), [(500, "wrong on our side"), (502, "wrong on our side"), (429, "Please wait a moment.")]
)
def test_failure_keeps_the_message_and_sends_it_once(chat: Chat, status: int, words: str) -> None:
    chat.watch.allowed = PROVOKED
    start(chat)
    sent: list[str] = []
    chat.page.on(
        "request",
        lambda request: sent.append(request.post_data_json["client_message_id"]) if "messages" in request.url else None,
    )
    chat.answers(status=status)
    note = chat.ask("How long until it works?")
    expect(note).to_contain_text(words)
    expect(note.get_by_role("link")).to_have_attribute("href", "tel:5550100100")
    chat.page.unroute_all()
    note.get_by_role("button", name="Try again").click()
    expect(chat.cards.nth(1)).to_contain_text("week", timeout=20_000)
    expect(chat.log.locator(".mine")).to_have_count(1)
    assert len(sent) == 2
    assert len(set(sent)) == 1


def test_offline_says_so_and_recovers(chat: Chat) -> None:
    chat.watch.allowed = PROVOKED
    start(chat)
    chat.page.context.set_offline(True)
    note = chat.ask("How long until it works?")
    expect(note).to_contain_text("You seem to be offline. Your message is kept.")
    chat.page.context.set_offline(False)
    note.get_by_role("button", name="Try again").click()
    expect(chat.cards.nth(1)).to_contain_text("week", timeout=20_000)


def test_no_answer_in_25_seconds(chat: Chat) -> None:
    chat.page.clock.install()
    start_late(chat)
    chat.intercept("messages", lambda route: None)
    count = chat.cards.count()
    chat.send("hello?")
    expect(chat.page.get_by_text("looking that up")).to_be_visible()
    chat.page.clock.fast_forward(24_000)
    expect(chat.cards).to_have_count(count)
    chat.page.clock.fast_forward(2_000)
    expect(chat.cards.nth(count)).to_contain_text("No answer came in time.")
    expect(chat.page.get_by_text("looking that up")).to_have_count(0)


def start_late(chat: Chat) -> None:
    """As `start`, where the clock stands still."""
    chat.visit().page.get_by_role("button", name="I agree").click()
    expect(chat.box).to_be_visible()
    chat.page.clock.run_for(200)
    expect(chat.cards.first).to_be_visible()


def test_busy_server_still_shows_its_safety_card(chat: Chat) -> None:
    chat.watch.allowed = PROVOKED
    start(chat)
    chat.answers(CRISIS, status=429, headers={"Retry-After": "5"})
    expect(chat.ask("help")).to_have_class("card red")


def test_expired_conversation_keeps_the_unsent_words(chat: Chat) -> None:
    chat.watch.allowed = PROVOKED
    start(chat)
    chat.intercept(
        "messages", lambda route: route.fulfill(status=401, json={"error": {"code": "expired", "message": "Ended."}})
    )
    chat.send("my question")
    expect(chat.page.get_by_text("has ended, for your privacy")).to_be_visible()
    chat.agree()
    expect(chat.box).to_have_value("my question")


def test_reload_sends_what_was_on_its_way_once(chat: Chat) -> None:
    start(chat)
    chat.intercept("messages", lambda route: None)
    chat.send("How long until it works?")
    chat.page.unroute_all()
    chat.page.reload()
    expect(chat.cards.nth(1)).to_contain_text("week", timeout=20_000)
    expect(chat.log.locator(".mine")).to_have_count(1)


def test_refused_message_can_be_edited(chat: Chat) -> None:
    chat.watch.allowed = PROVOKED
    start(chat)
    chat.answers(status=400)
    chat.ask("oops").get_by_role("button", name="Edit message").click()
    expect(chat.box).to_have_value("oops")
    expect(chat.log.locator(".mine")).to_have_count(0)


def test_long_message_is_warned_about_and_never_sent(chat: Chat) -> None:
    start(chat)
    sent: list[str] = []
    chat.page.on("request", lambda request: sent.append(request.url) if "messages" in request.url else None)
    chat.box.fill("x" * 850)
    expect(chat.page.locator("#count")).to_have_text("150 characters left")
    chat.box.fill("x" * 10_000)
    expect(chat.page.locator("#count")).to_have_text("9000 characters too many")
    chat.box.press("Enter")
    expect(chat.box).to_have_attribute("aria-invalid", "true")
    expect(chat.box).to_have_value("x" * 10_000)
    assert sent == []


def test_server_down_at_the_start_names_the_phone(chat: Chat) -> None:
    chat.watch.allowed = PROVOKED
    chat.intercept("clinic", lambda route: route.abort())
    chat.visit()
    expect(chat.page.get_by_role("alert")).to_contain_text("555-010-0100")
    expect(chat.page.get_by_role("link", name="Call 911")).to_be_visible()
    chat.page.unroute_all()
    chat.page.get_by_role("button", name="Try again").click()
    expect(chat.page.get_by_role("button", name="I agree")).to_be_visible()


# Every state, every size: axe, nothing too wide, nothing too small, and a picture to look at.


def walk(chat: Chat, judge: Judge, name: str) -> None:
    judge(chat, f"{name}-consent")
    chat.agree()
    judge(chat, f"{name}-greeting")
    buttons = [{"id": str(at), "title": f"A related question number {at}", "topic": ""} for at in range(3)]
    chat.answers(
        reply(
            "A first part.\n\n- one\n- two\n\nCall 555-010-0100.",
            sources=SOURCES,
            buttons=buttons,
            lead="You asked about: this.",
        )
    )
    card = chat.ask("a question of some length, to see how the words break")
    card.get_by_text("Where this comes from").click()
    judge(chat, f"{name}-answer")
    for kind, level in (
        ("caution", "caution"),
        ("escalation", "escalate"),
        ("clarify", "none"),
        ("unavailable", "none"),
    ):
        chat.answers(
            reply("Words for the patient.", kind=kind, level=level, buttons=buttons[:2] if kind == "clarify" else [])
        )
        chat.ask(kind)
        judge(chat, f"{name}-{kind}")
    chat.answers(EMERGENCY)
    chat.ask("help")
    judge(chat, f"{name}-emergency")
    chat.answers(status=500)
    chat.ask("again")
    judge(chat, f"{name}-failure")
    chat.page.get_by_role("button", name="Talk to a person").first.click()
    judge(chat, f"{name}-person")
    chat.page.keyboard.press("Escape")
    chat.page.get_by_role("button", name="Start over").click()
    judge(chat, f"{name}-over")


@pytest.mark.parametrize("size", SIZES)
def test_every_state_at_every_width(opened: Open, judge: Judge, size: str) -> None:
    chat = opened(*SIZES[size])
    chat.watch.allowed = PROVOKED
    walk(chat.visit(), judge, size)


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_in_every_look(opened: Open, judge: Judge, look: str) -> None:
    chat = opened(390, 844, **LOOKS[look])
    chat.watch.allowed = PROVOKED
    walk(chat.visit(), judge, look)


def test_every_state_at_twice_the_text(opened: Open, judge: Judge) -> None:
    chat = opened(360, 640)
    chat.watch.allowed = PROVOKED
    chat.visit().page.evaluate("document.documentElement.style.fontSize = '200%'")
    walk(chat, judge, "twice")


@pytest.mark.parametrize("size", SIZES)
def test_demo_page_with_the_chat_closed_and_open(opened: Open, judge: Judge, size: str) -> None:
    chat = opened(*SIZES[size])
    chat.visit("/")
    judge(chat, f"demo-{size}")
    chat.page.get_by_role("button", name="Ask about LDN").click()
    chat.agree()
    judge(chat, f"demo-{size}-open")


def test_text_spacing_clips_nothing(opened: Open, judge: Judge) -> None:
    chat = opened(320, 640)
    start(chat)
    chat.page.evaluate("""() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
        word-spacing: .16em !important; }`);
      document.querySelector('ldn-chat').shadowRoot.adoptedStyleSheets.push(sheet);
    }""")
    judge(chat, "spacing")


def test_component_is_small(base: str) -> None:
    assert len(httpx.get(f"{base}/static/chat/chat.js").content) < 25_000
