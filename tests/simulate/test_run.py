"""One run, compiled or at once: the same figures, whatever arithmetic carries it; initial values replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.simulate import Model, backend_numpy
from tests.simulate import texts
from tests.simulate.risky import RISKY

Make = Callable[[str], Model]

# the unused branches have no value where Python's own functions raise an error
BRANCHES = texts.text(
    """
S = INTEG(IF THEN ELSE(S > 50, LN(S - 50), growth * S), 1) ~ w ~ Stock. |
growth = 0.3 ~ 1/year ~ Constant. |
root = IF THEN ELSE(S > 5, SQRT(S - 5), 0) ~ w ~ Root of a negative number in the unused branch. |
share = IF THEN ELSE(Time > 1, S / (Time - 1), 7) ~ w ~ Division by 0 at time 1. |
power = IF THEN ELSE(S > 2, (S - 2)^0.3, EXP(-S)) ~ w ~ Power of a negative number. |
large = IF THEN ELSE(S > 0, S, EXP(1000 * S)) ~ w ~ Exponential beyond the largest number. |
least = MIN(S, 3) + MAX(-S, LN(S)) + ABS(2 - S) + INTEGER(S) + QUANTUM(S, 0.7) + MODULO(S, 3) ~ w ~ All. |
""",
    t1=8,
)
HELD = texts.text(
    """
S = INTEG(-S / life, twice) ~ w ~ Stock. |
twice = 2 * first ~ w ~ Its start. |
first = 5 ~ w ~ Constant. |
life = 4 ~ year ~ Constant. |
start = INITIAL(S + 1) ~ w ~ Held. |
T = INTEG(start - T, S / 2) ~ w ~ Starts at half of the other. |
Region: north, south ~~|
A[Region] = INTEG(-A[Region], 1) ~ w ~ An array. |
""",
    t1=4,
)
RUNNING_AWAY = texts.text("S = INTEG(S * S, 1) ~ w ~ Stock. | T = INTEG(-T, 1) ~ w ~ Stock. |", t1=40)


def agree(model: Model, **arguments: Any) -> None:
    one, other = (model.run(backend=backend, **arguments) for backend in ("jax", "numpy"))
    assert list(one.data_vars) == list(other.data_vars)
    for name in one.data_vars:
        # figures near 0 are differences of larger ones
        np.testing.assert_allclose(one[name], other[name], rtol=1e-12, atol=1e-13, err_msg=str(name))
        assert one[name].attrs == other[name].attrs


@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
@pytest.mark.parametrize("text", [RISKY, BRANCHES, HELD], ids=["risky", "branches", "held"])
def test_both_backends_give_the_same_run(model_of: Make, text: str, method: str) -> None:
    agree(model_of(text), method=method)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["euler", "milstein", "sra1"])
def test_both_backends_give_the_same_noisy_run(model_of: Make, method: str) -> None:
    agree(model_of(RISKY), noise=True, method=method, seed=3, draw=11)


@pytest.mark.parametrize("text", [RISKY, HELD], ids=["risky", "held"])
def test_the_arithmetic_of_python_is_that_of_numpy(
    model_of: Make, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    model = model_of(text)
    quick = model.run(method="rk4", backend="numpy")

    def fails(*_: Any) -> Any:
        raise ArithmeticError

    monkeypatch.setattr(backend_numpy, "_scalar_fields", lambda *_: (fails, fails))
    monkeypatch.setattr(backend_numpy, "auxiliaries", lambda *_: None)
    slow = model.run(method="rk4", backend="numpy")
    for name in quick.data_vars:
        np.testing.assert_allclose(quick[name], slow[name], rtol=1e-13, err_msg=str(name))


def test_an_unused_branch_without_a_value_does_no_harm(model_of: Make) -> None:
    run = model_of(BRANCHES).run(backend="numpy")
    s, times = run["S"].to_numpy(), run["time"].to_numpy()
    np.testing.assert_allclose(s, 1.075 ** np.arange(33), rtol=1e-12)
    np.testing.assert_allclose(run["root"], np.sqrt(np.maximum(s - 5, 0)), rtol=1e-12)
    after = np.where(times > 1, times - 1, 1)
    np.testing.assert_allclose(run["share"], np.where(times > 1, s / after, 7), rtol=1e-12)


@pytest.mark.parametrize("backend", ["jax", "numpy"])
def test_a_run_that_overflows_is_refused_alike(model_of: Make, backend: str) -> None:
    with pytest.raises(InputError) as caught:
        model_of(RUNNING_AWAY).run(method="euler", backend=backend)
    assert str(caught.value) == (
        "run of small.mdl: got 'S' = inf at 3.75; expected finite numbers throughout. Cure: look at its "
        "equation, the parameters and drivers handed over, or choose a smaller dt."
    )


@pytest.mark.parametrize("backend", ["jax", "numpy"])
@pytest.mark.parametrize("side", ["MIN(3, {})", "MIN({}, 3)", "MAX(3, {})", "MAX({}, 3)"])
def test_what_is_no_number_does_not_get_lost_in_min_and_max(model_of: Make, backend: str, side: str) -> None:
    """MODULO by a negative number is none; Python's own min and max would drop it on one side."""
    text = f"S = INTEG({side.format('MODULO(S, below)')}, 1) ~ w ~ S. | below = -2 ~ w ~ x. |"
    with pytest.raises(InputError, match=r"got 'S' = nan at 0.25; expected finite numbers throughout"):
        model_of(texts.text(text, t1=1)).run(backend=backend)


