"""Many runs of one model with all their paths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from latecomer.faults import refuse
from latecomer.language import ModelText
from latecomer.solve import workers
from latecomer.solve.arrays import Array
from latecomer.solve.lanes import Block, Outcome, Plan, Prepared
from latecomer.solve.members import Members
from latecomer.solve.results import assemble

GIB = 2**30
# a result larger than this is refused, unless the caller raises it


def ensemble(
    text: ModelText,
    plan: Plan,
    block: Block,
    members: Members,
    seed: int,
    memory: float,
    threads: int,
) -> xr.Dataset:
    """The paths of all members over ([case,] draw, time).

    A run that leaves the finite numbers stays in the result as it is; the coordinate `failed` holds the first
    saved time at which it had, NaN for the others, and the attribute `failed runs` their number.
    """
    times = plan.grid.saved()
    cases = members.number
    size = 8 * len(plan.variables) * cases * members.draws * times.size / GIB
    if size > memory:
        raise refuse(
            "ensemble",
            f"{size:.3g} GiB of paths",
            f"at most {memory:g} GiB",
            "ask for fewer variables or saved times, take summarise, which keeps no paths, or raise memory",
        )
    paths = np.empty((len(plan.variables), cases, members.draws, times.size))
    failed = np.full((cases, members.draws), np.nan)

    def take(item: tuple[int, int], found: Outcome) -> None:
        case, first = item
        last = min(first + plan.lanes, members.draws)
        paths[:, case, first:last] = found.values.transpose(0, 2, 1)[:, : last - first]
        rows = found.failed[: last - first]
        failed[case, first:last] = np.where(
            rows < times.size, times[np.minimum(rows, times.size - 1)], np.nan
        )

    run_blocks(plan, block, members, seed, take, threads)
    return _dataset(text, plan.variables, members, times, paths, failed)


def run_blocks(
    plan: Plan,
    block: Block,
    members: Members,
    seed: int,
    take: Callable[[tuple[int, int], Outcome], None],
    threads: int,
    blocks: Iterable[tuple[int, int]] | None = None,
) -> None:
    """Every block of the members, or some `blocks` (case, first draw), handed to `take` as it is finished."""

    def prepare(case: int, first: int) -> Prepared:
        rows = members.block_rows(case, first, plan.lanes)
        return block.prepare(members.constants[case], rows, members.tables[case])

    # where no constant varies, every block of a case begins alike
    alike = [] if plan.varied else [prepare(case, 0) for case in range(members.number)]

    def work(item: tuple[int, int]) -> Outcome:
        case, first = item
        prepared = alike[case] if alike else prepare(case, first)
        # the same noise for the same draw of every case: what differs between cases is not chance
        return block.run(prepared, seed, first)

    workers.each(work, members.blocks(plan.lanes) if blocks is None else blocks, take, threads)


def _dataset(
    text: ModelText, variables: Sequence[str], members: Members, times: Array, paths: Array, failed: Array
) -> xr.Dataset:
    dims = ("case", "draw", "time") if members.cases else ("draw", "time")
    named = dict(zip(variables, paths if members.cases else paths[:, 0], strict=True))
    columns, names = assemble(text, named, dims)
    unit = text.by_key["initial_time"].unit
    coordinates: dict[str, Any] = {
        **names,
        "draw": np.arange(members.draws),
        "time": ("time", times, {"units": unit, "long_name": "time"}),
        "failed": (dims[:-1], failed if members.cases else failed[0], {"units": unit}),
    }
    if members.cases:
        coordinates["case"] = list(members.cases)
    return xr.Dataset(columns, coords=coordinates, attrs={"failed runs": int(np.isfinite(failed).sum())})
