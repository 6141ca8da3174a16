"""A summary in pieces: chunks of runs that can be run anywhere, in any order, and gathered one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

from numpy.typing import NDArray

from latecomer.language import ModelText
from latecomer.solve.ensemble import run_blocks
from latecomer.solve.events import Event
from latecomer.solve.gathering import Gathering
from latecomer.solve.lanes import Block, Plan
from latecomer.solve.members import Members
from latecomer.solve.summary import Summary, summary_of

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
