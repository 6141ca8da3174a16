"""Stocks that cannot be negative: no more leaves them within a step than is there; nothing else changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from latecomer.simulate import Model, load_model
from latecomer.simulate.model import Signed

TEXT = """{UTF-8}
Tank = INTEG(inflow - outflow, start) ~ l ~ Water. |
start = 1 ~ l ~ |
inflow = 0.2 ~ l/Year ~ |
outflow = rate * (1 + SIN(Time)) ~ l/Year ~ It does not look at what is there. |
rate = 0.1 ~ l/Year ~ |
Claim = INTEG(-outflow, start) ~ l ~ A claim, which may be negative. |
Booked = INTEG(-outflow, start) ~ l ~ Money. |
noisy = INTEG(-outflow, start) ~ l ~ |
noisy volatility = 0 ~ l ~ |
INITIAL TIME = 0 ~ Year ~ |
FINAL TIME = 10 ~ Year ~ |
TIME STEP = 0.25 ~ Year ~ |
SAVEPER = 0.25 ~ Year ~ |
"""
SIGNED = Signed("may be negative", ("Booked",))


def models(folder: Path) -> tuple[Model, Model]:
    path = folder / "tank.mdl"
    path.write_text(TEXT, encoding="utf-8")
    return load_model(path), load_model(path, signed=SIGNED)


def run(model: Model, method: str, rate: float, backend: str = "numpy") -> xr.Dataset:
    return model.run(method=method, parameters={"rate": rate}, backend=backend)


@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
def test_a_drained_stock_stays_at_nought_or_above(tmp_path: Path, method: str) -> None:
    plain, kept = models(tmp_path)
    assert float(run(plain, method, 3.0)["Tank"].min()) < -5
    lowest = run(kept, method, 3.0)["Tank"]
    assert float(lowest.min()) >= 0.0
    assert float(lowest.min()) < 0.2


def test_what_has_a_sign_what_is_booked_and_what_has_noise_is_left_alone(tmp_path: Path) -> None:
    plain, kept = models(tmp_path)
    one, other = (run(model, "rk4", 3.0) for model in (plain, kept))
    for name in ("Claim", "Booked", "noisy"):
        assert float(other[name].min()) < -5
        np.testing.assert_array_equal(one[name], other[name])


@settings(max_examples=30)
@given(rate=st.floats(0.0, 0.15), method=st.sampled_from(["euler", "heun", "rk4"]))
def test_a_run_that_drains_nothing_is_the_same_to_the_last_bit(
    rate: float, method: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    plain, kept = models(tmp_path_factory.mktemp("tank"))
    one, other = (run(model, method, rate) for model in (plain, kept))
    assert float(one["Tank"].min()) > 0
    for name in one.data_vars:
        assert one[name].to_numpy().tobytes() == other[name].to_numpy().tobytes()


@settings(max_examples=60)
@given(
    rate=st.floats(0.0, 100.0), start=st.floats(0.0, 10.0), method=st.sampled_from(["euler", "heun", "rk4"])
)
def test_no_rate_and_no_start_take_a_stock_below_nought(
    rate: float, start: float, method: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _, kept = models(tmp_path_factory.mktemp("tank"))
    found = kept.run(method=method, parameters={"rate": rate, "start": start}, backend="numpy")["Tank"]
    assert float(found.min()) >= -1e-12


def test_compiled_runs_are_kept_too_and_their_gradient_is_that_of_the_flow(tmp_path: Path) -> None:
    _, kept = models(tmp_path)
    one, other = (run(kept, "rk4", 3.0, backend)["Tank"] for backend in ("numpy", "jax"))
    np.testing.assert_allclose(one, other, atol=1e-12)
    # at nought with no flow the two sides of the limit are equal: half of the derivative would be lost
    nought = {"rate": 0.0, "inflow": 0.0, "start": 0.0}
    found = kept.gradient(
        lambda v: v["Tank"][-1], ["inflow"], ["Tank"], parameters=nought, years=(0, 1), method="euler"
    )
    assert found.by["inflow"] == pytest.approx(1.0, rel=1e-12)


def test_the_scripts_of_the_live_model_have_the_limit(tmp_path: Path) -> None:
    from latecomer.language.codegen.javascript import write_javascript

    plain, kept = (write_javascript(model.text) for model in models(tmp_path))
    assert plain.count("= drained(") == 0
    assert kept.count("= drained(") == 1
    assert kept.count("= unsigned(") == 1
