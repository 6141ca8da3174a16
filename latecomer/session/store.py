"""A run on disk: a folder with results.nc and manifest.json."""

from __future__ import annotations

import json
import platform
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xarray as xr

from latecomer.report.files import unwritable, write_whole
from latecomer.study.assumptions import Assumed
from latecomer.study.hashes import digest
from latecomer.study.policy_space import policy_space
from latecomer.study.rooms import Rooms
from latecomer.study.scenarios import Scenario
from latecomer.study.setup import run_setup

RESULTS, MANIFEST = "results.nc", "manifest.json"
PACKAGES = ("latecomer", "numpy", "jax", "xarray")


def save_run(run: xr.Dataset, manifest: Mapping[str, Any], folder: Path) -> Path:
    """Write a run as `folder`/results.nc with manifest.json beside it, each whole or not at all.

    Raises InputError where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # a folder is a run while it has a manifest: none must stand beside results of another
        (folder / MANIFEST).unlink(missing_ok=True)
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


def run_manifest(
    rooms: Rooms, run: xr.Dataset, changed: Mapping[str, float], scenario: Scenario | None = None
) -> dict[str, Any]:
    """What a run was made from: country, scenario, variant, fit, years, parameters set, hashes, versions.

    `scenario`: by default the one of the study that the run is named after. In the result, `assumptions` is
    what stands behind drivers after their last figure, `policy space` what was asked beyond the permitted.
    """
    country = str(run.attrs["country"])
    times = run["time"].values
    years = float(times[0]), float(times[-1])
    fit = rooms.fit(str(run.attrs["fit"]))
    scenario = scenario or rooms.scenario(str(run.attrs["scenario"]))
    rival = str(run.attrs["variant"])
    variant = rival if rival in rooms.variants else None
    setup = run_setup(rooms, country, fit, changed, years, scenario, variant)
    hashes = rooms.run_hashes([country])
    return {
        **{name: value for name, value in run.attrs.items() if isinstance(value, str | float | int)},
        **({"draws": run.sizes["draw"]} if "draw" in run.sizes else {}),
        "years": list(years),
        "set": dict(changed),
        "changes": [] if scenario is None else scenario.changes(country),
        "assumptions": [one.as_dict() for one in setup.assumed],
        "policy space": [one.sentence for one in policy_space(run, setup.tables)],
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
