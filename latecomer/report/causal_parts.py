"""What a causal diagram is made of: boxes, hops of links, and their measures in pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from latecomer.explain.causal import Link
from latecomer.language import Kind
from latecomer.report.layers import Node

LETTERS, LINE, ROOM = 13.0, 16.0, 136.0
PORT, LANE, GAP = 16.0, 7.0, 9.0
PAD, VALVE, LOOP = 8.0, 18.0, 30.0
BRACKET = 6.0
# how far links run level beside a name, so that signs and bars have room
PORT_RUN = 38.0


@dataclass(frozen=True, slots=True)
class Shadow:
    """A variable of another sector, drawn once in front of each column that reads it."""

    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Box:
    """A drawn name: its lines, its place and where links end; pixels, y downwards.

    Links that come from the left end within half a `bracket` above and below the middle.
    """

    name: str
    kind: Kind
    shadow: bool
    lines: tuple[str, ...]
    left: float
    middle: float
    width: float
    height: float
    bracket: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.middle - self.height / 2


@dataclass(frozen=True, slots=True)
class Hop:
    """The part of a link between two columns, from x1, y1 to x2, y2; the last part carries the link.

    It runs level for the first `start` pixels, where other links end beside it.
    """

    x1: float
    y1: float
    x2: float
    y2: float
    link: Link | None
    pipe: bool
    start: float


@dataclass(frozen=True)
class Layout:
    """Boxes, hops, level lines through columns, names without links, and the size of it all."""

    boxes: Mapping[Node, Box]
    hops: tuple[Hop, ...]
    levels: tuple[tuple[float, float, float], ...]
    alone: tuple[str, ...]
    width: float
    height: float
