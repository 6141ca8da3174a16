"""A run on disk: a folder with results.nc and manifest.json, written as one and bound to each other.

Also here:
- Runs that `latecomer run` has left on disk: found, read as far as needed, refused where damaged.
- The runs of a folder: found, described, compared and put into tables.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from latecomer.changes import changing, finish
from latecomer.errors import InputError, nearest, refuse
from latecomer.files import refuse_in_the_way
from latecomer.runs.manifest import AGAIN, FILES, MANIFEST, RESULTS, read_manifest, whole_manifest
from latecomer.study.extrapolation import Assumed
from latecomer.study.fits import PARAMETERS
from latecomer.study.outcome_tables import ThresholdEvent
from latecomer.study.policy_space import policy_space
from latecomer.study.provenance import digest
from latecomer.study.reference import MARK
from latecomer.study.run_spec import RunSpec
from latecomer.study.scenarios import BASELINE, Scenario
from latecomer.study.study import Study

FAILURES: Final = "failures.csv"

PACKAGES = ("latecomer", "numpy", "jax", "xarray")

DAMAGED: Final = (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError)

LABELS: Final = ("country", "scenario", "fit", "variant")

CONTENT: Final = ("model", "calibration")

ELSEWHERE: Final = "choose another --out DIR"

AWAY: Final = f"{ELSEWHERE}, or move away what is there"


def save_run(
    run: xr.Dataset, manifest: Mapping[str, Any], folder: Path, failures: bytes | None = None
) -> Path:
    """Write a run as `folder`/results.nc with manifest.json beside it, as one step, bound by their hashes.

    `failures`: the table of failed draws, where the run has one. A run that is there is replaced; raises
    InputError where the folder holds what no run has written, and where it cannot be written to.
    """
    made_by = {"latecomer": version("latecomer")} | dict(manifest.get("versions", {}))
    with changing(folder, ELSEWHERE) as change:
        refuse_foreign(folder)
        # ten times as quick as HDF5 for hundreds of short series, and read by every NetCDF library
        files = {
            RESULTS: change.put(
                RESULTS, lambda path: run.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")
            )
        }
        if failures is None:
            change.remove(FAILURES)
        else:
            files[FAILURES] = change.put(FAILURES, failures)
        details = {**manifest, "versions": made_by, FILES: files}
        text = json.dumps(details, indent=1, ensure_ascii=False, allow_nan=False)
        change.put(MANIFEST, (text + "\n").encode())
    return folder


def refuse_foreign(folder: Path) -> None:
    """Raise InputError where a run cannot be put into a folder without writing over what is not one.

    To be asked before a run is made: a fit, another program's manifest.json and results of unknown origin
    stay as they are.
    """
    if folder.exists() and not folder.is_dir():
        kind = "a file" if folder.is_file() else "no folder"
        raise refuse(str(folder), kind, "a folder for a run", ELSEWHERE)
    if (folder / PARAMETERS).exists():
        raise refuse(str(folder), "the folder of a fit", "a folder for a run", ELSEWHERE)
    if (room := _room_of_content(folder)) is not None:
        got = f"a place in {room}, which holds what a study is made of"
        raise refuse(str(folder), got, "a folder for a run, such as one in runs/out", ELSEWHERE)
    finish(folder)
    for name in (MANIFEST, RESULTS, FAILURES):
        refuse_in_the_way(folder / name, AWAY)
    if (folder / MANIFEST).exists():
        try:
            read_manifest(folder)
        except InputError:
            got = "a manifest that no run has written"
            raise refuse(str(folder / MANIFEST), got, "that of a run, or none", AWAY) from None
    elif (folder / RESULTS).exists() and not own_results(folder / RESULTS):
        got = "results that no run has written"
        raise refuse(str(folder / RESULTS), got, "those of a run, or none", AWAY)


def _room_of_content(folder: Path) -> str | None:
    """The folder of a study's own content that a place is, or is in; None where it is in none."""
    place = folder.resolve()
    if (place / MARK).is_file():
        return "the folder of a study itself"
    for root in place.parents:
        if (root / MARK).is_file() and (room := place.relative_to(root).parts[0]) in CONTENT:
            return f"the folder {room}"
    return None


def own_results(path: Path) -> bool:
    """Whether a file of results carries what a run writes into it: country, scenario, fit and variant."""
    try:
        with xr.open_dataset(path, engine="scipy") as opened:
            return all(isinstance(opened.attrs.get(name), str) for name in LABELS)
    except DAMAGED as error:
        let_go(error)
        return False


