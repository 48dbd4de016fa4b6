"""What is typed about hash sets."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.casework.hash_set_contents import Form
from amparo.casework.hash_sets_at_desk import MOST_VALUES, vocabularies
from amparo.casework.lookup import RADIUS
from amparo.domain.handling import HandlingCode
from amparo.domain.hash_set import SetKind
from amparo.web.hash_sets.wording import COLUMNS, HASHES, SET_KINDS

LONGEST = 500
_PROVENANCE = ("source", "licence", "date", "version", "legal_basis", "handling", "restriction")


class Import(forms.Form):
    """A file that becomes the next version of a set."""

    use_required_attribute = False

    file = forms.FileField(label=_("File"), required=False, allow_empty_file=True)
    upload = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    path = forms.CharField(
        label=_("Or path on this server"), required=False, max_length=4000, strip=False,
        widget=forms.TextInput({"spellcheck": "false", "class": "mono"}),
    )  # fmt: skip
    name = forms.CharField(
        label=_("Set"), max_length=80, help_text=_("The name of a set that is there makes its next version.")
    )
    says = forms.ChoiceField(
        label=_("What it says of a file"), required=False, choices=[("", _("By the format")), *SET_KINDS.items()]
    )
    source = forms.CharField(label=_("Source"), required=False, max_length=LONGEST, help_text=_("Who made it."))
    date = forms.DateField(
        label=_("Date of the set"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    version = forms.CharField(label=_("Version, as its maker names it"), required=False, max_length=LONGEST)
    licence = forms.CharField(label=_("Licence"), required=False, max_length=LONGEST)
    legal_basis = forms.CharField(label=_("Legal basis"), required=False, max_length=LONGEST)
    handling = forms.ChoiceField(
        label=_("Handling code"), required=False,
        choices=[("", _("None stated")), *((code.value, code.value) for code in HandlingCode)],
    )  # fmt: skip
    restriction = forms.CharField(label=_("What H3 means here"), required=False, max_length=LONGEST)
    vocabulary = forms.ChoiceField(label=_("Meaning of categories"), required=False)
    hash = forms.ChoiceField(label=_("Values of 64 digits, or of a filter"), required=False, choices=HASHES)

    def __init__(self, *given: Any, columns: tuple[str, ...] = ()) -> None:
        super().__init__(*given)
        names = [("", _("By the file")), *((name, name) for name in vocabularies())]
        self.fields["vocabulary"].choices = names  # type: ignore[attr-defined]
        for thing, label in COLUMNS.items() if columns else ():
            choices = [("", _("By the header")), *((name, name) for name in columns)]
            self.fields[f"column_{thing}"] = forms.ChoiceField(label=label, required=False, choices=choices)

    @property
    def columns(self) -> Mapping[str, str]:
        """What was chosen of the columns of a table, before they are known to be there."""
        found = {thing: str(self.data.get(f"column_{thing}", ""))[:LONGEST] for thing in COLUMNS}
        return {thing: name for thing, name in found.items() if name}

    def mapping(self) -> Any:
        """The fields of columns, to be shown apart."""
        return [self[name] for name in self.fields if name.startswith("column_")]

    def clean_name(self) -> str:
        """Refuse what can be no part of an address."""
        name: str = self.cleaned_data["name"]
        if re.fullmatch(r"[^\W_][\w .()+-]*", name) is None:
            raise forms.ValidationError(_("Use letters, digits, spaces and . ( ) + - _, a letter or digit first."))
        return name

    def clean(self) -> dict[str, Any]:
        """H3 says what it means."""
        values = super().clean() or {}
        if values.get("handling") == HandlingCode.H3 and not values.get("restriction"):
            self.add_error("restriction", _("H3 is another restriction: say which."))
        return values

    def provenance(self) -> Mapping[str, str]:
        """What was stated of where it comes from."""
        values = {name: str(self.cleaned_data[name] or "") for name in _PROVENANCE}
        return {name: value for name, value in values.items() if value}

    def kind(self) -> SetKind | None:
        """What was said of its kind."""
        return SetKind(self.cleaned_data["says"]) if self.cleaned_data["says"] else None


class Why(forms.Form):
    """A justification."""

    reason = forms.CharField(label=_("Justification"), max_length=2000, widget=forms.Textarea({"rows": 2}))


class Remove(Why):
    """Taking a version out of use."""

    delete_files = forms.BooleanField(label=_("Delete its files too: no report can be re-run with it"), required=False)


class Export(Why):
    """A version that leaves the workbench."""

    form = forms.ChoiceField(
        label=_("Form"), choices=[(Form.CSV.value, "CSV"), (Form.VICS.value, "Project VIC 2.0 (JSON)")]
    )


class LookUp(Why):
    """Values of which somebody wants to know who knows them."""

    values = forms.CharField(
        label=_("Digests and hashes"), max_length=2_000_000, widget=forms.Textarea({"rows": 6, "class": "mono"}),
        help_text=_("SHA-256, SHA-1, MD5 or PDQ in hexadecimal, with spaces or lines between; KIND:HEX says which."),
    )  # fmt: skip
    radius = forms.IntegerField(label=_("PDQ: bits that may differ"), min_value=0, max_value=128, initial=RADIUS)

    field_order = ("values", "radius", "reason")

    def clean_values(self) -> list[str]:
        """The values, each once."""
        found = list(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data["values"].strip())))
        if len(found) > MOST_VALUES:
            raise forms.ValidationError(_("These are too many at once: look up at most {}.").format(MOST_VALUES))
        return found
