"""Gradients: against formulas, central differences and complex steps, and at kinks the side they promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.language.codegen.namespace import namespace
from latecomer.simulate import Model
from latecomer.simulate.backend_jax import power
from tests.simulate import texts

Make = Callable[[str], Model]

# smooth throughout, with powers, a table read at a stock, a held value and guarded divisions
ECONOMY = texts.text(
    """
Capital = INTEG(investment - wear * Capital, first capital) ~ w ~ Stock. |
first capital = 40 + 2 * share ~ w ~ Its start. |
Knowledge = INTEG(learning * LN(1 + Capital) / Knowledge, 1.5) ~ w ~ Stock. |
output = Knowledge * Capital ^ elasticity ~ w ~ A power with a constant exponent. |
investment = share * output * effect(Capital / INITIAL Capital) ~ w ~ Through a table. |
INITIAL Capital = INITIAL(Capital) ~ w ~ Held. |
effect((0,1.2),(0.7,1.1),(1.5,0.9),(4,0.4)) ~ w ~ Table. |
share = 0.3 ~ w ~ Constant. |
elasticity = 0.4 ~ w ~ Constant. |
wear = 0.07 ~ w ~ Constant. |
learning = 0.11 ~ w ~ Constant. |
burden = XIDZ(Capital, Knowledge, 1) + SQRT(Capital) + EXP(-Knowledge) ~ w ~ Functions. |
""",
    t1=8,
)
CONSTANTS = ["share", "elasticity", "wear", "learning"]


def last(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda path: path[name][-1]


def total(path: dict[str, Any]) -> Any:
    return jnp.sum(jnp.log(path["output"])) + jnp.sum(path["burden"] ** 2)


def central(model: Model, scalar: Any, name: str, method: str, stock: bool = False) -> float:
    """A difference of the fourth order about the value of the text."""
    base = model.run(method=method, backend="numpy")
    value = float(base[name][0]) if stock else model.parameters[name]
    h = 1e-3 * abs(value)

    def at(x: float) -> float:
        given: dict[str, Any] = {"initial" if stock else "parameters": {name: x}}
        run = model.run(method=method, backend="numpy", **given)
        return float(scalar({str(k): run[k].to_numpy() for k in run.data_vars}))

    near, far = at(value + h) - at(value - h), at(value + 2 * h) - at(value - 2 * h)
    return (8 * near - far) / (12 * h)


def complex_step(model: Model, stock: str, name: str) -> float:
    """The derivative of a stock's last value by Euler's scheme, from the emitted text on complex numbers."""

    def interp(x: Any, grid: Any, values: Any) -> Any:
        i = int(np.clip(np.searchsorted(grid, x.real, side="right") - 1, 0, len(grid) - 2))
        return values[i] + (x - grid[i]) * (values[i + 1] - values[i]) / (grid[i + 1] - grid[i])

    ns = namespace(np, interp)
    program, grid, h = model.program, model.grid(), 1e-30
    p = [complex(v) for v in program.parameter_values]
    p[program.parameter_names.index(name)] += 1j * h
    tables, c = program.placed(program.tables), grid.controls
    f = program.fixed(p, c, tables, ns)
    y = np.array(program.initial(0.0, p, c, f, program.timed(0.0, p, c, f, tables, ns), tables, ns, {}))
    for t in grid.times()[:-1]:
        d = program.timed(t, p, c, f, tables, ns)
        used = [d[i] for i in program.driver_indices]
        y = y + grid.dt * np.array(program.derivatives(t, y, p, c, f, used, tables, ns))
    return float(y[program.state_names.index(stock)].imag / h)


@pytest.mark.slow  # those by complex steps are quicker and finer
@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_gradients_of_last_values_are_those_of_differences(model_of: Make, method: str) -> None:
    model = model_of(ECONOMY)
    found = model.gradient(last("Capital"), [*CONSTANTS, "Capital", "Knowledge"], method=method)
    run = model.run(method=method, backend="numpy")
    assert found.value == pytest.approx(float(run["Capital"][-1]), rel=1e-12)
    assert list(found.by) == [*CONSTANTS, "Capital", "Knowledge"]
    for name in ("Capital", "Knowledge"):
        assert found.by[name] == pytest.approx(central(model, last("Capital"), name, method, True), rel=1e-6)
    # the initial value of Capital is asked for by itself, so that the equation for it no longer moves it
    alone = model.gradient(last("Capital"), CONSTANTS, method=method)
    for name in CONSTANTS:
        assert alone.by[name] == pytest.approx(central(model, last("Capital"), name, method), rel=1e-6)


@pytest.mark.slow
def test_gradients_of_sums_over_a_run_are_those_of_differences(model_of: Make) -> None:
    model = model_of(ECONOMY)
    found = model.gradient(total, CONSTANTS, variables=["output", "burden"], method="heun")
    for name in CONSTANTS:
        numpy_total = lambda path: np.sum(np.log(path["output"])) + np.sum(path["burden"] ** 2)  # noqa: E731
        assert found.by[name] == pytest.approx(central(model, numpy_total, name, "heun"), rel=1e-6)


@pytest.mark.slow
def test_gradients_are_those_of_complex_steps(model_of: Make) -> None:
    model = model_of(ECONOMY.replace("burden = XIDZ(Capital, Knowledge, 1) +", "burden ="))
    for stock in ("Capital", "Knowledge"):
        found = model.gradient(last(stock), CONSTANTS, method="euler")
        for name in CONSTANTS:
            assert found.by[name] == pytest.approx(complex_step(model, stock, name), rel=1e-12), name


def test_growth_has_the_gradient_of_its_formula(model_of: Make) -> None:
    """Euler's growth is P0 (1 + r dt)^n: its derivatives are n dt P / (1 + r dt) and P / P0."""
    found = model_of(texts.GROWTH).gradient(last("Population"), ["birth rate", "Population"], method="euler")
    end, rate = 100 * (1 + 0.03 / 4) ** 40, 1 + 0.03 / 4
    assert found.value == pytest.approx(end, rel=1e-13)
    assert found.by["birth rate"] == pytest.approx(10 * end / rate, rel=1e-12)
    assert found.by["Population"] == pytest.approx(end / 100, rel=1e-12)


