"""The figure for papers on what may come: the outcomes of runs, with bands where there are draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from latecomer.report.content import Numbers, same_length
from latecomer.report.paper import Build, Spec
from latecomer.report.paper_key import Entry, key
from latecomer.report.paper_parts import Panel, across, band, ends, line, sheet, stack

MIDDLE: Final = 36.0
"""The least width of a panel, mm."""


@dataclass(frozen=True, slots=True)
class Path:
    """A variable over the years: a line, and a band between two lines where there are draws."""

    years: Numbers
    middle: Numbers
    low: Numbers | None = None
    high: Numbers | None = None

    def __post_init__(self) -> None:
        for one in (self.middle, self.low, self.high):
            if one is not None:
                same_length("path", self.years, one)

    def drawn(self, k: int) -> list[Spec]:
        """The layers of the path in ink number `k`."""
        shade = [] if self.low is None or self.high is None else [band(self.years, self.low, self.high, k)]
        return [*shade, line(self.years, self.middle, k)]

    def all(self) -> list[Numbers]:
        """Every value that is drawn."""
        return [one for one in (self.middle, self.low, self.high) if one is not None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A variable with its unit, and its path in each run by the run's name."""

    name: str
    unit: str
    paths: Mapping[str, Path]


def scenario_paper(outcomes: Sequence[Outcome]) -> Build:
    """Each outcome in a panel: a line for each run, with a band where it has draws."""
    names = list(dict.fromkeys(name for one in outcomes for name in one.paths))
    ink = {name: k for k, name in enumerate(names)}
    banded = any(path.low is not None for one in outcomes for path in one.paths.values())
    entries: list[Entry] = [(name, "line", k) for name, k in ink.items()]
    entries += [("80 % of the draws", "band", 0)] if banded else []

    def build(width: float) -> Spec:
        panels = [outcome_panel(one, ink) for one in outcomes]
        return stack([key(entries, width), sheet(panels, across(width, MIDDLE, len(panels)), width, 0.62)])

    return build


def outcome_panel(one: Outcome, ink: Mapping[str, int]) -> Panel:
    """The panel of an outcome."""
    years = np.concatenate([np.asarray(path.years, float) for path in one.paths.values()])
    layers = [layer for name, path in one.paths.items() for layer in path.drawn(ink[name])]
    # bands behind all lines
    layers.sort(key=lambda layer: layer["mark"]["type"] != "area")
    span = ends([value for path in one.paths.values() for value in path.all()])
    return Panel(one.name, one.unit, layers, (float(years.min()), float(years.max())), span)
