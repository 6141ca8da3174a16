"""One country with the policy of another, or in a calmer world: paths, and what accounts for a difference.

Also here:
- What keeps the levels of a swap believable: the same swap with each limit of the model taken away.
- What is told of a counterfactual: its outcomes, how far it strays from the baseline, its shares.
- The runs of a swap: parameters of every draw, and one ensemble for each country whose state they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.errors import InputError, refuse
from latecomer.explain.counterfactuals import (
    CONDITIONS,
    SIDES,
    Floats,
    Setting,
    coalitions,
    game_of_difference,
    named_counterfactuals,
    noise_scales,
    of_coalition,
    parameters_of,
    settings,
    shapley,
    tables_of,
)
from latecomer.runs.executor import Progress, silent
from latecomer.runs.results import save_evidence
from latecomer.study.fits import Fit
from latecomer.study.levers import TABLE
from latecomer.study.outcome_tables import Swap, SwapLevel, SwapOutcome
from latecomer.study.outcomes import Outcomes
from latecomer.study.run_spec import METHOD, CountrySetup, RunSpec, needed_fit, resolve, variant_of
from latecomer.study.study import Study

if TYPE_CHECKING:
    from latecomer.simulate.members import Case


NOISE_METHOD: Final = "sra1"
"""Heun's scheme where there is no noise, of strong order 1.5 where noise does not depend on the state."""

Drawn = Mapping[str, Mapping[str, Any]]


def refuse_outside(study: Study, iso3: str, year: int) -> None:
    """Raise InputError where the run of a country does not hold what a swap tells of."""
    first, last = study.outcomes.needed_swap("a swap").needs
    window, place = study.countries[iso3].window, f"country '{iso3}'"
    got = f"a run of {window.start} to {window.end}"
    if window.end < last or window.start + 1 >= first:
        expected = f"one from before {first - 1} to {last} at least"
        raise refuse(place, got, expected, "name another country")
    if not window.start + 2 <= year <= first:
        expected = f"a year from {window.start + 2} to {first}"
        raise refuse(f"--year {year}, {place}", got, expected, "choose such a year")


def drawn_parameters(
    study: Study, spec: RunSpec, draws: int, seed: int, uncertain: bool
) -> dict[str, dict[str, Any]]:
    """The parameters of each country, one number a draw where draws differ; the first is the fit itself.

    `uncertain`: whether the others are draws of the fast approximation of the fit. Raises InputError for a
    request without a fit and for a stale one.
    """
    fit = needed_fit(study, spec.fit)
    plain = {iso3: one.parameters for iso3, one in spec.setups.items()}
    if not uncertain or draws < 2:
        return {iso3: dict(values) for iso3, values in plain.items()}
    from latecomer.inference.identifiability import problem_of
    from latecomer.inference.laplace import approximate, coordinates, named_draws

    problem = problem_of(study, fit)
    points = approximate(problem, coordinates(problem.layout, fit)).draws(seed, draws - 1)
    return with_fit(plain, named_draws(problem.layout, study.targets, points).parameters)


def with_fit(plain: Mapping[str, Mapping[str, float]], drawn: Drawn) -> dict[str, dict[str, Any]]:
    """Parameters of countries with draws, the number of the fit before those of the draws.

    >>> found = with_fit({"KOR": {"a": 1.0, "b": 2.0}}, {"KOR": {"a": np.array([1.1, 0.9])}})
    >>> found["KOR"]["a"].tolist(), found["KOR"]["b"]
    ([1.0, 1.1, 0.9], 2.0)
    """
    return {
        iso3: {
            **values,
            **{name: np.concatenate([[values[name]], each]) for name, each in drawn[iso3].items()},
        }
        for iso3, values in plain.items()
    }


