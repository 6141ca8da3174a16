"""What the rules for country files read, figures of a country from its first year on, and how they answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from latecomer.data.observations import Observations
from latecomer.errors import refuse
from latecomer.study.parameters import Parameter, Prior

EARTH_RADIUS = 6371.0
REACH = 4.0
DIGITS = 6
NEEDED_FIRST = (
    "output",
    "capital",
    "employment",
    "human capital",
    "exports/output",
    "imports/output",
    "investment/output",
    "output at current dollars",
)


@dataclass(frozen=True)
class Figures:
    """The observations of a country whose runs begin in `start` and end in `end`."""

    observed: Observations
    iso3: str
    start: int
    end: int

    def series(self, variable: str) -> pd.Series[float]:
        """All figures of a variable by year; an empty series where the country has none."""
        if self.iso3 not in self.observed.countries() or variable not in self.observed.variables(self.iso3):
            return pd.Series(dtype=float)
        return self.observed.series(self.iso3, variable)

    def later(self, variable: str, first: int | None = None) -> pd.Series[float]:
        """The figures from the year `first` on, by default the first year of the runs."""
        figures = self.series(variable)
        return figures[figures.index >= (self.start if first is None else first)]

    def first(self, variable: str) -> tuple[int, float] | None:
        """Year and figure that come first from the start on, or nothing."""
        figures = self.later(variable)
        return None if figures.empty else (int(figures.index[0]), float(figures.iloc[0]))

    def at_start(self, variable: str) -> float:
        """The figure of the first year. Raises InputError when there is none."""
        figures = self.series(variable)
        if self.start not in figures.index:
            cure = "add the figure to the observation tables, or start the runs in a later year"
            raise refuse(f"{self.iso3}, {variable}, {self.start}", "no figure", "one of the first year", cure)
        return float(figures.loc[self.start])

    def in_window(self, variable: str) -> pd.Series[float]:
        """The figures from the first to the last year of the runs."""
        figures = self.later(variable)
        return figures[figures.index <= self.end]

    def elsewhere(self, iso3: str) -> Figures:
        """The same years of another country."""
        return Figures(self.observed, iso3, self.start, self.end)

    @property
    def dollar_output(self) -> float:
        """Output of the first year in constant dollars: output times the real exchange rate."""
        return self.at_start("output") * self.at_start("real exchange rate")


def first_complete_year(observed: Observations, iso3: str, earliest: int = 1960) -> int:
    """The first year from `earliest` on in which a country has all figures that a run starts from.

    Raises InputError, naming what is missing, when there is no such year.
    """
    figures = Figures(observed, iso3, earliest, earliest)
    years = [set(figures.later(name).index) for name in NEEDED_FIRST]
    common = set.intersection(*years)
    if not common:
        gone = ", ".join(name for name, found in zip(NEEDED_FIRST, years, strict=True) if not found)
        got = f"no figures of {gone}" if gone else "no year that all share"
        raise refuse(iso3, got, f"a year with {', '.join(NEEDED_FIRST)}", "add figures to the panel")
    return int(min(common))


def great_circle(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Kilometres of the great circle between two places.

    d = 2 R asin sqrt(sin^2((b-a)/2) + cos a cos b sin^2((m-l)/2));  a, b latitudes, l, m longitudes

    `here`, `there`: latitude and longitude, degrees, north and east positive; R = 6371 km. Sinnott,
    R. W. (1984), "Virtues of the Haversine", Sky and Telescope 68(2), 159.

    >>> round(great_circle((0.0, 0.0), (0.0, 90.0)))  # a quarter of the equator
    10008
    """
    (a, left), (b, right) = ((math.radians(x), math.radians(y)) for x, y in (here, there))
    chord = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin((right - left) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(chord))


def logistic(score: float) -> float:
    """A score without bounds as a share: 1 / (1 + exp(-score)).

    >>> logistic(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-score))


def drift(share: float, odds_rate: float, years: float) -> float:
    """A share carried over some years at a constant rate of its log-odds.

    x[t+years] = logistic(ln(x[t]/(1-x[t])) + odds_rate years)

    `share`: Dmnl, kept within .001 and .999; `odds_rate`: 1/Year; `years`: negative goes back.

    >>> round(drift(0.8, math.log(2) / 10, -20), 6)  # odds of 4 halve twice
    0.5
    """
    inside = min(max(share, 0.001), 0.999)
    return logistic(math.log(inside / (1 - inside)) + odds_rate * years)


def short(figure: float) -> str:
    """A figure as the sources of country files write it.

    >>> [short(figure) for figure in (0.565, -0.0304, 12.4)]
    ['.565', '-.030', '12.4']
    """
    if abs(figure) >= 1:
        return f"{figure:.4g}"
    return f"{figure:.3f}".replace("0.", ".", 1)


def rounded(figure: float) -> float:
    """A figure with six significant digits."""
    return float(f"{figure:.{DIGITS}g}")


@dataclass(frozen=True)
class NamedFigure:
    """What a parameter is called and where its figure comes from."""

    name: str
    unit: str
    note: str
    source: str


def fixed(said: NamedFigure, value: float, within: tuple[float, float] | None = None) -> Parameter:
    """A parameter that no fit moves; by default it may go from a fifth of its value to three times it.

    A share below one stays at or below one.
    """
    value = rounded(value)
    highest = 3 * value
    if said.unit == "Dmnl" and value < 1:
        highest = min(1.0, highest)
    ends = within or (rounded(0.2 * value), rounded(highest))
    return Parameter(
        name=said.name, value=value, unit=said.unit, range=ends, note=said.note, source=said.source
    )


def lognormal(said: NamedFigure, centre: float, spread: float) -> Parameter:
    """A positive parameter that a fit moves, within centre exp(+-4 spread)."""
    centre = rounded(centre)
    reach = math.exp(REACH * spread)
    return _estimated(
        said, Prior(family="lognormal", centre=centre, spread=spread), (centre / reach, centre * reach)
    )


def normal(said: NamedFigure, centre: float, spread: float) -> Parameter:
    """A parameter that a fit moves, within centre +- 4 spread."""
    centre, spread = rounded(centre), rounded(spread)
    reach = REACH * spread
    return _estimated(
        said, Prior(family="normal", centre=centre, spread=spread), (centre - reach, centre + reach)
    )


def logit(said: NamedFigure, centre: float, spread: float) -> Parameter:
    """A share that a fit moves, its log-odds within those of the centre +- 4 spread."""
    centre = rounded(centre)
    ends = (drift(centre, spread, -REACH), drift(centre, spread, REACH))
    return _estimated(said, Prior(family="logit", centre=centre, spread=spread), ends)


def _estimated(said: NamedFigure, prior: Prior, ends: tuple[float, float]) -> Parameter:
    return Parameter(
        name=said.name,
        value=prior.centre,
        unit=said.unit,
        range=(rounded(ends[0]), rounded(ends[1])),
        prior=prior,
        note=said.note,
        source=said.source,
    )
