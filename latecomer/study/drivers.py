"""What comes from outside a run: observed figures for the driver tables, regimes for the policy levers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latecomer.data.observations import Observations
from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText
from latecomer.language.syntax import Table
from latecomer.study.countries import Countries, Country
from latecomer.study.levers import TABLE, Levers, lever_faults
from latecomer.study.schema import Strict, read_toml, validated_tables

COUNTRY = "country"
TREND = 10
# a lever that a country never used has these two points of one level
HELD = (1960.0, 2050.0)
Points = tuple[NDArray[np.float64], NDArray[np.float64]]


class Source(Strict):
    """The observation that feeds a table; iso3 "country" stands for the country of the run."""

    iso3: str
    variable: str


def load_drivers(path: Path) -> dict[str, Source]:
    """Table name and source, from model/drivers.toml. Raises InputError with every fault of the file."""
    faults: list[Fault] = []
    raw = read_toml(path, "which observation feeds which table")
    found = validated_tables(Source, raw, path.name, "a table of iso3 and variable", faults, in_words=repr)
    if faults:
        raise InputError(faults)
    return found


@dataclass(frozen=True)
class Drivers:
    """The tables of a run, from observations and country files; `spans`: first and last year of each."""

    sources: Mapping[str, Source]
    countries: Countries
    observations: Observations
    spans: Mapping[str, tuple[float, float]]
    levers: Levers = field(default_factory=lambda: Levers({}))

    def tables(self, iso3: str, until: int | None = None, whole: bool = False) -> dict[str, Points]:
        """{table: (years, values)} of one country: observed figures and policy levers.

        With `until` no later figure or regime of the country is looked at: its figures go on at their growth
        of the last ten years, its levers stay at their last level. A lever that the country has no regimes
        of stays at its level of levers.toml. World tables are not cut, and nothing is
        where `until` is the end of the country's window or later.
        `whole`: figures after the last year of the tables of the model text too.
        Raises InputError for an unknown country and for a table without figures.
        """
        country = self.countries[iso3]
        if until is not None and until >= country.window.end:
            until = None
        known = self.observations if until is None else self.observations.cut(until)
        found: dict[str, Points] = {}
        faults: list[Fault] = []
        for table, source in self.sources.items():
            try:
                found[table] = self._observed(table, source, iso3, known, until, whole)
            except InputError as error:
                faults.extend(error.faults)
        if faults:
            raise InputError(faults)
        return found | lever_tables(country, until, self.levers.levels)

    def _observed(
        self, table: str, source: Source, iso3: str, known: Observations, until: int | None, whole: bool
    ) -> Points:
        own = source.iso3 == COUNTRY
        whose = iso3 if own else source.iso3
        figures = (known if own else self.observations).series(whose, source.variable)
        first, last = self.spans[table]
        figures = figures[(figures.index >= first) & ((figures.index <= last) | whole)]
        if len(figures) < 2:
            got = f"{len(figures)} figures of {source.variable} in the years {first:g} to {last:g}"
            raise refuse(f"{whose}, {table}", got, "at least two", "add figures to the observation table")
        years = np.asarray(figures.index, dtype=np.float64)
        values = np.asarray(figures, dtype=np.float64)
        return prolonged(years, values, last) if own and until is not None else (years, values)


def prolonged(years: NDArray[np.float64], values: NDArray[np.float64], last: float) -> Points:
    """Figures carried on to the year `last` at their mean growth of up to ten years.

    values[t] = values[-1] * exp(growth * (t - years[-1]))
    growth = log(values[-1] / values[k]) / (years[-1] - years[k])

    `years`: whole and increasing; `values`: positive, any unit; result: one figure a year more.

    >>> [part.tolist() for part in prolonged(np.array([1978.0, 1979.0]), np.array([1.0, 2.0]), 1981)]
    [[1978.0, 1979.0, 1980.0, 1981.0], [1.0, 2.0, 4.0, 8.0]]
    """
    further = np.arange(years[-1] + 1, last + 1)
    at = min(int(np.searchsorted(years, years[-1] - TREND)), len(years) - 2)
    growth = np.log(values[-1] / values[at]) / (years[-1] - years[at])
    return (
        np.concatenate([years, further]),
        np.concatenate([values, values[-1] * np.exp(growth * (further - years[-1]))]),
    )


def lever_tables(
    country: Country, until: int | None = None, levels: Mapping[str, float] | None = None
) -> dict[str, Points]:
    """The tables of the policy levers of a country, its regimes up to `until`; the last level stays.

    `levels`: of the levers that a country without regimes of them holds.
    """
    unused = {lever: level for lever, level in (levels or {}).items() if lever not in country.policy}
    found = {lever + TABLE: (np.array(HELD), np.full(2, level)) for lever, level in unused.items()}
    for lever, regimes in country.policy.items():
        kept = [regime for regime in regimes if until is None or regime.year <= until]
        if not kept:
            got, expected = f"no regime of {lever} up to {until}", "one at least"
            raise refuse(f"{country.iso3}, policy", got, expected, "choose a later year")
        years, levels_then = [regime.year for regime in kept], [regime.level for regime in kept]
        if len(kept) == 1:
            years, levels_then = [years[0], years[0] + 1], [levels_then[0], levels_then[0]]
        found[lever + TABLE] = np.array(years, dtype=np.float64), np.array(levels_then, dtype=np.float64)
    return found


def table_spans(text: ModelText) -> dict[str, tuple[float, float]]:
    """The first and the last year of each table of the model text."""
    return {
        variable.name: (variable.definition.x[0], variable.definition.x[-1])
        for variable in text.of_kind(Kind.TABLE)
        if isinstance(variable.definition, Table)
    }


def driver_faults(
    sources: Mapping[str, Source],
    text: ModelText,
    countries: Countries,
    observations: Observations,
    levers: Levers,
) -> Iterable[Fault]:
    """Tables and sources that do not meet: each table is fed once, by a series of its own unit or a lever."""
    tables = {variable.name: variable for variable in text.of_kind(Kind.TABLE)}
    for name in sources:
        if name not in tables:
            expected = "a table of the model text"
            yield Fault(f"drivers.toml, {name}", "an unknown table", expected, nearest(name, tables))
    yield from lever_faults(levers, text, countries, sources)
    for name, table in tables.items():
        source = sources.get(name)
        if source is None or (source.iso3 == COUNTRY and not countries):
            continue
        whose = list(countries) if source.iso3 == COUNTRY else [source.iso3]
        for iso3 in whose:
            try:
                unit = observations.source(iso3, source.variable)[0].unit
            except InputError as error:
                yield from error.faults
                continue
            if unit != table.unit:
                got, cure = f"the unit {unit} of {source.variable}", "feed it with a series of that unit"
                yield Fault(f"drivers.toml, {name}", got, f"the unit {table.unit} of the table", cure)
                break