def test_a_stock_asked_for_goes_before_the_constant_of_its_start(model_of: Make) -> None:
    model = model_of(texts.GROWTH)
    by_start = model.gradient(last("Population"), ["initial population"]).by
    both = model.gradient(last("Population"), ["Population", "initial population"]).by
    assert both == {"initial population": 0.0, "Population": by_start["initial population"]}


def test_held_values_follow_the_initial_value_of_their_stock(model_of: Make) -> None:
    """S(t) = S0 + t * S0^2: a quarter of steps of held^2, with held = S0."""
    model = model_of(
        texts.text("S = INTEG(held * held, 3) ~ w ~ Stock. | held = INITIAL(S) ~ w ~ Held. |", t1=2)
    )
    found = model.gradient(last("S"), ["S"])
    assert (found.value, found.by["S"]) == pytest.approx((3 + 2 * 9, 1 + 2 * 2 * 3), rel=1e-13)


def test_names_are_found_whatever_their_case(model_of: Make) -> None:
    found = model_of(texts.GROWTH).gradient(last("POPULATION"), ["Birth Rate"], variables=["POPULATION"])
    assert list(found.by) == ["birth rate"]


# ---- kinks: a small model whose derivative can be worked out by hand ----

KINK = """
S = INTEG({flow}, 0) ~ w ~ Stock. |
a = {a} ~ w ~ Constant. |
b = 2 ~ w ~ Constant. |
points((0,0),(1,1),(2,5)) ~ w ~ Table. |
"""


def slope_at(model_of: Make, flow: str, a: float) -> float:
    model = model_of(texts.text(KINK.format(flow=flow, a=a), t1=1, dt=1))
    return model.gradient(last("S"), ["a"]).by["a"]


@pytest.mark.parametrize(
    ("flow", "below", "above", "at"),
    [
        # the two sides of a tie share the derivative: 1/2
        ("MIN(a, b)", (1.9, 1.0), (2.1, 0.0), 0.5),
        ("MAX(a, b)", (1.9, 0.0), (2.1, 1.0), 0.5),
        # a condition is that of the branch taken
        ("IF THEN ELSE(a < b, 3 * a, 6)", (1.9, 3.0), (2.1, 0.0), 0.0),
        ("IF THEN ELSE(a <= b, 3 * a, 6)", (1.9, 3.0), (2.1, 0.0), 3.0),
        # a table has the slope on the right of its point
        ("points(a - 1)", (1.9, 1.0), (2.1, 4.0), 4.0),
    ],
)
def test_the_derivative_beside_a_kink_and_on_it(
    model_of: Make, flow: str, below: tuple[float, float], above: tuple[float, float], at: float
) -> None:
    found = [slope_at(model_of, flow, a) for a in (below[0], above[0], 2.0)]
    assert found == pytest.approx([below[1], above[1], at], rel=1e-12)


