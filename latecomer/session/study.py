"""The public object: one study folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

from latecomer.calibrate.score import Score, score_run
from latecomer.language import Kind
from latecomer.session.asked import OWN_FIT, REFERENCE, fit_of, named
from latecomer.session.check import CheckResult, check_fit, not_empty, run_fit
from latecomer.session.numbers import Relocked, relock
from latecomer.session.progress import Progress, silent
from latecomer.study import ensembles
from latecomer.study.audit import audited, books_of
from latecomer.study.fits import Fit, plain_name, save_fit
from latecomer.study.rooms import METHOD, Rooms
from latecomer.study.scenarios import Scenario, Scenarios
from latecomer.study.setup import run_setup
from latecomer.study.variants import Variants

if TYPE_CHECKING:
    from latecomer.calibrate.identify import Identification
    from latecomer.execute.executor import Executor
    from latecomer.session.coverage import BandCoverage
    from latecomer.session.data_diff import DataDiff
    from latecomer.session.reproduce import Reproduction
    from latecomer.session.scenario import ScenarioResult
    from latecomer.session.summary_run import SummaryRun
    from latecomer.solve.summary import Summary

NOISY = "euler"


class Study:
    """The study in the folder `root`: its model, countries, figures and fits.

    Raises InputError for a folder without a model text.

    >>> from latecomer.study.reference import reference_root
    >>> "KOR" in Study(reference_root()).rooms.countries
    True
    """

    def __init__(self, root: Path | str = ".") -> None:
        self.rooms = Rooms(root)

    def __repr__(self) -> str:
        return f"<Study {self.rooms.root}>"

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
        chosen, asked = fit_of(self.rooms, fit, variant), self.rooms.scenario(scenario)
        used = run_setup(self.rooms, iso3, chosen, parameters, years, asked, variant, dt).variant
        names: dict[str, Any] = named(iso3, asked, chosen, used)
        names |= {
            "method": (METHOD if draws is None else NOISY) if method is None else method,
            "dt": dt or self.rooms.model.grid().dt,
        }
        ways: dict[str, Any] = {"years": years, "dt": dt, "method": method}
        ways |= {"scenario": asked, "variant": variant}
        if draws is None:
            run = self.rooms.simulate(iso3, chosen, parameters, **ways)
            return self._audited(run.assign_attrs(names))
        ways["variables"] = self.variables
        runs = ensembles.ensemble(self.rooms, [iso3], draws, seed, chosen, parameters, **ways)
        return self._audited(runs.sel(case=iso3, drop=True).assign_attrs(names, seed=seed))

    def _audited(self, run: xr.Dataset) -> xr.Dataset:
        return audited(run, self.rooms, books_of(str(run.attrs["country"]), run.attrs))

    @property
    def scenarios(self) -> Scenarios:
        """The scenarios of runs/scenarios by name. Raises InputError for what they name and nobody knows."""
        return self.rooms.scenarios

    @property
    def variants(self) -> Variants:
        """The rival structures of model/variants.toml by name; none is the truth by default."""
        return self.rooms.variants

    def run_scenario(
        self, scenario: Scenario | str, out: Path | str, progress: Progress = silent, **asked: Any
    ) -> ScenarioResult:
        """Run a scenario for all its countries, each into a folder of `out`, with the page scenario.html.

        `asked`: draws, seed, years, parameters, fit, method, dt, variant, as for `run`. Raises InputError as
        `run` does, and where `out` cannot be written to.
        """
        from latecomer.session.scenario import run_scenario

        return run_scenario(self, scenario, Path(out), progress, **asked)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables of the model that have a path."""
        text = self.rooms.model.text
        without = (Kind.TABLE, Kind.CONTROL)
        return tuple(v.name for v in text.variables if v.kind not in without and not v.hidden)

    def ensemble(
        self,
        countries: Sequence[str],
        draws: int,
        seed: int = 0,
        fit: Fit | str | None = OWN_FIT,
        parameters: Mapping[str, float] | None = None,
        **asked: Any,
    ) -> xr.Dataset:
        """Noisy free runs of some countries over (case, draw, time), draw k with the same shocks in each.

        `asked`: scenario, variant, variables, years, dt, save_every and more, as for `Model.ensemble`. Raises
        InputError.
        """
        chosen = fit_of(self.rooms, fit, asked.get("variant"))
        return ensembles.ensemble(self.rooms, countries, draws, seed, chosen, parameters, **asked)

    def summarise(
        self,
        countries: Sequence[str],
        draws: int,
        seed: int = 0,
        fit: Fit | str | None = OWN_FIT,
        parameters: Mapping[str, float] | None = None,
        **asked: Any,
    ) -> Summary:
        """What noisy free runs of some countries come to, without keeping a path.

        `asked`: scenario, variant, variables, quantiles, events, years and more, as for `Model.summarise`.
        Raises InputError.
        """
        chosen = fit_of(self.rooms, fit, asked.get("variant"))
        return ensembles.summarise(self.rooms, countries, draws, seed, chosen, parameters, **asked)

    def run_summary(self, iso3: str, out: Path | str, draws: int, seed: int = 0, **asked: Any) -> SummaryRun:
        """What noisy free runs of a country come to, in a folder: gone on from after a stop, found again.

        `asked`: scenario, variant, fit, parameters, years, dt, method, variables, executor and progress, as
        for `run_summary`. Raises InputError.
        """
        from latecomer.session.summary_run import run_summary

        return run_summary(self, iso3, Path(out), draws, seed, **asked)

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
        executor: Executor | None = None,
        resume: bool = True,
    ) -> Fit:
        """The joint fit of some countries to their figures, up to the year `until` where it is given.

        `variant`: whose switches are set; the fit then goes by its name for it. `within`: a fit whose shared
        parameters are held, so that only those of the countries move. `report` is called with the number of
        the start, the iteration and the loss. `kept`: a folder of evaluations, from which a search that was
        cut off goes on, or which a sound request begins anew without `resume`; `executor`: where the starts
        are searched for, by default here. `save` keeps the fit.
        Raises InputError for an unknown country or no country.
        """
        from latecomer.calibrate.maximise import calibrate

        rival = None if variant is None else self.rooms.variants[variant].fit
        made = "-".join([*countries, *([] if until is None else ["until", str(until)])])
        label = plain_name(name or rival or made, "name of the fit")
        asked: dict[str, Any] = {"until": until, "starts": starts, "seed": seed, "name": label}
        asked |= {} if variant is None else {"variant": variant}
        held = self.rooms.fit(within)
        if held is not None:
            held.refuse_stale(self.rooms)
        if executor is not None:
            from latecomer.session.far_fits import starts_by

            asked["elsewhere"] = starts_by(executor, self.rooms)
        return calibrate(
            self.rooms, list(countries), report=report, within=held, kept=kept, resume=resume, **asked
        )

    def sample(
        self,
        fit: Fit | str,
        samples: int,
        seed: int = 0,
        kept: Path | None = None,
        resume: bool = False,
        report: Callable[[int, int, float], None] | None = None,
    ) -> Fit:
        """The fit with its posterior: `samples` draws of each of four chains, saved beside it.

        `kept`: a folder for checkpoints; `resume`: go on from there, to the same draws. Raises InputError for
        a stale fit, a checkpoint of another posterior, and without the extra `posterior`.
        """
        from latecomer.session.posterior import sample_fit

        chosen = not_empty(self.rooms.fit(fit))
        return sample_fit(self.rooms, chosen, samples, seed, kept, resume, report)

    def identify(self, fit: Fit | str = REFERENCE, profiled: Sequence[str] = ()) -> Identification:
        """Which of the numbers that a fit estimates the figures identify, and which are sloppy or flat.

        `profiled`: those whose profile likelihood is looked at too. Raises InputError for a stale fit.
        """
        from latecomer.session.estimation import identify_fit

        return identify_fit(self.rooms, not_empty(self.rooms.fit(fit)), profiled)

    def coverage(
        self, fit: Fit | str = REFERENCE, draws: int = 200, seed: int = 0, progress: Progress = silent
    ) -> BandCoverage:
        """What the 80 % bands of a fit cover: from its posterior, or from draws of the fast approximation.

        Raises InputError for a stale fit.
        """
        from latecomer.session.coverage import coverage_of_fit

        return coverage_of_fit(self.rooms, not_empty(self.rooms.fit(fit)), draws, seed, progress)

    def save(self, fit: Fit) -> Path:
        """Keep a fit under its name in calibration/fits; returns its folder."""
        return save_fit(fit, self.rooms.fits.place(fit.name))

    def score(self, fit: Fit | str | None = REFERENCE, countries: Iterable[str] | None = None) -> list[Score]:
        """The scores of free runs against every target with figures, over the countries of the fit.

        Raises InputError for an unknown fit or country.
        """
        chosen = self.rooms.fit(fit)
        fitted = self.rooms.countries if chosen is None else chosen.countries
        asked = list(fitted) if countries is None else list(countries)
        runs = {iso3: self.rooms.simulate(iso3, chosen) for iso3 in asked}
        return [score for iso3, run in runs.items() for score in score_run(self.rooms, iso3, run)]

    def check(self, fit: Fit | str = REFERENCE, progress: Progress = silent) -> CheckResult:
        """Whether the runs of a fit keep the tolerances, its scores are where they were, and the books hold.

        Figures that calibration/numbers.lock holds or a document quotes count too. Raises InputError for an
        unknown fit, and for one made from other content than the study now holds.
        """
        return check_fit(self.rooms, not_empty(self.rooms.fit(fit)), progress)

    def lock(self, fit: Fit | str = REFERENCE, progress: Progress = silent) -> Relocked:
        """Lock the numbers as they are now, those of a fit as the published ones; says what moved.

        The figures of a stale fit stay as they were locked. Raises InputError for an unknown fit and for a
        figure that a document quotes and nobody knows.
        """
        chosen = not_empty(self.rooms.fit(fit))
        runs = [] if chosen.stale(self.rooms) else list(run_fit(self.rooms, chosen, progress))
        return relock(self.rooms, chosen, runs)

    def data_diff(
        self,
        old: Path | str,
        new: Path | str,
        fit: Fit | str = REFERENCE,
        refit: bool = False,
        progress: Progress = silent,
    ) -> DataDiff:
        """What the revision of the figures from the folder `old` to `new` does to a fit and its conclusions.

        `refit`: fit again on the new figures, from the values of the fit. Raises InputError for a table that
        cannot be read and for an unknown fit.
        """
        from latecomer.session.data_diff import data_diff

        chosen = not_empty(self.rooms.fit(fit))
        return data_diff(self.rooms, Path(old), Path(new), chosen, refit, progress)

    def reproduce(
        self, out: Path | str | None = None, fit: Fit | str = REFERENCE, progress: Progress = silent
    ) -> Reproduction:
        """Run every country of a fit, score it, and write the report and its figure into the folder `out`.

        Raises InputError as `check` does, and where `out` (reports/out by default) cannot be written to.
        """
        # imported here: a run needs nothing of the report
        from latecomer.session.reproduce import reproduce

        folder = self.rooms.root / "reports" / "out" if out is None else Path(out)
        return reproduce(self.rooms, not_empty(self.rooms.fit(fit)), folder, progress)
