"""The figures that the model is held against, each with unit, source, series, vintage and transformation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

import pandas as pd

from latecomer.faults import Fault, InputError, refuse
from latecomer.files import read_bytes
from latecomer.study.observation_lock import LOCK, RELOCK, read_lock, write_lock
from latecomer.study.observation_tables import UNITS, read_table, read_units, table_faults, to_frame

__all__ = ["Observations", "Provenance", "load_observations", "write_lock"]

MOST_FAULTS = 20
STRAY = f"where a country was being added, latecomer repair; where you trust the table, {RELOCK}"


@dataclass(frozen=True)
class Provenance:
    """Where the figures of one variable come from, over the years `first` to `last`."""

    unit: str
    source: str
    series: str
    vintage: str
    transformation: str
    first: int
    last: int


@dataclass(frozen=True)
class Observations:
    """Observed figures, up to the year `until` when there is one.

    `frame` has the columns iso3, year (int64), variable, value (float64), unit, source, series, vintage and
    transformation, sorted by iso3, variable and year.

    >>> rows = [dict(iso3="KOR", variable="CO2", year=year, value=year - 1950.0) for year in (1960, 1961)]
    >>> two = Observations(pd.DataFrame(rows))
    >>> two.series("KOR", "CO2", until=1960).to_dict()
    {1960: 10.0}
    >>> two.cut(1960).value("KOR", "CO2", 1961)
    Traceback (most recent call last):
    ...
    latecomer.faults.InputError: KOR, CO2: got the year 1961; expected a year up to 1960. Cure: cut later.
    """

    frame: pd.DataFrame
    until: int | None = None

    def countries(self) -> list[str]:
        """The iso3 codes, WLD and USA among them."""
        return sorted({iso3 for iso3, _ in self._groups})

    def variables(self, iso3: str) -> list[str]:
        """The variables of a country. Raises InputError for an unknown country."""
        names = sorted(name for country, name in self._groups if country == iso3)
        if not names:
            raise self._unknown("observations", "country", iso3, self.countries())
        return names

    def series(self, iso3: str, variable: str, until: int | None = None) -> pd.Series[float]:
        """The figures of a variable by whole year, in its own unit, up to `until` (all of them by default).

        A missing year is missing; an `until` before the first figure gives an empty series. Raises InputError
        for an unknown country or variable, with the near names, and for an `until` after the cut.
        """
        rows = self._rows(iso3, variable)
        if until is not None:
            self._check_year(f"{iso3}, {variable}", until)
            rows = rows[rows["year"] <= until]
        return pd.Series(
            rows["value"].to_numpy(), index=rows["year"].to_numpy(), name=variable, dtype="float64"
        )

    def value(self, iso3: str, variable: str, year: int) -> float:
        """One figure, in the unit of its variable. Raises InputError when it is missing or after the cut."""
        place = f"{iso3}, {variable}"
        figures = self.series(iso3, variable)
        self._check_year(place, year)
        if year not in figures.index:
            expected = f"a year with a figure, from {figures.index.min()} to {figures.index.max()}"
            raise refuse(place, f"the year {year}, which has none", expected, "choose another year")
        return float(figures.loc[year])

    def source(self, iso3: str, variable: str) -> tuple[Provenance, ...]:
        """Where a variable comes from, in order of years: one entry, or two where it is chained or joined.

        Raises InputError for an unknown country or variable.
        """
        rows = self._rows(iso3, variable)
        if (iso3, variable) not in self._sources:
            self._sources[iso3, variable] = _provenance(rows)
        return self._sources[iso3, variable]

    @cached_property
    def _sources(self) -> dict[tuple[str, str], tuple[Provenance, ...]]:
        return {}

    def cut(self, until: int) -> Observations:
        """These observations as they stood in the year `until`: no later figure can be had from them."""
        self._check_year("cut", until)
        return Observations(self.frame[self.frame["year"] <= until].reset_index(drop=True), until)

    def _check_year(self, place: str, year: int) -> None:
        if self.until is not None and year > self.until:
            raise refuse(place, f"the year {year}", f"a year up to {self.until}", "cut later")

    @cached_property
    def _groups(self) -> dict[tuple[str, str], pd.DataFrame]:
        groups = self.frame.groupby(["iso3", "variable"])
        return {(str(key[0]), str(key[1])): rows for key, rows in groups}

    def _rows(self, iso3: str, variable: str) -> pd.DataFrame:
        names = self.variables(iso3)
        if variable not in names:
            raise self._unknown(iso3, "variable", variable, names)
        return self._groups[iso3, variable]

    def _unknown(self, place: str, kind: str, name: str, names: list[str]) -> InputError:
        near = get_close_matches(name, names, n=5, cutoff=0.5) or names
        when = "" if self.until is None else f" up to {self.until}"
        expected = f"one that has figures{when}, such as {', '.join(near)}"
        return refuse(place, f"the {kind} '{name}'", expected, "mend the name")


def _provenance(rows: pd.DataFrame) -> tuple[Provenance, ...]:
    names = ["unit", "source", "series", "vintage", "transformation"]
    entries = []
    for _, part in rows.groupby(names, sort=False):
        texts = {name: str(part[name].iloc[0]) for name in names}
        entries.append(Provenance(**texts, first=int(part["year"].min()), last=int(part["year"].max())))
    return tuple(entries)


# tables that were found sound in this process, by their content: a study is opened many times
_SOUND: dict[str, Observations] = {}
KEPT: Final = 4


def load_observations(folder: Path | str) -> Observations:
    r"""All tables of a folder, checked against units.toml and observations.lock.

    `folder`: holds one csv table a country, named by its iso3; the order of rows is free. Raises InputError
    with the faults of all tables at once (the first twenty and a count): missing columns, malformed rows,
    years, figures, units or iso3, missing sources, duplicates, and rows changed, added or removed since the
    tables were locked.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "units.toml").write_text('"Dmnl" = "a pure number"')
    ...     _ = (Path(folder) / "KOR.csv").write_text(
    ...         "iso3,year,variable,value,unit,source,series,vintage,transformation\n"
    ...         "KOR,1980,debt/output,0.5,Dmnl,a publisher,a code,a release,none\n"
    ...     )
    ...     _ = write_lock(folder)
    ...     load_observations(folder).value("KOR", "debt/output", 1980)
    0.5
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise refuse(str(folder), "no such folder", "the folder of the observation tables", "mend the path")
    mark = _content(folder)
    if mark not in _SOUND:
        observations = _checked(folder)
        if len(_SOUND) >= KEPT:
            del _SOUND[next(iter(_SOUND))]
        _SOUND[mark] = observations
    return _SOUND[mark]