@pytest.mark.parametrize("a", [-0.5, 2.5])
def test_a_table_beyond_its_ends_has_no_slope(model_of: Make, a: float) -> None:
    assert slope_at(model_of, "points(a)", a) == 0.0


@pytest.mark.parametrize(
    ("flow", "a", "slope"),
    [
        ("a^b", 0.0, 0.0),
        ("a^0.5", 0.0, 0.0),
        ("a^0.3", 0.0, 0.0),
        ("a^2", 0.0, 0.0),
        ("a^3", -2.0, 12.0),
        ("a^b", -3.0, -6.0),
        ("b^a", 3.0, 8 * np.log(2)),
        ("a^-1", 2.0, -0.25),
        ("a^1.5", 4.0, 3.0),
        ("a^0.5", 4.0, 0.25),
    ],
)
def test_powers(model_of: Make, flow: str, a: float, slope: float) -> None:
    assert slope_at(model_of, flow, a) == pytest.approx(slope, rel=1e-12)


def test_powers_are_those_of_numpy() -> None:
    bases = np.array([-8.0, -1.5, -1.0, 0.0, 1e-9, 0.3, 1.0, 7.5, 1e8])
    for exponent in (-3.0, -1.0, -0.5, 0.0, 0.3, 0.5, 1.0, 2.0, 2.7, 17.0):
        with np.errstate(all="ignore"):
            expected = np.power(bases, exponent)
        np.testing.assert_allclose(power(bases, exponent), expected, rtol=1e-12)
        np.testing.assert_allclose(power(bases, jnp.float64(exponent)), expected, rtol=1e-12)


# ---- faults ----

NAMED = "expected the name of a constant, or of a stock for its initial value. Cure: write the nearest name:"
AT_ZERO = "look for a logarithm or a power at 0 in the run or in the scalar"
METHODS = "expected 'euler' or 'heun' or 'rk4'"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"by": ["birth rat", "births"]},
            (
                f"gradient by 'birth rat': got an unknown name; {NAMED} 'birth rate'.\n"
                f"gradient by 'births': got the name of a flow; {NAMED} 'birth rate'."
            ),
        ),
        (
            {"by": []},
            "gradient: got no name; expected constants or stocks. Cure: name what to differentiate by.",
        ),
        (
            {"scalar": lambda path: path["Population"]},
            "gradient: got a result of shape (41,); expected one number. Cure: sum or select.",
        ),
        (
            {"scalar": lambda path: jnp.sqrt(path["Population"][-1] - path["Population"][-1])},
            (
                "gradient: got a derivative by 'birth rate' that is not finite; expected finite numbers "
                f"throughout. Cure: {AT_ZERO}."
            ),
        ),
        (
            {"scalar": lambda path: jnp.log(0 * path["Population"][-1]) + 0 * path["Population"][-1]},
            (
                "gradient: got a derivative by 'birth rate' that is not finite; expected finite numbers "
                f"throughout. Cure: {AT_ZERO}."
            ),
        ),
        (
            {"method": "adaptive"},
            f"method: got 'adaptive' without noise; {METHODS}. Cure: leave method out.",
        ),
        (
            {"smooth": -1.0},
            "smooth: got -1; expected a width from 0 to 1. Cure: take 0.01, or 0 for the exact model.",
        ),
    ],
)
def test_bad_input_is_refused(model_of: Make, arguments: Mapping[str, Any], words: str) -> None:
    asked: dict[str, Any] = {"scalar": last("Population"), "by": ["birth rate"], **arguments}
    with pytest.raises(InputError) as caught:
        model_of(texts.GROWTH).gradient(**asked)
    assert str(caught.value) == words


def test_a_value_that_is_not_finite_is_refused(model_of: Make) -> None:
    with pytest.raises(InputError, match=r"gradient: got the value inf; expected finite numbers throughout"):
        model_of(texts.GROWTH).gradient(lambda path: path["Population"][-1] + jnp.inf, ["birth rate"])
