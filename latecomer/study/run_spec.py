"""What is asked of runs, understood once: every name looked up, and what each country starts from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from latecomer.faults import refuse
from latecomer.study.assumptions import Assumed, Assumption, carried_beyond
from latecomer.study.drivers import Points
from latecomer.study.fits import Fit
from latecomer.study.levers import TABLE
from latecomer.study.scenarios import Scenario, scenario_tables
from latecomer.study.span import checked_span
from latecomer.study.values import values_of, variant_of

if TYPE_CHECKING:
    from latecomer.study.study import Study

NONE = "none"
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
    study: Study,
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
    elif isinstance(countries, str):
        countries = (countries,)
    changed = dict(parameters or {})
    setups = {
        iso3: country_setup(study, iso3, chosen, named, variant, changed, years, dt) for iso3 in countries
    }
    kept = None if variables is None else tuple(variables)
    return RunSpec(setups, chosen, named, variant, changed, years, dt, method, draws, seed, save_every, kept)


def scenario_countries(study: Study, scenario: Scenario | None, fit: Fit | None) -> tuple[str, ...]:
    """The countries of a scenario: those it names, else those of the fit, else all of the study."""
    named = () if scenario is None else scenario.countries
    return named or (tuple(study.countries) if fit is None else tuple(fit.countries))


def fit_of(study: Study, fit: Fit | str | None, variant: str | None) -> Fit | None:
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


def needed_fit(study: Study, fit: Fit | str | None) -> Fit:
    """The fit asked for. Raises InputError for an unknown one and for none."""
    chosen = study.named_fit(fit)
    if chosen is None:
        raise refuse("fit", "none", "the name of a fit", "name one with --fit, or calibrate first")
    return chosen


def country_setup(
    study: Study,
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
    study: Study, iso3: str, until: int | None, scenario: Scenario | None, span: tuple[float, float]
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
