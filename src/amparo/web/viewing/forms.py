"""What is typed about a policy of viewing."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from amparo.domain.exposure import Budget, Burden, Level, Policy
from amparo.domain.preferences import zones
from amparo.web.viewing.wording import BURDENS, LEVELS

ALL = "day"
MOST_FILES, MOST_MINUTES = 100_000, 1_440
_MINUTE_S = 60


def _minutes(seconds: int) -> Decimal:
    minutes = Decimal(seconds) / _MINUTE_S
    return minutes.quantize(Decimal(1)) if seconds % _MINUTE_S == 0 else minutes.quantize(Decimal("0.01"))


def _seconds(minutes: Decimal) -> int:
    return round(minutes * _MINUTE_S)


@dataclass(frozen=True, slots=True)
class Line:
    """The two fields of one budget."""

    label: Any
    fields: tuple[forms.BoundField, forms.BoundField]
    """Files, minutes."""


class PolicyForm(forms.Form):
    """How far and how much somebody may look. What is left empty is an error: a policy is whole."""

    use_required_attribute = False

    level = forms.ChoiceField(
        label=_("As far as"), choices=LEVELS.items(), help_text=_("Each goes further than those before it.")
    )
    remind = forms.DecimalField(
        label=_("Reminder after minutes of looking"), min_value=1, max_value=120, decimal_places=2
    )
    break_after = forms.DecimalField(
        label=_("Break after minutes of looking"), min_value=1, max_value=120, decimal_places=2
    )
    break_for = forms.DecimalField(label=_("Minutes of a break"), min_value=1, max_value=120, decimal_places=2)
    between_severe = forms.IntegerField(label=_("Other files between two severe ones"), min_value=1, max_value=1_000)
    zone = forms.ChoiceField(label=_("A day begins at midnight of"))
    reason = forms.CharField(
        label=_("Reason"), max_length=2_000, help_text=_("It stands in the ledger, with your name.")
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["zone"].choices = [(zone, zone) for zone in sorted(zones())]  # type: ignore[attr-defined]
        for name, label in ((ALL, _("All together")), *BURDENS.items()):
            self.fields[f"{name}_files"] = forms.IntegerField(
                label=_("{}: files a day").format(label), min_value=0, max_value=MOST_FILES
            )
            self.fields[f"{name}_minutes"] = forms.DecimalField(
                label=_("{}: minutes a day").format(label), min_value=0, max_value=MOST_MINUTES, decimal_places=2
            )

    @staticmethod
    def shown(policy: Policy, seen: int) -> dict[str, Any]:
        """The fields of a policy that counts now."""
        budgets = [(ALL, policy.day), *((burden.value, policy.burdens[burden]) for burden in Burden)]
        return {
            "level": policy.level.value,
            "remind": _minutes(policy.remind_s),
            "break_after": _minutes(policy.break_after_s),
            "break_for": _minutes(policy.break_s),
            "between_severe": policy.between_severe,
            "zone": policy.zone,
            "seen": seen,
            **{f"{name}_files": budget.files for name, budget in budgets},
            **{f"{name}_minutes": _minutes(budget.seconds) for name, budget in budgets},
        }

    def budgets(self) -> Iterator[Line]:
        """A line of the table for each budget."""
        for name, label in ((ALL, _("All together")), *BURDENS.items()):
            yield Line(label, (self[f"{name}_files"], self[f"{name}_minutes"]))

    def others(self) -> list[forms.BoundField]:
        """The fields about rest."""
        return [self[name] for name in ("remind", "break_after", "break_for", "between_severe", "zone")]

    def policy(self) -> Policy:
        """What is wanted, of a form that is valid."""
        given = self.cleaned_data

        def budget(name: str) -> Budget:
            return Budget(given[f"{name}_files"], _seconds(given[f"{name}_minutes"]))

        return Policy(
            Level(given["level"]),
            budget(ALL),
            {burden: budget(burden) for burden in Burden},
            _seconds(given["remind"]),
            _seconds(given["break_after"]),
            _seconds(given["break_for"]),
            given["between_severe"],
            given["zone"],
        )
