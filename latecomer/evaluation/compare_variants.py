"""Rival variants weighed by what they foresee: fits to a cut-off, held against the years after it.

Also here:
- Weights of rival variants by what they said of figures that they had not seen: a point counts as often as a
  sample of countries has it, for which the stacking of ArviZ has no place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import softmax

from latecomer.errors import refuse
from latecomer.evaluation.hindcast import HindcastScore, Pooled, foretell, pooled
from latecomer.runs.executor import Progress, silent
from latecomer.study.fits import Fit, fit_at_cutoff
from latecomer.study.study import Study

Floats = NDArray[np.float64]

CLOSE = 1e-9
"""The mean log score can gain no more than this by other weights where the search ends."""

MOST_EXCHANGES = 1000

LEAST = np.finfo(float).tiny


@dataclass(frozen=True, slots=True)
class Weight:
    """The weight of one variant by stacking, with its interval over countries, and by pseudo-BMA+.

    `low`, `high`: the percentile interval of a bootstrap over the `countries`; `score`: the variant's own sum
    of log scores over `points` figures.
    """

    variant: str
    weight: float
    low: float
    high: float
    pseudo_bma: float
    score: float
    points: int
    countries: int

    def as_dict(self) -> dict[str, Any]:
        """The weight as plain data."""
        return asdict(self)


def stacking_weights(log_scores: Floats, counts: Floats | None = None) -> Floats:
    """Weights of the mixture with the best log score on figures held out, shape (variants,).

    max over w of sum over i of counts[i] * log(sum over k of w[k] * exp(log_scores[k, i]));  w >= 0, sum 1

    `log_scores`: log densities, higher is better, shape (variants, points); `counts`: how often a point
    counts, once by default. The sum is concave in w: a sequential quadratic search, then exchanges of weight
    between two variants, until no other weights gain 1e-9 a point. Variants that agree everywhere get the
    same weight. Raises InputError as `check_scores` does. Sources: Yao, Vehtari, Simpson and Gelman (2018),
    Bayesian Analysis 13, equation 4; the exchange: Boehning (1986), Metrika 33.

    >>> sure = np.array([[0.0, 0.0, 0.0, -np.inf], [-np.inf, -np.inf, -np.inf, 0.0]])
    >>> stacking_weights(sure).round(6).tolist()  # each is right where the other is not, 3 times to 1
    [0.75, 0.25]
    """
    check_scores(log_scores)
    share = np.ones(log_scores.shape[1]) if counts is None else np.asarray(counts, dtype=np.float64)
    share = share / share.sum()
    density = np.exp(log_scores - log_scores.max(axis=0))

    def loss(w: Floats) -> tuple[float, Floats]:
        mixture = np.maximum(w @ density, LEAST)
        return -float(share @ np.log(mixture)), -(density @ (share / mixture))

    return np.asarray(_alike(density) @ _exchanged(_on_simplex(loss, len(density)), density, share))


def pseudo_bma_weights(
    log_scores: Floats, groups: Sequence[str] | None = None, draws: int = 1000, seed: int = 0
) -> Floats:
    """Pseudo-BMA+ weights, shape (variants,): Akaike-like weights averaged over a Bayesian bootstrap.

    z[k, g] = G * sum over i in g of log_scores[k, i]
    w[k] = mean over b of softmax over k of alpha[b] . z[k];  alpha[b]: Dirichlet(1, ..., 1) over the G groups

    `groups`: the country of each point, each point its own by default; figures within a country are not
    exchangeable, countries are. Raises InputError as `check_scores` does. Source: Yao, Vehtari, Simpson and
    Gelman (2018), section 3.4, with groups in the place of points.

    >>> pseudo_bma_weights(np.log([[0.3], [0.1]])).round(9).tolist()  # one point: as the densities
    [0.75, 0.25]
    """
    check_scores(log_scores)
    names = [str(i) for i in range(log_scores.shape[1])] if groups is None else groups
    # a variant that excludes a figure that came has no weight where that figure counts at all
    finite = np.maximum(log_scores, -1e6)
    sums = finite @ _members(names)
    count = sums.shape[1]
    alpha = np.random.default_rng(seed).dirichlet(np.ones(count), draws)
    return np.asarray(softmax(count * alpha @ sums.T, axis=1).mean(axis=0))


def weigh(
    variants: Sequence[str],
    log_scores: Floats,
    countries: Sequence[str],
    draws: int = 500,
    level: float = 0.9,
    seed: int = 0,
) -> list[Weight]:
    """The weight of each variant, with an interval over countries and a second opinion.

    `log_scores`: of figures held out, shape (variants, points); `countries`: of each point. The interval is
    that of the weights in `draws` samples of countries with replacement: figures within a country are
    autocorrelated and go together. Raises InputError as `check_scores` does, for names that do not match
    the scores, and for one country alone.
    """
    check_scores(log_scores)
    if log_scores.shape != (len(variants), len(countries)):
        got = f"scores of shape {log_scores.shape}"
        expected = f"{len(variants)} variants by {len(countries)} points"
        raise refuse("stacking", got, expected, "give each point its country")
    members = _members(countries)
    count = members.shape[1]
    if count < 2:
        raise refuse("stacking", f"{count} country", "two at least", "score more countries")
    generator = np.random.default_rng(seed)
    samples = generator.multinomial(count, np.full(count, 1.0 / count), draws)
    again = np.stack([stacking_weights(log_scores, members @ sample) for sample in samples])
    interval = np.quantile(again, [0.5 - level / 2.0, 0.5 + level / 2.0], axis=0)
    pseudo = pseudo_bma_weights(log_scores, countries, seed=seed)
    columns = (stacking_weights(log_scores), *interval, pseudo, log_scores.sum(axis=1))
    rows = np.stack(columns, axis=1).tolist()
    return [
        Weight(name, weight, low, high, other, score, len(countries), count)
        for name, (weight, low, high, other, score) in zip(variants, rows, strict=True)
    ]


def check_scores(log_scores: Floats) -> None:
    """Raises InputError for scores that are no log densities of (variants, points).

    Refused are other shapes, scores that are not numbers or infinite, and a figure that is impossible to all.
    """
    if log_scores.ndim != 2 or 0 in log_scores.shape:
        got = f"scores of shape {log_scores.shape}"
        raise refuse("stacking", got, "variants by points", "score a figure with each variant")
    if np.isnan(log_scores).any() or np.any(log_scores == np.inf):
        got = "a log score that is not a number or without bound"
        raise refuse("stacking", got, "log densities", "leave the figure out, for every variant")
    if np.any(log_scores.max(axis=0) == -np.inf):
        got = "a figure that no variant thinks possible"
        raise refuse("stacking", got, "a density above nought of one at least", "widen the errors")


def _on_simplex(loss: Callable[[Floats], tuple[float, Floats]], variants: int) -> Floats:
    if variants == 1:
        return np.ones(1)
    found = minimize(  # type: ignore[call-overload]  # its stubs know no constraint with a gradient
        loss,
        np.full(variants, 1.0 / variants),
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * variants,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0, "jac": np.ones_like},
        options={"ftol": 1e-12, "maxiter": 200},
    )
    weights = np.clip(found.x, 0.0, 1.0)
    return np.asarray(weights / weights.sum())


def _exchanged(weights: Floats, density: Floats, share: Floats) -> Floats:
    """The weights after exchanges from the variant that gains least by weight to the one that gains most."""
    for _ in range(MOST_EXCHANGES):
        mixture = np.maximum(weights @ density, LEAST)
        gain = density @ (share / mixture)
        to, source = int(np.argmax(gain)), int(np.argmin(np.where(weights > 0.0, gain, np.inf)))
        if gain[to] - 1.0 < CLOSE:  # by concavity the bound of what is left to gain
            break
        change = density[to] - density[source]

        def slope(step: float, mixture: Floats = mixture, change: Floats = change) -> float:
            return float(share @ (change / np.maximum(mixture + step * change, LEAST)))

        most = float(weights[source])
        step = most if slope(most) >= 0.0 else float(brentq(slope, 0.0, most, xtol=1e-15))
        weights = weights.copy()
        weights[to] += step
        weights[source] = most - step
    return np.asarray(weights / weights.sum())


def _members(groups: Sequence[str]) -> Floats:
    """Whether each point is in each group, shape (points, groups)."""
    names = sorted(set(groups))
    return np.array([[float(group == name) for name in names] for group in groups])


def _alike(density: Floats) -> Floats:
    """Shares the weight of variants that agree everywhere, shape (variants, variants)."""
    same = (density[:, None, :] == density[None, :, :]).all(axis=2).astype(np.float64)
    return np.asarray(same / same.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class VariantForecast:
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
    foreseen: tuple[VariantForecast, ...]

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
    under the name of `name_at_cutoff`. Raises InputError where one has none, or a stale one, and for fewer
    than two variants.
    """
    cut_off, end = study.outcomes.cutoff(cut_off, "variants"), study.outcomes.end(end, "variants")
    rivals = {name: one.fit for name, one in study.variants.items() if one.fit is not None}
    if len(rivals) < 2:
        cure = "add variants with fits to model/variants.toml"
        raise refuse("variants", f"{len(rivals)} with a fit", "two at least", cure)
    foreseen = []
    for number, (name, fit) in enumerate(rivals.items()):
        progress(f"hindcast of {name}", number, len(rivals))
        foreseen.append(
            forecast_variant(study, name, fit_at_cutoff(study.fits, name, fit, cut_off), cut_off, end)
        )
    common = set.intersection(*(set(one.log_scores) for one in foreseen))
    points = sorted(common)
    table = np.array([[one.log_scores[point] for point in points] for one in foreseen])
    weights = weigh([one.variant for one in foreseen], table, [point[0] for point in points])
    progress("variants weighed", len(rivals), len(rivals))
    return Weighing(cut_off, end, tuple(weights), tuple(foreseen))


def forecast_variant(study: Study, variant: str, fit: Fit, cut_off: int, end: int) -> VariantForecast:
    """What a fit to a cut-off says of the years after it, by draws of its fast approximation.

    By the series that a hindcast is judged by, or by all targets of a study that has none of these. Raises
    InputError for a stale fit, and where no draw of a country has a finite run.
    """
    fit.refuse_stale(study)
    forecast = foretell(study, fit, cut_off, end, variant)
    return VariantForecast(variant, tuple(forecast.scores(study)), forecast.log_scores(study))
