"""One run of a country into a folder: made, described and kept, or found where it is.

Also here:
- The books of a run that is on disk: what its manifest says of them, and what its results come to.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from latecomer.errors import InputError, refuse
from latecomer.runs.manifest import RESULTS
from latecomer.runs.store import (
    PACKAGES,
    REQUEST,
    LoadedRun,
    found,
    platform_of,
    refuse_foreign,
    run_manifest,
    save_run,
    scenario_hashes,
)
from latecomer.study.accounting import LARGEST, Audit, audit
from latecomer.study.provenance import digest
from latecomer.study.simulation import run_country
from latecomer.study.study import Study

if TYPE_CHECKING:
    from latecomer.study.run_spec import RunSpec


@dataclass(frozen=True, slots=True)
class SingleRun:
    """A run on disk; `again`: it was there already, made from the very same request."""

    folder: Path
    manifest: Mapping[str, Any]
    variables: int
    again: bool


def run_into(study: Study, spec: RunSpec, folder: Path | str, fresh: bool = False) -> SingleRun:
    """Run a country into a folder, unless the folder holds the result of the very same request.

    `fresh`: run it anyhow. Raises InputError as `run_country` and `save_run` do.
    """
    folder = Path(folder)
    mark = request_of(study, spec)
    refuse_foreign(folder)
    if not fresh and (made := found(folder, mark)) is not None:
        return SingleRun(folder, made, int(made.get("variables") or 0), True)
    began = time.time()
    run = run_country(study, spec)
    manifest = {
        **run_manifest(study, run, spec),
        "variables": len(run.data_vars),
        LARGEST: run.attrs.get(LARGEST),
        **failures_of(run),
        REQUEST: mark,
        "platform": platform_of(),
        "timing": {"begun": round(began), "seconds": round(time.time() - began, 1)},
    }
    save_run(run, manifest, folder)
    return SingleRun(folder, manifest, len(run.data_vars), False)


def request_of(study: Study, spec: RunSpec) -> str:
    """The sha256 of all that a run depends on: what it is made from, what is asked, versions."""
    iso3, setup, scenario, fit = spec.iso3, spec.setup, spec.scenario, spec.fit
    rules = [one.as_dict() for one in setup.assumed]
    changes: object = rules if scenario is None else scenario_hashes(scenario, iso3, setup.assumed)
    # the names and their order are part of the digest: runs that are on disk are found by it
    options: dict[str, object] = {"draws": spec.draws, "seed": spec.seed, "years": list(setup.years)}
    options |= {"method": spec.method, "dt": spec.dt}
    numbers = [] if fit is None else [dict(fit.shared), dict(fit.by_country.get(iso3, {}))]
    versions = {package: version(package) for package in PACKAGES}
    called = [iso3, "" if scenario is None else scenario.name, setup.variant]
    changed = dict(sorted(spec.parameters.items()))
    return digest([called, study.run_hashes([iso3]), numbers, changes, changed, options, versions])


def failures_of(run: xr.Dataset) -> dict[str, Any]:
    """How many draws left the finite numbers, when first, and which; empty for a run without draws.

    Draws differ by their shocks alone: there is no region of parameters to tell.
    """
    if "draw" not in run.dims:
        return {}
    failed = np.asarray(run["failed"], dtype=np.float64)
    bad = np.flatnonzero(np.isfinite(failed))
    details: dict[str, Any] = {
        "runs": failed.size,
        "failed": int(bad.size),
        "share": bad.size / failed.size,
        "first time": float(failed[bad].min()) if bad.size else None,
        "draws": bad.tolist(),
        "box": {},
    }
    return {"failures": details}


TEXT: Final = "model text"


def refuse_open_books(study: Study, run: LoadedRun) -> None:
    """Raise InputError where the books of a run do not close, by its manifest or by its results.

    What stocks gain is looked at where the run is of the present model text; flows are in any case.
    """
    details = run.manifest.get(LARGEST)
    within = study.accounts.tolerance
    if details is not None and not _closes(details, within):
        got = f"a {LARGEST} of {details!r}"
        raise refuse(str(run.folder), got, f"books within {within:g}", "run it again with latecomer run")
    made = run.manifest.get("hashes", {}).get(TEXT)
    same = made == study.run_hashes([])[TEXT]
    if faults := list(_stored(run.folder, study, same).faults(f"books of {run.folder}")):
        raise InputError(faults)


def _closes(details: object, within: float) -> bool:
    return isinstance(details, int | float) and not isinstance(details, bool) and details <= within


def _stored(folder: Path, study: Study, same: bool) -> Audit:
    with xr.open_dataset(folder / RESULTS, engine="scipy") as opened:
        # what a summary keeps are statistics, which have no books
        found = opened.drop_dims("statistic") if "statistic" in opened.dims else opened
        return audit(found, study.accounts, study.model.text if same else None)
