"""One run of a country into a folder: made, described and kept, or found where it is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import xarray as xr

from latecomer.session.asked import OWN_FIT, fit_of
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
from latecomer.study.hashes import digest
from latecomer.study.setup import run_setup

if TYPE_CHECKING:
    from latecomer.session.study import Study
    from latecomer.study.fits import Fit
    from latecomer.study.rooms import Rooms
    from latecomer.study.scenarios import Scenario

WAYS: Final = ("draws", "seed", "years", "method", "dt")


@dataclass(frozen=True, slots=True)
class SingleRun:
    """A run on disk; `again`: it was there already, made from the very same request."""

    folder: Path
    manifest: Mapping[str, Any]
    variables: int
    again: bool


def run_into(
    study: Study,
    iso3: str,
    folder: Path,
    scenario: str | None = None,
    fit: Fit | str | None = OWN_FIT,
    variant: str | None = None,
    parameters: Mapping[str, float] | None = None,
    fresh: bool = False,
    **asked: Any,
) -> SingleRun:
    """Run a country into a folder, unless the folder holds the result of the very same request.

    `asked`: draws, seed, years, method, dt, as for `Study.run`; `fresh`: run it anyhow. Raises InputError as
    `Study.run` and `save_run` do.
    """
    rooms, set_ = study.rooms, parameters or {}
    chosen, named = fit_of(rooms, fit, variant), rooms.scenario(scenario)
    mark = request_of(rooms, iso3, chosen, named, variant, set_, asked)
    refuse_foreign(folder)
    if not fresh and (made := found(folder, mark)) is not None:
        return SingleRun(folder, made, int(made.get("variables") or 0), True)
    began = time.time()
    same: dict[str, Any] = {"fit": chosen, "variant": variant, "parameters": set_}
    run = study.run(iso3, named, **asked, **same)
    manifest = {
        **run_manifest(rooms, run, set_, named),
        "variables": len(run.data_vars),
        LARGEST: run.attrs.get(LARGEST),
        **failures_of(run),
        REQUEST: mark,
        "platform": platform_of(),
        "timing": {"begun": round(began), "seconds": round(time.time() - began, 1)},
    }
    save_run(run, manifest, folder)
    return SingleRun(folder, manifest, len(run.data_vars), False)


def request_of(
    rooms: Rooms,
    iso3: str,
    fit: Fit | None,
    scenario: Scenario | None,
    variant: str | None,
    parameters: Mapping[str, float],
    asked: Mapping[str, Any],
) -> str:
    """The sha256 of all that a run depends on: what it is made from, what is asked, versions."""
    setup = run_setup(rooms, iso3, fit, parameters, asked.get("years"), scenario, variant, asked.get("dt"))
    rules = [one.as_dict() for one in setup.assumed]
    changes: object = rules if scenario is None else scenario_hashes(scenario, iso3, setup.assumed)
    ways = {name: asked.get(name) for name in WAYS} | {"years": list(setup.years)}
    numbers = [] if fit is None else [dict(fit.shared), dict(fit.by_country.get(iso3, {}))]
    versions = {package: version(package) for package in PACKAGES}
    called = [iso3, "" if scenario is None else scenario.name, setup.variant]
    return digest(
        [called, rooms.run_hashes([iso3]), numbers, changes, dict(sorted(parameters.items())), ways, versions]
    )


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
