"""The table of results: rows from measurements, as Markdown and on a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmark.measure import Samples, Size

HEADER = ("60 years, dt 1/16", "latecomer", "beside it", "", "ratio", "aim")
BEGIN, END = "<!-- written by make bench -->", "<!-- end of what make bench writes -->"
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """One line: what, our figure, whose figure beside it, the ratio of the two, and what it should be."""

    what: str
    ours: str
    beside: str = ""
    theirs: str = ""
    ratio: str = ""
    aim: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.what, self.ours, self.beside, self.theirs, self.ratio, self.aim)


def number(value: float | None) -> str:
    """Three digits, no more than a clock is worth.

    >>> number(1578.3), number(12.345), number(0.5678), number(None)
    ('1,580', '12.3', '0.568', '–')
    """
    if value is None:
        return NOTHING
    if abs(value) >= 100:
        rounded = float(f"{value:.3g}")
        return f"{rounded:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def seconds(value: float | None) -> str:
    """A time in a unit that suits it.

    >>> seconds(0.0123), seconds(4.5)
    ('12.3 ms', '4.5 s')
    """
    if value is None:
        return NOTHING
    return f"{number(value * 1000)} ms" if value < 0.5 else f"{number(value)} s"


def _rate(value: float | None, runs: int = 1) -> float | None:
    return None if value is None else runs / value


def _times(value: float | None) -> str:
    return NOTHING if value is None else f"{number(value)} x"


def rows(tasks: Samples, starts: Samples, memory: Mapping[str, Any], size: Size) -> list[Row]:
    """All lines of the table."""
    return [
        *_stochastic(tasks, size.draws),
        *_single(tasks),
        *_gradient(tasks),
        *_starts(starts),
        _memory(memory, size.many),
    ]


def _stochastic(tasks: Samples, draws: int) -> list[Row]:
    both = tasks.ratio("ensemble", "ensemble, two cores", "wall")
    ours = number(_rate(tasks.median("ensemble"), draws))
    found = [Row("stochastic runs a second, one core", ours)]
    for name, other, runs, aim in (
        ("scalar C, -O3", "scalar C", draws, "1 x"),
        ("vectorised C", "vectorised C", draws, ""),
        ("sdeint", "sdeint", 1, "50 x"),
        ("PySD, without noise", "PySD", 1, "5,000 x"),
    ):
        ratio, rate = tasks.ratio(other, "ensemble"), _rate(tasks.median(other), runs)
        per_run = None if ratio is None else ratio * draws / runs
        found.append(Row("", "", name, number(rate), _times(per_run), aim and f"at least {aim}"))
    two = number(_rate(tasks.median("ensemble, two cores", "wall"), draws))
    one = number(_rate(tasks.median("ensemble", "wall"), draws))
    return [*found, Row("the same, two cores", two, "one core", one, _times(both), "at least 1.8 x")]


def _single(tasks: Samples) -> list[Row]:
    found = []
    for ours, others in {
        "Euler": {"pysimlin": "pysimlin Euler", "PySD": "PySD"},
        "RK4": {"pysimlin": "pysimlin RK4", "scipy RK45": "scipy RK45"},
    }.items():
        for i, (name, other) in enumerate(others.items()):
            what = "" if i else f"one run, {ours}, every variable"
            value = "" if i else seconds(tasks.median(ours))
            ratio, aim = _times(tasks.ratio(other, ours)), "at least 1 x" if name == "pysimlin" else ""
            found.append(Row(what, value, name, seconds(tasks.median(other)), ratio, aim))
    return found


def _gradient(tasks: Samples) -> list[Row]:
    return [
        Row(
            f"gradient in 35 constants, {batch}",
            seconds(tasks.median(f"gradient {n}")),
            "its forward run",
            seconds(tasks.median(f"forward {n}")),
            _times(tasks.ratio(f"gradient {n}", f"forward {n}")),
            "at most 8 x",
        )
        for n, batch in ((1, "one run"), (64, "64 side by side"))
    ]


def _starts(starts: Samples) -> list[Row]:
    return [
        Row(
            what,
            f"{seconds(starts.median(name))} CPU",
            "by the clock",
            seconds(starts.median(name, "wall")),
            "",
            f"at most {limit} s CPU",
        )
        for what, name, limit in (
            ("`latecomer run KOR`, empty cache", "cold", "3"),
            ("the same from the cache", "cached", "1.5"),
            ("`latecomer --help`", "help", "0.3"),
        )
    ]


def _memory(memory: Mapping[str, Any], draws: int) -> Row:
    peak = memory.get("peak")
    size = NOTHING if peak is None else f"{number(peak / 2**30)} GiB"
    return Row(
        f"{draws:,} runs with quantiles",
        size,
        "by the clock",
        seconds(memory.get("wall")),
        "",
        "at most 4 GiB",
    )


def markdown(lines: list[Row], about: str) -> str:
    """The section of the README between its two markers."""
    table = [HEADER, ("---",) * len(HEADER), *(line.cells for line in lines)]
    body = "\n".join("| " + " | ".join(cells) + " |" for cells in table)
    return f"{BEGIN}\n{body}\n\n{about}\n{END}"


def write_readme(path: Path, section: str) -> None:
    """Replace what stands between the markers; raises `ValueError` where they are missing."""
    text = path.read_text(encoding="utf-8")
    before, found, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise ValueError(f"{path.name} has lost the markers {BEGIN} and {END}")
    path.write_text(before + section + after, encoding="utf-8")
