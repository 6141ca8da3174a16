"""Hamiltonian Monte Carlo of a posterior: chains side by side on all cores, resumed bit for bit.

Also here:
- Moves of Hamiltonian Monte Carlo: one iteration of a chain, and many.
- The checkpoint of a sampler: written whole or not at all, and read by the very posterior it is of.
- The metric of a sampler, learned on the way: the curvature that its chains meet where they are.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import jax
import jax.numpy as jnp
import numpy as np

from latecomer.errors import refuse
from latecomer.files import read_bytes, write_whole
from latecomer.inference.diagnostics import Posterior
from latecomer.inference.laplace import Density, Floats, Laplace, Loss, required
from latecomer.simulate.grid import Array, Number
from latecomer.simulate.jit_cache import loop_options

LogDensity = Callable[[Any], Any]

PATH = math.pi / 2.0
"""Mean time of a trajectory: a quarter of the period of a standard normal, which then forgets its start."""

MOST_STEPS = 64

ACCEPTANCE = 0.8

BLOCK = 20
"""The most iterations of one call: the program holds room for as many, and one program serves all lengths."""


class Step(NamedTuple):
    """State of the dual averaging of the step size, as in `blackjax.optimizers.dual_averaging`."""

    log_x: Array
    log_x_avg: Array
    step: Array
    avg_error: Array
    mu: Array


class State(NamedTuple):
    """All that the next iteration needs: the whitened position (n,), its density, the step size."""

    position: Array
    logdensity: Array
    gradient: Array
    step: Step


class Move(NamedTuple):
    """What one iteration leaves: the draw, shape (n,), its loss, and how the move went."""

    draw: Any
    loss: Any
    acceptance: Any
    divergent: Any
    energy: Any


def first_step(n: int) -> Step:
    """The dual averaging before its first iteration, from the step of a standard normal of n coordinates.

    step = n ** (-1 / 4), whose error of energy does not depend on n. Source: Beskos and others (2013),
    Bernoulli 19.

    >>> float(jnp.exp(first_step(16).log_x))
    0.5
    """
    log = jnp.asarray(-0.25 * math.log(n))
    return Step(log, log, jnp.asarray(1.0), jnp.asarray(0.0), log)


def iterate(
    logdensity: LogDensity,
    key: Array,
    state: State,
    k: Number,
    warm_up: Number,
    target: Number,
    chain: Number = 0,
) -> tuple[State, Move]:
    """One iteration of a chain of a whitened density.

    time = pi / 2 * (1 / 2 + U(0, 1));  steps = ceil(time / bound);  step = time / steps

    `logdensity`: of u, shape (n,); `key`: of the whole run, from which chain and iteration k make their own;
    `bound`: the adapted step, moved during warm-up towards the acceptance `target`. A move to where density
    or gradient is not finite is refused, and counts as divergent. Source: Neal (2011), Handbook of Markov
    Chain Monte Carlo, section 5.3; Hoffman and Gelman (2014), JMLR 15, section 3.2, for the step.
    """
    hmc = required("blackjax.mcmc.hmc")
    _, update, _ = required("blackjax.optimizers.dual_averaging").dual_averaging()
    moves, times, _ = jax.random.split(key, 3)
    adapting = k < warm_up
    bound = jnp.minimum(jnp.exp(jnp.where(adapting, state.step.log_x, state.step.log_x_avg)), PATH)
    time = PATH * (0.5 + jax.random.uniform(jax.random.fold_in(times, k)))
    steps = jnp.clip(jnp.ceil(time / bound), 1.0, MOST_STEPS)
    step, unit = jnp.minimum(time / steps, bound), jnp.ones_like(state.position)
    own = jax.random.fold_in(jax.random.fold_in(moves, chain), k)
    start = hmc.HMCState(state.position, state.logdensity, state.gradient)
    end, info = hmc.build_kernel()(own, start, logdensity, step, unit, steps.astype(int))
    sound = jnp.isfinite(end.logdensity) & jnp.all(jnp.isfinite(end.logdensity_grad))
    u, log, gradient = jax.tree.map(lambda new, old: jnp.where(sound, new, old), end, start)
    energy = 0.5 * jnp.sum(info.momentum**2) - state.logdensity
    moved = Step(*update(state.step, target - info.acceptance_rate))
    adapted = jax.tree.map(lambda new, old: jnp.where(adapting, new, old), moved, state.step)
    left = Move(u, -log, info.acceptance_rate, info.is_divergent | ~sound, energy)
    return State(u, log, gradient, adapted), left


def finite(loss: Array) -> Any:
    """The logarithm of a density: minus its loss, and minus infinity where that is no number."""
    return jnp.where(jnp.isfinite(loss), -loss, -jnp.inf)


@cache
def _program() -> Any:
    def go_on(
        loss: Loss,
        given: tuple[Any, ...],
        key: Array,
        state: State,
        span: Array,
        warm_up: Number,
        target: Number,
    ) -> Any:
        def body(i: Array, held: Array) -> Any:
            state, room = held
            state, move = iterate(
                lambda u: finite(loss(u, given)), key, state, span[0] + i, warm_up, target, span[2]
            )
            return state, jax.tree.map(lambda rows, row: rows.at[i].set(row), room, move)

        left = jax.tree.map(jnp.asarray, room(BLOCK, len(state.position)))
        return jax.lax.fori_loop(0, span[1], body, (state, left))

    return jax.jit(go_on, static_argnums=0, compiler_options=loop_options())


def many(
    density: Density,
    mode: Array,
    cholesky: Array,
    key: Array,
    state: State,
    span: tuple[int, int, int],
    warm_up: int,
    target: float,
) -> tuple[State, Move]:
    """Some iterations of one chain; `span`: iterations done, how many more, and which chain.

    A density that brings a compiled program of its own is called from a loop in Python: to compile that
    program into another one takes minutes. The draws are whitened, as the state is.
    """
    done, count, chain = span
    if density.both is None:
        whitened = density.whitened(mode, cholesky)
        at = jnp.asarray(span)
        state, left = _program()(whitened.loss, whitened.given, key, state, at, warm_up, target)
        return jax.tree.map(np.asarray, state), jax.tree.map(lambda rows: np.asarray(rows)[:count], left)
    logdensity, moves = _called(density, mode, cholesky), []
    for k in range(done, done + count):
        with jax.disable_jit():
            state, move = iterate(logdensity, key, state, k, warm_up, target, chain)
        moves.append(jax.tree.map(np.asarray, move))
    return jax.tree.map(np.asarray, state), jax.tree.map(lambda *rows: np.stack(rows), *moves)


def _called(density: Density, mode: Array, cholesky: Array) -> LogDensity:
    """A whitened density whose value and gradient come from the density's own program, at numbers only."""

    def forward(u: Array) -> tuple[Any, Any]:
        with jax.disable_jit(False):
            value, slope = density.whitened_loss_and_slope(mode, cholesky, np.asarray(u))
        return finite(jnp.asarray(value)), jnp.asarray(-slope)

    @jax.custom_vjp
    def logdensity(u: Array) -> Any:
        return forward(u)[0]

    logdensity.defvjp(forward, lambda slope, change: (change * slope,))
    found: LogDensity = logdensity
    return found