def let_go(error: BaseException) -> None:
    """Close what a reader of a damaged file has left open, without its complaint about doing so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        traceback.clear_frames(error.__traceback__)
        error.__traceback__ = error.__cause__ = error.__context__ = None
        gc.collect()


def run_manifest(study: Study, run: xr.Dataset, spec: RunSpec) -> dict[str, Any]:
    """What the run of a country was made from: scenario, variant, fit, years, parameters, hashes, versions.

    In the result, `assumptions` is what stands behind drivers after their last figure, `policy space` what
    was asked beyond the permitted.
    """
    country, fit, scenario = spec.iso3, spec.fit, spec.scenario
    times, setup = run["time"].values, spec.setup
    hashes = study.run_hashes([country])
    return {
        **{name: value for name, value in run.attrs.items() if isinstance(value, str | float | int)},
        **({"draws": run.sizes["draw"]} if "draw" in run.sizes else {}),
        "years": [float(times[0]), float(times[-1])],
        "set": dict(spec.parameters),
        "changes": [] if scenario is None else scenario.changes(country),
        "assumptions": [one.as_dict() for one in setup.assumed],
        "policy space": [one.sentence for one in policy_space(run, setup.tables, study.outcomes)],
        "changed since the fit": [] if fit is None else fit.differing(hashes),
        "hashes": hashes | ({} if scenario is None else scenario_hashes(scenario, country, setup.assumed)),
        "versions": {package: version(package) for package in PACKAGES},
    }


def scenario_hashes(scenario: Scenario, country: str, assumed: Sequence[Assumed]) -> dict[str, str]:
    """The sha256 of what a scenario changes in the runs of a country, and of what is assumed there."""
    sides = {"name", "note", "source", "only", "countries"}
    changes = [one.model_dump(mode="json", exclude=sides) for one in scenario.concerning(country)]
    rules = [{**one.as_dict(), "source": ""} for one in assumed]
    return {"scenario": digest(changes), "assumptions": digest(rules)}


def platform_of() -> str:
    """The machine and the Python of a run."""
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"


REQUEST: Final = "request"


def found(folder: Path, digest: str) -> Mapping[str, Any] | None:
    """The manifest of a folder that holds the whole result of a request; None where it does not."""
    try:
        manifest = whole_manifest(folder)
    except InputError:
        return None
    return manifest if manifest.get(REQUEST) == digest else None


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
        details = self.manifest
        first, last = details["years"]
        text = details.get("hashes", {}).get("model text")
        kept = self.draws, details.get("seed"), first, last, text
        return *kept, details.get("dt"), details.get("method"), tuple(self.years.tolist())


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
    details, path = whole_manifest(folder), folder / RESULTS
    data, failed = _read(path, wanted)
    _check_together(path, details, data)
    lacking = tuple(name for name in wanted if name not in data)
    if "draw" not in data.dims:
        return LoadedRun(folder, details, data, lacking=lacking)
    bad = np.zeros(data.sizes["draw"], bool) if failed is None else np.isfinite(failed)
    if bad.all():
        cure = "run it again with a shorter step (--dt) or other parameters"
        raise refuse(str(path), f"{bad.size} draws of which none stayed finite", "one at least", cure)
    gone = () if failed is None else tuple(sorted(failed[bad].tolist()))
    lost = 0
    if event is not None and event.variable in data:
        lost = int((data[event.variable].values[bad] < event.below).any(axis=-1).sum())
    return LoadedRun(folder, details, data.isel(draw=~bad), int(bad.size), gone, lost, lacking)


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


def _check_together(path: Path, details: Mapping[str, Any], data: xr.Dataset) -> None:
    if not data.data_vars:
        expected = "variables of the model text over time"
        raise refuse(str(path), "none of the variables that a report shows", expected, AGAIN)
    first, last = float(data["time"][0]), float(data["time"][-1])
    held = {name: str(data.attrs.get(name)) for name in LABELS} | {"years": f"{first:g} to {last:g}"}
    said = {name: str(details[name]) for name in LABELS}
    said["years"] = "{:g} to {:g}".format(*details["years"])
    for name, value in said.items():
        if held[name] != value:
            expected = f"the {name} of its manifest, {value}"
            raise refuse(str(path), f"the {name} {held[name]}", expected, f"keep both of one run, or {AGAIN}")


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
    details = {
        name: (one.manifest.get(name), other.manifest.get(name)) for name in names if name not in VOLATILE
    }
    return {name: pair for name, pair in details.items() if pair[0] != pair[1]}


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
