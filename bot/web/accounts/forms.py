"""Forms about accounts."""

from django import forms

from bot.web.accounts.models import Role, User


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new member of staff."""

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "role")


class ChangeForm(forms.Form):
    """What an administrator may change of an account."""

    role = forms.ChoiceField(choices=Role.choices)
    is_active = forms.BooleanField(required=False, label="May sign in")
