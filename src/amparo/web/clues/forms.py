"""What is sought among clues, as it is typed."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.casework.seen_clues import ClueOrder, SoughtClues

_MOST = 10**9
_LONGEST = 400


class Choosing(forms.Form):
    """Which clues are wanted, and in which order."""

    kind = forms.CharField(
        label=_("Kind"), required=False, max_length=_LONGEST, widget=forms.TextInput({"list": "kinds"})
    )
    text = forms.CharField(label=_("Value has"), required=False, max_length=_LONGEST)
    exhibit = forms.ChoiceField(label=_("Named in"), required=False)
    files = forms.IntegerField(  # type: ignore[assignment]  # a form's fields are no attributes
        label=_("Files, at least"), required=False, min_value=2, max_value=_MOST
    )
    exhibits = forms.IntegerField(label=_("Exhibits, at least"), required=False, min_value=1, max_value=_MOST)
    sort = forms.ChoiceField(
        label=_("First those"),
        required=False,
        choices=(
            (ClueOrder.EXHIBITS.value, _("in most exhibits")),
            (ClueOrder.FILES.value, _("with most files")),
            (ClueOrder.VALUE.value, _("by kind and value")),
        ),
    )

    def __init__(self, *args: Any, exhibits: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["exhibit"].choices = [("", _("all")), *((number, number) for number in exhibits)]  # type: ignore[attr-defined]

    @property
    def sought(self) -> SoughtClues:
        """What is wanted, where the form is valid."""
        said = self.cleaned_data
        return SoughtClues(
            said["kind"],
            said["exhibit"],
            said["files"] or 2,
            said["exhibits"] or 1,
            said["text"],
            ClueOrder(said["sort"] or ClueOrder.EXHIBITS),
        )
