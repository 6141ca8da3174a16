"""SAMPLE IF TRUE and DELAY FIXED go from step to step: exact under Euler's method, refused under others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.language import read_text
from latecomer.simulate import load_model
from tests.language.flat import vensim

SAMPLED = "x = Time ^ 2 ~~|\nheld = SAMPLE IF TRUE(x > 4 :AND: x < 9, x, -1) ~~|\n"
DELAYED = "x = Time ^ 2 ~~|\nwait = 0.75 ~~|\nlate = DELAY FIXED(x, wait, -1) ~~|\n"


def test_a_sample_changes_in_the_step_in_which_the_condition_holds(tmp_path: Path) -> None:
    held = load_model(vensim(tmp_path, SAMPLED)).run()["held"].to_numpy()
    time = np.arange(33) / 4
    np.testing.assert_allclose(held, np.where(time <= 2, -1, np.minimum(time, 2.75) ** 2), rtol=1e-14)


def test_a_fixed_delay_hands_on_what_came_in(tmp_path: Path) -> None:
    for backend in ("numpy", "jax"):
        late = load_model(vensim(tmp_path, DELAYED)).run(backend=backend)["late"].to_numpy()
        expected = np.concatenate([[-1, -1, -1], (np.arange(30) / 4) ** 2])
        np.testing.assert_allclose(late, expected, rtol=1e-14)


@pytest.mark.parametrize("method", ["rk4", "heun", "adaptive"])
@pytest.mark.parametrize(
    ("equations", "what"),
    [(SAMPLED, "SAMPLE IF TRUE of 'held', line 6"), (DELAYED, "DELAY FIXED of 'late', line 7")],
)
def test_other_methods_are_refused(equations: str, what: str, method: str, tmp_path: Path) -> None:
    model = load_model(vensim(tmp_path, equations))
    with pytest.raises(InputError) as caught:
        model.run(method=method)
    assert str(caught.value) == (
        f"run of small.mdl: got {what}, with the method {method}; expected Euler's method, which goes from "
        "step to step. Cure: choose the method euler."
    )
    with pytest.raises(InputError, match="choose the method euler"):
        model.simulator(0.25, 0, 8, 0.25, ["x"])


def test_another_step_or_delay_time_is_no_longer_the_same_delay(tmp_path: Path) -> None:
    model = load_model(vensim(tmp_path, DELAYED))
    with pytest.raises(InputError, match="DELAY FIXED of late #3"):
        model.run(dt=0.125)
    with pytest.raises(InputError, match="parameter 'wait': got a constant that shapes the equations"):
        model.run(parameters={"wait": 1})


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (
            "Time",
            "DELAY FIXED whose delay time is no constant; expected a delay time of 1 to 500 whole time steps",
        ),
        ("0.3", "DELAY FIXED with a delay time of 0.3 and a TIME STEP of 0.25"),
        ("0", "DELAY FIXED with a delay time of 0 and a TIME STEP of 0.25"),
        ("125.25", "DELAY FIXED with a delay time of 125.25 and a TIME STEP of 0.25"),
    ],
)
def test_a_delay_time_of_no_whole_steps_is_refused(time: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_text(vensim(tmp_path, f"x = DELAY FIXED(Time, {time}, 0) ~~|"))
    assert f"line 5, x: got {words}" in str(caught.value)


def test_each_element_has_a_row_of_its_own(tmp_path: Path) -> None:
    equations = """Sector: a, b ~~|
wait[Sector] = 1, 2 ~~|
late[Sector] = 1 + DELAY FIXED(Time * wait[Sector], wait[Sector], 0) ~~|"""
    model = load_model(vensim(tmp_path, equations))
    hidden = [v.name for v in model.text.variables if v.hidden]
    assert sum(name.startswith("DELAY FIXED of late[b]") for name in hidden) == 8
    late = model.run()["late"].sel(time=[0.75, 3.25, 8]).to_numpy()
    np.testing.assert_allclose(late, [[1, 1], [3.25, 3.5], [8, 13]], rtol=1e-14)
