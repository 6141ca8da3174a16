"""The scenarios of a study against the last version that was accepted: what moved, where, by how much."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from latecomer.errors import InputError, refuse
from latecomer.files import WRITABLE, plain_number, read_json, write_whole
from latecomer.runs.executor import Progress, silent
from latecomer.runs.results import hashes_of
from latecomer.study.fits import NONE, Fit
from latecomer.study.outcomes import shown
from latecomer.study.run_spec import REFERENCE, scenario_countries
from latecomer.study.simulation import simulated
from latecomer.study.study import Study

FILE: Final = Path("runs") / "accepted.json"

EVERY: Final = 10.0

DIGITS: Final = 6

# relative to the largest value of the path: beyond rounding, and below what anyone would call a change
TOLERANCE: Final = 1e-4

ByYear = dict[str, float]

Outcomes = dict[str, dict[str, dict[str, ByYear]]]


@dataclass(frozen=True, slots=True)
class MovedPath:
    """An outcome of a scenario that is another now; paths are {year: value}, None where missing."""

    scenario: str
    country: str
    outcome: str
    was: Mapping[str, float] | None
    now: Mapping[str, float] | None

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The last values: what it was, what it is."""
        return _last(self.was), _last(self.now)

    @property
    def change(self) -> float | None:
        """By how much the last value is another, as a ratio; None where one is missing or nought."""
        was, now = self.ends
        return None if was is None or now is None or was == 0 else now / was - 1.0

    def as_dict(self) -> dict[str, Any]:
        """What moved, as plain data."""
        was, now = self.ends
        details = {"scenario": self.scenario, "country": self.country, "outcome": self.outcome}
        return {**details, "was": was, "is": now, "change": self.change}


