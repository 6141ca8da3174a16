"""The parameters of a study: each with value, unit, range or choices, prior and source.

Also here:
- The files of the shared parameters: one for each sector of the model text, or a single one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveFloat, model_validator

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language.analysis import sector_file
from latecomer.study.schema import Named, Strict, read_toml, unless, validated_tables

Pair = Annotated[tuple[float, float], Field(strict=False)]

SINGLE, VARIANTS = "parameters.toml", "variants"
VARIANTS_FILE = "variants.toml"

Several = Annotated[tuple[float, ...], Field(strict=False)]


class Prior(Strict):
    """lognormal: centre = median, spread of the logarithm; normal; logit: spread of the log-odds."""

    family: Literal["lognormal", "normal", "logit"]
    centre: float
    spread: PositiveFloat


class Parameter(Strict):
    """One parameter; it has a `range` or `choices`, and without a prior no fit moves it."""

    name: str
    value: float
    unit: str
    range: Pair | None = None
    choices: Several | None = None
    prior: Prior | None = None
    sector: str = ""
    note: str
    source: str

    @model_validator(mode="before")
    @classmethod
    def _centre(cls, data: Any) -> Any:
        prior = data.get("prior")
        if isinstance(prior, dict) and "centre" not in prior and "value" in data:
            value = data["value"]
            sound = isinstance(value, float | int) and math.isfinite(value)
            return {**data, "prior": {**prior, "centre": value if sound else 1.0}}  # a bad one is told once
        return data

    @model_validator(mode="after")
    def _check(self) -> Parameter:
        unless(
            (self.range is None) != (self.choices is None),
            "range and choices" if self.range else "neither range nor choices",
            "one of the two",
            "keep one" if self.range else "add range = [lowest, highest]",
        )
        if self.range is not None:
            lowest, highest = self.range
            unless(
                lowest < highest, f"the range {lowest:g} to {highest:g}", "lowest < highest", "swap the ends"
            )
        unless(
            self.allows(self.value),
            f"the value {self.value:g}",
            self.allowed,
            "correct the value or what is allowed",
        )
        self._check_prior()
        return self

    def _check_prior(self) -> None:
        if self.prior is None:
            return
        unless(self.range is not None, "a prior beside choices", "a prior with a range", "remove one of them")
        centre, family = self.prior.centre, self.prior.family
        inside = {"lognormal": centre > 0, "logit": 0 < centre < 1, "normal": True}[family]
        support = {"lognormal": "above 0", "logit": "between 0 and 1", "normal": "finite"}[family]
        unless(
            inside and self.allows(centre),
            f"the {family} prior with centre {centre:g}",
            f"a centre {support} and {self.allowed}",
            "correct the centre or choose another family",
        )

    def allows(self, value: float) -> bool:
        """Whether a value is among the choices, or within the range, ends included."""
        if self.choices is not None:
            return value in self.choices
        return self.range is not None and self.range[0] <= value <= self.range[1]

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        if self.choices is not None:
            return "one of " + ", ".join(f"{choice:g}" for choice in self.choices)
        lowest, highest = self.range or (float("-inf"), float("inf"))
        return f"a value from {lowest:g} to {highest:g}"


class ParameterTable(Named[Parameter]):
    """Parameters by name, in the order of their file.

    >>> def parameter(name):
    ...     return Parameter(name=name, value=2, unit="Year", range=(1, 3), note="", source="")
    >>> ParameterTable({"drawdown time": parameter("drawdown time")}).values_by_name
    {'drawdown time': 2.0}
    """

    def unknown(self, name: str) -> InputError:
        """Refuses a parameter that the table lacks."""
        expected = "the name of a parameter of this table"
        return refuse(f"parameter '{name}'", "an unknown name", expected, nearest(name, self))

    @property
    def values_by_name(self) -> dict[str, float]:
        """Name and value."""
        return {name: float(parameter.value) for name, parameter in self.items()}

    @property
    def priors(self) -> dict[str, Prior]:
        """Name and prior of the parameters that a fit moves."""
        return {name: one.prior for name, one in self.items() if one.prior is not None}


def parameter_table(raw: Mapping[str, Any], place: str, faults: list[Fault]) -> ParameterTable:
    """The table of some TOML tables, one for each name; faults are added to `faults`."""
    expected = "a table of value, unit and so on"
    return ParameterTable(validated_tables(Parameter, raw, place, expected, faults, "name", in_words=repr))


def load_parameters(path: Path) -> ParameterTable:
    """The shared parameters of a single file, model/parameters.toml, its variants left out.

    Raises InputError with every fault of the parameters.
    """
    faults: list[Fault] = []
    raw = read_toml(path, "the shared parameters of the model text")
    table = parameter_table({k: v for k, v in raw.items() if k != VARIANTS}, path.name, faults)
    if faults:
        raise InputError(faults)
    return table


FOLDER = "parameters"

WHAT = "the shared parameters of a sector of the model text"


def load_parameter_files(model: Path, sectors: Sequence[str]) -> dict[str, ParameterTable]:
    """The shared parameters by their file in `model`, in the order of the sectors of the text.

    parameters/SECTOR.toml, each parameter in the file of the sector of its constant; or parameters.toml
    alone. Raises InputError where a study has both or neither, for a file of no sector, for a parameter in
    two files, and with every fault of the parameters.
    """
    folder, single = model / FOLDER, model / SINGLE
    held = sorted(path.name for path in folder.glob("*.toml"))
    if not held and not single.exists():
        cure = "restore the folder, or name another study"
        raise refuse(
            f"model/{FOLDER}", "no file of parameters", "the shared parameters of the model text", cure
        )
    if not held:
        return {SINGLE: load_parameters(single)}
    if single.exists():
        got, cure = f"{SINGLE} beside it", f"move what {SINGLE} holds into the files of the sectors"
        raise refuse(f"model/{FOLDER}", got, "each shared parameter in one place", cure)
    named = {sector_file(sector): sector for sector in reversed(sectors)}
    files = [name for name in dict.fromkeys(map(sector_file, sectors)) if name in held]
    faults = list(_of_no_sector(held, named))
    found = {f"{FOLDER}/{name}": _load(folder / name, named[name], faults) for name in files}
    faults.extend(_twice(found))
    if faults:
        raise InputError(faults)
    return found


def joined(files: Mapping[str, ParameterTable]) -> ParameterTable:
    """The parameters of some files as one table, in the order of the files."""
    return ParameterTable({name: one for table in files.values() for name, one in table.items()})


def _load(path: Path, sector: str, faults: list[Fault]) -> ParameterTable:
    place = f"{FOLDER}/{path.name}"
    try:
        raw = read_toml(path, WHAT, place)
    except InputError as error:
        faults.extend(error.faults)
        return ParameterTable({})
    if VARIANTS in raw:
        cure = f"move them to model/{VARIANTS_FILE}, each as a table of its name"
        faults.append(Fault(f"{place}, {VARIANTS}", "variants", "shared parameters only", cure))
    parameters = {name: _placed(entry, sector) for name, entry in raw.items() if name != VARIANTS}
    table = parameter_table(parameters, place, faults)
    faults.extend(_elsewhere(place, table, sector))
    return table


def _placed(entry: Any, sector: str) -> Any:
    return {"sector": sector, **entry} if isinstance(entry, dict) else entry


def _elsewhere(place: str, table: Mapping[str, Parameter], sector: str) -> Iterator[Fault]:
    for name, one in table.items():
        if one.sector != sector:
            expected = f"'{sector}', as the file says" if sector else "none, as the file says"
            yield Fault(f"{place}, {name}, sector", f"'{one.sector}'", expected, "take the line out")


def _of_no_sector(held: Sequence[str], named: Mapping[str, str]) -> Iterator[Fault]:
    for name in held:
        if name not in named:
            expected = "the name of a sector of the model text"
            yield Fault(f"{FOLDER}/{name}", "a file of no sector", expected, nearest(name, named))


def _twice(files: Mapping[str, ParameterTable]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for file, table in files.items():
        for name in table:
            if name in first:
                got, expected = f"a parameter of {first[name]} too", "a parameter in one place"
                yield Fault(f"{file}, {name}", got, expected, "remove one of the two")
            first.setdefault(name, file)