def runs_of(
    study: Study,
    setups: Mapping[str, CountrySetup],
    drawn: Drawn,
    settings: Sequence[Setting],
    year: int,
    draws: int,
    seed: int,
) -> dict[Setting, xr.Dataset]:
    """The runs of each setting over (draw, time), saved once a year; draw k has the same shocks in all.

    `setups`: of each country, for its tables and years; `drawn`: its parameters.
    """
    swap = study.outcomes.needed_swap("a swap")
    levers = [name + TABLE for name in study.levers]
    quiet = noise_scales(study.model.text)
    tables = {iso3: one.tables for iso3, one in setups.items()}
    found: dict[Setting, xr.Dataset] = {}
    for iso3 in dict.fromkeys(one.state for one in settings):
        mine = [one for one in dict.fromkeys(settings) if one.state == iso3]
        cases: dict[str, Case] = {
            str(k): {
                "parameters": parameters_of(one, drawn, quiet, swap),
                "drivers": tables_of(one, tables, levers, year, swap),
            }
            for k, one in enumerate(mine)
        }
        request: dict[str, Any] = {
            "variables": swap.variables,
            "years": setups[iso3].years,
            "method": NOISE_METHOD,
        }
        runs = study.model.ensemble(draws, seed, cases=cases, save_every=1.0, **request)
        found |= {one: runs.sel(case=str(k), drop=True) for k, one in enumerate(mine)}
    return found


BAND: Final = (0.1, 0.9)

ROUNDING: Final = 0.01
"""A change of an outcome by less than this has no sign to speak of."""


