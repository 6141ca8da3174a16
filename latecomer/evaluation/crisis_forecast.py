"""The breakdown of a study as an event: predicted from figures before it, held against the record of it.

Also here:
- Further countries for the prediction of a breakdown: fitted to early figures, scored by all of them.
- The runs behind the prediction of a breakdown: from figures up to a cut-off, through later years.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.errors import InputError, refuse
from latecomer.evaluation.credit_loss import credit_loss, events, ordered, rules_of_thumb, runs_of_draws
from latecomer.evaluation.crisis_scores import (
    CountryCrisis,
    Criterion,
    RuleScores,
    SourceScores,
    criteria,
    rule_scores,
    source_scores,
)
from latecomer.evaluation.hindcast import (
    HindcastScore,
    Pooled,
    hindcast_scores,
    judged,
    past_error_scales,
    pooled,
    sound_runs,
)
from latecomer.files import read_rows
from latecomer.inference.bands import LEVEL, band_scores, pooled_coverage
from latecomer.inference.laplace import approximate, coordinates
from latecomer.inference.optimise import from_centres
from latecomer.inference.problem import Problem, make_problem
from latecomer.runs.executor import Progress, silent
from latecomer.runs.results import save_evidence
from latecomer.study.content import as_of
from latecomer.study.countries import Countries
from latecomer.study.fits import fit_at_cutoff

if TYPE_CHECKING:
    from latecomer.inference.bands import BandScore
    from latecomer.inference.proper_scores import Coverage
    from latecomer.study.fits import Fit
    from latecomer.study.outcome_tables import Forecast
    from latecomer.study.outcomes import Outcomes
    from latecomer.study.study import Study


Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ForecastOptions:
    """How a forecast is made: `until` the cut-off, `end` the last year of the runs, draws and their seed."""

    until: int
    end: int
    draws: int
    seed: int


def forecast(
    study: Study, fit: Fit, variant: str, added: Sequence[str], ask: ForecastOptions, progress: Progress
) -> dict[str, xr.Dataset]:
    """Runs over (draw, time) of the countries of a fit and of newcomers, by draws of the fast approximation.

    Newcomers are fitted jointly within the fit, whose shared numbers hold, from the centres of their priors,
    to their figures up to the cut-off. Runs that do not stay finite are left out, the others keep the number
    of their draw. Raises InputError for a search without an end, and where no run of a country is finite.
    """
    early = as_of(study, ask.until)
    steps = 2 if added else 1
    progress(f"{variant}: runs of {len(fit.countries)} countries", 0, steps)
    problem = make_problem(early, fit.countries, ask.until, variant=variant)
    found = _runs(early, problem, coordinates(problem.layout, fit), fit.countries, variant, None, ask)
    if added:
        progress(f"{variant}: fit and runs of {len(added)} countries of the panel", 1, steps)
        problem = make_problem(early, added, ask.until, variant=variant, within=fit)
        z = fit_new_countries(problem, added)
        found |= _runs(early, problem, z, added, variant, fit, ask)
    progress(f"{variant}: runs are there", steps, steps)
    return {iso3: finite_runs(iso3, runs, ask) for iso3, runs in found.items()}


def fit_new_countries(problem: Problem, added: Sequence[str]) -> Floats:
    """The likeliest own numbers of newcomers, from the centres of their priors, shape (entries,).

    Raises InputError where the search meets no finite loss.
    """
    got = f"no finite loss at the centres of the priors of {', '.join(added)}"
    return from_centres(
        problem, "countries of the panel", got, "mend their figures, or leave a country out"
    ).z


def _runs(
    early: Study,
    problem: Problem,
    z: Floats,
    countries: Sequence[str],
    variant: str,
    within: Fit | None,
    ask: ForecastOptions,
) -> dict[str, xr.Dataset]:
    draws = approximate(problem, z).draws(ask.seed, ask.draws)
    request: dict[str, Any] = {"variant": variant, "within": within, "through": ask.end}
    later = make_problem(early, countries, ask.until, **request)
    event = early.outcomes.needed_event("a prediction of the breakdown")
    variables = dict.fromkeys([*(target.variable for target in early.targets.targets), event.variable])
    return runs_of_draws(early, later, list(variables), draws)


def finite_runs(iso3: str, runs: xr.Dataset, ask: ForecastOptions) -> xr.Dataset:
    """The runs that stay finite up to the end. Raises InputError where none does."""
    return sound_runs("breakdown", iso3, runs.sel(time=slice(None, ask.end)), {})[0]


def pool(each: Sequence[Mapping[str, xr.Dataset]], draws: int) -> dict[str, xr.Dataset]:
    """The runs of several variants as one set of equal weights, draws numbered on."""
    numbered = [
        {iso3: one.assign_coords(draw=one["draw"] + k * draws) for iso3, one in runs.items()}
        for k, runs in enumerate(each)
    ]
    return {iso3: xr.concat([runs[iso3] for runs in numbered], "draw") for iso3 in numbered[0]}


EARLY_YEARS = 5
"""Years up to the cut-off below which figures tell nothing of a country's own numbers."""

