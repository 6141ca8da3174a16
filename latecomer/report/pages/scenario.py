"""The page of a scenario as one HTML file that needs nothing else.

Also here:
- What changed in the scenarios of a study, as one HTML file that needs nothing else.
- A scenario run for all its countries: a folder for each, and one page for all.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xarray as xr
from markupsafe import Markup

from latecomer.errors import refuse
from latecomer.evaluation.scenario_regression import ScenarioCheck
from latecomer.outputs import part, refuse_output, write_output
from latecomer.report.charts.svg import Frame, Trace, chart, number
from latecomer.report.content import Assumption, Change, Comparison, CountryScenario, ScenarioReport
from latecomer.report.pages.study import environment, picture
from latecomer.report.templates import sealed
from latecomer.runs.executor import Progress, silent
from latecomer.runs.store import refuse_foreign, run_manifest, save_run
from latecomer.study.drivers import COUNTRY
from latecomer.study.extrapolation import Assumed
from latecomer.study.fits import NONE, Fit
from latecomer.study.levers import TABLE
from latecomer.study.outcomes import in_words, shown
from latecomer.study.policy_space import policy_space
from latecomer.study.reference import reference_root
from latecomer.study.run_spec import CountrySetup, RunSpec, resolve
from latecomer.study.scenarios import BASELINE, Scenario
from latecomer.study.simulation import run_country
from latecomer.study.study import Study

PAGE = "scenario.html"

TEMPLATE = "scenario.html.j2"


def write_scenario(out: Path, report: ScenarioReport, templates: Path | None = None) -> Path:
    """Write `report` as `out`/scenario.html and return that path.

    `templates`: see `render_scenario`. Raises `InputError` where `out` cannot be written to.
    """
    return write_output(Path(out) / PAGE, render_scenario(report, templates).encode())


def render_scenario(report: ScenarioReport, templates: Path | None = None) -> str:
    """The text of the page; the same text for the same report.

    `templates` is a folder with scenario.html.j2, style.css and tips.js; without it the reference study's.
    """
    folder = templates or reference_root() / "reports" / "templates"
    page = environment(folder)
    page.filters |= {"percent": percent, "amount": amount}
    return sealed(
        page.get_template(TEMPLATE).render(
            report=report,
            style=Markup(part(folder / "style.css")),
            script=Markup(part(folder / "tips.js")),
            plots={
                one.iso3: [(c, picture(comparison_chart(one, c, report.is_base))) for c in one.comparisons]
                for one in report.countries
            },
            ends=ends(report.countries),
        )
    )


def percent(change: float | None) -> str:
    """A change in per cent, with its sign.

    >>> percent(0.125), percent(-0.004), percent(None)
    ('+12 %', '0 %', '–')
    """
    if change is None or not math.isfinite(change):
        return "–"
    whole = round(100 * change)
    return f"{'+' if whole > 0 else '−' if whole < 0 else ''}{abs(whole)} %"


def amount(value: float) -> str:
    """A value to three digits, whole thousands in full.

    >>> amount(0.12345), amount(2512.3)
    ('0.123', '2512')
    """
    return number(value, 3 if abs(value) < 1000 else 4)


def comparison_chart(country: CountryScenario, one: Comparison, is_base: bool) -> str:
    """The small chart of one variable: the scenario's line over that of the base."""
    traces = [Trace("scenario", one.years, one.scenario, "model")]
    if not is_base:
        traces.insert(0, Trace("baseline", one.years, one.base, "base"))
    return chart(f"{one.name}, {country.name}: baseline and scenario, in {one.unit}", traces, Frame())


def ends(countries: Sequence[CountryScenario]) -> list[tuple[str, list[Any]]]:
    """Every variable with what each country ends at; None where a country lacks the variable.

    >>> some = CountryScenario("KOR", "Korea", "", [Comparison("output", "", [1], [1.0], [2.0])])
    >>> [(name, [cell.change for cell in cells]) for name, cells in ends([some])]
    [('output', [1.0])]
    """
    names = dict.fromkeys(one.name for country in countries for one in country.comparisons)
    held = [{one.name: one for one in country.comparisons} for country in countries]
    return [(name, [of.get(name) for of in held]) for name in names]


