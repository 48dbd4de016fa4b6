"""The forms of exhibits. What casework refuses is said at the field that it concerns."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.casework.assignments import NumberTaken
from amparo.casework.disclose import NoReason
from amparo.domain.errors import AmparoError, NotFound, Unreadable
from amparo.domain.item_path import MalformedItemPath
from amparo.domain.limits import Limits, MalformedLimits
from amparo.domain.need_to_know import Purpose
from amparo.domain.secrets import MalformedSecrets, Secrets
from amparo.exchange.wording import worded
from amparo.web.frame import PURPOSES

_FIELDS: tuple[tuple[type[AmparoError], str], ...] = (
    (NumberTaken, "number"),
    (MalformedItemPath, "number"),
    (MalformedLimits, "limits"),
    (MalformedSecrets, "secrets"),
    (Unreadable, "path"),
    (NotFound, "path"),
    (NoReason, "reason"),
)


class HowForm(forms.Form):
    """How an exhibit is examined: what both a first and another try ask for."""

    use_required_attribute = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"label_suffix": "", **options})

    secrets = forms.CharField(
        label=_("Passwords and keys"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off", "class": "mono"}),
        help_text=_("One a line, to try on what is encrypted; hex:… is a raw key. Nothing stores them."),
    )
    limits = forms.CharField(
        label=_("Limits"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"}),
        help_text=_("Lines such as analysis_s = 300, where an item may cost more than usual."),
    )

    def clean_secrets(self) -> str:
        """Refuse what is no list of passwords and keys."""
        text: str = self.cleaned_data["secrets"]
        try:
            Secrets.parse(text)
        except MalformedSecrets as error:
            raise forms.ValidationError(worded(error)) from error
        return text

    def clean_limits(self) -> str:
        """Refuse what states no limits."""
        text: str = self.cleaned_data["limits"]
        try:
            Limits.parse(text)
        except MalformedLimits as error:
            raise forms.ValidationError(worded(error)) from error
        return text

    @property
    def given(self) -> Secrets:
        """The passwords and keys."""
        return Secrets.parse(self.cleaned_data["secrets"])

    @property
    def changed(self) -> Mapping[str, str]:
        """The limits that are not as they come."""
        wanted, usual = Limits.parse(self.cleaned_data["limits"]), Limits()
        values = {name: str(getattr(wanted, name)) for name in Limits.__slots__}
        return {name: value for name, value in values.items() if value != str(getattr(usual, name))}

    def refuse(self, error: AmparoError) -> None:
        """Say a refusal of casework where it belongs."""
        field = next((name for kind, name in _FIELDS if isinstance(error, kind) and name in self.fields), None)
        self.add_error(field, worded(error))

    def point_to_first_wrong(self) -> None:
        """Let the page that comes back begin where something is to be mended, with scripts and without."""
        wrong = next((name for name in self.fields if name in self.errors), None)
        if wrong is not None:
            for field in self.fields.values():
                field.widget.attrs.pop("autofocus", None)
            self.fields[wrong].widget.attrs["autofocus"] = True


class RegisterForm(HowForm):
    """A new exhibit: its number, and where it lies."""

    field_order = ("number", "secrets", "limits", "path", "upload")

    number = forms.CharField(
        label=_("Number"),
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "ES-7", "autofocus": True}
        ),
        help_text=_("As on its label. It is in every address of what lies in it, and stays."),
    )
    path = forms.CharField(
        label=_("Path on this server"),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )
    upload = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for one place where it lies."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("path") and not cleaned.get("upload"):
            self.add_error("path", _("Say where it lies: send a file, or choose a path."))
        return cleaned


class AgainForm(HowForm):
    """Another try of what could not be examined."""

    field_order = ("path", "secrets", "limits")

    path = forms.CharField(
        label=_("Path, where it lies elsewhere now"),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
        help_text=_("Empty: where it lay before."),
    )


class SecretsForm(HowForm):
    """What to go on with a task takes that nothing keeps."""

    limits = None  # type: ignore[assignment]


class ShareForm(forms.Form):
    """With whom, for what, and why."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"label_suffix": "", **options})

    agency = forms.ChoiceField(label=_("Agency"))
    purposes = forms.MultipleChoiceField(
        label=_("For"),
        choices=[(purpose.value, name) for purpose, name in PURPOSES.items()],
        initial=[Purpose.OPERATIONAL_ANALYSIS.value],
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.CharField(label=_("Why"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
