"""The breakdown of a study as an event: how likely draws of a fit make it, when, and how deep it goes.

Also here:
- Who was struck and when, by the catalogues of a study: read to score a forecast, never to make one.
- Rules of thumb for who will break down: ratios of the last figures before a cut-off, without any model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import jax
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import logit, logsumexp
from scipy.stats import norm

from latecomer.errors import refuse
from latecomer.evaluation.classification import ranks
from latecomer.inference.predictive import paths
from latecomer.inference.problem import SCHEME, STEP, Problem

if TYPE_CHECKING:
    import pandas as pd

    from latecomer.data.observations import Observations
    from latecomer.simulate import Model
    from latecomer.study.outcome_tables import Record, Rule, Term, ThresholdEvent
    from latecomer.study.outcomes import Outcomes
    from latecomer.study.study import Study


Floats = NDArray[np.float64]

EDGE = 1e-4

NARROWEST = 0.05
"""Least width of the kernel, in logits: where draws agree to rounding a probability stays within 0 to 1."""


@dataclass(frozen=True)
class CreditLoss:
    """What the finite draws of a fit make of the variable of the event in one country.

    `probability`: that its lowest value of the window is below the level; `median_year`: of the fall, None
    where fewer than half of the draws fall. `lowest`: within the window, shape (draws,); `access`: shape
    (draws, years), over `years`, the whole run up to the end of the window; in the unit of the variable.
    """

    iso3: str
    probability: float
    median_year: int | None
    lowest: Floats
    years: NDArray[np.int64]
    access: Floats
    event: ThresholdEvent

    @property
    def log_odds(self) -> float:
        """The logarithm of the odds of a loss, which tells countries apart where probabilities round to 1."""
        below, above = loss_logs(self.lowest, self.event)
        return below - above


def runs_of_draws(
    study: Study, problem: Problem, variables: Sequence[str], draws: Floats
) -> dict[str, xr.Dataset]:
    """The runs of draws as `paths` makes them, of any variables of the model, not of the targets' alone.

    Over (draw, time), from the first year of each country. Raises InputError for an unknown variable.
    """
    names = list(variables)
    groups = [
        replace(group, simulate=_simulator(study.model, tuple(names), group.axis, tuple(group.tables)))
        for group in problem.groups
    ]
    first_years = {iso3: int(study.countries[iso3].window.start) for iso3 in problem.layout.countries}
    return paths(replace(problem, groups=tuple(groups)), names, first_years, draws)


@lru_cache(maxsize=4)
def _simulator(
    model: Model, names: tuple[str, ...], axis: tuple[float, float], tables: tuple[str, ...]
) -> Any:
    """Runs of countries side by side with other outputs; the same one for the same question."""
    grids = dict.fromkeys(tables, np.arange(axis[0], axis[1] + 1.0))
    return jax.vmap(model.simulator(STEP, *axis, 1.0, names, SCHEME, grids, 0.0))


def credit_loss(iso3: str, runs: xr.DataArray, event: ThresholdEvent, window: tuple[int, int]) -> CreditLoss:
    """The event in runs of its variable over (draw, time), yearly; see `loss_probability`.

    The year of a fall is the first of the window below the level, its median the lower one of two. Raises
    InputError where no draw is finite up to the end of the window, and for runs that end before it.

    >>> from latecomer.study.outcomes import ThresholdEvent
    >>> half = ThresholdEvent(variable="access", below=0.5, scale="logit")
    >>> years = {"time": [1980.0, 1981.0, 1982.0]}
    >>> fell = xr.DataArray([[0.9, 0.4, 0.6], [0.9, 0.8, 0.3], [0.9, 0.2, 0.2]], years, ["draw", "time"])
    >>> credit_loss("AAA", fell, half, (1980, 1982)).median_year
    1981
    """
    kept = runs.transpose("draw", "time").sel(time=slice(None, window[1]))
    years = kept["time"].to_numpy().astype(np.int64)
    if not len(years) or years[-1] < window[1]:
        cure = "let the runs go on through the window"
        raise refuse(
            f"{iso3}, {event.variable}", "runs that end before it", f"runs through {window[1]}", cure
        )
    access = kept.to_numpy().astype(np.float64)
    access = access[np.isfinite(access).all(axis=1)]
    if not len(access):
        got = f"no finite run of {iso3} in {runs.sizes['draw']} draws"
        raise refuse(event.variable, got, "one at least", "fit again from other starts")
    inside = years >= window[0]
    within = access[:, inside]
    below = within < event.below
    falls = years[inside][below.argmax(axis=1)][below.any(axis=1)]
    median = int(np.quantile(falls, 0.5, method="lower")) if 2 * len(falls) >= len(access) else None
    lowest = within.min(axis=1)
    return CreditLoss(iso3, loss_probability(lowest, event), median, lowest, years, access, event)


def loss_probability(lowest: Floats, event: ThresholdEvent) -> float:
    """The probability that the lowest value is below the level, told smoothly by some draws of it.

    probability = mean over draws of Phi((g(level) - g(lowest)) / width)
    width = max(NARROWEST, .9 * min(sd, interquartile range / 1.34) * draws ** (-1/5)), of g(lowest)

    g: on a logit scale that of the share, held within EDGE and 1 - EDGE; else the value itself. A count of
    draws would tie countries at 0 and 1, however deep they fall or how far off they stay; a kernel estimate
    of the distribution does not. `lowest`: shape (draws,), in the unit of the variable. Sources: Nadaraya
    (1964), Theory of Probability and its Applications 9; Silverman (1986), Density Estimation, equation 3.31.

    >>> from latecomer.study.outcomes import ThresholdEvent
    >>> half = ThresholdEvent(variable="access", below=0.5, scale="logit")
    >>> loss_probability(np.array([0.5]), half)
    0.5
    >>> round(loss_probability(np.array([0.2, 0.8]), half), 9)  # as far below as above
    0.5
    """
    return float(np.exp(loss_logs(lowest, event)[0]))


def loss_logs(lowest: Floats, event: ThresholdEvent) -> tuple[float, float]:
    """The logarithms of the probability of a loss and of none, see `loss_probability`.

    >>> from latecomer.study.outcomes import ThresholdEvent
    >>> half = ThresholdEvent(variable="access", below=0.5, scale="logit")
    >>> below, above = loss_logs(np.full(9, 0.01), half)
    >>> round(float(np.exp(below)), 9), above < -1e3  # as good as certain, yet not beyond all comparison
    (1.0, True)
    """
    share = event.scale == "logit"
    deep = np.asarray(logit(np.clip(lowest, EDGE, 1.0 - EDGE))) if share else np.asarray(lowest)
    level = logit(event.below) if share else event.below
    spread = deep.std(ddof=1) if len(deep) > 1 else 0.0
    quarters = np.quantile(deep, [0.25, 0.75])
    width = 0.9 * min(spread, (quarters[1] - quarters[0]) / 1.34) * len(deep) ** -0.2
    # draws that agree to rounding: the width is that of logits, or a part of the level itself
    narrowest = NARROWEST if share else max(NARROWEST * abs(event.below), EDGE)
    off = (level - deep) / max(narrowest, float(width))
    below, above = (logsumexp(one) - np.log(len(deep)) for one in (norm.logcdf(off), norm.logsf(off)))
    return float(min(below, 0.0)), float(min(above, 0.0))


def ordered(losses: Mapping[str, CreditLoss]) -> list[CreditLoss]:
    """Losses from the likeliest down, and by name where they tie."""
    return sorted(losses.values(), key=lambda one: (-one.log_odds, one.iso3))


@dataclass(frozen=True, slots=True)
class Event:
    """What one source says of a country: the first `year` of an event that begins in the window, or None.

    `known`: whether the source has figures of it; `before`: whether it has the country in that state in a
    year before the window, from the year on that the record names.
    """

    year: int | None
    known: bool
    before: bool

    @property
    def label(self) -> int | None:
        """1 with an event within the window, 0 without one, None where the source is silent."""
        return int(self.year is not None) if self.known else None


def events(
    observations: Observations, iso3: str, outcomes: Outcomes, window: tuple[int, int]
) -> dict[str, Event]:
    """The event of a country by each catalogue of a study; none without a record."""
    return {
        source: event(observations, iso3, source, outcomes.record, window)
        for source in outcomes.record.catalogues
    }


def event(
    observations: Observations, iso3: str, source: str, record: Record, window: tuple[int, int]
) -> Event:
    """The event of a country by a catalogue of the record.

    year = first year of the window in that state, whose year before is not

    A country is known where every year of the window has a figure, or one has an event.

    >>> import pandas as pd
    >>> from latecomer.data.observations import Observations
    >>> from latecomer.study.outcome_tables import Catalogue, Record
    >>> rows = [
    ...     dict(iso3="AAA", variable="defaults", year=year, value=float(year in (1978, 1979, 1982)))
    ...     for year in range(1975, 1987)
    ... ]
    >>> record = Record(since=1978, catalogues={"one": Catalogue(series="defaults", name="One")})
    >>> event(Observations(pd.DataFrame(rows)), "AAA", "one", record, (1980, 1986))
    Event(year=1982, known=True, before=True)
    """
    variable = record.catalogues[source].series
    if iso3 not in observations.countries() or variable not in observations.variables(iso3):
        return Event(None, known=False, before=False)
    first, last = window
    series = observations.series(iso3, variable)
    state = series.reindex(range(first - 1, last + 1)).to_numpy(dtype=float)
    onset = (state[1:] > 0.0) & ~(state[:-1] > 0.0)
    year = first + int(onset.argmax()) if onset.any() else None
    known = year is not None or bool(np.isfinite(state[1:]).all())
    return Event(year, known, bool((series.loc[record.since : first - 1] > 0.0).any()))


YEARS: Final = 3
"""The years up to the cut-off whose mean a rule looks at."""


def rules_of_thumb(
    known: Observations, countries: Sequence[str], until: int, rules: Mapping[str, Rule]
) -> dict[str, dict[str, float]]:
    """The score of each country by each rule, higher for more risk; a country without a figure is left out.

    Means of the figures of the three years up to `until`, of as many as there are. `known`: observations,
    best cut at `until`. The ranks of a rule of several terms are among the countries that have all of them.

    >>> import pandas as pd
    >>> from latecomer.data.observations import Observations
    >>> from latecomer.study.outcome_tables import Rule, Term
    >>> rows = [
    ...     dict(iso3=iso3, variable=name, year=1979, value=value)
    ...     for iso3, name, value in [("AAA", "debt", 0.4), ("AAA", "exports", 0.1), ("BBB", "debt", 0.3)]
    ... ]
    >>> rules = {
    ...     "ratio": Rule(says="", terms=(Term(series="debt", over="exports"),)),
    ...     "debt": Rule(says="", terms=(Term(series="debt"),)),
    ... }
    >>> found = rules_of_thumb(Observations(pd.DataFrame(rows)), ["AAA", "BBB"], 1979, rules)
    >>> found["ratio"], found["debt"]
    ({'AAA': 4.0}, {'AAA': 0.4, 'BBB': 0.3})
    """
    return {name: score(known, countries, until, rule) for name, rule in rules.items()}


def score(known: Observations, countries: Sequence[str], until: int, rule: Rule) -> dict[str, float]:
    """The score of each country by one rule: its term, or the sum of the ranks of its terms."""
    each = [term_values(known, countries, until, term) for term in rule.terms]
    if len(each) == 1:
        return each[0]
    both = [iso3 for iso3 in each[0] if all(iso3 in one for one in each)]
    places = [ranks([one[iso3] for iso3 in both]) for one in each]
    return {iso3: float(sum(one[k] for one in places)) for k, iso3 in enumerate(both)}


def term_values(known: Observations, countries: Sequence[str], until: int, term: Term) -> dict[str, float]:
    """A term of each country that has its figures, higher for more risk."""
    if term.per is not None:
        found = ratios(known, countries, term.series, term.per, until)
    else:
        found = means(known, countries, term.series, until)
    if term.over is not None:
        under = means(known, countries, term.over, until)
        found = {one: value / under[one] for one, value in found.items() if under.get(one, 0.0) > 0.0}
    return {one: -value for one, value in found.items()} if term.less else found


def means(known: Observations, countries: Sequence[str], variable: str, until: int) -> dict[str, float]:
    """The mean of the figures of a variable in the years up to `until`, for the countries that have one."""
    found = {iso3: _latest(known, iso3, variable, until) for iso3 in countries}
    return {iso3: float(figures.mean()) for iso3, figures in found.items() if len(figures)}


def ratios(
    known: Observations, countries: Sequence[str], variable: str, per: str, until: int
) -> dict[str, float]:
    """The mean of the yearly ratio of two variables in the years up to `until`."""
    found = {}
    for iso3 in countries:
        above, below = (_latest(known, iso3, name, until) for name in (variable, per))
        each = (above / below).dropna()
        if len(each):
            found[iso3] = float(each.mean())
    return found


def _latest(known: Observations, iso3: str, variable: str, until: int) -> pd.Series[float]:
    import pandas as pd

    if iso3 not in known.countries() or variable not in known.variables(iso3):
        return pd.Series(dtype="float64")
    return known.series(iso3, variable, until).loc[until - YEARS + 1 :]
