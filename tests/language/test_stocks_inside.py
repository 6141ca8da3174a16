"""SMOOTH, DELAY, TREND and their like as hidden stocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.language import Kind, read_text
from latecomer.simulate import load_model
from tests.language.flat import vensim

EQUATIONS = """demand = 10 + STEP(5, 1) ~ good/year ~ Input. |
wait = 3 ~ year ~ Time. |
soft = SMOOTH3(demand, wait) ~ good/year ~ Smooth. |
late = DELAY1(demand, wait) ~ good/year ~ Late. |
order = 2 ~ Dmnl ~ Order. |
late too = DELAY N(demand, wait, 0, order) ~ good/year ~ Late. |
held = 1 + INITIAL(soft) ~ good/year ~ Held. |
"""


def test_hidden_variables_say_where_they_come_from(tmp_path: Path) -> None:
    text = read_text(vensim(tmp_path, EQUATIONS))
    hidden = {v.name: (v.kind, v.unit) for v in text.variables if v.hidden}
    assert hidden == {
        **{f"SMOOTH3 of soft #{n}": (Kind.STOCK, "good/year") for n in (1, 2, 3)},
        "DELAY1 of late #1": (Kind.STOCK, "good/year*year"),
        **{f"DELAY N of late too #{n}": (Kind.STOCK, "good/year*year") for n in (1, 2)},
        "INITIAL of held #1": (Kind.AUXILIARY, ""),
    }
    assert {v.note for v in text.variables if v.name == "SMOOTH3 of soft #2"} == {"Part of soft."}


def test_hidden_variables_stay_out_of_the_results(tmp_path: Path) -> None:
    run = load_model(vensim(tmp_path, EQUATIONS)).run()
    assert list(run.data_vars) == ["demand", "wait", "soft", "late", "order", "late too", "held"]


def test_an_order_is_no_parameter(tmp_path: Path) -> None:
    model = load_model(vensim(tmp_path, EQUATIONS))
    with pytest.raises(InputError, match="parameter 'order': got a constant that shapes the equations"):
        model.run(parameters={"order": 4})


def test_a_delay_below_the_time_step_fails_rather_than_changing_its_order(tmp_path: Path) -> None:
    model = load_model(vensim(tmp_path, EQUATIONS))
    with pytest.raises(InputError, match="finite numbers throughout"):
        model.run(parameters={"wait": 0.4})
    assert np.isfinite(model.run(parameters={"wait": 0.5})["late too"]).all()


@pytest.mark.slow  # over many delays; PySD and simlin have the same numbers in test_cases
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.integers(1, 6), st.floats(2.0, 9.0), st.floats(0.5, 20.0))
def test_a_material_delay_loses_nothing(tmp_path: Path, order: int, time: float, start: float) -> None:
    equations = f"""inflow = 3 + SIN(Time) ~ w/year ~ In. |
outflow = DELAY N(inflow, {time!r}, {start!r}, {order}) ~ w/year ~ Out. |
Content = INTEG(inflow - outflow, {start * time!r}) ~ w ~ What is under way. |
"""
    model = load_model(vensim(tmp_path, equations))
    hidden = [v.name for v in model.text.variables if v.hidden]
    paths = model.ensemble(1, noise=False, method="euler", variables=["Content"], save_every=0.25)
    run = model.run(method="euler", backend="numpy")
    assert len(hidden) == order
    # from the start on, the time that material takes is the content over the flow
    assert float(run["outflow"][0]) == pytest.approx(start)
    np.testing.assert_allclose(paths["Content"][0], run["Content"], rtol=1e-12)
    parts = _content(model, hidden)
    np.testing.assert_allclose(parts, run["Content"], rtol=1e-9)


def _content(model: object, hidden: list[str]) -> np.ndarray:
    from latecomer.simulate.model import Model

    assert isinstance(model, Model)
    simulate = model.simulator(0.25, 0, 8, 0.25, hidden, scheme="euler")
    return np.asarray(simulate(model.parameter_vector(), {})).sum(axis=1)


def test_smoothing_keeps_a_constant_and_ends_at_a_step(tmp_path: Path) -> None:
    equations = "x = 4 ~~|\na = SMOOTH3(x, 2) ~~|\nb = SMOOTHI(x, 0.5, 0) ~~|\n"
    run = load_model(vensim(tmp_path, equations)).run()
    assert set(run["a"].to_numpy()) == {4.0}
    np.testing.assert_allclose(run["b"], 4 * (1 - 0.5 ** np.arange(33)), rtol=1e-12)


def test_constants_behind_control_variables_are_no_parameters(tmp_path: Path) -> None:
    path = vensim(tmp_path, "span = 4 ~ year ~ Length. |")
    path.write_text(path.read_text().replace("FINAL TIME = 8", "FINAL TIME = 2 * span"))
    model = load_model(path)
    assert float(model.run()["time"][-1]) == 8.0
    with pytest.raises(InputError, match="parameter 'span': got a constant that shapes the equations"):
        model.run(parameters={"span": 3})


def test_an_order_that_reads_time_holds_for_the_start_of_the_text_only(tmp_path: Path) -> None:
    model = load_model(vensim(tmp_path, "x = SMOOTH N(Time, 2, 1, 2 + STEP(1, 3)) ~~|"))
    assert [v.name for v in model.text.variables if v.hidden] == ["SMOOTH N of x #1", "SMOOTH N of x #2"]
    assert float(model.run()["x"][0]) == 1.0
    with pytest.raises(InputError, match="finite numbers throughout"):
        model.run(years=(4, 8))


@pytest.mark.parametrize("order", ["2 + Level", "t(Time)", "2.5 + STEP(1, 3)", "loop", "held"])
def test_an_order_that_is_not_known_before_the_run_is_refused(order: str, tmp_path: Path) -> None:
    equations = f"""Level = INTEG(1, 2) ~~|
t((0, 2), (9, 3)) ~~|
loop = loop + 1 ~~|
held = INITIAL(Level) ~~|
x = SMOOTH N(Time, 2, 1, {order}) ~~|"""
    with pytest.raises(InputError, match="line 9, x: got an order of a delay that is no number"):
        read_text(vensim(tmp_path, equations))


@pytest.mark.parametrize(
    ("equation", "words"),
    [
        (
            "x = 1 + SMOOTH N(DELAY3(Time, Time / 9), 2, 0, 2) ~~|",
            "order is below TIME STEP: choose a smaller TIME STEP or a lower order (see 'x', line 5).",
        ),
        ("x = SMOOTH(Time, 0) ~~|", "its time must not be 0 (see 'x', line 5)."),
        (
            "x = 3 ~~|\ny = MODULO(x, Time - 1) ~~|",
            "MODULO has no value where its divisor is not positive (see 'y', line 6).",
        ),
        (
            "x = PULSE TRAIN(3, 1, 4, 7.5) ~~|",
            "PULSE TRAIN has no value where a pulse still holds at its end (see 'x', line 5).",
        ),
        (
            "x = SMOOTH N(Time, 2, 1, 2 + STEP(1, 3)) ~~|",
            "holds for the INITIAL TIME and the TIME STEP of the text: change them there (see 'x', line 5).",
        ),
    ],
)
def test_a_run_that_fails_says_which_element_and_construct(equation: str, words: str, tmp_path: Path) -> None:
    model = load_model(vensim(tmp_path, equation))
    with pytest.raises(InputError) as caught:
        model.run(years=(4, 8) if "+ STEP(" in equation else None)
    assert str(caught.value).endswith(words)
