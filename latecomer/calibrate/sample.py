"""Hamiltonian Monte Carlo of a posterior: chains side by side in one program, resumed bit for bit."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import jax
import jax.numpy as jnp
import numpy as np

from latecomer.calibrate.density import Density, Loss, required
from latecomer.calibrate.laplace import Laplace
from latecomer.calibrate.posterior import Posterior
from latecomer.faults import refuse
from latecomer.solve.settings import loop_options

Report = Callable[[int, int, float], None]

PATH = math.pi / 2.0
"""Mean time of a trajectory: a quarter of the period of a standard normal, which then forgets its start."""
MOST_STEPS = 64
ACCEPTANCE = 0.8
BLOCK = 20
"""The most iterations of one call: the program holds room for as many, and one program serves all lengths."""
MOST_STARTS = 100
CHECKPOINT = "checkpoint.npz"


class Step(NamedTuple):
    """State of the dual averaging of the step size, as in `blackjax.optimizers.dual_averaging`."""

    log_x: Any
    log_x_avg: Any
    step: Any
    avg_error: Any
    mu: Any


class State(NamedTuple):
    """All that the next iteration needs: whitened positions (chains, n), their densities, the step size."""

    position: Any
    logdensity: Any
    gradient: Any
    step: Step


class Move(NamedTuple):
    """What one iteration leaves, a row a chain: draw z (chains, n), its loss, and how the move went."""

    z: Any
    loss: Any
    acceptance: Any
    divergent: Any
    energy: Any


@dataclass
class _Run:
    """A run under way: iterations done, the state after them, and what the draws so far have left."""

    done: int
    state: State
    kept: Move


def iterate(
    loss: Loss, given: Any, key: Any, state: State, k: Any, warm_up: Any, target: Any
) -> tuple[State, Move]:
    """One iteration of all chains of a whitened density, with one step size and number of steps for all.

    time = pi / 2 * (1 / 2 + U(0, 1));  steps = ceil(time / bound);  step = time / steps

    `loss`: of u; `key`: of the whole run, from which chain and iteration k make their own; `bound`: the
    adapted step, moved during warm-up towards the mean acceptance `target` of the chains. A move to where
    loss or gradient is not finite is refused, and counts as divergent. Source: Neal (2011), Handbook of
    Markov Chain Monte Carlo, section 5.3; Hoffman and Gelman (2014), JMLR 15, section 3.2, for the step.
    """
    hmc = required("blackjax.mcmc.hmc")
    _, update, _ = required("blackjax.optimizers.dual_averaging").dual_averaging()
    moves, times, _ = jax.random.split(key, 3)
    adapting = k < warm_up
    bound = jnp.minimum(jnp.exp(jnp.where(adapting, state.step.log_x, state.step.log_x_avg)), PATH)
    time = PATH * (0.5 + jax.random.uniform(jax.random.fold_in(times, k)))
    steps = jnp.clip(jnp.ceil(time / bound), 1.0, MOST_STEPS)
    step = jnp.minimum(time / steps, bound)
    kernel = hmc.build_kernel()

    def density(u: Any) -> Any:
        found = loss(u, given)
        return jnp.where(jnp.isfinite(found), -found, -jnp.inf)

    def one(chain: Any, position: Any, logdensity: Any, gradient: Any) -> tuple[Any, ...]:
        own = jax.random.fold_in(jax.random.fold_in(moves, chain), k)
        start = hmc.HMCState(position, logdensity, gradient)
        end, info = kernel(own, start, density, step, jnp.ones_like(position), steps.astype(int))
        sound = jnp.isfinite(end.logdensity) & jnp.all(jnp.isfinite(end.logdensity_grad))
        kept = jax.tree.map(lambda new, old: jnp.where(sound, new, old), end, start)
        energy = 0.5 * jnp.sum(info.momentum**2) - logdensity
        return *kept, info.acceptance_rate, info.is_divergent | ~sound, energy

    chains = jnp.arange(len(state.position))
    z, logdensity, gradient, acceptance, divergent, energy = jax.vmap(one)(chains, *state[:3])
    moved = Step(*update(state.step, target - jnp.mean(acceptance)))
    adapted = jax.tree.map(lambda new, old: jnp.where(adapting, new, old), moved, state.step)
    return State(z, logdensity, gradient, adapted), Move(z, -logdensity, acceptance, divergent, energy)


def first_step(n: int) -> Step:
    """The dual averaging before its first iteration, from the step of a standard normal of n coordinates.

    step = n ** (-1 / 4), whose error of energy does not depend on n. Source: Beskos and others (2013),
    Bernoulli 19.

    >>> float(np.exp(first_step(16).log_x))
    0.5
    """
    log = jnp.asarray(-0.25 * math.log(n))
    return Step(log, log, jnp.asarray(1.0), jnp.asarray(0.0), log)


@cache
def _programs() -> tuple[Any, Any]:
    compiled = partial(jax.jit, static_argnums=0, compiler_options=loop_options())

    def begin(loss: Loss, given: Any, points: Any) -> Any:
        return jax.vmap(jax.value_and_grad(lambda u: loss(u, given)))(points)

    def go_on(loss: Loss, given: Any, key: Any, state: State, span: Any, warm_up: Any, target: Any) -> Any:
        def body(i: Any, held: Any) -> Any:
            state, room = held
            state, move = iterate(loss, given, key, state, span[0] + i, warm_up, target)
            mode, cholesky, _ = given
            drawn = move._replace(z=jax.vmap(lambda u: mode + cholesky @ u)(move.z))
            return state, jax.tree.map(lambda rows, row: rows.at[i].set(row), room, drawn)

        return jax.lax.fori_loop(0, span[1], body, (state, _room(BLOCK, state.position.shape, jnp)))

    return compiled(begin), compiled(go_on)


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

    `draws`: of each chain, after `warm_up` iterations that adapt the step size to the mean `acceptance`;
    `checkpoint`: a folder, written after every `chunk` iterations; `resume`: go on from there, to the same
    posterior bit for bit, or to more draws than were asked before; `report`: told iterations done, all, and
    the mean acceptance of the last chunk. Iteration k of a chain is told by (seed, chain, k) alone. Raises
    InputError for a wrong request, a checkpoint that is missing, in the way, or of another posterior, and
    where no starting point has a finite loss.
    """
    required("blackjax")
    _check_request(chains, draws, warm_up, chunk, acceptance)
    identity = _identity(density, laplace, chains, seed, warm_up, acceptance)
    file = None if checkpoint is None else checkpoint / CHECKPOINT
    held = _read(file, resume, identity)
    cholesky = laplace.cholesky if held is None else held["cholesky"]
    whitened = density.whitened(laplace.mode, cholesky)
    key = jax.random.key(seed)
    run = _begun(whitened, key, chains) if held is None else _resumed(whitened, held)
    total = warm_up + draws
    while run.done < total:
        run, accepted = _go_on(whitened, key, run, min(chunk, total - run.done), warm_up, acceptance)
        if file is not None:
            _write(file, run, cholesky, identity)
        if report is not None:
            report(run.done, total, accepted)
    kept = Move(*(np.ascontiguousarray(np.moveaxis(rows[:draws], 0, 1)) for rows in run.kept))
    return Posterior(density.names, *kept, min(float(np.exp(run.state.step.log_x_avg)), PATH), seed, warm_up)


