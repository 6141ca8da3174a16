"""Answers known from analysis, and identities that any run keeps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.simulate import Model
from latecomer.simulate.schemes import FIXED_STEP
from tests.simulate import texts

Make = Callable[[str], Model]


@pytest.mark.parametrize(("method", "tolerance"), [("adaptive", 1e-7), ("rk4", 1e-8)])
def test_growth_is_exponential(model_of: Make, method: str, tolerance: float) -> None:
    run = model_of(texts.GROWTH).run(method=method)
    np.testing.assert_allclose(run["Population"], 100 * np.exp(0.03 * run["time"]), rtol=tolerance)


def test_euler_growth_is_compound_interest(model_of: Make) -> None:
    run = model_of(texts.GROWTH).run(method="euler", dt=0.5)
    np.testing.assert_allclose(run["Population"], 100 * 1.015 ** (2 * run["time"]), rtol=1e-12)


@pytest.mark.parametrize("scheme", FIXED_STEP.values(), ids=FIXED_STEP)
def test_the_error_falls_with_the_order_of_the_scheme(model_of: Make, scheme) -> None:
    model = model_of(texts.TEACUP)
    exact = 70 + 110 * np.exp(-1)
    errors = [
        abs(float(model.run(method=scheme.name, dt=dt, backend="numpy")["Teacup Temperature"][-1]) - exact)
        for dt in (1.0, 0.5)
    ]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(scheme.order, abs=0.15)


@pytest.mark.parametrize("name", texts.ALL)
@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
def test_numpy_and_jax_agree(model_of: Make, name: str, method: str) -> None:
    model = model_of(texts.ALL[name])
    a, b = (model.run(method=method, backend=backend) for backend in ("numpy", "jax"))
    for variable in a.data_vars:
        np.testing.assert_allclose(a[variable], b[variable], rtol=1e-11, atol=1e-11, err_msg=str(variable))


def test_the_adaptive_path_is_the_limit_of_small_steps(model_of: Make) -> None:
    model = model_of(texts.DRIVEN)
    fine = model.run(method="rk4", dt=1 / 64, save_every=0.25, backend="numpy")
    np.testing.assert_allclose(model.run(method="adaptive")["Capital"], fine["Capital"], rtol=1e-8)


@pytest.mark.parametrize("method", ["rk4", "adaptive"])
@pytest.mark.parametrize("middle", [1962.5, 1964.0])
def test_a_restart_in_the_middle_equals_one_long_run(model_of: Make, method: str, middle: float) -> None:
    text = texts.DRIVEN.replace("life, 50)", "life, first capital)") + "first capital = 50 ~ good ~ Start. |"
    model = model_of(text)
    whole = model.run(method=method)
    first = model.run((1960, middle), method=method)
    second = model.run(
        (middle, 1970), method=method, parameters={"first capital": float(first["Capital"][-1])}
    )
    expected = whole["Capital"].sel(time=second["time"])
    np.testing.assert_allclose(second["Capital"], expected, rtol=1e-12 if method == "rk4" else 1e-7)


@given(st.permutations(["birth rate", "death rate", "initial population"]))
def test_the_order_of_parameters_does_not_matter(model_of: Make, order: list[str]) -> None:
    values = {"birth rate": 0.07, "death rate": 0.01, "initial population": 3.0}
    run = model_of(texts.GROWTH).run(method="rk4", parameters={name: values[name] for name in order})
    assert float(run["Population"][-1]) == pytest.approx(3 * np.exp(0.6), rel=1e-6)


@given(st.floats(0.1, 20), st.floats(0.05, 0.9), st.floats(0.5, 5))
def test_an_epidemic_keeps_its_people(
    model_of: Make, contacts: float, infectivity: float, duration: float
) -> None:
    run = model_of(texts.SIR).run(
        parameters={"contacts": contacts, "infectivity": infectivity, "duration": duration}, dt=0.0625
    )
    everybody = run["Susceptible"] + run["Infectious"] + run["Recovered"]
    np.testing.assert_allclose(everybody, 1000.0, rtol=1e-12)


@pytest.mark.parametrize("name", ["income", "income table", "INCOME  TABLE"])
def test_a_driver_is_replaced_under_the_name_of_its_variable_or_table(model_of: Make, name: str) -> None:
    model = model_of(texts.DRIVEN)
    series = pd.Series([5.0, 8.0], index=[1960, 1970])
    run = model.run(drivers={name: series})
    np.testing.assert_allclose(run["income"], np.linspace(5, 8, 41), rtol=1e-14)
    assert model.run(drivers={name: ([1960, 1970], [5, 8])}).equals(run)


def test_a_table_written_in_place_is_replaced_under_its_variable(model_of: Make) -> None:
    run = model_of(texts.DRIVEN).run(drivers={"price": ([1960, 1970], [2, 2])})
    np.testing.assert_allclose(run["value"], 2 * run["Capital"])


def test_tables_are_constant_beyond_their_ends(model_of: Make) -> None:
    run = model_of(texts.DRIVEN).run(years=(1950, 1980))
    assert (run["income"].sel(time=slice(1950, 1960)) == 10).all()
    assert (run["income"].sel(time=slice(1970, 1980)) == 20).all()


def test_results_carry_units_and_notes(model_of: Make) -> None:
    run = model_of(texts.DRIVEN).run()
    assert run["Capital"].attrs == {"units": "good", "long_name": "Machines."}
    assert run["time"].attrs["units"] == "year"
    assert set(run.data_vars) == {"Capital", "investment", "income", "saving rate", "price", "value", "life"}


def test_times_are_not_added_up(model_of: Make) -> None:
    run = model_of(texts.GROWTH).run(years=(0, 100), dt=0.1)
    assert run["time"].to_numpy().tolist() == [i * 0.1 for i in range(1001)]


def test_results_are_saved_at_the_interval_asked_for(model_of: Make) -> None:
    model = model_of(texts.GROWTH)
    fine, coarse = model.run(), model.run(save_every=2.5)
    assert coarse["time"].to_numpy().tolist() == [0, 2.5, 5, 7.5, 10]
    assert coarse.equals(fine.sel(time=coarse["time"]))
