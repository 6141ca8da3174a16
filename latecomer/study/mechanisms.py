"""The mechanisms of a study: what each is, the switch that removes it, and the case that shows it at work.

Also here:
- Names in the table of mechanisms that the rest of the study does not know, and what no row covers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, field_validator, model_validator

from latecomer.errors import Fault, InputError, nearest
from latecomer.files import read_text
from latecomer.language import Kind, ModelText, Variable, key
from latecomer.study.countries import bibliography
from latecomer.study.fits import NONE
from latecomer.study.levers import FILE as LEVERS
from latecomer.study.levers import TABLE
from latecomer.study.scenarios import LeverChange
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
    latecomer.errors.InputError: row 'A1': got no such row; expected one of none. Cure: add it to ...
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
    rows = read_mechanisms(study.root / "model" / FILE)
    faults: Iterable[Fault] = mechanism_faults(rows, study) if rows or rows.removals else ()
    if found := list(faults):
        raise InputError(found)
    return rows


PATHS = (Kind.STOCK, Kind.FLOW, Kind.AUXILIARY)


def mechanism_faults(rows: Mechanisms, study: Study) -> Iterator[Fault]:
    """Every fault of some rows against the text, the parameters, levers, countries and references."""
    levers = lever_names(study)
    references = reference_keys(study)
    indicators = {v.name for v in study.model.text.variables if v.kind in PATHS and not v.hidden}
    for name, row in rows.items():
        place = f"{FILE}, {name}"
        for lever in (*row.levers, *row.case.levers):
            if lever not in levers:
                cure = nearest(lever, levers)
                yield Fault(f"{place}, levers", f"the lever '{lever}'", "a lever of the model text", cure)
        for seed in row.seeds:
            if references is not None and seed not in references:
                cure = nearest(seed, references)
                yield Fault(f"{place}, seeds", f"'{seed}'", "a key of references.bib", cure)
        if row.indicator not in indicators:
            got, cure = f"'{row.indicator}'", nearest(row.indicator, sorted(indicators))
            yield Fault(f"{place}, indicator", got, "a stock, flow or auxiliary of the model text", cure)
        yield from _case_faults(place, row, study)
    yield from _lever_faults(rows, study)
    yield from _switch_faults(rows, study)
    yield from _tag_faults(rows, study)
    yield from removal_faults(rows, study)


def removal_faults(rows: Mechanisms, study: Study) -> Iterator[Fault]:
    """Rows and parameters of the removals that nobody knows."""
    tables = [study.parameters, *(one.parameters for one in study.countries.values())]
    known = {key(name): name for table in tables for name in table}
    for name, one in rows.removals.items():
        place = f"{FILE}, {REMOVALS}, {name}"
        for row in one.rows:
            if row not in rows:
                expected = f"one of {', '.join(rows) or 'none'}"
                yield Fault(f"{place}, rows", f"the row '{row}'", expected, nearest(row, rows))
        for parameter in one.parameters:
            if key(parameter) not in known:
                cure = nearest(parameter, known.values())
                yield Fault(f"{place}, parameters", f"'{parameter}'", "the name of a parameter", cure)


def lever_names(study: Study) -> list[str]:
    """The levers of a study: the tables of its text that no observation feeds."""
    fed = study.drivers.sources
    tables = [variable.name for variable in study.model.text.of_kind(Kind.TABLE)]
    return [name.removesuffix(TABLE) for name in tables if name.endswith(TABLE) and name not in fed]


def reference_keys(study: Study) -> list[str] | None:
    """The keys of the bibliography, None where a study has none."""
    path = study.root / "model" / "references.bib"
    return (
        sorted(bibliography(read_text(path, "a bibliography", "restore the file")))
        if path.is_file()
        else None
    )


def _case_faults(place: str, row: Mechanism, study: Study) -> Iterator[Fault]:
    """A case that cannot be run."""
    case, place = row.case, f"{place}, case"
    if case.country not in study.countries:
        expected = f"one of {', '.join(study.countries)}"
        yield Fault(place, f"the country '{case.country}'", expected, nearest(case.country, study.countries))
        return
    start = study.countries[case.country].window.start
    if case.year <= start:
        yield Fault(place, f"the year {case.year}", f"a year after {start}", "choose a later year")
    names = [*study.fits.names(), NONE]
    if case.fit is not None and case.fit not in names:
        yield Fault(place, f"the fit '{case.fit}'", f"one of {', '.join(names)}", nearest(case.fit, names))
    if case.scenario is not None and case.scenario not in study.scenarios:
        known = ", ".join(study.scenarios) or "none"
        cure = nearest(case.scenario, study.scenarios)
        yield Fault(place, f"the scenario '{case.scenario}'", f"one of {known}", cure)
    for name, value in case.parameters.items():
        try:
            parameter = study.parameter(name, case.country)
        except InputError as error:
            yield from (
                Fault(f"{place}, {one.place}", one.got, one.expected, one.cure) for one in error.faults
            )
            continue
        if not parameter.allows(value):
            where = f"{place}, parameter '{name}'"
            yield Fault(where, f"{value:g}", parameter.allowed, "choose such a value")


def _lever_faults(rows: Mechanisms, study: Study) -> Iterator[Fault]:
    """A lever of levers.toml names the rows that name it."""
    for lever, one in study.levers.items():
        here = {name for name, row in rows.items() if lever in row.levers}
        if here != set(one.rows):
            got, expected = ", ".join(one.rows), ", ".join(sorted(here)) or "none"
            place, cure = f"{LEVERS}, {lever}, rows", "correct one of the two"
            yield Fault(place, got, f"{expected} as in {FILE}", cure)


def _switch_faults(rows: Mechanisms, study: Study) -> Iterator[Fault]:
    """Each switch that belongs to no variant removes exactly one row."""
    choices = {name for name, one in study.parameters.items() if one.choices is not None}
    of_variants = {name for one in study.variants.values() for name in one.switches}
    free = [name for name in study.parameters if name in choices - of_variants]
    used: dict[str, str] = {}
    for name, row in rows.items():
        place = f"{FILE}, {name}, switch"
        if row.switch not in free:
            got, expected = f"'{row.switch}'", "a parameter with the choices 0 and 1 that no variant sets"
            yield Fault(place, got, expected, nearest(row.switch, free))
        elif row.switch in used:
            got, expected = f"'{row.switch}', the switch of {used[row.switch]} too", "a switch of its own"
            yield Fault(place, got, expected, "give each row its own constant in the model text")
        used.setdefault(row.switch, name)
    for switch in free:
        if switch not in used:
            got, expected = f"no row of the switch '{switch}'", "each switch in exactly one row"
            yield Fault(FILE, got, expected, "add the row, or take the switch out of the parameters")


def _tag_faults(rows: Mechanisms, study: Study) -> Iterator[Fault]:
    """Each row stands in the note of an equation, and each row of a note is known."""
    tagged = equations(study.model.text)
    for name in rows:
        if name not in tagged:
            got, expected = "no equation", f"a variable whose note holds ({name})"
            yield Fault(f"{FILE}, {name}", got, expected, "name the row in the notes of its equations")
    for name, variables in tagged.items():
        if name not in rows:
            first = variables[0]
            place = f"{study.model.text.path.name}, line {first.line}, {first.name}"
            yield Fault(place, f"({name}) in its note", f"a row of {FILE}", nearest(name, rows))
