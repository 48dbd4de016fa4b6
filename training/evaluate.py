"""Judges the likelihood ratios on groups that neither network nor calibration saw, and writes the model card.

    python training/evaluate.py --cache /tmp/amparo-training --weights src/amparo/analysis/origin/alteration.npz \\
        --docs docs/explanation

Each fold of sources is scored by networks that saw neither it nor the family of up-scalers, and its scores become
ratios by a calibration on the other folds. Intervals are 95 %, by a bootstrap over photographs.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from amparo.domain.likelihood_ratio import best_cllr
from calibrate import Tests, domain_of, fit, tests_of
from described import VARIANTS
from drawing import tippett
from material import TRAINED, UNTOUCHED, piped, scored
from ordinary import LADDER

_Floats = NDArray[np.float64]
_RESAMPLED = 200
_CONCLUSIVE = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """Tests with the decimal logarithm of the ratio that each got."""

    tests: Tests
    log10: _Floats

    def where(self, chosen: NDArray[np.bool_]) -> "Judged":
        """These rows alone."""
        return Judged(self.tests.where(chosen), self.log10[chosen])

    def at(self, variant: str) -> "Judged":
        """One step of the ladder."""
        return self.where(self.tests.variant == VARIANTS.index(variant))


def main() -> None:
    """Read the command line, judge and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="the folder that train.py left its scores in")
    parser.add_argument("--weights", type=Path, required=True, help="the weights that train.py wrote")
    parser.add_argument("--docs", type=Path, required=True, help="where the card and its drawing are written")
    arguments = parser.parse_args()
    material, columns = scored(arguments.cache)
    *_, inside = domain_of(material, arguments.weights)
    tests = tests_of(material, columns, inside)
    judged = _judged(tests.where(tests.inside))
    painted = judged.where(np.isin(judged.tests.unseen, TRAINED))
    card = Template((Path(__file__).parent / "model-card.md").read_text(encoding="utf-8")).substitute(
        **_beginning(tests, painted),
        **_targets(painted),
        **_shipped(tests),
        **_families(judged),
        **_same_subject(painted),
        **_untouched(painted),
        **_ordinary(painted),
        **_sources(painted),
        **_ladder(painted),
        **_baseline(painted),
    )
    arguments.docs.mkdir(parents=True, exist_ok=True)
    (arguments.docs / "origin-model-card.md").write_text(card, encoding="utf-8")
    shown = painted.at("JPEG 75")
    names = ("painted by a network", "processed by ordinary means")
    drawing = tippett(shown.log10[shown.tests.altered], shown.log10[~shown.tests.altered], names=names)
    (arguments.docs / "origin-tippett.svg").write_text(drawing, encoding="utf-8")
    print(card)


def _judged(tests: Tests) -> Judged:
    """Ratios of each fold by a calibration on the others, after the pipe, families unseen."""
    log10 = np.zeros(len(tests.score))
    fitted_on = np.isin(tests.variant, piped()) & np.isin(tests.unseen, TRAINED)
    for fold in np.unique(tests.fold):
        slope, intercept, lower, upper = fit(tests.where((tests.fold != fold) & fitted_on))
        own = tests.fold == fold
        log10[own] = ((slope * tests.score[own] + intercept) / np.log(10)).clip(lower, upper)
    return Judged(tests, log10)


# Measures


def _auc(judged: Judged) -> float:
    first, second = judged.log10[judged.tests.altered], judged.log10[~judged.tests.altered]
    if not len(first) or not len(second):
        return float("nan")
    ordered = np.sort(second)
    wins = np.searchsorted(ordered, first, "left") + np.searchsorted(ordered, first, "right")
    return float(wins.sum() / (2 * len(first) * len(second)))


def _cllr(judged: Judged) -> float:
    first, second = judged.log10[judged.tests.altered], judged.log10[~judged.tests.altered]
    return float((np.log2(1 + 10.0**-first).mean() + np.log2(1 + 10.0**second).mean()) / 2)


