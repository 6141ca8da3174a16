"""A panel of figures (iso3, year, variable, value) and the table rows made from it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO, StringIO
from pathlib import Path

import pandas as pd

from latecomer.data.observations import COLUMNS
from latecomer.errors import refuse
from latecomer.files import read_bytes, write_whole


@dataclass(frozen=True)
class Block:
    """Figures of one country and variable, by year, that share unit, source and transformation."""

    iso3: str
    variable: str
    figures: pd.Series[float]
    unit: str
    source: str
    series: str
    vintage: str
    transformation: str

    def rows(self) -> list[dict[str, str]]:
        """The block as table rows, figures with ten significant digits.

        >>> block = Block("KOR", "CO2", pd.Series({1960: 100 / 3}), "million tonnes/Year", "", "", "", "")
        >>> block.rows()[0]["value"]
        '33.33333333'
        """
        texts = {name: str(getattr(self, name)) for name in COLUMNS if name not in ("year", "value")}
        return [
            {**texts, "year": str(year), "value": repr(float(f"{figure:.10g}"))}
            for year, figure in self.figures.items()
        ]


def each_once(texts: Iterable[str]) -> str:
    """The parts of some texts, which semicolons divide, each once.

    >>> each_once(["World Bank; FRED", "FRED"])
    'World Bank; FRED'
    """
    return "; ".join(dict.fromkeys(part for text in texts for part in text.split("; ")))


def continued(earlier: pd.Series[float], later: pd.Series[float], largest: float) -> pd.Series[float]:
    """The figures of a second source after the first ends, or none where the two do not meet.

    later[t] with t > last, if |later[last] / earlier[last] - 1| < largest, last = the last year of `earlier`

    `earlier`, `later`: in one unit, by year; `largest`: Dmnl. Result: in the same unit, unchanged figures.

    >>> two = lambda before, now: pd.Series({2011: before, 2012: now})
    >>> [len(continued(pd.Series({2011: 0.10}), two(level, 0.12), 0.1)) for level in (0.105, 0.12)]
    [1, 0]
    """
    if earlier.empty or (last := int(earlier.index[-1])) not in later.index:
        return later.iloc[:0]
    apart = abs(float(later.loc[last]) / float(earlier.loc[last]) - 1)
    return later[later.index > last] if apart < largest else later.iloc[:0]


def find_block(blocks: Iterable[Block], iso3: str, variable: str) -> Block:
    """One block for a country and variable: the figures of all of its blocks, their sources and vintages.

    Raises InputError when there is none.
    """
    found = [block for block in blocks if (block.iso3, block.variable) == (iso3, variable)]
    if not found:
        raise refuse(
            iso3, f"no figures of {variable}", "some, to derive others from", "add them to the panel"
        )
    return replace(
        found[0],
        figures=pd.concat([block.figures for block in found]).sort_index(),
        source=each_once(block.source for block in found),
        vintage=each_once(block.vintage for block in found),
    )


class Panel:
    """The figures of a panel and the releases of its variables.

    `panel`: a csv file with iso3, year, variable, value; `variables`: one with variable, source_version.
    Raises InputError for a missing file or column, a figure that is no number, or a second row of a key.
    """

    _file: str
    _release: str | None
    _groups: dict[tuple[str, str], pd.Series[float]]
    _releases: dict[str, str]

    def __init__(self, panel: Path, variables: Path) -> None:
        table = read_columns(panel, ("iso3", "year", "variable", "value"))
        key = ["iso3", "year", "variable"]
        if table.duplicated(key).any():
            again = ", ".join(table.loc[table.duplicated(key), key].iloc[0])
            raise refuse(panel.name, f"a second row of {again}", "one row of each key", "keep the right one")
        try:
            table["year"] = table["year"].map(int)
            table["value"] = table["value"].map(float)
        except ValueError as error:
            cure = "mend the year or the figure"
            raise refuse(panel.name, str(error), "whole years and numbers", cure) from None
        releases = read_columns(variables, ("variable", "source_version"))
        self._file, self._release = variables.name, None
        self._groups = _by_key(table)
        self._releases = dict(zip(releases["variable"], releases["source_version"], strict=True))

    @classmethod
    def of_table(cls, table: pd.DataFrame, release: str, releases: Mapping[str, str] | None = None) -> Panel:
        """A panel of sound rows: iso3 (text), year (whole), variable (text), value (finite).

        `release`: of every variable that `releases` does not name.
        """
        made = cls.__new__(cls)
        made._file, made._release = "panel", release
        made._groups, made._releases = _by_key(table), dict(releases or {})
        return made

    def figures(self, iso3: str, variable: str) -> pd.Series[float]:
        """The figures by year, in the panel's unit; empty when it has none."""
        return self._groups.get((iso3, variable), pd.Series(dtype=float))

    def vintage(self, *variables: str) -> str:
        """The releases of the variables, each once, a long one without its note in brackets at the end.

        Raises InputError when a variable has none.
        """
        unknown = [variable for variable in variables if variable not in self._releases]
        if unknown and self._release is None:
            got = f"no release of {', '.join(unknown)}"
            raise refuse(self._file, got, "one for each variable that is carried over", "add its row")
        texts = [str(self._releases.get(variable, self._release)) for variable in variables]
        short = [re.sub(r" \([^)]*\)$", "", text) if len(text) > 80 else text for text in texts]
        return each_once(short)


def _by_key(table: pd.DataFrame) -> dict[tuple[str, str], pd.Series[float]]:
    return {
        (str(key[0]), str(key[1])): group.set_index("year")["value"].sort_index()
        for key, group in table.groupby(["iso3", "variable"])
    }


def read_columns(path: Path, names: tuple[str, ...]) -> pd.DataFrame:
    """Some columns of a csv file, as text. Raises InputError when the file or a column is missing."""
    if not path.is_file():
        raise refuse(path.name, "no such file", "a csv file", "mend the path")
    content = read_bytes(path, "a csv file", "mend the path", path.name)
    try:
        table = pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False)
    except (ValueError, pd.errors.ParserError) as error:
        raise refuse(path.name, f"no table ({error})", "a csv file", "mend the row") from None
    missing = [name for name in names if name not in table.columns]
    if missing:
        got = f"no column {', '.join(missing)}"
        raise refuse(path.name, got, f"the columns {', '.join(names)}", "add what is missing")
    return table[list(names)]


def write_tables(blocks: Iterable[Block], folder: Path) -> None:
    """One csv table a country in `folder`, rows sorted by variable and year, lines ended by a line feed."""
    rows = [row for block in blocks for row in block.rows()]
    rows.sort(key=lambda row: (row["iso3"], row["variable"], row["year"]))
    for iso3 in dict.fromkeys(row["iso3"] for row in rows):
        text = table_text(row for row in rows if row["iso3"] == iso3)
        write_whole(folder / f"{iso3}.csv", text.encode())


def table_text(rows: Iterable[Mapping[str, str]]) -> str:
    """A csv table of some rows in their order, lines ended by a line feed."""
    file = StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