def _go_on(
    whitened: Density, key: Any, run: _Run, count: int, warm_up: int, acceptance: float
) -> tuple[_Run, float]:
    """The run after `count` more iterations, and their mean acceptance."""
    span = jnp.asarray([run.done, count])
    state, room = _programs()[1](whitened.loss, whitened.given, key, run.state, span, warm_up, acceptance)
    fresh = Move(*(np.asarray(rows)[max(0, warm_up - run.done) : count] for rows in room))
    kept = Move(*(np.concatenate(pair) for pair in zip(run.kept, fresh, strict=True)))
    return _Run(run.done + count, state, kept), float(np.mean(np.asarray(room.acceptance)[:count]))


def _check_request(chains: int, draws: int, warm_up: int, chunk: int, acceptance: float) -> None:
    asked = {"chains": (chains, 1, 10_000), "draws": (draws, 1, 10**9), "warm-up": (warm_up, 0, 10**9)}
    for name, (value, least, most) in (asked | {"chunk": (chunk, 1, BLOCK)}).items():
        if not least <= value <= most:
            raise refuse(
                f"--{name}", str(value), f"a number from {least} to {most}", "ask for another number"
            )
    if not 0.0 < acceptance < 1.0:
        raise refuse("acceptance", str(acceptance), "a number between 0 and 1", "take 0.8")


def _room(length: int, shape: tuple[int, int], library: Any = np) -> Move:
    """Room for what some iterations leave; `shape`: (chains, n)."""
    rows = (length, shape[0])
    loss, acceptance, energy = (library.zeros(rows) for _ in range(3))
    divergent = library.zeros(rows, dtype=bool)
    return Move(library.zeros((length, *shape)), loss, acceptance, divergent, energy)


