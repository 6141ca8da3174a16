"""For the right reason: one mechanism removed, the study fitted again, and compared on figures held out.

Also here:
- What a mechanism does in a run: the same run once more with the switch of the mechanism at nought.
- What a model without one of its mechanisms is compared by, and when it fails to break down.
- A study without one of its mechanisms: its switches off, its parameters at nought, idle priors left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from latecomer.errors import InputError, nearest, refuse
from latecomer.evaluation.classification import Auc, paired_fall
from latecomer.evaluation.credit_loss import CreditLoss, events
from latecomer.evaluation.crisis_scores import area
from latecomer.evaluation.hindcast import (
    DRAWS,
    SEED,
    PosteriorForecast,
    loss_window,
    pooled,
    posterior_forecast,
    with_fit,
)
from latecomer.inference.fit import Wanted, at_nought, cached_fit, make_fit, name_without
from latecomer.inference.laplace import approximate, coordinates
from latecomer.inference.optimise import from_centres
from latecomer.inference.problem import Problem, make_problem
from latecomer.language import key
from latecomer.language.analysis import constants_behind
from latecomer.runs.executor import Progress, silent
from latecomer.runs.results import save_evidence
from latecomer.study.content import as_of
from latecomer.study.countries import Countries
from latecomer.study.drivers import Drivers, table_spans
from latecomer.study.fits import NONE, Fit, fit_at_cutoff
from latecomer.study.levers import TABLE
from latecomer.study.mechanisms import (
    FILE,
    REMOVALS,
    Case,
    Mechanism,
    Removal,
    read_mechanisms,
    removal_faults,
)
from latecomer.study.parameters import Parameter, ParameterTable
from latecomer.study.run_spec import METHOD, resolve
from latecomer.study.scenarios import changed_lever
from latecomer.study.study import Study
from latecomer.study.variants import Variants

if TYPE_CHECKING:
    import xarray as xr


Point = tuple[str, str, int]
"""A figure: its country, its series and its year."""

HALF = 0.5
"""The share of the draws that counts as breaking down."""


@dataclass(frozen=True)
class Foresight:
    """What one refitted model says of the years after the cut-off.

    `log_score`: joint, of the figures held out that all models have; `rmse`: pooled, by series; `aucs`: by
    catalogue, None without a case of either kind; `fallen`: the share of draws in which the case is below the
    level of the event in a year of its breakdown, None without that country; `lowest`: the median of the
    lowest value of the case and those beside it.
    """

    fit: str
    loss: float
    log_score: float
    rmse: Mapping[str, float]
    aucs: Mapping[str, Auc | None]
    fallen: float | None
    lowest: Mapping[str, float]


def case_years(study: Study, cut_off: int) -> tuple[int, int]:
    """The years in which the case breaks down, as long after a cut-off as after that of the study."""
    forecast = study.outcomes.forecast
    if forecast is None or forecast.case is None:
        return cut_off + 1, cut_off + 1
    first, last = forecast.case.years
    return first - forecast.cutoff + cut_off, last - forecast.cutoff + cut_off


def telling_words(study: Study, countries: Sequence[str], cut_off: int) -> str:
    """That the case breaks down, in words; nothing without a case."""
    event = study.outcomes.event
    if event is None or not countries:
        return ""
    first, last = case_years(study, cut_off)
    return f"{countries[0]} is below {event.words.level} in {first}-{last % 100:02d}"


def failures(
    words: str, whole: float | None, fallen: float | None, falls: Mapping[str, tuple[float, float]]
) -> tuple[str, ...]:
    """Why a model without a mechanism fails, nothing where it does not; chosen before any was fitted.

    1. fallen < 1/2 <= whole: the case does not break down in half of the draws, though it does in the whole
    2. fall > its standard error in every catalogue that can be scored: it tells defaulters worse

    `words`: that the case breaks down; `whole`, `fallen`: the share of draws in which it does, with and
    without; `falls`: of the area under the curve (whole less without) and its standard error, by catalogue. A
    gain of log score or of RMSE is reported and is no failure of the breakdown.

    >>> failures("AAA is below one half in 1981-83", 0.9, 0.2, {"lv": (0.01, 0.05)})
    ('AAA is below one half in 1981-83 in 20 % of the draws',)
    """
    found = []
    if whole is not None and fallen is not None and fallen < HALF <= whole:
        found.append(f"{words} in {100 * fallen:.0f} % of the draws")
    if falls and all(fall > se for fall, se in falls.values()):
        predicted = ", ".join(f"{fall:.2f} ({name})" for name, (fall, _) in falls.items())
        found.append(f"the area under the curve falls by {predicted}")
    return tuple(found)


def foresight(
    study: Study,
    fit: Fit,
    predicted: PosteriorForecast,
    table: Mapping[Point, float],
    countries: Sequence[str],
) -> Foresight:
    """What one model foretells, in the numbers that models are compared by."""
    case = predicted.losses.get(countries[0]) if countries else None
    fallen = None
    if case is not None:
        first, last = case_years(study, predicted.cut_off)
        at = (case.years >= first) & (case.years <= last)
        fallen = float(np.mean((case.access[:, at] < case.event.below).any(axis=1)))
    return Foresight(
        fit.name,
        float(fit.manifest["loss"]),
        math.fsum(table.values()),
        {one.series: one.rmse for one in pooled(predicted.scores(study))},
        {
            name: area(own, {iso3: one.probability for iso3, one in predicted.losses.items()})
            for name, own in labels(study, predicted).items()
        },
        fallen,
        {one: float(np.median(predicted.losses[one].lowest)) for one in countries if one in predicted.losses},
    )


def labels(study: Study, predicted: PosteriorForecast) -> dict[str, dict[str, int]]:
    """Whether each country was struck in the window, by catalogue; one of which it is silent is left out."""
    window = loss_window(study, predicted.cut_off, predicted.end)
    by_country = {iso3: events(study.observations, iso3, study.outcomes, window) for iso3 in predicted.losses}
    found: dict[str, dict[str, int]] = {}
    for name in study.outcomes.record.catalogues:
        own = {iso3: each[name].label for iso3, each in by_country.items()}
        found[name] = {iso3: label for iso3, label in own.items() if label is not None}
    return found


def area_falls(
    study: Study, whole: PosteriorForecast, other: PosteriorForecast
) -> dict[str, tuple[float, float]]:
    """How far the area under the curve falls, and its standard error, by catalogue that can be scored."""
    found = {}
    for name, own in labels(study, whole).items():
        predicted = {iso3: label for iso3, label in own.items() if iso3 in other.losses}
        if len(set(predicted.values())) == 2:
            sides: tuple[Mapping[str, CreditLoss], ...] = (whole.losses, other.losses)
            scores = [[one[iso3].probability for iso3 in predicted] for one in sides]
            found[name] = paired_fall(list(predicted.values()), *scores)
    return found


def gain_over_countries(whole: Mapping[Point, float], other: Mapping[Point, float]) -> tuple[float, float]:
    """The sum of log scores gained by the first of two models, and its standard error over countries.

    gain = sum over countries c of d[c];  se = sqrt(n * var(d));  d[c]: the sum of differences in country c

    Figures within a country are not exchangeable, countries are; nan with a single one. `whole`, `other`: by
    country, series and year, of the same figures.

    >>> points = [("KOR", "log output", 1980), ("BRA", "log output", 1980)]
    >>> gain_over_countries({points[0]: 3.0, points[1]: 1.0}, dict.fromkeys(points, 0.0))
    (4.0, 2.0)
    """
    sums: dict[str, float] = {}
    for point, value in whole.items():
        sums[point[0]] = sums.get(point[0], 0.0) + value - other[point]
    each = np.array(list(sums.values()))
    se = math.sqrt(len(each) * each.var(ddof=1)) if len(each) > 1 else math.nan
    return float(each.sum()), se


REFERENCE = "reference"

# what is nearer to nought is rounding
NOUGHT = 1e-9


@dataclass(frozen=True, slots=True)
class Effect:
    """A variable in one year, in its unit: with every mechanism, and without one."""

    variable: str
    unit: str
    whole: float
    without: float

    @property
    def relative(self) -> float | None:
        """The change by which the removal shows, as a fraction; None where there is nothing to divide by.

        >>> Effect("exports", "Dmnl", 2.0, 1.5).relative, Effect("capture", "Dmnl", 0.0, 1.5).relative
        (-0.25, None)
        """
        if abs(self.whole) < NOUGHT or self.whole * self.without < 0:
            return None
        return self.without / self.whole - 1

    @property
    def absolute(self) -> float:
        """The change in the unit of the variable."""
        return self.without - self.whole


@dataclass(frozen=True, slots=True)
class Ablation:
    """The effect of removing one row in its case, on its indicator and on the main outcome, if any."""

    row: str
    case: Case
    fit: str
    indicator: Effect
    head: Effect | None


def ablations(study: Study, rows: Iterable[Mechanism]) -> list[Ablation]:
    """Each row removed in its case. Raises InputError as the runs do."""
    return [ablation(study, row) for row in rows]


def ablation(study: Study, row: Mechanism) -> Ablation:
    """One row removed: two runs of its case, with the parameters of its fit."""
    fit = fit_of(study, row.case)
    whole, without = (run_case(study, row.case, changes) for changes in ({}, {row.switch: 0.0}))
    indicator = effect(whole, without, row.indicator, row.case.year)
    main = study.outcomes.pages.head
    head = None if main is None else effect(whole, without, main, row.case.year)
    return Ablation(row.id, row.case, fit, indicator, head)


def fit_of(study: Study, case: Case) -> str:
    """The name of the fit of a case: its own, or the reference fit where it holds the country, or none."""
    if case.fit is not None:
        return case.fit
    held = REFERENCE in study.fits and case.country in study.fits[REFERENCE].countries
    return REFERENCE if held else NONE


def run_case(study: Study, case: Case, changes: Mapping[str, float]) -> xr.Dataset:
    """A run of a case from the first year of its country to the year of the case, saved once a year."""
    start = study.countries[case.country].window.start
    changed, years = {**case.parameters, **changes}, (start, case.year)
    setup = resolve(
        study, case.country, fit_of(study, case), case.scenario, parameters=changed, years=years
    ).setup
    tables = dict(setup.tables)
    for lever, change in case.levers.items():
        tables[lever + TABLE] = changed_lever(tables[lever + TABLE], change, start)
    return study.model.run(
        years=setup.years,
        method=METHOD,
        parameters=setup.parameters,
        drivers=tables,
        save_every=1.0,
        backend="numpy",
    )


def effect(whole: xr.Dataset, without: xr.Dataset, name: str, year: int) -> Effect:
    """A variable of two runs in one year; what is rounding is nought."""
    paths = [path(run, name) for run in (whole, without)]
    one, other = (float(values.sel(time=float(year))) for values in paths)
    unit = str(paths[0].attrs.get("units", ""))
    return Effect(name, unit, *(0.0 if abs(value) < NOUGHT else value for value in (one, other)))


def path(run: xr.Dataset, name: str) -> xr.DataArray:
    """A variable over time, of an array one element: `production blocks[garments]`."""
    base, _, subscripts = name.removesuffix("]").partition("[")
    if name in run or not subscripts:
        return run[name]
    array = run[base]
    words = [word.strip() for word in subscripts.split(",")]
    return array.sel(dict(zip((dim for dim in array.dims if dim != "time"), words, strict=True)))


def taken_out(study: Study) -> tuple[Removal, ...]:
    """What model/mechanisms.toml takes out, one at a time.

    Raises InputError where it takes out nothing, and for what it names and nobody knows.
    """
    rows = read_mechanisms(study.root / "model" / FILE)
    if not rows.removals:
        cure = f"write [{REMOVALS}.NAME] with a title, rows and parameters"
        raise refuse(FILE, f"no {REMOVALS}", "what is to be taken out of the model", cure)
    if faults := list(removal_faults(rows, study)):
        raise InputError(faults)
    return tuple(rows.removals.values())


def zeroed(study: Study, removal: Removal) -> tuple[str, ...]:
    """The parameters that a removal sets to nought, under the names of the tables.

    Raises InputError for a row that model/mechanisms.toml lacks, and for an unknown parameter.
    """
    rows = read_mechanisms(study.root / "model" / FILE) if removal.rows else {}
    names = [*(rows[row].switch for row in removal.rows), *removal.parameters]
    known = {key(name): name for name in [*study.parameters, *_own(study)]}
    for name in names:
        if key(name) not in known:
            place, expected = f"without {removal.title}, parameter '{name}'", "the name of a parameter"
            raise refuse(place, "an unknown name", expected, nearest(name, known.values()))
    return tuple(known[key(name)] for name in names)


def without(study: Study, removal: Removal, variant: str | None = None) -> Study:
    """A study without one mechanism; nothing is written.

    Its parameters are fixed at nought, in the variant too; the priors of those parameters of which no
    target depends any more in the variant, though it did before, are left out: a fit has nothing to say of
    them. What is off already leaves all as it is. Raises InputError as `zeroed` does, and for an unknown
    variant.
    """
    names = zeroed(study, removal)
    gone = idle_without(study, names, variant)
    other = Study(study.root)
    countries = Countries(
        {
            iso3: one.model_copy(update={"parameters": _changed(one.parameters, names, gone)})
            for iso3, one in study.countries.items()
        }
    )
    variants = dict(study.variants)
    if variant is not None:
        chosen = study.variants[variant]
        switches = {switch: 0.0 if switch in names else value for switch, value in chosen.switches.items()}
        # the first whose switches are set so gives its name to a fit
        variants = {variant: chosen.model_copy(update={"switches": switches})} | {
            name: one for name, one in variants.items() if name != variant
        }
    spans = table_spans(study.model.text)
    vars(other).update(
        model=study.model,
        parameters=_changed(study.parameters, names, gone),
        countries=countries,
        populations=study.populations,
        levers=study.levers,
        variants=Variants(variants),
        observations=study.observations,
        targets=study.targets,
        drivers=Drivers(study.drivers.sources, countries, study.observations, spans, study.levers),
        agreed=study.agreed,  # the model text has the mechanism, these tables do not
    )
    return other


def idle_without(study: Study, names: Iterable[str], variant: str | None = None) -> frozenset[str]:
    """The keys of constants that the targets depend on in a variant, but not once `names` are nought."""
    values = study.parameter_values(next(iter(study.countries)), variant=variant)
    switches = {name: values[name] for name, one in study.parameters.items() if one.choices is not None}
    outputs = [target.variable for target in study.targets.targets]
    if study.targets.events is not None:
        outputs.append(study.targets.events.variable)
    off: Mapping[str, float] = switches | dict.fromkeys(names, 0.0)
    text = study.model.text
    return constants_behind(text, outputs, switches) - constants_behind(text, outputs, off)


def _own(study: Study) -> list[str]:
    return [name for one in study.countries.values() for name in one.parameters]


def _changed(table: Mapping[str, Parameter], names: Iterable[str], gone: frozenset[str]) -> ParameterTable:
    held = set(names)
    return ParameterTable(
        {
            name: _nought(one) if name in held else _fixed(one) if key(name) in gone else one
            for name, one in table.items()
        }
    )


def _nought(one: Parameter) -> Parameter:
    """A parameter fixed at nought, which its range then holds."""
    lowest, highest = one.range or (0.0, 0.0)
    span = None if one.range is None else (min(lowest, 0.0), max(highest, 0.0))
    return one.model_copy(update={"value": 0.0, "range": span, "prior": None})


def _fixed(one: Parameter) -> Parameter:
    return one if one.prior is None else one.model_copy(update={"prior": None})


@dataclass(frozen=True)
class Reason:
    """A mechanism removed: what was set to nought, which priors went with it, and what that does.

    `gain`: log score of the whole less that without, with the standard error `se` over countries; `falls`: of
    the area under the curve, with its standard error, by catalogue; `fails`: why the model without it fails.
    """

    name: str
    title: str
    zeroed: tuple[str, ...]
    idle: tuple[str, ...]
    foresight: Foresight
    gain: float
    se: float
    falls: Mapping[str, tuple[float, float]]
    fails: tuple[str, ...]

    @property
    def statement(self) -> str:
        """What may be said: that the breakdown needs it only where the model without it fails."""
        if self.fails:
            return f"the breakdown needs {self.title}: without it {' and '.join(self.fails)}"
        return f"whether the breakdown needs {self.title} cannot be decided by these figures"


@dataclass(frozen=True)
class AblationStudy:
    """The mechanisms of a variant removed one at a time, beside the variant whole."""

    variant: str
    cut_off: int
    end: int
    points: int
    whole: Foresight
    naive: Mapping[str, float]
    reasons: tuple[Reason, ...]

    def as_dict(self) -> dict[str, Any]:
        """The comparison as plain data."""
        rows = [{**asdict(one), "statement": one.statement} for one in self.reasons]
        return {**asdict(self), "reasons": rows}


def ablate(
    study: Study,
    cut_off: int | None = None,
    end: int | None = None,
    variant: str | None = None,
    kept: Path | None = None,
    removals: Sequence[Removal] | None = None,
    case: str | None = None,
    beside: Sequence[str] | None = None,
    progress: Progress = silent,
) -> AblationStudy:
    """Each mechanism removed and the variant fitted again to the cut-off, against the variant whole.

    `cut_off`, `end`, `case` (the country that breaks down) and those `beside` it, which stand: by default
    those of the study; `removals`: by default those of model/mechanisms.toml. `kept`: a folder of fits
    `<fit>-until-<year>-without-<mechanism>`; those of the present study there are used, the others made and
    kept. Raises InputError as `fit_at_cutoff` does for the whole, for an unknown mechanism or none at all,
    and where no draw of a country has a finite run.
    """
    cut_off, end = study.outcomes.cutoff(cut_off, "reasons"), study.outcomes.end(end, "reasons")
    removals = taken_out(study) if removals is None else removals
    name, fit_name = with_fit(study, variant)
    fit = fit_at_cutoff(study.fits, name, fit_name, cut_off)
    fit.refuse_stale(study)
    made_of = [(one, zeroed(study, one), without(study, one, name)) for one in removals]
    early = as_of(study, cut_off)
    problem, later = (
        make_problem(early, fit.countries, cut_off, variant=name, through=last) for last in (None, end)
    )
    predicted = []
    for number, (one, names, other) in enumerate(made_of):
        progress(f"fit without {one.title}", number, len(removals) + 1)
        wanted = Wanted(name_without(fit_name, cut_off, one.name), fit.countries, cut_off, name)
        cut, on = (at_nought(each, *in_model(study, names)) for each in (problem, later))
        refit = cached_fit(other, wanted, partial(fitted, other, cut, wanted), kept)
        predicted.append((refit, forecast_of_draws(early, refit, cut, on, end)))
    progress("the variant whole", len(removals), len(removals) + 1)
    whole = forecast_of_draws(early, fit, problem, later, end)
    found = compared(study, (fit, whole), predicted, removals, name, telling(study, case, beside))
    progress("mechanisms compared", len(removals) + 1, len(removals) + 1)
    return found


def telling(study: Study, case: str | None, beside: Sequence[str] | None) -> tuple[str, ...]:
    """The country that breaks down, and those that stand, by default those of the study; none without any."""
    own = None if study.outcomes.forecast is None else study.outcomes.forecast.case
    falls = case if case is not None else None if own is None else own.falls
    stands = beside if beside is not None else () if own is None else own.stands
    return () if falls is None else (falls, *stands)


def compared(
    study: Study,
    whole: tuple[Fit, PosteriorForecast],
    predicted: Sequence[tuple[Fit, PosteriorForecast]],
    removals: Sequence[Removal],
    variant: str,
    countries: Sequence[str],
) -> AblationStudy:
    """The comparison of models that foretell the same figures; `countries`: the case and those beside."""
    cut_off, end = whole[1].cut_off, whole[1].end
    scores = [one.log_scores(study) for _, one in (whole, *predicted)]
    points = sorted(set.intersection(*(set(one) for one in scores)))
    tables = [{point: one[point] for point in points} for one in scores]
    first = foresight(study, *whole, tables[0], countries)
    rows = []
    for removal, (fit, one), table in zip(removals, predicted, tables[1:], strict=True):
        seen = foresight(study, fit, one, table, countries)
        falls = area_falls(study, whole[1], one)
        names = zeroed(study, removal)
        fails = failures(telling_words(study, countries, cut_off), first.fallen, seen.fallen, falls)
        gain, se = gain_over_countries(tables[0], table)
        gone = idle_without(study, names, variant)
        idle = tuple(one for one in priors(study) if key(one) in gone and one not in names)
        rows.append(Reason(removal.name, removal.title, names, idle, seen, gain, se, falls, fails))
    naive = {one.series: one.naive[one.best] for one in pooled(whole[1].scores(study))}
    return AblationStudy(variant, cut_off, end, len(points), first, naive, tuple(rows))


def in_model(study: Study, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The parameters of the model in order, and those of some names of the tables among them."""
    own = list(study.model.parameter_names)
    keys = {key(name) for name in names}
    return own, [name for name in own if key(name) in keys]


