"""Runs of small texts as plain series under the keys of element names, as foreign programs give them."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.language import ModelText, key
from latecomer.language.xmile.writer import xmile as document
from latecomer.simulate import load_model

Values = dict[str, NDArray[np.float64]]
CASES = Path(__file__).parent / "cases"
CONTROL = """INITIAL TIME = 0 ~ year ~ First time. |
FINAL TIME = 8 ~ year ~ Last time. |
TIME STEP = 0.25 ~ year ~ Step. |
SAVEPER = TIME STEP ~ year ~ Saving step. |
"""
XMILE = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs method="{method}" time_units="year"><start>0</start><stop>8</stop><dt>0.25</dt></sim_specs>
<dimensions><dim name="Sector"><elem name="a"/><elem name="b"/></dim></dimensions>
<model><variables>
{variables}
</variables></model></xmile>
"""


def written(folder: Path, content: str, name: str = "small.mdl") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def vensim(folder: Path, equations: str) -> Path:
    """A Vensim text: the control variables, then the equations, the first of them in line 5."""
    return written(folder, CONTROL + equations)


def xmile(folder: Path, variables: str, method: str = "Euler") -> Path:
    """An XMILE text; the first of the variables stands in line 5."""
    return written(folder, XMILE.format(variables=variables, method=method), "small.xmile")


def write_xmile(text: ModelText, path: Path, method: str | None = None) -> Path:
    path.write_bytes(document(text, method).encode())
    return path


def series(run: xr.Dataset) -> Values:
    """Every element of every variable as a series of its own."""
    found: Values = {}
    for name in run.data_vars:
        values = run[name]
        ranges = [dim for dim in values.dims if dim != "time"]
        if not ranges:
            found[key(str(name))] = values.to_numpy()
            continue
        stacked = values.stack(element=ranges).transpose("element", "time")
        for element, one in zip(stacked["element"].to_numpy(), stacked.to_numpy(), strict=True):
            if not np.isnan(one).all():
                found[key(f"{name}[{','.join(element)}]")] = one
    return found


def ours(path: Path) -> Values:
    """Euler, whatever the text asks for."""
    return series(load_model(path).run(method="euler", backend="numpy"))


def pysd_values(path: Path, folder: Path) -> Values:
    import pysd

    # PySD writes its translation beside the model, and warns of much
    copy = Path(shutil.copy(path, folder / f"copy_{path.name}"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = pysd.read_vensim(copy) if path.suffix == ".mdl" else pysd.read_xmile(copy)
        frame = model.run()
    return {key(name): np.asarray(frame[name], dtype=float) for name in frame.columns}


def simlin_values(path: Path) -> Values:
    import simlin

    frame = simlin.load(path).run({}, analyze_loops=False).results
    return {key(name): np.asarray(frame[name], dtype=float) for name in frame.columns}


def differing(mine: Values, theirs: Values, tolerance: float = 1e-9) -> dict[str, float]:
    """The relative difference of each series above the tolerance; infinite where they have none."""
    found = {}
    for name, values in mine.items():
        other = theirs.get(name)
        if other is None or other.shape != values.shape:
            found[name] = np.inf
            continue
        apart = np.maximum(np.abs(values - other) - 1e-12, 0.0)
        difference = float(np.max(apart / np.maximum(np.abs(other), 1e-9)))
        if not difference <= tolerance:
            found[name] = difference
    return found
