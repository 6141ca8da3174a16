"""Many paths at once are the single paths."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.simulate import Model
from tests.simulate import texts

Make = Callable[[str], Model]


def test_each_draw_is_the_run_of_its_parameters(model_of: Make) -> None:
    model = model_of(texts.DRIVEN)
    life = np.array([8.0, 12.0, 20.0])
    drivers = {"income": ([1960, 1970], [10, 30])}
    names = ["Capital", "value"]
    paths = model.ensemble(
        3, parameters={"Life": life}, drivers=drivers, noise=False, save_every=1.0, variables=names
    )
    assert paths["Capital"].dims == ("draw", "time")
    assert paths["Capital"].attrs == {"units": "good", "long_name": "Machines."}
    for draw in range(3):
        run = model.run(parameters={"life": life[draw]}, drivers=drivers, save_every=1.0)
        for name in names:
            np.testing.assert_allclose(paths[name][draw], run[name], rtol=1e-12)


@pytest.mark.slow
def test_a_path_does_not_depend_on_how_many_there_are(model_of: Make) -> None:
    model = model_of(texts.NOISY)
    many, few = (model.ensemble(n, seed=3, years=(0, 2)) for n in (100, 5))
    np.testing.assert_allclose(many["Shock"][:5], few["Shock"], rtol=1e-12, atol=1e-14)
    single = model.run((0, 2), noise=True, seed=3, draw=4)
    np.testing.assert_allclose(few["Shock"][4], single["Shock"], rtol=1e-12, atol=1e-14)


def test_the_spread_of_paths_is_that_of_theory(model_of: Make) -> None:
    draws, dt, tau, size = 2000, 1 / 64, 0.5, 0.3
    last = model_of(texts.NOISY).ensemble(draws, years=(0, 1))["Shock"][:, -1]
    exact = size**2 * dt * (1 - (1 - dt / tau) ** 128) / (1 - (1 - dt / tau) ** 2)
    assert float(last.var()) == pytest.approx(exact, rel=4 * np.sqrt(2 / draws))
    assert float(last.mean()) == pytest.approx(0, abs=4 * np.sqrt(exact / draws))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"draws": 0},
            "draws: got 0; expected a whole number from 1 to 4294967296. Cure: choose such a number.",
        ),
        (
            {"draws": 3, "parameters": {"life": [1.0, 2.0]}},
            "parameter 'life': got values of shape (2,); expected one number or 3. Cure: match the draws.",
        ),
        (
            {"draws": 2, "parameters": {"life": [1.0, np.nan]}},
            "parameter 'life': got nan; expected a finite number. Cure: correct the value.",
        ),
        (
            {"draws": 2, "noise": True, "method": "rk4"},
            (
                "method: got 'rk4' with noise; expected 'euler' or 'euler-maruyama' or 'milstein' or 'sra1'. "
                "Cure: leave method out."
            ),
        ),
    ],
)
def test_bad_input_is_refused(model_of: Make, arguments: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        model_of(texts.DRIVEN).ensemble(**arguments)
    assert str(caught.value) == words
