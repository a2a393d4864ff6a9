"""The clinicians' work: queue, clocks, case page, two at once, sticky risks, verdicts."""

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from bot.safety.verdict import Category, Level
from bot.web.accounts import audit
from bot.web.accounts.models import AuditEvent, Role
from bot.web.chat import record
from bot.web.chat.models import Turn
from bot.web.review import evaluation, queue, views, work
from bot.web.review.models import Case, Judgement, Notification, Resolution, Severity
from bot.web.review.transcript import findings_of, pieces_of, visible

OPIOID = "I take oxycodone every day, can I start LDN?"
PREGNANT = "im 9 weeks pregnant, can i take ldn"
EMERGENCY = "I took my LDN and now my throat is swelling and I can't breathe"
ACTOR = audit.Actor("clinician", "clinician")


def case_of(turn: Turn) -> Case:
    return Case.objects.get(pk=turn.case_id)


def post(client, case: Case, what: str, version: int | None = None, **data: object):
    return client.post(f"/review/case/{case.pk}/{what}/", {"version": version or case.version, **data})


def order(client, show: str = "open") -> list[str]:
    page = client.get(f"/review/?show={show}").content.decode()
    return re.findall(r"/review/case/([^/]+)/", page)


def test_queue_is_by_severity_then_oldest_unacknowledged(clinician, say, people) -> None:
    first, emergency, second, third = (case_of(say(text)) for text in (OPIOID, EMERGENCY, PREGNANT, OPIOID))
    work.acknowledge(first.pk, first.version, people[Role.CLINICIAN], ACTOR)
    assert order(clinician) == [emergency.pk, second.pk, third.pk, first.pk]


