"""What is asked of runs, understood once: every name looked up, and what each country starts from.

Also here:
- The years of a run of a country: within the window, on the saved times, no more steps than can be kept.
- The parameters of a run: set ones go before the scenario, this before variant, fit and tables.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import key
from latecomer.study.countries import codes
from latecomer.study.drivers import Points
from latecomer.study.extrapolation import Assumed, Assumption, carried_beyond
from latecomer.study.fits import NONE, Fit
from latecomer.study.levers import TABLE
from latecomer.study.parameters import Parameter
from latecomer.study.scenarios import Scenario, scenario_tables
from latecomer.study.schema import shown
from latecomer.study.variants import Variant

if TYPE_CHECKING:
    from latecomer.study.content import StudyContent


def find_parameter(study: StudyContent, name: str, iso3: str) -> Parameter:
    """A parameter of a country, shared or its own. Raises InputError for an unknown name."""
    own = study.countries[iso3].parameters
    for table in (own, study.parameters):
        if name in table:
            return table[name]
    tables = {**study.parameters, **own}
    by_key = {key(known): known for known in tables}
    if key(name) not in by_key:
        got = "an unknown name"
        variable = study.model.text.find(name)
        if variable is not None:
            got = f"the name of {variable.kind.with_article}"
        raise refuse(f"parameter '{name}'", got, "the name of a parameter", nearest(name, tables))
    return tables[by_key[key(name)]]


def variant_of(study: StudyContent, fit: Fit | None, variant: str | None) -> Variant | None:
    """The variant asked for, else the one that the fit was made with; None where there is none."""
    if variant is not None:
        return study.variants[variant]
    if fit is None:
        return None
    made = str(fit.manifest.get("variant"))
    return study.variants[made] if made in study.variants else study.variants.of_fit(fit.name)


def values_of(
    study: StudyContent,
    iso3: str,
    fit: Fit | None,
    variant: Variant | None,
    scenario: Mapping[str, float],
    overrides: Mapping[str, float],
) -> dict[str, float]:
    """Every parameter of a run of a country by its name, in the unit of the model text.

    Raises InputError for an unknown country or parameter and for a value outside its range, all at once.
    """
    own = study.countries[iso3].parameters.values_by_name
    values = study.parameters.values_by_name | own
    faults: list[Fault] = []
    if fit is not None:
        again = f"{fit.again}, or run without a fit (--fit none)"
        values |= _allowed(study, iso3, f"fit '{fit.name}', ", fit.values(iso3), faults, again)
    if variant is not None:
        values |= variant.switches
    values |= _allowed(study, iso3, "scenario, ", scenario, faults)
    values |= _allowed(study, iso3, "", overrides, faults)
    if faults:
        raise InputError(faults)
    return values


def _allowed(
    study: StudyContent,
    iso3: str,
    place: str,
    given: Mapping[str, float],
    faults: list[Fault],
    cure: str | None = None,
) -> dict[str, float]:
    """The values given, under the names of the text; what is not allowed goes to `faults`.

    `cure`: of an unknown name, by default the nearest.
    """
    found = {}
    for name, value in given.items():
        try:
            parameter = find_parameter(study, name, iso3)
        except InputError as error:
            faults.extend(
                replace(one, place=f"{place}{one.place}", cure=cure or one.cure) for one in error.faults
            )
            continue
        if _is_number(value) and parameter.allows(float(value)):
            found[parameter.name] = float(value)
        else:
            where = f"{place}parameter '{name}'"
            faults.append(Fault(where, shown(value), parameter.allowed, "choose such a value"))
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


YEARS: Final = "years"


def checked_span(
    study: StudyContent, iso3: str, years: Sequence[float], dt: float | None = None
) -> tuple[float, float]:
    """First and last year of a run of a country; `dt`: its step, by default that of the model text.

    Raises InputError for years that are no two numbers in order, that begin before the window of the country,
    end between two saved times or need more steps than a run holds, and for a step that does not fit.
    """
    first, last = _two(years)
    window = study.countries[iso3].window
    if first < window.start:
        expected = f"{window.start} or later: the window of {iso3} begins then"
        cure = (
            f"begin with {window.start}, or give the country earlier figures and its file an earlier window"
        )
        raise refuse(YEARS, f"a first year of {first:g}", expected, cure)
    step = study.model.grid().dt if dt is None else dt
    if not _number(step):
        raise refuse("dt", f"{step!r}", "a step above 0", "choose a fraction of a year such as 0.0625")
    grid = study.model.grid((first, last), step)
    if grid.steps % grid.stride:
        saved = grid.saved()
        spacing = grid.dt * grid.stride
        expected = f"a last year that is saved, the first and a multiple of {spacing:g}"
        before = f"{saved[-1]:.10g} or " if len(saved) > 1 else ""
        cure = f"end the run in {before}{saved[-1] + spacing:.10g}"
        raise refuse(YEARS, f"{first:.10g} to {last:.10g}", expected, cure)
    return first, last


def _two(years: object) -> tuple[float, float]:
    expected = "a first year before the last"
    given = tuple(years) if isinstance(years, Sequence | np.ndarray) else ()
    if len(given) != 2 or not all(_number(year) for year in given):
        raise refuse(YEARS, f"{years!r}", expected, "hand over two numbers, such as (1960, 1990)")
    first, last = (float(year) for year in given)
    if not (math.isfinite(first) and math.isfinite(last) and first < last):
        raise refuse(YEARS, f"{first:g} to {last:g}", expected, "swap or correct the years")
    return first, last


def _number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


REFERENCE: Final = "reference"

OWN_FIT: Final = "that of the variant"
"""The fit of a run that names none: that of its variant, the reference fit without a variant."""

METHOD: Final = "rk4"
"""The published figures are those of this method."""

NOISY: Final = "euler"

Uncertainty: TypeAlias = Literal["none", "shocks"]


@dataclass(frozen=True)
class CountrySetup:
    """What the run of one country starts from.

    `variant`: the name of the one whose switches it has, or "none"; `assumed`: what stands behind its drivers
    after their last figures.
    """

    parameters: Mapping[str, float]
    tables: Mapping[str, Points]
    years: tuple[float, float]
    variant: str
    assumed: tuple[Assumed, ...] = ()


@dataclass(frozen=True)
class RunSpec:
    """What is asked of runs of some countries, and, by country, what each run starts from.

    `variant`, `parameters`, `years`, `dt` and `method` are as they were asked for, None where they were not:
    what then holds is in `setups`, `used_method` and the model text. `draws`: so many runs with the shocks of
    the model text, numbered from `seed`; None for one without. `variables`: what is kept, by default all.
    """

    setups: Mapping[str, CountrySetup]
    fit: Fit | None = None
    scenario: Scenario | None = None
    variant: str | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    years: tuple[float, float] | None = None
    dt: float | None = None
    method: str | None = None
    draws: int | None = None
    seed: int = 0
    save_every: float | None = None
    variables: tuple[str, ...] | None = None

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries by iso3, in the order asked for."""
        return tuple(self.setups)

    @property
    def iso3(self) -> str:
        """The one country of the runs. Raises InputError for none and for several."""
        if len(self.setups) != 1:
            got = ", ".join(self.setups) or "none"
            raise refuse("countries", got, "one country", "ask for one at a time, or for an ensemble")
        return self.countries[0]

    @property
    def setup(self) -> CountrySetup:
        """What the run of its one country starts from. Raises InputError as `iso3` does."""
        return self.setups[self.iso3]

    def of(self, iso3: str) -> RunSpec:
        """The same of one of its countries."""
        return replace(self, setups={iso3: self.setups[iso3]})

    @property
    def uncertainty(self) -> Uncertainty:
        """What the runs differ by: the shocks of the model text, or nothing."""
        return "none" if self.draws is None else "shocks"

    @property
    def used_method(self) -> str:
        """The scheme that integrates: the one asked for, or the usual one with or without shocks."""
        return self.method or (METHOD if self.draws is None else NOISY)

    def called(self, iso3: str) -> dict[str, str]:
        """What a run is called: its country, scenario, fit and variant, "none" for what it has not."""
        return {
            "country": iso3,
            "scenario": NONE if self.scenario is None else self.scenario.name,
            "fit": NONE if self.fit is None else self.fit.name,
            "variant": self.setups[iso3].variant,
        }


