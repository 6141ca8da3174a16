"""What many noisy runs of a country come to: a work that any machine can do, and one labelled result."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr

from latecomer.execute.work import Work
from latecomer.faults import refuse
from latecomer.solve import Event
from latecomer.solve.summary import Summary
from latecomer.study.outcomes import ThresholdEvent
from latecomer.study.run_spec import RunSpec
from latecomer.study.stocks import signed
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
    asked: dict[str, Any] = {
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
    return Work(text.path.read_text(encoding="utf-8"), text.path.suffix, asked, signed(study.accounts))


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
