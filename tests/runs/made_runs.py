"""Folders of runs made by hand, so that every statistic of a report is known beforehand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.changes import file_hash
from latecomer.runs.manifest import MANIFEST, RESULTS
from latecomer.runs.store import save_run

Floats = NDArray[np.float64]
YEARS = np.arange(1960.0, 1991.0)
UNITS = {
    "output per head": "billion dollars/(Year*million persons)",
    "exports": "billion dollars/Year",
    "output": "billion dollars/Year",
    "debt to output": "Year",
}


def level(value: float, draws: int | None = None) -> Floats:
    """A constant path, or one for each draw, a little higher in each."""
    path = np.full(YEARS.size, value)
    return path if draws is None else path * (1 + 0.01 * np.arange(draws))[:, None]


def credit(*falls: int | None) -> Floats:
    """Credit access of as many draws: full until the year of its fall, 0.2 from then on."""
    return np.stack([np.where((fall or 9999) <= YEARS, 0.2, 0.9) for fall in falls])


def paths(draws: int | None = None, head: float = 2.0) -> dict[str, Floats]:
    """The variables that most tests need."""
    return {"output per head": level(head, draws), "credit access": level(0.9, draws) * 0 + 0.9}


def dataset(
    values: Mapping[str, Floats], told: Mapping[str, Any], failed: Mapping[int, float] | None = None
) -> xr.Dataset:
    """Paths over ([draw,] time) as a run has them; `failed`: the year in which a draw went, by its number."""
    many = next(iter(values.values())).ndim == 2
    dims = ("draw", "time") if many else ("time",)
    columns = {
        name: (dims, path, {"units": UNITS.get(name, "Dmnl"), "long_name": f"What {name} is. (A1)"})
        for name, path in values.items()
    }
    names = {name: told[name] for name in ("country", "scenario", "fit", "variant")}
    run = xr.Dataset(columns, {"time": YEARS}, {**names, **({"seed": told["seed"]} if many else {})})
    if many:
        draws = len(next(iter(values.values())))
        gone = [(failed or {}).get(k, np.nan) for k in range(draws)]
        run = run.assign_coords(draw=np.arange(draws), failed=("draw", gone))
    return run


def manifest(**told: Any) -> dict[str, Any]:
    """The manifest of a run, with some of it told otherwise."""
    return {
        "country": "KOR",
        "scenario": "none",
        "fit": "reference",
        "variant": "discipline in the export push",
        "seed": 0,
        "years": [1960.0, 1990.0],
        "set": {},
        "changes": [],
        "assumptions": [],
        "policy space": [],
        "changed since the fit": [],
        "hashes": {"model text": "0" * 64},
        "versions": {"latecomer": "0.1.0"},
        **told,
    }


def lay_run(
    folder: Path, values: Mapping[str, Floats], failed: Mapping[int, float] | None = None, **told: Any
) -> Path:
    """A run in a folder; `told`: what its manifest says otherwise than `manifest`."""
    said = manifest(**told)
    return save_run(dataset(values, said, failed), said, folder)


def rewrite(folder: Path, **told: Any) -> None:
    """Change the manifest of a run and leave its results."""
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **told}))


def bind(folder: Path) -> None:
    """Let the manifest of a run have the hash of the results as they are."""
    rewrite(folder, files={RESULTS: file_hash(folder / RESULTS)})


def spoil(folder: Path, name: str = RESULTS, content: bytes = b"CDF\x02nothing") -> None:
    """Damage a file of a run; results as if they had been written so."""
    (folder / name).write_bytes(content)
    if name == RESULTS:
        bind(folder)
