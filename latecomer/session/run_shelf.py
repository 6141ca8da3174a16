"""The runs of a folder: found, described, compared, put into tables, and cleared of what is no run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr

from latecomer.faults import InputError, nearest, refuse
from latecomer.report.files import unwritable
from latecomer.session.store import MANIFEST, RESULTS

COLUMNS: Final = ("member", "time", "variable", "value", "unit")
ONE: Final = "0"
DIMENSIONS: Final = ("draw", "statistic")
VOLATILE: Final = ("timing",)


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


def stored_run(folder: Path) -> StoredRun:
    """The run of a folder. Raises InputError for a folder that is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        cure = "name a folder that `latecomer run` has written; `latecomer runs list` finds them"
        raise refuse(str(folder), f"no {MANIFEST}", "the folder of a run", cure) from error
    except ValueError as error:
        raise refuse(str(folder / MANIFEST), "no JSON", "the manifest of a run", "run it again") from error
    if not isinstance(manifest, dict) or not (folder / RESULTS).is_file():
        raise refuse(str(folder), f"no {RESULTS}", "the folder of a run", "run it again")
    return StoredRun(folder, manifest)


def stored_runs(place: Path) -> list[StoredRun]:
    """The runs in a folder and below, by their path; what is no whole run is passed over."""
    found = []
    for file in sorted(place.rglob(MANIFEST)):
        hidden = any(part.startswith(".") for part in file.relative_to(place).parts)
        if not hidden and (file.parent / RESULTS).is_file():
            with suppress(InputError):
                found.append(stored_run(file.parent))
    return found


def leftovers(place: Path) -> list[Path]:
    """What stopped runs have left below a folder: chunks kept to go on from, files never given their name."""
    kept = [file.parent for file in place.rglob("progress.npz") if file.parent.name.startswith(".")]
    files = [path for pattern in (".results.*", ".manifest.json.*") for path in place.rglob(pattern)]
    bare = [
        file.parent
        for file in place.rglob(RESULTS)
        if not (file.parent / MANIFEST).is_file() and not file.parent.name.startswith(".results.")
    ]
    return sorted({*kept, *files, *bare})


def clear(paths: Iterable[Path]) -> None:
    """Remove leftovers. Raises InputError where one cannot be removed."""
    for path in paths:
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(path, error) from error


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
