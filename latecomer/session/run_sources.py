"""Where the figures behind some runs come from: sources with their vintages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from latecomer.report.content import PlainTable
from latecomer.session.run_folders import LoadedRun
from latecomer.study.study import Study

OBSERVATIONS: Final = "observations of "
FEW: Final = 4


def tables_of(study: Study, runs: Iterable[LoadedRun]) -> list[str]:
    """The countries and groups whose figures stand behind some runs, as their manifests name them."""
    found: dict[str, None] = {}
    for run in runs:
        names = [name for name in run.manifest["hashes"] if name.startswith(OBSERVATIONS)]
        for name in [run.iso3, *(name.removeprefix(OBSERVATIONS) for name in names)]:
            found.setdefault(name)
    return [name for name in found if name in study.observations.countries()]


def sources(study: Study, runs: Iterable[LoadedRun]) -> PlainTable:
    """Each source with its vintage and the series that are taken from it."""
    taken: dict[tuple[str, str], dict[str, None]] = {}
    names = tables_of(study, runs)
    for iso3 in names:
        for variable in study.observations.variables(iso3):
            for entry in study.observations.source(iso3, variable):
                taken.setdefault((entry.source, entry.vintage), {}).setdefault(variable)
    rows = [(source, vintage, few(series)) for (source, vintage), series in sorted(taken.items())]
    caption = f"Figures of {', '.join(names)}" if names else "No figures"
    return PlainTable(caption, ("source", "vintage", "series"), rows)


def few(names: Iterable[str]) -> str:
    """Some names, and how many more there are.

    >>> few("abcdef")
    'a, b, c, d and 2 more'
    """
    every = list(names)
    more = f" and {len(every) - FEW} more" if len(every) > FEW else ""
    return ", ".join(every[:FEW]) + more
