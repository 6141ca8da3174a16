"""Hamiltonian Monte Carlo of a posterior: chains side by side on all cores, resumed bit for bit."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np

from latecomer.calibrate.chains import ACCEPTANCE, BLOCK, PATH, Move, State, Step, first_step, many, room
from latecomer.calibrate.checkpoint import CHECKPOINT, identity, read_checkpoint, write_checkpoint
from latecomer.calibrate.density import Density, Floats, required
from latecomer.calibrate.laplace import Laplace
from latecomer.calibrate.metric import learned, windows
from latecomer.calibrate.posterior import Posterior
from latecomer.faults import refuse

Report = Callable[[int, int, float], None]
MOST_STARTS = 100
PLACES = tuple(name for name in State._fields if name != "step")


@dataclass(frozen=True)
class _Run:
    """A run under way: iterations done, the state after them, the metric, what the draws so far have left.

    `state`: of all chains, each field with a first axis of chains.
    """

    done: int
    state: State
    cholesky: Floats
    kept: Move


@dataclass(frozen=True)
class _Asked:
    """What is sampled, and how."""

    density: Density
    mode: Floats
    chains: int
    seed: int
    warm_up: int
    acceptance: float

    @property
    def key(self) -> Any:
        return jax.random.key(self.seed)

    @property
    def windows(self) -> tuple[int, ...]:
        """After which iterations the metric is learned anew: never, where curvature is not to be had."""
        return () if self.density.curvature is None else windows(self.warm_up)

    def measured(self, cholesky: Floats, points: Floats) -> tuple[Floats, Floats]:
        """Loss and gradient at whitened points, shape (points, n)."""
        found = [self.density.whitened_loss_and_slope(self.mode, cholesky, point) for point in points]
        return np.array([value for value, _ in found]), np.stack([slope for _, slope in found])


def sample(
    density: Density,
    laplace: Laplace,
    chains: int = 4,
    draws: int = 1000,
    warm_up: int = 200,
    seed: int = 0,
    checkpoint: Path | None = None,
    resume: bool = False,
    report: Report | None = None,
    chunk: int = 10,
    acceptance: float = ACCEPTANCE,
) -> Posterior:
    """Draws of a posterior by Hamiltonian Monte Carlo in the coordinates whitened by its approximation.

    `draws`: of each chain, after `warm_up` iterations that adapt the step size of each to the mean
    `acceptance` and, where the density knows its curvature, learn the metric from where the chains are;
    `checkpoint`: a folder, written after every `chunk` iterations; `resume`: go on from there, to the same
    posterior bit for bit, or to more draws than were asked before; `report`: told iterations done, all, and
    the mean acceptance of the last chunk. Iteration k of a chain is told by (seed, chain, k) alone, but for
    the metric, which the chains share. Raises InputError for a wrong request, a checkpoint that is missing,
    in the way, or of another posterior, and where no starting point has a finite loss.
    """
    required("blackjax")
    _check_request(chains, draws, warm_up, chunk, acceptance)
    asked = _Asked(density, laplace.mode, chains, seed, warm_up, acceptance)
    settings = {"seed": seed, "chains": chains, "warm_up": warm_up, "acceptance": acceptance}
    of = identity(density, laplace, **settings)
    file = None if checkpoint is None else checkpoint / CHECKPOINT
    held = read_checkpoint(file, resume, of)
    run = _begun(asked, laplace.cholesky) if held is None else _resumed(asked, held)
    total = warm_up + draws
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while run.done < total:
            ends = [end for end in (*asked.windows, total) if end > run.done]
            run, accepted = _go_on(asked, pool, run, min(chunk, ends[0] - run.done))
            if run.done in asked.windows:
                run = _with_metric(asked, pool, run)
            if file is not None:
                write_checkpoint(file, _arrays(run), of)
            if report is not None:
                report(run.done, total, accepted)
    kept = Move(*(np.ascontiguousarray(np.moveaxis(rows[:draws], 0, 1)) for rows in run.kept))
    step = float(np.mean(np.minimum(np.exp(run.state.step.log_x_avg), PATH)))
    return Posterior(density.names, *kept, step, seed, warm_up)


def _go_on(asked: _Asked, pool: ThreadPoolExecutor, run: _Run, count: int) -> tuple[_Run, float]:
    """The run after `count` more iterations, and their mean acceptance."""

    def one(chain: int) -> tuple[State, Move]:
        own = jax.tree.map(lambda part: part[chain], run.state)
        span = run.done, count, chain
        of = asked.density, asked.mode, run.cholesky, asked.key
        return many(*of, own, span, asked.warm_up, asked.acceptance)

    states, left = zip(*pool.map(one, range(asked.chains)), strict=True)
    fresh = jax.tree.map(lambda *parts: np.stack(parts, axis=1), *left)
    fresh = fresh._replace(draw=asked.mode + fresh.draw @ run.cholesky.T)
    drawn = Move(*(rows[max(0, asked.warm_up - run.done) :] for rows in fresh))
    kept = Move(*(np.concatenate(pair) for pair in zip(run.kept, drawn, strict=True)))
    state = jax.tree.map(lambda *parts: np.stack(parts), *states)
    return replace(run, done=run.done + count, state=state, kept=kept), float(np.mean(fresh.acceptance))


def _with_metric(asked: _Asked, pool: ThreadPoolExecutor, run: _Run) -> _Run:
    """The run at the same points, in the metric learned from their curvature."""
    points: Floats = asked.mode + np.asarray(run.state.position, dtype=np.float64) @ run.cholesky.T
    curvatures = list(pool.map(asked.density.hessian, points))
    cholesky = learned(run.cholesky, curvatures, 1.0 / (1 + asked.windows.index(run.done)))
    position = np.asarray(np.linalg.solve(cholesky, (points - asked.mode).T).T, dtype=np.float64)
    value, slope = asked.measured(cholesky, position)
    return replace(run, state=State(position, -value, -slope, run.state.step), cholesky=cholesky)


def _check_request(chains: int, draws: int, warm_up: int, chunk: int, acceptance: float) -> None:
    asked = {"chains": (chains, 1, 10_000), "draws": (draws, 1, 10**9), "warm-up": (warm_up, 0, 10**9)}
    for name, (value, least, most) in (asked | {"chunk": (chunk, 1, BLOCK)}).items():
        if not least <= value <= most:
            raise refuse(
                f"--{name}", str(value), f"a number from {least} to {most}", "ask for another number"
            )
    if not 0.0 < acceptance < 1.0:
        raise refuse("acceptance", str(acceptance), "a number between 0 and 1", "take 0.8")


def _begun(asked: _Asked, cholesky: Floats) -> _Run:
    """A run before its first iteration: draws of the approximation, ever closer to the mode where it is poor.

    A draw is taken where its loss is finite and at most n above that of the mode; a normal posterior has half
    of that on average. Where the approximation is too wide, chains begin nearer and spread by themselves.
    """
    starts, chains, n = jax.random.split(asked.key, 3)[2], asked.chains, len(asked.density)
    highest = asked.measured(cholesky, np.zeros((1, n)))[0][0] + n
    point, value, slope = np.zeros((chains, n)), np.zeros(chains), np.zeros((chains, n))
    missing, scale = np.full(chains, True), np.ones(chains)
    for attempt in range(MOST_STARTS):
        at = np.flatnonzero(missing)
        for chain in at:
            own = jax.random.fold_in(jax.random.fold_in(starts, int(chain)), attempt)
            point[chain] = scale[chain] * np.asarray(jax.random.normal(own, (n,)))
        value[at], slope[at] = asked.measured(cholesky, point[at])
        finite = np.isfinite(value) & np.all(np.isfinite(slope), axis=1)
        missing = ~(finite & (value <= highest))
        if not missing.any():
            step = Step(*(np.repeat(np.asarray(part), chains) for part in first_step(n)))
            return _Run(0, State(point, -value, -slope, step), cholesky, _nothing(chains, n))
        scale[missing & finite] *= 0.5
    raise refuse(
        "posterior", f"no finite loss in {MOST_STARTS} draws of the approximation",
        "a density that is finite around its mode", "fit again from other starts",
    )  # fmt: skip


def _nothing(chains: int, n: int) -> Move:
    """What no iterations of all chains have left."""
    return Move(*(np.stack([part] * chains, axis=1) for part in room(0, n)))


def _arrays(run: _Run) -> dict[str, Any]:
    arrays = {f"kept_{name}": part for name, part in run.kept._asdict().items()}
    arrays |= {f"state_{name}": getattr(run.state, name) for name in PLACES}
    arrays |= {f"step_{name}": part for name, part in run.state.step._asdict().items()}
    return arrays | {"done": np.asarray(run.done), "cholesky": run.cholesky}


def _resumed(asked: _Asked, held: dict[str, Any]) -> _Run:
    """A run as its checkpoint left it; refused where its losses are no longer those of the density."""
    parts = {name: held[f"state_{name}"] for name in PLACES}
    step = Step(*(held[f"step_{name}"] for name in Step._fields))
    again, _ = asked.measured(held["cholesky"], parts["position"])
    if not np.allclose(-again, parts["logdensity"], rtol=1e-6, atol=1e-6):
        raise refuse(
            "--resume", "a checkpoint with other losses at its positions", "one of this very loss",
            "begin again: the model or the likelihood has changed",
        )  # fmt: skip
    kept = Move(*(held[f"kept_{name}"] for name in Move._fields))
    return _Run(int(held["done"]), State(**parts, step=step), held["cholesky"], kept)
