"""Runs that `latecomer run` has left on disk: found, read as far as needed, refused where damaged."""

from __future__ import annotations

import gc
import json
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.faults import refuse
from latecomer.session.store import MANIFEST, RESULTS
from latecomer.study.scenarios import BASELINE

AGAIN: Final = "run it again with latecomer run"
TEXTS: Final = ("country", "scenario", "fit", "variant")
LISTS: Final = ("changes", "assumptions", "policy space", "changed since the fit")
DAMAGED: Final = (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError)
TABLES: Final = ("set", "hashes", "versions")


@dataclass(frozen=True)
class LoadedRun:
    """A run from its folder: `data` over ([draw,] time), of the draws that stayed finite only.

    `draws`: how many were made, None for a run without shocks; `failed`: the year in which each draw that did
    not stay finite left the finite numbers; `lost`: how many of those had lost their credit before;
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
    files = (file for name in (RESULTS, MANIFEST) for file in place.rglob(name))
    folders = sorted({file.parent for file in files}, key=lambda one: (not _leads(one), str(one)))
    if not folders:
        expected = f"a run: a folder with {RESULTS} and {MANIFEST}, or a folder of such folders"
        raise refuse(str(place), "no run", expected, "name the folder that latecomer run has written")
    return folders


def _leads(folder: Path) -> bool:
    return BASELINE in (folder.name, folder.parent.name)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run. Raises InputError where it is missing, no JSON, or not that of a run."""
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise refuse(str(path), "no such file", "the manifest of a run", AGAIN) from None
    except OSError as error:
        raise refuse(str(path), error.strerror or str(error), "a file that can be read", AGAIN) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise refuse(str(path), f"no JSON ({error})", "the manifest of a run", AGAIN) from error
    wrong = sorted(_wrong(told)) if isinstance(told, dict) else ["no table"]
    if wrong:
        expected = "the manifest of a run, with its country, scenario, fit, variant and years"
        raise refuse(str(path), "; ".join(wrong), expected, AGAIN)
    return {**{name: [] for name in LISTS}, **{name: {} for name in TABLES}, **told}


def _wrong(told: Mapping[str, Any]) -> Iterator[str]:
    for name in TEXTS:
        if not isinstance(told.get(name), str):
            yield f"no {name}"
    years = told.get("years")
    if not (isinstance(years, list) and len(years) == 2 and all(isinstance(y, int | float) for y in years)):
        yield "no years"
    for names, kind in ((LISTS, list), (TABLES, dict)):
        for name in names:
            if not isinstance(told.get(name, kind()), kind):
                yield f"'{name}' is no {'list' if kind is list else 'table'}"


def load_run(folder: Path, wanted: Sequence[str], credit: str = "credit access") -> LoadedRun:
    """A run with the variables `wanted`, an element of an array as `name[element]`; no other is read.

    Raises InputError where a file is missing or damaged, where the two do not belong together, and where no
    draw stayed finite.
    """
    told, path = read_manifest(folder), folder / RESULTS
    if not path.is_file():
        raise refuse(str(path), "no such file", "the results of a run", AGAIN)
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
    lost = int((data[credit].values[bad] < 0.5).any(axis=-1).sum()) if credit in data else 0
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
        _let_go(error)
    raise refuse(str(path), got, "the results of a run", AGAIN)


def _let_go(error: BaseException) -> None:
    """Close what a reader of a damaged file has left open, without its complaint about doing so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traceback.clear_frames(error.__traceback__)
        error.__traceback__ = error.__cause__ = error.__context__ = None
        gc.collect()


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
    held = {name: str(data.attrs.get(name)) for name in TEXTS} | {"years": f"{first:g} to {last:g}"}
    said = {name: str(told[name]) for name in TEXTS}
    said["years"] = "{:g} to {:g}".format(*told["years"])
    for name, value in said.items():
        if held[name] != value:
            expected = f"the {name} of its manifest, {value}"
            raise refuse(str(path), f"the {name} {held[name]}", expected, f"keep both of one run, or {AGAIN}")
