"""One case as a FHIR R4 bundle, for the clinic's record system. No FHIR library fits beside Rasa's pydantic 1."""

from datetime import UTC, datetime
from typing import Any

from bot.safety.verdict import Level
from bot.web.chat.models import Turn
from bot.web.review.models import Case
from bot.web.review.transcript import NAMES

SYSTEM = "urn:ldn-guide"


def bundle(case: Case) -> dict[str, Any]:
    """A collection: a Communication for every message of the case and its reply, a Flag for every category."""
    turns = case.turns.order_by("number").prefetch_related("replies")
    resources = [resource for turn in turns for resource in _communications(case, turn)]
    resources += [_flag(case, category) for category in case.categories]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": f"{SYSTEM}:case", "value": case.pk},
        "timestamp": _instant(datetime.now(UTC)),
        "entry": [
            {"fullUrl": f"{SYSTEM}:{item['resourceType'].lower()}:{item['id']}", "resource": item} for item in resources
        ],
    }


def _communications(case: Case, turn: Turn) -> list[dict[str, Any]]:
    base = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": _patient(case),
        "category": [_code("escalation", "Safety escalation")],
    }
    asked = {
        **base,
        "id": _id(f"m-{turn.pk}"),
        "identifier": [{"system": f"{SYSTEM}:turn", "value": turn.pk}],
        "priority": "stat"
        if turn.level == Level.EMERGENCY.value
        else "urgent"
        if turn.level == Level.ESCALATE.value
        else "routine",
        "sent": _instant(turn.received_at),
        "received": _instant(turn.received_at),
        "sender": _patient(case),
        "recipient": [{"display": "LDN Guide, automated"}],
        "payload": [{"contentString": turn.text}],
    }
    answers = [
        {
            **base,
            "id": _id(f"r-{reply.pk}"),
            "identifier": [{"system": f"{SYSTEM}:reply", "value": reply.pk}],
            "sent": _instant(turn.finished_at or turn.received_at),
            "sender": {"display": "LDN Guide, automated"},
            "recipient": [_patient(case)],
            "inResponseTo": [{"reference": f"{SYSTEM}:communication:{asked['id']}"}],
            "payload": [{"contentString": reply.text}],
        }
        for reply in turn.replies.all()
    ]
    return [asked, *answers]


def _flag(case: Case, category: str) -> dict[str, Any]:
    period = {"start": _instant(case.opened_at)}
    if case.resolved_at:
        period["end"] = _instant(case.resolved_at)
    return {
        "resourceType": "Flag",
        "id": _id(f"f-{case.pk[:24]}-{category}"),
        "identifier": [{"system": f"{SYSTEM}:case", "value": case.pk}],
        "status": "inactive" if case.resolved_at else "active",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/flag-category",
                        "code": "safety",
                        "display": "Safety",
                    }
                ]
            }
        ],
        "code": _code(category, NAMES.get(category, category)),
        "subject": _patient(case),
        "period": period,
    }


def _patient(case: Case) -> dict[str, Any]:
    # Conversations are anonymous; the record system's user chooses the patient when importing.
    return {
        "identifier": {"system": f"{SYSTEM}:conversation", "value": case.conversation_id},
        "display": "Anonymous patient",
    }


def _code(code: str, text: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{SYSTEM}:category", "code": code, "display": text}], "text": text}


def _id(raw: str) -> str:
    # FHIR ids know no underscore and at most 64 characters.
    return raw.replace("_", ".")[:64]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
