"""Draws of a posterior, their diagnostics, and how far the fast approximation is from them."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.changes import changing
from latecomer.errors import refuse
from latecomer.files import read_bytes
from latecomer.inference.laplace import Floats, Laplace, required

LARGEST_R_HAT = 1.01
SMALLEST_ESS = 400.0
TAIL = (0.05, 0.95)
FEWEST = 4
"""Draws of a chain under which no R-hat can be had: it is split in halves of two at least."""
MEASURES = ("loss", "acceptance", "divergent", "energy")
SETTINGS: dict[str, type] = {"step_size": float, "seed": int, "warm_up": int}


@dataclass(frozen=True)
class Diagnostics:
    """Whether chains have met and how many independent draws they are worth; arrays (n,) by coordinate.

    `r_hat`: rank-normalised and split; `ess_bulk`, `ess_tail`: effective sample sizes for the centre, and
    the smaller of those for the quantiles .05 and .95; `e_bfmi`: of each chain, shape (chains,): under about
    .3 the momenta are too small for the range of the energy. Source: Vehtari, Gelman, Simpson, Carpenter and
    Bürkner (2021), Bayesian Analysis 16, sections 3 and 4; Betancourt (2016), arXiv 1604.00695, for E-BFMI.
    """

    names: tuple[str, ...]
    r_hat: Floats
    ess_bulk: Floats
    ess_tail: Floats
    e_bfmi: Floats
    divergences: int

    @property
    def holds(self) -> bool:
        """R-hat under 1.01 and a bulk size of 400 at least in each coordinate, and no divergence."""
        met = np.max(self.r_hat) < LARGEST_R_HAT and np.min(self.ess_bulk) >= SMALLEST_ESS
        return bool(met) and self.divergences == 0

    def as_dict(self) -> dict[str, Any]:
        """The worst of each, with the coordinate where it is; None where a measure is not a number."""
        sides = {"R-hat": -self.r_hat, "bulk ESS": self.ess_bulk, "tail ESS": self.ess_tail}
        worst = {}
        for name, values in sides.items():
            k = int(np.argmin(np.where(np.isnan(values), -np.inf, values)))
            worst[name] = {"coordinate": self.names[k], "value": _plain(abs(values[k]))}
        lowest = _plain(float(np.min(self.e_bfmi)))
        return {**worst, "E-BFMI": lowest, "divergences": self.divergences, "holds": self.holds}


@dataclass(frozen=True)
class Comparison:
    """The fast approximation against the long run, by coordinate, shape (n,).

    shift = (mode - mean of the draws) / sd of the draws;  ratio = sd of the approximation / sd of the draws
    """

    names: tuple[str, ...]
    shift: Floats
    ratio: Floats

    def as_dict(self, most: int = 5) -> dict[str, Any]:
        """The `most` coordinates furthest off in place and in width, the worst first."""
        sides = {"shift": (self.shift, np.abs(self.shift)), "ratio": (self.ratio, np.abs(np.log(self.ratio)))}
        return {
            name: {self.names[k]: float(values[k]) for k in np.argsort(-size, kind="stable")[:most]}
            for name, (values, size) in sides.items()
        }


@dataclass(frozen=True)
class Posterior:
    """Draws of a posterior and how they came.

    `draws`: z, (chains, draws, n); `loss`, `acceptance`, `divergent` and `energy` (of the start of the move,
    momenta included): (chains, draws); `step_size`: of the whitened coordinates, after `warm_up` iterations.
    """

    names: tuple[str, ...]
    draws: Floats
    loss: Floats
    acceptance: Floats
    divergent: NDArray[np.bool_]
    energy: Floats
    step_size: float
    seed: int
    warm_up: int

    def diagnostics(self) -> Diagnostics:
        """The diagnostics of the draws; raises InputError without `arviz_stats`, or for under 4 draws."""
        if self.draws.shape[1] < FEWEST:
            raise refuse("--draws", str(self.draws.shape[1]), f"{FEWEST} at least", "sample for longer")
        found = required("arviz_stats.base").array_stats
        axes = {"chain_axis": 0, "draw_axis": 1}
        # chains that stand still have no variance: their R-hat is told as not a number, not as a warning
        with np.errstate(invalid="ignore", divide="ignore"):
            return Diagnostics(
                self.names,
                np.asarray(found.rhat(self.draws, method="rank", **axes)),
                np.asarray(found.ess(self.draws, method="bulk", **axes)),
                np.asarray(found.ess(self.draws, method="tail", prob=TAIL, **axes)),
                np.asarray(found.bfmi(self.energy)),
                int(np.sum(self.divergent)),
            )

    @property
    def holds(self) -> bool:
        """Whether the diagnostics hold."""
        return self.diagnostics().holds

    def as_dict(self) -> dict[str, Any]:
        """What was sampled and how it went, as plain data, without the draws."""
        chains, draws, coordinates = self.draws.shape
        request = {"chains": chains, "draws": draws, "warm-up": self.warm_up, "seed": self.seed}
        went = {"step size": self.step_size, "acceptance": float(np.mean(self.acceptance))}
        return {**request, "coordinates": coordinates, **went, **self.diagnostics().as_dict()}

    def compare(self, laplace: Laplace) -> Comparison:
        """How far the fast approximation is from these draws, coordinate by coordinate."""
        pooled = self.draws.reshape(-1, self.draws.shape[-1])
        deviation = pooled.std(axis=0, ddof=1)
        shift = (laplace.mode - pooled.mean(axis=0)) / deviation
        return Comparison(self.names, shift, laplace.deviations / deviation)

    def to_dataset(self) -> xr.Dataset:
        """The draws as `z` with dimensions chain, draw and coordinate; the rest by chain and draw."""
        measures = {name: (("chain", "draw"), getattr(self, name)) for name in MEASURES}
        chains, draws, _ = self.draws.shape
        return xr.Dataset(
            {"z": (("chain", "draw", "coordinate"), self.draws), **measures},
            {"chain": np.arange(chains), "draw": np.arange(draws), "coordinate": list(self.names)},
            {name: getattr(self, name) for name in SETTINGS},
        )

    def write(self, path: Path) -> None:
        """Write the draws to a path as NetCDF."""
        self.to_dataset().to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")

    def save(self, path: Path) -> Path:
        """Write the draws as NetCDF, whole or not at all; raises InputError where that cannot be."""
        with changing(path.parent, "choose another") as change:
            change.put(path.name, self.write)
        return path


def load_posterior(path: Path) -> Posterior:
    """A posterior as `Posterior.save` wrote it; raises InputError where there is none."""
    try:
        content = read_bytes(path, "a file of draws", "sample again")
        with xr.open_dataset(BytesIO(content), engine="scipy") as stored:
            held = stored.load()
        names = tuple(str(name) for name in held["coordinate"].values)
        measures: dict[str, Any] = {name: np.array(held[name].values) for name in MEASURES}
        settings: dict[str, Any] = {name: kind(held.attrs[name]) for name, kind in SETTINGS.items()}
        draws = np.array(held["z"].values, dtype=np.float64)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refuse(str(path), "no posterior", "a file of draws", "sample again") from error
    measures["divergent"] = measures["divergent"].astype(np.bool_)
    return Posterior(names, draws, **measures, **settings)


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
