"""Forms of the review pages. Each carries the version of the case that was seen."""

from typing import Any

from django import forms

from bot.safety.verdict import Category, Level
from bot.web.accounts.models import Role, User
from bot.web.review.models import SEVERITIES, Judgement, Resolution
from bot.web.review.transcript import NAMES


class CaseForm(forms.Form):
    """Any change of a case."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class AssignForm(CaseForm):
    """Whose it is."""

    to = forms.ModelChoiceField(User.objects.none(), required=False, label="Assigned to", empty_label="nobody")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = User.objects.filter(role=Role.CLINICIAN, is_active=True).order_by("username")


class NoteForm(CaseForm):
    """A note."""

    text = forms.CharField(label="Note", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class ResolveForm(CaseForm):
    """Why it is done."""

    reason = forms.ChoiceField(choices=[("", "Choose a reason"), *Resolution.choices], label="Reason")


class RiskForm(CaseForm):
    """Which risk no longer applies, and why."""

    risk = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label="Why it no longer applies", min_length=5, max_length=500)


class JudgeForm(CaseForm):
    """Where the triage was wrong."""

    turn = forms.CharField(max_length=64)
    kind = forms.ChoiceField(choices=Judgement.Kind.choices)
    category = forms.ChoiceField(choices=[(item.value, NAMES[item.value]) for item in Category])
    level = forms.ChoiceField(choices=[(level.value, level.value) for level in Level])


EXPORT_REASONS = [
    ("", "Choose a reason"),
    ("care", "Care of the patients"),
    ("quality", "Quality review"),
    ("patient request", "Request of a patient"),
    ("legal", "Legal or regulatory request"),
    ("evaluation", "Improving the triage rules"),
]


class ReasonForm(forms.Form):
    """Why data leave the house; a closed list, because the audit trail holds no typed text."""

    reason = forms.ChoiceField(choices=EXPORT_REASONS)


class ExportForm(ReasonForm):
    """Which cases, how."""

    format = forms.ChoiceField(choices=[("csv", "CSV, for a spreadsheet"), ("pdf", "PDF, for reading")], initial="csv")
    since = forms.DateField(required=False, label="Opened since", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="Opened until", widget=forms.DateInput(attrs={"type": "date"}))
    severity = forms.ChoiceField(required=False, choices=[("", "all"), *((name, name) for name in SEVERITIES)])
    state = forms.ChoiceField(required=False, choices=[("", "all"), ("open", "open"), ("resolved", "resolved")])
    deidentified = forms.BooleanField(
        required=False,
        initial=True,
        label="De-identified",
        help_text="Leaves out messages, names and phone numbers; ids become pseudonyms, times become days.",
    )