ENDED = "runs end in "
"""How a country's lacks tell the end of its figures; of a cut panel that is the cut-off, and says nothing."""


@dataclass(frozen=True)
class PanelStudy:
    """The study with the countries of a panel beside its own.

    `countries`: those that run; `lacks`: what each lacks and what stands in; `refused`: the others and why.
    """

    study: Study
    countries: tuple[str, ...] = ()
    lacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


def with_panel(study: Study, panel: Path, until: int) -> PanelStudy:
    """The countries of a panel that begin before a cut-off, their files made from figures up to it alone.

    The panel is read twice. A rule that makes a country's parameters sees the rows up to `until`; the window
    and the figures that the forecast is scored by are of the whole panel. Raises InputError for a faulty one.
    """
    from latecomer.new_countries.build import make_new_countries

    whole = make_new_countries(study, panel)
    refused, early = dict(whole.refused), whole
    starts = {iso3: int(whole.study.countries[iso3].window.start) for iso3 in whole.countries}
    refused |= {one: f"begins in {year}, not before {until}" for one, year in starts.items() if year >= until}
    if any(one not in refused for one in whole.countries):
        try:
            with TemporaryDirectory() as folder:
                early = make_new_countries(study, cut_panel(panel, until, Path(folder)), EARLY_YEARS)
        except InputError as error:
            why = f"up to {until}: {error}"
            return PanelStudy(whole.study, refused={**dict.fromkeys(whole.countries, why), **refused})
    refused |= {one: f"up to {until}: {why}" for one, why in early.refused.items() if one not in refused}
    kept = tuple(one for one in whole.countries if one in early.countries and one not in refused)
    lost = {one: f"no figures up to {until}" for one in whole.countries if one not in (*kept, *refused)}
    return PanelStudy(
        with_early_countries(whole.study, early.study, kept),
        kept,
        {one: tuple(said for said in early.lacks.get(one, ()) if not said.startswith(ENDED)) for one in kept},
        refused | lost,
    )


def cut_panel(panel: Path, until: int, folder: Path) -> Path:
    r"""The rows of a panel up to a year, in a file of the same name in `folder`.

    >>> with TemporaryDirectory() as folder:
    ...     (Path(folder) / "early").mkdir()
    ...     path = Path(folder) / "panel.csv"
    ...     _ = path.write_text("iso3,year,variable,value\nCHL,1979,a,1\nCHL,1980,a,2\n")
    ...     cut_panel(path, 1979, Path(folder) / "early").read_text().splitlines()
    ['iso3,year,variable,value', 'CHL,1979,a,1']
    """
    rows = read_rows(panel, "a csv file of figures", "mend the path")
    place = [name.strip() for name in rows[0]].index("year")
    kept = [row for row in rows[1:] if row and int(row[place]) <= until]
    path = folder / panel.name
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([rows[0], *kept])
    return path


def with_early_countries(whole: Study, early: Study, names: tuple[str, ...]) -> Study:
    """A study with some countries as early figures make them, and the windows of the whole record."""
    study = copy(whole)
    made = {}
    for iso3 in names:
        one, end = early.countries[iso3], whole.countries[iso3].window.end
        made[iso3] = one.model_copy(update={"window": one.window.model_copy(update={"end": end})})
    others = {iso3: one for iso3, one in whole.countries.items() if iso3 not in made}
    vars(study)["countries"] = Countries({**others, **made})
    return study


DRAWS = 200

REFERENCE = "reference"


