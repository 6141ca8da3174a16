"""The Solow economy that latecomer brings: what its figures were made from, and how they were made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from latecomer.study.study import Study

SHARED = {"learning speed": 0.04, "capital share": 0.35, "incentive effect": 0.1}
BY_COUNTRY = {
    "AUR": {
        "initial output": 18.0,
        "initial capital to output": 2.0,
        "initial technology": 0.4,
        "base saving rate": 0.16,
    },
    "BOR": {
        "initial output": 65.0,
        "initial capital to output": 3.2,
        "initial technology": 0.9,
        "base saving rate": 0.23,
    },
    "CEL": {
        "initial output": 7.5,
        "initial capital to output": 1.6,
        "initial technology": 0.2,
        "base saving rate": 0.12,
    },
}
# the variable of the model, that of the observation tables, its unit, and the noise of a figure in logarithms
SERIES = (
    ("output", "output", "billion crowns/Year", 0.02),
    ("investment to output", "investment/output", "Dmnl", 0.03),
    ("capital to output", "capital/output", "Year", 0.04),
    ("wage share", "wage share", "Dmnl", 0.02),
)
SEED = 1956


def figures(root: Path) -> Iterator[tuple[str, int, str, float, str]]:
    """Country, year, variable, value and unit of every figure: a run from the values above, and noise.

    figure = value of the run * exp(noise * z), z standard normal, to six digits
    """
    study, random = Study(root), np.random.default_rng(SEED)
    for iso3, own in BY_COUNTRY.items():
        run = study.simulate(iso3, overrides=SHARED | own)
        for variable, name, unit, noise in SERIES:
            for year, value in zip(run["time"].to_numpy(), run[variable].to_numpy(), strict=True):
                figure = float(value * np.exp(noise * random.standard_normal()))
                yield iso3, int(year), name, float(f"{figure:.6g}"), unit
