"""The runs of a study as a live page carries them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from latecomer.errors import refuse
from latecomer.language import Kind
from latecomer.language.codegen.javascript import names_of, write_javascript
from latecomer.report.live.page import (
    LiveCase,
    LiveCountry,
    LiveEvent,
    LiveFigures,
    LiveLever,
    LiveOutcome,
    LivePayload,
    LivePreset,
    LiveShown,
    LiveVariable,
    render_explorer,
)
from latecomer.report.series import observed
from latecomer.study.drivers import Points
from latecomer.study.fits import NONE, Fit
from latecomer.study.outcome_tables import Outcome
from latecomer.study.outcomes import in_words, shown
from latecomer.study.run_spec import OWN_FIT, CountrySetup, fit_of, resolve, scenario_countries
from latecomer.study.scenarios import BASELINE, Scenario
from latecomer.study.study import Study

TITLE: Final = "the live model"
WITHOUT_PATH: Final = (Kind.TABLE, Kind.CONTROL)


def live_payload(
    study: Study,
    countries: Sequence[str],
    scenarios: Sequence[str] | None = None,
    fit: Fit | str | None = OWN_FIT,
    variant: str | None = None,
) -> LivePayload:
    """The runs of some countries under some scenarios (all by default; the baseline is always among them).

    Every run goes from the country's first year to the farthest horizon of the scenarios. Raises InputError
    for what the study does not know, as `resolve` does.
    """
    if not countries:
        raise refuse("countries", "none", "at least one country", "name one")
    chosen, request = fit_of(study, fit, variant), chosen_scenarios(study, scenarios)
    horizon = farthest(study, countries, request)
    fitting = {
        iso3: [one for one in request if not one.countries or iso3 in one.countries] for iso3 in countries
    }
    setups = {
        iso3: {one.name: _setup(study, iso3, chosen, horizon, one, variant) for one in fitting[iso3]}
        for iso3 in countries
    }
    pool = _Pool(tuple(study.model.tables))
    bases = {iso3: pool.places(setups[iso3][BASELINE].tables) for iso3 in countries}
    constants = {iso3: _constants(study, setups[iso3][BASELINE]) for iso3 in countries}
    cases = {
        iso3: {
            name: LiveCase(
                _changed(constants[iso3], _constants(study, one)),
                _changed(bases[iso3], pool.places(one.tables)),
            )
            for name, one in setups[iso3].items()
        }
        for iso3 in countries
    }
    grid = study.model.grid()
    return LivePayload(
        equations=write_javascript(study.model.text),
        names=names_of(study.model.program),
        step=grid.dt,
        saving=grid.dt * grid.stride,
        horizon=horizon,
        countries=[_country(study, iso3) for iso3 in countries],
        levers=[LiveLever(name, one.note, one.source) for name, one in study.levers.items()],
        presets=[_preset(one, [i for i in countries if one in fitting[i]], horizon) for one in request],
        variables=live_variables(study),
        figures={iso3: live_figures(study, iso3) for iso3 in countries},
        tables=pool.tables,
        constants=constants,
        bases=bases,
        cases=cases,
        made={
            "study": study.root.name if study.root.name != "_reference" else "reference",
            "fit": NONE if chosen is None else chosen.name,
            "variant": setups[countries[0]][BASELINE].variant,
            **{f"sha256 of {name}": digest for name, digest in study.run_hashes(countries).items()},
        },
    )


def live_shown(study: Study) -> LiveShown:
    """What the live page of a study draws, how its levers are grouped and what its sentences tell."""
    outcomes, text = study.outcomes, study.model.text
    pages, event = outcomes.pages, outcomes.event
    made = []
    for name in shown(study.model.text, pages.live):
        one, variable = outcomes.outcomes.get(name, Outcome()), text.find(name)
        unit = one.unit or ("" if variable is None else in_words(variable.unit, outcomes))
        details = event if event is not None and event.variable == name else None
        chart = LiveOutcome(name, one.title or name[:1].upper() + name[1:], unit, one.times, ends=one.ends)
        if details is not None:
            chart = replace(chart, level=details.below * one.times, level_words=details.words.line)
        made.append(replace(chart, made_of=tuple(one.made_of.items())))
    stop = None
    if event is not None:
        stop = LiveEvent(event.variable, event.below, event.words.page, event.words.stop)
    groups = tuple(outcomes.lever_groups.items())
    return LiveShown(tuple(made), groups, pages.head or "", pages.other or "", stop)


def explorer(
    study: Study,
    countries: Sequence[str] | None = None,
    scenarios: Sequence[str] | None = None,
    fit: Fit | str | None = OWN_FIT,
    variant: str | None = None,
) -> str:
    """The live model as the text of a page of its own; by default of all countries of the fit.

    Raises InputError for what the study does not know.
    """
    chosen = fit_of(study, fit, variant)
    whose = countries or scenario_countries(study, None, chosen)
    payload = live_payload(study, list(dict.fromkeys(whose)), scenarios, chosen, variant)
    title = study.outcomes.titled(TITLE)
    generated = f"Made on {datetime.date.today():%d %B %Y} with latecomer {version('latecomer')}."
    return render_explorer(payload, live_shown(study), title, generated, study.root / "reports" / "templates")


def chosen_scenarios(study: Study, names: Sequence[str] | None) -> list[Scenario]:
    """The scenarios by name, the baseline first; that of the record alone where the study has no baseline."""
    known = study.scenarios
    base = known[BASELINE] if BASELINE in known else Scenario(BASELINE, "The record, with no override.")
    chosen = list(known) if names is None else [known[name].name for name in names]
    return [base, *(known[name] for name in dict.fromkeys(chosen) if name != BASELINE)]


def farthest(study: Study, countries: Iterable[str], scenarios: Iterable[Scenario]) -> float:
    """The farthest horizon of the scenarios, the last year of the countries' windows where there is none."""
    horizons = [one.horizon for one in scenarios if one.horizon is not None]
    return float(max(horizons or [study.countries[iso3].window.end for iso3 in countries]))


