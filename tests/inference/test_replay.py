"""A search that was cut off ends where it would have ended, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from latecomer.errors import InputError
from latecomer.inference.optimise import Replay

SIZE = 6


class Rosenbrock:
    """Counts its evaluations and, where asked, fails like a killed program."""

    def __init__(self, last: int | None = None) -> None:
        self.calls, self.last = 0, last

    def __call__(self, z: np.ndarray) -> tuple[float, np.ndarray]:
        self.calls += 1
        if self.last is not None and self.calls > self.last:
            raise KeyboardInterrupt
        a, b = z[:-1], z[1:]
        gradient = np.zeros_like(z)
        gradient[:-1] += -400 * a * (b - a**2) - 2 * (1 - a)
        gradient[1:] += 200 * (b - a**2)
        return float(np.sum(100 * (b - a**2) ** 2 + (1 - a) ** 2)), gradient


def search(function: Any) -> np.ndarray:
    return np.asarray(minimize(function, np.full(SIZE, -1.0), jac=True, method="L-BFGS-B").x)


@pytest.mark.parametrize("last", [1, 7, 23])
def test_a_search_that_was_killed_ends_bit_for_bit_where_it_would_have(tmp_path: Path, last: int) -> None:
    whole = search(Replay(Rosenbrock(), SIZE, tmp_path / "whole", "one"))
    with pytest.raises(KeyboardInterrupt):
        search(Replay(Rosenbrock(last), SIZE, tmp_path / "cut", "one"))
    again = Rosenbrock()
    assert search(Replay(again, SIZE, tmp_path / "cut", "one")).tobytes() == whole.tobytes()
    everything = Rosenbrock()
    search(everything)
    assert again.calls == everything.calls - last


def test_a_record_cut_off_in_the_middle_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "cut"
    whole = search(Replay(Rosenbrock(), SIZE, path, "one"))
    path.write_bytes(path.read_bytes()[:-13])
    assert search(Replay(Rosenbrock(), SIZE, path, "one")).tobytes() == whole.tobytes()


def test_evaluations_of_another_problem_are_refused(tmp_path: Path) -> None:
    Replay(Rosenbrock(), SIZE, tmp_path / "x", "one")
    with pytest.raises(InputError, match=r"evaluations of another problem.*remove the folder"):
        Replay(Rosenbrock(), SIZE, tmp_path / "x", "two")


def test_another_point_than_the_recorded_one_is_evaluated_anew(tmp_path: Path) -> None:
    Replay(Rosenbrock(), SIZE, tmp_path / "x", "one")(np.zeros(SIZE))
    again = Rosenbrock()
    assert Replay(again, SIZE, tmp_path / "x", "one")(np.ones(SIZE))[0] == 0.0
    assert again.calls == 1