def room(length: int, n: int) -> Move:
    """Room for what some iterations leave."""
    loss, acceptance, energy = (np.zeros(length) for _ in range(3))
    return Move(np.zeros((length, n)), loss, acceptance, np.zeros(length, dtype=bool), energy)


WINDOWS = (0.1, 0.25, 0.45, 0.7)
"""Parts of the warm-up after which the metric is learned anew; the rest is for the step size."""


def windows(warm_up: int) -> tuple[int, ...]:
    """Iterations after which the metric is learned anew.

    >>> windows(100)
    (10, 25, 45, 70)
    """
    return tuple(sorted({at for part in WINDOWS if 0 < (at := round(part * warm_up)) < warm_up}))


def learned(factor: Floats, curvatures: Sequence[Floats], share: float) -> Floats:
    """The factor of a metric after curvatures H of the loss, met by chains, have been averaged into it.

    L' H[i] L = Q[i] diag(e[i]) Q[i]';  W = share * mean of Q[i] diag(log e[i]) Q[i]'
    new L = lower factor of L exp(-W) L'

    `factor`: L with L L' the covariance that the chains took for theirs, (n, n); `share`: 1 for the first
    window, 1 / 2 for the second: so all count alike. The mean of logarithms, not that of curvatures: one
    chain on a cliff would else shorten the steps of all along its direction. Curvatures that are not
    finite are left out. Source: Arsigny, Fillard, Pennec and Ayache (2007), SIAM Journal on Matrix Analysis
    and Applications 29, section 3, for the logarithmic mean.

    >>> learned(np.eye(1), [np.array([[100.0]]), np.array([[1.0]])], 1.0).round(6).tolist()  # 10 ** -.5
    [[0.316228]]
    """
    sound = [one for one in curvatures if np.all(np.isfinite(one))]
    if not sound:
        return factor
    moved = share * np.mean([_logarithm(factor.T @ one @ factor) for one in sound], axis=0)
    values, vectors = np.linalg.eigh(moved)
    _, upper = np.linalg.qr((factor @ vectors * np.exp(-values / 2.0)).T)
    lower: Floats = (upper * np.where(np.diag(upper) < 0.0, -1.0, 1.0)[:, None]).T
    return lower