@dataclass(frozen=True, slots=True)
class CountryRun:
    """One country of a scenario: its run without shocks, that of the base, and what it started from."""

    iso3: str
    run: xr.Dataset
    base: xr.Dataset
    setup: CountrySetup


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What a scenario has left behind: its folders and page, what was refused, what changed since the fit."""

    fit: str
    folders: Mapping[str, Path]
    refused: Mapping[str, Sequence[str]]
    changed: Sequence[str]
    page: Path


def run_scenario(study: Study, spec: RunSpec, out: Path | str, progress: Progress = silent) -> ScenarioResult:
    """Run a scenario for its countries into folders of `out`, and write `out`/scenario.html.

    The page is drawn from runs without shocks. Raises InputError for a request without a scenario and as
    `run_country` does, before anything is written.
    """
    if (scenario := spec.scenario) is None:
        raise refuse("scenario", "none", "the name of a scenario", "name one of runs/scenarios")
    out, countries = Path(out), spec.countries
    refuse_output(out / PAGE)
    for iso3 in countries:
        refuse_foreign(out / iso3)
    plain = spec if spec.draws is None else replace(spec, draws=None, method=None)
    request = (scenario.base, spec.variant, spec.parameters, spec.years, spec.dt, plain.method)
    bases = resolve(study, countries, spec.fit, *request)
    runs, kept = [], {}
    for place, iso3 in enumerate(countries):
        progress(f"run {iso3}", place, len(countries) + 1)
        kept[iso3] = run_country(study, spec.of(iso3))
        run = kept[iso3] if spec.draws is None else run_country(study, plain.of(iso3))
        base = run_country(study, bases.of(iso3))
        runs.append(CountryRun(iso3, run, base, spec.setups[iso3]))
    progress("report", len(countries), len(countries) + 1)
    manifests = {iso3: run_manifest(study, run, spec.of(iso3)) for iso3, run in kept.items()}
    folders = {iso3: save_run(run, manifests[iso3], out / iso3) for iso3, run in kept.items()}
    page = write_scenario(out, scenario_report(study, scenario, spec.fit, runs), scenario_templates(study))
    changed = dict.fromkeys(name for one in manifests.values() for name in one["changed since the fit"])
    refused = {iso3: one["policy space"] for iso3, one in manifests.items()}
    progress("done", len(countries) + 1, len(countries) + 1)
    name = NONE if spec.fit is None else spec.fit.name
    return ScenarioResult(name, folders, refused, tuple(changed), page)


def scenario_templates(study: Study) -> Path | None:
    """The study's own templates; None, for the reference study's, where it has none of a scenario."""
    folder = study.root / "reports" / "templates"
    return folder if (folder / TEMPLATE).is_file() else None


def scenario_report(
    study: Study, scenario: Scenario, fit: Fit | None, runs: Sequence[CountryRun]
) -> ScenarioReport:
    """The page of a scenario as plain data."""
    return ScenarioReport(
        title=scenario.name.replace("-", " ").capitalize(),
        note=scenario.note,
        rows=scenario.rows,
        is_base=scenario.name == BASELINE,
        overrides=[
            Change(one.name, one.note, one.source, one.changes, one.only) for one in scenario.overrides
        ],
        countries=[country_scenario(study, one) for one in runs],
        assumptions=list(assumed_rows(study, runs)),
        provenance=provenance(study, fit, runs),
        generated=f"Made on {datetime.date.today():%d %B %Y} with latecomer {version('latecomer')}.",
    )


def country_scenario(study: Study, one: CountryRun) -> CountryScenario:
    """One country: its outcomes beside those of the base, and what was refused."""
    first, last = one.setup.years
    return CountryScenario(
        iso3=one.iso3,
        name=study.countries[one.iso3].name,
        years=f"{first:g}–{last:g}",
        comparisons=[
            comparison(study, one, name)
            for name in shown(study.model.text, study.outcomes.pages.scenario)
            if name in one.run
        ],
        refused=[refusal.sentence for refusal in policy_space(one.run, one.setup.tables, study.outcomes)],
    )


def comparison(study: Study, one: CountryRun, name: str) -> Comparison:
    """A variable of a run beside that of the base."""
    unit = in_words(str(one.run[name].attrs.get("units", "")), study.outcomes)
    years = one.run["time"].to_numpy()
    return Comparison(name, unit, years, one.base[name].to_numpy(), one.run[name].to_numpy())


def assumed_rows(study: Study, runs: Iterable[CountryRun]) -> Iterator[Assumption]:
    """What is assumed: drivers of the world once, then those of each country."""
    own = {
        name.removesuffix(TABLE) for name, source in study.drivers.sources.items() if source.iso3 == COUNTRY
    }
    seen: dict[tuple[str, str], Assumed] = {}
    for one in runs:
        for assumed in one.setup.assumed:
            whose = study.countries[one.iso3].name if assumed.driver in own else "the world"
            seen.setdefault((assumed.driver, whose), assumed)
    for (driver, whose), assumed in sorted(seen.items(), key=lambda item: item[0][1] != "the world"):
        changed = "".join(f"; then the override '{name}'" for name in assumed.changed_by)
        rule, source = assumed.assumption.words + changed, assumed.assumption.source
        yield Assumption(driver, whose, f"{assumed.after:g}", rule, source)


def provenance(study: Study, fit: Fit | None, runs: Sequence[CountryRun]) -> dict[str, str]:
    """Where the numbers of the page come from."""
    hashes = study.run_hashes([one.iso3 for one in runs])
    used = dict.fromkeys(one.setup.variant for one in runs)
    return {
        "variant": ", ".join(used) or "none",
        "fit": "none" if fit is None else fit.name,
        **{f"sha256 of {name}": digest for name, digest in hashes.items()},
        "version of latecomer": version("latecomer"),
    }


BASELINE_TEMPLATE = "accepted.html.j2"


@dataclass(frozen=True, slots=True)
class ChangedPath:
    """An outcome that moved: its path by year, then and now; a side that is not there is empty."""

    scenario: str
    country: str
    outcome: str
    unit: str
    was: Mapping[float, float]
    now: Mapping[float, float]

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The last values, then and now."""
        before, after = (side[max(side)] if side else None for side in (self.was, self.now))
        return before, after

    @property
    def change(self) -> float | None:
        """By how much the last value is another, as a ratio.

        >>> ChangedPath("s", "KOR", "output", "", {2000.0: 2.0}, {2000.0: 3.0}).change
        0.5
        """
        was, now = self.ends
        return None if was is None or now is None or was == 0 else now / was - 1.0


