"""World trade far outgrew world output in the 1990s and no longer does; what exports bring shrinks too."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Array, Runs, at, lead, over

EACH = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND", "LAO"])
UNTIL = 2018
DEPTHS = (0.0, 1.0, 2.0)
BEFORE, AFTER, YEARS = 1998, 2008, 9
TRADE, OUTPUT = "world exports", "world output"


def elasticity(run: xr.Dataset, first: float, last: float) -> float:
    """Growth of world exports for each unit of growth of world output between two years."""
    trade, output = (np.log(at(run, name, last) / at(run, name, first)) for name in (TRADE, OUTPUT))
    return float(trade / output)


def push(run: Runs, iso3: str, depth: float, begin: float | None) -> xr.Dataset:
    """A country that turns a fifth further towards exports after some year, or never."""

    def further(years: Array, levels: Array) -> Array:
        return levels if begin is None else np.where(years > begin, levels + 0.2, levels)

    return run(iso3, {"fatigue depth": depth}, {"export orientation": further}, until=UNTIL)


def gain(run: Runs, iso3: str, depth: float, begin: float) -> float:
    """What the push adds to exports in nine years, over exports when it began."""
    base, pushed = (push(run, iso3, depth, when) for when in (None, begin))
    more = at(pushed, "exports", begin + YEARS) - at(base, "exports", begin + YEARS)
    return more / at(base, "exports", begin)


def growth(run: xr.Dataset, begin: float) -> float:
    """Growth of exports in the nine years from some year on."""
    return float(np.log(at(run, "exports", begin + YEARS) / at(run, "exports", begin)))


@claim("KOR", "IND")
def test_trade_outgrew_output_in_the_nineties_and_hardly_does_after_2008(run: Runs, iso3: str) -> None:
    one = run(iso3, until=UNTIL)
    assert elasticity(one, 1993, 2000) > 2
    assert elasticity(one, 2008, 2017) < 0.65 * elasticity(one, 1993, 2000)
    trend = over(one, "world trade elasticity", 1990, 2017)
    assert 1995 < 1990 + trend.argmax() / 4 < 2003
    assert trend[-1] < 0.8 * trend.max()
    risen = [at(one, "world trade intensity", year) for year in (1990, 2000, 2008, 2017)]
    assert risen[3] - risen[2] < 0.5 * (risen[2] - risen[1]) < 0.5 * (risen[1] - risen[0])


@pytest.mark.slow
@claim("BRA", "IND", "THA", "MEX")
def test_the_same_export_push_brings_less_after_2008(run: Runs, iso3: str) -> None:
    before, after = (gain(run, iso3, 1.0, begin) for begin in (BEFORE, AFTER))
    spared, deeper = (gain(run, iso3, depth, AFTER) for depth in (0.0, 2.0))
    assert 0 < after < 0.95 * before
    assert deeper < 0.975 * after
    assert after < 0.975 * spared
    # Before 2008 nobody could know.
    assert gain(run, iso3, 2.0, BEFORE) == pytest.approx(gain(run, iso3, 0.0, BEFORE), rel=1e-9)


@pytest.mark.slow
@claim("KOR", "IND", "LAO", "KHM")
def test_exports_grow_less_after_2008_the_deeper_the_fatigue(run: Runs, iso3: str) -> None:
    by_depth = [growth(push(run, iso3, depth, None), AFTER) for depth in DEPTHS]
    assert by_depth[0] > by_depth[1] + 0.01 > by_depth[2] + 0.02
    assert by_depth[1] < growth(push(run, iso3, 1.0, None), BEFORE)


@EACH
def test_until_2007_fatigue_changes_nothing_and_from_then_on_more_each_year(run: Runs, iso3: str) -> None:
    none, deep = (push(run, iso3, depth, None) for depth in (0.0, 2.0))
    until = np.asarray(none["time"]) <= 2007
    missed = lead(deep, none, "exports")
    assert np.all(missed[until] == 0)
    assert np.all(np.diff(np.interp([2009, 2012, 2015, 2018], none["time"], missed)) < 0)
    assert missed[-1] < -0.03
