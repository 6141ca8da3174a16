"""A small study of two countries whose figures are closed-form logistic curves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from latecomer.simulate import load_model
from latecomer.study.countries import Window
from latecomer.study.targets import Break, Error, Events, Own, Target, Targets
from latecomer.study.variants import Variants

TEXT = """{UTF-8}
stock = INTEG(growth rate*stock*(1-stock/ceiling)+0*driver, initial stock)
\t~\tDmnl
\t~\tGrows to its ceiling.
\t|
access = 1-stock/ceiling
\t~\tDmnl
\t~\tWhat is left.
\t|
driver = driver table(Time)
\t~\t1/Year
\t~\tDoes nothing.
\t|
driver table((0,1),(40,1))
\t~\t1/Year
\t~\tFigures.
\t|
growth rate = 0.1
\t~\t1/Year
\t~\tShared.
\t|
ceiling = 5
\t~\tDmnl
\t~\tOf the country.
\t|
initial stock = 1
\t~\tDmnl
\t~\tFixed.
\t|
INITIAL TIME = 0
\t~\tYear
\t~\tFirst.
\t|
FINAL TIME = 40
\t~\tYear
\t~\tLast.
\t|
TIME STEP = 0.25
\t~\tYear
\t~\tStep.
\t|
SAVEPER = 1
\t~\tYear
\t~\tResults.
\t|
"""
RATE, CEILINGS = 0.1, {"AAA": 5.0, "BBB": 5.0}


def prior(centre: float, spread: float = 0.5) -> Any:
    """A lognormal prior."""
    return SimpleNamespace(family="lognormal", centre=centre, spread=spread)


def logistic(ceiling: float, years: np.ndarray, rate: float = RATE) -> np.ndarray:
    """The closed form of the text's only stock."""
    return ceiling / (1.0 + (ceiling - 1.0) * np.exp(-rate * years))


def toy_study(
    folder: Path,
    rate: float = RATE,
    ceilings: dict[str, float] | None = None,
    shift: float = 0.0,
    populations: dict[str, Any] | None = None,
    figures: dict[str, pd.Series[float]] | None = None,
    own: dict[str, Own] | None = None,
    windows: dict[str, tuple[int, int]] | None = None,
    events: Events | None = None,
    defaults: dict[str, pd.Series[float]] | None = None,
    **error: Any,
) -> Any:
    """The study, as far as a fit looks at it; `shift`: at a break in year 20 of AAA.

    `own`: windows, scales and breaks in its place; `windows`: of the countries; `events` with `defaults`:
    states of the series "default" by country; the rest: of the error.
    """
    path = folder / "toy.mdl"
    path.write_text(TEXT, encoding="utf-8")
    years = np.arange(0, 41)
    tops = ceilings or CEILINGS
    series = {
        (iso3, "stock"): pd.Series(logistic(top, years, rate), index=years) for iso3, top in tops.items()
    }
    series |= {(iso3, "stock"): one for iso3, one in (figures or {}).items()}
    series |= {(iso3, "default"): one for iso3, one in (defaults or {}).items()}
    breaks = (Break(year=20, shift=shift, event="another count", source="made up"),) if shift else ()
    target = Target(
        series="log stock",
        variable="stock",
        observation="stock",
        transformation="log",
        error=Error(**{"scale": 0.02, "on": "log", **error}),
        country={"AAA": Own(breaks=breaks)} if own is None else own,
    )
    return SimpleNamespace(
        model=load_model(path),
        parameters=SimpleNamespace(priors={"growth rate": prior(0.1)}),
        countries={iso3: _country((windows or {}).get(iso3, (0, 40))) for iso3 in tops},
        parameter_values=_values,
        tables=lambda iso3, until=None: {"driver table": (np.array([0.0, 40.0]), np.array([1.0, 1.0]))},
        targets=Targets(window=Window(start=0, end=40), target=(target,), events=events),
        populations=populations or {},
        variants=Variants({}),
        observations=SimpleNamespace(
            variables=lambda iso3: [name for whose, name in series if whose == iso3],
            series=lambda iso3, name, until=None: series[iso3, name],
        ),
    )


def population(centre: float = 0.5, spread: float = 0.3) -> Any:
    """How far a common centre and a common spread may lie from those of the prior."""
    return SimpleNamespace(centre=centre, spread=spread)


def _country(years: tuple[int, int]) -> Any:
    window = SimpleNamespace(start=years[0], end=years[1])
    return SimpleNamespace(window=window, parameters=SimpleNamespace(priors={"ceiling": prior(5.0)}))


def _values(
    iso3: str, variant: str | None = None, overrides: Mapping[str, float] | None = None
) -> dict[str, float]:
    return {"growth rate": 0.1, "ceiling": 5.0, "initial stock": 1.0, **(overrides or {})}
