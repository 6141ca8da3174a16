"""The same support bill: disciplined it buys exports and capability, captured it buys rents and imports."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.mechanisms.runs import Runs, at, over, ratio, since

EACH = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND"])
TWO = pytest.mark.parametrize("iso3", ["KOR", "BRA"])
DISCIPLINED, CAPTURED = {"state autonomy": 0.95}, {"state autonomy": 0.1}
VARIANT = {"discipline in learning switch": 0.0, "discipline in push switch": 0.0}


def pair(run: Runs, iso3: str, variant: dict[str, float] | None = None) -> tuple[xr.Dataset, xr.Dataset]:
    """A disciplined and a captured state with the same levers."""
    return (
        run(iso3, DISCIPLINED | (variant or {}), until=1990),
        run(iso3, CAPTURED | (variant or {}), until=1990),
    )


def share(run: xr.Dataset, name: str, of: str, year: float) -> float:
    return at(run, name, year) / at(run, of, year)


def home_imports(run: xr.Dataset, year: float) -> float:
    """Desired imports that are no inputs of exports, over output."""
    inputs = at(run, "imports for exports", year)
    return (at(run, "desired imports", year) - inputs) / at(run, "output in dollars", year)


@EACH
def test_the_bill_is_the_same(run: Runs, iso3: str) -> None:
    bills = [
        over(one, "support spending", 1960, 1990) / over(one, "output", 1960, 1990) for one in pair(run, iso3)
    ]
    assert bills[0] == pytest.approx(bills[1], rel=1e-12)
    assert bills[0].max() > 0.02


@EACH
def test_autonomy_is_discipline_and_keeps_capture_low(run: Runs, iso3: str) -> None:
    hard, soft = pair(run, iso3)
    assert ratio(hard, soft, "discipline", 1985) > 3
    assert ratio(hard, soft, "capture", 1985) < 0.9


@EACH
def test_with_discipline_exports_rise(run: Runs, iso3: str) -> None:
    hard, soft = pair(run, iso3)
    assert ratio(hard, soft, "exports", 1985) > (1.01 if iso3 == "IND" else 1.05)
    assert share(hard, "exports", "desired imports", 1975) > share(soft, "exports", "desired imports", 1975)


@TWO
def test_with_discipline_capability_and_output_rise(run: Runs, iso3: str) -> None:
    hard, soft = pair(run, iso3)
    assert ratio(hard, soft, "capability", 1985) > 1.01
    assert ratio(hard, soft, "output per head", 1985) > 1.03


def test_disciplined_support_teaches_more(run: Runs) -> None:
    hard, soft = pair(run, "KOR")
    assert at(hard, "supported learning", 1975) > 1.1 * at(soft, "supported learning", 1975)


@EACH
def test_discipline_never_takes_away_learning_even_without_exports(run: Runs, iso3: str) -> None:
    hard, soft = pair(run, iso3, {"export dependence half share": 10.0})
    assert at(hard, "discipline", 1975) > 2 * at(soft, "discipline", 1975)
    assert at(hard, "supported learning", 1975) > 1.05 * at(soft, "supported learning", 1975)


@TWO
def test_discipline_works_through_support(run: Runs, iso3: str) -> None:
    none = {"industrial support": since(1961, 0.0)}
    hard, soft = (run(iso3, how, none, until=1985) for how in (DISCIPLINED, CAPTURED))
    supported = ratio(*pair(run, iso3), "exports", 1985) - 1
    assert ratio(hard, soft, "exports", 1985) - 1 < 0.05 * supported


@EACH
def test_with_capture_rents_and_imports_rise(run: Runs, iso3: str) -> None:
    hard, soft = pair(run, iso3)
    for year in (1970, 1980, 1990):
        rents = [share(one, "captured support", "output", year) for one in (soft, hard)]
        assert rents[0] > 1.05 * rents[1]
        rent_imports = [share(one, "rent imports", "output in dollars", year) for one in (soft, hard)]
        assert rent_imports[0] > 1.05 * rent_imports[1]
    years = (1970, 1975, 1980)
    assert sum(home_imports(soft, year) - home_imports(hard, year) for year in years) > 0


@TWO
def test_without_discipline_in_learning_and_push_the_effect_is_gone(run: Runs, iso3: str) -> None:
    for name, year in (("exports", 1985), ("capability", 1985), ("output per head", 1985)):
        whole, rest = (ratio(*pair(run, iso3, variant), name, year) - 1 for variant in ({}, VARIANT))
        assert whole > 0.01
        assert abs(rest) < 0.35 * whole


@EACH
def test_each_switch_removes_its_own_term(run: Runs, iso3: str) -> None:
    hard, soft = pair(run, iso3, {"discipline in push switch": 0.0})
    assert np.array_equal(over(hard, "export push", 1960, 1990), over(soft, "export push", 1960, 1990))
    hard, soft = pair(run, iso3, {"discipline in learning switch": 0.0})
    assert np.array_equal(
        over(hard, "discipline in learning", 1960, 1990), over(soft, "discipline in learning", 1960, 1990)
    )
    assert at(hard, "export push", 1980) > at(soft, "export push", 1980)


@EACH
def test_without_support_nothing_can_be_captured(run: Runs, iso3: str) -> None:
    none = run(iso3, levers={"industrial support": since(1961, 0.0)}, until=1985)
    assert np.all(over(none, "captured support", 1961, 1985) == 0)
    assert np.all(over(none, "rent imports", 1961, 1985) == 0)
    fading = np.exp(-20 / run.value(iso3, "capture time"))
    assert at(none, "capture", 1985) / at(none, "capture", 1965) == pytest.approx(fading, rel=1e-6)


@EACH
def test_without_discipline_all_support_is_captured_in_the_end(run: Runs, iso3: str) -> None:
    soft = run(
        iso3,
        {"state autonomy": 0.0, "initial discipline": 0.0},
        {"industrial support": since(1961, 0.6)},
        until=1990,
    )
    assert np.all(over(soft, "discipline", 1960, 1990) == 0)
    assert at(soft, "capture", 1990) == pytest.approx(0.6, abs=0.02)


@EACH
def test_captured_support_resists_discipline(run: Runs, iso3: str) -> None:
    discipline = [
        at(run(iso3, {"capture resistance": r}, until=1980), "discipline", 1980) for r in (0.0, 0.4, 0.8)
    ]
    assert discipline[0] > discipline[1] > discipline[2]
