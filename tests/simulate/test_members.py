"""The runs of an ensemble: cases, arrays, runs that blow up, and every refusal in its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latecomer.errors import InputError
from latecomer.simulate import Model
from tests.simulate import texts
from tests.simulate.risky import DRAWS, RISKY, VARIABLES, boosts

Make = Callable[[str], Model]
CONSTANT = "expected the name of a constant. Cure:"
VARIABLE = "expected the name of a variable. Cure:"
CHOOSE = "Cure: choose such a number."
MATCH = "Cure: match the elements and the draws."
SECTORS = ("farms", "mills", "mines")
DRIVERS: dict[str, Any] = {
    "north": ([0.0, 1.3, 4.0], [0.5, 0.1, 0.3]),
    "south": pd.Series([0.2, 0.4], index=[1.0, 3.0]),
}


@pytest.fixture(scope="module")
def model(model_of: Make) -> Model:
    return model_of(RISKY)


# ---- cases ----


@pytest.mark.slow
def test_a_case_is_the_case_run_alone(model: Model) -> None:
    cases: Any = {
        "north": {
            "parameters": {"start": 3.0, "wear": [0.1, 0.2, 0.3]},
            "drivers": {"support": DRIVERS["north"]},
        },
        "south": {"drivers": {"points": DRIVERS["south"]}},
        "plain": {},
    }
    shared: Any = {"parameters": {"memory": [0.5, 1.0, 2.0], "start": 1.5}, "seed": 3, "variables": VARIABLES}
    together = model.ensemble(3, cases=cases, **shared)
    assert together["Level"].dims == ("case", "draw", "time")
    assert together["case"].to_numpy().tolist() == ["north", "south", "plain"]
    for name, case in cases.items():
        alone = model.ensemble(
            3,
            seed=3,
            variables=VARIABLES,
            parameters=shared["parameters"] | case.get("parameters", {}),
            drivers=case.get("drivers"),
        )
        for variable in VARIABLES:
            np.testing.assert_allclose(
                together[variable].sel(case=name), alone[variable], rtol=1e-12, atol=1e-13, err_msg=variable
            )


@pytest.mark.slow
def test_a_case_is_a_single_run_too(model: Model) -> None:
    cases: Any = {name: {"drivers": {"support": driver}} for name, driver in DRIVERS.items()}
    paths = model.ensemble(2, seed=3, cases=cases, variables=["Wealth", "share"])
    for name, driver in DRIVERS.items():
        run = model.run(noise=True, seed=3, draw=1, drivers={"support": driver}, backend="numpy")
        for variable in ("Wealth", "share"):
            np.testing.assert_allclose(paths[variable].sel(case=name)[1], run[variable], rtol=1e-12)


def test_drivers_of_cases_are_their_own_lines_on_one_grid(model: Model) -> None:
    cases: Any = {name: {"drivers": {"support": driver}} for name, driver in DRIVERS.items()}
    paths = model.ensemble(1, cases=cases, variables=["support"], save_every=0.125)["support"][:, 0]
    times = paths["time"].to_numpy()
    expected = [np.interp(times, *DRIVERS["north"]), np.interp(times, [1.0, 3.0], [0.2, 0.4])]
    np.testing.assert_allclose(paths, expected, rtol=1e-14)


def test_the_same_draw_of_each_case_has_the_same_noise(model: Model) -> None:
    """What differs between countries is then no chance."""
    cases: Any = {"one": {}, "other": {"drivers": {"support": DRIVERS["north"]}, "parameters": {"wear": 0.3}}}
    paths = model.ensemble(300, cases=cases, variables=["Shock", "Wealth"])
    assert np.array_equal(paths["Shock"][0], paths["Shock"][1])
    assert not np.allclose(paths["Wealth"][0], paths["Wealth"][1])


# ---- arrays ----


@pytest.mark.parametrize(
    "growth",
    [
        0.05,
        [0.1, 0.2, 0.3],
        np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]),
        np.array([0.1, 0.5]),
    ],
    ids=["one number", "one an element", "rows of elements", "one a draw"],
)
def test_an_array_of_constants_goes_by_its_name(model: Model, growth: Any) -> None:
    paths = model.ensemble(2, parameters={"Growth": growth}, noise=False, variables=["growth", "Output"])
    assert paths["growth"].dims == ("draw", "time", "Sector")
    assert tuple(paths["growth"]["Sector"].to_numpy()) == SECTORS
    wanted = np.array(growth)
    by_draw = wanted[:, None] if wanted.shape == (2,) else wanted
    expected = np.broadcast_to(by_draw, (2, 3))
    np.testing.assert_array_equal(paths["growth"][:, 0], expected)
    steps = 1 + 0.125 * expected
    np.testing.assert_allclose(paths["Output"][:, -1], steps**32, rtol=1e-12)


@pytest.mark.slow
def test_an_array_of_variables_goes_by_its_name_or_by_elements(model: Model) -> None:
    whole = model.ensemble(2, variables=["share"])
    assert list(whole.data_vars) == ["share"]
    np.testing.assert_allclose(whole["share"].sum("Sector"), 1.0, rtol=1e-14)
    part = model.ensemble(2, variables=["share[mills]", "Level"])
    assert list(part.data_vars) == ["Level", "share[mills]"]
    np.testing.assert_allclose(part["share[mills]"], whole["share"].sel(Sector="mills"), rtol=1e-14)


def test_left_out_the_variables_are_the_stocks(model: Model) -> None:
    assert set(model.ensemble(1).data_vars) == {"Wealth", "Shock", "Level", "Output"}


# ---- runs that leave the finite numbers ----


def test_a_run_that_blows_up_is_counted_and_kept_as_it_is(model: Model) -> None:
    boost = boosts()
    planted = np.flatnonzero(boost > 1)
    paths = model.ensemble(DRAWS, parameters={"boost": boost}, variables=VARIABLES, save_every=0.5)
    failed = paths["failed"].to_numpy()
    assert np.flatnonzero(np.isfinite(failed)).tolist() == planted.tolist()
    assert paths.attrs["failed runs"] == len(planted) == DRAWS // 20
    assert paths.sizes["draw"] == DRAWS
    wealth, times = paths["Wealth"].to_numpy(), paths["time"].to_numpy()
    for draw in planted:
        wild = times >= failed[draw]
        assert not np.isfinite(wealth[draw, wild]).any()
        assert np.isfinite(wealth[draw, ~wild]).all()
        # what the blow-up does not reach goes on
        assert np.isfinite(paths["Level"][draw]).all()
    rest = np.setdiff1d(np.arange(DRAWS), planted)
    assert np.isfinite(wealth[rest]).all()


def test_the_first_time_of_a_blow_up_is_that_of_the_single_run(model: Model) -> None:
    boost = boosts()
    draw = int(np.argmax(boost))
    paths = model.ensemble(DRAWS, parameters={"boost": boost}, noise=False, variables=["Wealth"])
    first = float(paths["failed"][draw])
    with pytest.raises(InputError, match=rf"got 'Wealth' = (inf|nan) at {first:g}; expected finite numbers"):
        model.run(parameters={"boost": boost[draw]}, save_every=0.5, backend="numpy")


def test_the_times_of_failures_go_by_case(model: Model) -> None:
    cases: Any = {"calm": {}, "wild": {"parameters": {"boost": 40.0}}}
    paths = model.ensemble(3, cases=cases, variables=["Wealth"])
    assert paths["failed"].dims == ("case", "draw")
    assert np.isfinite(paths["failed"]).sum("draw").to_numpy().tolist() == [0, 3]
    assert paths.attrs["failed runs"] == 3


# ---- small shapes ----


@pytest.mark.slow
def test_steps_that_the_saved_times_do_not_divide(model: Model) -> None:
    """Of 8 steps each third is saved: the last two are not."""
    every = model.ensemble(2, years=(0, 1), save_every=0.125, variables=["Level"])
    third = model.ensemble(2, years=(0, 1), save_every=0.375, variables=["Level"])
    assert third["time"].to_numpy().tolist() == [0.0, 0.375, 0.75]
    assert np.array_equal(third["Level"], every["Level"][:, ::3])
    for backend in ("jax", "numpy"):
        run = model.run((0, 1), method="rk4", save_every=0.375, backend=backend)
        fine = model.run((0, 1), method="rk4", save_every=0.125, backend=backend)
        np.testing.assert_allclose(run["Wealth"], fine["Wealth"][::3], rtol=1e-14)


@pytest.mark.slow
def test_a_step_that_binary_numbers_cannot_hold(model: Model) -> None:
    paths = model.ensemble(1, years=(0, 3), dt=0.1, save_every=0.3, variables=["support"])
    assert paths["time"].to_numpy().tolist() == [i * 0.1 for i in range(0, 31, 3)]
    np.testing.assert_allclose(paths["support"][0], np.interp(paths["time"], [0, 2, 4], [0.1, 0.3, 0.2]))


@pytest.mark.parametrize("method", ["euler", "milstein", "sra1"])
def test_noise_without_a_noisy_stock_is_none(model_of: Make, method: str) -> None:
    model = model_of(texts.GROWTH)
    noisy = model.ensemble(2, dt=0.5, method=method)["Population"]
    plain = {"euler": "euler", "milstein": "euler", "sra1": "heun"}[method]
    # the additive scheme without noise is of the second order for the drift, as Heun's is for a linear one
    run = model.run(dt=0.5, method=plain, backend="numpy")["Population"]
    np.testing.assert_allclose(noisy, np.broadcast_to(run, noisy.shape), rtol=1e-13)


def test_models_without_stocks_constants_or_tables_run(model_of: Make) -> None:
    idle = model_of(texts.text("a = 3 ~ w ~ Constant. | b = a * Time ~ w ~ Of time. |"))
    paths = idle.ensemble(2, parameters={"a": [1.0, 2.0]}, variables=["b"])
    np.testing.assert_allclose(paths["b"][:, -1], [10.0, 20.0])
    assert idle.summarise(2, variables=["b"]).moments["b"][0, -1] == 30.0
    for backend in ("jax", "numpy"):
        assert idle.run(noise=True, backend=backend)["b"][-1] == 30.0
    bare = model_of(texts.text("S = INTEG(-S, 1) ~ w ~ Stock. |"))
    assert float(bare.ensemble(1)["S"][0, -1]) == pytest.approx(0.75**40, rel=1e-12)


# ---- refusals ----


def words_of(call: Callable[[], object]) -> list[str]:
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value).splitlines()


@pytest.mark.parametrize("draws", [0, -1, 2.5, 1e4, "3"])
def test_draws_are_a_whole_number(model: Model, draws: Any) -> None:
    expected = f"draws: got {draws!r}; expected a whole number from 1 to 4294967296. {CHOOSE}"
    assert words_of(lambda: model.ensemble(draws)) == [expected]


@pytest.mark.parametrize("seed", [-1, 1.5, 2**63, "x", None])
def test_seeds_are_whole_numbers(model: Model, seed: Any) -> None:
    expected = [f"seed: got {seed!r}; expected a whole number from 0 to {2**63 - 1}. {CHOOSE}"]
    assert words_of(lambda: model.ensemble(2, seed=seed)) == expected
    assert words_of(lambda: model.summarise(2, seed=seed)) == expected
    assert words_of(lambda: model.run(noise=True, seed=seed)) == expected


@pytest.mark.parametrize("draw", [-1, 0.5, 2**32])
def test_the_number_of_a_draw_is_one_that_an_ensemble_may_have(model: Model, draw: Any) -> None:
    expected = [f"draw: got {draw!r}; expected a whole number from 0 to {2**32 - 1}. {CHOOSE}"]
    assert words_of(lambda: model.run(noise=True, draw=draw)) == expected


def test_paths_beyond_the_bound_of_memory_are_refused_before_any_run(model: Model) -> None:
    expected = (
        "ensemble: got 1.01 GiB of paths; expected at most 0.5 GiB. "
        "Cure: ask for fewer variables or saved times, take summarise, which keeps no paths, or raise memory."
    )
    assert words_of(lambda: model.ensemble(5_000_000, variables=["Level", "Wealth", "gap"], memory=0.5)) == [
        expected
    ]


def test_the_faults_of_all_cases_are_said_with_their_case(model: Model) -> None:
    cases: Any = {
        "north": {"parameters": {"strat": 1.0}},
        "south": {"parameters": {"wear": [1.0, np.nan]}, "drivers": {"wear": ([0, 1], [1, 2])}},
        "plain": {},
    }
    words = words_of(lambda: model.ensemble(2, cases=cases))
    assert words[:2] == [
        f"case 'north', parameter 'strat': got an unknown name; {CONSTANT} write the nearest name: 'start'.",
        "case 'south', parameter 'wear': got nan; expected a finite number. Cure: correct the value.",
    ]
    assert [word.partition(";")[0] for word in words[2:]] == [
        "case 'south', driver 'wear': got the name of a constant"
    ]


def test_a_fault_of_what_all_cases_share_is_said_once(model: Model) -> None:
    cases: Any = {"north": {}, "south": {}}
    assert words_of(lambda: model.ensemble(2, cases=cases, parameters={"wear": [1, 2, 3]})) == [
        "parameter 'wear': got values of shape (3,); expected one number or 2. Cure: match the draws."
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"cases": {}},
            "cases: got no case; expected at least one case, or none at all. Cure: leave cases out.",
        ),
        (
            {"cases": {"KOR": {"parametres": {}}}},
            (
                "case 'KOR': got 'parametres'; expected 'parameters' and 'drivers'. "
                "Cure: leave it out or rename it."
            ),
        ),
        (
            {"variables": []},
            (
                "variables: got none; expected one variable or more. "
                "Cure: name them; left out they are the stocks."
            ),
        ),
        (
            {"variables": ["Levle"]},
            f"variable 'Levle': got an unknown name; {VARIABLE} write the nearest name: 'Level'.",
        ),
        (
            {"variables": ["points"]},
            f"variable 'points': got the name of a table; {VARIABLE} write the nearest name: 'support'.",
        ),
        (
            {"parameters": {"growth": [0.1, 0.2]}, "draws": 4},
            (
                "parameter 'growth': got values of shape (2,); expected one number, 3 for the elements, or "
                f"rows of 3 for each of 4 draws. {MATCH}"
            ),
        ),
        (
            {"parameters": {"growth": [0.1, 0.2, 0.3]}, "draws": 3},
            (
                "parameter 'growth': got values of shape (3,); expected one number, or rows of 3 for each of "
                f"3 draws. {MATCH}"
            ),
        ),
        (
            {"parameters": {"growth": [[0.1, 0.2], [0.3]]}},
            (
                "parameter 'growth': got rows that differ in length; expected one number, 3 for the "
                f"elements, or rows of 3 for each of 2 draws. {MATCH}"
            ),
        ),
    ],
)
def test_bad_input_is_refused(model: Model, arguments: dict[str, Any], words: str) -> None:
    assert words_of(lambda: model.ensemble(**{"draws": 2, **arguments})) == [words]


def test_cases_of_another_form_are_refused(model: Model) -> None:
    wrong: Any = ["north"]
    assert words_of(lambda: model.ensemble(2, cases=wrong)) == [
        "cases: got a list; expected {name: {'parameters': ..., 'drivers': ...}}. Cure: name each case."
    ]
    empty: Any = {"north": None, "south": {}}
    assert words_of(lambda: model.ensemble(2, cases=empty)) == [
        (
            "case 'north': got a NoneType; expected {name: {'parameters': ..., 'drivers': ...}}. "
            "Cure: give {} for a case of no changes."
        )
    ]
