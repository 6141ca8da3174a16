"""The figures for papers by name, each made from a fit, from results that are kept, or from stored runs.

Also here:
- What a figure for papers is asked to show, and what its caption tells of where it comes from.
- Figures for papers of results that are kept: scores, the breakdown foretold, the coverage of bands.
- Figures for papers of the runs of a fit: the event, and a country against its figures.
- The figure for papers of stored runs: the main outcomes of a country, with bands where there are draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from latecomer.data.panel import each_once
from latecomer.errors import nearest, refuse
from latecomer.evaluation.crisis_scores import before_key, lowest_key
from latecomer.report.charts.crisis import Mark, Row, capital, span_words, within
from latecomer.report.content import Line, Scale, SeriesPlot
from latecomer.report.publication.figures import (
    Cell,
    CountryFit,
    Outcome,
    RunPath,
    breakdown_paper,
    coverage_paper,
    event_paper,
    fit_paper,
    scenario_paper,
    scores_paper,
)
from latecomer.report.publication.style import Caption, Figure
from latecomer.report.series import line, observed
from latecomer.runs.executor import Progress, silent
from latecomer.runs.manifest import read_manifest
from latecomer.runs.results import FOLDER, Evidence, evidence_path, hashes_of, load_evidence
from latecomer.runs.single import refuse_open_books
from latecomer.runs.store import LoadedRun, find_runs, load_run
from latecomer.study.fits import Fit
from latecomer.study.outcome_tables import Record, ThresholdEvent
from latecomer.study.outcomes import Outcomes, in_words, shown
from latecomer.study.run_spec import REFERENCE, needed_fit
from latecomer.study.simulation import simulated
from latecomer.study.study import Study
from latecomer.study.targets import Target

DIGITS: Final = 12
"""So much of a hash is told."""

TEXT: Final = "model text"


@dataclass(frozen=True, slots=True)
class FigureRequest:
    """What a figure is asked to show: countries, folders of runs, and the fit."""

    countries: tuple[str, ...] = ()
    runs: tuple[Path, ...] = ()
    fit: str = REFERENCE


def fresh(study: Study, ask: FigureRequest) -> Fit:
    """The fit asked for. Raises InputError for none, an unknown one, and one older than the study."""
    fit = needed_fit(study, ask.fit)
    fit.refuse_stale(study)
    return fit


def fit_origin(study: Study, fit: Fit) -> str:
    """The name of a fit, the last year of its figures and its hash."""
    held = f"fit '{fit.name}'"
    figures = "all figures" if fit.until is None else f"figures up to {fit.until}"
    return f"{fit.name}, {figures}, sha256 {brief(hashes_of(study, (), [fit])[held])}"


def brief(digest: str) -> str:
    """The first digits of a hash.

    >>> brief("0123456789abcdef")
    '0123456789ab…'
    """
    return f"{digest[:DIGITS]}…"


def by_model(study: Study) -> str:
    """The model text and the program that a run comes from."""
    return f"runs: model text, sha256 {brief(study.hashes(())[TEXT])}, latecomer {version('latecomer')}"


def named(name: str, countries: Sequence[str]) -> str:
    """The name of a file: that of the figure and the countries asked for.

    >>> named("fit", ["KOR", "BRA"]), named("scores", [])
    ('fit-KOR-BRA', 'scores')
    """
    return "-".join([name, *countries])


def unit_words(unit: str, outcomes: Outcomes) -> str:
    """A unit of the model text in the words of a figure.

    >>> unit_words("billion dollars/Year", Outcomes()), unit_words("Dmnl", Outcomes())
    ('billion dollars per year', 'a ratio')
    """
    return in_words(unit, outcomes).replace("/Year", " per year")


def short_name(study: Study, iso3: str) -> str:
    """The name of a country without what stands after a comma."""
    return study.countries[iso3].name.partition(",")[0]


def result(study: Study, name: str, command: str) -> Evidence:
    """A result that is kept. Raises InputError, with the command that makes it, where there is none."""
    kept = load_evidence(study, name)
    if kept is None:
        raise refuse(
            str(FOLDER / f"{name}.json"), "no such result", "one that is kept", f"make it: {command}"
        )
    return kept


def fits_of_result(kept: Evidence) -> str:
    """The fits of a result with their hashes."""
    fits = {name[5:-1]: digest for name, digest in kept.made_from.items() if name.startswith("fit '")}
    return "; ".join(f"{name}, sha256 {brief(digest)}" for name, digest in fits.items()) or "none"


def old(study: Study, kept: Evidence) -> tuple[str, ...]:
    """A note where the study has changed since a result was made."""
    changed = kept.stale(study)
    return (f"older than {', '.join(changed)} of the study; make it anew.",) if changed else ()


NRMSD: Final = "NRMSD: root mean square distance of model and figures over the range of the figures"


def scores(study: Study, ask: FigureRequest, progress: Progress = silent) -> Figure:
    """NRMSD of every series and country, as the manifest of the fit tells it."""
    fit = fresh(study, ask)
    rows = [
        one for one in fit.manifest.get("scores", []) if not ask.countries or one["country"] in ask.countries
    ]
    if not rows:
        got, cure = "no scores of what is asked for", "name other countries, or calibrate again"
        raise refuse(f"fit '{fit.name}'", got, "the scores of its countries", cure)
    cells = [Cell(one["country"], one["series"], one["nrmsd"], one["holds"]) for one in rows]
    figures = sum(int(one["n"]) for one in rows)
    caption = Caption(
        f"{NRMSD}; the darker, the farther off; blank: no figures; framed: a tolerance is missed.",
        f"{figures} figures in {len(rows)} series of {len({one.country for one in cells})} countries",
        by_model(study),
        fit_origin(study, fit),
        star(study, (one.series for one in cells)),
    )
    return Figure(named("scores", ask.countries), scores_paper(cells), caption)


def breakdown(study: Study, ask: FigureRequest, progress: Progress = silent) -> Figure:
    """The breakdown as it was foretold, from the result that is kept."""
    what, record = "this figure", study.outcomes.record
    event, forecast = study.outcomes.needed_event(what), study.outcomes.needed_forecast(what)
    names = sorted(path.stem for path in evidence_path(study, "x").parent.glob("breakdown-*.json"))
    kept = result(study, names[0] if names else f"breakdown-{forecast.cutoff}", "latecomer breakdown --save")
    of = kept.result
    rows = [
        breakdown_row(one, event, record)
        for one in of["countries"]
        if not ask.countries or one["iso3"] in ask.countries
    ]
    if not rows:
        known = f"one of {', '.join(one['iso3'] for one in of['countries'])}"
        raise refuse("--country", ", ".join(ask.countries), known, "name one of these")
    areas = "; ".join(
        f"area under the curve against {of['sources'][key]} {one['value']:.2f} (90 % interval "
        f"{one['low']:.2f} to {one['high']:.2f}; {one['n_events']} events, {one['n_quiet']} others)"
        for key, one in of["auc"].items()
        if one is not None
    )
    first, last = of["window"]
    caption = Caption(
        f"Probability that {event.variable} falls below {event.words.level} within {first}-{last}, foretold "
        f"from figures up to {of['until']}, and its lowest value there; beside it the year of {record.noun} "
        "on record. "
        f"{sentence(areas)}",
        f"{len(rows)} countries, {of['draws']} draws",
        f"{record.plural}: {'; '.join(f'{key.upper()}: {name}' for key, name in of['sources'].items())}",
        fits_of_result(kept),
        old(study, kept),
    )
    return Figure(
        named("breakdown", ask.countries), breakdown_paper(rows, event, record, (first, last)), caption
    )


def star(study: Study, series: Iterable[str]) -> tuple[str, ...]:
    """What series with a comma in their names, which bear a star, are over; nothing where there is none."""
    over = study.outcomes.pages.denominator
    return (f"*: over {over}.",) if over and any("," in name for name in series) else ()


def sentence(words: str) -> str:
    """Words as a sentence.

    >>> sentence("some words"), sentence("")
    ('Some words.', '')
    """
    return f"{words[0].upper()}{words[1:]}." if words else ""


def breakdown_row(one: Mapping[str, Any], event: ThresholdEvent, record: Record) -> Row:
    """A country of the result as the figure shows it."""
    low, median, high = (one[lowest_key(event)][name] for name in ("low", "median", "high"))
    years = {key: one[f"{key} year"] for key in record.catalogues}
    said = [
        f"{key.upper()} {year or 'no figures'}" for key, year in years.items() if year or one[key] is None
    ]
    name, probability = one["iso3"], one["probability"]
    return Row(name, probability, low, median, high, mark(one[before_key(record)], years), ", ".join(said))


def mark(before: bool, years: Mapping[str, int | None]) -> Mark:
    """Which sign a country has: of an event, of one by one source only, of an earlier one, of none.

    >>> mark(False, {"lv": 1982, "rr": None})
    'one'
    """
    if before:
        return "earlier"
    dated = sum(year is not None for year in years.values())
    return "none" if not dated else "both" if dated == len(years) else "one"


def coverage(study: Study, ask: FigureRequest, progress: Progress = silent) -> Figure:
    """The share of figures inside the 80 % bands of a fit, from the result that is kept."""
    kept = result(study, f"coverage-{ask.fit}", f"latecomer coverage --fit {ask.fit} --save")
    of = kept.result
    groups = {"by series": of["by_series"], "by country": of["by_country"]}
    percent = f"{100 * of['level']:g} %"
    caption = Caption(
        f"Share of the figures inside the {percent} bands of the model, by series and by country; over all "
        f"{100 * of['share']:.0f} %. Dashed: {percent}.",
        f"{of['figures']} figures, {of['draws']} draws",
        f"bands: {of['source']}",
        fits_of_result(kept),
        (*old(study, kept), *star(study, of["by_series"])),
    )
    return Figure("coverage", coverage_paper(of["level"], groups), caption)


MOST: Final = 6
"""More lines than these are not told apart."""

LOW, HIGH = 0.1, 0.9


def scenario_figure(study: Study, ask: FigureRequest, progress: Progress = silent) -> Figure:
    """The main outcomes of stored runs of one country."""
    if not ask.runs:
        expected = "one or more folders written by latecomer run"
        raise refuse("--run", "none", expected, "name them: --run DIR, once for each")
    folders = find_runs(ask.runs)
    countries = {folder: str(read_manifest(folder)["country"]) for folder in folders}
    iso3 = the_country(ask.countries, list(dict.fromkeys(countries.values())))
    chosen = [folder for folder, of in countries.items() if of == iso3]
    if len(chosen) > MOST:
        raise refuse("--run", f"{len(chosen)} runs of {iso3}", f"{MOST} at most", "name fewer folders")
    wanted = shown(study.model.text, study.outcomes.pages.scenario)
    runs = [load_run(folder, wanted, study.outcomes.event) for folder in chosen]
    for run in runs:
        refuse_open_books(study, run)
    by_name = dict(zip(labels(runs), runs, strict=True))
    outcomes = [one for name in wanted if (one := outcome(study, name, by_name)) is not None]
    where = short_name(study, iso3) if iso3 in study.countries else iso3
    some = any(run.draws is not None for run in runs)
    lines = (
        "median and 80 % band of the draws, each with shocks of its own" if some else "runs without shocks"
    )
    said = f"{where}: {', '.join(one.name for one in outcomes)} in {', '.join(by_name)}; {lines}."
    n = "; ".join(f"{name}: {counted(run)}" for name, run in by_name.items())
    return Figure(
        named("scenario", [iso3]),
        scenario_paper(outcomes),
        Caption(said, n, source(runs), fits(study, runs), notes(by_name)),
    )


def the_country(request: Sequence[str], there: Sequence[str]) -> str:
    """The one country that is drawn. Raises InputError where more than one is meant, or one without a run.

    >>> the_country([], ["KOR"]), the_country(["BRA"], ["KOR", "BRA"])
    ('KOR', 'BRA')
    """
    wanted = list(request or there)
    if len(wanted) != 1:
        expected = f"one of {', '.join(there)}"
        raise refuse("--country", ", ".join(wanted), expected, "name one: --country ISO3")
    if wanted[0] not in there:
        got, expected = f"{wanted[0]}, which has no run here", f"one of {', '.join(there)}"
        raise refuse("--country", got, expected, "name one of these, or run it first")
    return wanted[0]


def labels(runs: Sequence[LoadedRun]) -> list[str]:
    """A name for each run: its scenario, with variant, fit or folder where that does not tell them apart."""
    scenarios = [str(one.manifest["scenario"]).replace("-", " ") for one in runs]
    plain = ["no scenario" if name == "none" else name for name in scenarios]
    for key in ("variant", "fit"):
        values = [str(one.manifest[key]) for one in runs]
        both = [f"{name}, {value}" for name, value in zip(plain, values, strict=True)]
        if len(set(plain)) < len(runs) and len(set(values)) > 1:
            plain = both
    if len(set(plain)) == len(runs):
        return plain
    return [f"{name} ({k})" for k, name in enumerate(plain, 1)]


def outcome(study: Study, name: str, runs: dict[str, LoadedRun]) -> Outcome | None:
    """A variable in each run that has it; None where none has."""
    held = {label: run for label, run in runs.items() if name in run.data}
    if not held:
        return None
    units = {str(run.data[name].attrs.get("units", "")) for run in held.values()}
    return Outcome(
        name, unit_words(min(units), study.outcomes), {label: path(run, name) for label, run in held.items()}
    )


def path(run: LoadedRun, name: str) -> RunPath:
    """The path of a variable: its median and the band from the tenth to the ninetieth of a hundred draws."""
    values = np.asarray(run.data[name].transpose(..., "time").to_numpy(), float)
    if run.draws is None:
        return RunPath(run.years, values)
    low, middle, high = np.quantile(values, (LOW, 0.5, HIGH), axis=0)
    return RunPath(run.years, middle, low, high)


def counted(run: LoadedRun) -> str:
    """How many runs a line stands for."""
    if run.draws is None:
        return "one run"
    lost = len(run.failed)
    return f"{run.draws} draws" + (
        f", {lost} of which left the finite numbers and are left out" if lost else ""
    )


def source(runs: Sequence[LoadedRun]) -> str:
    """The model texts and programs that runs were made with."""
    texts = {str(one.manifest["hashes"].get(TEXT, "unknown")) for one in runs}
    programs = {str(one.manifest["versions"].get("latecomer", "unknown")) for one in runs}
    said = ", ".join(brief(text) for text in sorted(texts))
    return f"runs: model text, sha256 {said}, latecomer {', '.join(sorted(programs))}"


def fits(study: Study, runs: Sequence[LoadedRun]) -> str:
    """The fits that runs were made with, each with its hash where the study still holds it."""
    said = []
    for name in dict.fromkeys(str(one.manifest["fit"]) for one in runs):
        held = name in study.fits
        digest = hashes_of(study, (), [study.fits[name]])[f"fit '{name}'"] if held else ""
        said.append(f"{name}, sha256 {brief(digest)}" if held else name)
    return "; ".join(said)


def notes(runs: dict[str, LoadedRun]) -> tuple[str, ...]:
    """What has changed since the fit of a run, by run."""
    changed = {name: one.manifest["changed since the fit"] for name, one in runs.items()}
    return tuple(
        f"{name}: changed since its fit: {', '.join(what)}." for name, what in changed.items() if what
    )


FEW: Final = 5
"""Targets that the figure of a fit shows where the study names none."""


def event_figure(study: Study, ask: FigureRequest, progress: Progress = silent) -> Figure:
    """The variable of the event in the countries of a fit, in the years that are drawn."""
    event = study.outcomes.needed_event("this figure")
    fit = fresh(study, ask)
    lines: dict[str, Line] = {}
    for number, iso3 in enumerate(chosen := ask.countries or fit.countries):
        progress(f"run {iso3}", number, len(chosen))
        path = line(simulated(study, iso3, fit), event.variable)
        if np.isfinite(np.asarray(within(path, event).values, float)).any():
            lines[short_name(study, iso3)] = path
    span = span_words(event)
    if not lines:
        expected = f"a country with a run in {span or 'some years'}"
        raise refuse("--country", ", ".join(chosen), expected, "name another one")
    progress("draw", len(chosen), len(chosen))
    late = len(chosen) - len(lines)
    years, words = f", {span}" if span else "", event.words
    ends = f": {words.ends}" if words.ends else ""
    unread = f" {words.unread} the fit." if words.unread else ""
    shown = (
        f"{capital(event.variable)} of each country in the model{years}{ends}; "
        f"from the lowest fall down to none; shaded where it is below {words.level}.{unread}"
    )
    notes = (f"without runs in these years, and not shown: {late}.",) if late else ()
    caption = Caption(shown, f"{len(lines)} countries", by_model(study), fit_origin(study, fit), notes)
    return Figure(named(event.file, ask.countries), event_paper(lines, event), caption)


def fit_figure(study: Study, ask: FigureRequest, progress: Progress = silent) -> Figure:
    """The main series of one country or a few: the run of a fit against the figures."""
    fit = fresh(study, ask)
    first = study.outcomes.pages.fit
    request = [target for target in study.targets.targets if target.series in first]
    request = request or list(study.targets.targets)[:FEW]
    request.sort(key=lambda target: first.index(target.series) if target.series in first else 0)
    shown, chosen = [], ask.countries or fit.countries[:1]
    for number, iso3 in enumerate(chosen):
        progress(f"run {iso3}", number, len(chosen))
        run = simulated(study, iso3, fit)
        shown.append(CountryFit(short_name(study, iso3), [series(study, iso3, run, one) for one in request]))
    progress("draw", len(chosen), len(chosen))
    sources = each_once(one.source for country in shown for one in country.series if len(one.data))
    figures = sum(len(one.data) for country in shown for one in country.series)
    names = ", ".join(one.name for one in shown)
    caption = Caption(
        f"{names}: the model as a line, left alone from its first year, and the figures as points.",
        f"{figures} figures in {len(request)} series",
        f"figures: {sources}; {by_model(study)}",
        fit_origin(study, fit),
    )
    return Figure(named("fit", chosen), fit_paper(shown), caption)


def series(study: Study, iso3: str, run: xr.Dataset, target: Target) -> SeriesPlot:
    """A target in the run of a country, beside its figures of the same years."""
    years, figures, source = observed(study, iso3, target)
    last = float(run["time"][-1])
    pairs = [(year, figure) for year, figure in zip(years, figures, strict=True) if year <= last]
    variable = run[target.variable]
    unit = unit_words(str(variable.attrs.get("units", "")), study.outcomes)
    columns = [one[0] for one in pairs], [one[1] for one in pairs]
    model, times = variable.to_numpy(), run["time"].to_numpy()
    scale: Scale = "log" if target.transformation == "log" else "linear"
    return SeriesPlot(target.series, unit, times, model, *columns, source, scale)


@dataclass(frozen=True, slots=True)
class Offer:
    """A figure that can be asked for by name: a line on it, what makes it, and whether it takes countries."""

    words: str
    make: Callable[[Study, FigureRequest, Progress], Figure]
    countries: bool = True


def offered(study: Study) -> dict[str, Offer]:
    """What can be asked for by name; the figure of the event bears the name of its variable."""
    event, forecast = study.outcomes.event, study.outcomes.forecast
    found: dict[str, Offer] = {}
    if event is not None:
        span = f", {span_words(event)}" if event.drawn else ""
        found[event.file] = Offer(f"{event.variable} of the countries of a fit{span}", event_figure)
    found["fit"] = Offer(f"one country: {study.outcomes.pages.fit_words} against the figures", fit_figure)
    found["scores"] = Offer("how far the model is off, by country and series", scores)
    if event is not None and forecast is not None:
        people = f" and who {study.outcomes.record.struck}" if study.outcomes.record.catalogues else ""
        found["breakdown"] = Offer(f"{forecast.what} as foretold, with intervals{people}", breakdown)
    found["coverage"] = Offer(
        "the share of figures inside the 80 % bands, by series and country", coverage, False
    )
    found["scenario"] = Offer(
        "stored runs of a country: main outcomes, with bands where there are draws", scenario_figure
    )
    return found


def paper_figure(
    study: Study, name: str, ask: FigureRequest | None = None, progress: Progress = silent
) -> Figure:
    """The figure `name` with its caption; `offered` says which there are.

    Raises InputError for an unknown name, for what the figure does not take, for a stale fit, and where a
    result or a run that it is drawn from is missing.
    """
    ask = ask or FigureRequest()
    known = offered(study)
    if name not in known:
        expected = f"one of {', '.join(known)}"
        raise refuse("figure", f"the name '{name}'", expected, nearest(name, known))
    if ask.runs and name != "scenario":
        raise refuse("--run", f"runs for the figure '{name}'", "the figure scenario", "leave --run out")
    if ask.countries and not known[name].countries:
        expected = f"none: '{name}' is about all countries together"
        raise refuse("--country", ", ".join(ask.countries), expected, "leave --country out")
    for iso3 in ask.countries:
        study.countries[iso3]
    return known[name].make(study, ask, progress)
