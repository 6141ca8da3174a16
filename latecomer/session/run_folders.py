"""Runs that `latecomer run` has left on disk: found, read as far as needed, refused where damaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.faults import refuse
from latecomer.session.manifest import AGAIN, MANIFEST, RESULTS, whole_manifest
from latecomer.session.store import DAMAGED, LABELS, let_go
from latecomer.study.outcomes import ThresholdEvent
from latecomer.study.scenarios import BASELINE


@dataclass(frozen=True)
class LoadedRun:
    """A run from its folder: `data` over ([draw,] time), of the draws that stayed finite only.

    `draws`: how many were made, None for a run without shocks; `failed`: the year in which each draw that did
    not stay finite left the finite numbers; `lost`: in how many of those the event had happened before;
    `lacking`: the variables asked for that the run has not.
    """

    folder: Path
    manifest: Mapping[str, Any]
    data: xr.Dataset
    draws: int | None = None
    failed: tuple[float, ...] = ()
    lost: int = 0
    lacking: tuple[str, ...] = field(default=())

    @property
    def iso3(self) -> str:
        """The country."""
        return str(self.manifest["country"])

    @property
    def kept(self) -> int | None:
        """How many draws every statistic is of."""
        return None if self.draws is None else self.draws - len(self.failed)

    @property
    def years(self) -> NDArray[np.float64]:
        """The saved times."""
        return np.asarray(self.data["time"].values, dtype=np.float64)

    @property
    def shocks(self) -> tuple[Any, ...]:
        """What two runs must share to have the same shocks draw by draw."""
        told = self.manifest
        first, last = told["years"]
        text = told.get("hashes", {}).get("model text")
        kept = self.draws, told.get("seed"), first, last, text
        return *kept, told.get("dt"), told.get("method"), tuple(self.years.tolist())


def find_runs(places: Sequence[Path]) -> list[Path]:
    """The folders of runs among some places: a run itself, or every run below; the baseline leads its folder.

    Each folder once, in the order of the places. Raises InputError for a place without any.
    """
    found: dict[Path, Path] = {}
    for place in places:
        for folder in _below(place):
            found.setdefault(folder.resolve(), folder)
    return list(found.values())


def _below(place: Path) -> list[Path]:
    if any((place / name).is_file() for name in (RESULTS, MANIFEST)):
        return [place]
    if not place.exists():
        raise refuse(str(place), "no such folder", "a folder written by latecomer run", "name one")
    files = (
        file
        for name in (RESULTS, MANIFEST)
        for file in place.rglob(name)
        if not any(part.startswith(".") for part in file.relative_to(place).parts)
    )
    folders = sorted({file.parent for file in files}, key=lambda one: (not _leads(one), str(one)))
    if not folders:
        expected = f"a run: a folder with {RESULTS} and {MANIFEST}, or a folder of such folders"
        raise refuse(str(place), "no run", expected, "name the folder that latecomer run has written")
    return folders


def _leads(folder: Path) -> bool:
    return BASELINE in (folder.name, folder.parent.name)


def load_run(folder: Path, wanted: Sequence[str], event: ThresholdEvent | None = None) -> LoadedRun:
    """A run with the variables `wanted`, an element of an array as `name[element]`; no other is read.

    Raises InputError where a file is missing or damaged, where the two do not belong together, and where no
    draw stayed finite.
    """
    told, path = whole_manifest(folder), folder / RESULTS
    data, failed = _read(path, wanted)
    _check_together(path, told, data)
    lacking = tuple(name for name in wanted if name not in data)
    if "draw" not in data.dims:
        return LoadedRun(folder, told, data, lacking=lacking)
    bad = np.zeros(data.sizes["draw"], bool) if failed is None else np.isfinite(failed)
    if bad.all():
        cure = "run it again with a shorter step (--dt) or other parameters"
        raise refuse(str(path), f"{bad.size} draws of which none stayed finite", "one at least", cure)
    gone = () if failed is None else tuple(sorted(failed[bad].tolist()))
    lost = 0
    if event is not None and event.variable in data:
        lost = int((data[event.variable].values[bad] < event.below).any(axis=-1).sum())
    return LoadedRun(folder, told, data.isel(draw=~bad), int(bad.size), gone, lost, lacking)


def _read(path: Path, wanted: Sequence[str]) -> tuple[xr.Dataset, NDArray[np.float64] | None]:
    """The variables wanted, and when each draw left the finite numbers; None for a run without draws."""
    try:
        with xr.open_dataset(path, engine="scipy") as opened:
            has = {name: part for name in wanted if (part := _named(opened, name)) is not None}
            data = xr.Dataset(has, attrs=opened.attrs).load()
            return data, np.asarray(opened["failed"].values, float) if "failed" in opened.coords else None
    except DAMAGED as error:
        got = f"no NetCDF file that can be read ({str(error).splitlines()[0] if str(error) else error!r})"
        let_go(error)
    raise refuse(str(path), got, "the results of a run", AGAIN)


def _named(opened: xr.Dataset, name: str) -> xr.DataArray | None:
    """A variable over ([draw,] time), or an element of an array; None where the run has it not."""
    base, _, element = name.removesuffix("]").partition("[")
    if base not in opened.data_vars:
        return None
    variable = opened[base]
    for dim in [dim for dim in variable.dims if dim not in ("draw", "time")]:
        if element not in opened[dim].values.tolist():
            return None
        variable = variable.sel({dim: element}, drop=True)
    plain = "time" in variable.dims and variable.dtype.kind == "f" and (bool(element) == (base != name))
    return variable.drop_vars("failed", errors="ignore") if plain else None


def _check_together(path: Path, told: Mapping[str, Any], data: xr.Dataset) -> None:
    if not data.data_vars:
        expected = "variables of the model text over time"
        raise refuse(str(path), "none of the variables that a report shows", expected, AGAIN)
    first, last = float(data["time"][0]), float(data["time"][-1])
    held = {name: str(data.attrs.get(name)) for name in LABELS} | {"years": f"{first:g} to {last:g}"}
    said = {name: str(told[name]) for name in LABELS}
    said["years"] = "{:g} to {:g}".format(*told["years"])
    for name, value in said.items():
        if held[name] != value:
            expected = f"the {name} of its manifest, {value}"
            raise refuse(str(path), f"the {name} {held[name]}", expected, f"keep both of one run, or {AGAIN}")
