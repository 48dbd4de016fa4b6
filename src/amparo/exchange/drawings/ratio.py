"""The likelihood ratio of an origin on its scale: a weight between two statements, and never a verdict."""

from amparo.domain.likelihood_ratio import LikelihoodRatio
from amparo.domain.origin import CONCLUSIVE_LOG10
from amparo.exchange.drawings.drawing import Cell, Drawing, picture, table, text
from amparo.exchange.wording import _

_END = 6.5
"""Where the scale ends: beyond a million, words do not change."""
_STEPS = (0.30103, 1.0, 2.0, 3.0, 4.0, 6.0)
"""Where the words of ENFSI's scale change: 2, 10, 100, 1,000, 10,000, 1,000,000."""
_TOP_PX, _BAND_PX = 40, 22


def gauge(caption: str, ratio: LikelihoodRatio | None, *, bounds: tuple[float, float] | None = None) -> Drawing:
    """`ratio` for *made or altered by a generator* against *captured by a camera*, with the `bounds` of its method.

    `bounds` are decimal logarithms: what the tests of the method bear out. Both sides have one colour, and the middle,
    where nothing may be concluded, is drawn as large as it is.
    """
    said = [_says(ratio)]
    if bounds is not None:
        said.append(
            _("The tests of this method bear out logarithms from {lower} to {upper}, and no others.").format(
                lower=f"{bounds[0]:+.2f}", upper=f"{bounds[1]:+.2f}"
            )
        )
    said.append(
        _(
            "A likelihood ratio says how much better one statement explains what was measured than the other. It is not"
            " the probability that the picture is generated, and says nothing about whether a child is real."
        )
    )
    body = [*_scale(), *(_bounds(*bounds) if bounds else ()), _needle(ratio) if ratio is not None else _none()]
    rows = [[Cell(_("log10 of the likelihood ratio")), Cell(str(ratio) if ratio else _("none"), numeric=True)]]
    rows.append([Cell(_("In words (ENFSI 2015)")), Cell(_words(ratio))])
    if bounds is not None:
        rows.append([Cell(_("Bounds of the method")), Cell(f"{bounds[0]:+.2f} … {bounds[1]:+.2f}", numeric=True)])
    return Drawing(
        caption,
        picture("".join(body), name=caption, words=" ".join(said), css="gauge", height=_TOP_PX + _BAND_PX + 64),
        table(caption, [Cell(_("Value")), Cell(_("Of this picture"))], rows, total=len(rows)),
        said=tuple(said),
    )


def _words(ratio: LikelihoodRatio | None) -> str:
    """ENFSI's words, in the language of the reader."""
    steps = {
        "extremely strong support": _("extremely strong support"),
        "very strong support": _("very strong support"),
        "strong support": _("strong support"),
        "moderately strong support": _("moderately strong support"),
        "moderate support": _("moderate support"),
        "weak support": _("weak support"),
    }
    if ratio is None:
        return _("no likelihood ratio")
    return steps.get(ratio.verbal, _("no support for one proposition over the other"))


def _says(ratio: LikelihoodRatio | None) -> str:
    if ratio is None:
        return _("No likelihood ratio was had: nothing could be weighed.")
    words = _words(ratio)
    if abs(ratio.log10) < CONCLUSIVE_LOG10:
        return _("log10 = {log10}: {words}. This is too little for a conclusion.").format(log10=ratio, words=words)
    side = _("made or altered by a generator") if ratio.log10 > 0 else _("captured by a camera")
    return _("log10 = {log10}: {words} for: {side}.").format(log10=ratio, words=words, side=side)


def _across(log10: float) -> float:
    """Per cent of the width."""
    return 50 + 48 * min(max(log10, -_END), _END) / _END


def _scale() -> list[str]:
    floor = _TOP_PX + _BAND_PX
    drawn = [f'<rect class="frame" x="2%" y="{_TOP_PX}" width="96%" height="{_BAND_PX}" />']
    left, width = _across(-CONCLUSIVE_LOG10), _across(CONCLUSIVE_LOG10) - _across(-CONCLUSIVE_LOG10)
    drawn.append(
        f'<rect class="open-middle" x="{left:.2f}%" y="{_TOP_PX}" width="{width:.2f}%" height="{_BAND_PX}">'
        f"<title>{text(_('No conclusion'))}</title></rect>"
    )
    for step in (0.0, *_STEPS, *(-step for step in _STEPS)):
        across, tall = _across(step), 8 if step else 14
        drawn.append(f'<line class="tick" x1="{across:.2f}%" x2="{across:.2f}%" y1="{floor}" y2="{floor + tall}" />')
    drawn += [
        f'<text x="{_across(step):.2f}%" y="{floor + 24}" text-anchor="middle">{label}</text>'
        for step, label in ((-6, "−6"), (-4, "−4"), (-2, "−2"), (0, "0"), (2, "+2"), (4, "+4"), (6, "+6"))
    ]
    drawn.append(f'<text x="2%" y="{floor + 42}">← {text(_("captured by a camera"))}</text>')
    drawn.append(
        f'<text x="98%" y="{floor + 58}" text-anchor="end">{text(_("made or altered by a generator"))} →</text>'
    )
    return drawn


def _bounds(lower: float, upper: float) -> list[str]:
    middle = _TOP_PX + _BAND_PX // 2
    low, high = _across(lower), _across(upper)
    ends = "".join(
        f'<line class="bound" x1="{end:.2f}%" x2="{end:.2f}%" y1="{middle - 6}" y2="{middle + 6}" />'
        for end in (low, high)
    )
    return [f'<line class="bound" x1="{low:.2f}%" x2="{high:.2f}%" y1="{middle}" y2="{middle}" />', ends]


def _needle(ratio: LikelihoodRatio) -> str:
    across = _across(ratio.log10)
    anchor = "start" if across < 15 else "end" if across > 85 else "middle"
    return (
        f'<line class="needle" x1="{across:.2f}%" x2="{across:.2f}%" y1="{_TOP_PX - 8}" y2="{_TOP_PX + _BAND_PX}" />'
        f'<circle class="needle" cx="{across:.2f}%" cy="{_TOP_PX - 8}" r="5" />'
        f'<text class="figure" x="{across:.2f}%" y="{_TOP_PX - 18}" text-anchor="{anchor}">{ratio.log10:+.2f}</text>'
    )


def _none() -> str:
    words = text(_("no likelihood ratio"))
    return f'<text class="figure" x="50%" y="{_TOP_PX - 12}" text-anchor="middle">{words}</text>'
