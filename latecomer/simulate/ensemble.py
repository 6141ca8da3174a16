"""Many runs of one model with all their paths.

Also here:
- A summary in pieces: chunks of runs that can be run anywhere, in any order, and gathered one by one.
- Ensembles of one model: what is asked for, checked, compiled once, and run.
- Blocks of runs on every core, in a bounded amount of memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText, Program
from latecomer.simulate import inputs
from latecomer.simulate.events import Event, check_events
from latecomer.simulate.grid import Array, Grid
from latecomer.simulate.inputs import kind_of
from latecomer.simulate.lanes import Block, Outcome, Plan, Prepared, lanes_here
from latecomer.simulate.members import Case, Members, make_members
from latecomer.simulate.noise import choose_scheme
from latecomer.simulate.run import assemble
from latecomer.simulate.schemes import EitherScheme
from latecomer.simulate.summary import Gathering, Summary, check_quantiles, summary_of

Item = TypeVar("Item")

Result = TypeVar("Result")


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def checked_workers(workers: int | None) -> int:
    """The number of threads: one a core unless given; raises `InputError` below 1."""
    if workers is None:
        return cores()
    if workers < 1:
        raise refuse("workers", str(workers), "at least 1", "leave it out to use every core")
    return workers


def each(
    work: Callable[[Item], Result], items: Iterable[Item], take: Callable[[Item, Result], None], workers: int
) -> None:
    """Do `work` on every item with some threads, and hand each result to `take` in the calling thread.

    No more results than threads ever wait, however many items there are; the order is that of completion.
    An error in `work` or `take` stops the rest and is raised.

    >>> found = {}
    >>> each(lambda i: i * i, range(5), found.__setitem__, workers=2)
    >>> sorted(found.items())
    [(0, 0), (1, 1), (2, 4), (3, 9), (4, 16)]
    """
    rest = iter(items)
    pool = ThreadPoolExecutor(workers)
    running: dict[Future[Result], Item] = {}
    try:
        for item in rest:
            running[pool.submit(work, item)] = item
            if len(running) > workers:
                _hand_over(running, take)
        while running:
            _hand_over(running, take)
    except BaseException as error:
        # who stops a program does not wait for the runs that are under way; their results go nowhere
        pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
        raise
    pool.shutdown()


def _hand_over(running: dict[Future[Result], Item], take: Callable[[Item, Result], None]) -> None:
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        take(running.pop(future), future.result())


GIB = 2**30


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

    each(work, members.blocks(plan.lanes) if blocks is None else blocks, take, threads)


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


# long enough that handing a chunk over costs little, short enough that little is lost with one
BLOCKS = 16


@dataclass(frozen=True, order=True)
class Chunk:
    """Some blocks of one case: those that begin with the draws first, first + lanes, ... below `end`."""

    case: int
    first: int
    end: int

    @property
    def name(self) -> str:
        """The chunk in a word.

        >>> Chunk(0, 4096, 8192).name
        '0:4096:8192'
        """
        return f"{self.case}:{self.first}:{self.end}"


@final
class Chunked:
    """The runs of a summary in chunks; the summary is the same to the last bit however they are cut."""

    def __init__(
        self,
        text: ModelText,
        plan: Plan,
        block: Block,
        members: Members,
        seed: int,
        quantiles: tuple[float, ...],
        events: Mapping[str, Event],
        wanted: tuple[str, ...],
        accuracy: float,
        blocks: int = BLOCKS,
    ) -> None:
        self.text, self.plan, self.block, self.members = text, plan, block, members
        self.seed, self.quantiles, self.events, self.wanted = seed, quantiles, events, wanted
        self.accuracy, self.blocks = accuracy, blocks

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """All chunks, case by case."""
        size, draws = self.blocks * self.plan.lanes, self.members.draws
        return tuple(
            Chunk(case, first, min(first + size, draws))
            for case in range(self.members.number)
            for first in range(0, draws, size)
        )

    def run(self, chunk: Chunk, threads: int = 1) -> dict[str, NDArray[Any]]:
        """What the runs of a chunk come to, as the arrays that `Gathering.merge` takes over."""
        found = self._gathering(joins=False)
        blocks = [(chunk.case, first) for first in range(chunk.first, chunk.end, self.plan.lanes)]
        run_blocks(self.plan, self.block, self.members, self.seed, found.take, threads, blocks)
        return found.arrays()

    def gathering(self) -> Gathering:
        """An empty gathering of all runs."""
        return self._gathering(joins=True)

    def summary(self, gathered: Gathering) -> Summary:
        """The summary of what has been gathered."""
        return summary_of(self.text, gathered, self.quantiles)

    def _gathering(self, joins: bool) -> Gathering:
        return Gathering(self.plan, self.members, self.events, self.accuracy, self.wanted, joins)


@dataclass(frozen=True)
class EnsembleOptions:
    """The model and the times of an ensemble; `compiled` keeps its blocks for the next call."""

    text: ModelText
    program: Program
    grid: Grid
    compiled: dict[Any, Any]

    def scheme(self, method: str, noise: bool) -> EitherScheme:
        """The scheme of a method, which cannot be the adaptive one."""
        scheme = choose_scheme(self.text, method, noise)
        assert scheme is not None
        return scheme

    def members(
        self,
        draws: int,
        parameters: Mapping[str, Any] | None,
        drivers: Mapping[str, Any] | None,
        cases: Mapping[str, Case] | None,
    ) -> Members:
        """The checked runs."""
        return make_members(self.text, self.program, draws, parameters, drivers, cases)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that have a path."""
        none = (Kind.TABLE, Kind.CONTROL)
        return tuple(v.name for v in self.text.variables if v.kind not in none)


