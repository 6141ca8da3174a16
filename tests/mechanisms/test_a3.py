"""Exports earn what modernisation must spend abroad: without them foreign exchange binds, not saving."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.mechanisms.runs import Runs, at, frozen, over, ratio, since

EACH = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND"])
CUT, PUSH = {"export orientation": since(1970, 0.0)}, {"export orientation": since(1970, 1.0)}
SLUMP = {"world exports": frozen(1970)}
UNBOUND = dict.fromkeys(
    (
        "compression effect",
        "investment compression effect",
        "credit effect",
        "investment credit effect",
        "learning loss without imports",
        "learning loss without credit",
        "investment boom effect",
        "export demand effect",
    ),
    0.0,
)
TWO = pytest.mark.parametrize("iso3", ["KOR", "BRA"])
RUINOUS = pytest.mark.xfail(
    strict=True,
    reason="a country that never exports goes on running arrears on imports that cannot be given up",
)


def almost_none(run: Runs, iso3: str, part: float) -> dict[str, float]:
    """Exports that begin at a small part of what they were."""
    names = ("initial manufactured exports", "initial primary exports")
    return {name: part * run.value(iso3, name) for name in names}


def consumption(run: xr.Dataset, year: float) -> float:
    return at(run, "private consumption", year) / at(run, "output", year)


@TWO
@pytest.mark.parametrize("what", ["incentives", "world demand"])
def test_fewer_exports_compress_imports_investment_and_output(run: Runs, iso3: str, what: str) -> None:
    base = run(iso3, until=1985)
    poor = run(iso3, levers=CUT, until=1985) if what == "incentives" else run(iso3, world=SLUMP, until=1985)
    assert ratio(poor, base, "exports", 1982) < 0.9
    assert (
        over(poor, "import compression", 1975, 1985).mean()
        > over(base, "import compression", 1975, 1985).mean()
    )
    assert ratio(poor, base, "investment share", 1982) < 0.99
    assert ratio(poor, base, "utilisation", 1982) < 0.995
    assert ratio(poor, base, "output per head", 1982) < 0.99


@EACH
def test_more_exports_loosen_the_bound(run: Runs, iso3: str) -> None:
    base, rich = run(iso3, until=1985), run(iso3, levers=PUSH, until=1985)
    assert ratio(rich, base, "exports", 1980) > 1.02
    assert (
        over(rich, "import compression", 1972, 1985).sum()
        <= over(base, "import compression", 1972, 1985).sum()
    )
    assert ratio(rich, base, "output per head", 1980) > 1.01


@EACH
def test_it_is_no_want_of_saving(run: Runs, iso3: str) -> None:
    base, poor = run(iso3, until=1985), run(iso3, levers=CUT, until=1985)
    assert ratio(poor, base, "investment share", 1982) < 1
    assert consumption(poor, 1982) > consumption(base, 1982) + 0.005


@EACH
def test_foreign_exchange_alone_restores_investment_and_output(run: Runs, iso3: str) -> None:
    gift = {"remittance share": run.value(iso3, "remittance share") + 0.06}
    base, poor, helped = (
        run(iso3, until=1980),
        run(iso3, levers=CUT, until=1980),
        run(iso3, gift, CUT, until=1980),
    )
    assert at(helped, "import compression", 1972) < 0.5 * at(poor, "import compression", 1972) + 1e-4
    for year in (1972, 1975):
        for name in ("investment share", "output per head"):
            short = [1 - ratio(one, base, name, year) for one in (poor, helped)]
            assert short[1] < max(0.05, 0.5 * short[0])


@TWO
def test_without_the_bound_the_same_loss_of_exports_hardly_matters(run: Runs, iso3: str) -> None:
    bound = ratio(run(iso3, levers=CUT, until=1985), run(iso3, until=1985), "investment", 1982)
    free = ratio(run(iso3, UNBOUND, CUT, until=1985), run(iso3, UNBOUND, until=1985), "investment", 1982)
    assert 1 - free < 0.1 * (1 - bound)


def test_in_india_lenders_bridge_a_small_loss_of_exports_and_not_a_great_one(run: Runs) -> None:
    small, base = run("IND", levers=CUT, until=1985), run("IND", until=1985)
    assert ratio(small, base, "exports", 1982) < 0.95
    assert over(small, "import compression", 1970, 1985).max() < 0.001
    few = almost_none(run, "IND", 0.05)
    great = run("IND", few, until=1980)
    assert at(great, "import compression", 1980) > at(base, "import compression", 1980) + 0.01
    for name in ("investment share", "output per head"):
        bound = ratio(great, base, name, 1980)
        free = ratio(run("IND", UNBOUND | few, until=1980), run("IND", UNBOUND, until=1980), name, 1980)
        assert bound < 0.8
        assert 1 - free < 0.2 * (1 - bound)


@EACH
def test_modernisation_needs_imports(run: Runs, iso3: str) -> None:
    usual = run.value(iso3, "import content of investment")
    few, many = (run(iso3, {"import content of investment": f * usual}, until=1970) for f in (0.5, 2.0))
    # Where foreign exchange is short, dear equipment has cost output by then.
    part = [at(one, "desired imports", 1962) / at(one, "output in dollars", 1962) for one in (many, few)]
    assert part[0] > 1.05 * part[1]


@EACH
def test_no_capability_exports_equipment(run: Runs, iso3: str) -> None:
    assert over(run(iso3), "capital goods imports", 1960, 2010).min() > 0


@TWO
def test_fewer_exports_from_the_start_cost_growth(run: Runs, iso3: str) -> None:
    poor, base = run(iso3, almost_none(run, iso3, 0.7), until=1985), run(iso3, until=1985)
    assert ratio(poor, base, "output per head", 1980) < 0.7
    assert ratio(poor, base, "investment share", 1980) < 0.85
    assert at(poor, "import compression", 1980) > at(base, "import compression", 1980) + 0.05


@TWO
def test_almost_no_exports_is_almost_no_growth(run: Runs, iso3: str) -> None:
    poor, base = run(iso3, almost_none(run, iso3, 0.02), until=1985), run(iso3, until=1985)
    assert ratio(poor, base, "output per head", 1980) < 0.5
    assert ratio(poor, base, "investment share", 1980) < 0.7
    assert at(poor, "import compression", 1980) > at(base, "import compression", 1980) + 0.1


@EACH
@pytest.mark.parametrize("levers", [{}, CUT, PUSH], ids=["as it was", "cut", "push"])
def test_foreign_exchange_is_neither_made_nor_lost(run: Runs, iso3: str, levers: dict[str, object]) -> None:
    residual = over(run(iso3, levers=levers, until=1985), "balance of payments residual", 1960, 1985)  # type: ignore[arg-type]
    assert np.abs(residual).max() < 1e-9


@pytest.mark.parametrize(("iso3", "part"), [("KOR", 0.1), ("BRA", 0.7), ("IND", 0.01)])
def test_what_is_in_arrears_is_service_and_imports_are_paid(run: Runs, iso3: str, part: float) -> None:
    poor = run(iso3, almost_none(run, iso3, part), until=1980)
    service = ("interest due", "profit remittances", "unrenewed principal")
    due = sum(over(poor, name, 1962, 1980) for name in service)
    assert np.all(over(poor, "service arrears", 1962, 1980) < due)
    compression = over(poor, "import compression", 1962, 1980)
    assert compression.max() > 0.05
    # Arrears beyond service, to suppliers, are small until compression nears its limit.
    beyond = over(poor, "new arrears", 1962, 1980) - over(poor, "service arrears", 1962, 1980)
    mild = compression < 0.2
    assert np.all(beyond[mild] < 0.15 * over(poor, "compressed imports", 1962, 1980)[mild] + 1e-12)


@EACH
def test_imports_are_never_negative_even_without_exports(run: Runs, iso3: str) -> None:
    poor = run(iso3, almost_none(run, iso3, 0.001), until=1982)
    assert over(poor, "import compression", 1960, 1982).max() <= 1
    assert over(poor, "imports", 1960, 1982).min() >= 0


@RUINOUS
def test_a_country_that_never_exports_stays_within_bounds(history: Runs) -> None:
    for iso3 in ("KOR", "BRA", "IND"):
        poor = history(iso3, almost_none(history, iso3, 0.001))
        assert over(poor, "debt to output", 1960, 2010).max() < 10
