"""What evidence is made of: known, near copies, new, not examined; and what was concluded on origin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from amparo.domain.origin import Conclusion
from amparo.exchange.drawings.bars import Row, bars, stacks
from amparo.exchange.drawings.drawing import Drawing
from amparo.exchange.wording import _


@dataclass(frozen=True, slots=True)
class Made:
    """How many files of an exhibit, a country, or all the evidence are of each kind; each file once."""

    label: str
    known: int
    """The same bytes as an entry of a hash set."""
    near: int
    """Near copies of a known picture, not known themselves."""
    new: int
    """Neither, and examined."""
    not_examined: int
    href: str = ""
    """Where the label leads."""


KINDS = ("known", "near", "new", "not_examined")
"""What `href` of `composition` is asked for."""


def kind_names() -> Mapping[str, str]:
    """The kinds in words."""
    return dict(zip(KINDS, (_("Known"), _("Near copy of known"), _("New"), _("Not examined")), strict=True))


def composition(
    caption: str, heading: str, rows: Sequence[Made], *, href: Callable[[Made, str], str] | None = None
) -> Drawing:
    """A stack to each row, as wide as all; `href` says where a kind (of `KINDS`) of a row leads."""
    return stacks(
        caption,
        heading,
        tuple(kind_names().values()),
        [
            Row(
                row.label,
                (row.known, row.near, row.new, row.not_examined),
                tuple(href(row, kind) for kind in KINDS) if href else (),
                row.href,
            )
            for row in rows
        ],
        looks=(0, 1, 6, 3),
    )


def conclusion_names() -> Mapping[Conclusion, str]:
    """What may be concluded on origin, in words that promise nothing."""
    return {
        Conclusion.DECLARED_GENERATED: _("Declared: generated"),
        Conclusion.DECLARED_ALTERED: _("Declared: altered by a generator"),
        Conclusion.DECLARED_CAPTURED: _("Declared: captured by a camera"),
        Conclusion.GENERATED: _("Measured: support for generated"),
        Conclusion.ALTERED: _("Measured: support for altered"),
        Conclusion.CAPTURED: _("Support for a camera"),
        Conclusion.NO_CONCLUSION: _("No conclusion"),
    }


def origins(
    caption: str, counts: Mapping[Conclusion, int], *, href: Callable[[Conclusion], str] | None = None
) -> Drawing:
    """How often each conclusion was come to. Bars side by side, never a whole that is divided: it is no verdict."""
    rows = [
        Row(name, (counts[each],), (href(each),) if href else ())
        for each, name in conclusion_names().items()
        if each in counts
    ]
    return bars(caption, _("Conclusion"), _("Files"), rows)
