"""A summary in chunks is that of all runs at once, to the last bit, however it is cut and handed on."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from latecomer.simulate import Event, Model
from latecomer.simulate.summary import Summary
from tests.simulate.risky import DRAWS, RISKY, VARIABLES, boosts

Make = Callable[[str], Model]
ASKED: dict[str, Any] = {
    "seed": 7,
    "variables": VARIABLES,
    "parameters": {"boost": boosts()},
    "cases": {"north": {"parameters": {"start": 2.0}}, "south": {}},
    "events": {"low": Event("Level", below=1.5)},
}


@pytest.fixture(scope="module")
def model(model_of: Make) -> Model:
    return model_of(RISKY)


@pytest.fixture(scope="module")
def whole(model: Model) -> Summary:
    return model.summarise(DRAWS, **ASKED)


def same(one: Summary, other: Summary) -> None:
    for name in ("moments", "quantiles", "events", "finite"):
        xr.testing.assert_identical(getattr(one, name), getattr(other, name))
    assert one.failures.equals(other.failures)


def carried(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays after a way through a file."""
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    stream.seek(0)
    with np.load(stream, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


@pytest.mark.slow  # chunks in their order are quick
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blocks=st.integers(1, 5), data=st.data())
def test_any_chunks_in_any_order_give_the_same_bits(
    model: Model, whole: Summary, blocks: int, data: st.DataObject
) -> None:
    parts = model.chunked(DRAWS, blocks=blocks, **ASKED)
    gathered = parts.gathering()
    for chunk in data.draw(st.permutations(parts.chunks)):
        gathered.merge(carried(parts.run(chunk)))
    same(parts.summary(gathered), whole)


def test_what_is_gathered_goes_on_after_a_way_through_a_file(model: Model, whole: Summary) -> None:
    parts = model.chunked(DRAWS, blocks=1, **ASKED)
    half = len(parts.chunks) // 2
    first = parts.gathering()
    for chunk in parts.chunks[1:half]:
        first.merge(parts.run(chunk))
    again = parts.gathering()
    again.merge(carried(first.arrays()))
    for chunk in (parts.chunks[0], *parts.chunks[half:]):
        again.merge(parts.run(chunk))
    same(parts.summary(again), whole)


def test_the_chunks_hold_every_run_once(model: Model) -> None:
    for blocks in (1, 3, 100):
        parts = model.chunked(DRAWS, blocks=blocks, **ASKED)
        for case in (0, 1):
            inside = [chunk for chunk in parts.chunks if chunk.case == case]
            assert [chunk.first for chunk in inside[1:]] == [chunk.end for chunk in inside[:-1]]
            assert (inside[0].first, inside[-1].end) == (0, DRAWS)


def test_more_threads_change_nothing(model: Model, whole: Summary) -> None:
    parts = model.chunked(DRAWS, blocks=2, **ASKED)
    gathered = parts.gathering()
    for chunk in parts.chunks:
        gathered.merge(parts.run(chunk, threads=2))
    same(parts.summary(gathered), whole)
