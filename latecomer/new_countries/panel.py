"""The rows of a panel that bring new countries: what is wrong with them, and what is set aside.

Each fault names its row and its cure, which the schema of a library for tables does not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from latecomer.data.build import CHAIN, NEEDED
from latecomer.data.observations import is_figure
from latecomer.errors import Fault, InputError, refuse
from latecomer.files import read_rows

COLUMNS = ("iso3", "year", "variable", "value")
KEY = ["iso3", "year", "variable"]
WORLD = ("WLD", "USA")
SHOWN = 8
NEAR = 0.85


@dataclass(frozen=True)
class PanelRows:
    """The sound rows of a panel's new countries, and in words what of the panel is set aside."""

    rows: pd.DataFrame
    said: tuple[str, ...]

    @property
    def countries(self) -> tuple[str, ...]:
        """The new countries by iso3."""
        return tuple(sorted(self.rows["iso3"].unique()))


def panel_variables(definitions: Mapping[str, Any]) -> frozenset[str]:
    """The variables of a panel that the definitions of a study's tables take.

    >>> sorted(panel_variables({"carried": [{"panel": "pwt_pop"}]}) - {*NEEDED, *CHAIN})
    ['pwt_pop']
    """
    names = {*NEEDED, *CHAIN}
    for one in definitions["carried"]:
        names |= {one[key] for key in ("panel", "over", "after") if key in one}
        names |= {one["before"]["panel"]} if "before" in one else set()
    return frozenset(names)


def read_new_countries(path: Path, own: Collection[str], known: Collection[str]) -> PanelRows:
    """The rows of the countries that are not among `own`, the study's; `known`: variables that are taken.

    `path`: a csv file with iso3, year, variable, value; an empty value is a missing one. Raises InputError
    with every fault of the file: columns, codes, years, figures, second rows of a key, no new country.
    """
    table = _read(path)
    faults = list(row_faults(path.name, table))
    new = table[~table["iso3"].isin({*own, *WORLD})]
    if new.empty and not faults:
        got = "no new country" if len(table) else "no row"
        listed = ", ".join(sorted(table["iso3"].unique())[:SHOWN])
        got += f" beside {listed}, which the study has" if listed else ""
        faults.append(Fault(path.name, got, "rows of a country that the study lacks", "add them"))
    elif not faults and not set(new["variable"].unique()) & set(known):
        got = f"no variable that is taken, such as {', '.join(sorted(new['variable'].unique())[:3])}"
        expected = f"variables such as {', '.join(sorted(known)[:3])}"
        faults.append(Fault(path.name, got, expected, "name the variables as definitions.toml does"))
    if faults:
        raise InputError(faults)
    rows = new[new["value"] != ""].astype({"year": int, "value": float})
    return PanelRows(rows, tuple(_notes(table, new, own, known)))


def _read(path: Path) -> pd.DataFrame:
    read = read_rows(path, "a csv file of figures", "mend the path")
    header, *rows = [row for row in read if row] or [[]]
    if not header:
        got, expected = "an empty file", f"the columns {', '.join(COLUMNS)}"
        raise refuse(path.name, got, expected, "write the header and the figures")
    odd = [number for number, row in enumerate(rows, start=2) if len(row) != len(header)]
    if odd:
        got, expected = f"{len(rows[odd[0] - 2])} fields", f"the {len(header)} of the header"
        place = f"{path.name}, row {odd[0]}"
        raise refuse(place, got, expected, "mend it; a field with a comma needs double quotes")
    table = pd.DataFrame(rows, columns=[name.strip() for name in header], dtype=str)
    if twice := sorted(set(table.columns[table.columns.duplicated()])):
        got, cure = f"a second column {', '.join(twice)}", "keep the right one"
        raise refuse(path.name, got, f"the columns {', '.join(COLUMNS)}", cure)
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        got, expected = f"no column {', '.join(missing)}", f"the columns {', '.join(COLUMNS)}"
        raise refuse(path.name, got, expected, "add what is missing")
    return pd.DataFrame({name: table[name].str.strip() for name in COLUMNS})


def row_faults(name: str, table: pd.DataFrame) -> Iterator[Fault]:
    """What is wrong with the rows of a panel, one fault for each kind, with the first rows that have it."""
    wrong = ~table["iso3"].map(lambda text: bool(re.fullmatch(r"[A-Z]{3}", text, re.ASCII)))
    kinds = [("iso3", wrong, "three capital letters", "write the ISO 3166 code")]
    wrong = ~table["year"].map(lambda text: bool(re.fullmatch(r"[12]\d{3}", text, re.ASCII)))
    kinds.append(("year", wrong, "a whole year such as 1960", "mend the year"))
    wrong = ~table["value"].map(lambda text: text == "" or is_figure(text))
    kinds.append(("value", wrong, "a finite number, or nothing where it is missing", "mend the figure"))
    kinds.append(("variable", table["variable"] == "", "the name of a variable", "name it"))
    for column, wrong, expected, cure in kinds:
        if wrong.any():
            got = f"the {column} {_first(repr(text) for text in table.loc[wrong, column])}"
            yield Fault(f"{name}, {_lines(wrong)}", got, expected, cure)
    again = table.duplicated(KEY)
    if again.any():
        got = f"a second row of {'; '.join(table.loc[again, KEY].agg(', '.join, axis=1).iloc[:3])}"
        yield Fault(f"{name}, {_lines(again)}", got, "one row of each key", "keep the right one")


def _lines(wrong: pd.Series[bool]) -> str:
    """The rows where something is true; the header is row 1."""
    numbers = [str(position + 2) for position in wrong.to_numpy().nonzero()[0]]
    return f"row{'' if len(numbers) == 1 else 's'} {_first(numbers)}"


def _first(texts: Iterable[str]) -> str:
    """The first few of some texts, and how many more.

    >>> _first("abcdefghij")
    'a, b, c, d, e, f, g, h and 2 more'
    """
    each = list(dict.fromkeys(texts))
    more = f" and {len(each) - SHOWN} more" if len(each) > SHOWN else ""
    return ", ".join(each[:SHOWN]) + more


def _notes(
    table: pd.DataFrame, new: pd.DataFrame, own: Collection[str], known: Collection[str]
) -> Iterator[str]:
    given, named = set(table["iso3"].unique()), set(new["variable"].unique())
    if held := sorted(given & set(own)):
        yield f"rows of {_first(held)} are set aside: the study has these countries"
    if held := sorted(given & set(WORLD) - set(own)):
        yield f"rows of {_first(held)} are set aside: the study's own tables tell of the world"
    if unknown := sorted(named - set(known)):
        yield f"{len(unknown)} variables are set aside, no table holds them: {_first(unknown)}"
    for name in unknown:
        near = get_close_matches(name, set(known) - named, n=1, cutoff=NEAR)
        if near:
            yield f"the variable '{name}' is set aside; perhaps '{near[0]}' was meant"
