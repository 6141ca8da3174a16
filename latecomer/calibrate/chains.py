"""Moves of Hamiltonian Monte Carlo: one iteration of a chain, and many."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from latecomer.calibrate.density import Density, Loss, required
from latecomer.solve.arrays import Array, Number
from latecomer.solve.settings import loop_options

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
