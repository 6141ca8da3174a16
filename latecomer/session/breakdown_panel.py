"""Further countries for the prediction of a breakdown: fitted to early figures, scored by all of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from latecomer.faults import InputError
from latecomer.files import read_rows
from latecomer.study.countries import Countries

if TYPE_CHECKING:
    from latecomer.study.study import Study

EARLY_YEARS = 5
"""Years up to the cut-off below which figures tell nothing of a country's own numbers."""
ENDED = "runs end in "
"""How a country's lacks tell the end of its figures; of a cut panel that is the cut-off, and says nothing."""


@dataclass(frozen=True)
class Brought:
    """The study with the countries of a panel beside its own.

    `countries`: those that run; `lacks`: what each lacks and what stands in; `refused`: the others and why.
    """

    study: Study
    countries: tuple[str, ...] = ()
    lacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


def brought(study: Study, panel: Path, until: int) -> Brought:
    """The countries of a panel that begin before a cut-off, their files made from figures up to it alone.

    The panel is read twice. A rule that makes a country's parameters sees the rows up to `until`; the window
    and the figures that the forecast is scored by are of the whole panel. Raises InputError for a faulty one.
    """
    from latecomer.study.newcomers import newcomers

    whole = newcomers(study, panel)
    refused, early = dict(whole.refused), whole
    starts = {iso3: int(whole.study.countries[iso3].window.start) for iso3 in whole.countries}
    refused |= {one: f"begins in {year}, not before {until}" for one, year in starts.items() if year >= until}
    if any(one not in refused for one in whole.countries):
        try:
            with TemporaryDirectory() as folder:
                early = newcomers(study, cut_panel(panel, until, Path(folder)), EARLY_YEARS)
        except InputError as error:
            why = f"up to {until}: {error}"
            return Brought(whole.study, refused={**dict.fromkeys(whole.countries, why), **refused})
    refused |= {one: f"up to {until}: {why}" for one, why in early.refused.items() if one not in refused}
    kept = tuple(one for one in whole.countries if one in early.countries and one not in refused)
    lost = {one: f"no figures up to {until}" for one in whole.countries if one not in (*kept, *refused)}
    return Brought(
        with_early(whole.study, early.study, kept),
        kept,
        {one: tuple(said for said in early.lacks.get(one, ()) if not said.startswith(ENDED)) for one in kept},
        refused | lost,
    )


def cut_panel(panel: Path, until: int, folder: Path) -> Path:
    r"""The rows of a panel up to a year, in a file of the same name in `folder`.

    >>> with TemporaryDirectory() as folder:
    ...     (Path(folder) / "early").mkdir()
    ...     path = Path(folder) / "panel.csv"
    ...     _ = path.write_text("iso3,year,variable,value\nCHL,1979,a,1\nCHL,1980,a,2\n")
    ...     cut_panel(path, 1979, Path(folder) / "early").read_text().splitlines()
    ['iso3,year,variable,value', 'CHL,1979,a,1']
    """
    rows = read_rows(panel, "a csv file of figures", "mend the path")
    place = [name.strip() for name in rows[0]].index("year")
    kept = [row for row in rows[1:] if row and int(row[place]) <= until]
    path = folder / panel.name
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([rows[0], *kept])
    return path


def with_early(whole: Study, early: Study, names: tuple[str, ...]) -> Study:
    """A study with some countries as early figures make them, and the windows of the whole record."""
    study = copy(whole)
    made = {}
    for iso3 in names:
        one, end = early.countries[iso3], whole.countries[iso3].window.end
        made[iso3] = one.model_copy(update={"window": one.window.model_copy(update={"end": end})})
    others = {iso3: one for iso3, one in whole.countries.items() if iso3 not in made}
    vars(study)["countries"] = Countries({**others, **made})
    return study