def _logarithm(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2.0)
    least = np.finfo(np.float64).eps * max(float(values[-1]), 1.0)
    found: Floats = (vectors * np.log(np.maximum(values, least))) @ vectors.T
    return found


CHECKPOINT = "checkpoint.npz"

IDENTITY = "identity"


def identity(density: Density, laplace: Laplace, **settings: object) -> dict[str, str]:
    """What tells one run from another: names, arrays, mode and settings, as digests by what they are of."""
    leaves, tree = jax.tree.flatten(density.given)
    arrays = [np.asarray(leaf) for leaf in leaves]
    content = [f"{tree}".encode(), *(f"{a.dtype}{a.shape}".encode() + a.tobytes() for a in arrays)]
    parts = {
        "names": json.dumps(density.names).encode(),
        "given": b"".join(sha256(part).digest() for part in content),
        "mode": laplace.mode.tobytes(),
    }
    options = {name.replace("_", "-"): str(value) for name, value in settings.items()}
    return {name: sha256(part).hexdigest() for name, part in parts.items()} | options


def write_checkpoint(file: Path, arrays: dict[str, Any], of: dict[str, str]) -> None:
    """Write a checkpoint beside the old one, then give it its name: a kill leaves one or the other."""
    details: dict[str, Any] = {IDENTITY: np.asarray(json.dumps(of))}
    stream = BytesIO()
    np.savez(stream, allow_pickle=False, **arrays, **details)
    write_whole(file, stream.getvalue(), "choose another")


def read_checkpoint(file: Path | None, resume: bool, of: dict[str, str]) -> dict[str, Any] | None:
    """The arrays of a checkpoint to go on from, None to begin anew; raises InputError where it is not so."""
    if not resume:
        if file is not None and file.exists():
            raise refuse(
                str(file), "a checkpoint in the way", "none yet", "resume it, or choose another folder"
            )
        return None
    if file is None or not file.exists():
        raise refuse(str(file or "--resume"), "no checkpoint", "one to go on from", "begin without --resume")
    try:
        content = read_bytes(file, "a checkpoint", "remove it and begin again")
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            held = {name: stored[name] for name in stored.files}
        other = json.loads(str(held[IDENTITY]))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise refuse(
            str(file), "no whole checkpoint", "one of `sample`", "remove it and begin again"
        ) from error
    differing = [name for name, value in of.items() if other.get(name) != value]
    if differing:
        raise refuse(
            str(file), f"a checkpoint with other {', '.join(differing)}", "one of this very posterior",
            "ask as before, or choose another folder",
        )  # fmt: skip
    return held


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
class _SamplingOptions:
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
    options = _SamplingOptions(density, laplace.mode, chains, seed, warm_up, acceptance)
    settings = {"seed": seed, "chains": chains, "warm_up": warm_up, "acceptance": acceptance}
    of = identity(density, laplace, **settings)
    file = None if checkpoint is None else checkpoint / CHECKPOINT
    held = read_checkpoint(file, resume, of)
    run = _begun(options, laplace.cholesky) if held is None else _resumed(options, held)
    total = warm_up + draws
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        while run.done < total:
            ends = [end for end in (*options.windows, total) if end > run.done]
            run, accepted = _go_on(options, pool, run, min(chunk, ends[0] - run.done))
            if run.done in options.windows:
                run = _with_metric(options, pool, run)
            if file is not None:
                write_checkpoint(file, _arrays(run), of)
            if report is not None:
                report(run.done, total, accepted)
    kept = Move(*(np.ascontiguousarray(np.moveaxis(rows[:draws], 0, 1)) for rows in run.kept))
    step = float(np.mean(np.minimum(np.exp(run.state.step.log_x_avg), PATH)))
    return Posterior(density.names, *kept, step, seed, warm_up)


