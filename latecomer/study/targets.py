"""What the model is held against: which variable meets which series, on which scale, with which error."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from latecomer.faults import Fault, InputError, nearest
from latecomer.language import Kind, ModelText
from latecomer.study.countries import Window
from latecomer.study.observations import Observations
from latecomer.study.schema import Strict, read_toml, validated


class Error(Strict):
    """Student's error of one figure: `scale` of a logarithm ("log") or in the figure's unit ("level")."""

    scale: PositiveFloat
    on: Literal["log", "level"]
    degrees: PositiveFloat


class Target(Strict):
    """One series; `tolerance` is the largest NRMSD accepted, by iso3, in a country that is judged.

    `short` says, by iso3, why a tolerance is known to be missed: a miss explained, not forgiven.
    """

    series: str
    variable: str
    observation: str
    transformation: Literal["log", "none"]
    error: Error
    tolerance: dict[str, PositiveFloat] = Field(default_factory=dict)
    short: dict[str, str] = Field(default_factory=dict)
    weight: NonNegativeFloat = 1.0


class Targets(Strict):
    """All targets, and the window of years in which figures count."""

    window: Window
    targets: Annotated[tuple[Target, ...], Field(strict=False, alias="target", min_length=1)]

    @property
    def start(self) -> int:
        """The first year of the window."""
        return self.window.start

    @property
    def end(self) -> int:
        """The last year of the window."""
        return self.window.end


def load_targets(path: Path) -> Targets:
    """The targets of calibration/targets.toml. Raises InputError with every fault of the file."""
    faults: list[Fault] = []
    targets = validated(Targets, read_toml(path, "the targets of the calibration"), path.name, faults)
    if targets is not None:
        seen: set[str] = set()
        for target in targets.targets:
            if target.series in seen:
                where = f"{path.name}, {target.series}"
                faults.append(Fault(where, "a second target of this series", "one", "keep the right one"))
            seen.add(target.series)
    if targets is None or faults:
        raise InputError(faults)
    return targets


def target_faults(
    targets: Targets, text: ModelText, countries: Iterable[str], observations: Observations
) -> Iterable[Fault]:
    """Names in the targets that the model text, the countries or the observations do not know."""
    known = list(countries)
    names = [v.name for v in text.variables if v.kind not in (Kind.TABLE, Kind.CONTROL)]
    observed = {name for iso3 in observations.countries() for name in observations.variables(iso3)}
    for target in targets.targets:
        place = f"targets.toml, {target.series}"
        if target.variable not in names:
            got, cure = f"the variable '{target.variable}'", nearest(target.variable, names)
            yield Fault(f"{place}, variable", got, "a variable of the model text", cure)
        if target.observation not in observed:
            got, cure = f"the observation '{target.observation}'", nearest(target.observation, observed)
            yield Fault(f"{place}, observation", got, "a variable of the observation tables", cure)
        for iso3 in target.tolerance:
            if iso3 not in known:
                got, cure = f"the country '{iso3}'", nearest(iso3, known)
                yield Fault(f"{place}, tolerance", got, f"one of {', '.join(known)}", cure)
        for iso3 in target.short:
            if iso3 not in target.tolerance:
                got, expected = f"a shortfall of '{iso3}'", "a country with a tolerance"
                yield Fault(f"{place}, short", got, expected, nearest(iso3, target.tolerance))