def _best_cllr(judged: Judged) -> float:
    return best_cllr(judged.log10[judged.tests.altered].tolist(), judged.log10[~judged.tests.altered].tolist())


def _false(judged: Judged) -> float:
    return float((judged.log10[~judged.tests.altered] > 0).mean())


def _misleading(judged: Judged) -> float:
    return float((judged.log10[~judged.tests.altered] >= _CONCLUSIVE).mean())


def _found(judged: Judged) -> float:
    return float((judged.log10[judged.tests.altered] >= _CONCLUSIVE).mean())


def _interval(judged: Judged, measure: Callable[[Judged], float], form: str = "{:.3f}") -> str:
    """The measure with its 95 % interval: photographs are drawn again, all that was made of each together."""
    names, place = np.unique(judged.tests.photograph, return_inverse=True)
    rows = [np.flatnonzero(place == number) for number in range(len(names))]
    draw = np.random.default_rng(2)
    values = []
    for _ in range(_RESAMPLED):
        chosen = np.concatenate([rows[number] for number in draw.integers(len(names), size=len(names))])
        values.append(measure(Judged(_two_sides(judged.tests.altered[chosen]), judged.log10[chosen])))
    low, high = np.nanpercentile(values, (2.5, 97.5))
    return f"{form.format(measure(judged))} ({form.format(low)}–{form.format(high)})"


def _two_sides(altered: NDArray[np.bool_]) -> Tests:
    """Tests of which nothing is known but the side that each is on, which is all that a measure asks for."""
    nothing = dict.fromkeys(Tests.__dataclass_fields__, np.empty(0))
    return Tests(**{**nothing, "altered": altered})  # type: ignore[arg-type]


# The card


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows), ""]
    return "\n".join(lines)


def _beginning(tests: Tests, painted: Judged) -> dict[str, str]:
    sources = sorted(set(tests.source.tolist()))
    return {
        "photographs": str(len(set(tests.photograph.tolist()))),
        "source_count": str(len(sources)),
        "source_names": ", ".join(sources),
        "tests": str(len(painted.log10)),
        "outside": f"{1 - float(tests.inside.mean()):.1%}",
    }


def _verdict(reached: bool) -> str:
    return "reached" if reached else "**missed**"


def _targets(painted: Judged) -> dict[str, str]:
    shown = painted.at("JPEG 75")
    auc, false, cost = _auc(shown), _false(shown), _cllr(shown)
    turned = max(_turned(painted, step)[0] for step in LADDER if step != "as made")
    worst = max(_misleading(shown.where(shown.tests.source == source)) for source in np.unique(shown.tests.source))
    rows = (
        ("AUC, unseen family, after JPEG 75", "≥ .97", _interval(shown, _auc), _verdict(auc >= 0.97)),
        ("false alarms (LR above 1), the same", "≤ 1 %", _interval(shown, _false, "{:.1%}"), _verdict(false <= 0.01)),
        ("Cllr, the same", "≤ .25", _interval(shown, _cllr), _verdict(cost <= 0.25)),
        ("conclusions that turn round, worst step of the ladder", "≤ 2 %", f"{turned:.1%}", _verdict(turned <= 0.02)),
        ("LR of 10 or more for the wrong side, worst source", "≤ 1 %", f"{worst:.1%}", _verdict(worst <= 0.01)),
    )
    return {
        "targets": _table(("what", "target", "measured (95 %)", ""), rows),
        "found": _interval(shown, _found, "{:.1%}"),
    }


def _shipped(tests: Tests) -> dict[str, str]:
    """The bounds that `calibrate.py` writes, and whether they leave room for a conclusion."""
    fitted = tests.where(np.isin(tests.variant, piped()) & np.isin(tests.unseen, TRAINED) & tests.inside)
    _, _, lower, upper = fit(fitted)
    if upper >= _CONCLUSIVE:
        consequence = "A ratio of 10 or more leads to a conclusion."
    else:
        consequence = (
            "So no ratio reaches the 10 from which on there is a conclusion: it is a hint to a person, no more."
        )
    return {"lower": f"{10**lower:.2g}", "upper": f"{10**upper:.2g}", "consequence": consequence}


