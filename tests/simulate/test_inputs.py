"""What a run refuses, in which words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.simulate import Model, jit_cache
from tests.simulate import texts

Make = Callable[[str], Model]
UNKNOWN = "expected the name of a constant. Cure: "
PAIR = "a pandas Series indexed by year or two lists (x, y)"
FEW = "expected as many values as years, at least two. Cure: mend it."
UNSORTED = "years that do not increase; expected each year once, in order. Cure: sort the years."
BOTH = "hand over years and values"
PAIRS = "two pairs, of which nobody knows whether they are points or columns"
COLUMNS = "hand over all years and then all values, as in ([1960, 1970], [5, 8])"
FRAME = pd.DataFrame({"year": [1960, 1970], "income": [1.0, 2.0]})
SHAPES: list[tuple[Any, str, str]] = [
    ([(0, 1), (4, 40)], PAIRS, COLUMNS),
    (((0, 1), (4, 40)), PAIRS, COLUMNS),
    ([[0, 1], [4, 40]], PAIRS, COLUMNS),
    (np.array([[0, 1], [4, 40]]), PAIRS, COLUMNS),
    ([(0, 1), (4, 40), (8, 2)], "a list of 3", BOTH),
    (np.zeros((3, 2)), "a ndarray of shape (3, 2)", BOTH),
    (np.zeros((2, 2, 2)), "years that are no list of numbers", BOTH),
    ([], "a list of 0", BOTH),
    ({1960: 1.0, 1970: 2.0}, "a dict", BOTH),
    ("ab", "a str", BOTH),
    (FRAME, "a DataFrame", BOTH),
    (xr.DataArray([1.0, 2.0], {"year": [1960, 1970]}, "year"), "a DataArray", BOTH),
    ((["1960", "1970"], [1, 2]), "years that are no list of numbers", BOTH),
    (([1960, 1970], ["a", "b"]), "values that are no list of numbers", BOTH),
    (([1960, 1970], [True, False]), "values that are no list of numbers", BOTH),
    (([1960, 1970], [1, None]), "values that are no list of numbers", BOTH),
    (([1960, 1970], [1j, 2j]), "values that are no list of numbers", BOTH),
    (([1960, [1970]], [1, 2]), "years that are no list of numbers", BOTH),
    ((1960, 1970), "years that are no list of numbers", BOTH),
    (
        pd.Series([1.0, 2.0], pd.to_datetime(["1960-01-01", "1970-01-01"])),
        "years that are no list of numbers",
        BOTH,
    ),
]
"""What may be handed over for a driver and is none: what is got, and the cure."""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"parameters": {"lief": 3}},
            f"parameter 'lief': got an unknown name; {UNKNOWN}write the nearest name: 'life'.",
        ),
        (
            {"parameters": {"value": 3}},
            f"parameter 'value': got the name of an auxiliary; {UNKNOWN}change its constants.",
        ),
        (
            {"parameters": {"Income": 3}},
            (
                f"parameter 'Income': got the name of an auxiliary; {UNKNOWN}"
                "replace a table or its variable under drivers."
            ),
        ),
        (
            {"parameters": {"life": np.nan}},
            "parameter 'life': got nan; expected a finite number. Cure: correct the value.",
        ),
        (
            {"parameters": {"life": "long"}},
            "parameter 'life': got 'long'; expected a finite number. Cure: correct the value.",
        ),
        (
            {"drivers": {"incme": ([1, 2], [3, 4])}},
            (
                "driver 'incme': got an unknown name; "
                "expected a table or a variable that reads a table at Time. "
                "Cure: write the nearest name: 'income'."
            ),
        ),
        (
            {"drivers": {"life": ([1, 2], [3, 4])}},
            (
                "driver 'life': got the name of a constant; expected a table or a variable "
                "that reads a table at Time. Cure: write the nearest name: 'price'."
            ),
        ),
        (
            {"drivers": {"income": pd.Series([1.0, np.inf], index=[1960, 1961])}},
            "driver 'income': got value inf at 1961; expected finite numbers. Cure: fill or drop the gap.",
        ),
        (
            {"drivers": {"income": ([1961, 1960], [3, 4])}},
            (
                "driver 'income': got years that do not increase; expected each year once, in order. "
                "Cure: sort the years."
            ),
        ),
        (
            {"drivers": {"income": ([1961, 1962], [3])}},
            (
                "driver 'income': got 2 years and 1 values; expected as many values as years, at least two. "
                "Cure: mend it."
            ),
        ),
        (
            {"drivers": {"income": 7}},
            (
                "driver 'income': got a int; expected a pandas Series indexed by year or two lists (x, y). "
                "Cure: hand over years and values."
            ),
        ),
        *[
            ({"drivers": {"income": value}}, f"driver 'income': got {got}; expected {PAIR}. Cure: {cure}.")
            for value, got, cure in SHAPES
        ],
        ({"drivers": {"income": ([], [])}}, f"driver 'income': got 0 years and 0 values; {FEW}"),
        ({"drivers": {"income": ([1960], [1])}}, f"driver 'income': got 1 years and 1 values; {FEW}"),
        ({"drivers": {"income": ([1960, 1960], [1, 2])}}, f"driver 'income': got {UNSORTED}"),
        (
            {"drivers": {"income": ([1960, np.nan], [1, 2])}},
            "driver 'income': got value 2 at nan; expected finite numbers. Cure: fill or drop the gap.",
        ),
        (
            {"years": (1970, 1960)},
            (
                "years: got 1970 to 1960; expected a first year before the last. "
                "Cure: swap or correct the years."
            ),
        ),
        (
            {"dt": 0.0},
            "dt: got 0; expected a step above 0. Cure: choose a fraction of a year such as 0.0625.",
        ),
        (
            {"dt": 0.3},
            "dt: got 0.3; expected a step that divides the span 10. Cure: choose such a step.",
        ),
        (
            {"save_every": 0.3},
            "save_every: got 0.3; expected a multiple of the step 0.25. Cure: choose a multiple.",
        ),
        (
            {"method": "rk5"},
            (
                "method: got 'rk5'; expected 'euler' or 'heun' or 'rk4' or 'adaptive'. "
                "Cure: write the nearest name: 'rk4'."
            ),
        ),
    ],
)
def test_bad_input_is_refused_with_its_cure(model_of: Make, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        model_of(texts.DRIVEN).run(**arguments)
    assert str(caught.value) == words


def test_all_faults_of_the_parameters_are_said_at_once(model_of: Make) -> None:
    with pytest.raises(InputError) as caught:
        model_of(texts.DRIVEN).run(parameters={"lief": 1, "life": np.inf, "x": 2})
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize("method", ["euler", "rk4", "adaptive"])
def test_a_run_that_blows_up_names_the_first_variable_and_time(model_of: Make, method: str) -> None:
    text = texts.text("S = INTEG(S*S, 1) ~ w ~ Stock. |  twice = 2 * S ~ w ~ Double. |", t1=40)
    with pytest.raises(InputError) as caught:
        model_of(text).run(method=method)
    words = str(caught.value)
    assert words.startswith("run of small.mdl: got 'S' = ")
    assert "expected finite numbers throughout" in words


def test_a_logarithm_of_nothing_is_named(model_of: Make) -> None:
    model = model_of(texts.text("S = INTEG(-1, 1) ~ w ~ Stock. |  log s = LN(S) ~ w ~ Log. |"))
    with pytest.raises(InputError, match=r"got 'log s' = -inf at 1; expected finite numbers"):
        model.run(method="euler")


def test_numbers_divided_by_zero_are_refused(model_of: Make) -> None:
    model = model_of(texts.text("S = INTEG(a, 1) ~ w ~ Stock. |  a = 1 / (2 - 2) ~ w ~ Wrong. |"))
    with pytest.raises(InputError, match=r"small.mdl: got a division of a number by 0"):
        model.run()


def test_the_cache_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(jit_cache.VARIABLE, str(tmp_path))
    assert jit_cache.cache_folder() == tmp_path
    monkeypatch.setenv(jit_cache.VARIABLE, "off")
    assert jit_cache.cache_folder() is None
    monkeypatch.delenv(jit_cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr(jit_cache.sys, "platform", platform)
        folder = jit_cache.cache_folder()
        assert folder is not None
        assert folder.name == "latecomer"


@pytest.mark.parametrize(
    "value",
    [
        ([1960, 1970], [5, 8]),
        [np.array([1960.0, 1965.0, 1970.0]), [5, 6.5, 8]],
        np.array([[1960.0, 1965.0, 1970.0], [5.0, 6.5, 8.0]]),
        (range(1960, 1971, 10), np.array([5, 8])),
        pd.Series([5, 8], [1960, 1970]),
        pd.Series([5, 8], [1960, 1970], dtype="Int64"),
    ],
)
def test_two_columns_and_a_series_are_read_alike(model_of: Make, value: Any) -> None:
    found = model_of(texts.DRIVEN).run(drivers={"income": value}, backend="numpy")["income"]
    np.testing.assert_allclose(found, 5 + 0.3 * (found["time"] - 1960))
