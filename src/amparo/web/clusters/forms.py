"""What is sought among groups, as it is typed."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.casework.grouping import Kind
from amparo.casework.seen_groups import Sought, Tab
from amparo.casework.series import Order

_MOST = 10**9
_LONGEST = 200


class Choosing(forms.Form):
    """Which groups are wanted, and in which order."""

    exhibit = forms.ChoiceField(label=_("Exhibit"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    about = forms.CharField(label=_("Camera"), required=False, max_length=_LONGEST)
    files = forms.IntegerField(  # type: ignore[assignment]  # a form's fields are no attributes
        label=_("Files, at least"), required=False, min_value=1, max_value=_MOST
    )
    exhibits = forms.IntegerField(label=_("Exhibits, at least"), required=False, min_value=1, max_value=_MOST)
    sort = forms.ChoiceField(
        label=_("First those"),
        required=False,
        choices=((Order.FILES.value, _("with most files")), (Order.EXHIBITS.value, _("in most exhibits"))),
    )

    def __init__(self, *args: Any, tab: Tab, exhibits: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["exhibit"].choices = [("", _("all")), *((number, number) for number in exhibits)]  # type: ignore[attr-defined]
        self.fields["kind"].choices = (  # type: ignore[attr-defined]
            ("", _("all")),
            (Kind.CAMERA.value, _("one camera, by serial number")),
            (Kind.BURST.value, _("bursts")),
        )
        unasked = {
            Tab.NEAR_COPIES: ("kind", "about"),
            Tab.FILMS: ("kind", "about"),
            Tab.CAMERAS: (),
            Tab.SAME_FILES: ("kind", "about", "files"),
        }
        for name in unasked[tab]:
            del self.fields[name]

    @property
    def sought(self) -> Sought:
        """What is wanted, where the form is valid."""
        said = self.cleaned_data
        return Sought(
            said["exhibit"],
            said.get("files") or 1,
            said["exhibits"] or 1,
            said.get("about", ""),
            Kind(said["kind"]) if said.get("kind") else None,
            Order(said["sort"] or Order.FILES),
        )