def _go_on(options: _SamplingOptions, pool: ThreadPoolExecutor, run: _Run, count: int) -> tuple[_Run, float]:
    """The run after `count` more iterations, and their mean acceptance."""

    def one(chain: int) -> tuple[State, Move]:
        own = jax.tree.map(lambda part: part[chain], run.state)
        span = run.done, count, chain
        of = options.density, options.mode, run.cholesky, options.key
        return many(*of, own, span, options.warm_up, options.acceptance)

    states, left = zip(*pool.map(one, range(options.chains)), strict=True)
    fresh = jax.tree.map(lambda *parts: np.stack(parts, axis=1), *left)
    fresh = fresh._replace(draw=options.mode + fresh.draw @ run.cholesky.T)
    drawn = Move(*(rows[max(0, options.warm_up - run.done) :] for rows in fresh))
    kept = Move(*(np.concatenate(pair) for pair in zip(run.kept, drawn, strict=True)))
    state = jax.tree.map(lambda *parts: np.stack(parts), *states)
    return replace(run, done=run.done + count, state=state, kept=kept), float(np.mean(fresh.acceptance))


def _with_metric(options: _SamplingOptions, pool: ThreadPoolExecutor, run: _Run) -> _Run:
    """The run at the same points, in the metric learned from their curvature."""
    points: Floats = options.mode + np.asarray(run.state.position, dtype=np.float64) @ run.cholesky.T
    curvatures = list(pool.map(options.density.hessian, points))
    cholesky = learned(run.cholesky, curvatures, 1.0 / (1 + options.windows.index(run.done)))
    position = np.asarray(np.linalg.solve(cholesky, (points - options.mode).T).T, dtype=np.float64)
    value, slope = options.measured(cholesky, position)
    return replace(run, state=State(position, -value, -slope, run.state.step), cholesky=cholesky)


def _check_request(chains: int, draws: int, warm_up: int, chunk: int, acceptance: float) -> None:
    options = {"chains": (chains, 1, 10_000), "draws": (draws, 1, 10**9), "warm-up": (warm_up, 0, 10**9)}
    for name, (value, least, most) in (options | {"chunk": (chunk, 1, BLOCK)}).items():
        if not least <= value <= most:
            raise refuse(
                f"--{name}", str(value), f"a number from {least} to {most}", "ask for another number"
            )
    if not 0.0 < acceptance < 1.0:
        raise refuse("acceptance", str(acceptance), "a number between 0 and 1", "take 0.8")


def _begun(options: _SamplingOptions, cholesky: Floats) -> _Run:
    """A run before its first iteration: draws of the approximation, ever closer to the mode where it is poor.

    A draw is taken where its loss is finite and at most n above that of the mode; a normal posterior has half
    of that on average. Where the approximation is too wide, chains begin nearer and spread by themselves.
    """
    starts, chains, n = jax.random.split(options.key, 3)[2], options.chains, len(options.density)
    highest = options.measured(cholesky, np.zeros((1, n)))[0][0] + n
    point, value, slope = np.zeros((chains, n)), np.zeros(chains), np.zeros((chains, n))
    missing, scale = np.full(chains, True), np.ones(chains)
    for attempt in range(MOST_STARTS):
        at = np.flatnonzero(missing)
        for chain in at:
            own = jax.random.fold_in(jax.random.fold_in(starts, int(chain)), attempt)
            point[chain] = scale[chain] * np.asarray(jax.random.normal(own, (n,)))
        value[at], slope[at] = options.measured(cholesky, point[at])
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


def _resumed(options: _SamplingOptions, held: dict[str, Any]) -> _Run:
    """A run as its checkpoint left it; refused where its losses are no longer those of the density."""
    parts = {name: held[f"state_{name}"] for name in PLACES}
    step = Step(*(held[f"step_{name}"] for name in Step._fields))
    again, _ = options.measured(held["cholesky"], parts["position"])
    if not np.allclose(-again, parts["logdensity"], rtol=1e-6, atol=1e-6):
        raise refuse(
            "--resume", "a checkpoint with other losses at its positions", "one of this very loss",
            "begin again: the model or the likelihood has changed",
        )  # fmt: skip
    kept = Move(*(held[f"kept_{name}"] for name in Move._fields))
    return _Run(int(held["done"]), State(**parts, step=step), held["cholesky"], kept)
