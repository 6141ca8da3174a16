"""After the breakdown: imports compressed, investment lost, institutions dismantled, credit slow to come."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Array, Runs, at, calm_rate, loss_of_credit, no_shock, over, ratio, scaled

# dear money for three years, and how dear it must be for lenders of each kind to leave
SHOCK = {
    "BRA": (1980, 5.0),
    "KOR": (1980, 5.0),
    "MEX": (1980, 5.0),
    "IND": (1968, 15.0),
    "VNM": (1997, 15.0),
    "LAO": (1997, 15.0),
}
LEARNING_WITHOUT_CREDIT = {"learning loss without credit": 0.0}


def broken(
    run: Runs, iso3: str, overrides: dict[str, float] | None = None
) -> tuple[xr.Dataset, xr.Dataset, float]:
    """A country in which dear money ends credit, the same in calm, and the year in which it begins."""
    year, factor = SHOCK[iso3]
    crisis, calm = (
        run(iso3, overrides, world={"world interest rate": scaled(f, year, year + 3)}) for f in (factor, 1.0)
    )
    return crisis, calm, float(year)


def in_calm(run: Runs) -> xr.Dataset:
    """Brazil in a world without dear money and dear oil."""
    return run("BRA", world=calm_rate(run) | {"oil price": no_shock})


def lowest(run: xr.Dataset, name: str, first: float, last: float) -> float:
    """The year in which a variable is lowest between two years."""
    return first + float(over(run, name, first, last).argmin()) / 4


def crossing(levels: Array, level: float) -> float:
    """The years after which a course, four times a year, first crosses a level."""
    k = int(np.flatnonzero((levels[:-1] - level) * (levels[1:] - level) <= 0)[0])
    return (k + float((level - levels[k]) / (levels[k + 1] - levels[k]))) / 4


@claim("IND", "VNM", "LAO", "KOR", "BRA")
def test_imports_and_investment_collapse_and_a_decade_is_lost(run: Runs, iso3: str) -> None:
    crisis, calm, year = broken(run, iso3)
    assert ratio(crisis, calm, "imports", year + 5) < 0.85
    assert ratio(crisis, calm, "investment", year + 5) < 0.85
    assert ratio(crisis, calm, "capability", year + 10) < 0.97
    left = [ratio(crisis, calm, "output per head", year + later) for later in (5, 10)]
    assert left[0] < 0.97
    assert left[1] < 0.92
    # Money is cheap again after four years, yet the second five years only add to the loss.
    assert left[1] < left[0]


@claim("BRA", "MEX")
def test_where_banks_are_owed_much_credit_is_lost_at_once_and_regained_over_a_decade(
    run: Runs, iso3: str
) -> None:
    crisis, _, year = broken(run, iso3)
    access = over(crisis, "credit access", year - 1, year + 10)
    assert access[:13].min() < 0.5
    bottom = int(access.argmin())
    change = np.diff(access)
    assert -change.min() > 3 * change.max() > 0
    fall = bottom - int(np.argmax(access < 0.5))
    regained = np.flatnonzero(access[bottom:] > 0.75)
    assert regained.size == 0 or regained[0] > max(fall, 18)


@claim("IND", "VNM", "LAO", "KOR")
def test_lenders_come_back_more_slowly_than_they_leave(run: Runs, iso3: str) -> None:
    crisis, _, year = broken(run, iso3)
    access = over(crisis, "credit access", year - 1, year + 10)
    bottom = int(access.argmin())
    assert access[:13].min() < 0.25
    fall = crossing(access[: bottom + 1], 0.25) - crossing(access, 0.75)
    rise = crossing(access[bottom:], 0.75) - crossing(access[bottom:], 0.25)
    # Two exponentials: their times over the same stretch are as their rates, the other way round.
    slower = run.value(iso3, "credit collapse rate") / run.value(iso3, "credit recovery rate")
    assert rise > 1.5 * fall
    assert rise / fall == pytest.approx(slower, rel=0.1)


@claim("IND", "VNM", "LAO", "BRA", "MEX")
def test_the_state_is_dismantled_last_and_for_long(run: Runs, iso3: str) -> None:
    crisis, calm, year = broken(run, iso3)
    assert ratio(crisis, calm, "state capability", year + 10) < 0.88
    imports, state = (lowest(crisis, name, year, year + 12) for name in ("imports", "state capability"))
    assert state > imports + 1


@claim("IND", "VNM", "LAO", "KOR", "BRA")
def test_learning_stops_with_the_credit_for_equipment(run: Runs, iso3: str) -> None:
    crisis, calm, year = broken(run, iso3)
    spared, _, _ = broken(run, iso3, LEARNING_WITHOUT_CREDIT)
    pace = [at(one, "learning", year + 3) / at(one, "capability", year + 3) for one in (crisis, calm, spared)]
    assert pace[0] < 0.8 * pace[1]
    assert pace[0] < 0.85 * pace[2]


@pytest.mark.slow
@claim("IND", "VNM", "KOR")
def test_a_quicker_return_of_lenders_shortens_the_loss(run: Runs, iso3: str) -> None:
    usual = run.value(iso3, "credit recovery rate")
    slow, quick = (broken(run, iso3, {"credit recovery rate": f * usual})[0] for f in (0.3, 2.0))
    year = SHOCK[iso3][0] + 10.0
    assert at(quick, "credit access", year) > at(slow, "credit access", year) + 0.1
    assert ratio(quick, slow, "output per head", year) > 1.01
    assert ratio(quick, slow, "state capability", year) > 1.05


def test_brazil_is_in_1990_about_where_it_was_in_1980(history: Runs) -> None:
    brazil, calm = history("BRA"), in_calm(history)
    head = [at(brazil, "output per head", year) for year in (1970, 1980, 1983, 1990)]
    assert 0.8 < head[3] / head[1] < 1.25
    assert np.log(head[3] / head[1]) < 0.5 * np.log(head[1] / head[0])
    assert head[2] < 0.97 * head[1]
    assert ratio(brazil, calm, "output per head", 1985) < 0.93
    assert ratio(brazil, calm, "output per head", 1990) < 0.96


def test_in_brazil_imports_fall_first_then_investment_and_the_state_last(history: Runs) -> None:
    brazil, calm = history("BRA"), in_calm(history)
    fallen = [
        over(brazil, name, 1983, 1986).mean() / over(brazil, name, 1978, 1980).mean()
        for name in ("imports", "investment share")
    ]
    assert fallen[0] < 0.75
    assert fallen[1] < 0.85
    assert ratio(brazil, calm, "state capability", 1990) < 0.95
    assert lowest(brazil, "state capability", 1980, 1995) > lowest(brazil, "imports", 1980, 1995) + 1


def test_korea_goes_on_growing_and_keeps_its_state(history: Runs) -> None:
    korea = history("KOR")
    assert at(korea, "output per head", 1990) > 1.5 * at(korea, "output per head", 1980)
    assert at(korea, "state capability", 1990) > at(korea, "state capability", 1980) - 0.03


def test_korea_which_exports_comes_back_sooner_than_brazil(history: Runs) -> None:
    shaken = broken(history, "KOR")
    assert loss_of_credit(shaken[0]) < 1982
    assert ratio(shaken[0], shaken[1], "output per head", 1985) < 0.96
    gains = [
        at(one, "output per head", 1995) / at(one, "output per head", 1985)
        for one in (shaken[0], broken(history, "BRA")[0])
    ]
    assert gains[0] > gains[1] + 0.1


def test_the_faster_the_erosion_the_less_is_left_and_the_less_discipline(run: Runs) -> None:
    usual = run.value("BRA", "state capability erosion rate")
    runs = [run("BRA", {"state capability erosion rate": f * usual}, until=1995) for f in (0.0, 1.0, 3.0)]
    none, some, much = (at(one, "state capability", 1995) for one in runs)
    assert none > some + 0.03 > much + 0.06 > 0.06
    assert ratio(runs[2], runs[0], "discipline", 1995) < 0.9


@pytest.mark.parametrize("iso3", ["LAO", "MMR"])
def test_relief_of_official_debt_lightens_it_and_frees_imports(run: Runs, iso3: str) -> None:
    none, much = (run(iso3, levers={"official debt relief": level}) for level in (0.0, 0.1))
    year = run.study.countries[iso3].window.start + 12
    assert at(much, "debt to output", year) < 0.8 * at(none, "debt to output", year)
    assert ratio(much, none, "output per head", year) >= 1