@dataclass(frozen=True)
class Breakdown:
    """The prediction and all that it is held against; countries from the likeliest down.

    `lacks`: what figures a newcomer lacks and what stands in; `refused`: countries of the panel that cannot
    be run, and why; `naive`: the errors of model and naive forecasts after the cut-off up to `end`.
    """

    until: int
    window: tuple[int, int]
    end: int
    variants: tuple[str, ...]
    draws: int
    seed: int
    countries: tuple[CountryCrisis, ...]
    scores: Mapping[str, SourceScores]
    rules: tuple[RuleScores, ...]
    hindcast: tuple[Pooled, ...]
    coverage: Coverage | None
    criteria: tuple[Criterion, ...]
    lacks: Mapping[str, tuple[str, ...]]
    refused: Mapping[str, str]
    outcomes: Outcomes

    def as_dict(self) -> dict[str, Any]:
        """The prediction as plain data: an area is null where a source has no event or no quiet country."""
        record = self.outcomes.record
        return {
            "until": self.until,
            "window": list(self.window),
            "countries": [one.as_dict() for one in self.countries],
            "auc": {source: _data(one.auc) for source, one in self.scores.items()},
            "rules": {
                one.rule: {
                    **{source: _data(found) for source, found in one.auc.items()},
                    "model": {source: _data(found) for source, found in one.model.items()},
                    "missing": list(one.missing),
                    "says": self.outcomes.rules[one.rule].says,
                }
                for one in self.rules
            },
            "hindcast": {short(one.series): _hindcast(one) for one in self.hindcast},
            "events": {source: one.as_dict() for source, one in self.scores.items()},
            "sources": {source: one.series for source, one in record.catalogues.items()},
            "coverage": None if self.coverage is None else {"level": LEVEL, **asdict(self.coverage)},
            "criteria": [one.as_dict() for one in self.criteria],
            "variants": list(self.variants),
            "draws": self.draws,
            "seed": self.seed,
            "end": self.end,
            "lacks": {iso3: list(said) for iso3, said in self.lacks.items()},
            "refused": dict(self.refused),
        }


def _data(found: Any) -> dict[str, Any] | None:
    return None if found is None else found.as_dict()


def _hindcast(one: Pooled) -> dict[str, Any]:
    return {"model": one.rmse, "best naive": one.naive[one.best], **one.as_dict()}


def short(series: str) -> str:
    """The name of a series without what it is divided by.

    >>> short("debt/output, one denominator")
    'debt/output'
    """
    return series.partition(",")[0]


def breakdown(
    study: Study,
    until: int | None = None,
    panel: Path | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    variants: Sequence[str] | None = None,
    progress: Progress = silent,
) -> Breakdown:
    """The breakdown within the window of the study, predicted from figures up to a cut-off, and its scores.

    probability = P(lowest value of the window < level), over draws of the fast approximation

    Nothing on record is read but to score. `until`: by default the cut-off of the study; `panel`: a table of
    further countries, fitted within the fit to the cut-off. `variants`: whose draws are pooled with equal
    weights, by default that of the reference fit. From a cut-off within the window it opens the year after.
    Raises InputError for a study that says not what breaks down, or which years count, for a variant without
    a fit to the cut-off, with the command that makes it, for a stale one, for a cut-off at which no window is
    left, and where no run of a country is finite.
    """
    what = "a prediction of the breakdown"
    study.outcomes.needed_event(what)
    request = study.outcomes.needed_forecast(what)
    until = request.cutoff if until is None else until
    window = window_after(request, until)
    ask = ForecastOptions(until, max(request.end, window[1]), draws, seed)
    chosen = tuple(variants) if variants else (reference_variant(study),)
    fits = {name: fit_at_cutoff(study.fits, name, study.variants[name].fit or name, until) for name in chosen}
    for fit in fits.values():
        fit.refuse_stale(study)
    found = PanelStudy(study) if panel is None else with_panel(study, panel, until)
    each = [forecast(found.study, fit, name, found.countries, ask, progress) for name, fit in fits.items()]
    return assess(found, pool(common(each), draws), ask, chosen)


def save_breakdown(study: Study, found: Breakdown) -> Path:
    """Keep a prediction for the study's own countries with the hashes of what it was made from."""
    fits = [
        fit_at_cutoff(study.fits, name, study.variants[name].fit or name, found.until)
        for name in found.variants
    ]
    return save_evidence(study, f"breakdown-{found.until}", found.as_dict(), fits[0].countries, fits)


