"""One run of a country into a folder: made, described and kept, or found where it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from latecomer.session.store import (
    PACKAGES,
    platform_of,
    refuse_foreign,
    run_manifest,
    save_run,
    scenario_hashes,
)
from latecomer.session.summary_run import REQUEST, found
from latecomer.study.audit import LARGEST
from latecomer.study.ensembles import run_country
from latecomer.study.hashes import digest

if TYPE_CHECKING:
    from latecomer.study.run_spec import RunSpec
    from latecomer.study.study import Study


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
    told: dict[str, Any] = {
        "runs": failed.size,
        "failed": int(bad.size),
        "share": bad.size / failed.size,
        "first time": float(failed[bad].min()) if bad.size else None,
        "draws": bad.tolist(),
        "box": {},
    }
    return {"failures": told}
