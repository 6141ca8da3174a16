"""`make bench`: measure, print the table, write it into the README and the figures into runs/results."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmark import machine, table
from tests.benchmark.measure import FULL, QUICK, Samples, measure_memory, measure_starts, measure_tasks
from tests.benchmark.worker import ROOT

# others at work: a core half taken
BUSY = 0.5
RESULTS = ROOT / "runs" / "results" / "benchmark.json"


def main() -> None:
    options = _options()
    size = QUICK if options.quick else FULL
    if options.million:
        size = dataclasses.replace(size, many=1_000_000)
    console, load = Console(stderr=True), machine.load()
    if load > BUSY:
        console.print(
            f"The machine is busy (load {load:.1f}): the figures that follow are worse than its own."
        )
    tasks = measure_tasks(size, console.print)
    starts = measure_starts(size.starts, console.print)
    memory = measure_memory(size.many, console.print)
    rows = table.rows(tasks, starts, memory, size)
    about = machine.about(size.rounds, size.draws)
    lacking = {"memory": memory["missing"]} if "missing" in memory else {}
    _show(rows, about, {**tasks.missing, **starts.missing, **lacking})
    _save(tasks, starts, memory, rows, load)
    if not options.quick:
        table.write_readme(ROOT / "README.md", table.markdown(rows, about))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer runs, without the slowest; README stays")
    parser.add_argument("--million", action="store_true", help="memory of a million runs, not of 100,000")
    return parser.parse_args()


def _show(rows: list[table.Row], about: str, missing: dict[str, str]) -> None:
    shown = Table(*table.HEADER)
    for row in rows:
        shown.add_row(*row.cells)
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(shown)
    console.print(about, markup=False)
    for task, why in missing.items():
        console.print(f"Not measured: {task} ({why.strip().splitlines()[-1]})", markup=False)


def _save(
    tasks: Samples, starts: Samples, memory: dict[str, Any], rows: list[table.Row], load: float
) -> None:
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    found = {
        "processor": machine.processor(),
        "load at the start": load,
        "versions": machine.versions(),
        "model": machine.model_size(),
        "tasks": dataclasses.asdict(tasks),
        "starts": dataclasses.asdict(starts),
        "memory": memory,
        "rows": [row.cells for row in rows],
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
