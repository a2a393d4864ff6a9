"""Approval: bound to one text, expiring, published; what may be shown where approval is required."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

import bot.settings
from bot.approvals import FILE, allow, approved_digests
from bot.retrieval.decide import Candidate, Decision, Outcome
from bot.retrieval.passages import Passage, load_passages
from bot.web.accounts.models import AuditEvent, Role
from bot.web.chat.models import Unanswered
from bot.web.content import approvals, publish
from bot.web.content.models import Approval, ContentRequest
from bot.web.content.passages import State, differences, state_of

TOPIC = "onset_time"
BASE = f"/content/passage/{TOPIC}"


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch, django_capture_on_commit_callbacks) -> Path:
    changed = replace(bot.settings.settings(), var=tmp_path)
    monkeypatch.setattr("bot.web.content.approvals.settings", lambda: changed)
    return tmp_path


@pytest.fixture
def passage() -> Passage:
    return load_passages(bot.settings.settings().knowledge)[TOPIC]


def approve(client, passage: Passage, **data: object):
    return client.post(f"{BASE}/approve/", {"digest": passage.digest, "months": 6, "read": "on", **data})


def test_approval_is_bound_to_one_text(clinician, passage, people) -> None:
    assert state_of(passage)[0] is State.NEW
    approve(clinician, passage)
    assert state_of(passage)[0] is State.APPROVED
    changed = replace(passage, body=passage.body + " One more sentence.")
    assert state_of(changed)[0] is State.CHANGED
    assert AuditEvent.objects.get(action="approved").reason == passage.version


def test_text_that_changed_meanwhile_is_not_approved(clinician, passage) -> None:
    approve(clinician, passage, digest="0" * 64)
    assert Approval.objects.count() == 0


def test_approving_needs_the_tick(clinician, passage) -> None:
    clinician.post(f"{BASE}/approve/", {"digest": passage.digest, "months": 6})
    assert Approval.objects.count() == 0


def test_approval_expires(clinician, passage) -> None:
    approve(clinician, passage, months=3)
    found = Approval.objects.get()
    assert 90 <= (found.expires_on - timezone.localdate()).days <= 92
    assert state_of(passage, found.expires_on)[0] is State.APPROVED
    assert state_of(passage, found.expires_on + timedelta(days=1))[0] is State.EXPIRED


def test_reviewed_by_and_on_for_the_chat(clinician, passage, people) -> None:
    assert approvals.approval_of(TOPIC, passage.version) == ("", "")
    approve(clinician, passage)
    assert approvals.approval_of(TOPIC, passage.version) == ("Clinician", date.today().isoformat())
    assert approvals.approval_of(TOPIC, "000000000000") == ("", "")
    clinician.post(f"{BASE}/withdraw/", {"digest": passage.digest})
    assert approvals.approval_of(TOPIC, passage.version) == ("", "")
    assert state_of(passage)[0] is State.NEW


def test_sending_back_ends_the_approval(clinician, passage) -> None:
    approve(clinician, passage)
    clinician.post(f"{BASE}/send-back/", {"digest": passage.digest, "comment": "Weeks, not months."})
    assert state_of(passage)[0] is State.SENT_BACK
    assert "Weeks, not months." in clinician.get(f"{BASE}/").content.decode()


def test_content_owner_cannot_end_an_approval(clinician, signed_in, passage) -> None:
    approve(clinician, passage)
    owner = signed_in(Role.CONTENT_OWNER)
    owner.post(f"{BASE}/send-back/", {"digest": passage.digest, "comment": "I do not like it."})
    assert state_of(passage)[0] is State.APPROVED


def test_page_shows_the_difference_to_the_approved_text(clinician, passage, people) -> None:
    old = replace(passage, body=passage.body.replace("weeks", "fortnights"), title="Old title")
    approvals.approve(old, old.digest, 6, people[Role.CLINICIAN], approvals.audit.SYSTEM)
    page = clinician.get(f"{BASE}/").content.decode()
    assert "changed since approval" in page
    assert "<del>" in page
    assert "<ins>" in page
    assert "US grade" in page


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a b c", "a x c", [("same", "a "), ("gone", "b"), ("added", "x"), ("same", " c")]),
        ("a", "a", [("same", "a")]),
        ("", "new", [("added", "new")]),
    ],
)
def test_differences_are_word_by_word(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert differences(old, new) == expected


@pytest.mark.django_db(transaction=True)
def test_approvals_reach_the_index_through_a_file(var, passage, people) -> None:
    assert not allow(var, required=True)(passage)
    assert allow(var, required=False)(passage)
    made = approvals.approve(passage, passage.digest, 6, people[Role.CLINICIAN], approvals.audit.SYSTEM)
    assert allow(var, required=True)(passage)
    assert not allow(var, required=True)(replace(passage, body="Other."))
    assert approved_digests(var, made.expires_on + timedelta(days=1)) == frozenset()
    approvals.withdraw(TOPIC, people[Role.CLINICIAN], approvals.audit.SYSTEM)
    assert not allow(var, required=True)(passage)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 1}', '{"x": {"expires_on": "never"}}'])
def test_damaged_file_approves_nothing(tmp_path, content: str) -> None:
    (tmp_path / FILE).write_text(content)
    assert approved_digests(tmp_path) == frozenset()


class FakeRetriever:
    """Decides as told; its index knows one passage."""

    def __init__(self, passage: Passage, answers: dict[str, tuple[str, ...]]) -> None:
        self.answers, self.passages = answers, {passage.id: passage}

    def index(self) -> "FakeRetriever":
        return self

    def decide(self, text: str, ranking: dict[str, float]) -> Decision:
        topics = self.answers.get(text, ())
        return Decision(Outcome.ANSWER if topics else Outcome.NO_ANSWER, (Candidate("x", 1.0),), topics)


def test_replay_names_what_would_be_answered_differently(passage) -> None:
    new_text = replace(passage, body="A new text.")
    old = FakeRetriever(passage, {"same": (TOPIC,), "lost": (TOPIC,)})
    same = FakeRetriever(passage, {"same": (TOPIC,)})
    changes = publish.compare(["same", "lost", "never"], old, same)
    assert [(change.text, change.after) for change in changes] == [("lost", "no answer")]
    changes = publish.compare(["same"], old, FakeRetriever(new_text, {"same": (TOPIC,)}))
    assert changes[0].same_topics
    assert changes[0].before != changes[0].after


def test_replay_takes_unflagged_questions_once(say) -> None:
    for text in ("what is ldn", "what is ldn", "I take oxycodone", "/restart"):
        say(text)
    assert publish.stored_questions() == ["restart", "what is ldn"]


def test_publishing_is_recorded(clinician, monkeypatch) -> None:
    monkeypatch.setattr(
        "bot.web.content.publish.ensure_index", lambda: ({"passages": {"a": "b"}, "knowledge": "k" * 64}, True)
    )
    clinician.post("/content/publish/", {"publish": "1"})
    event = AuditEvent.objects.get(action="published")
    assert (event.object_id, event.reason) == ("k" * 12, "1 passages")


def test_questions_are_closed_by_whoever_owns_content(signed_in, people) -> None:
    Unanswered.objects.create(text="does it make hair fall out", topics=["side_effects_other"])
    wish = ContentRequest.objects.create(text="LDN for dogs", by=people[Role.FRONT_DESK])
    owner = signed_in(Role.CONTENT_OWNER)
    page = owner.get("/content/questions/").content.decode()
    assert "hair fall out" in page
    assert "LDN for dogs" in page
    owner.post(f"/content/questions/request/{wish.pk}/close/")
    owner.post(f"/content/questions/unanswered/{Unanswered.objects.get().pk}/close/")
    assert "LDN for dogs" not in owner.get("/content/questions/").content.decode()
    assert Unanswered.objects.get().closed_at is not None


def test_file_holds_no_text(var, passage, people, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        approvals.approve(passage, passage.digest, 6, people[Role.CLINICIAN], approvals.audit.SYSTEM)
    data = json.loads((var / FILE).read_text())
    assert data == {passage.digest: {"topic": TOPIC, "expires_on": Approval.objects.get().expires_on.isoformat()}}
