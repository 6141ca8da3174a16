"""Two vintages of the observed figures, compared figure by figure.

Also here:
- A study as it would be on another vintage of its figures: their drivers, initial stocks and targets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from latecomer.data.observations import Observations
from latecomer.data.panel import each_once
from latecomer.study.countries import Countries, Country
from latecomer.study.drivers import Drivers, load_drivers, table_spans
from latecomer.study.fits import Fit
from latecomer.study.parameters import Parameter, ParameterTable
from latecomer.study.run_spec import find_parameter
from latecomer.study.study import Study
from latecomer.study.targets import Targets, load_targets

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Largest:
    """A largest change, the year it is of, and the figures then."""

    change: float
    year: int
    was: float
    now: float


@dataclass(frozen=True, slots=True)
class Revision:
    """What became of one variable of one country between two vintages.

    `added`, `removed`, `changed`: years; `absolute`: the largest change in the unit of the figures;
    `relative`: the largest over the former figure, a ratio, None where every changed figure was nought.
    `units`, `sources` and `vintages`: former and new, in words.
    """

    iso3: str
    variable: str
    added: tuple[int, ...]
    removed: tuple[int, ...]
    changed: tuple[int, ...]
    absolute: Largest | None
    relative: Largest | None
    units: tuple[str, str]
    sources: tuple[str, str]
    vintages: tuple[str, str]

    @property
    def empty(self) -> bool:
        """Whether no figure, unit, source or vintage differs."""
        details = (self.units, self.sources, self.vintages)
        figures = self.added or self.removed or self.changed
        return not figures and all(was == now for was, now in details)

    @property
    def rescaled(self) -> bool:
        """Whether the figures are in another unit, so that no change of theirs can be told."""
        return self.units[0] != self.units[1]


@dataclass(frozen=True, slots=True)
class Vintages:
    """Two vintages compared: the variables that differ, and what only one of them has."""

    revisions: tuple[Revision, ...]
    countries_added: tuple[str, ...]
    countries_removed: tuple[str, ...]
    variables_added: tuple[Key, ...]
    variables_removed: tuple[Key, ...]

    @property
    def figures(self) -> tuple[int, int, int]:
        """How many figures of variables that both have were added, removed and changed."""
        details = [(len(one.added), len(one.removed), len(one.changed)) for one in self.revisions]
        added, removed, changed = zip(*details, strict=True) if details else ((), (), ())
        return sum(added), sum(removed), sum(changed)

    def as_dict(self) -> dict[str, Any]:
        """The comparison as plain data."""
        return asdict(self)


def compare_vintages(old: Observations, new: Observations) -> Vintages:
    """What differs between two vintages, by country and variable; the order of rows counts for nothing.

    A country or variable that one of them lacks is named, and is no revision.

    >>> def vintage(value):
    ...     told = dict.fromkeys(["unit", "source", "series", "vintage", "transformation"], "x")
    ...     row = dict(iso3="KOR", variable="CO2", year=1960, value=value)
    ...     return Observations(pd.DataFrame([row | told]))
    >>> compare_vintages(vintage(2.0), vintage(3.0)).revisions[0].relative
    Largest(change=0.5, year=1960, was=2.0, now=3.0)
    """
    before, after = keys(old), keys(new)
    countries = set(old.countries()), set(new.countries())
    both = countries[0] & countries[1]
    revisions = [revision(old, new, *key) for key in sorted(before & after)]
    return Vintages(
        tuple(one for one in revisions if not one.empty),
        tuple(sorted(countries[1] - countries[0])),
        tuple(sorted(countries[0] - countries[1])),
        tuple(sorted(key for key in after - before if key[0] in both)),
        tuple(sorted(key for key in before - after if key[0] in both)),
    )


def keys(observations: Observations) -> set[Key]:
    """Every country with each of its variables."""
    return {
        (iso3, variable) for iso3 in observations.countries() for variable in observations.variables(iso3)
    }


def revision(old: Observations, new: Observations, iso3: str, variable: str) -> Revision:
    """The revision of one variable that both vintages have.

    Figures in another unit are not compared: what they are worth in it is not known.
    """
    units, sources, vintages = (
        (provenance_text(old, iso3, variable, what), provenance_text(new, iso3, variable, what))
        for what in ("unit", "source", "vintage")
    )
    was, now = old.series(iso3, variable), new.series(iso3, variable)
    both = was.index.intersection(now.index)
    changes = list(changed_figures(was[both], now[both])) if units[0] == units[1] else []
    ratios = [Largest((now - was) / abs(was), year, was, now) for year, was, now in changes if was != 0.0]
    return Revision(
        iso3,
        variable,
        years_of(now.index.difference(was.index)),
        years_of(was.index.difference(now.index)),
        tuple(year for year, _, _ in changes),
        largest([Largest(now - was, year, was, now) for year, was, now in changes]),
        largest(ratios),
        units,
        sources,
        vintages,
    )


def changed_figures(was: pd.Series[float], now: pd.Series[float]) -> Iterator[tuple[int, float, float]]:
    """Year, former and new figure where they differ, in order of years; both have the same years."""
    for year, before, after in zip(was.index, was.to_numpy(), now.to_numpy(), strict=True):
        if before != after:
            yield int(year), float(before), float(after)


def largest(changes: list[Largest]) -> Largest | None:
    """The largest by size, the earlier of two of one size; None of none."""
    return max(changes, key=lambda one: (abs(one.change), -one.year)) if changes else None


def provenance_text(observations: Observations, iso3: str, variable: str, what: str) -> str:
    """The unit, source or vintage of a variable in words, each once."""
    return each_once(getattr(entry, what) for entry in observations.source(iso3, variable))


def years_of(index: pd.Index[Any]) -> tuple[int, ...]:
    """The years of an index in order."""
    return tuple(sorted(int(year) for year in index))


INITIAL = "initial "

Ratios = Mapping[str, Mapping[str, float]]


def stock_ratios(
    targets: Targets, countries: Mapping[str, Country], old: Observations, new: Observations
) -> dict[str, dict[str, float]]:
    """How far the initial values of each country move with its figures, by parameter.

    ratio = new(t0) / old(t0), t0 = first year of the country's window

    The parameter "initial X" goes with the target whose variable is X. What has no figure then, has one of
    another sign, or has not moved is left out. Result: Dmnl.
    """
    found: dict[str, dict[str, float]] = {}
    for iso3, country in countries.items():
        for target in targets.targets:
            name, year = INITIAL + target.variable, country.window.start
            was, now = (figure(one, iso3, target.observation, year) for one in (old, new))
            if name in country.parameters and was and now and now / was > 0 and now != was:
                found.setdefault(iso3, {}).setdefault(name, now / was)
    return found


def figure(observations: Observations, iso3: str, variable: str, year: int) -> float | None:
    """One figure; None where there is none."""
    if iso3 not in observations.countries() or variable not in observations.variables(iso3):
        return None
    series = observations.series(iso3, variable)
    return float(series.loc[year]) if year in series.index else None


def study_of_vintage(
    study: Study, fit: Fit, observations: Observations, ratios: Ratios | None = None
) -> Study:
    """A study whose figures are `observations` and whose tables hold the values of a fit.

    `ratios`: see `stock_ratios`; value, range and centre of the prior move together. Targets and drivers are
    taken as they stand: what these figures lack shows when a country is run. Nothing is written. Raises
    InputError for a parameter or a country of the fit that the study does not know.
    """
    text, countries = study.model.text, dict(study.countries)
    for iso3 in fit.countries:
        own = held(study, iso3, fit.by_country.get(iso3, {}))
        country, moved = study.countries[iso3], (ratios or {}).get(iso3, {})
        table = {
            name: scaled(one, moved.get(name, 1.0)) for name, one in put(country.parameters, own).items()
        }
        countries[iso3] = country.model_copy(update={"parameters": ParameterTable(table)})
    other = Study(study.root)
    first = next(iter(fit.countries), study.reference)
    sources = load_drivers(study.root / "model" / "drivers.toml")
    vars(other).update(
        observations=observations,
        model=study.model,
        parameters=ParameterTable(put(study.parameters, held(study, first, fit.shared))),
        countries=Countries(countries),
        targets=load_targets(study.root / "calibration" / "targets.toml"),
        drivers=Drivers(sources, Countries(countries), observations, table_spans(text), study.levers),
        agreed=True,  # the model text is written for the figures of the study, not for these
    )
    return other


def held(study: Study, iso3: str, values: Mapping[str, float]) -> dict[str, float]:
    """Values under the names of the tables. Raises InputError for an unknown name."""
    return {find_parameter(study, name, iso3).name: value for name, value in values.items()}


def put(table: Mapping[str, Parameter], values: Mapping[str, float]) -> dict[str, Parameter]:
    """A table of parameters with other values where there are any."""
    return {
        name: one.model_copy(update={"value": values.get(name, one.value)}) for name, one in table.items()
    }


def scaled(one: Parameter, ratio: float) -> Parameter:
    """A parameter times a positive ratio: its value, its range, the centre of its prior, all in its unit.

    On the scale of a normal prior the spread moves along; the centre of one on log-odds stays.

    >>> wide = Parameter(name="initial capital", value=2.0, unit="", range=(1.0, 4.0), note="", source="")
    >>> scaled(wide, 1.5).value, scaled(wide, 1.5).range
    (3.0, (1.5, 6.0))
    """
    if ratio == 1.0 or one.range is None or (one.prior is not None and one.prior.family == "logit"):
        return one
    prior = one.prior
    if prior is not None:
        spread = prior.spread * (ratio if prior.family == "normal" else 1.0)
        prior = prior.model_copy(update={"centre": prior.centre * ratio, "spread": spread})
    ends = tuple(float(end) for end in np.asarray(one.range) * ratio)
    return one.model_copy(update={"value": one.value * ratio, "range": ends, "prior": prior})
