"""The front desk: the same answers, the safety banner, handouts, call-backs."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from bot.retrieval.retriever import shared_retriever
from bot.web.accounts.models import AuditEvent, Role
from bot.web.chat import record
from bot.web.chat.models import CallbackRequest
from bot.web.content.models import ContentRequest
from bot.web.desk.lookup import answer_for, danger, look_up
from bot.web.desk.views import handout_html
from bot.web.pdf import laid_out


@pytest.fixture
def desk(signed_in):
    return signed_in(Role.FRONT_DESK)


@pytest.mark.parametrize(
    ("query", "topic"),
    [
        ("how long until it works", "onset_time"),
        ("whats the side efects", "side_effects_common"),
        ("crohn", "crohns_ibd"),
        ("vivid dre", "vivid_dreams"),
        ("can they drink wine with it", "alcohol"),
    ],
)
def test_search_finds_the_passage_with_typos_and_half_words(query: str, topic: str) -> None:
    assert topic in [answer.topic for answer in look_up(query).answers][:3]


def test_sure_answer_is_marked_as_the_patients(desk) -> None:
    page = desk.get("/desk/?q=how long until it works", headers={"HX-Request": "true"}).content.decode()
    assert "what a patient gets" in page
    assert "not approved by a clinician" in page
    assert "Source: " in page
    assert "<html" not in page


@pytest.mark.parametrize(
    ("query", "level"),
    [
        ("can she take it with oxycodone", "escalate"),
        ("caller is pregnant and takes ldn", "escalate"),
        ("he can't breathe after his ldn, throat swelling", "emergency"),
    ],
)
def test_banner_reads_out_the_fixed_message(desk, query: str, level: str) -> None:
    found = danger(query)
    assert found is not None
    assert found.level == level
    page = desk.get("/desk/", {"q": query}).content.decode()
    assert "Safety first" in page


def test_harmless_query_has_no_banner(desk) -> None:
    assert danger("how do I store it") is None
    assert "Safety first" not in desk.get("/desk/?q=how do I store it").content.decode()


def test_query_is_shown_as_text(desk) -> None:
    page = desk.get("/desk/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page


def test_handout_is_a_pdf_and_recorded(desk) -> None:
    response = desk.get("/desk/answer/opioid_interaction/handout.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert AuditEvent.objects.get(action="printed").object_id == "opioid_interaction"


@pytest.mark.django_db
def test_longest_handouts_fit_one_page_in_14_point() -> None:
    passages = shared_retriever().index().passages.values()
    for passage in sorted(passages, key=lambda passage: len(passage.body))[-5:]:
        answer = answer_for(passage.id)
        assert answer is not None
        assert len(laid_out(handout_html(answer), "staff/handout.css").pages) == 1, passage.id
    assert "14pt" in Path(str(finders.find("staff/handout.css"))).read_text()


def test_unknown_topic_is_not_found(desk) -> None:
    assert desk.get("/desk/answer/nonsense/").status_code == 404
    assert desk.get("/desk/answer/nonsense/handout.pdf").status_code == 404


def test_content_request_is_filed(desk) -> None:
    desk.post("/desk/ask/", {"text": "Does it help with gout?"})
    assert ContentRequest.objects.get().text == "Does it help with gout?"
    assert "gout" not in str(list(AuditEvent.objects.values()))
    desk.post("/desk/ask/", {"text": ""})
    assert ContentRequest.objects.count() == 1


def test_call_back_is_done_or_not_reached(desk, say) -> None:
    turn = say("I take oxycodone")
    record.request_callback(turn.conversation, "Pat Example", "555-010-0100", "noon")
    call = CallbackRequest.objects.get()
    page = desk.get("/desk/callbacks/").content.decode()
    assert "Pat Example" in page
    assert "a clinician is on it" in page
    assert "oxycodone" not in page
    desk.post(f"/desk/callbacks/{call.pk}/not_reached/")
    assert "not reached" in desk.get("/desk/callbacks/").content.decode()
    desk.post(f"/desk/callbacks/{call.pk}/done/")
    assert "Nobody is waiting" in desk.get("/desk/callbacks/").content.decode()
    desk.post(f"/desk/callbacks/{call.pk}/open/")
    assert "Nobody is waiting" not in desk.get("/desk/callbacks/").content.decode()
    assert desk.post(f"/desk/callbacks/{call.pk}/nonsense/").status_code == 404
    assert "Pat" not in str(list(AuditEvent.objects.values()))