def _begun(whitened: Density, key: Any, chains: int) -> _Run:
    """A run before its first iteration: draws of the approximation, ever closer to the mode where it is poor.

    A draw is taken where its loss is finite and at most n above that of the mode; a normal posterior has half
    of that on average. Where the approximation is too wide, chains begin nearer and spread by themselves.
    """
    starts, n = jax.random.split(key, 3)[2], len(whitened)
    missing, point = np.full(chains, True), np.zeros((chains, n))
    begin, scale, highest = _programs()[0], np.ones(chains), np.inf
    value, slope = np.zeros(chains), np.zeros((chains, n))
    for attempt in range(MOST_STARTS):
        for chain in np.flatnonzero(missing):
            own = jax.random.fold_in(jax.random.fold_in(starts, int(chain)), attempt)
            point[chain] = scale[chain] * np.asarray(jax.random.normal(own, (n,)))
        if not attempt:
            highest = float(begin(whitened.loss, whitened.given, jnp.zeros((chains, n)))[0][0]) + n
        value, slope = (np.asarray(part) for part in begin(whitened.loss, whitened.given, jnp.asarray(point)))
        finite = np.isfinite(value) & np.all(np.isfinite(slope), axis=1)
        missing = ~(finite & (value <= highest))
        if not missing.any():
            state = State(jnp.asarray(point), jnp.asarray(-value), jnp.asarray(-slope), first_step(n))
            return _Run(0, state, _room(0, (chains, n)))
        scale[missing & finite] *= 0.5
    raise refuse(
        "posterior", f"no finite loss in {MOST_STARTS} draws of the approximation",
        "a density that is finite around its mode", "fit again from other starts",
    )  # fmt: skip


def _identity(
    density: Density, laplace: Laplace, chains: int, seed: int, warm_up: int, acceptance: float
) -> dict[str, str]:
    leaves, tree = jax.tree.flatten(density.given)
    arrays = [np.asarray(leaf) for leaf in leaves]
    content = [f"{tree}".encode(), *(f"{a.dtype}{a.shape}".encode() + a.tobytes() for a in arrays)]
    parts = {
        "names": json.dumps(density.names).encode(),
        "given": b"".join(sha256(part).digest() for part in content),
        "mode": laplace.mode.tobytes(),
    }
    settings = {"seed": seed, "chains": chains, "warm-up": warm_up, "acceptance": acceptance}
    return {name: sha256(part).hexdigest() for name, part in parts.items()} | {
        name: str(value) for name, value in settings.items()
    }


def _write(file: Path, run: _Run, cholesky: Any, identity: dict[str, str]) -> None:
    """Write a checkpoint beside the old one, then give it its name: a kill leaves one or the other."""
    arrays = {f"kept_{name}": part for name, part in run.kept._asdict().items()}
    arrays |= {
        f"state_{name}": np.asarray(part) for name, part in run.state._asdict().items() if name != "step"
    }
    arrays |= {f"step_{name}": np.asarray(part) for name, part in run.state.step._asdict().items()}
    arrays |= {
        "done": np.asarray(run.done),
        "cholesky": cholesky,
        "identity": np.asarray(json.dumps(identity)),
    }
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as scratch:
            fresh = Path(scratch) / file.name
            with fresh.open("wb") as stream:
                np.savez(stream, **arrays)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(file)
    except OSError as error:
        raise refuse(
            str(file), error.strerror or str(error), "a folder that can be written to", "choose another"
        ) from error


def _read(file: Path | None, resume: bool, identity: dict[str, str]) -> dict[str, Any] | None:
    if not resume:
        if file is not None and file.exists():
            raise refuse(
                str(file), "a checkpoint in the way", "none yet", "resume it, or choose another folder"
            )
        return None
    if file is None or not file.exists():
        raise refuse(str(file or "--resume"), "no checkpoint", "one to go on from", "begin without --resume")
    try:
        with np.load(BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            held = {name: stored[name] for name in stored.files}
        other = json.loads(str(held["identity"]))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise refuse(
            str(file), "no whole checkpoint", "one of `sample`", "remove it and begin again"
        ) from error
    differing = [name for name, value in identity.items() if other.get(name) != value]
    if differing:
        raise refuse(
            str(file), f"a checkpoint with other {', '.join(differing)}", "one of this very posterior",
            "ask as before, or choose another folder",
        )  # fmt: skip
    return held


def _resumed(whitened: Density, held: dict[str, Any]) -> _Run:
    """A run as its checkpoint left it; refused where its losses are no longer those of the density."""
    parts = {name: jnp.asarray(held[f"state_{name}"]) for name in State._fields if name != "step"}
    step = Step(*(jnp.asarray(held[f"step_{name}"]) for name in Step._fields))
    again, _ = _programs()[0](whitened.loss, whitened.given, parts["position"])
    if not np.allclose(-np.asarray(again), parts["logdensity"], rtol=1e-6, atol=1e-6):
        raise refuse(
            "--resume", "a checkpoint with other losses at its positions", "one of this very loss",
            "begin again: the model or the likelihood has changed",
        )  # fmt: skip
    kept = Move(*(held[f"kept_{name}"] for name in Move._fields))
    return _Run(int(held["done"]), State(**parts, step=step), kept)