def _families(judged: Judged) -> dict[str, str]:
    rows = []
    for family in (*TRAINED, "upscalerjs"):
        own = judged.where(judged.tests.unseen == family)
        made, sent = own.at("as made"), own.at("JPEG 75")
        piped_ = own.where(np.isin(own.tests.variant, piped()))
        rows.append(
            (
                family,
                f"{_auc(made):.3f}",
                _interval(sent, _auc),
                f"{_cllr(sent):.3f}",
                f"{_best_cllr(sent):.3f}",
                f"{_found(sent):.1%}",
                f"{_auc(piped_):.3f}",
            )
        )
    head = ("family, unseen", "AUC as made", "AUC, JPEG 75 (95 %)", "Cllr", "Cllr-min", "LR ≥ 10", "AUC, pipe")
    models = judged.at("JPEG 75")
    ordinary = ~models.tests.altered
    each = []
    for model in np.unique(models.tests.kind[models.tests.altered]):
        own = (models.tests.kind == model) & models.tests.altered
        family = models.tests.unseen[own][0]
        auc = _auc(models.where(own | (ordinary & (models.tests.unseen == family))))
        each.append((family, str(model), f"{own.sum()}", f"{auc:.3f}"))
    return {"families": _table(head, rows), "models": _table(("family", "model", "tests", "AUC"), sorted(each))}


def _same_subject(painted: Judged) -> dict[str, str]:
    shown = painted.at("JPEG 75")
    twins = shown.where(shown.tests.altered | shown.tests.twin)
    return {
        "same_subject": _wins(shown, lambda tests: tests.photograph),
        "twins": _wins(twins, lambda tests: tests.crop),
    }


