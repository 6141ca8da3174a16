"""A study: its content, what it runs and what it fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import xarray as xr

from latecomer.study import simulation
from latecomer.study.content import StudyContent
from latecomer.study.fits import Fit
from latecomer.study.parameters import Parameter
from latecomer.study.run_spec import (
    OWN_FIT,
    REFERENCE,
    RunSpec,
    find_parameter,
    resolve,
    values_of,
    variant_of,
)
from latecomer.study.scenarios import Scenario

if TYPE_CHECKING:
    from latecomer.simulate import Event
    from latecomer.simulate.summary import Summary


class Study(StudyContent):
    """The study in the folder `root`: its content, and what it runs and fits.

    A change of the folder that was cut off is finished first. Raises InputError for a folder without a model
    text.

    >>> from latecomer.study.reference import reference_root
    >>> "KOR" in Study(reference_root()).countries
    True
    """

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
        """One free run of a country: every variable over time; see `latecomer.study.run_spec.resolve`.

        `fit`: by default None, the tables alone, where `run` takes the reference fit; `overrides`: parameters
        that go before all others. The books are not audited. With a fit to figures up to a year the country's
        own drivers are known up to that year only.
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
        `variant`: a rival structure of model/variants.toml, by its name, run with a fit of its own.

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
        """What is asked of runs, understood once, for what runs it; see `latecomer.study.run_spec.resolve`.

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
        request = (fit, scenario, variant, parameters, years, dt, method, draws, seed, save_every, variables)
        return simulation.ensemble(self, resolve(self, countries, *request), memory, workers)

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
        request = (fit, scenario, variant, parameters, years, dt, method, draws, seed, save_every, variables)
        spec = resolve(self, countries, *request)
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
        executor: RemoteExecutor | None = None,
        resume: bool = True,
    ) -> Fit:
        """The joint fit of some countries to their figures, up to the year `until` where it is given.

        `variant`: whose switches are set; the fit then goes by its name for it. `within`: a fit whose shared
        parameters are held, so that only those of the countries move. `report` is called with the number of
        the start, the iteration and the loss. `kept`: a folder of evaluations, from which a search that was
        cut off goes on, or which a sound request begins anew without `resume`; `executor`: where the starts
        are searched for, by default here. `latecomer.study.fits.save_fit` keeps the fit.
        Raises InputError for an unknown country or no country.
        """
        above = cast("Fitting", import_module("latecomer.inference.fit"))
        return above.fit_countries(
            self, countries, until, starts, seed, report, name, variant, within, kept, executor, resume
        )

    def score(
        self, fit: Fit | str | None = REFERENCE, countries: str | Iterable[str] | None = None
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


class RemoteExecutor(Protocol):
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
        executor: RemoteExecutor | None,
        resume: bool,
    ) -> Fit:
        """See `Study.fit`."""


class Scoring(Protocol):
    """The module that scores."""

    def scores_of(
        self, study: Study, fit: Fit | str | None, countries: str | Iterable[str] | None
    ) -> Sequence[Scored]:
        """See `Study.score`."""