@dataclass(frozen=True)
class ScenarioCheck:
    """The scenarios against the accepted ones. `changed`: what of the study is another than then."""

    fit: str
    compared: int
    moved: tuple[MovedPath, ...]
    changed: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing moved."""
        return not self.moved

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        moved = [one.as_dict() for one in self.moved]
        return {
            "fit": self.fit,
            "compared": self.compared,
            "holds": self.holds,
            "moved": moved,
            "changed": self.changed,
        }


def scenario_outcomes(study: Study, fit: Fit | None, progress: Progress = silent) -> Outcomes:
    """{scenario: {country: {outcome: {year: value}}}} of all scenarios, every ten years and at their ends.

    Raises InputError for an outcome that is no finite number, and for books that do not close.
    """
    request = [
        (one, iso3) for one in study.scenarios.values() for iso3 in scenario_countries(study, one, fit)
    ]
    found: Outcomes = {}
    names = shown(study.model.text, study.outcomes.pages.scenario)
    for number, (scenario, iso3) in enumerate(request):
        progress(f"{scenario.name}, {iso3}", number, len(request))
        run = simulated(study, iso3, fit, scenario)
        place = f"scenario '{scenario.name}', {iso3}"
        paths = {name: _path(run, name, place) for name in names if name in run}
        found.setdefault(scenario.name, {})[iso3] = paths
    progress("runs done", len(request), len(request))
    return found


def accept(study: Study, fit: Fit | str | None = REFERENCE, progress: Progress = silent) -> Path:
    """Keep the outcomes of all scenarios as accepted, with the hashes of what they were made from.

    Raises InputError for an unknown fit, for a study without scenarios, and where the file cannot be written.
    """
    fit = study.named_fit(fit)
    outcomes = scenario_outcomes(study, fit, progress)
    if not outcomes:
        cure = "write one to runs/scenarios"
        raise refuse("scenarios", "none in this study", "at least one to accept", cure)
    content = {
        "fit": NONE if fit is None else fit.name,
        "made from": _made(study, fit),
        "outcomes": outcomes,
    }
    text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False)
    # a path on a line, so that a comparison of two versions is short
    lines = re.sub(r"\{\s*(\"\d[^{}]*?)\s*\}", lambda path: "{" + " ".join(path[1].split()) + "}", text)
    return write_whole(study.root / FILE, (lines + "\n").encode(), WRITABLE)


def check_scenarios(study: Study, progress: Progress = silent) -> ScenarioCheck:
    """Run all scenarios and hold them against the accepted ones.

    Raises InputError where none were accepted, where their file is torn, and as `Fits` and runs do.
    """
    held = read_scenario_baseline(study.root / FILE)
    fit = study.named_fit(held["fit"])
    now, was = scenario_outcomes(study, fit, progress), held["outcomes"]
    made = _made(study, fit)
    names = [*held["made from"], *(name for name in made if name not in held["made from"])]
    changed = tuple(name for name in names if held["made from"].get(name) != made.get(name))
    compared = len(set(_keys(was)) | set(_keys(now)))
    return ScenarioCheck(held["fit"], compared, tuple(moved_paths(was, now)), changed)


def read_scenario_baseline(file: Path) -> dict[str, Any]:
    """The accepted outcomes. Raises InputError where there are none, or no whole file of them."""
    if not file.exists():
        cure = "accept those of today: latecomer accept"
        raise refuse(str(FILE), "no accepted scenarios", "a version to compare with", cure)
    cure = "take it from version control, or latecomer accept"
    try:
        held = read_json(file, "accepted scenarios", cure, str(FILE))
    except InputError as error:
        raise refuse(str(FILE), "no whole file", "accepted scenarios", cure) from error
    if not _is_whole(held):
        raise refuse(str(FILE), "no whole file", "accepted scenarios", cure)
    return held


def _is_whole(held: Mapping[str, Any]) -> bool:
    """Whether an object has the form of accepted outcomes: of each scenario, country and outcome a path."""
    if not isinstance(held.get("fit"), str) or not isinstance(held.get("made from"), dict):
        return False
    level: list[Any] = [held.get("outcomes")]
    for _ in range(3):
        if not all(isinstance(one, dict) for one in level):
            return False
        level = [inner for one in level for inner in one.values()]
    paths = all(isinstance(one, dict) for one in level)
    return paths and all(
        type(value) in (int, float) and plain_number(year) is not None
        for one in level
        for year, value in one.items()
    )


def moved_paths(was: Outcomes, now: Outcomes) -> Iterator[MovedPath]:
    """The outcomes that are another, were not there, or are gone."""
    for scenario, iso3, outcome in dict.fromkeys([*_keys(was), *_keys(now)]):
        before, after = (side.get(scenario, {}).get(iso3, {}).get(outcome) for side in (was, now))
        if before is None or after is None or differ(before, after):
            yield MovedPath(scenario, iso3, outcome, before, after)


def differ(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether two paths have other years, or values apart by more than a hair of the largest.

    >>> differ({"2000": 1.0}, {"2000": 1.00001}), differ({"2000": 1.0}, {"2000": 1.01})
    (False, True)
    """
    if set(one) != set(other):
        return True
    scale = max(map(abs, [*one.values(), *other.values()]), default=0.0)
    return any(abs(one[year] - other[year]) > TOLERANCE * scale for year in one)


def _keys(outcomes: Outcomes) -> Iterator[tuple[str, str, str]]:
    for scenario, countries in outcomes.items():
        for iso3, paths in countries.items():
            for outcome in paths:
                yield scenario, iso3, outcome


def _path(run: xr.Dataset, name: str, place: str) -> ByYear:
    times, values = run["time"].to_numpy(), run[name].to_numpy()
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        got = f"{values[bad[0]]} in {times[bad[0]]:g}"
        cure = "look at its equation and at the changes of the scenario; nothing was kept"
        raise refuse(f"{place}, '{name}'", got, "a number in every year", cure)
    ends = np.isin(times, times[[0, -1]]) | np.isclose(np.mod(times, EVERY), 0.0)
    return {f"{year:g}": _rounded(value) for year, value in zip(times[ends], values[ends], strict=True)}


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _last(path: Mapping[str, float] | None) -> float | None:
    return None if not path else path[max(path, key=float)]


def _made(study: Study, fit: Fit | None) -> dict[str, str]:
    countries: Iterable[str] = study.countries if fit is None else fit.countries
    return hashes_of(study, countries, [] if fit is None else [fit])
