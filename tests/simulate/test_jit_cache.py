"""Programs kept between runs give what the traced ones give, and are never mistaken for one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from latecomer.simulate import jit_cache
from latecomer.simulate.jit_cache import VARIABLE

pytest.importorskip("flatbuffers")


class Counted:
    """A function that counts how often it is traced."""

    def __init__(self, factor: float) -> None:
        self.factor, self.traces = factor, 0

    def __call__(self, z: Any, given: Any) -> Any:
        self.traces += 1
        return self.factor * jnp.sum(z * given["weight"]), given["weight"] * self.factor


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path / jit_cache.FOLDER


GIVEN = {"weight": np.array([1.0, 2.0, 4.0])}


def test_a_second_start_does_not_trace_and_gives_the_same(folder: Path) -> None:
    first, second = Counted(3.0), Counted(3.0)
    value, slope = jit_cache.cached_program(first, b"three")(np.ones(3), GIVEN)
    again, same = jit_cache.cached_program(second, b"three")(np.ones(3), GIVEN)
    assert float(value) == float(again) == 21.0
    np.testing.assert_array_equal(np.asarray(slope), np.asarray(same))
    assert (first.traces, second.traces) == (1, 0)
    assert len(list(folder.glob("*.bin"))) == 1


def test_another_material_or_another_shape_is_another_program(folder: Path) -> None:
    jit_cache.cached_program(Counted(3.0), b"three")(np.ones(3), GIVEN)
    five = jit_cache.cached_program(Counted(5.0), b"five")(np.ones(3), GIVEN)
    wide = jit_cache.cached_program(Counted(3.0), b"three")(np.ones(2), {"weight": np.ones(2)})
    assert (float(five[0]), float(wide[0])) == (35.0, 6.0)
    assert len(list(folder.glob("*.bin"))) == 3


def test_a_changed_package_is_another_program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jit_cache.cached_program(Counted(3.0), b"three")(np.ones(3), GIVEN)
    monkeypatch.setattr(jit_cache, "_sources", lambda: b"another line")
    anew = Counted(3.0)
    jit_cache.cached_program(anew, b"three")(np.ones(3), GIVEN)
    assert anew.traces == 1


def test_a_file_that_was_cut_off_is_written_again(folder: Path) -> None:
    jit_cache.cached_program(Counted(3.0), b"three")(np.ones(3), GIVEN)
    (path,) = folder.glob("*.bin")
    path.write_bytes(path.read_bytes()[:40])
    value, _ = jit_cache.cached_program(Counted(3.0), b"three")(np.ones(3), GIVEN)
    assert float(value) == 21.0


def test_without_a_cache_a_function_is_traced_as_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "off")
    value, _ = jit_cache.cached_program(Counted(3.0), b"three")(np.ones(3), GIVEN)
    assert float(value) == 21.0


def test_where_it_cannot_be_written_it_is_traced_as_always(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv(VARIABLE, str(blocked))
    value, _ = jit_cache.cached_program(Counted(3.0), b"three")(np.ones(3), GIVEN)
    assert float(value) == 21.0