def fitted(other: Study, cut: Problem, wanted: Wanted) -> Fit:
    """The joint fit that is wanted, searched for from the centres of the priors.

    `other`: the study without the mechanism; `cut`: the problem without it. Raises InputError where the
    search ends without a finite loss.
    """
    cure = "mend the equations that blow up without the mechanism"
    end = from_centres(cut, f"fit '{wanted.name}'", cure=cure)
    return make_fit(other, cut, [end], wanted.name, wanted.cut_off, 0, wanted.variant)


def forecast_of_draws(
    early: Study, fit: Fit, problem: Problem, later: Problem, end: int
) -> PosteriorForecast:
    """What draws of the fast approximation about a fit say of the years after its cut-off."""
    assert fit.until is not None
    points = approximate(problem, coordinates(problem.layout, fit)).draws(SEED, DRAWS)
    return posterior_forecast(early, fit.name, later, points, fit.until, end)


def priors(study: Study) -> list[str]:
    """The names of all parameters with a prior, shared ones first."""
    own = [name for one in study.countries.values() for name in one.parameters.priors]
    return list(dict.fromkeys([*study.parameters.priors, *own]))


def evidence_name(cut_off: int) -> str:
    """The name under which the comparison is kept.

    >>> evidence_name(1979)
    'reasons-1979'
    """
    return f"reasons-{cut_off}"


def save_ablation(study: Study, found: AblationStudy) -> Path:
    """Keep the comparison with the hashes of what it was made from."""
    fit = study.fits[found.whole.fit]
    return save_evidence(study, evidence_name(found.cut_off), found.as_dict(), fit.countries, [fit])
