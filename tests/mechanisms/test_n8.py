"""Coercion takes markets, supply and knowledge; protection keeps some of it off, partners make it good."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, lead, over, ratio, since

STRUCK = {"KOR": 1990, "BRA": 1995, "IND": 1990, "KHM": 2003, "VNM": 2003, "LAO": 2003, "MMR": 2008}
EACH = pytest.mark.parametrize("iso3", ["KOR", "IND", "VNM", "KHM"])
ALONE: dict[str, float] = {}
SHIELD, FRIENDS = {"technology protection": 1.0}, {"technology partnership": 1.0}
BOTH = SHIELD | FRIENDS


def under(run: Runs, iso3: str, cover: dict[str, float], coercion: float = 1.0) -> xr.Dataset:
    """A country that is pressed for fifteen years, with its cover from the same year on."""
    year = STRUCK[iso3]
    levers = {name: since(year, level) for name, level in (cover | {"coercion": coercion}).items()}
    return run(iso3, levers=levers, until=year + 15)


def losses(run: Runs, iso3: str, name: str, years: float) -> list[float]:
    """What coercion takes of a variable: alone, behind a shield, with partners, with both."""
    base = under(run, iso3, ALONE, 0.0)
    return [
        1 - ratio(under(run, iso3, cover), base, name, STRUCK[iso3] + years)
        for cover in (ALONE, SHIELD, FRIENDS, BOTH)
    ]


@pytest.mark.slow
@claim("KOR", "IND", "VNM", "KHM")
def test_protection_and_partners_soften_what_coercion_takes_of_exports(run: Runs, iso3: str) -> None:
    for years in (5, 15):
        alone, shield, friends, both = losses(run, iso3, "exports", years)
        assert alone > 0.1
        assert shield < 0.8 * alone
        assert friends < 0.6 * alone
        assert both < min(shield, friends)
        assert both < 0.3 * alone


@pytest.mark.slow
@claim("KOR", "IND", "VNM", "KHM")
def test_and_of_capability_and_output(run: Runs, iso3: str) -> None:
    for name, least in (("capability", 0.01), ("output per head", 0.02)):
        alone, shield, friends, both = losses(run, iso3, name, 15)
        assert alone > least
        assert shield < 0.85 * alone
        assert friends < 0.6 * alone
        assert both < 0.4 * alone
    assert losses(run, iso3, "output per head", 3)[0] > 0.01


@claim("KOR", "IND", "VNM", "KHM")
def test_in_calm_years_partners_widen_knowledge_and_markets(run: Runs, iso3: str) -> None:
    year = STRUCK[iso3] + 15
    base, half, full = (under(run, iso3, {"technology partnership": level}, 0.0) for level in (0.0, 0.5, 1.0))
    for name, least in (("manufactured exports", 1.04), ("capability", 1.003)):
        assert ratio(full, base, name, year) > least
    assert ratio(full, base, "knowledge access", year) > 1.07
    sold = [ratio(one, base, "manufactured exports", year) for one in (half, full)]
    assert 1.02 < sold[0] < sold[1] - 0.02


@claim("KOR", "IND", "VNM")
def test_a_shield_has_its_price_where_nobody_presses(run: Runs, iso3: str) -> None:
    base, shield = under(run, iso3, ALONE, 0.0), under(run, iso3, SHIELD, 0.0)
    year = STRUCK[iso3] + 15
    assert 0.9 < ratio(shield, base, "capability", year) < 0.9995
    assert 0.75 < ratio(shield, base, "manufactured exports", year) < 0.999
    assert (
        ratio(shield, base, "manufactured exports", year)
        > 1 - 0.5 * losses(run, iso3, "manufactured exports", 15)[0]
    )


@EACH
def test_more_coercion_takes_more(run: Runs, iso3: str) -> None:
    base = under(run, iso3, ALONE, 0.0)
    lost = [
        1 - ratio(under(run, iso3, ALONE, level), base, "exports", STRUCK[iso3] + 5)
        for level in (0.25, 0.5, 1.0)
    ]
    assert 0 < 1.3 * lost[0] < lost[1] < lost[2] / 1.3 < 0.8


@EACH
def test_before_it_strikes_nothing_differs(run: Runs, iso3: str) -> None:
    base, struck = under(run, iso3, ALONE, 0.0), under(run, iso3, BOTH)
    before = np.asarray(base["time"]) <= STRUCK[iso3] - 1
    assert np.all(np.abs(lead(struck, base, "exports")[before]) < 1e-12)


@EACH
def test_after_a_passing_shock_exports_come_back_and_capability_lags(run: Runs, iso3: str) -> None:
    year = STRUCK[iso3]
    passing = [(year - 50, 0.0), (year - 1, 0.0), (year, 1.0), (year + 3, 1.0), (year + 4, 0.0)]
    base = run(iso3, until=year + 25)
    struck = run(iso3, levers={"coercion": passing}, until=year + 25)
    lost = {name: lead(base, struck, name) for name in ("exports", "capability")}
    years = np.asarray(base["time"])
    deepest = {name: float(years[values.argmax()]) for name, values in lost.items()}
    assert deepest["exports"] <= year + 5
    assert deepest["capability"] > year + 3
    assert lost["exports"][-1] < 0.75 * lost["exports"].max()


@EACH
def test_cover_that_lets_nothing_through_leaves_nothing_to_lose(run: Runs, iso3: str) -> None:
    year = STRUCK[iso3]
    tight = {"protection cover": 1.0, "protection cost": 0.0}
    levers = {"technology protection": since(year, 1.0)}
    base = run(iso3, tight, levers, until=year + 10)
    struck = run(iso3, tight, levers | {"coercion": since(year + 1, 1.0)}, until=year + 10)
    assert over(struck, "exports", year + 2, year + 10) == pytest.approx(
        over(base, "exports", year + 2, year + 10)
    )
