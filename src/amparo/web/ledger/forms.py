"""What auditors type."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.casework.audit import Asked
from amparo.domain.processing import Processing
from amparo.web.ledger.wording import KINDS, called

LONGEST = 500
NEWEST = 2**62


class Search(forms.Form):
    """What is looked for among acts."""

    processing = forms.MultipleChoiceField(
        label=_("Kind"), choices=list(KINDS.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    act = forms.ChoiceField(label=_("Act"), required=False)
    officer = forms.ChoiceField(label=_("Officer"), required=False)
    exhibit = forms.CharField(label=_("Exhibit"), required=False, max_length=LONGEST)
    file = forms.CharField(
        label=_("File"), required=False, max_length=5000, help_text=_("A part of its path, or its SHA-256.")
    )
    reason = forms.CharField(label=_("Justification"), required=False, max_length=LONGEST)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    before = forms.IntegerField(required=False, min_value=0, max_value=NEWEST, widget=forms.HiddenInput)

    def __init__(self, *given: Any, acts: list[str], officers: list[str]) -> None:
        super().__init__(*given)
        self.fields["act"].choices = [("", _("Any")), *sorted(((one, called(one)) for one in acts), key=lambda p: p[1])]  # type: ignore[attr-defined]
        self.fields["officer"].choices = [("", _("Anybody")), *((one, one) for one in officers)]  # type: ignore[attr-defined]
        described(self)

    def clean(self) -> dict[str, Any]:
        """Days in order."""
        values = super().clean() or {}
        if values.get("since") and values.get("until") and values["since"] > values["until"]:
            self.add_error("until", _("This day is before the first one: exchange them."))
        return values

    def asked(self) -> Asked:
        """The same as casework takes it."""
        values = self.cleaned_data
        return Asked(
            frozenset(map(Processing, values["processing"])),
            *(values[name] for name in ("act", "officer", "exhibit", "file", "reason", "since", "until")),
        )


class Handing(forms.Form):
    """Who gets a proof, and why."""

    reason = forms.CharField(label=_("For whom, and why"), max_length=LONGEST)
    opened = forms.BooleanField(label=_("With the personal values that are not erased"), required=False)
    size = forms.IntegerField(required=False, min_value=1, max_value=NEWEST, widget=forms.HiddenInput)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        described(self)


class Heads(forms.Form):
    """Two signed states of the ledger."""

    first = forms.IntegerField(label=_("Earlier number of entries"), min_value=1, max_value=NEWEST)
    second = forms.IntegerField(label=_("Later number of entries"), min_value=1, max_value=NEWEST)

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        described(self)

    def clean(self) -> dict[str, Any]:
        """The earlier one first."""
        values = super().clean() or {}
        if "first" in values and "second" in values and values["first"] > values["second"]:
            self.add_error("second", _("This state is before the first one: exchange them."))
        return values


def described(form: forms.Form) -> None:
    """Let fields say to those who listen that they are wrong; Django says where the sentence stands."""
    for name in form.errors if form.is_bound else ():
        if name in form.fields:
            form.fields[name].widget.attrs["aria-invalid"] = "true"