@pytest.mark.parametrize("backend", ["jax", "numpy"])
def test_a_table_read_at_no_number_gives_none(model_of: Make, backend: str) -> None:
    equations = """
S = INTEG(points(MODULO(S, below)), 1) ~ w ~ Stock. |
below = -2 ~ w ~ Constant. |
points((0,1),(1,2),(2,5)) ~ w ~ Table. |
"""
    with pytest.raises(InputError, match=r"got 'S' = nan at 0.25; expected finite numbers throughout"):
        model_of(texts.text(equations, t1=1)).run(backend=backend)


# ---- initial values ----


@pytest.mark.parametrize("backend", ["jax", "numpy"])
@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_an_initial_value_goes_before_the_text(model_of: Make, backend: str, method: str) -> None:
    model = model_of(HELD)
    run = model.run(method=method, backend=backend, initial={"s": 40.0})
    plain = model.run(method=method, backend=backend)
    np.testing.assert_allclose(run["S"], 4 * plain["S"], rtol=1e-12)
    # what starts from the stock, or is held at it, follows
    assert run["start"].to_numpy().tolist() == [41.0] * run.sizes["time"]
    assert float(run["T"][0]) == 20.0
    # and the equation for its start is left alone
    assert float(run["twice"][0]) == 10.0


def test_an_initial_value_of_the_text_changes_nothing(model_of: Make) -> None:
    model = model_of(HELD)
    run = model.run(backend="numpy", initial={"S": 10.0, "T": 5.0})
    assert run.identical(model.run(backend="numpy"))


def test_the_adaptive_method_takes_initial_values_too(model_of: Make) -> None:
    run = model_of(HELD).run(method="adaptive", initial={"S": 40.0})
    np.testing.assert_allclose(run["S"], 40 * np.exp(-run["time"] / 4), rtol=1e-7)
    assert float(run["start"][-1]) == 41.0


def test_an_element_of_an_array_has_an_initial_value(model_of: Make) -> None:
    run = model_of(HELD).run(backend="numpy", initial={"A[south]": 3.0})
    assert run["A"][0].to_numpy().tolist() == [1.0, 3.0]


def test_faults_of_initial_values_are_said_together(model_of: Make) -> None:
    given: Any = {"Q": 1, "life": 2, "start": 3, "S": np.inf, "T": "much"}
    with pytest.raises(InputError) as caught:
        model_of(HELD).run(initial=given)
    stock = "expected the name of a stock. Cure: write the nearest name:"
    number = "expected a finite number. Cure: correct the value."
    got = [str(fault) for fault in caught.value.faults]
    assert [fault.rpartition(":")[0] for fault in got[:3]] == [
        f"initial value 'Q': got an unknown name; {stock[:-1]}",
        f"initial value 'life': got the name of a constant; {stock[:-1]}",
        f"initial value 'start': got the name of an auxiliary; {stock[:-1]}",
    ]
    assert got[3:] == [f"initial value 'S': got inf; {number}", f"initial value 'T': got 'much'; {number}"]


def test_an_unknown_backend_is_refused(model_of: Make) -> None:
    with pytest.raises(InputError) as caught:
        model_of(HELD).run(backend="cupy")
    assert str(caught.value) == (
        "backend: got 'cupy'; expected 'jax' or 'numpy'. Cure: write the nearest name: 'numpy'."
    )


def test_a_saving_step_that_cannot_be_kept_is_said(model_of: Make) -> None:
    odd = model_of(texts.text("S = INTEG(1, 0) ~ w ~ x |", t1=1, dt=0.25, save="0.6"))
    run = odd.run(backend="numpy")
    assert run["time"].to_numpy().tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert run.attrs == {"saved times": "every step of 0.25: SAVEPER of 0.6 is no multiple of it"}
    assert odd.run(backend="numpy", save_every=0.5).attrs == {}
    assert odd.run(backend="numpy", dt=0.2).attrs == {}
