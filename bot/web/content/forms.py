"""Forms of the content pages. The digest says which text was read."""

from django import forms

from bot.web.content.approvals import MONTHS


class SeenForm(forms.Form):
    """Which text was read."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ApproveForm(SeenForm):
    """An approval."""

    months = forms.TypedChoiceField(choices=list(MONTHS.items()), coerce=int, initial=6, label="Valid for")
    read = forms.BooleanField(
        label="I have read this text and its sources, and it may be shown to patients of this clinic."
    )


class SendBackForm(SeenForm):
    """What is wrong."""

    comment = forms.CharField(max_length=2000, min_length=3, widget=forms.Textarea(attrs={"rows": 3}))
