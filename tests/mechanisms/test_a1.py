"""Capability grows through concrete production experience, slowly, against a moving frontier."""

from __future__ import annotations

import numpy as np
import pytest

from tests.mechanisms.runs import Runs, at, over, ratio, scaled

EACH = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND"])
MANUFACTURING = "initial manufacturing employment share"
HURRIED = pytest.mark.xfail(
    strict=True,
    reason="Korea and Brazil learn too fast: `learning rate` times `learning effectiveness` doubles"
    " capability within years at the start of a run",
)


@EACH
def test_without_production_capability_only_decays(run: Runs, iso3: str) -> None:
    idle = run(iso3, {MANUFACTURING: 0.0}, until=1975)
    rate = run.value(iso3, "obsolescence rate")
    assert np.all(over(idle, "learning", 1960, 1975) == 0)
    expected = run.value(iso3, "initial relative capability") * np.exp(-rate * 15)
    assert at(idle, "capability", 1975) == pytest.approx(expected, rel=1e-6)


@EACH
def test_more_production_teaches_more_and_less_teaches_less(run: Runs, iso3: str) -> None:
    usual = run.value(iso3, MANUFACTURING)
    small, base, large = (run(iso3, {MANUFACTURING: f * usual}, until=1985) for f in (0.5, 1.0, 1.5))
    assert at(small, "learning", 1961) < 0.9 * at(base, "learning", 1961) < at(large, "learning", 1961)
    # Later the frontier brings together those who are near it.
    assert ratio(small, base, "capability", 1970) < 0.95
    assert ratio(large, base, "capability", 1970) > 1.05


@pytest.mark.parametrize(
    "iso3", [pytest.param("KOR", marks=HURRIED), pytest.param("BRA", marks=HURRIED), "IND"]
)
def test_the_doubling_time_of_capability_is_never_years(run: Runs, iso3: str) -> None:
    growth = np.diff(np.log(over(run(iso3), "capability", 1960, 2010))) / 0.25
    assert np.log(2) / growth.max() > 8


@pytest.mark.parametrize("iso3", [pytest.param("KOR", marks=HURRIED), "BRA", "IND"])
def test_over_any_ten_years_the_doubling_time_is_more_than_a_decade(run: Runs, iso3: str) -> None:
    growth = np.diff(np.log(over(run(iso3), "capability", 1960, 2010))) / 0.25
    ten_years = np.convolve(growth, np.full(40, 1 / 40), mode="valid")
    assert np.log(2) / ten_years.max() > 10


def test_yet_a_country_that_learns_doubles_its_capability_within_the_window(run: Runs) -> None:
    assert at(run("KOR"), "capability growth index", 2010) > 1.8


@EACH
def test_learning_stops_at_the_frontier_and_resumes_when_it_moves(run: Runs, iso3: str) -> None:
    quick = {
        "learning effectiveness": 6 * run.value(iso3, "learning effectiveness"),
        "obsolescence rate": 0.0,
        "distance smoothing": 0.001,
    }
    still = {"frontier productivity": lambda years, levels: np.full_like(levels, levels[0])}
    arrived, chasing = run(iso3, quick, world=still), run(iso3, quick)
    reach = run.value(iso3, "frontier reach")
    ends = at(arrived, "capability", 2010)
    assert 0.9 * reach < ends < 1.05 * reach
    growth = np.diff(np.log(over(arrived, "capability", 1960, 2010)))
    assert growth[-1] < 0.05 * growth[0]
    assert at(chasing, "capability", 2010) > 1.15 * ends


@EACH
def test_the_farther_the_frontier_the_faster_the_learning(run: Runs, iso3: str) -> None:
    far, near = (run(iso3, {"initial relative capability": c}, until=1961) for c in (0.3, 0.7))
    pace = [at(one, "learning", 1960) / at(one, "capability", 1960) for one in (far, near)]
    assert pace[0] > 1.5 * pace[1] > 0


@EACH
def test_schooling_decides_how_much_is_absorbed(run: Runs, iso3: str) -> None:
    def schooling(factor: float) -> dict[str, object]:
        return {"human capital": lambda years, levels: 1 + factor * (levels - 1)}

    less, base, more = (run(iso3, world=schooling(f), until=1970) for f in (0.5, 1.0, 1.5))  # type: ignore[arg-type]
    pace = [at(one, "absorptive capacity", 1970) for one in (less, base, more)]
    assert pace[0] < pace[1] < pace[2]
    assert ratio(less, base, "capability", 1970) < 0.995 < 1 < ratio(more, base, "capability", 1970)


@EACH
def test_capability_is_obsolete_faster_where_it_is_renewed_less(run: Runs, iso3: str) -> None:
    usual = run.value(iso3, "obsolescence rate")
    slow, fast = (run(iso3, {"obsolescence rate": f * usual}, until=1980) for f in (0.5, 1.5))
    assert ratio(fast, slow, "capability", 1970) < 0.9


@EACH
def test_output_follows_capability(run: Runs, iso3: str) -> None:
    usual = run.value(iso3, "learning effectiveness")
    slow, base, fast = (run(iso3, {"learning effectiveness": f * usual}, until=1985) for f in (0.7, 1, 1.3))
    assert ratio(slow, base, "output per head", 1985) < 0.97
    assert ratio(fast, base, "output per head", 1985) > 1.03


def test_scaling_a_driver_leaves_its_first_year(run: Runs) -> None:
    dear = run("KOR", world={"oil price": scaled(2.0, 1900)}, until=1965)
    assert at(dear, "oil price ratio", 1960) == at(run("KOR"), "oil price ratio", 1960)
    assert at(dear, "oil price ratio", 1965) == 2 * at(run("KOR"), "oil price ratio", 1965)
