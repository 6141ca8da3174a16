"""Blocks on several cores: the same to the last bit for any number of workers, order and number of draws."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.simulate import Event, Model, ensemble
from latecomer.simulate.lanes import lanes_here
from latecomer.simulate.summary import Summary
from tests.simulate.risky import DRAWS, RISKY, VARIABLES, boosts

Make = Callable[[str], Model]
CASES: dict[str, Any] = {
    "north": {"parameters": {"start": 2.0}},
    "south": {"drivers": {"support": ([0, 1, 4], [0.0, 0.5, 0.1])}},
}


@pytest.fixture(scope="module")
def model(model_of: Make) -> Model:
    return model_of(RISKY)


def paths(model: Model, draws: int = DRAWS, **more: Any) -> xr.Dataset:
    parameters = {"boost": boosts()[:draws]}
    return model.ensemble(draws, seed=7, parameters=parameters, variables=VARIABLES, cases=CASES, **more)


def summary(model: Model, **more: Any) -> Summary:
    events = {"low": Event("Level", below=1.0), "ahead": Event("gap", above=1.0, start=1, end=3)}
    parameters = {"boost": boosts()}
    return model.summarise(
        DRAWS, seed=7, parameters=parameters, variables=VARIABLES, cases=CASES, events=events, **more
    )


def same_summary(one: Summary, other: Summary) -> None:
    assert one.moments.identical(other.moments)
    assert one.quantiles.identical(other.quantiles)
    assert one.events.identical(other.events)
    assert one.finite.identical(other.finite)
    pd.testing.assert_frame_equal(one.failures, other.failures, check_exact=True)


def in_disorder(seed: int) -> Callable[..., None]:
    def each(work: Any, items: Iterable[Any], take: Any, workers: int) -> None:
        mixed = list(items)
        random.Random(seed).shuffle(mixed)
        for item in mixed:
            take(item, work(item))

    return each


def test_there_are_several_blocks(model: Model) -> None:
    assert 2 * lanes_here() < DRAWS
    assert DRAWS % lanes_here()


@pytest.mark.parametrize("count", [2, 3, 50])
def test_paths_do_not_depend_on_the_number_of_workers(model: Model, count: int) -> None:
    assert paths(model, workers=1).identical(paths(model, workers=count))


@pytest.mark.parametrize("count", [2, 3])
def test_summaries_do_not_depend_on_the_number_of_workers(model: Model, count: int) -> None:
    same_summary(summary(model, workers=1), summary(model, workers=count))


@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_depends_on_the_order_of_the_blocks(
    model: Model, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    before, all_paths = summary(model), paths(model)
    monkeypatch.setattr(ensemble, "each", in_disorder(seed))
    same_summary(summary(model), before)
    assert paths(model).identical(all_paths)


def test_a_path_does_not_depend_on_how_many_there_are(model: Model) -> None:
    many, few = paths(model), paths(model, draws=300)
    for name in VARIABLES:
        assert np.array_equal(many[name][:, :300], few[name], equal_nan=True)
    assert np.array_equal(many["failed"][:, :300], few["failed"], equal_nan=True)


@pytest.mark.slow
def test_every_draw_of_every_block_has_noise_of_its_own(model: Model) -> None:
    paths = model.ensemble(DRAWS, seed=7, variables=["Level", "Output"])
    assert np.unique(paths["Level"][:, -1]).size == DRAWS
    for draw in (0, 255, 256, 300, 511, 512, 599):
        run = model.run(noise=True, seed=7, draw=draw, backend="numpy")
        for name in ("Level", "Output"):
            np.testing.assert_allclose(paths[name][draw], run[name], rtol=1e-12, atol=1e-13)


def test_one_draw_is_the_first_of_many(model: Model) -> None:
    one = paths(model, draws=1, workers=4)
    assert np.array_equal(one["Level"][:, 0], paths(model)["Level"][:, 0])


def test_different_seeds_are_different_runs(model: Model) -> None:
    one, other = (model.ensemble(300, seed=seed, variables=["Level"])["Level"][:, -1] for seed in (0, 1))
    assert not np.isin(one, other).any()
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(300)


# ---- the machinery ----


def test_every_item_is_done_once_and_handed_over_in_the_calling_thread() -> None:
    found: dict[int, int] = {}
    threads = set()

    def take(item: int, result: int) -> None:
        assert item not in found
        threads.add(threading.get_ident())
        found[item] = result

    ensemble.each(lambda i: i * i, range(100), take, workers=3)
    assert found == {i: i * i for i in range(100)}
    assert threads == {threading.get_ident()}


def test_nothing_to_do_is_done() -> None:
    ensemble.each(lambda i: i, [], lambda item, result: pytest.fail("taken"), workers=2)


def test_results_do_not_pile_up() -> None:
    """However slow they are taken, the work is not more than a few items ahead."""
    started: list[int] = []
    ahead = []

    def take(item: int, result: int) -> None:
        time.sleep(0.002)
        ahead.append(len(started) - len(ahead))

    ensemble.each(started.append, range(60), take, workers=2)
    assert max(ahead) <= 4


@pytest.mark.parametrize("error", [ValueError("in a block"), KeyboardInterrupt()])
@pytest.mark.parametrize("where", ["work", "take"])
def test_an_error_reaches_the_caller_and_stops_the_rest(error: BaseException, where: str) -> None:
    done: list[int] = []

    def work(item: int) -> int:
        if where == "work" and item == 5:
            raise error
        done.append(item)
        return item

    def take(item: int, result: int) -> None:
        if where == "take" and item == 5:
            raise error

    before = threading.active_count()
    with pytest.raises(type(error)) as caught:
        ensemble.each(work, range(1000), take, workers=2)
    assert caught.value is error
    assert len(done) < 20
    # an interrupt does not wait for the blocks under way, which end by themselves
    ended = time.monotonic() + (10 if isinstance(error, KeyboardInterrupt) else 0)
    while threading.active_count() > before and time.monotonic() < ended:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_an_error_in_a_block_of_a_model_reaches_the_caller(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    from latecomer.simulate.members import Members

    def broken(self: Members, case: int, first: int, lanes: int) -> Any:
        raise MemoryError(f"block {first}")

    monkeypatch.setattr(Members, "block_rows", broken)
    with pytest.raises(MemoryError, match="block"):
        paths(model, workers=2)


def test_no_worker_at_all_is_refused(model: Model) -> None:
    with pytest.raises(InputError) as caught:
        paths(model, workers=0)
    assert str(caught.value) == ("workers: got 0; expected at least 1. Cure: leave it out to use every core.")
    assert ensemble.checked_workers(None) == ensemble.cores() >= 1
