"""The books of a run that is on disk: what its manifest says of them, and what its results come to."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import xarray as xr

from latecomer.faults import InputError, refuse
from latecomer.session.run_folders import LoadedRun
from latecomer.session.store import RESULTS
from latecomer.study.audit import LARGEST, Audit, audit
from latecomer.study.study import Study

TEXT: Final = "model text"


def refuse_open_books(study: Study, run: LoadedRun) -> None:
    """Raise InputError where the books of a run do not close, by its manifest or by its results.

    What stocks gain is looked at where the run is of the present model text; flows are in any case.
    """
    told = run.manifest.get(LARGEST)
    within = study.accounts.tolerance
    if told is not None and not _closes(told, within):
        got = f"a {LARGEST} of {told!r}"
        raise refuse(str(run.folder), got, f"books within {within:g}", "run it again with latecomer run")
    made = run.manifest.get("hashes", {}).get(TEXT)
    same = made == study.run_hashes([])[TEXT]
    if faults := list(_stored(run.folder, study, same).faults(f"books of {run.folder}")):
        raise InputError(faults)


def _closes(told: object, within: float) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool) and told <= within


def _stored(folder: Path, study: Study, same: bool) -> Audit:
    with xr.open_dataset(folder / RESULTS, engine="scipy") as opened:
        # what a summary keeps are statistics, which have no books
        found = opened.drop_dims("statistic") if "statistic" in opened.dims else opened
        return audit(found, study.accounts, study.model.text if same else None)
