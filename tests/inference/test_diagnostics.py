"""Diagnostics against theory, and the draws on disk."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.signal import lfilter

from latecomer.errors import InputError
from latecomer.inference.diagnostics import Posterior, load_posterior
from latecomer.inference.laplace import laplace
from tests.inference.toys import straight_line

NAMES = ("growth rate", "ceiling [KOR]", "Zähler")


def made(draws: Any = None, **parts: Any) -> Posterior:
    """Four chains of a thousand independent standard normals, unless told otherwise."""
    generator = np.random.default_rng(0)
    draws = generator.standard_normal((4, 1000, 3)) if draws is None else draws
    shape = draws.shape[:2]
    plain = {
        "loss": generator.standard_normal(shape),
        "acceptance": np.full(shape, 0.8),
        "divergent": np.zeros(shape, dtype=bool),
        "energy": generator.standard_normal(shape),
    }
    return Posterior(NAMES, draws, **(plain | parts), step_size=0.25, seed=3, warm_up=200)


def test_independent_draws_are_worth_what_they_are() -> None:
    found = made().diagnostics()
    assert found.r_hat.max() < 1.005
    np.testing.assert_allclose(found.ess_bulk, 4000.0, rtol=0.15)
    np.testing.assert_allclose(found.ess_tail, 4000.0, rtol=0.15)
    # successive differences of independent energies have twice their variance
    np.testing.assert_allclose(found.e_bfmi, 2.0, rtol=0.1)
    assert found.holds


@pytest.mark.parametrize("rho", [0.5, 0.9])
def test_autocorrelated_draws_are_worth_less_by_a_known_factor(rho: float) -> None:
    noise = np.random.default_rng(1).standard_normal((4, 20_000, 3))
    size = made(lfilter([1.0], [1.0, -rho], noise, axis=1)[:, 200:]).diagnostics().ess_bulk
    np.testing.assert_allclose(size, 4 * 19_800 * (1.0 - rho) / (1.0 + rho), rtol=0.15)


def test_chains_that_have_not_met_do_not_hold_and_the_coordinate_is_named() -> None:
    draws = made().draws.copy()
    draws[2, :, 1] += 1.0
    apart = made(draws)
    assert not apart.holds
    worst = apart.as_dict()
    assert worst["R-hat"]["coordinate"] == worst["bulk ESS"]["coordinate"] == "ceiling [KOR]"
    # split and rank-normalised: about sqrt(1 + variance of the chain means), 3 / 16 of the shift squared
    assert worst["R-hat"]["value"] == pytest.approx(np.sqrt(1.0 + 0.1875), rel=0.05)


def test_a_chain_that_drifts_is_caught_by_its_halves() -> None:
    draws = made().draws + np.linspace(-1.0, 1.0, 1000)[None, :, None]
    assert made(draws).diagnostics().r_hat.min() > 1.05


def test_a_wide_chain_is_caught_by_the_tails() -> None:
    draws = made().draws.copy()
    draws[0] *= 5.0
    found = made(draws).diagnostics()
    assert np.all(found.ess_tail < 400.0)


def test_one_divergence_is_too_many() -> None:
    divergent = np.zeros((4, 1000), dtype=bool)
    divergent[3, 17] = True
    found = made(divergent=divergent)
    assert found.diagnostics().divergences == 1
    assert not found.holds


def test_chains_that_stand_still_do_not_hold_and_leave_plain_data() -> None:
    still = made(np.ones((4, 1000, 3)))
    assert not still.holds
    assert still.as_dict()["R-hat"]["value"] is None
    json.dumps(still.as_dict(), allow_nan=False)


def test_few_draws_do_not_hold_and_fewer_are_refused() -> None:
    assert not made(made().draws[:, :50]).holds
    with pytest.raises(InputError, match=r"--draws: got 3; expected 4 at least. Cure: sample for longer"):
        made(made().draws[:, :3]).diagnostics()


def test_plain_data_say_what_was_asked_and_how_it_went() -> None:
    told = made().as_dict()
    asked = {"chains": 4, "draws": 1000, "warm-up": 200, "seed": 3, "coordinates": 3, "step size": 0.25}
    assert {name: told[name] for name in asked} == asked
    assert told["acceptance"] == pytest.approx(0.8)
    assert told["holds"] is True
    json.dumps(told, allow_nan=False)


def test_an_approximation_aside_and_too_narrow_is_told_by_coordinate() -> None:
    toy = straight_line()
    there = laplace(toy.density, toy.mean)
    exact = toy.mean + np.random.default_rng(2).standard_normal((4, 5000, 2)) @ there.cholesky.T
    posterior = replace(made(exact), names=("level", "slope"))
    near = posterior.compare(there)
    assert np.abs(near.shift).max() < 0.05
    np.testing.assert_allclose(near.ratio, 1.0, atol=0.05)
    aside = there.mode + np.array([0.0, 2.0 * toy.deviations[1]])
    wrong = replace(there, mode=aside, covariance=there.covariance / 4.0)
    told = posterior.compare(wrong).as_dict(1)
    assert told["shift"] == {"slope": pytest.approx(2.0, abs=0.1)}
    assert list(told["ratio"].values()) == [pytest.approx(0.5, abs=0.02)]


def test_the_dataset_names_its_dimensions() -> None:
    posterior = made()
    data = posterior.to_dataset()
    assert data["z"].dims == ("chain", "draw", "coordinate")
    np.testing.assert_array_equal(data["z"].sel(coordinate="Zähler"), posterior.draws[..., 2])
    assert {name: data[name].dims for name in ("loss", "acceptance", "divergent", "energy")} == dict.fromkeys(
        ("loss", "acceptance", "divergent", "energy"), ("chain", "draw")
    )


def test_what_is_written_is_read_bit_for_bit(tmp_path: Path) -> None:
    divergent = np.zeros((4, 1000), dtype=bool)
    divergent[1, 5] = True
    posterior = made(divergent=divergent)
    again = load_posterior(posterior.save(tmp_path / "below" / "draws.nc"))
    for part in ("draws", "loss", "acceptance", "divergent", "energy"):
        one, other = getattr(posterior, part), getattr(again, part)
        assert (one.dtype, one.tobytes()) == (other.dtype, other.tobytes())
    assert again.names == NAMES
    assert (again.step_size, again.seed, again.warm_up) == (0.25, 3, 200)
    assert [path.name for path in (tmp_path / "below").iterdir()] == ["draws.nc"]


def test_what_is_no_posterior_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.nc").write_text("text")
    xr.Dataset({"x": ("t", np.zeros(2))}).to_netcdf(tmp_path / "other.nc", engine="scipy")
    for name in ("none.nc", "text.nc", "other.nc"):
        with pytest.raises(InputError, match=r"no posterior; expected a file of draws. Cure: sample again"):
            load_posterior(tmp_path / name)
    with pytest.raises(InputError, match=r"a folder that can be written to. Cure: choose another"):
        made().save(tmp_path / "text.nc" / "below.nc")
