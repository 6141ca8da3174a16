"""What the 80 % bands of a fit cover: from its posterior, or from the fast approximation without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from latecomer.inference.bands import LEVEL, BandScore, pooled_coverage, stated_coverage
from latecomer.inference.identifiability import problem_of
from latecomer.inference.laplace import approximate, coordinates
from latecomer.inference.posterior import bands_of, draws_of, posterior_file
from latecomer.runs.executor import Progress, silent
from latecomer.runs.results import save_evidence
from latecomer.study.fits import Fit
from latecomer.study.run_spec import REFERENCE, needed_fit
from latecomer.study.study import Study

DRAWS = 200
POSTERIOR, APPROXIMATION = "posterior", "fast approximation"


@dataclass(frozen=True)
class BandCoverage:
    """The share of figures within the bands of their series: of all, by country and by series.

    `source`: whose draws the bands are of. The size of a figure's error is learned from the other half of the
    years; `stated`: the share with the sizes of the fit, which are those of changes from year to year.
    """

    source: str
    draws: int
    level: float
    share: float
    stated: float
    figures: int
    by_country: dict[str, float]
    by_series: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """The coverage as plain data."""
        return asdict(self)


def coverage_of_fit(
    study: Study, fit: Fit | str = REFERENCE, draws: int = DRAWS, seed: int = 0, tell: Progress = silent
) -> BandCoverage:
    """What the bands of a fit cover of the figures that it was fitted to.

    The draws kept beside the fit where it has a posterior, else `draws` of the fast approximation, told by
    the seed. Raises InputError for a stale fit, and for one of which no draw has a finite run.
    """
    fit = needed_fit(study, fit)
    problem = problem_of(study, fit)
    kept = posterior_file(study, fit).is_file()
    tell("draws of the posterior", 0, 2)
    if kept:
        points = draws_of(study, fit)
    else:
        points = approximate(problem, coordinates(problem.layout, fit)).draws(seed, draws)
    tell("runs of the draws", 1, 2)
    scores = bands_of(study, problem, points, fit.until)
    tell("runs of the draws", 2, 2)
    return summed(scores, POSTERIOR if kept else APPROXIMATION, len(points))


def save_coverage(study: Study, fit: Fit, found: BandCoverage) -> Path:
    """Keep a coverage with the hashes of what it was made from."""
    return save_evidence(study, f"coverage-{fit.name}", found.as_dict(), fit.countries, [fit])


def summed(scores: Sequence[BandScore], source: str, draws: int) -> BandCoverage:
    """The coverage of some bands, over all of their figures.

    >>> one = BandScore("KOR", "log output", 0.8, 0.8, 0.28, 0.99, 4, 5, 1980, 1984, 0.1)
    >>> two = BandScore("BRA", "log output", 0.8, 0.4, 0.05, 0.85, 2, 5, 1980, 1984, 0.1)
    >>> found = summed([one, two], "posterior", 8)
    >>> found.share, found.by_country, found.by_series
    (0.6, {'BRA': 0.4, 'KOR': 0.8}, {'log output': 0.6})
    """
    whole = pooled_coverage(scores)
    by_country, by_series = (_shares(scores, name) for name in ("country", "series"))
    return BandCoverage(
        source, draws, LEVEL, whole.share, stated_coverage(scores), whole.n, by_country, by_series
    )


def _shares(scores: Sequence[BandScore], by: str) -> dict[str, float]:
    groups = sorted({str(getattr(one, by)) for one in scores})
    return {name: pooled_coverage(s for s in scores if getattr(s, by) == name).share for name in groups}
