"""Carry figures of a panel over into the observation tables of this folder, and lock them.

    python calibration/observations/carry_over.py --panel FILE --variables FILE [--out DIR]

The panel is a csv file with the columns iso3, year, variable, value; the variables file a csv file with the
columns variable and source_version, which becomes the vintage. definitions.toml tells what is taken and how.
What is chained, deflated, joined or normalised is made with latecomer.data.derivations.
Nothing is interpolated: a year that the panel lacks is missing in the tables.
Exit 0 when done, 2 on bad input.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

from latecomer.data.build import (
    BASE_YEAR,
    carried,
    current_output,
    deflated,
    hub_wages,
    real_prices,
    world_blocks,
)
from latecomer.data.derivations import normalise
from latecomer.data.lock import write_lock
from latecomer.data.panel import Panel, write_tables
from latecomer.errors import InputError

HERE = Path(__file__).parent
FIRST_HUB_YEAR = 1960


def main(arguments: list[str] | None = None) -> int:
    """Make the tables and the lock."""
    parser = argparse.ArgumentParser(description="Carry a panel over into the observation tables.")
    parser.add_argument("--panel", type=Path, required=True, help="csv file: iso3, year, variable, value")
    parser.add_argument("--variables", type=Path, required=True, help="csv file: variable, source_version")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the tables (default: this one)")
    chosen = parser.parse_args(arguments)
    definitions = tomllib.loads((HERE / "definitions.toml").read_text(encoding="utf-8"))
    sources = definitions["sources"]
    try:
        panel = Panel(chosen.panel, chosen.variables)
        prices = normalise(panel.figures("USA", "us_cpi"), BASE_YEAR)
        blocks = carried(panel, definitions) + current_output(panel, definitions)
        blocks += deflated(panel, blocks, sources, prices)
        blocks += world_blocks(panel, sources, blocks) + real_prices(panel, sources, prices)
        blocks += hub_wages(panel, sources, definitions["hubs"], prices, FIRST_HUB_YEAR)
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    write_tables(blocks, chosen.out)
    write_lock(chosen.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
