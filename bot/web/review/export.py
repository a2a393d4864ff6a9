"""Cases as CSV or PDF. Cells that a spreadsheet would take for a formula are neutralised."""

import csv
import hashlib
import hmac
import io
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.db.models import QuerySet
from django.template.loader import render_to_string

from bot.web.pdf import pdf
from bot.web.review.models import Case

PLAIN = (
    "case",
    "severity",
    "categories",
    "opened",
    "acknowledged",
    "minutes to acknowledge",
    "resolved",
    "resolution",
    "messages",
    "demo",
)
PERSONAL = ("conversation", "acknowledged by", "resolved by", "flagged messages", "call-back")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def cases_for(data: dict[str, Any]) -> QuerySet[Case]:
    """The cases that an ExportForm asks for."""
    cases = Case.objects.select_related("acknowledged_by", "resolved_by", "conversation").order_by("opened_at")
    if data.get("since"):
        cases = cases.filter(opened_at__date__gte=data["since"])
    if data.get("until"):
        cases = cases.filter(opened_at__date__lte=data["until"])
    if data.get("severity"):
        cases = cases.filter(severity=data["severity"])
    if data.get("state"):
        cases = cases.filter(resolved_at__isnull=data["state"] == "open")
    return cases


def rows(cases: QuerySet[Case], deidentified: bool) -> list[dict[str, str]]:
    """One row a case, in the order of PLAIN, then PERSONAL."""
    return [_row(case, deidentified) for case in cases.prefetch_related("turns", "conversation__callbacks")]


def _row(case: Case, deidentified: bool) -> dict[str, str]:
    def moment(value: datetime | None) -> str:
        return "" if value is None else value.strftime("%Y-%m-%d" if deidentified else "%Y-%m-%d %H:%M")

    waited = (case.acknowledged_at or case.opened_at) - case.raised_at
    row = {
        "case": pseudonym(case.pk) if deidentified else case.pk,
        "severity": case.severity,
        "categories": " ".join(case.categories),
        "opened": moment(case.opened_at),
        "acknowledged": moment(case.acknowledged_at),
        "minutes to acknowledge": str(waited // timedelta(minutes=1)) if case.acknowledged_at else "",
        "resolved": moment(case.resolved_at),
        "resolution": case.resolution,
        "messages": str(case.turns.count()),
        "demo": "yes" if case.conversation.is_demo else "no",
    }
    if deidentified:
        return row
    calls = [f"{call.name}, {call.phone}, {call.best_time}" for call in case.conversation.callbacks.all()]
    personal = {
        "conversation": case.conversation_id,
        "acknowledged by": case.acknowledged_by.username if case.acknowledged_by else "",
        "resolved by": case.resolved_by.username if case.resolved_by else "",
        "flagged messages": " / ".join(turn.text for turn in case.turns.all()),
        "call-back": " / ".join(calls),
    }
    return row | personal


def pseudonym(key: str) -> str:
    """The same for the same case; not to be turned back without the clinic's key."""
    return hmac.new(f"export:{django_settings.SECRET_KEY}".encode(), key.encode(), hashlib.sha256).hexdigest()[:12]


def safe_cell(value: str) -> str:
    """A cell that no spreadsheet runs: one that could start a formula, also after blanks, gets an apostrophe."""
    return f"'{value}" if value.startswith(_FORMULA) or value.lstrip().startswith(_FORMULA) else value


def as_csv(listed: list[dict[str, str]], deidentified: bool) -> bytes:
    """CSV with a byte order mark, which Excel needs for UTF-8."""
    names = PLAIN if deidentified else PLAIN + PERSONAL
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    writer.writerows([safe_cell(row[name]) for name in names] for row in listed)
    return ("\ufeff" + out.getvalue()).encode("utf-8")


def as_pdf(listed: list[dict[str, str]], deidentified: bool, by: str) -> bytes:
    """The same rows for reading."""
    return pdf(
        render_to_string("review/export_pdf.html", {"rows": listed, "deidentified": deidentified, "by": by}),
        "staff/export.css",
    )
