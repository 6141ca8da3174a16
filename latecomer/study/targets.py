"""What the model is held against: which variable meets which series, on which scale, with which error."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, field_validator

from latecomer.data.observations import Observations
from latecomer.errors import Fault, InputError, nearest
from latecomer.language import Kind, ModelText
from latecomer.study.countries import Window
from latecomer.study.schema import Strict, read_toml, unless, validated


class Error(Strict):
    """The error of one figure: `scale` of a logarithm ("log") or in the figure's unit ("level").

    `family` with Student's `degrees`; `autocorrelation` from one year to the next; `spread`: how far, as the
    standard deviation of its logarithm, the size of a country's error may lie from the scale; 0 keeps it.
    """

    scale: PositiveFloat
    on: Literal["log", "level"]
    family: Literal["normal", "student", "laplace"] = "student"
    degrees: PositiveFloat = 7.0
    autocorrelation: float = 0.0
    spread: NonNegativeFloat = 0.0

    @field_validator("autocorrelation")
    @classmethod
    def _check(cls, value: float) -> float:
        cure = "take the correlation of errors a year apart"
        unless(0 <= value < 1, f"the autocorrelation {value:g}", "from 0 to below 1", cure)
        return value


class Break(Strict):
    """A known break: from `year` on the figures are made another way, which may shift them by about `shift`.

    `shift`: standard deviation on the scale of the error; the correlation of errors starts anew.
    """

    year: int
    shift: NonNegativeFloat
    event: str
    source: str


class Own(Strict):
    """What one country has otherwise than the other countries of a target."""

    window: Window | None = None
    scale: PositiveFloat | None = None
    breaks: Annotated[tuple[Break, ...], Field(strict=False)] = ()


class Target(Strict):
    """One series; `tolerance` is the largest NRMSD accepted, by iso3, in a country that is judged.

    `short` says, by iso3, why a tolerance is known to be missed: a miss explained, not forgiven. `country`
    holds windows, scales and known breaks of single countries.
    """

    series: str
    variable: str
    observation: str
    transformation: Literal["log", "none"]
    error: Error
    tolerance: dict[str, PositiveFloat] = Field(default_factory=dict)
    short: dict[str, str] = Field(default_factory=dict)
    weight: NonNegativeFloat = 1.0
    window: Window | None = None
    country: dict[str, Own] = Field(default_factory=dict)

    def own(self, iso3: str) -> Own:
        """What a country has of its own; nothing by default."""
        return self.country.get(iso3, Own())

    def scale(self, iso3: str) -> float:
        """The stated size of the error of a country's figures."""
        return self.own(iso3).scale or self.error.scale

    def years(self, iso3: str, window: Window) -> tuple[int, int]:
        """First and last year in which a country's figures count, within the window of all targets."""
        spans = [window, *(one for one in (self.window, self.own(iso3).window) if one is not None)]
        return max(one.start for one in spans), min(one.end for one in spans)


class Events(Strict):
    """Defaults as figures of their own: how likely one is, told by credit access; off where weight is 0."""

    observation: str
    variable: str
    threshold: PositiveFloat
    width: PositiveFloat
    false_alarm: PositiveFloat
    weight: NonNegativeFloat = 0.0

    @field_validator("false_alarm")
    @classmethod
    def _check(cls, value: float) -> float:
        cure = "take that of a default with open credit"
        unless(value < 0.5, f"the probability {value:g}", "one below 0.5", cure)
        return value


class Targets(Strict):
    """All targets, and the window of years in which figures count."""

    window: Window
    target: Annotated[tuple[Target, ...], Field(strict=False)]
    events: Events | None = None

    @field_validator("target")
    @classmethod
    def _check(cls, value: tuple[Target, ...]) -> tuple[Target, ...]:
        unless(bool(value), "no target", "one at least", "add a [[target]]")
        return value

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets in the order of their file."""
        return self.target

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
    if targets.events is not None:
        yield from _unknown("targets.toml, events", targets.events, names, observed)
    for target in targets.targets:
        place = f"targets.toml, {target.series}"
        yield from _unknown(place, target, names, observed)
        for what, isos in (("tolerance", target.tolerance), ("country", target.country)):
            for iso3 in isos:
                if iso3 not in known:
                    got, cure = f"the country '{iso3}'", nearest(iso3, known)
                    yield Fault(f"{place}, {what}", got, f"one of {', '.join(known)}", cure)
        for iso3 in target.short:
            if iso3 not in target.tolerance:
                got, expected = f"a shortfall of '{iso3}'", "a country with a tolerance"
                yield Fault(f"{place}, short", got, expected, nearest(iso3, target.tolerance))


def _unknown(place: str, one: Target | Events, names: list[str], observed: set[str]) -> Iterable[Fault]:
    if one.variable not in names:
        got, cure = f"the variable '{one.variable}'", nearest(one.variable, names)
        yield Fault(f"{place}, variable", got, "a variable of the model text", cure)
    if one.observation not in observed:
        got, cure = f"the observation '{one.observation}'", nearest(one.observation, observed)
        yield Fault(f"{place}, observation", got, "a variable of the observation tables", cure)
