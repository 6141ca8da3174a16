"""Exports earn what modernisation must spend abroad: without them foreign exchange binds, not saving."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Asked, Runs, at, frozen, over, ratio, scaled, since

EACH = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND", "KHM", "LAO", "MMR", "VNM"])
TWO = pytest.mark.parametrize("iso3", ["KOR", "BRA"])
LEVER = "export orientation"
NO_BLOCKS = {"fragmentation switch": 0.0}
# Lenders who leave stop learning and investment by themselves (A6, A7): here they stay.
LENDERS_STAY = {"credit rationing switch": 0.0}


def start(run: Runs, iso3: str) -> float:
    return float(run.study.countries[iso3].window.start)


def oriented(run: Runs, iso3: str, level: float) -> Mapping[str, Asked]:
    """Export incentives at a level from the sixth year on."""
    return {LEVER: since(start(run, iso3) + 5, level)}


def almost_none(run: Runs, iso3: str, part: float) -> dict[str, float]:
    """Exports that begin at a small part of what they were."""
    names = ("initial manufactured exports", "initial primary exports")
    return {name: part * run.value(iso3, name) for name in names}


def consumption(run: xr.Dataset, year: float) -> float:
    return at(run, "private consumption", year) / at(run, "output", year)


@claim("KOR", "BRA")
def test_fewer_exports_compress_investment_and_output_though_saving_suffices(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 15
    poor, base = run(iso3, levers=oriented(run, iso3, 0.0), until=year), run(iso3, until=year)
    assert ratio(poor, base, "exports", year) < 0.85
    compression = [over(one, "import compression", year - 7, year).mean() for one in (poor, base)]
    assert compression[0] > compression[1] + 0.008
    assert ratio(poor, base, "investment share", year) < 0.82
    assert ratio(poor, base, "output per head", year) < 0.85
    # More is consumed of each unit of output: it is no want of saving.
    assert consumption(poor, year) > consumption(base, year) + 0.03


def test_korea_which_lives_by_exports_loses_more_investment_with_them_than_brazil(run: Runs) -> None:
    left = {}
    for iso3 in ("KOR", "BRA"):
        year = start(run, iso3) + 15
        poor, base = run(iso3, levers=oriented(run, iso3, 0.0), until=year), run(iso3, until=year)
        left[iso3] = ratio(poor, base, "investment share", year)
    assert left["KOR"] < left["BRA"]


@claim("KOR", "BRA")
def test_foreign_exchange_alone_restores_what_lost_incentives_cost(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 15
    gift = LENDERS_STAY | {"remittance share": run.value(iso3, "remittance share") + 0.06}
    cut = oriented(run, iso3, 0.0)
    base = run(iso3, LENDERS_STAY, until=year)
    for name, lost in (("investment", 0.25), ("output per head", 0.12)):
        short = [1 - ratio(run(iso3, how, cut, until=year), base, name, year) for how in (LENDERS_STAY, gift)]
        assert short[0] > lost
        assert short[1] < 0.5 * short[0]


@claim("KHM", "LAO", "VNM")
def test_where_no_blocks_come_half_the_exports_are_half_the_investment_for_want_of_exchange(
    run: Runs, iso3: str
) -> None:
    year = start(run, iso3) + 15
    usual = NO_BLOCKS | LENDERS_STAY
    few = usual | almost_none(run, iso3, 0.5)
    gift = few | {"remittance share": run.value(iso3, "remittance share") + 0.2}
    base, poor, helped = (run(iso3, how, until=year) for how in (usual, few, gift))
    assert ratio(poor, base, "investment", year) < 0.5
    assert ratio(poor, base, "output per head", year) < 0.75
    assert ratio(helped, base, "output per head", year) > 0.85


@claim("KOR", "BRA")
def test_dear_oil_starves_investment_and_cheap_oil_feeds_it(run: Runs, iso3: str) -> None:
    shock = start(run, iso3) + 10
    dear, base, cheap = (
        run(iso3, world={"oil price": scaled(factor, shock)}, until=shock + 10)
        for factor in (10.0, 1.0, 0.01)
    )
    assert ratio(dear, base, "investment", shock + 5) < 0.8
    assert ratio(dear, base, "output per head", shock + 5) < 0.92
    assert ratio(cheap, base, "investment", shock + 10) > 1.06
    assert ratio(cheap, base, "output per head", shock + 10) > 1.02


@EACH
def test_more_exports_loosen_the_bound(run: Runs, iso3: str) -> None:
    year = start(run, iso3) + 15
    rich, base = run(iso3, levers=oriented(run, iso3, 1.0), until=year), run(iso3, until=year)
    assert ratio(rich, base, "exports", year) > 1.003
    compression = [over(one, "import compression", year - 8, year).sum() for one in (rich, base)]
    assert compression[0] <= compression[1] + 1e-3
    assert ratio(rich, base, "output per head", year) > 1


@TWO
def test_a_slump_of_world_trade_does_the_same(run: Runs, iso3: str) -> None:
    poor, base = run(iso3, world={"world exports": frozen(1965)}, until=1985), run(iso3, until=1985)
    assert ratio(poor, base, "exports", 1980) < 0.8
    assert ratio(poor, base, "investment", 1980) < 0.9
    assert ratio(poor, base, "output per head", 1980) < 0.95


def test_in_india_lenders_on_official_terms_bridge_the_gap(run: Runs) -> None:
    poor, base = run("IND", levers=oriented(run, "IND", 0.0), until=1985), run("IND", until=1985)
    assert ratio(poor, base, "exports", 1982) < 0.97
    assert over(poor, "import compression", 1970, 1985).max() < 0.02
    assert at(poor, "debt to output", 1985) > at(base, "debt to output", 1985) + 0.01


@EACH
def test_modernisation_needs_imports(run: Runs, iso3: str) -> None:
    usual = run.value(iso3, "import content of investment")
    year = start(run, iso3) + 2
    few, many = (run(iso3, {"import content of investment": f * usual}, until=year) for f in (0.5, 2.0))
    part = [at(one, "desired imports", year) / at(one, "output in dollars", year) for one in (many, few)]
    assert part[0] > part[1] + 0.005
    assert over(many, "capital goods imports", year - 2, year).min() > 0


@EACH
def test_almost_no_exports_is_little_growth_and_bounded_debt(run: Runs, iso3: str) -> None:
    poor, base = run(iso3, NO_BLOCKS | almost_none(run, iso3, 0.001)), run(iso3)
    first, last = float(base["time"][0]), float(base["time"][-1])
    assert ratio(poor, base, "output per head", last) < 0.4
    assert 0.005 < over(poor, "import compression", first, last).max() <= 1
    assert over(poor, "imports", first, last).min() > 0
    # Debt over output has no bound, as output in dollars all but vanishes; debt itself has one.
    owed = over(poor, "external debt", first, last) + over(poor, "arrears", first, last)
    assert owed.max() < 6 * at(poor, "output in dollars", first)


@EACH
@pytest.mark.parametrize("level", [None, 0.0, 1.0], ids=["as it was", "cut", "push"])
def test_foreign_exchange_is_neither_made_nor_lost(run: Runs, iso3: str, level: float | None) -> None:
    levers = {} if level is None else oriented(run, iso3, level)
    year = start(run, iso3) + 15
    residual = over(run(iso3, levers=levers, until=year), "balance of payments residual", year - 15, year)
    assert np.abs(residual).max() < 1e-9


@pytest.mark.parametrize(("iso3", "part"), [("KOR", 0.1), ("BRA", 0.1)])
def test_what_is_in_arrears_is_service_and_imports_are_paid(run: Runs, iso3: str, part: float) -> None:
    poor = run(iso3, almost_none(run, iso3, part), until=1980)
    service = ("interest due", "profit remittances", "unrenewed principal")
    due = sum(over(poor, name, 1962, 1980) for name in service)
    assert np.all(over(poor, "service arrears", 1962, 1980) < due)
    compression = over(poor, "import compression", 1962, 1980)
    assert compression.max() > 0.03
    # Arrears beyond service, to suppliers, are small until compression nears its limit.
    beyond = over(poor, "new arrears", 1962, 1980) - over(poor, "service arrears", 1962, 1980)
    mild = compression < 0.2
    assert np.all(beyond[mild] < 0.25 * over(poor, "compressed imports", 1962, 1980)[mild] + 1e-12)
