"""A sweep over countries and scenarios on a Dask cluster, or on this machine; interrupted, it goes on.

python runs/cluster_sweep.py sweep KHM:zones-first VNM:baseline --scheduler tcp://127.0.0.1:8786
"""

import argparse
from pathlib import Path

from latecomer import Study
from latecomer.runs.dask import ClusterExecutor
from latecomer.runs.ensemble import run_summary
from latecomer.runs.executor import LocalExecutor


def main(out: Path, runs: list[str], draws: int, scheduler: str | None) -> None:
    """Run every COUNTRY:SCENARIO into a folder of its own; what is there already is not run again."""
    study = Study(Path(__file__).parents[1])
    executor = LocalExecutor() if scheduler is None else ClusterExecutor(scheduler)
    for run in runs:
        iso3, _, scenario = run.partition(":")
        folder = out / f"{iso3}-{scenario or 'record'}"
        spec = study.spec(iso3, scenario=scenario or None, draws=draws)
        made = run_summary(study, spec, folder, executor)
        failures, again = made.manifest["failures"], ", found" if made.again else ""
        print(f"{made.folder}: {failures['failed']} of {failures['runs']} failed{again}")


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("out", type=Path)
    words.add_argument("runs", nargs="+", metavar="COUNTRY[:SCENARIO]")
    words.add_argument("--draws", type=int, default=1000)
    words.add_argument("--scheduler")
    main(**vars(words.parse_args()))
