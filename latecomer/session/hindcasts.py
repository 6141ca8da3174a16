"""The hindcast of a study: what its fit to a cut-off foresees, and what the bands of that hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latecomer.calibrate.bands import LEVEL
from latecomer.calibrate.crps import Coverage, coverage
from latecomer.calibrate.hindcast import HindcastScore, Pooled, pooled
from latecomer.calibrate.predictive import figures_of, law_of, on_scale, predictive_probability, runs_of
from latecomer.calibrate.score import FEWEST
from latecomer.faults import refuse
from latecomer.session.breakdown_runs import past_sizes
from latecomer.session.evidence import save_evidence
from latecomer.session.foretold import Foretold, foretell, judged
from latecomer.session.progress import Progress, silent
from latecomer.session.weights import early_fit
from latecomer.study.run_spec import REFERENCE
from latecomer.study.study import Study
from latecomer.study.targets import Target

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Held:
    """How many of `n` later figures lie in the 80 % band whose width the errors up to the cut-off have.

    `stated`: how many lie in the band with the size of error of the fit, which is that of yearly changes.
    """

    country: str
    series: str
    inside: int
    stated: int
    n: int


@dataclass(frozen=True)
class Hindcast:
    """The fit to a cut-off held against the years after it, up to `end`."""

    fit: str
    variant: str
    cut_off: int
    end: int
    scores: tuple[HindcastScore, ...]
    held: tuple[Held, ...]

    @property
    def pooled(self) -> list[Pooled]:
        """Errors over countries, beside the naive forecasts."""
        return pooled(self.scores)

    def coverage(self, series: str | None = None) -> Coverage | None:
        """The share of later figures within their bands, of one series or all; None without a figure."""
        return _share([one for one in self.held if series in (None, one.series)])

    def as_dict(self) -> dict[str, Any]:
        """The hindcast as plain data."""
        names = dict.fromkeys(one.series for one in self.held)
        shares = {name: self.coverage(name) for name in [*names, None]}
        return {
            "fit": self.fit,
            "variant": self.variant,
            "until": self.cut_off,
            "end": self.end,
            "pooled": [one.as_dict() for one in self.pooled],
            "countries": [one.as_dict() for one in self.scores],
            "coverage": {name or "all": asdict(one) for name, one in shares.items() if one is not None},
            "bands": [asdict(one) for one in self.held],
        }


def hindcast(
    study: Study,
    cut_off: int | None = None,
    end: int | None = None,
    variant: str | None = None,
    progress: Progress = silent,
) -> Hindcast:
    """What the fit of a variant to a cut-off foresees, by default of the variant of the reference fit.

    `cut_off`, `end`: by default those of the study's forecast.

    Raises InputError, with the command to make it, where there is no such fit; for a stale one; and for a
    study without such a variant.
    """
    cut_off, end = study.outcomes.cutoff(cut_off, "hindcast"), study.outcomes.end(end, "hindcast")
    name, fit_name = with_fit(study, variant)
    fit = early_fit(study, name, fit_name, cut_off)
    fit.refuse_stale(study)
    progress(f"hindcast from {cut_off}", 0, 1)
    told = foretell(study, fit, cut_off, end, name)
    found = Hindcast(
        fit.name, name, cut_off, end, tuple(told.scores(study)), tuple(held_figures(study, told))
    )
    progress(f"hindcast from {cut_off}", 1, 1)
    return found


def save_hindcast(study: Study, found: Hindcast) -> Path:
    """Keep a hindcast with the hashes of what it was made from."""
    fit = study.fits[found.fit]
    return save_evidence(study, f"hindcast-{found.cut_off}", found.as_dict(), fit.countries, [fit])


def with_fit(study: Study, variant: str | None = None) -> tuple[str, str]:
    """The name of a variant and of its fit, by default of the variant of the reference fit.

    Raises InputError for an unknown variant, and for one without a fit.
    """
    chosen = study.variants.of_fit(REFERENCE) if variant is None else study.variants[variant]
    if chosen is None or chosen.fit is None:
        place = "variants" if variant is None else f"variant '{variant}'"
        got = f"none with the fit '{REFERENCE}'" if variant is None else "no fit"
        raise refuse(place, got, "a variant with a fit", "name its fit in model/variants.toml")
    return chosen.name, chosen.fit


def held_figures(study: Study, told: Foretold) -> Iterator[Held]:
    """How many later figures of each series lie in the bands that the errors up to the cut-off give.

    size[d] = level_sizes of figures less draw d up to the cut-off;  inside: |p[t] - 1/2| <= 0.4

    p: of `predictive_probability`. Series with fewer than five figures before or after are left out.
    """
    names = judged(study)
    for iso3, runs in told.runs.items():
        sizes = past_sizes(study, iso3, runs, told.cut_off)
        for target in study.targets.targets:
            if target.series in sizes and (names is None or target.series in names):
                pair = (sizes[target.series], told.sizes[iso3].get(target.series, target.scale(iso3)))
                one = _held(study, iso3, target, told, pair)
                if one is not None:
                    yield one


def _held(
    study: Study, iso3: str, target: Target, told: Foretold, sizes: tuple[float | Floats, float | Floats]
) -> Held | None:
    first, last = target.years(iso3, study.targets.window)
    span, runs = (max(first, told.cut_off + 1), min(last, told.end)), told.runs[iso3]
    years, figures = figures_of(study.observations, iso3, target, runs, *span)
    if len(years) < FEWEST:
        return None
    on, law = target.error.on, law_of(target)
    drawn, actual = on_scale(runs_of(runs, target, years), on), on_scale(figures, on)
    inside = [
        int(np.sum(np.abs(predictive_probability(actual, drawn, one, law) - 0.5) <= 0.5 * LEVEL))
        for one in sizes
    ]
    return Held(iso3, target.series, inside[0], inside[1], len(years))


def _share(rows: list[Held]) -> Coverage | None:
    if not rows:
        return None
    return coverage(np.concatenate([np.arange(one.n) < one.inside for one in rows]))
