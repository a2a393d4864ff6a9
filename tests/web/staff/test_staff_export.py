"""What leaves the house: formula cells, de-identification, reasons, FHIR."""

import csv
import io
import json
import re

import pytest
from django.test import Client

from bot.web.accounts.models import AuditEvent
from bot.web.chat import record
from bot.web.review import export, fhir
from bot.web.review.models import Case

EVIL = '=HYPERLINK("http://x","I take oxycodone")'


def rows(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def download(client: Client, **data: object):
    return client.post("/review/export/", {"format": "csv", "reason": "quality", **data})


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n-2", "\uff1d1"])
def test_formula_cells_are_neutralised(value: str) -> None:
    assert export.safe_cell(value) == f"'{value}"


@pytest.mark.parametrize("value", ["", "plain", "a=b", "5-6"])
def test_plain_cells_stay(value: str) -> None:
    assert export.safe_cell(value) == value


def test_csv_carries_no_formula(clinician, say) -> None:
    turn = say(EVIL)
    record.request_callback(turn.conversation, "=cmd|' /C calc'!A0", "555-010-0100", "-1")
    row = rows(download(clinician))[0]
    assert row["flagged messages"] == f"'{EVIL}"
    assert row["call-back"].startswith("'=cmd")


def test_deidentified_export_names_nobody(clinician, say) -> None:
    turn = say("I am Jane Roe and I take oxycodone")
    record.request_callback(turn.conversation, "Jane Roe", "555-010-0100", "noon")
    text = download(clinician, deidentified="on").content.decode()
    assert "Jane" not in text
    assert "555-010" not in text
    assert turn.case_id not in text
    assert turn.conversation_id not in text
    assert re.search(r"\d\d:\d\d", text) is None
    assert AuditEvent.objects.get(action="exported de-identified csv").object_id == "1 cases"


def test_export_needs_a_reason(clinician, say) -> None:
    say("I take oxycodone")
    response = clinician.post("/review/export/", {"format": "csv", "reason": ""})
    assert response["Content-Type"].startswith("text/html")
    assert not AuditEvent.objects.filter(action__startswith="exported").exists()


def test_export_filters(clinician, say) -> None:
    say("I take oxycodone")
    assert len(rows(download(clinician, severity="emergency"))) == 0
    assert len(rows(download(clinician, severity="urgent", state="open"))) == 1
    assert len(rows(download(clinician, until="2001-01-01"))) == 0


def test_pdf_export(clinician, say) -> None:
    say("I take oxycodone <script>")
    response = download(clinician, format="pdf")
    assert response.content.startswith(b"%PDF-")
    assert AuditEvent.objects.get(action="exported identified pdf").reason == "quality"


def test_fhir_bundle_follows_r4(say) -> None:
    turn = say("I take oxycodone every day, can I start LDN?")
    bundle = fhir.bundle(Case.objects.get(pk=turn.case_id))
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert (bundle["resourceType"], bundle["type"], kinds) == (
        "Bundle",
        "collection",
        ["Communication", "Communication", "Flag"],
    )
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    instant = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
    assert instant.fullmatch(bundle["timestamp"])
    for entry in bundle["entry"]:
        resource = entry["resource"]
        assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", resource["id"])
        if resource["resourceType"] == "Communication":
            assert resource["status"] == "completed"
            assert instant.fullmatch(resource["sent"])
            assert resource["payload"][0]["contentString"]
        else:
            assert (resource["status"], resource["code"]["coding"][0]["code"]) == ("active", "opioid_use")
            assert instant.fullmatch(resource["period"]["start"])
        assert resource["subject"]["identifier"]["value"] == turn.conversation_id
    assert bundle["entry"][1]["resource"]["inResponseTo"][0]["reference"] == urls[0]


def test_fhir_download_is_recorded(clinician, say) -> None:
    turn = say("I take oxycodone")
    assert clinician.post(f"/review/case/{turn.case_id}/fhir/", {}).status_code == 302
    response = clinician.post(f"/review/case/{turn.case_id}/fhir/", {"reason": "care"})
    assert response["Content-Type"] == "application/fhir+json"
    assert json.loads(response.content)["resourceType"] == "Bundle"
    assert AuditEvent.objects.get(action="exported fhir").object_id == turn.case_id
