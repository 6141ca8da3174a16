"""The same support bill: disciplined it buys exports and capability, captured it buys rents and imports."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, at, over, ratio

SOME = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND", "VNM"])
DISCIPLINED, CAPTURED = {"state autonomy": 0.95}, {"state autonomy": 0.1}
NO_VARIANT = {"discipline in learning switch": 0.0, "discipline in push switch": 0.0}
YEARS = 20


def start(run: Runs, iso3: str) -> float:
    return float(run.study.countries[iso3].window.start)


def pair(run: Runs, iso3: str, overrides: dict[str, float] | None = None) -> tuple[xr.Dataset, xr.Dataset]:
    """A disciplined and a captured state with the same levers."""
    until = start(run, iso3) + YEARS
    hard, soft = (run(iso3, how | (overrides or {}), until=until) for how in (DISCIPLINED, CAPTURED))
    return hard, soft


def share(run: xr.Dataset, name: str, of: str, year: float) -> float:
    return at(run, name, year) / at(run, of, year)


def home_imports(run: xr.Dataset, year: float) -> float:
    """Imports called for that are no inputs of exports, over output."""
    inputs = at(run, "imports for exports", year)
    return (at(run, "desired imports", year) - inputs) / at(run, "output in dollars", year)


def gain(run: Runs, iso3: str, how: dict[str, float], name: str) -> float:
    """What full support adds to a variable, against none."""
    year = start(run, iso3) + YEARS
    none, full = (run(iso3, how, {"industrial support": level}, until=year) for level in (0.0, 1.0))
    return ratio(full, none, name, year) - 1


@claim("KOR", "BRA", "IND", "VNM")
def test_the_bill_is_the_same_and_discipline_buys_exports_and_capability(run: Runs, iso3: str) -> None:
    hard, soft = pair(run, iso3)
    year = start(run, iso3) + YEARS
    bills = [share(one, "support spending", "output", year) for one in (hard, soft)]
    assert bills[0] == pytest.approx(bills[1], rel=1e-12)
    assert ratio(hard, soft, "manufactured exports", year) > (1.03 if iso3 == "IND" else 1.12)
    assert ratio(hard, soft, "capability", year) > (1.005 if iso3 == "IND" else 1.02)
    assert ratio(hard, soft, "output per head", year) > 1.005


@claim("KOR", "BRA", "IND", "VNM")
def test_with_capture_rents_and_what_they_import_rise(run: Runs, iso3: str) -> None:
    hard, soft = pair(run, iso3)
    year = start(run, iso3) + YEARS
    assert share(soft, "captured support", "output", year) > 1.15 * share(
        hard, "captured support", "output", year
    )
    rent_imports = [share(one, "rent imports", "output in dollars", year) for one in (soft, hard)]
    assert rent_imports[0] > 1.15 * rent_imports[1]
    assert home_imports(soft, year) > home_imports(hard, year) + 0.0001


@claim("KOR", "LAO", "MMR")
def test_support_pays_in_exports_only_as_far_as_it_is_disciplined(run: Runs, iso3: str) -> None:
    for name, most in (("manufactured exports", 0.6), ("capability", 0.7)):
        hard, soft = (gain(run, iso3, how, name) for how in (DISCIPLINED, CAPTURED))
        assert hard > 0.02
        assert soft < most * hard


@claim("KOR", "BRA")
def test_rents_that_are_there_cost_exports_for_decades(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + YEARS
    clean, captured = (run(iso3, {"initial capture": level}, until=year) for level in (0.0, 0.8))
    assert at(captured, "discipline", year - 10) < 0.9 * at(clean, "discipline", year - 10)
    assert ratio(captured, clean, "manufactured exports", year) < 0.983


@SOME
def test_discipline_never_takes_away_learning_even_without_exports(run: Runs, iso3: str) -> None:
    hard, soft = pair(run, iso3, {"export dependence half share": 10.0})
    year = start(run, iso3) + 15
    assert at(hard, "discipline", year) > 2 * at(soft, "discipline", year)
    assert at(hard, "supported learning", year) > 1.02 * at(soft, "supported learning", year)


@SOME
def test_discipline_works_through_support(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + YEARS
    none = {"industrial support": 0.0}
    hard, soft = (run(iso3, how, none, until=year) for how in (DISCIPLINED, CAPTURED))
    supported = ratio(*pair(run, iso3), "exports", year) - 1
    assert abs(ratio(hard, soft, "exports", year) - 1) < 0.15 * supported


@pytest.mark.parametrize("iso3", ["KOR", "BRA"])
def test_where_neither_learning_nor_the_push_sees_discipline_its_fruit_is_gone(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + YEARS
    for name in ("manufactured exports", "capability", "output per head"):
        whole, rest = (ratio(*pair(run, iso3, variant), name, year) - 1 for variant in ({}, NO_VARIANT))
        assert whole > 0.01
        assert abs(rest) < 0.4 * whole


@SOME
def test_without_support_nothing_can_be_captured(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + YEARS
    none = run(iso3, levers={"industrial support": 0.0, "cluster policy": 0.0}, until=year)
    fading = np.exp(-15 / run.value(iso3, "capture time"))
    assert at(none, "capture", year) / at(none, "capture", year - 15) == pytest.approx(fading, rel=1e-4)
    for name in ("captured support", "rent imports"):
        of = "output" if name == "captured support" else "output in dollars"
        assert share(none, name, of, year) < 1e-3


@SOME
def test_without_discipline_all_support_is_captured_in_the_end(run: Runs, iso3: str) -> None:
    nobody = {"state autonomy": 0.0, "initial discipline": 0.0}
    until = start(run, iso3) + 30
    levers = {"industrial support": 0.6, "deviation": 0.0, "cluster policy": 0.0}
    soft = run(iso3, nobody, levers, until=until)
    assert over(soft, "discipline", until - 30, until).max() == 0
    assert at(soft, "capture", until) == pytest.approx(0.6, abs=0.03)
