"""Many noisy runs of a country, kept as what they come to: gone on from where they stopped, found again.

Also here:
- What many noisy runs of a country come to: a work that any machine can do, and one labelled result.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from latecomer.errors import InputError, refuse
from latecomer.outputs import table_bytes
from latecomer.runs.checkpoint import summarised
from latecomer.runs.executor import Executor, Progress, Work, silent
from latecomer.runs.leftovers import remove_progress
from latecomer.runs.store import REQUEST, found, platform_of, refuse_foreign, run_manifest, save_run
from latecomer.simulate import Event
from latecomer.simulate.summary import Summary
from latecomer.study.accounting import LARGEST, signed
from latecomer.study.outcome_tables import ThresholdEvent
from latecomer.study.run_spec import RunSpec
from latecomer.study.simulation import audited, books_of, run_country
from latecomer.study.study import Study

QUANTILES: Final = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


def summary_work(study: Study, spec: RunSpec) -> Work:
    """The work of the runs of a country with the shocks of the model text.

    The variables are the outcomes of the study, or the stocks of the text, where none are asked for. Raises
    InputError for fewer than two draws; what is wrong with the rest is said when the work is opened.
    """
    draws, setup = refuse_few(spec.draws), spec.setup
    text = study.model.text
    known, event = study.outcomes.pages.ensemble, study.outcomes.event
    request: dict[str, Any] = {
        "draws": draws,
        "seed": spec.seed,
        "parameters": dict(setup.parameters),
        "drivers": {name: (np.asarray(x), np.asarray(y)) for name, (x, y) in setup.tables.items()},
        "years": setup.years,
        "dt": spec.dt,
        "method": spec.method,
        "variables": tuple(spec.variables or known) or None,
        "quantiles": QUANTILES,
        "events": {} if event is None else {by_then(event): Event(event.variable, below=event.below)},
    }
    return Work(text.path.read_text(encoding="utf-8"), text.path.suffix, request, signed(study.accounts))


def by_then(event: ThresholdEvent) -> str:
    """What the share of runs is called in which the event has happened."""
    return f"{event.words.name} by then"


def labelled(study: Study, found: Summary) -> xr.Dataset:
    """A summary as one data set: variables over (statistic, time), and the share of runs with each event.

    The statistics are mean, standard deviation, minimum, maximum and the quantiles, "0.05" and so on.
    """
    shares = [f"{share:g}" for share in found.quantiles["quantile"].to_numpy()]
    quantiles = found.quantiles.assign_coords(quantile=shares)
    whole = xr.concat([found.moments, quantiles.rename(quantile="statistic")], dim="statistic")
    text = study.model.text
    for name in whole.data_vars:
        variable = text.find(str(name))
        if variable is not None:
            whole[name].attrs = {"units": variable.unit, "long_name": variable.note}
    for event in found.events["event"].to_numpy().tolist():
        share = found.events.sel(event=event, drop=True)
        whole[event] = share.assign_attrs(
            units="Dmnl", long_name="share of the runs in which it has happened"
        )
    whole["time"].attrs = {"units": text.by_key["initial_time"].unit, "long_name": "time"}
    return whole


def failures(found: Summary) -> dict[str, Any]:
    """How many runs left the finite numbers, when, and where in the space of what differs between runs.

    `box`: {parameter: (lowest, highest) of those that failed}; every figure of the summary is of the others.
    """
    table = found.failures
    varied = [name for name in table.columns if name not in ("case", "draw", "time")]
    box = {name: [float(table[name].min()), float(table[name].max())] for name in varied if len(table)}
    first = None if table.empty else float(table["time"].min())
    return {
        "runs": found.draws,
        "failed": found.failed,
        "share": found.failed / found.draws,
        "first time": first,
        "box": box,
        "conditional on": "the runs that stayed finite",
    }


def refuse_few(draws: int | None) -> int:
    """The number of runs of a summary. Raises InputError for none, or one."""
    if draws is None or draws < 2:
        got = "none" if draws is None else f"{draws} run"
        raise refuse("draws", got, "at least two runs with shocks", "ask for more, such as 1000")
    return draws


SHORT: Final = 12

SAMPLED: Final = 3

AUDITED: Final = f"the run without shocks and the first {SAMPLED} draws, at every saved time"


@dataclass(frozen=True, slots=True)
class SummaryRun:
    """A summary on disk; `again`: it was there already, made from the very same request."""

    folder: Path
    again: bool
    manifest: Mapping[str, Any]


def run_summary(
    study: Study,
    spec: RunSpec,
    folder: Path | str,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> SummaryRun:
    """Run a country so many times with shocks into a folder of statistics, or find it made.

    Finished chunks are kept beside the folder until it is written: the same call goes on from them. Raises
    InputError as `summary_work`, `run_country`, `summarised` and `save_run` do.
    """
    folder = Path(folder)
    work = summary_work(study, spec)
    refuse_foreign(folder)
    if (made := found(folder, work.digest)) is not None:
        return SummaryRun(folder, True, made)
    began = time.time()
    # the path without shocks says what the manifest of any run says
    run = run_country(study, replace(spec, draws=None, method=None))
    keep_books_of_draws(work.asked, study, books_of(spec.iso3, run.attrs))
    kept = folder.parent / f".{folder.name}.{work.digest[:SHORT]}"
    result = summarised(work, executor, kept, progress)
    manifest = {
        **run_manifest(study, run, spec),
        LARGEST: run.attrs.get(LARGEST),
        "books audited": AUDITED if LARGEST in run.attrs else "none: the model text keeps no books",
        "draws": spec.draws,
        "seed": spec.seed,
        "quantiles": list(QUANTILES),
        "failures": failures(result),
        REQUEST: work.digest,
        "platform": platform_of(),
        "timing": {"begun": round(began), "seconds": round(time.time() - began, 1)},
    }
    labels = {name: manifest[name] for name in ("country", "scenario", "fit", "variant")}
    table = table_bytes(result.failures)
    save_run(labelled(study, result).assign_attrs(labels), manifest, folder, table)
    remove_progress(kept)
    return SummaryRun(folder, False, manifest)


def keep_books_of_draws(request: Mapping[str, Any], study: Study, place: str) -> None:
    """Audit the first draws of a summary, whose paths are not kept, one by one.

    A draw that left the finite numbers is one of the failures, and no more is said of it here. Raises
    InputError for books that do not close.
    """
    options = {name: request[name] for name in ("parameters", "drivers", "years", "dt", "method", "seed")}
    for draw in range(min(SAMPLED, request["draws"])):
        try:
            run = study.model.run(noise=True, draw=draw, backend="numpy", **options)
        except InputError:
            continue
        audited(run, study, f"{place}, draw {draw}")
