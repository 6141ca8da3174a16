"""Make country files by rule from the observation tables of this folder, for the countries of countries.toml.

    python calibration/observations/country_files.py --out DIR [--policy DIR]

A file is the head, every parameter by the rules of latecomer.new_countries.country_file, and the policy
regimes of POLICY/XXX.toml, which are written by hand. Without --policy the files have parameters only.
Exit 0 when done, 2 on bad input.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

from latecomer.data.observations import load_observations
from latecomer.errors import InputError, refuse
from latecomer.new_countries.country_file import Place, country_parameters, country_text
from latecomer.new_countries.rules.figures import first_complete_year

HERE = Path(__file__).parent


def _policy(path: Path) -> str:
    if not path.is_file():
        raise refuse(
            path.name,
            "no such file",
            "the policy regimes of the country",
            "write them, or leave --policy out",
        )
    return path.read_text(encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Write one file a country."""
    parser = argparse.ArgumentParser(description="Make country files by rule from the observation tables.")
    parser.add_argument("--out", type=Path, required=True, help="folder of the files")
    parser.add_argument("--policy", type=Path, help="folder of the policy regimes, XXX.toml")
    parser.add_argument("--tables", type=Path, default=HERE, help="folder of the tables (default: this one)")
    chosen = parser.parse_args(arguments)
    known = tomllib.loads((HERE / "countries.toml").read_text(encoding="utf-8"))
    hubs = tomllib.loads((HERE / "definitions.toml").read_text(encoding="utf-8"))["hubs"]
    try:
        observed = load_observations(chosen.tables)
        for iso3, one in known["countries"].items():
            hub = known["hubs"][hubs[iso3]]
            place = Place(iso3, one["name"], tuple(one["capital"]), hub["name"], tuple(hub["capital"]))
            start = first_complete_year(observed, iso3)
            policy = ""
            if chosen.policy is not None:
                policy = _policy(chosen.policy / f"{iso3}.toml")
            parameters = country_parameters(observed, place, start, one["end"])
            text = country_text(place, start, one["end"], parameters, policy)
            (chosen.out / f"{iso3}.toml").write_text(text, encoding="utf-8", newline="\n")
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