@dataclass(frozen=True)
class Wanted:
    """What a summary is to hold."""

    quantiles: tuple[float, ...]
    events: Mapping[str, Event]
    accuracy: float


def paths(
    options: EnsembleOptions,
    scheme: EitherScheme,
    members: Members,
    variables: Sequence[str] | None,
    seed: int,
    memory: float,
    workers: int | None,
) -> xr.Dataset:
    """The paths of all members; see `Model.ensemble`."""
    seed = inputs.whole("seed", seed, *inputs.SEEDS)
    plan = _plan(options, scheme, members, _variables(options, variables))
    threads = checked_workers(workers)
    return ensemble(options.text, plan, _block(options, plan), members, seed, memory, threads)


def chunked(
    options: EnsembleOptions,
    scheme: EitherScheme,
    members: Members,
    variables: Sequence[str] | None,
    seed: int,
    wanted: Wanted,
    blocks: int = BLOCKS,
) -> Chunked:
    """The runs of a summary in chunks of some blocks; see `Model.chunked`."""
    seed = inputs.whole("seed", seed, *inputs.SEEDS)
    names = _variables(options, variables)
    events = {label: _named(options, event) for label, event in wanted.events.items()}
    check_events(events, options.names, options.grid.saved())
    check_quantiles(wanted.quantiles)
    of_events = [event.variable for event in events.values()]
    plan = _plan(options, scheme, members, tuple(dict.fromkeys([*names, *of_events])))
    block = _block(options, plan)
    return Chunked(
        options.text, plan, block, members, seed, wanted.quantiles, events, names, wanted.accuracy, blocks
    )


def summary(parts: Chunked, workers: int | None) -> Summary:
    """What all runs come to, at once; see `Model.summarise`."""
    gathered = parts.gathering()
    run_blocks(parts.plan, parts.block, parts.members, parts.seed, gathered.take, checked_workers(workers))
    return parts.summary(gathered)


def _named(options: EnsembleOptions, event: Event) -> Event:
    variable = options.text.find(event.variable)
    name = event.variable if variable is None else variable.name
    return Event(name, event.below, event.above, event.start, event.end)


def _variables(options: EnsembleOptions, variables: Sequence[str] | None) -> tuple[str, ...]:
    """The names of variables with a path; an array stands for its elements."""
    if variables is None:
        shown = {v.name for v in options.text.variables if not v.hidden}
        variables = [name for name in options.program.state_names if name in shown]
    if not variables:
        raise refuse("variables", "none", "one variable or more", "name them; left out they are the stocks")
    allowed = options.names
    names: list[str] = []
    faults = []
    for name in variables:
        variable, elements = options.text.find(name), options.text.elements(name)
        if elements:
            names += [element.name for element in elements]
        elif variable is not None and variable.name in allowed:
            names.append(variable.name)
        else:
            got, cure = kind_of(options.text, name), nearest(name, allowed)
            faults.append(Fault(f"variable '{name}'", got, "the name of a variable", cure))
    if faults:
        raise InputError(faults)
    return tuple(dict.fromkeys(names))


def _plan(
    options: EnsembleOptions, scheme: EitherScheme, members: Members, variables: tuple[str, ...]
) -> Plan:
    return Plan(options.program, scheme, options.grid, variables, members.varied, lanes_here())


def _block(options: EnsembleOptions, plan: Plan) -> Block:
    known = ("block", plan.scheme.name, plan.grid, plan.variables, plan.varied)
    if known not in options.compiled:
        options.compiled[known] = Block(plan)
    block: Block = options.compiled[known]
    return block