def resolve(
    study: StudyContent,
    countries: str | Iterable[str] | None,
    fit: Fit | str | None = OWN_FIT,
    scenario: Scenario | str | None = None,
    variant: str | None = None,
    parameters: Mapping[str, float] | None = None,
    years: tuple[float, float] | None = None,
    dt: float | None = None,
    method: str | None = None,
    draws: int | None = None,
    seed: int = 0,
    save_every: float | None = None,
    variables: Sequence[str] | None = None,
) -> RunSpec:
    """What is asked of a study by name, understood: each name is looked up here and nowhere after.

    `countries`: one, some, or None for those of the scenario, else of the fit, else all; `parameters`: values
    that go before all others; `years`: first and last, by default the first of the country's window and the
    horizon of the scenario, or the end of the window; beyond the window drivers go on by the assumptions of
    the study after their last figures. `dt`: the step, Year, by default that of the text.

    Raises InputError for what the study does not know, as `fit_of`, `values_of`, `checked_span`,
    `Drivers.tables`, `carried_beyond` and `scenario_tables` do.
    """
    chosen, named = fit_of(study, fit, variant), study.named_scenario(scenario)
    if countries is None:
        countries = scenario_countries(study, named, chosen)
    changed = dict(parameters or {})
    setups = {
        iso3: country_setup(study, iso3, chosen, named, variant, changed, years, dt)
        for iso3 in codes(countries)
    }
    kept = None if variables is None else tuple(variables)
    return RunSpec(setups, chosen, named, variant, changed, years, dt, method, draws, seed, save_every, kept)


