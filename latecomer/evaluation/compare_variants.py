"""Rival variants weighed by what they foresee: fits to a cut-off, held against the years after it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from latecomer.errors import refuse
from latecomer.evaluation.hindcast import HindcastScore, Pooled, foretell, pooled
from latecomer.evaluation.stacking import Weight, weigh
from latecomer.runs.executor import Progress, silent
from latecomer.study.fits import Fit, early_fit
from latecomer.study.study import Study


@dataclass(frozen=True)
class Foreseen:
    """What one variant's fit to a cut-off says of the years after it."""

    variant: str
    scores: tuple[HindcastScore, ...]
    log_scores: dict[tuple[str, str, int], float]

    @property
    def pooled(self) -> list[Pooled]:
        """Errors over countries, beside the naive forecasts."""
        return pooled(self.scores)


@dataclass(frozen=True)
class Weighing:
    """The weights of the variants, and what each foresaw."""

    cut_off: int
    end: int
    weights: tuple[Weight, ...]
    foreseen: tuple[Foreseen, ...]

    def as_dict(self) -> dict[str, Any]:
        """The weighing as plain data."""
        return {
            "until": self.cut_off,
            "end": self.end,
            "weights": [asdict(one) for one in self.weights],
            "hindcast": {one.variant: [row.as_dict() for row in one.pooled] for one in self.foreseen},
        }


def weigh_variants(
    study: Study, cut_off: int | None = None, end: int | None = None, progress: Progress = silent
) -> Weighing:
    """The rival variants of a study by their log scores of figures after `cut_off`, up to `end`.

    Without these years those of the study's forecast are taken. Each variant needs a fit to that cut-off,
    under the name of `early_name`. Raises InputError where one has none, or a stale one, and for fewer than
    two variants.
    """
    cut_off, end = study.outcomes.cutoff(cut_off, "variants"), study.outcomes.end(end, "variants")
    rivals = {name: one.fit for name, one in study.variants.items() if one.fit is not None}
    if len(rivals) < 2:
        cure = "add variants with fits to model/variants.toml"
        raise refuse("variants", f"{len(rivals)} with a fit", "two at least", cure)
    foreseen = []
    for number, (name, fit) in enumerate(rivals.items()):
        progress(f"hindcast of {name}", number, len(rivals))
        foreseen.append(foresee(study, name, early_fit(study, name, fit, cut_off), cut_off, end))
    common = set.intersection(*(set(one.log_scores) for one in foreseen))
    points = sorted(common)
    table = np.array([[one.log_scores[point] for point in points] for one in foreseen])
    weights = weigh([one.variant for one in foreseen], table, [point[0] for point in points])
    progress("variants weighed", len(rivals), len(rivals))
    return Weighing(cut_off, end, tuple(weights), tuple(foreseen))


def foresee(study: Study, variant: str, fit: Fit, cut_off: int, end: int) -> Foreseen:
    """What a fit to a cut-off says of the years after it, by draws of its fast approximation.

    By the series that a hindcast is judged by, or by all targets of a study that has none of these. Raises
    InputError for a stale fit, and where no draw of a country has a finite run.
    """
    fit.refuse_stale(study)
    told = foretell(study, fit, cut_off, end, variant)
    return Foreseen(variant, tuple(told.scores(study)), told.log_scores(study))