def test_every_case_can_be_reached_page_by_page(clinician, say, monkeypatch) -> None:
    monkeypatch.setattr(views, "ROWS_A_PAGE", 2)
    cases = {case_of(say(OPIOID)).pk for _ in range(5)}
    pages = [order(clinician, f"open&page={number}") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {pk for page in pages for pk in page} == cases
    assert order(clinician, "open&page=99") == pages[2]
    rows = clinician.get("/review/?show=open&page=2").content.decode()
    assert "Page 2 of 3, 5 cases" in rows
    assert "opioid use" in rows


def test_title_counts_what_nobody_has_seen(clinician, say, people) -> None:
    cases = [case_of(say(OPIOID)) for _ in range(3)]
    assert "<title>(3) Review" in clinician.get("/review/").content.decode()
    work.acknowledge(cases[0].pk, 1, people[Role.CLINICIAN], ACTOR)
    rows = clinician.get("/review/?show=open&poll=1", headers={"HX-Request": "true"}).content.decode()
    assert "<title>(2) Review" in rows
    assert "<html" not in rows


def test_tabs_filter(clinician, say, people) -> None:
    mine, other, late, information = (
        case_of(say(OPIOID)),
        case_of(say(OPIOID)),
        case_of(say(OPIOID)),
        case_of(say("is it safe in pregnancy?")),
    )
    assert information.severity == Severity.INFORMATION
    work.assign(mine.pk, 1, people[Role.CLINICIAN], ACTOR)
    Case.objects.filter(pk=late.pk).update(raised_at=timezone.now() - timedelta(hours=5))
    assert order(clinician, "mine") == [mine.pk]
    assert order(clinician, "unassigned") == [late.pk, other.pk]
    assert order(clinician, "overdue") == [late.pk]
    assert order(clinician, "information") == [information.pk]
    work.resolve(other.pk, 1, Resolution.NO_ACTION, people[Role.CLINICIAN], ACTOR)
    assert order(clinician, "resolved") == [other.pk]
    assert order(clinician, "no such tab") == order(clinician, "open")


@pytest.mark.parametrize(
    ("hours", "acknowledged", "name", "state"),
    [
        (0, False, "acknowledge", "ok"),
        (3.5, False, "acknowledge", "at-risk"),
        (4, False, "acknowledge", "overdue"),
        (5, True, "resolve", "ok"),
        (40, True, "resolve", "at-risk"),
        (48, True, "resolve", "overdue"),
    ],
)
def test_clock_of_an_urgent_case(say, hours: float, acknowledged: bool, name: str, state: str) -> None:
    case = case_of(say(OPIOID))
    now = case.raised_at + timedelta(hours=hours)
    case.acknowledged_at = case.raised_at if acknowledged else None
    clock = queue.clock(case, now)
    assert (clock.name, clock.state) == (name, state)


def test_case_page_marks_triggers_with_words_rule_and_status(clinician, say) -> None:
    turn = say(OPIOID)
    page = clinician.get(f"/review/case/{turn.case_id}/").content.decode()
    flag = turn.flags[0]
    assert re.search(r"<mark[^>]*>\s*oxycodone", page)
    assert "[opioid use: present]" in page
    assert flag["rule"] in page
    assert "An answer." in page
    assert "0123456789ab" in page
    assert AuditEvent.objects.filter(action="viewed", object_id=turn.case_id).count() == 1


def test_html_in_a_message_stays_text(clinician, say) -> None:
    turn = say("<script>alert(1)</script> I take oxycodone <img src=x onerror=alert(1)>")
    page = clinician.get(f"/review/case/{turn.case_id}/").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_unseen_characters_are_shown(clinician, say) -> None:
    turn = say("I take \u202eoxycodone\u202c daily\u200b")
    page = clinician.get(f"/review/case/{turn.case_id}/").content.decode()
    assert "U+202E" in page
    assert "\u202e" not in page
    assert visible("a\u200bb") == (("a", False), ("U+200B", True), ("b", False))


def test_pieces_cover_the_text_whatever_the_flags(say) -> None:
    turn = say(OPIOID)
    turn.flags = [
        {
            "category": "opioid_use",
            "status": "present",
            "rule": "r1",
            "start": 2,
            "end": 12,
            "text": "",
            "level": "escalate",
        },
        {
            "category": "pregnancy",
            "status": "denied",
            "rule": "r2",
            "start": 7,
            "end": 900,
            "text": "",
            "level": "none",
        },
    ]
    pieces = pieces_of(turn.text, findings_of(turn))
    assert "".join(text for piece in pieces for text, _ in piece.parts) == turn.text
    assert [len(piece.findings) for piece in pieces] == [0, 1, 2, 1]
    assert pieces[2].level == "escalate"


def test_from_message_to_resolved_case(clinician, say) -> None:
    case = case_of(say(OPIOID))
    clinician.get(f"/review/case/{case.pk}/")
    assert post(clinician, case, "acknowledge").status_code == 302
    case.refresh_from_db()
    assert (case.acknowledged_by.username, case.assigned_to.username) == ("clinician", "clinician")
    post(clinician, case, "note", text="Called, she stopped oxycodone in May.")
    case.refresh_from_db()
    assert post(clinician, case, "resolve", reason="contacted").status_code == 302
    case.refresh_from_db()
    assert case.resolution == "contacted"
    post(clinician, case, "reopen")
    case.refresh_from_db()
    assert case.resolved_at is None
    steps = list(AuditEvent.objects.filter(object_id=case.pk).order_by("number").values_list("action", flat=True))
    assert steps == ["case opened", "viewed", "acknowledged", "noted", "resolved", "reopened"]
    assert not any(
        "oxycodone" in value or "May" in value
        for event in AuditEvent.objects.values()
        for value in map(str, event.values())
    )
    assert audit.verify() == []


def test_resolving_needs_a_reason(clinician, say) -> None:
    case = case_of(say(OPIOID))
    post(clinician, case, "resolve", reason="")
    case.refresh_from_db()
    assert case.resolved_at is None


def test_second_save_is_told_and_loses_nothing(clinician, say, people) -> None:
    case = case_of(say(OPIOID))
    work.acknowledge(case.pk, case.version, people[Role.CLINICIAN], ACTOR)
    response = post(clinician, case, "note", text="my long note")
    assert response.status_code == 409
    page = response.content.decode()
    assert "changed while you had it open" in page
    assert "my long note" in page
    assert case.notes.count() == 0
    assert AuditEvent.objects.order_by("-number")[0].outcome == "conflict"


def test_a_new_message_counts_as_a_change(clinician, say) -> None:
    turn = say(OPIOID)
    case = case_of(turn)
    say(EMERGENCY, turn.conversation)
    assert post(clinician, case, "resolve", reason="no_action").status_code == 409
    case.refresh_from_db()
    assert (case.severity, case.resolved_at) == ("emergency", None)


def test_new_message_after_acknowledging_is_shown(clinician, say) -> None:
    turn = say(OPIOID)
    post(clinician, case_of(turn), "acknowledge")
    assert "new message" not in clinician.get("/review/").content.decode()
    say("what if I take oxycodone only at night", turn.conversation)
    assert "new message" in clinician.get("/review/").content.decode()


def test_reopen_is_refused_beside_another_open_case(clinician, say, people) -> None:
    turn = say(OPIOID)
    first = case_of(turn)
    work.resolve(first.pk, 1, Resolution.NO_ACTION, people[Role.CLINICIAN], ACTOR)
    second = case_of(say(PREGNANT, turn.conversation))
    assert second.pk != first.pk
    first.refresh_from_db()
    assert post(clinician, first, "reopen").status_code == 409
    page = clinician.get(f"/review/case/{second.pk}/").content.decode()
    assert f"/review/case/{first.pk}/" in page


def test_cases_go_to_clinicians_only(clinician, say, people) -> None:
    case = case_of(say(OPIOID))
    post(clinician, case, "assign", to=people[Role.FRONT_DESK].pk)
    case.refresh_from_db()
    assert case.assigned_to is None
    post(clinician, case, "assign", to=people[Role.CLINICIAN].pk)
    case.refresh_from_db()
    assert case.assigned_to == people[Role.CLINICIAN]


def test_clearing_a_risk_needs_a_reason_and_ends_the_safety_sentence(clinician, say) -> None:
    turn = say(PREGNANT)
    risk = turn.conversation.risks.get()
    post(clinician, case_of(turn), "risk", risk=risk.pk, reason="no")
    assert record.known_risks(turn.conversation) == {"pregnancy": Level.ESCALATE}
    post(clinician, case_of(turn), "risk", risk=risk.pk, reason="Spoke to her: it was her sister.")
    assert record.known_risks(turn.conversation) == {}
    risk.refresh_from_db()
    assert (risk.cleared_by.username, risk.cleared_reason) == ("clinician", "Spoke to her: it was her sister.")
    assert AuditEvent.objects.get(action="risk cleared").reason == "pregnancy"
    say(PREGNANT, turn.conversation)
    assert record.known_risks(turn.conversation) == {"pregnancy": Level.ESCALATE}


def test_risk_of_another_conversation_is_out_of_reach(clinician, say) -> None:
    mine, other = say(PREGNANT), say(PREGNANT)
    assert (
        post(clinician, case_of(mine), "risk", risk=other.conversation.risks.get().pk, reason="not mine").status_code
        == 404
    )
    assert record.known_risks(other.conversation) != {}


def test_next_case_walks_through_the_queue(clinician, say) -> None:
    first, second = case_of(say(OPIOID)), case_of(say(EMERGENCY))
    assert clinician.get("/review/next/")["Location"] == f"/review/case/{second.pk}/"
    assert clinician.get(f"/review/next/?after={second.pk}")["Location"] == f"/review/case/{first.pk}/"
    post(clinician, first, "resolve", reason="test")
    post(clinician, second, "resolve", reason="test")
    assert clinician.get("/review/next/")["Location"] == "/review/"


def test_verdicts_become_evaluation_cases(clinician, say) -> None:
    turn = say("my aunt's horse takes tramadol and I am 9 weeks pregnant")
    case = case_of(turn)
    wrong = say("ordinary question about sleep", turn.conversation)
    post(clinician, case, "judge", turn=turn.pk, kind="false_alarm", category="opioid_use", level="none")
    case.refresh_from_db()
    post(clinician, case, "judge", turn=wrong.pk, kind="missed", category="self_harm", level="emergency")
    lines = {line["text"]: line for line in map(json.loads, evaluation.lines())}
    assert lines[turn.text]["accept"] == ["escalate"]
    assert lines[turn.text]["categories"] == ["pregnancy"]
    assert lines[wrong.text]["accept"] == ["emergency"]
    assert lines[wrong.text]["categories"] == ["self_harm"]


def test_verdict_on_a_short_answer_brings_the_question_along(say, people) -> None:
    before = say("is it safe in pregnancy?")
    turn = say("yes", before.conversation)
    Turn.objects.filter(pk=turn.pk).update(asked="applies_pregnancy")
    case = case_of(before)
    work.judge(
        case.pk,
        case.version,
        turn.pk,
        Judgement.Kind.MISSED,
        Category.PREGNANCY,
        Level.ESCALATE,
        people[Role.CLINICIAN],
        ACTOR,
    )
    line = json.loads(evaluation.lines()[0])
    assert [part["user"] for part in line["turns"]] == ["is it safe in pregnancy?", "yes"]
    assert line["turns"][1]["accept"] == ["escalate"]


def test_evaluation_file_needs_a_reason_and_is_recorded(clinician, say) -> None:
    turn = say(OPIOID)
    post(clinician, case_of(turn), "judge", turn=turn.pk, kind="false_alarm", category="opioid_use", level="none")
    assert clinician.post("/review/export/evaluation/", {}).status_code == 302
    response = clinician.post("/review/export/evaluation/", {"reason": "evaluation"})
    assert json.loads(response.content)["accept"] == ["none"]
    assert AuditEvent.objects.get(action="exported evaluation").reason == "evaluation"


def test_opening_a_case_notifies_and_is_recorded(say) -> None:
    turn = say(OPIOID)
    assert Notification.objects.filter(case=turn.case_id).count() == 1
    assert AuditEvent.objects.get(object_id=turn.case_id).actor == "system"
