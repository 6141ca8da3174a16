"""Capability grows through concrete production experience, slowly, against a moving frontier."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from tests.claims import claim
from tests.mechanism_runs import Array, Runs, at, ratio, scaled

EACH = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND", "KHM", "LAO", "MMR", "VNM"])
TWO = pytest.mark.parametrize("iso3", ["KOR", "BRA"])
SOME = pytest.mark.parametrize("iso3", ["KOR", "IND", "VNM"])
MANUFACTURING = "initial manufacturing employment share"
# The limit of no manufacturing: experience is a small power of the share, and 1e-12 still teaches a little.
NOTHING = {MANUFACTURING: 1e-100}
YEARS = 15


def later(run: xr.Dataset, years: float) -> float:
    """The year so many years after the first of a run."""
    return float(run["time"][0]) + years


def first_of(run: Runs, iso3: str) -> float:
    return float(run.study.countries[iso3].window.start)


def pace(run: xr.Dataset) -> Array:
    """Growth of capability a year, four times a year."""
    return np.asarray(np.diff(np.log(run["capability"])) / 0.25)


@claim("KOR", "BRA", "IND", "VNM")
def test_without_production_capability_only_decays(run: Runs, iso3: str) -> None:
    idle, busy = run(iso3, NOTHING), run(iso3)
    decay = np.exp(-YEARS * run.value(iso3, "obsolescence rate"))
    left = at(idle, "capability", later(idle, YEARS)) / at(idle, "capability", later(idle, 0))
    assert left == pytest.approx(decay, rel=1e-6)
    assert ratio(idle, busy, "capability", later(idle, YEARS)) < 0.95
    assert ratio(idle, busy, "output per head", later(idle, YEARS)) < 0.95


@claim("KOR", "IND", "KHM", "VNM")
def test_more_production_teaches_more_and_less_teaches_less(run: Runs, iso3: str) -> None:
    usual = run.value(iso3, MANUFACTURING)
    small, base, large = (run(iso3, {MANUFACTURING: f * usual}) for f in (0.5, 1.0, 1.5))
    when = later(base, YEARS)
    assert ratio(small, base, "capability", when) < 0.985
    assert ratio(large, base, "capability", when) > 1.007
    assert ratio(small, base, "output per head", when) < 0.985
    assert ratio(large, base, "output per head", when) > 1.01


@pytest.mark.slow
@claim("KOR", "IND", "VNM")
def test_support_teaches_only_where_something_is_produced(run: Runs, iso3: str) -> None:
    def gain(overrides: dict[str, float]) -> float:
        none, full = (run(iso3, overrides, {"industrial support": level}) for level in (0.0, 1.0))
        return ratio(full, none, "capability", later(full, YEARS)) - 1

    usual = gain({})
    assert usual > 0.015
    assert abs(gain(NOTHING)) < 0.05 * usual


@EACH
def test_capability_never_doubles_within_years(run: Runs, iso3: str) -> None:
    growth = pace(run(iso3))
    ten_years = np.convolve(growth, np.full(40, 1 / 40), mode="valid")
    assert growth.max() < np.log(2) / 8
    assert ten_years.max() < np.log(2) / 10


def test_yet_a_country_that_learns_doubles_its_capability_within_the_window(run: Runs) -> None:
    assert at(run("KOR"), "capability growth index", 2010) > 1.8
    assert at(run("IND"), "capability growth index", 2010) < 2.5


@TWO
def test_learning_stops_at_the_frontier_and_resumes_when_it_moves(run: Runs, iso3: str) -> None:
    quick = {
        "learning effectiveness": 10 * run.value(iso3, "learning effectiveness"),
        "obsolescence rate": 0.0,
        "distance smoothing": 0.001,
        "initial relative capability": 0.6,
    }
    still = {"frontier productivity": lambda years, levels: np.full_like(levels, levels[0])}
    arrived, chasing = (run(iso3, quick, world=world, until=2017) for world in (still, {}))
    reach = run.value(iso3, "frontier reach")
    ends = at(arrived, "capability", 2017)
    assert 0.9 * reach < ends < 1.05 * reach
    growth = pace(arrived)
    assert growth[-1] < 0.1 * growth.max()
    assert at(chasing, "capability", 2017) > 1.05 * ends


@EACH
def test_the_farther_the_frontier_the_faster_the_learning(run: Runs, iso3: str) -> None:
    # Slow enough for routines to set no limit, also where effectiveness is several times the usual.
    slow = {"learning effectiveness": 0.03 * run.value(iso3, "learning effectiveness")}
    start = first_of(run, iso3)
    far, near = (run(iso3, slow | {"initial relative capability": c}, until=start + 2) for c in (0.3, 0.7))
    relative = [at(one, "learning", start + 1) / at(one, "capability", start + 1) for one in (far, near)]
    # At the same effort learning goes with what is left to learn; the frontier moves on in the first year.
    reach = run.value(iso3, "frontier reach")
    assert relative[0] > 0.9 * (reach - 0.3) / (reach - 0.7) * relative[1] > 0


@SOME
def test_schooling_decides_how_much_is_absorbed(run: Runs, iso3: str) -> None:
    def schooled(factor: float) -> xr.Dataset:
        return run(iso3, world={"human capital": lambda years, levels: 1 + factor * (levels - 1)})

    less, base, more = (schooled(factor) for factor in (0.5, 1.0, 1.5))
    when = later(base, 5)
    part = [at(one, "learning", when) / at(one, "capability", when) for one in (less, base, more)]
    assert part[0] < 0.98 * part[1]
    assert part[1] < 0.99 * part[2]


@SOME
def test_capability_is_obsolete_faster_where_it_is_renewed_less(run: Runs, iso3: str) -> None:
    usual = run.value(iso3, "obsolescence rate")
    slow, fast = (run(iso3, {"obsolescence rate": f * usual}) for f in (0.5, 1.5))
    assert ratio(fast, slow, "capability", later(fast, YEARS)) < 0.97


@SOME
def test_output_follows_capability(run: Runs, iso3: str) -> None:
    usual = run.value(iso3, "learning effectiveness")
    slow, base, fast = (run(iso3, {"learning effectiveness": f * usual}) for f in (0.7, 1, 1.3))
    when = later(base, YEARS)
    assert (
        ratio(slow, base, "output per head", when) < 0.99 < 1.01 < ratio(fast, base, "output per head", when)
    )


def test_scaling_a_driver_leaves_its_first_year(run: Runs) -> None:
    dear = run("KOR", world={"oil price": scaled(2.0, 1900)}, until=1965)
    assert at(dear, "oil price ratio", 1960) == at(run("KOR"), "oil price ratio", 1960)
    assert at(dear, "oil price ratio", 1965) == 2 * at(run("KOR"), "oil price ratio", 1965)