def _content(folder: Path) -> str:
    """The sha256 of all that the tables of a folder are checked from, by name."""
    found = sha256()
    for path in sorted([*folder.glob("*.csv"), folder / UNITS, folder / LOCK]):
        data = read_bytes(path, "figures", "restore the file", path.name) if path.is_file() else b""
        found.update(f"{path.name} {path.is_file()} {len(data)}\n".encode() + data)
    return found.hexdigest()


def _checked(folder: Path) -> Observations:
    units, lock = read_units(folder), read_lock(folder)
    names = {path.name for path in folder.glob("*.csv")}
    faults = list(_table_names(names, set(lock)))
    sound = []
    for name in sorted(names):
        rows, digest, found = read_table(folder / name)
        faults += found
        if rows or not found:
            faults += table_faults(name, rows, units, digest, lock.get(name))
        sound += rows
    if faults:
        raise InputError(_capped(faults))
    frame = to_frame(sound)
    faults = list(_unit_faults(frame))
    if faults:
        raise InputError(_capped(faults))
    return Observations(frame)


def _table_names(found: set[str], locked: set[str]) -> Iterable[Fault]:
    if not found | locked:
        yield Fault(
            "observations", "no table", "a csv table for each country", f"add one, then lock it: {RELOCK}"
        )
    for name in sorted(locked - found):
        yield Fault(
            name, "no such file", f"the table of {LOCK}", f"restore the table, or lock the others: {RELOCK}"
        )
    for name in sorted(found - locked):
        yield Fault(name, f"a table that {LOCK} does not know", "a locked table", STRAY)


def _unit_faults(frame: pd.DataFrame) -> Iterable[Fault]:
    for variable, units in frame.groupby("variable")["unit"]:
        if len(names := sorted(units.unique())) > 1:
            cure = "convert the figures, or name a second variable"
            yield Fault(str(variable), f"the units {', '.join(names)}", "one unit in all tables", cure)


def _capped(faults: list[Fault]) -> list[Fault]:
    if len(faults) <= MOST_FAULTS:
        return faults
    rest = f"{len(faults) - MOST_FAULTS} further faults"
    return [*faults[:MOST_FAULTS], Fault("observations", rest, "none", "mend those above, then load again")]
