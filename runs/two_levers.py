"""An ensemble over two policy levers: what they do together, and how often lenders stop.

python runs/two_levers.py BRA 1974 levers.csv --draws 200
"""

import argparse
from itertools import product
from pathlib import Path

import pandas as pd

from latecomer import Study
from latecomer.study.scenarios import LeverChange, Override, Scenario

LEVERS = "export orientation", "industrial support"
LEVELS = 0.1, 0.5, 0.9


def policy(year: int, levels: tuple[float, float]) -> Scenario:
    """Both levers at some levels from a year on."""
    changes = {name: LeverChange(year=year, level=level) for name, level in zip(LEVERS, levels, strict=True)}
    return Scenario("two levers", "", (), (Override(name="both", note="", source="", levers=changes),))


def main(iso3: str, year: int, out: Path, draws: int) -> None:
    """Write the outcomes of every pair of levels; the shocks are the same for all."""
    study = Study(Path(__file__).parents[1])
    rows = []
    for levels in product(LEVELS, LEVELS):
        runs = study.ensemble(
            [iso3], draws, scenario=policy(year, levels), variables=["output per head", "credit access"]
        ).sel(case=iso3)
        lost = (runs["credit access"] < 0.5).any("time").mean()
        last = runs["output per head"].isel(time=-1)
        rows.append((*levels, float(last.median()), float(lost)))
        print(f"{levels}: output per head {rows[-1][-2]:.2f}, lenders stop in {100 * rows[-1][-1]:.0f} %")
    columns = [*LEVERS, "output per head, median", "share in which lenders stop"]
    pd.DataFrame(rows, columns=columns).to_csv(out, index=False)


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("iso3")
    words.add_argument("year", type=int)
    words.add_argument("out", type=Path)
    words.add_argument("--draws", type=int, default=200)
    main(**vars(words.parse_args()))
