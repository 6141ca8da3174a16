"""The pure JAX function: the same figures as a run, under jit, vmap and differentiation."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.simulate import Model
from tests.simulate import texts

Make = Callable[[str], Model]
OUTPUTS = ["Capital", "value", "income", "saving rate", "life"]


@pytest.mark.parametrize("scheme", ["euler", "heun", "rk4"])
def test_it_gives_what_a_run_gives(model_of: Make, scheme: str) -> None:
    model = model_of(texts.DRIVEN)
    simulate = model.simulator(0.25, 1960, 1970, 1.0, OUTPUTS, scheme=scheme)
    run = model.run(method=scheme, save_every=1.0, backend="numpy")
    expected = np.stack([run[name] for name in OUTPUTS], axis=1)
    np.testing.assert_allclose(jax.jit(simulate)(model.parameter_vector(), {}), expected, rtol=1e-12)


@pytest.mark.slow
def test_tables_on_a_grid_of_their_own(model_of: Make) -> None:
    model = model_of(texts.DRIVEN)
    years = np.arange(1960.0, 1971.0)
    values = np.linspace(5, 9, 11) ** 1.5
    simulate = model.simulator(0.25, 1960, 1970, 1.0, OUTPUTS, "rk4", table_grids={"income": years})
    run = model.run(method="rk4", drivers={"income": (years, values)}, save_every=1.0)
    expected = np.stack([run[name] for name in OUTPUTS], axis=1)
    np.testing.assert_allclose(simulate(model.parameter_vector(), {"income": values}), expected, rtol=1e-12)


@pytest.mark.slow  # ensembles and gradients go over both elsewhere
def test_vmap_over_parameters_and_tables(model_of: Make) -> None:
    model = model_of(texts.DRIVEN)
    simulate = model.simulator(0.25, 1960, 1970, 1.0, OUTPUTS)
    p = jnp.asarray(model.parameter_vector()) * jnp.array([[1.0], [1.1], [0.9]])
    tables = {"income table": jnp.array([[10.0, 16, 12, 20], [1, 2, 3, 4], [5, 5, 5, 5]])}
    together = jax.vmap(simulate)(p, tables)
    for i in range(3):
        one = simulate(p[i], {"income table": tables["income table"][i]})
        np.testing.assert_allclose(together[i], one, rtol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["euler", "heun", "rk4"])
def test_gradients_are_those_of_finite_differences(model_of: Make, scheme: str) -> None:
    model = model_of(texts.DRIVEN)
    simulate = jax.jit(model.simulator(0.25, 1960, 1970, 1.0, OUTPUTS[:2], scheme))
    p = jnp.asarray(model.parameter_vector())
    y = jnp.array([10.0, 16.0, 12.0, 20.0])

    def loss(p, y):
        return jnp.sum(jnp.log(simulate(p, {"income table": y})))

    by_p, by_y = jax.grad(loss, (0, 1))(p, y)
    h = 1e-5
    for i in range(p.size):
        step = h * jnp.eye(p.size)[i]
        assert by_p[i] == pytest.approx(float(loss(p + step, y) - loss(p - step, y)) / (2 * h), rel=1e-6)
    for i in range(y.size):
        step = h * jnp.eye(y.size)[i]
        assert by_y[i] == pytest.approx(float(loss(p, y + step) - loss(p, y - step)) / (2 * h), rel=1e-6)


def test_growth_has_the_gradient_of_its_formula(model_of: Make) -> None:
    model = model_of(texts.GROWTH)
    simulate = model.simulator(0.25, 0, 10, 10, ["Population"], "rk4")
    index = model.parameter_names.index("birth rate")
    slope = jax.grad(lambda p: simulate(p, {})[-1, 0])(model.parameter_vector())[index]
    assert slope == pytest.approx(10 * 100 * np.exp(0.3), rel=1e-7)


@pytest.mark.slow
def test_guarded_divisions_have_finite_gradients(model_of: Make) -> None:
    text = texts.text(
        "S = INTEG(XIDZ(a, b, 1) + ZIDZ(a, b), 1) ~ w ~ Stock. |a = 1 ~ w ~ Above. |  b = 0 ~ w ~ Below. |"
    )
    model = model_of(text)
    simulate = model.simulator(0.25, 0, 1, 1, ["S"])
    assert np.isfinite(jax.jacrev(lambda p: simulate(p, {}))(model.parameter_vector())).all()


def test_misspelt_names_are_refused_together(model_of: Make) -> None:
    model = model_of(texts.DRIVEN)
    with pytest.raises(InputError) as caught:
        model.simulator(0.25, 1960, 1970, 1.0, ["Capitol", "income table"])
    assert str(caught.value) == (
        "output 'Capitol': got an unknown name; expected the name of a variable. "
        "Cure: write the nearest name: 'Capital'.\n"
        "output 'income table': got the name of a table; expected the name of a variable. "
        "Cure: write the nearest name: 'income'."
    )
    simulate = model.simulator(0.25, 1960, 1970, 1.0, ["Capital"])
    with pytest.raises(InputError, match=r"table 'income table': got \(3,\) values; expected \(4,\) values"):
        simulate(model.parameter_vector(), {"income table": np.ones(3)})
