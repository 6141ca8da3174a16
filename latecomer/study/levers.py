"""The policy levers of a study: what each is, and the level at which a country that never used it stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText
from latecomer.study.countries import Countries, level_within
from latecomer.study.schema import Named, Strict, read_toml, validated_tables

TABLE = " table"
FILE = "levers.toml"


class LeverDefinition(Strict):
    """One lever; `rows`: the mechanisms that it moves. Without a `level` every country has regimes of it."""

    name: str
    unit: str = "Dmnl"
    level: float | None = None
    rows: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Z]\d+$")], ...], Field(strict=False, min_length=1)
    ]
    note: str
    source: str

    @field_validator("level")
    @classmethod
    def _check_level(cls, level: float | None) -> float | None:
        return None if level is None else level_within(level)


class Levers(Named[LeverDefinition]):
    """The levers by name; none where a study has no levers.toml: its country files then name all of them.

    >>> Levers({})["coercion"]
    Traceback (most recent call last):
    ...
    latecomer.errors.InputError: lever 'coercion': got an unknown name; expected a lever of levers.toml...
    """

    def unknown(self, name: str) -> InputError:
        """Refuses a lever that is not there."""
        return refuse(f"lever '{name}'", "an unknown name", f"a lever of {FILE}", nearest(name, self))

    @property
    def levels(self) -> dict[str, float]:
        """The level of each lever that has one: where a country has no regimes of it, 0 to 1."""
        return {name: one.level for name, one in self.items() if one.level is not None}


def load_levers(path: Path) -> Levers:
    """The levers of model/levers.toml, none without that file. Raises InputError with every fault of it."""
    if not path.exists():
        return Levers({})
    faults: list[Fault] = []
    raw, expected = (
        read_toml(path, "the policy levers of the model text"),
        "a table of unit, rows, note and source",
    )
    found = validated_tables(LeverDefinition, raw, path.name, expected, faults, "name", in_words=repr)
    if faults:
        raise InputError(faults)
    return Levers(found)


def lever_faults(
    levers: Levers, text: ModelText, countries: Countries, fed: Iterable[str]
) -> Iterator[Fault]:
    """Levers and tables that do not meet; `fed`: the tables that observations feed."""
    units = {variable.name: variable.unit for variable in text.of_kind(Kind.TABLE)}
    open_tables = [name for name in units if name not in set(fed)]
    if levers:
        yield from _definition_faults(levers, units, open_tables)
    for iso3, country in countries.items():
        place = f"{iso3}.toml, policy"
        known = list(levers) or [name.removesuffix(TABLE) for name in open_tables]
        for lever in country.policy:
            if lever in known:
                yield from _unit_fault(place, lever, country.lever_units.get(lever), units.get(lever + TABLE))
                continue
            expected = (
                f"a lever of {FILE}" if levers else f"one with a table '{lever}{TABLE}' in the model text"
            )
            yield Fault(place, f"the lever '{lever}'", expected, nearest(lever, known))
        for name in open_tables:
            lever = name.removesuffix(TABLE)
            if lever in country.policy or lever in levers.levels or (levers and lever not in levers):
                continue
            got, expected = f"no regimes of '{lever}'", f"figures for the table '{name}' of the model text"
            files = f"a level to {FILE}" if levers else "the table to drivers.toml"
            yield Fault(place, got, expected, f"add the lever here, or {files}")


def _definition_faults(
    levers: Levers, units: Mapping[str, str], open_tables: Iterable[str]
) -> Iterator[Fault]:
    """A lever of levers.toml has a table of its unit; a table that no observation feeds has a lever."""
    names = [name.removesuffix(TABLE) for name in open_tables]
    for lever, one in levers.items():
        place = f"{FILE}, {lever}"
        if lever not in names:
            expected = f"a lever with a table '{lever}{TABLE}' in the model text"
            yield Fault(place, "a lever that the model text lacks", expected, nearest(lever, names))
        elif one.unit != units[lever + TABLE]:
            expected = f"the unit {units[lever + TABLE]} of its table"
            yield Fault(place, f"the unit {one.unit}", expected, "mend the unit and the level")
    for name in names:
        if name not in levers:
            expected = f"figures for the table '{name}{TABLE}' of the model text"
            yield Fault(FILE, f"no lever '{name}'", expected, "add it here, or the table to drivers.toml")


def _unit_fault(place: str, lever: str, unit: str | None, expected: str | None) -> Iterator[Fault]:
    if unit is not None and expected is not None and unit != expected:
        where, cure = f"{place}, {lever}", "mend the unit and the levels"
        yield Fault(where, f"the unit {unit}", f"the unit {expected} of its table", cure)
