"""The mechanisms of a study: what each is, the switch that removes it, and the case that shows it at work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, field_validator, model_validator

from latecomer.faults import Fault, InputError
from latecomer.language import ModelText, Variable
from latecomer.study.overrides import LeverChange
from latecomer.study.schema import Strict, read_toml, shown, unless, validated_tables

if TYPE_CHECKING:
    from latecomer.study.study import Study

FILE = "mechanisms.toml"
REMOVALS = "removals"
ROW = re.compile(r"[A-Z]\d+")
LABEL = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
TAGS = re.compile(r"\(([A-Z]\d+(?:, ?[A-Z]\d+)*)\)")


class Case(Strict):
    """A run that shows a mechanism at work, with the year in which it is looked at.

    `scenario`: one of runs/scenarios, or the record; `levers` and `parameters` go before it. `fit`: its name,
    or "none"; without one the reference fit where it holds the country.
    """

    country: str
    year: int
    fit: str | None = None
    scenario: str | None = None
    levers: dict[str, LeverChange] = Field(default_factory=dict)
    parameters: dict[str, float] = Field(default_factory=dict)


class Mechanism(Strict):
    """One mechanism: its `seeds` are keys of the bibliography, its `switch` a parameter that is 0 or 1.

    `shows`: what its tests hold it to; `indicator`: the variable whose change is told when it is removed.
    """

    id: str
    title: str
    seeds: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    switch: str
    levers: Annotated[tuple[str, ...], Field(strict=False)]
    shows: str
    indicator: str
    case: Case

    @field_validator("id")
    @classmethod
    def _check_id(cls, name: str) -> str:
        expected = "a letter and a number, such as A1"
        unless(ROW.fullmatch(name) is not None, f"the name '{name}'", expected, "rename the table")
        return name


class Removal(Strict):
    """What is taken out of a study at once: the rows whose switches are 0, and parameters that are 0 beside.

    `name`: as it stands in the name of a fit; `title`: in a sentence.
    """

    name: str
    title: str
    rows: Annotated[tuple[str, ...], Field(strict=False)] = ()
    parameters: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        expected = "small letters, digits and hyphens, such as capital-flight"
        unless(LABEL.fullmatch(name) is not None, f"the name '{name}'", expected, "rename the table")
        return name

    @model_validator(mode="after")
    def _check_any(self) -> Self:
        unless(
            bool(self.rows or self.parameters), "neither rows nor parameters", "one of the two", "name some"
        )
        return self


class Mechanisms(Mapping[str, Mechanism]):
    """The mechanisms by their row, in the order of the file; `removals`: what is taken out at once, by name.

    >>> Mechanisms({})["A1"]
    Traceback (most recent call last):
    ...
    latecomer.faults.InputError: row 'A1': got no such row; expected one of none. Cure: add it to ...
    """

    def __init__(
        self, rows: Mapping[str, Mechanism], removals: Mapping[str, Removal] = MappingProxyType({})
    ) -> None:
        self._rows = dict(rows)
        self.removals = dict(removals)

    def __getitem__(self, row: str) -> Mechanism:
        if row not in self._rows:
            known = ", ".join(self._rows) or "none"
            raise InputError(Fault(f"row '{row}'", "no such row", f"one of {known}", f"add it to {FILE}"))
        return self._rows[row]

    def __contains__(self, row: object) -> bool:
        return row in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def tags(note: str) -> tuple[str, ...]:
    """The rows that a note names in brackets.

    >>> tags("Learning by producing. (A1, N2) Not (so).")
    ('A1', 'N2')
    """
    return tuple(row for found in TAGS.findall(note) for row in re.split(", ?", found))


def equations(text: ModelText) -> dict[str, tuple[Variable, ...]]:
    """The variables of each row whose note names it, in the order of the text; an array counts once."""
    found: dict[str, dict[str, Variable]] = {}
    for variable in text.variables:
        if not variable.hidden:
            for row in tags(variable.note):
                found.setdefault(row, {}).setdefault(variable.base or variable.name, variable)
    return {row: tuple(variables.values()) for row, variables in found.items()}


def read_mechanisms(path: Path) -> Mechanisms:
    """The rows of model/mechanisms.toml, none without that file. Raises InputError with every fault of it."""
    if not path.exists():
        return Mechanisms({})
    faults: list[Fault] = []
    raw, cure = read_toml(path, "the mechanisms of the model text"), "write [A1] and its keys below"
    removals = raw.pop(REMOVALS, {})
    found = validated_tables(Mechanism, raw, path.name, "a table for each row", faults, "id", cure)
    taken: dict[str, Removal] = {}
    place, expected = f"{path.name}, {REMOVALS}", "a table of title, rows and parameters"
    if isinstance(removals, dict):
        taken = validated_tables(Removal, removals, place, expected, faults, "name")
    else:
        faults.append(Fault(place, shown(removals), "a table for each removal", "write [removals.NAME]"))
    if faults:
        raise InputError(faults)
    return Mechanisms(found, taken)


def mechanisms(study: Study) -> Mechanisms:
    """The mechanisms of a study; every name in them is known, and they cover the switches and the tags.

    Raises InputError with every fault.
    """
    from latecomer.study.mechanism_faults import mechanism_faults

    rows = read_mechanisms(study.root / "model" / FILE)
    faults: Iterable[Fault] = mechanism_faults(rows, study) if rows or rows.removals else ()
    if found := list(faults):
        raise InputError(found)
    return rows