@dataclass(frozen=True, slots=True)
class RegressionReport:
    """The page: what was compared, what moved, what of the study is another than when it was accepted."""

    compared: int
    fit: str
    moved: Sequence[ChangedPath]
    changed: Sequence[str]
    generated: str


def write_regression(file: Path, report: RegressionReport, templates: Path | None = None) -> Path:
    """Write the page as `file` and return that path. Raises `InputError` where it cannot be written."""
    return write_output(file, render_regression(report, templates).encode())


def render_regression(report: RegressionReport, templates: Path | None = None) -> str:
    """The text of the page; the same text for the same report.

    `templates` is a folder with accepted.html.j2, style.css and tips.js; without it the reference study's.
    """
    folder = templates or reference_root() / "reports" / "templates"
    page = environment(folder)
    page.filters |= {"percent": percent, "amount": lambda value: "–" if value is None else amount(value)}
    return sealed(
        page.get_template(BASELINE_TEMPLATE).render(
            report=report,
            style=Markup(part(folder / "style.css")),
            script=Markup(part(folder / "tips.js")),
            rows=[(one, picture(changed_chart(one))) for one in report.moved],
        )
    )


def changed_chart(one: ChangedPath) -> str:
    """The small chart of an outcome: now over then."""
    traces = [
        Trace("accepted", list(one.was), list(one.was.values()), "base"),
        Trace("now", list(one.now), list(one.now.values()), "model"),
    ]
    said = f"{one.outcome}, {one.country}, {one.scenario}: accepted and now, in {one.unit}"
    return chart(said, [trace for trace in traces if len(trace.years)], Frame(height=130))


def scenario_changes(study: Study, found: ScenarioCheck) -> RegressionReport:
    """The page of a check as plain data."""

    def by_year(path: Mapping[str, float] | None) -> dict[float, float]:
        return {
            float(year): value for year, value in sorted((path or {}).items(), key=lambda at: float(at[0]))
        }

    rows = []
    for one in found.moved:
        variable = study.model.text.find(one.outcome)
        unit = "" if variable is None else in_words(variable.unit, study.outcomes)
        sides = by_year(one.was), by_year(one.now)
        rows.append(ChangedPath(one.scenario, one.country, one.outcome, unit, *sides))
    made = f"Made on {datetime.date.today():%d %B %Y} with latecomer {version('latecomer')}."
    return RegressionReport(found.compared, found.fit, rows, found.changed, made)