def scenario_countries(study: StudyContent, scenario: Scenario | None, fit: Fit | None) -> tuple[str, ...]:
    """The countries of a scenario: those it names, else those of the fit, else all of the study."""
    named = () if scenario is None else scenario.countries
    return named or (tuple(study.countries) if fit is None else tuple(fit.countries))


def fit_of(study: StudyContent, fit: Fit | str | None, variant: str | None) -> Fit | None:
    """The fit asked for, or the one that belongs to the variant.

    Raises InputError for an unknown fit or variant, and for a variant without a fit.
    """
    if fit != OWN_FIT:
        return study.named_fit(fit)
    if variant is None:
        return study.fits[REFERENCE]
    own = study.variants[variant].fit
    if own is None:
        cure = "name one with --fit, or run it without a fit (--fit none)"
        raise refuse(f"variant '{variant}'", "no fit of its own", "the name of a fit", cure)
    return study.fits[own]


def needed_fit(study: StudyContent, fit: Fit | str | None) -> Fit:
    """The fit asked for. Raises InputError for an unknown one and for none."""
    chosen = study.named_fit(fit)
    if chosen is None:
        raise refuse("fit", "none", "the name of a fit", "name one with --fit, or calibrate first")
    return chosen


def country_setup(
    study: StudyContent,
    iso3: str,
    fit: Fit | None,
    scenario: Scenario | None,
    variant: str | None,
    parameters: Mapping[str, float],
    years: tuple[float, float] | None,
    dt: float | None,
) -> CountrySetup:
    """What the run of a country starts from: of its record, or of a scenario beyond it; see `resolve`."""
    window = study.countries[iso3].window
    horizon = None if scenario is None else scenario.horizon
    span = (float(window.start), float(horizon or window.end)) if years is None else years
    span = checked_span(study, iso3, span, dt)
    changed = {} if scenario is None else scenario.parameters(iso3)
    values = values_of(study, iso3, fit, variant_of(study, fit, variant), changed, parameters)
    assert study.agreed
    used = study.variants.of_values(values)
    tables, assumed = country_tables(study, iso3, None if fit is None else fit.until, scenario, span)
    return CountrySetup(values, tables, span, NONE if used is None else used.name, tuple(assumed))


def country_tables(
    study: StudyContent, iso3: str, until: int | None, scenario: Scenario | None, span: tuple[float, float]
) -> tuple[Mapping[str, Points], Iterable[Assumed]]:
    """The tables of a run of a country, and what is assumed after their last figures.

    `until`: the last year of its own figures that the run may know.
    """
    drivers = study.drivers
    if scenario is not None:
        known = drivers.tables(iso3, until, whole=True)
        return scenario_tables(known, scenario, iso3, span, study.assumptions, drivers.sources)
    recorded = study.tables(iso3, until)
    if span[1] <= study.countries[iso3].window.end:
        return recorded, _held(recorded, drivers.sources, span[1])
    known = drivers.tables(iso3, until, whole=True)
    return carried_beyond(known, drivers.sources, study.assumptions, iso3, span[1])


def _held(tables: Mapping[str, Points], sources: Iterable[str], until: float) -> Iterator[Assumed]:
    """The drivers whose figures end before the window does: they stay where they are for the rest of it."""
    for table in sources:
        last = float(tables[table][0][-1])
        if last < until:
            rule = Assumption(rule="hold", unit="Dmnl", source="no figure yet to the end of the window")
            yield Assumed(table.removesuffix(TABLE), last, rule)
