"""The content of a study: each part read when first needed, and checked against the others.

Also here:
- Scenarios and assumptions of a study, read and held against the rest of it.
- The study as it stood in an earlier year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

from latecomer.changes import finish
from latecomer.data.lock import LockedFile, read_lock
from latecomer.data.observations import Observations, load_observations
from latecomer.errors import Fault, InputError, refuse
from latecomer.files import read_text
from latecomer.language import Kind
from latecomer.language.analysis import sector_notes
from latecomer.study import consistency, provenance
from latecomer.study.accounting import FILE as ACCOUNTS
from latecomer.study.accounting import Accounts, checked, read_accounts, signed
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
from latecomer.study.fits import NONE, Fit, Fits
from latecomer.study.levers import TABLE, Levers, load_levers
from latecomer.study.outcomes import Outcomes, load_outcomes, outcome_faults
from latecomer.study.parameters import ParameterTable, joined, load_parameter_files
from latecomer.study.reference import MARK
from latecomer.study.scenario_checks import Known, scenario_faults
from latecomer.study.scenarios import Scenario, Scenarios, load_scenarios
from latecomer.study.targets import Targets, load_targets, target_faults
from latecomer.study.variants import Variants, idle_faults, load_variants

if TYPE_CHECKING:
    from latecomer.simulate import Model


AnyStudy = TypeVar("AnyStudy", bound="StudyContent")


def as_of(study: AnyStudy, until: int) -> AnyStudy:
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


def checked_assumptions(study: StudyContent) -> Assumptions:
    """The assumptions of a study; raises InputError for every fault in them."""
    assumptions = load_assumptions(study.root / FOLDER / FILE)
    faults = list(assumption_faults(assumptions, study.drivers.sources, table_units(study), study.countries))
    if faults:
        raise InputError(faults)
    return assumptions


def checked_scenarios(study: StudyContent) -> Scenarios:
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


def table_units(study: StudyContent) -> dict[str, str]:
    """The unit of each table of the model text."""
    return {table.name: table.unit for table in study.model.text.of_kind(Kind.TABLE)}


FITS = Path("calibration") / "fits"


class StudyContent:
    """The content of the study in the folder `root`: model, countries, figures, fits.

    A change of the folder that was cut off is finished first. Raises InputError for a folder without a model
    text.

    >>> from latecomer.study.reference import reference_root
    >>> "KOR" in StudyContent(reference_root()).countries
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
        return f"<{type(self).__name__} {self.root}>"

    @cached_property
    def model(self) -> Model:
        """The model of model/latecomer.mdl, ready to run; `study.accounting` says what is kept."""
        from latecomer.simulate import load_model

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

    def tables(self, iso3: str, until: int | None = None) -> dict[str, Points]:
        """{table: (years, values)} of a country; see `Drivers.tables`."""
        return self.drivers.tables(iso3, until)

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

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables of the model that have a path."""
        text = self.model.text
        without = (Kind.TABLE, Kind.CONTROL)
        return tuple(v.name for v in text.variables if v.kind not in without and not v.hidden)