def window_after(forecast: Forecast, until: int) -> tuple[int, int]:
    """The window of the breakdown that is left after a cut-off. Raises InputError where none is.

    >>> from latecomer.study.outcomes import Forecast
    >>> one = Forecast(cutoff=1979, end=1990, window=(1980, 1986))
    >>> window_after(one, 1979), window_after(one, 1981)
    ((1980, 1986), (1982, 1986))
    """
    first, last = forecast.years
    if until >= last:
        raise refuse("--until", str(until), f"a year before {last}, where the window ends", "cut earlier")
    return max(first, until + 1), last


def reference_variant(study: Study) -> str:
    """The variant whose fit is the reference. Raises InputError for a study without one."""
    one = study.variants.of_fit(REFERENCE)
    if one is None:
        got, cure = "none with that fit", "give one of them that fit in model/variants.toml"
        raise refuse("variants", got, f"one whose fit is '{REFERENCE}'", cure)
    return one.name


def variants_at_cutoff(study: Study, until: int) -> list[str]:
    """The variants of a study that have a fit to a cut-off."""
    names = set(study.fits.names())
    return [name for name, one in study.variants.items() if one.fit and f"{one.fit}-until-{until}" in names]


def common(each: Sequence[Mapping[str, xr.Dataset]]) -> list[dict[str, xr.Dataset]]:
    """Runs of the countries that every variant has."""
    names = [iso3 for iso3 in each[0] if all(iso3 in runs for runs in each)]
    return [{iso3: runs[iso3] for iso3 in names} for runs in each]


def assess(
    found: PanelStudy, runs: Mapping[str, xr.Dataset], ask: ForecastOptions, variants: Sequence[str]
) -> Breakdown:
    """What runs from a cut-off come to, held against events, rules and naive forecasts."""
    study, until, what = found.study, ask.until, "a prediction of the breakdown"
    outcomes = study.outcomes
    event, wanted = outcomes.needed_event(what), outcomes.needed_forecast(what)
    window = window_after(wanted, until)
    begun = {iso3: one for iso3, one in runs.items() if study.countries[iso3].window.start < window[0]}
    losses = {iso3: credit_loss(iso3, one[event.variable], event, window) for iso3, one in begun.items()}
    said = tuple(
        CountryCrisis(
            one,
            events(study.observations, one.iso3, outcomes, window),
            one.iso3 in found.countries,
            outcomes.record,
        )
        for one in ordered(losses)
    )
    rate, names = wanted.asked.false_alarms, [one.loss.iso3 for one in said]
    scores = {source: source_scores(said, source, until, rate) for source in outcomes.record.catalogues}
    rules = rules_of_thumb(study.observations.cut(until), names, until, outcomes.rules)
    errors, bands = hindcasts(study, begun, ask)
    table = pooled(errors)
    coverage = pooled_coverage(bands) if bands else None
    request = criteria(begun, event, wanted, window, table, coverage, scores)
    return Breakdown(
        until,
        window,
        ask.end,
        tuple(variants),
        ask.draws,
        ask.seed,
        said,
        scores,
        tuple(rule_scores(said, rules)),
        tuple(table),
        coverage,
        tuple(request),
        dict(found.lacks),
        dict(found.refused),
        outcomes,
    )


def hindcasts(
    study: Study, runs: Mapping[str, xr.Dataset], ask: ForecastOptions
) -> tuple[list[HindcastScore], list[BandScore]]:
    """Errors and 80 % bands of the years after the cut-off, in the series that a hindcast is judged by.

    The bands have the size that errors in levels had up to the cut-off.
    """
    series = judged(study) or [one.series for one in study.targets.targets]
    errors: list[HindcastScore] = []
    bands: list[BandScore] = []
    for iso3, one in runs.items():
        sizes = past_error_scales(study, iso3, one, ask.until)
        errors += hindcast_scores(study, iso3, one, ask.until, ask.end, series, sizes, ask.seed)
        found = band_scores(study, iso3, one, sizes, ask.end, ask.until, seed=ask.seed)
        bands += [band for band in found if band.series in series]
    return errors, bands