@dataclass(frozen=True)
class Spread:
    """A number by the fit itself, and the 80 % band over draws."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """A counterfactual of a country, without shocks; its band is that of the fit.

    `outcomes`: by name; `below`: share of draws in which the event happens in the years of its outcome, None
    for a study without such an outcome; `levels`, in the last year, over the baseline, another variable or
    the frontier on record; `paths`: by variable and year, of the fit itself.
    """

    country: str
    name: str
    outcomes: Mapping[str, Spread]
    below: float | None
    levels: Mapping[str, Spread]
    paths: Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class Share:
    """What a player accounts for of the difference in an outcome: the mean over draws and the 80 % band."""

    player: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Shared:
    """An outcome of the first country less that of the second, with policies, world and shocks as they were.

    `residual`: by how much the shares and the difference disagree at most, over draws.
    """

    outcome: str
    difference: Share
    shares: tuple[Share, ...]
    residual: float


def outcomes(run: xr.Dataset, request: Swap) -> dict[str, Floats]:
    """The outcomes of runs over (draw, time), one number a draw."""
    return {one.name: outcome(run, one) for one in request.outcomes}


def outcome(run: xr.Dataset, one: SwapOutcome) -> Floats:
    """One outcome: the lowest value of some years, a growth over them, or a sum of the last of them."""
    first, last = one.years
    if one.lowest is not None:
        lowest: Floats = run[one.lowest].sel(time=slice(float(first), float(last))).min("time").to_numpy()
        return lowest
    if one.growth is not None:
        return at(run[one.growth], last) / at(run[one.growth], first)
    whole = reduce(add, (at(run[name], last) for name in one.sum))
    return whole if one.over is None else whole / at(run[one.over], last)


def lowest_of(outcomes: Outcomes) -> SwapOutcome | None:
    """The outcome of a swap that is the lowest value of the event; None without one."""
    event, request = outcomes.event, outcomes.swap
    if event is None or request is None:
        return None
    return next((one for one in request.outcomes if one.lowest == event.variable), None)


def at(path: xr.DataArray, year: int) -> Floats:
    """A variable in one year, one number a draw."""
    found: Floats = path.sel(time=float(year)).to_numpy()
    return found


def spread(values: Floats) -> Spread:
    """A number of the first draw, which is the fit itself, and the band of all.

    >>> spread(np.array([5.0, *range(11)]))
    Spread(value=5.0, low=1.1, high=8.9)
    """
    low, high = (round(float(one), 12) for one in np.quantile(values, BAND))
    return Spread(float(values[0]), low, high)


def share(player: str, values: Floats) -> Share:
    """The mean of some draws, and their band: means add up where the shares of each draw do."""
    values = np.atleast_1d(values)
    low, high = (float(one) for one in np.quantile(values, BAND))
    return Share(player, float(values.mean()), low, high)


def finite(runs: Iterable[xr.Dataset]) -> NDArray[np.bool_]:
    """The draws that stay finite in all of some runs."""
    each = [
        np.isfinite(run[name].transpose("draw", ...).to_numpy().reshape(run.sizes["draw"], -1)).all(axis=1)
        for run in runs
        for name in run
        if "draw" in run[name].dims
    ]
    sound: NDArray[np.bool_] = np.logical_and.reduce(each)
    return sound


def row(study: Study, iso3: str, name: str, run: xr.Dataset, base: xr.Dataset) -> Row:
    """A counterfactual beside the baseline run of the country."""
    last, request, event = int(run["time"][-1]), study.outcomes.needed_swap("a swap"), study.outcomes.event
    found = outcomes(run, request)
    each = {one.name: level(study, iso3, one, run, base) for one in request.levels}
    levels = {name: values for name, values in each.items() if values is not None}
    shown = [year for year in request.years if float(run["time"][0]) <= year <= last]
    paths = {v: {year: float(at(run[v], year)[0]) for year in shown} for v in request.paths}
    details = {name: spread(values) for name, values in found.items()}
    lowest = lowest_of(study.outcomes)
    below = None
    if event is not None and lowest is not None:
        below = float(np.mean(found[lowest.name] < event.below))
    return Row(iso3, name, details, below, {key: spread(values) for key, values in levels.items()}, paths)


def level(study: Study, iso3: str, one: SwapLevel, run: xr.Dataset, base: xr.Dataset) -> Floats | None:
    """A level in the last year of a run; None without figures of the frontier or the country."""
    last = int(run["time"][-1])
    value = at(run[one.variable], last)
    if one.over is not None:
        return value / at(run[one.over], last)
    if one.per is None or one.frontier is None:
        return value / at(base[one.variable], last)
    held, names = study.observations, study.observations.countries()
    if one.frontier not in names or iso3 not in names:
        return None
    wanted = [(one.frontier, one.variable), (one.frontier, one.per), (iso3, one.per)]
    if any(name not in held.variables(who) or last not in held.series(who, name) for who, name in wanted):
        return None
    frontier, people, own = (float(held.value(who, name, last)) for who, name in wanted)
    return (value / own) / (frontier / people)


def shared_out(one: str, other: str, runs: Mapping[Setting, xr.Dataset], request: Swap) -> tuple[Shared, ...]:
    """The Shapley shares of the difference of each outcome between two countries."""
    each = {
        players: outcomes(runs[of_coalition(one, other, players, request.world)], request)
        for players in coalitions((*SIDES, *CONDITIONS))
    }
    found = []
    for name in (made.name for made in request.outcomes):
        worth = game_of_difference(
            SIDES, CONDITIONS, {players: values[name] for players, values in each.items()}
        )
        shares = shapley((*SIDES, *CONDITIONS), worth)
        whole = worth[frozenset((*SIDES, *CONDITIONS))]
        residual = float(np.max(np.abs(sum(shares.values()) - whole)))
        parts = tuple(share(player, values) for player, values in shares.items())
        found.append(Shared(name, share("difference", whole), parts, residual))
    return tuple(found)


def disagreements(said: Sequence[tuple[str, Sequence[Row]]], outcomes: Outcomes) -> Iterator[str]:
    """Where variants say opposite things; `said`: the rows of each variant, in the same order.

    Of an outcome: that it rises and that it falls, each by more than a hundredth. Of the event: that it
    happens and that it does not.
    """
    event, lowest = outcomes.event, lowest_of(outcomes)
    for k, first in enumerate(said[0][1] if said else ()):
        rows = {variant: rows[k] for variant, rows in said}
        place = f"{first.country}, {first.name}"
        for outcome in first.outcomes:
            moves = {variant: _move(said, variant, one, outcome) for variant, one in rows.items()}
            up, down = ([v for v, by in moves.items() if sign * by > ROUNDING] for sign in (1, -1))
            if up and down:
                yield f"{place}: {outcome} rises under {', '.join(up)}, and falls under {', '.join(down)}"
        if event is None or lowest is None:
            continue
        falls = [v for v, one in rows.items() if one.outcomes[lowest.name].value < event.below]
        if 0 < len(falls) < len(rows):
            others = [variant for variant in rows if variant not in falls]
            happens, kept = event.words.happens, event.words.kept
            yield f"{place}: {happens} under {', '.join(falls)}, and {kept} under {', '.join(others)}"


def _move(said: Sequence[tuple[str, Sequence[Row]]], variant: str, one: Row, outcome: str) -> float:
    """How far an outcome of a row lies above that of the baseline of the country, its first row."""
    base = next(row for row in dict(said)[variant] if row.country == one.country)
    return one.outcomes[outcome].value - base.outcomes[outcome].value


@dataclass(frozen=True)
class Brake:
    """What a limit holds back: the size of a country in the last year without it over that with it.

    `swapped`: of a country with the other's policy; `baseline`: with its own. None where the run without the
    limit does not stay finite. A limit holds a swap back where `swapped` is above one.
    """

    country: str
    limit: str
    swapped: float | None
    baseline: float | None


def brakes(study: Study, spec: RunSpec, country: str, other: str, year: int) -> tuple[Brake, ...]:
    """What each limit of the text holds back in a swap of a country's policy, without shocks.

    A text without a limit has no brake of that name. Raises InputError as runs do.
    """
    request = study.outcomes.needed_swap("a swap")
    known = set(study.model.parameter_names)
    limits = {limit: one for limit, one in request.limits.items() if one.parameter in known}
    swapped, baseline = (Setting(country, whose, country) for whose in (other, country))
    found: dict[str, list[float | None]] = {}
    for setting in (swapped, baseline) if limits else ():
        whole = _last(study, spec.setups, setting, year, request, {})
        assert whole is not None
        for limit, one in limits.items():
            without = _last(study, spec.setups, setting, year, request, {one.parameter: one.value})
            found.setdefault(limit, []).append(None if without is None else without / whole)
    return tuple(Brake(country, limit, *ratios) for limit, ratios in found.items())


def _last(
    study: Study,
    setups: Mapping[str, CountrySetup],
    setting: Setting,
    year: int,
    request: Swap,
    changed: Mapping[str, float],
) -> float | None:
    """The size in the last year of a run; None where a run that is changed does not stay finite."""
    parameters = {iso3: one.parameters for iso3, one in setups.items()}
    tables = {iso3: one.tables for iso3, one in setups.items()}
    levers, quiet = [name + TABLE for name in study.levers], noise_scales(study.model.text)
    try:
        run = study.model.run(
            years=setups[setting.state].years,
            method=METHOD,
            parameters=parameters_of(setting, parameters, quiet, request) | dict(changed),
            drivers=tables_of(setting, tables, levers, year, request),
            save_every=1.0,
            backend="numpy",
        )
    except InputError:
        if not changed:
            raise
        return None
    return float(run[request.size][-1])


DRAWS: Final = 200


@dataclass(frozen=True)
class VariantSwap:
    """What the fit of one variant says.

    `brakes`: what each limit of the model holds back; `lost`: draws left out, as a run of theirs does not
    stay finite.
    """

    variant: str
    fit: str
    rows: tuple[Row, ...]
    shared: tuple[Shared, ...]
    brakes: tuple[Brake, ...]
    draws: int
    lost: int

    def row(self, country: str, number: int) -> Row:
        """A counterfactual of a country by its place: 0 for the baseline, 1 for the other's policy."""
        return [one for one in self.rows if one.country == country][number]


