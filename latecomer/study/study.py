"""A study: its content, each part read when first needed and checked against the others, and its runs.

Also here:
- Scenarios and assumptions of a study, read and held against the rest of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, cast

import xarray as xr

from latecomer.changes import finish
from latecomer.data.lock import LockedFile, read_lock
from latecomer.data.observations import Observations, load_observations
from latecomer.errors import Fault, InputError, refuse
from latecomer.files import read_text
from latecomer.language import Kind
from latecomer.language.analysis import sector_notes
from latecomer.study import consistency, provenance, simulation
from latecomer.study.accounting import FILE as ACCOUNTS
from latecomer.study.accounting import Accounts, checked, read_accounts
from latecomer.study.countries import FILE as POPULATIONS
from latecomer.study.countries import (
    Countries,
    Population,
    load_countries,
    load_populations,
    population_faults,
)
from latecomer.study.drivers import Drivers, Points, driver_faults, load_drivers, table_spans
from latecomer.study.extrapolation import FILE, Assumptions, assumption_faults, load_assumptions
from latecomer.study.fits import Fit, Fits
from latecomer.study.levers import TABLE, Levers, load_levers
from latecomer.study.outcomes import Outcomes, load_outcomes, outcome_faults
from latecomer.study.parameters import Parameter, ParameterTable, joined, load_parameter_files
from latecomer.study.reference import MARK
from latecomer.study.run_spec import (
    NONE,
    OWN_FIT,
    REFERENCE,
    RunSpec,
    find_parameter,
    resolve,
    values_of,
    variant_of,
)
from latecomer.study.scenario_checks import Known, scenario_faults
from latecomer.study.scenarios import Scenario, Scenarios, load_scenarios
from latecomer.study.targets import Targets, load_targets, target_faults
from latecomer.study.variants import Variants, idle_faults, load_variants

if TYPE_CHECKING:
    from latecomer.simulate import Event, Model
    from latecomer.simulate.summary import Summary


def as_of(study: Study, until: int) -> Study:
    """The study as it stood in the year `until`: no later figure of a country can be had from it.

    World drivers are those of the whole record: a forecast is told what the world did, not what a country
    did. Raises InputError as its content does.
    """
    # targets and drivers are checked against all figures: a variable may begin after the cut-off
    _ = study.targets, study.drivers, study.agreed
    early = copy(study)
    vars(early)["observations"] = study.observations.cut(until)
    return early


FOLDER: Final = Path("runs") / "scenarios"


def checked_assumptions(study: Study) -> Assumptions:
    """The assumptions of a study; raises InputError for every fault in them."""
    assumptions = load_assumptions(study.root / FOLDER / FILE)
    faults = list(assumption_faults(assumptions, study.drivers.sources, table_units(study), study.countries))
    if faults:
        raise InputError(faults)
    return assumptions


def checked_scenarios(study: Study) -> Scenarios:
    """The scenarios of a study; raises InputError for every fault in them."""
    scenarios = load_scenarios(study.root / FOLDER)
    if not scenarios:
        return scenarios
    units, sources = table_units(study), study.drivers.sources
    drivers = {table.removesuffix(TABLE): units[table] for table in sources}
    levers = [table.removesuffix(TABLE) for table in units if table not in sources]
    faults = list(scenario_faults(scenarios, Known(study.parameters, study.countries, levers, drivers)))
    if faults:
        raise InputError(faults)
    return scenarios


def table_units(study: Study) -> dict[str, str]:
    """The unit of each table of the model text."""
    return {table.name: table.unit for table in study.model.text.of_kind(Kind.TABLE)}


NO_FIT = NONE

FITS = Path("calibration") / "fits"


class Study:
    """The study in the folder `root`: model, countries, figures, fits, and what it runs and fits.

    A change of the folder that was cut off is finished first. Raises InputError for a folder without a model
    text.

    >>> from latecomer.study.reference import reference_root
    >>> "KOR" in Study(reference_root()).countries
    True
    """

    # the lock of tables that are held in memory only, see `latecomer.new_countries.build`
    unwritten: Mapping[str, LockedFile] = MappingProxyType({})

    def __init__(self, root: Path | str = ".") -> None:
        self.root = Path(root)
        if not (self.root / MARK).is_file():
            got = "a folder without a model text" if self.root.is_dir() else "no such folder"
            expected = f"a study: a folder with {MARK.as_posix()}"
            cure = "name a study with --study DIR, or make one with latecomer init DIR"
            raise refuse(str(self.root), got, expected, cure)
        # a change that was cut off is finished before anything is read
        for folder in (self.root, self.root / FITS):
            finish(folder)

    def __repr__(self) -> str:
        return f"<Study {self.root}>"

    @cached_property
    def model(self) -> Model:
        """The model of model/latecomer.mdl, ready to run; `study.accounting` says what is kept."""
        from latecomer.simulate import load_model
        from latecomer.study.accounting import signed

        return load_model(self.root / MARK, signed=signed(read_accounts(self.root / "model" / ACCOUNTS)))

    @cached_property
    def accounts(self) -> Accounts:
        """The books that every run is audited by; every name in them is known."""
        return checked(read_accounts(self.root / "model" / ACCOUNTS), self.model.text)

    @cached_property
    def parameters(self) -> ParameterTable:
        """The shared parameters."""
        return joined(self.parameter_files)

    @cached_property
    def parameter_files(self) -> Mapping[str, ParameterTable]:
        """The shared parameters by the name of their file, in the order of the sectors of the text."""
        text = read_text(self.root / MARK, "the model text", "restore the file")
        # what stands above the first heading is of no sector
        return load_parameter_files(self.root / "model", ["", *sector_notes(text)])

    @cached_property
    def countries(self) -> Countries:
        """The countries by iso3."""
        return load_countries(self.root / "model" / "countries", self.root / "model" / "references.bib")

    @cached_property
    def populations(self) -> Mapping[str, Population]:
        """The parameters of countries that are drawn from one population; every name in it is known."""
        populations = load_populations(self.root / "model" / POPULATIONS)
        faults = list(population_faults(populations, self.countries))
        if faults:
            raise InputError(faults)
        return populations

    @cached_property
    def levers(self) -> Levers:
        """The policy levers that the model text knows."""
        return load_levers(self.root / "model" / "levers.toml")

    @cached_property
    def outcomes(self) -> Outcomes:
        """What readers are shown and what is asked of the model; every name in it is known."""
        outcomes = load_outcomes(self.root / "model" / "outcomes.toml")
        variables = [one.name for one in self.model.text.variables if one.kind is not Kind.TABLE]
        tables = [name.removesuffix(TABLE) for name in self.model.tables]
        faults = list(outcome_faults(outcomes, variables, tables))
        if faults:
            raise InputError(faults)
        return outcomes

    @cached_property
    def variants(self) -> Variants:
        """The rival structural variants of the model text; none is the truth by default."""
        variants = load_variants(self.root / "model", self.parameters)
        own = {name for one in self.countries.values() for name in one.parameters}
        faults = list(idle_faults(variants, {*self.parameters, *own}))
        if faults:
            raise InputError(faults)
        return variants

    @cached_property
    def observations(self) -> Observations:
        """The observed figures."""
        return load_observations(self.root / "calibration" / "observations")

    @property
    def locked(self) -> Mapping[str, LockedFile]:
        """The lock of the observation tables as it stands, by file name, with tables that are not written."""
        return {**read_lock(self.root / "calibration" / "observations"), **self.unwritten}

    @cached_property
    def targets(self) -> Targets:
        """What the model is held against; every name in it is known."""
        targets = load_targets(self.root / "calibration" / "targets.toml")
        faults = list(target_faults(targets, self.model.text, self.countries, self.observations))
        if faults:
            raise InputError(faults)
        return targets

    @cached_property
    def drivers(self) -> Drivers:
        """What comes from outside a run; every table of the model text is fed, by a series of its unit."""
        sources = load_drivers(self.root / "model" / "drivers.toml")
        text, countries, observations = self.model.text, self.countries, self.observations
        faults = list(driver_faults(sources, text, countries, observations, self.levers))
        if faults:
            raise InputError(faults)
        return Drivers(sources, countries, observations, table_spans(text), self.levers)

    @cached_property
    def assumptions(self) -> Assumptions:
        """What is assumed of each driver after its last figure."""
        return checked_assumptions(self)

    @cached_property
    def scenarios(self) -> Scenarios:
        """The scenarios by name; every name in them is known."""
        return checked_scenarios(self)

    @cached_property
    def fits(self) -> Fits:
        """The fits by name."""
        return Fits(self.root / FITS)

    @cached_property
    def reference(self) -> str:
        """The country whose values stand in the model text."""
        return consistency.reference_country(self.root / "model" / consistency.FILE, self.countries)

    @property
    def written(self) -> Mapping[str, ParameterTable]:
        """The tables whose values stand in the model text, by the name of their file."""
        own = self.countries[self.reference].parameters
        return {**self.parameter_files, f"{self.reference}.toml": own}

    @property
    def unnamed(self) -> list[Fault]:
        """Every name, sector and unit in which the model text and the tables differ."""
        text, shared = self.model.text, self.parameter_files
        own = {f"{iso3}.toml": country.parameters for iso3, country in self.countries.items()}
        faults = list(consistency.name_faults(text, shared, self.countries))
        return faults + list(consistency.unit_faults(text, {**shared, **own}))

    @cached_property
    def agreed(self) -> bool:
        """True; raises InputError with every difference between the model text and the tables."""
        text = self.model.text
        faults = [*self.unnamed, *consistency.value_faults(text, self.written)]
        faults += consistency.table_faults(text, self.drivers, self.reference)
        if faults:
            raise InputError(faults)
        return True

    def named_fit(self, fit: Fit | str | None) -> Fit | None:
        """A fit by its name; a fit as it is; None for None and for the name "none"."""
        if isinstance(fit, str):
            return None if fit == NONE else self.fits[fit]
        return fit

    def named_scenario(self, scenario: Scenario | str | None) -> Scenario | None:
        """A scenario by its name; a scenario as it is; None for None and for the name "none"."""
        if isinstance(scenario, str):
            return None if scenario == NONE else self.scenarios[scenario]
        return scenario

    def parameter(self, name: str, iso3: str) -> Parameter:
        """A parameter of a country, shared or its own. Raises InputError for an unknown name."""
        return find_parameter(self, name, iso3)

    def parameter_values(
        self,
        iso3: str,
        fit: Fit | str | None = None,
        overrides: Mapping[str, float] | None = None,
        variant: str | None = None,
    ) -> dict[str, float]:
        """Every parameter of a country: overrides go before the variant, then the fit, then the tables.

        `variant`: by default the one that the fit was made with. Result: name and value, in the unit of the
        model text. Raises InputError for an unknown country or parameter, a value outside its range, and a
        text that disagrees with the tables.
        """
        chosen = self.named_fit(fit)
        values = values_of(self, iso3, chosen, variant_of(self, chosen, variant), {}, overrides or {})
        assert self.agreed
        return values

    def tables(self, iso3: str, until: int | None = None) -> dict[str, Points]:
        """{table: (years, values)} of a country; see `Drivers.tables`."""
        return self.drivers.tables(iso3, until)

    def simulate(
        self,
        iso3: str,
        fit: Fit | str | None = None,
        overrides: Mapping[str, float] | None = None,
        years: tuple[float, float] | None = None,
        dt: float | None = None,
        method: str | None = None,
        save_every: float | None = None,
        scenario: Scenario | str | None = None,
        variant: str | None = None,
    ) -> xr.Dataset:
        """One free run of a country: every variable over time; see `resolve` for what it starts from.

        With a fit to figures up to a year the country's own drivers are known up to that year only.
        Raises InputError as `resolve` and `Model.run` do.
        """
        spec = resolve(
            self,
            iso3,
            fit,
            scenario,
            variant,
            overrides,
            years,
            dt,
            method,
            save_every=save_every,
        )
        return simulation.simulate(self, spec, iso3)

    def hashes(self, countries: Iterable[str] | None = None) -> dict[str, str]:
        """The sha256 of what a fit of some countries (all by default) is made from.

        Notes, sources and tolerances are no part of it.
        """
        return {
            "targets": provenance.target_hash(self.targets),
            **({"populations": provenance.population_hash(self.populations)} if self.populations else {}),
            **self.run_hashes(self.countries if countries is None else countries),
        }

    def run_hashes(self, countries: Iterable[str]) -> dict[str, str]:
        """The sha256 of what runs of some countries are made from."""
        text = read_text(self.root / MARK, "the model text", "restore the file")
        return provenance.run_hashes(text, self.parameters, self.drivers, countries, self.locked)

    def run(
        self,
        iso3: str,
        scenario: Scenario | str | None = None,
        draws: int | None = None,
        seed: int = 0,
        years: tuple[float, float] | None = None,
        parameters: Mapping[str, float] | None = None,
        fit: Fit | str | None = OWN_FIT,
        method: str | None = None,
        dt: float | None = None,
        variant: str | None = None,
    ) -> xr.Dataset:
        """A free run of a country: every variable of the model over time, with units and long_name.

        `scenario`: one of runs/scenarios, by its name, or None for the record of the country alone;
        `variant`: a rival structure of model/parameters.toml, by its name, run with a fit of its own.

        `draws`: so many runs with the shocks of the model text, over (draw, time); their noise depends on
        (seed, draw) only, and they differ by nothing else: the uncertainty of the fit is not in them.
        `years`: first and last, by default the country's window, or its begin and the scenario's horizon;
        `parameters`: values that go before all others; `fit`: a fit, its name, or None (or "none") for the
        tables alone, by default that of the variant or the reference; `dt`: step, Year. No figure of the
        country's own output, trade, debt or other outcome is read. Raises InputError for what is not known,
        for years without figures or assumptions, and for books that do not close.
        """
        spec = resolve(self, iso3, fit, scenario, variant, parameters, years, dt, method, draws, seed)
        return simulation.run_country(self, spec)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables of the model that have a path."""
        text = self.model.text
        without = (Kind.TABLE, Kind.CONTROL)
        return tuple(v.name for v in text.variables if v.kind not in without and not v.hidden)

    def spec(
        self,
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
        """What is asked of runs, understood once, for whatever runs it; arguments as for `resolve`.

        Raises InputError as `resolve` does.
        """
        return resolve(
            self,
            countries,
            fit,
            scenario,
            variant,
            parameters,
            years,
            dt,
            method,
            draws,
            seed,
            save_every,
            variables,
        )

    def ensemble(
        self,
        countries: Sequence[str],
        draws: int,
        seed: int = 0,
        fit: Fit | str | None = OWN_FIT,
        parameters: Mapping[str, float] | None = None,
        scenario: Scenario | str | None = None,
        variant: str | None = None,
        years: tuple[float, float] | None = None,
        dt: float | None = None,
        method: str | None = None,
        save_every: float | None = None,
        variables: Sequence[str] | None = None,
        memory: float = 4.0,
        workers: int | None = None,
    ) -> xr.Dataset:
        """Noisy free runs of some countries over (case, draw, time), draw k with the same shocks in each.

        Arguments as for `run` and `Model.ensemble`. Raises InputError as they do.
        """
        asked = (fit, scenario, variant, parameters, years, dt, method, draws, seed, save_every, variables)
        return simulation.ensemble(self, resolve(self, countries, *asked), memory, workers)

    def summarise(
        self,
        countries: Sequence[str],
        draws: int,
        seed: int = 0,
        fit: Fit | str | None = OWN_FIT,
        parameters: Mapping[str, float] | None = None,
        scenario: Scenario | str | None = None,
        variant: str | None = None,
        years: tuple[float, float] | None = None,
        dt: float | None = None,
        method: str | None = None,
        save_every: float | None = None,
        variables: Sequence[str] | None = None,
        quantiles: Sequence[float] | None = None,
        events: Mapping[str, Event] | None = None,
        accuracy: float | None = None,
        workers: int | None = None,
    ) -> Summary:
        """What noisy free runs of some countries come to, without keeping a path.

        Arguments as for `run` and `Model.summarise`. Raises InputError as they do.
        """
        asked = (fit, scenario, variant, parameters, years, dt, method, draws, seed, save_every, variables)
        spec = resolve(self, countries, *asked)
        return simulation.summarise(self, spec, quantiles, events, accuracy, workers)

    def fit(
        self,
        countries: Sequence[str],
        until: int | None = None,
        starts: int = 3,
        seed: int = 0,
        report: Callable[[int, int, float], None] | None = None,
        name: str | None = None,
        variant: str | None = None,
        within: Fit | str | None = None,
        kept: Path | None = None,
        executor: Elsewhere | None = None,
        resume: bool = True,
    ) -> Fit:
        """The joint fit of some countries to their figures, up to the year `until` where it is given.

        `variant`: whose switches are set; the fit then goes by its name for it. `within`: a fit whose shared
        parameters are held, so that only those of the countries move. `report` is called with the number of
        the start, the iteration and the loss. `kept`: a folder of evaluations, from which a search that was
        cut off goes on, or which a sound request begins anew without `resume`; `executor`: where the starts
        are searched for, by default here. `save_fit` keeps the fit.
        Raises InputError for an unknown country or no country.
        """
        above = cast("Fitting", import_module("latecomer.inference.fit"))
        return above.fit_countries(
            self, countries, until, starts, seed, report, name, variant, within, kept, executor, resume
        )

    def score(
        self, fit: Fit | str | None = REFERENCE, countries: Iterable[str] | None = None
    ) -> Sequence[Scored]:
        """The scores of free runs against every target with figures, over the countries of the fit.

        Raises InputError for an unknown fit or country.
        """
        above = cast("Scoring", import_module("latecomer.inference.goodness_of_fit"))
        return above.scores_of(self, fit, countries)


class Scored(Protocol):
    """How one series of one country fits; see `latecomer.inference.goodness_of_fit.Score`."""

    @property
    def country(self) -> str:
        """Whose series it is, iso3."""

    @property
    def series(self) -> str:
        """The series of the target."""

    @property
    def nrmsd(self) -> float:
        """Root mean square error over the range of the figures."""

    @property
    def mape(self) -> float | None:
        """Mean absolute percentage error, as a ratio."""

    @property
    def u2(self) -> float:
        """The error over that of a straight line."""

    @property
    def tolerance(self) -> float | None:
        """The largest nrmsd that is let pass."""

    @property
    def holds(self) -> bool | None:
        """Whether the tolerance is kept; None without one."""


class Elsewhere(Protocol):
    """Where items of work are done; see `latecomer.runs.executor.Executor`."""

    @property
    def each(self) -> Callable[..., None]:
        """Does items and hands each result over."""


class Fitting(Protocol):
    """The module that fits."""

    def fit_countries(
        self,
        study: Study,
        countries: Sequence[str],
        until: int | None,
        starts: int,
        seed: int,
        report: Callable[[int, int, float], None] | None,
        name: str | None,
        variant: str | None,
        within: Fit | str | None,
        kept: Path | None,
        executor: Elsewhere | None,
        resume: bool,
    ) -> Fit:
        """See `Study.fit`."""


class Scoring(Protocol):
    """The module that scores."""

    def scores_of(
        self, study: Study, fit: Fit | str | None, countries: Iterable[str] | None
    ) -> Sequence[Scored]:
        """See `Study.score`."""
