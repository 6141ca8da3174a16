"""Accessions and the income line take instruments away: a country that asks for more gets what is left."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Runs, at, over, ratio

# the year of the regional area, and the year of the World Trade Organization
ACCESSIONS = {"KHM": (1999, 2004), "VNM": (1995, 2007), "LAO": (1997, 2013)}
MEMBERS = {"KOR": 1995, "BRA": 1995, "IND": 1995, "VNM": 2007}
EACH = pytest.mark.parametrize("iso3", list(ACCESSIONS))
ASKED = {"export subsidy": 1.0, "local content": 1.0, "import openness": 0.1}
OUTSIDE = {"wto membership": 0.0, "regional free trade": 0.0}
# members also bind themselves to patents, which is another row
PLAIN = {"enclosure effect": 0.0}
FAR, NOUGHT = {"export subsidy income line": 1000.0}, {"export subsidy income line": -1000.0}
UNTIL = 2030


def inside_and_outside(run: Runs, iso3: str, asked: dict[str, float]) -> tuple[xr.Dataset, xr.Dataset]:
    """The same levers asked for by a country that joins, and by the country had it stayed out."""
    return run(iso3, PLAIN, asked, until=UNTIL), run(iso3, PLAIN, asked | OUTSIDE, until=UNTIL)


@claim("KHM", "VNM", "LAO")
def test_each_accession_opens_a_market_that_asks_to_stay_closed(run: Runs, iso3: str) -> None:
    area, trade = ACCESSIONS[iso3]
    inside, outside = inside_and_outside(run, iso3, {"import openness": 0.1})
    openness = [at(inside, "import openness in use", year) for year in (area, trade, trade + 3)]
    assert openness[0] == pytest.approx(0.1, abs=1e-9)
    assert openness[1] > openness[0] + 0.03
    assert openness[2] > openness[1] + 0.3
    share = [ratio(inside, outside, "imports to output", year) - 1 for year in (area, trade, trade + 3)]
    assert share[0] == pytest.approx(0, abs=1e-9)
    assert 0.01 < share[1] < share[2]
    assert share[2] > 0.1


@claim("KHM", "VNM", "LAO")
def test_membership_ends_the_linkages_that_local_content_made(run: Runs, iso3: str) -> None:
    _, trade = ACCESSIONS[iso3]
    asked = {"local content": 1.0}
    inside, outside = inside_and_outside(run, iso3, asked)
    none = run(iso3, PLAIN, {"local content": 0.0}, until=UNTIL)
    made = at(inside, "domestic linkages", trade) - at(none, "domestic linkages", trade)
    left = at(inside, "domestic linkages", trade + 15) - at(none, "domestic linkages", trade + 15)
    assert made > 0.1
    assert left < 0.5 * made
    assert at(outside, "domestic linkages", trade + 15) > at(inside, "domestic linkages", trade + 15) + 0.05
    assert ratio(inside, outside, "chain spillover", trade + 15) < 0.95


@pytest.mark.slow
@claim(*MEMBERS)
def test_above_the_income_line_a_member_loses_what_subsidies_sold(run: Runs, iso3: str) -> None:
    rich, poor = (
        run(iso3, PLAIN | line, {"export subsidy": 1.0}, until=MEMBERS[iso3] + 10) for line in (NOUGHT, FAR)
    )
    assert ratio(rich, poor, "manufactured exports", MEMBERS[iso3]) == pytest.approx(1)
    assert ratio(rich, poor, "manufactured exports", MEMBERS[iso3] + 5) < 0.95
    assert ratio(rich, poor, "manufactured exports", MEMBERS[iso3] + 10) < 0.93
    assert ratio(rich, poor, "exports", MEMBERS[iso3] + 10) < 1


@pytest.mark.slow
@EACH
def test_below_the_income_line_a_member_keeps_its_subsidy(run: Runs, iso3: str) -> None:
    line = run.value(iso3, "export subsidy income line")
    as_is, far = (run(iso3, PLAIN | how, {"export subsidy": 1.0}, until=UNTIL) for how in ({}, FAR))
    income = over(as_is, "dollar output per head", 1995, UNTIL)
    lost = 1 - over(as_is, "export subsidy in use", 1995, UNTIL)
    assert np.all(lost[income < 0.4 * line] < 0.01)
    poor = 1995 + 0.25 * float(np.flatnonzero(income < 0.4 * line)[-1])
    assert ratio(as_is, far, "manufactured exports", poor) == pytest.approx(1, abs=0.01)


@EACH
def test_a_country_that_grows_across_the_line_loses_the_subsidy_then(run: Runs, iso3: str) -> None:
    """The line is laid through the country's own path, ten years after it became a member."""
    crossed = ACCESSIONS[iso3][1] + 10
    income = at(run(iso3, PLAIN, {"export subsidy": 1.0}, until=UNTIL), "dollar output per head", crossed)
    line = {"export subsidy income line": income, "graduation width": 0.02 * income}
    grown = run(iso3, PLAIN | line, {"export subsidy": 1.0}, until=UNTIL)
    before, after = (at(grown, "export subsidy in use", crossed + years) for years in (-4, 6))
    assert before > after


@EACH
def test_less_is_permitted_after_each_date_and_never_more_is_in_use_than_asked(run: Runs, iso3: str) -> None:
    area, trade = ACCESSIONS[iso3]
    inside, _ = inside_and_outside(run, iso3, ASKED)
    protection = [at(inside, "permitted protection", year) for year in (area, trade, trade + 3)]
    assert protection[0] == 1
    assert protection[0] > protection[1] > protection[2] > 0
    content = over(inside, "local content in use", 1995, UNTIL)
    assert content[0] == 1
    assert content[-1] == 0
    assert np.all(np.diff(content) <= 0)
    for asked in (0.0, 0.3):
        some = run(iso3, PLAIN, {"export subsidy": asked, "local content": asked}, until=UNTIL)
        assert np.all(over(some, "export subsidy in use", 1995, UNTIL) <= asked)
        assert np.all(over(some, "local content in use", 1995, UNTIL) <= asked)


@EACH
def test_agreements_take_nothing_from_a_country_that_asks_for_nothing(run: Runs, iso3: str) -> None:
    free = {"export subsidy": 0.0, "local content": 0.0, "import openness": 1.0}
    inside, outside = inside_and_outside(run, iso3, free)
    for name in ("exports", "imports", "output per head"):
        assert np.array_equal(inside[name], outside[name])


@EACH
def test_half_the_obligations_take_about_half_of_the_protection(run: Runs, iso3: str) -> None:
    levers = {"import openness": 0.0, "regional free trade": 0.0}
    year = ACCESSIONS[iso3][1] + 5
    openness = [
        at(run(iso3, PLAIN, levers | {"wto membership": part}), "imports to output", min(year, 2018))
        for part in (0.0, 0.5, 1.0)
    ]
    assert openness[0] < openness[1] < openness[2]