@dataclass(frozen=True)
class PolicySwap:
    """Two countries swapped, by every variant; `disagree`: in words, where the variants say opposite things.

    `uncertain`: whether the bands are those of the fast approximation; if not, of the shocks alone.
    """

    countries: tuple[str, str]
    year: int
    seed: int
    uncertain: bool
    variants: tuple[VariantSwap, ...]
    disagree: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The swap as plain data."""
        return asdict(self)


def swap(
    study: Study,
    one: str,
    other: str,
    fits: Mapping[str, Fit],
    year: int | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    uncertain: bool = True,
    progress: Progress = silent,
) -> PolicySwap:
    """Two countries swapped under some fits, by what each is called.

    A country keeps its stocks, structure and people, and has the other's levers, of the same calendar years,
    from `year` on, by default that of the study. `draws`: of parameters and of shocks together; draw k has
    the same parameters and the same shocks in every run of a fit, and the first has the parameters of the fit
    itself. `uncertain`: whether the others are draws of the fast approximation of the fit, which takes
    minutes, or differ by the shocks alone. Raises InputError for a country whose run does not hold the years
    that are told of, for a year that is not in both runs before them, for a study that does not say what a
    swap tells, for a stale fit, and for one of which too few draws stay finite.
    """
    request = study.outcomes.needed_swap("a swap")
    year = request.year if year is None else year
    for iso3 in (one, other):
        refuse_outside(study, iso3, year)
    found = []
    for number, (name, fit) in enumerate(fits.items()):
        progress(f"swap under {name}", number, len(fits))
        fit.refuse_stale(study)
        spec = resolve(study, (one, other), fit, draws=draws, seed=seed)
        drawn = drawn_parameters(study, spec, draws, seed, uncertain)
        found.append(swap_under(study, spec, (one, other), name, drawn, year, draws, seed))
    progress("swapped", len(fits), len(fits))
    opposite = tuple(disagreements([(each.variant, each.rows) for each in found], study.outcomes))
    return PolicySwap((one, other), year, seed, uncertain, tuple(found), opposite)


def save_swap(study: Study, made: PolicySwap) -> Path:
    """Keep a swap with the hashes of what it was made from."""
    fits = [study.fits[one.fit] for one in made.variants]
    name = "-".join(["swap", *made.countries])
    return save_evidence(study, name, made.as_dict(), made.countries, fits)


def swap_under(
    study: Study,
    spec: RunSpec,
    pair: tuple[str, str],
    name: str,
    drawn: Drawn,
    year: int,
    draws: int,
    seed: int,
) -> VariantSwap:
    """A swap under one fit, with the parameters of each country: numbers, or one number a draw."""
    fit, request = needed_fit(study, spec.fit), study.outcomes.needed_swap("a swap")
    one, other = pair
    runs = runs_of(study, spec.setups, drawn, tuple(settings(one, other, year, request)), year, draws, seed)
    sound = np.flatnonzero(finite(runs.values()))
    if 2 * len(sound) < draws or 0 not in sound:
        got = f"{len(sound)} of {draws} draws whose runs all stay finite"
        got += "" if 0 in sound else ", the fit itself not among them"
        raise refuse(f"fit '{fit.name}'", got, "half of them, and the fit itself", "fit again")
    kept = {setting: run.isel(draw=sound) for setting, run in runs.items()}
    rows: list[Row] = []
    for mine, theirs in ((one, other), (other, one)):
        named = named_counterfactuals(mine, theirs, year, request)
        base = kept[next(iter(named.values()))]
        rows += [row(study, mine, called, kept[setting], base) for called, setting in named.items()]
    held = (*brakes(study, spec, one, other, year), *brakes(study, spec, other, one, year))
    shared = shared_out(one, other, kept, request)
    return VariantSwap(name, fit.name, tuple(rows), shared, held, len(sound), draws - len(sound))


def rival_fits(study: Study, fit: str | None = None) -> dict[str, Fit]:
    """The fit of each rival variant by its name, or the one named alone under the variant that made it.

    Raises InputError for an unknown fit, and where no variant has one.
    """
    if fit is not None:
        chosen = study.fits[fit]
        used = variant_of(study, chosen, None)
        return {fit if used is None else used.name: chosen}
    found = {name: study.fits[one.fit] for name, one in study.variants.items() if one.fit is not None}
    if not found:
        cure = "add variants with fits to model/variants.toml, or name a fit with --fit"
        raise refuse("variants", "none with a fit", "one at least", cure)
    return found
