"""The audit trail: append-only, chained, tampering found and named."""

import pytest
from django.db import DatabaseError, connection, transaction

from bot.web.accounts import audit
from bot.web.accounts.models import AppendOnlyError, AuditEvent, Role

ACTOR = audit.Actor("ada", "clinician", "r1")


@pytest.fixture
def trail(db) -> list[AuditEvent]:
    return [audit.record(ACTOR, f"step {n}", f"object {n}") for n in range(1, 6)]


def forge(sql: str, *values: object) -> None:
    # What somebody with the database file can do: take the guard away first.
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS audit_append_only")
        cursor.execute(sql, values)


def test_whole_trail_verifies(trail) -> None:
    assert audit.verify() == []
    assert audit.verify(head=trail[2].hash) == []
    assert [event.number for event in trail] == [1, 2, 3, 4, 5]
    assert trail[0].previous_hash == audit.FIRST


@pytest.mark.parametrize("column", ["actor", "role", "action", "object_id", "outcome", "reason", "request_id", "at"])
def test_changed_field_is_found_and_named(trail, column: str) -> None:
    value = "2020-01-01 00:00:00" if column == "at" else "forged"
    forge(f"UPDATE accounts_auditevent SET {column} = %s WHERE number = 3", value)
    problems = audit.verify()
    assert len(problems) == 1
    assert problems[0].startswith("event 3 was changed")


def test_removed_event_is_found(trail) -> None:
    forge("DELETE FROM accounts_auditevent WHERE number = 2")
    assert audit.verify() == ["events 2 to 2 are missing"]


def test_cut_end_is_found_with_a_known_head(trail) -> None:
    forge("DELETE FROM accounts_auditevent WHERE number = 5")
    assert audit.verify() == []
    assert audit.verify(head=trail[4].hash) == [
        "the event with the hash given is not there: the end of the trail was cut off or rewritten"
    ]


def test_swapped_events_are_found(trail) -> None:
    forge("UPDATE accounts_auditevent SET number = 99 WHERE number = 2")
    forge("UPDATE accounts_auditevent SET number = 2 WHERE number = 3")
    forge("UPDATE accounts_auditevent SET number = 3 WHERE number = 99")
    assert any("does not follow" in problem or "was changed" in problem for problem in audit.verify())


def test_rewritten_chain_needs_the_key(trail, settings) -> None:
    settings.AUDIT_KEY = "another key"
    assert len([problem for problem in audit.verify() if "was changed" in problem]) == 5


def test_events_cannot_be_changed_or_deleted(trail) -> None:
    with pytest.raises(AppendOnlyError):
        trail[0].save()
    with pytest.raises(AppendOnlyError):
        trail[0].delete()
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.all().delete()
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.update(actor="x")


def test_database_refuses_an_update(trail) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_auditevent SET actor = 'x'")


def test_audit_page_shows_tampering(trail, signed_in) -> None:
    client = signed_in(Role.ADMINISTRATOR)
    assert "is whole" in client.get("/staff/audit/").content.decode()
    forge("UPDATE accounts_auditevent SET actor = 'x' WHERE number = 3")
    assert "event 3 was changed" in client.get("/staff/audit/").content.decode()


def test_event_is_rolled_back_with_what_it_tells_of(trail) -> None:
    with transaction.atomic():
        audit.record(ACTOR, "lost")
        transaction.set_rollback(True)
    assert audit.record(ACTOR, "next").number == 6
    assert audit.verify() == []
