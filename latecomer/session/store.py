"""A run on disk: a folder with results.nc and manifest.json, written as one and bound to each other."""

from __future__ import annotations

import gc
import json
import platform
import traceback
import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import xarray as xr

from latecomer.changes import changing, finish
from latecomer.faults import InputError, refuse
from latecomer.files import refuse_in_the_way
from latecomer.session.manifest import FILES, MANIFEST, RESULTS, read_manifest
from latecomer.study.assumptions import Assumed
from latecomer.study.fits import PARAMETERS
from latecomer.study.hashes import digest
from latecomer.study.policy_space import policy_space
from latecomer.study.reference import MARK
from latecomer.study.run_spec import RunSpec
from latecomer.study.scenarios import Scenario
from latecomer.study.study import Study

__all__ = ["FAILURES", "MANIFEST", "RESULTS", "refuse_foreign", "run_manifest", "save_run"]

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
        told = {**manifest, "versions": made_by, FILES: files}
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False)
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