def live_variables(study: Study) -> list[LiveVariable]:
    """Every variable that has a path."""
    return [
        LiveVariable(one.name, in_words(one.unit, study.outcomes), one.note, one.kind.name.lower())
        for one in study.model.text.variables
        if one.kind not in WITHOUT_PATH and not one.hidden
    ]


def live_figures(study: Study, iso3: str) -> list[LiveFigures]:
    """The record of a country, series by series, where the targets have figures of it."""
    found = []
    for target in study.targets.targets:
        years, values, _ = observed(study, iso3, target)
        variable = study.model.text.find(target.variable)
        if years and variable is not None:
            unit = in_words(variable.unit, study.outcomes)
            found.append(LiveFigures(target.series, variable.name, unit, years, values))
    return found


class _Pool:
    """Tables, each kept once; `names`: the tables of the equations in their order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.tables: list[tuple[list[float], list[float]]] = []
        self._known: dict[bytes, int] = {}

    def places(self, tables: Mapping[str, Points]) -> list[int]:
        """The place in the pool of each table of a run."""
        return [self._place(tables[name]) for name in self.names]

    def _place(self, points: Points) -> int:
        x, y = np.asarray(points[0], float), np.asarray(points[1], float)
        mark = x.tobytes() + y.tobytes()
        if mark not in self._known:
            self._known[mark] = len(self.tables)
            self.tables.append((_grid(x), y.tolist()))
        return self._known[mark]


def _grid(x: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
    step = float(x[1] - x[0])
    even = x.size > 2 and np.array_equal(x, x[0] + np.arange(x.size) * step)
    return [float(x[0]), step] if even else x.tolist()


def _changed(base: Sequence[Any], other: Sequence[Any]) -> dict[int, Any]:
    return {i: new for i, (old, new) in enumerate(zip(base, other, strict=True)) if new != old}


def _setup(
    study: Study, iso3: str, fit: Fit | None, horizon: float, scenario: Scenario, variant: str | None
) -> CountrySetup:
    span = float(study.countries[iso3].window.start), horizon
    # a study without a baseline has no assumptions either: its runs are those of the record
    request = scenario if scenario.name in study.scenarios else None
    return resolve(study, iso3, fit, request, variant, years=span).setup


def _constants(study: Study, setup: CountrySetup) -> list[float]:
    return [float(value) for value in study.model.parameter_vector(setup.parameters)]


def _country(study: Study, iso3: str) -> LiveCountry:
    one = study.countries[iso3]
    return LiveCountry(iso3, one.name, float(one.window.start), float(one.window.end))


def _preset(scenario: Scenario, countries: Sequence[str], horizon: float) -> LivePreset:
    title = scenario.name.replace("-", " ").capitalize()
    return LivePreset(scenario.name, title, scenario.note, countries, horizon)
