"""A run on disk: a folder with results.nc and manifest.json."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xarray as xr

from latecomer.report.files import unwritable, write_whole
from latecomer.study.rooms import Rooms

RESULTS, MANIFEST = "results.nc", "manifest.json"
PACKAGES = ("latecomer", "numpy", "jax", "xarray")


def save_run(run: xr.Dataset, manifest: Mapping[str, Any], folder: Path) -> Path:
    """Write a run as `folder`/results.nc with manifest.json beside it, each whole or not at all.

    Raises InputError where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".results.") as scratch:
            fresh = Path(scratch) / RESULTS
            # ten times as quick as HDF5 for hundreds of short series, and read by every NetCDF library
            run.to_netcdf(fresh, engine="scipy", format="NETCDF3_64BIT")
            fresh.replace(folder / RESULTS)
    except OSError as error:
        raise unwritable(folder, error) from error
    text = json.dumps(dict(manifest), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(folder / MANIFEST, (text + "\n").encode())
    return folder


def run_manifest(rooms: Rooms, run: xr.Dataset, changed: Mapping[str, float]) -> dict[str, Any]:
    """What a run was made from: country, fit, years, step, parameters that were set, hashes, versions."""
    country = str(run.attrs["country"])
    times = run["time"].values
    fit = None if run.attrs["fit"] == "none" else rooms.fits[str(run.attrs["fit"])]
    hashes = rooms.run_hashes([country])
    return {
        **{name: value for name, value in run.attrs.items() if isinstance(value, str | float | int)},
        "years": [float(times[0]), float(times[-1])],
        "set": dict(changed),
        "changed since the fit": [] if fit is None else fit.differing(hashes),
        "hashes": hashes,
        "versions": {package: version(package) for package in PACKAGES},
    }
