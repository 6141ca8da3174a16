"""One country from the shipped fit: run it, hold it against its record, and write what a spreadsheet reads.

python runs/one_country.py BRA brazil.csv
"""

import sys
from pathlib import Path

from latecomer import Study

COLUMNS = ["output per head", "exports to output", "debt to output", "credit access"]


def main(iso3: str, out: Path) -> None:
    """Print the scores of a country and write some of its variables by year."""
    study = Study(Path(__file__).parents[1])
    run = study.run(iso3)
    for score in study.score(countries=[iso3]):
        print(f"{score.series:32} NRMSD {score.nrmsd:.3f}")
    print(f"lowest credit access: {float(run['credit access'].min()):.2f}")
    run[COLUMNS].to_dataframe().to_csv(out)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