def _wins(shown: Judged, same: Callable[[Tests], NDArray[np.generic]]) -> str:
    """Of all pairs of the same group, one altered and one not: how often the altered one has the higher ratio.

    With its 95 % interval: photographs are drawn again, all pairs of each together.
    """
    names, photograph = np.unique(shown.tests.photograph, return_inverse=True)
    wins, count = np.zeros(len(names)), np.zeros(len(names))
    for family in TRAINED:
        chosen = shown.tests.unseen == family
        own, of = shown.where(chosen), photograph[chosen]
        _, groups = np.unique(same(own.tests), return_inverse=True)
        order = np.argsort(groups, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
            log10, altered = own.log10[rows], own.tests.altered[rows]
            first, second = log10[altered], log10[~altered]
            wins[of[rows[0]]] += float((first[:, None] > second).sum() + (first[:, None] == second).sum() / 2)
            count[of[rows[0]]] += len(first) * len(second)
    draw = np.random.default_rng(4)
    drawn = draw.integers(len(names), size=(2000, len(names)))
    low, high = np.percentile(wins[drawn].sum(1) / count[drawn].sum(1), (2.5, 97.5))
    return f"{wins.sum() / count.sum():.1%} ({low:.1%}–{high:.1%})"


def _untouched(painted: Judged) -> dict[str, str]:
    """The figures on photographs that nothing was chosen on."""
    shown = painted.at("JPEG 75").where(painted.at("JPEG 75").tests.source == UNTOUCHED)
    return {
        "untouched": str(len(set(shown.tests.photograph.tolist()))),
        "untouched_auc": _interval(shown, _auc),
        "untouched_false": _interval(shown, _false, "{:.1%}"),
        "untouched_cllr": _interval(shown, _cllr),
    }


def _ordinary(painted: Judged) -> dict[str, str]:
    shown = painted.at("JPEG 75")
    rows = []
    for kind in np.unique(shown.tests.kind[~shown.tests.altered]):
        own = shown.log10[(shown.tests.kind == kind) & ~shown.tests.altered]
        rows.append((str(kind), f"{len(own)}", (own > 0).mean(), f"{(own >= 1).mean():.1%}"))
    rows.sort(key=lambda row: row[2], reverse=True)
    told = [(kind, count, f"{false:.1%}", high) for kind, count, false, high in rows]
    return {"ordinary": _table(("kind", "tests", "LR above 1", "LR of 10 or more"), told)}


def _sources(painted: Judged) -> dict[str, str]:
    rows = []
    for source in np.unique(painted.tests.source):
        own = painted.at("JPEG 75").where(painted.at("JPEG 75").tests.source == source)
        cost = _cllr(own)
        verdict = "out of domain" if cost >= 1 else ""
        photographs = len(set(own.tests.photograph.tolist()))
        values = (
            f"{_auc(own):.3f}",
            f"{cost:.3f}",
            f"{_best_cllr(own):.3f}",
            f"{_false(own):.1%}",
            f"{_misleading(own):.1%}",
        )
        rows.append((cost, (str(source), f"{photographs}", *values, f"{_found(own):.1%}", verdict)))
    rows.sort(key=lambda row: row[0], reverse=True)
    head = (
        "source",
        "photographs",
        "AUC",
        "Cllr",
        "Cllr-min",
        "false alarms",
        "LR ≥ 10, wrong side",
        "LR ≥ 10, right",
        "",
    )
    return {"sources": _table(head, [row for _, row in rows])}


def _turned(painted: Judged, step: str) -> tuple[float, float]:
    """Of all pictures with a conclusion as made: the shares that get the contrary one after the step, and keep it."""
    made, sent = painted.at("as made"), painted.at(step)
    key = {
        (family, picture): value
        for family, picture, value in zip(made.tests.unseen, made.tests.picture, made.log10, strict=True)
    }
    pairs = [
        (key[name], value)
        for *name_, value in zip(sent.tests.unseen, sent.tests.picture, sent.log10, strict=True)
        if (name := (name_[0], name_[1])) in key and abs(key[name]) >= _CONCLUSIVE
    ]
    turned = [before * after < 0 and abs(after) >= _CONCLUSIVE for before, after in pairs]
    kept = [before * after > 0 and abs(after) >= _CONCLUSIVE for before, after in pairs]
    return (float(np.mean(turned)), float(np.mean(kept))) if pairs else (0.0, 0.0)


def _ladder(painted: Judged) -> dict[str, str]:
    rows = []
    for step in LADDER:
        own = painted.at(step)
        if not len(own.log10):
            rows.append((step, "none in the domain", "", "", "", "", ""))
            continue
        turned, kept = _turned(painted, step)
        changes = ("", "") if step == "as made" else (f"{turned:.1%}", f"{kept:.1%}")
        values = (f"{_auc(own):.3f}", f"{_cllr(own):.3f}", f"{_false(own):.1%}", f"{_found(own):.1%}")
        rows.append((step, *values, *changes))
    head = ("step", "AUC", "Cllr", "false alarms", "LR ≥ 10, right", "turned round", "kept")
    return {"ladder": _table(head, rows)}


def _baseline(painted: Judged) -> dict[str, str]:
    """A rule that sees no pixels: sizes alone, fitted on the other folds."""
    shown = painted.where(np.isin(painted.tests.variant, piped()))
    sizes = shown.tests.size_px.astype(float)
    columns = [np.log(sizes), *((sizes % each == 0) for each in (2, 8, 16, 64))]
    values = np.concatenate([np.asarray(each, float) for each in columns], axis=1)
    told = np.zeros(len(values))
    for fold in np.unique(shown.tests.fold):
        own = shown.tests.fold == fold
        rule = LogisticRegression(max_iter=1000, class_weight="balanced").fit(values[~own], shown.tests.altered[~own])
        told[own] = rule.decision_function(values[own])
    return {"baseline": f"{_auc(Judged(shown.tests, told)):.3f}", "piped": f"{_auc(shown):.3f}"}


if __name__ == "__main__":
    main()
