"""The runs of a folder: found, described, compared and put into tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from latecomer.faults import InputError, nearest, refuse
from latecomer.session.manifest import FILES, MANIFEST, RESULTS, whole_manifest

COLUMNS: Final = ("member", "time", "variable", "value", "unit")
ONE: Final = "0"
DIMENSIONS: Final = ("draw", "statistic")
VOLATILE: Final = ("timing", FILES)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run on disk: its folder and its manifest."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def size(self) -> int:
        """What it takes on disk, in bytes."""
        return sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file())

    def opened(self) -> xr.Dataset:
        """Its results, read as they are needed. Raises InputError where they are no NetCDF file."""
        try:
            return xr.open_dataset(self.folder / RESULTS, engine="scipy")
        except (OSError, ValueError, TypeError, IndexError, KeyError) as error:
            cure = "run it again; the manifest says how"
            raise refuse(
                str(self.folder / RESULTS), "no whole NetCDF file", "the results of a run", cure
            ) from error


@dataclass(frozen=True, slots=True)
class Found:
    """The runs of a folder and below, by their path, and the damaged ones with what is wrong."""

    runs: tuple[StoredRun, ...]
    damaged: Mapping[Path, str]


def stored_run(folder: Path) -> StoredRun:
    """The run of a folder. Raises InputError for a folder that is none, or has files that are not its own."""
    if not os.path.lexists(folder / MANIFEST):
        cure = "name a folder that `latecomer run` has written; `latecomer runs list` finds them"
        raise refuse(str(folder), f"no {MANIFEST}", "the folder of a run", cure)
    return StoredRun(folder, whole_manifest(folder))


def look_through(place: Path) -> Found:
    """The runs in a folder and below; one that is damaged is told and hides no other."""
    runs, damaged = [], {}
    for folder in sorted(_with_manifest(place)):
        try:
            runs.append(stored_run(folder))
        except InputError as error:
            damaged[folder] = "; ".join(str(fault) for fault in error.faults)
    return Found(tuple(runs), damaged)


def _with_manifest(place: Path) -> Iterator[Path]:
    """The folders below with a manifest and results, of whatever kind; nothing hidden, through no link."""
    for folder, inside, files in os.walk(place):
        if {MANIFEST, RESULTS} <= {*inside, *files}:
            yield Path(folder)
        inside[:] = [name for name in inside if not name.startswith(".")]


def differing(one: StoredRun, other: StoredRun) -> dict[str, tuple[Any, Any]]:
    """What the manifests of two runs say otherwise, but for when and how long they ran."""
    names = [*one.manifest, *(name for name in other.manifest if name not in one.manifest)]
    told = {
        name: (one.manifest.get(name), other.manifest.get(name)) for name in names if name not in VOLATILE
    }
    return {name: pair for name, pair in told.items() if pair[0] != pair[1]}


def middle(run: xr.Dataset, name: str) -> xr.DataArray:
    """A variable over time: as it is, its median over draws, or its middle among statistics."""
    values = run[name]
    if "statistic" in values.dims:
        return values.sel(statistic="0.5", drop=True)
    return values.median("draw") if "draw" in values.dims else values


def compared(one: StoredRun, other: StoredRun, names: Iterable[str]) -> list[tuple[str, float, float, float]]:
    """Variables of two runs at their last common year: (name, year, value, value).

    Raises InputError for runs without a common year.
    """
    with one.opened() as a, other.opened() as b:
        years = np.intersect1d(a["time"].to_numpy(), b["time"].to_numpy())
        if not years.size:
            got = " and ".join(
                f"{run['time'].to_numpy()[0]:g}-{run['time'].to_numpy()[-1]:g}" for run in (a, b)
            )
            raise refuse("years", got, "runs with a year in common", "run them over the same years")
        last = float(years[-1])
        both = [name for name in names if name in a and name in b]
        return [
            (name, last, float(middle(a, name).sel(time=last)), float(middle(b, name).sel(time=last)))
            for name in both
        ]


def long_form(run: StoredRun, names: Iterable[str] = ()) -> pd.DataFrame:
    """The results as a table of member, time, variable, value and unit, one value a row.

    member: the number of the draw, the statistic, or "0" for a single run; an array stands by its elements.
    `names`: all variables by default. Raises InputError for one that the run lacks.
    """
    with run.opened() as opened:
        wanted = list(names) or [str(name) for name in opened.data_vars]
        for name in wanted:
            if name not in opened:
                known = [str(one) for one in opened.data_vars]
                raise refuse(
                    f"variable '{name}'", "none of the run", "one of its variables", nearest(name, known)
                )
        parts = [part for name in wanted for part in _columns(opened[name], name)]
    return pd.concat(parts, ignore_index=True)


def _columns(values: xr.DataArray, name: str) -> Iterator[pd.DataFrame]:
    extra = [dim for dim in values.dims if dim != "time" and dim not in DIMENSIONS]
    if extra:
        for element in values[extra[0]].to_numpy().tolist():
            yield from _columns(values.sel({extra[0]: element}, drop=True), f"{name}[{element}]")
        return
    if "time" not in values.dims:
        return
    member = next((str(dim) for dim in values.dims if dim in DIMENSIONS), None)
    table = values.expand_dims("member") if member is None else values.rename({member: "member"})
    labels = [ONE] if member is None else [f"{label}" for label in values[member].to_numpy().tolist()]
    array = table.transpose("member", "time").to_numpy()
    times = values["time"].to_numpy()
    rows = {
        "member": np.repeat(np.array(labels, dtype=object), times.size),
        "time": np.tile(times, len(labels)),
        "variable": name,
        "value": array.ravel(),
        "unit": str(values.attrs.get("units", "")),
    }
    yield pd.DataFrame(rows, columns=list(COLUMNS))
