"""Scenarios: named lists of named overrides on one base, and the tables of a run that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from latecomer.faults import Fault, InputError, nearest, refuse
from latecomer.study.assumptions import FILE as ASSUMPTIONS
from latecomer.study.assumptions import Assumed, Assumptions, carried_beyond
from latecomer.study.changed_tables import changed_driver, changed_lever
from latecomer.study.drivers import Points, Source
from latecomer.study.levers import TABLE
from latecomer.study.overrides import LeverChange, Names, Override
from latecomer.study.schema import Strict, read_toml, validated, validated_tables

SHARED: Final = "overrides.toml"
BASELINE: Final = "baseline"


class Raw(Strict):
    """A scenario file; `override`: its own overrides, beside those of overrides.toml."""

    note: str
    rows: Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Z]\d+$")], ...], Field(strict=False)] = ()
    overrides: Names
    override: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """One scenario: what it asks, the rows of the mechanisms that it is about, and its overrides in order."""

    name: str
    note: str
    rows: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()

    @property
    def horizon(self) -> int | None:
        """The last year of its runs; None for the end of each country's window."""
        asked = [one.horizon for one in self.overrides if one.horizon is not None]
        return asked[-1] if asked else None

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries that it is about; none for all of the study."""
        asked = [one.countries for one in self.overrides if one.countries]
        return asked[-1] if asked else ()

    def concerning(self, iso3: str) -> tuple[Override, ...]:
        """The overrides that change the runs of a country."""
        return tuple(one for one in self.overrides if one.concerns(iso3))

    def parameters(self, iso3: str) -> dict[str, float]:
        """The parameters that it sets in a run of a country, the last override first."""
        return {name: value for one in self.concerning(iso3) for name, value in one.parameters.items()}

    def levers(self, iso3: str) -> dict[str, LeverChange]:
        """The levers that it changes in a run of a country; the last override of a lever counts alone."""
        return {name: change for one in self.concerning(iso3) for name, change in one.levers.items()}

    def changes(self, iso3: str | None = None) -> list[str]:
        """What it changes in the runs of a country, or of any, in words."""
        concerned = self.overrides if iso3 is None else self.concerning(iso3)
        return [said for one in concerned for said in one.changes]

    @property
    def base(self) -> Scenario:
        """The base in the same years: what the scenario is held against."""
        years = tuple(
            one.model_copy(update={"parameters": {}, "levers": {}, "drivers": {}})
            for one in self.overrides
            if one.horizon is not None
        )
        return Scenario(BASELINE, "No override but the last year.", (), years)


class Scenarios(Mapping[str, Scenario]):
    """The scenarios of a study by name; blanks and hyphens are the same.

    >>> Scenarios({"zones-first": Scenario("zones-first", "")})["zones first"].name
    'zones-first'
    """

    def __init__(self, scenarios: Mapping[str, Scenario]) -> None:
        self._scenarios = dict(scenarios)

    def __getitem__(self, name: str) -> Scenario:
        if name not in self:
            known = f"one of {', '.join(self)}" if self else "a file in runs/scenarios; this study has none"
            raise refuse(f"scenario '{name}'", "no such scenario", known, nearest(name, self))
        return self._scenarios[_slug(name)]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _slug(name) in self._scenarios

    def __iter__(self) -> Iterator[str]:
        return iter(self._scenarios)

    def __len__(self) -> int:
        return len(self._scenarios)


def _slug(name: str) -> str:
    return "-".join(name.split())


def load_scenarios(folder: Path) -> Scenarios:
    """The scenarios of a folder, one a file, none without it. Raises InputError with every fault of all."""
    if not folder.is_dir():
        return Scenarios({})
    faults: list[Fault] = []
    shared = {}
    if (folder / SHARED).is_file():
        shared = _overrides(read_toml(folder / SHARED, "the shared overrides"), SHARED, faults)
    found = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name in (SHARED, ASSUMPTIONS) or path.name.startswith("."):  # hidden files are an editor's
            continue
        try:
            raw = validated(Raw, read_toml(path, "a scenario"), path.name, faults)
        except InputError as error:
            faults.extend(error.faults)
            continue
        if raw is not None:
            known = shared | _overrides(raw.override, f"{path.name}, override", faults)
            faults.extend(_unknown(path.name, raw.overrides, known))
            chosen = tuple(known[name] for name in raw.overrides if name in known)
            found[path.stem] = Scenario(path.stem, raw.note, raw.rows, chosen)
    if faults:
        raise InputError(faults)
    return Scenarios(found)


def _overrides(raw: Mapping[str, Any], place: str, faults: list[Fault]) -> dict[str, Override]:
    return validated_tables(Override, raw, place, "a table of note, source and changes", faults, "name")


def _unknown(place: str, names: Iterable[str], known: Mapping[str, Override]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            expected = f"one of {SHARED} or of this file"
            yield Fault(f"{place}, overrides", f"the override '{name}'", expected, nearest(name, known))


def scenario_tables(
    tables: Mapping[str, Points],
    scenario: Scenario,
    iso3: str,
    years: tuple[float, float],
    assumptions: Assumptions,
    sources: Mapping[str, Source],
) -> tuple[dict[str, Points], list[Assumed]]:
    """The tables of a run of a scenario, and the assumptions that stand behind what no figure says.

    `tables`: of the country, with every figure there is; `years`: first and last of the run; `sources`: the
    tables that figures feed. Raises InputError for a driver without an assumption.
    """
    begun = {table: float(tables[table][0][-1]) for table in sources}
    found, assumed = carried_beyond(tables, sources, assumptions, iso3, years[1])
    for lever, change in scenario.levers(iso3).items():
        found[lever + TABLE] = changed_lever(found[lever + TABLE], change, int(years[0]))
    changed_by: dict[str, tuple[str, ...]] = {}
    for one in scenario.concerning(iso3):
        for driver, asked in one.drivers.items():
            table = driver + TABLE
            found[table] = changed_driver(found[table], asked, begun[table], years[1])
            changed_by[driver] = (*changed_by.get(driver, ()), one.name)
    return found, [replace(one, changed_by=changed_by.get(one.driver, ())) for one in assumed]
