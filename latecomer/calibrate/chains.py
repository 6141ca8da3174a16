"""Moves of Hamiltonian Monte Carlo: one iteration of some chains, and the compiled program of many."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from latecomer.calibrate.density import Loss, required
from latecomer.solve.settings import loop_options

PATH = math.pi / 2.0
"""Mean time of a trajectory: a quarter of the period of a standard normal, which then forgets its start."""
MOST_STEPS = 64
ACCEPTANCE = 0.8
BLOCK = 20
"""The most iterations of one call: the program holds room for as many, and one program serves all lengths."""


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
    loss: Loss, given: Any, key: Any, state: State, k: Any, warm_up: Any, target: Any, first: Any = 0
) -> tuple[State, Move]:
    """One iteration of chains of a whitened density, with one step size and number of steps for them.

    time = pi / 2 * (1 / 2 + U(0, 1));  steps = ceil(time / bound);  step = time / steps

    `loss`: of u; `key`: of the whole run, from which chain and iteration k make their own, the chains counted
    from `first`; `bound`: the adapted step, moved during warm-up towards the mean acceptance `target` of the
    chains. A move to where loss or gradient is not finite is refused, and counts as divergent. Source: Neal
    (2011), Handbook of Markov Chain Monte Carlo, section 5.3; Hoffman and Gelman (2014), JMLR 15, section
    3.2, for the step.
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

    chains = first + jnp.arange(len(state.position))
    z, logdensity, gradient, acceptance, divergent, energy = jax.vmap(one)(chains, *state[:3])
    moved = Step(*update(state.step, target - jnp.mean(acceptance)))
    adapted = jax.tree.map(lambda new, old: jnp.where(adapting, new, old), moved, state.step)
    return State(z, logdensity, gradient, adapted), Move(z, -logdensity, acceptance, divergent, energy)


@cache
def program() -> Any:
    """Some iterations of one chain, as a compiled program: one for equal losses.

    It takes (loss, given, key, state, span, warm-up, target), `span`: iterations done, how many more, and
    which chain. A chain to a call: several run on several cores, and the loop over years stays small enough
    to be compiled as one function.
    """

    def go_on(loss: Loss, given: Any, key: Any, state: State, span: Any, warm_up: Any, target: Any) -> Any:
        def body(i: Any, held: Any) -> Any:
            state, room = held
            state, move = iterate(loss, given, key, state, span[0] + i, warm_up, target, span[2])
            mode, cholesky, _ = given
            drawn = move._replace(z=jax.vmap(lambda u: mode + cholesky @ u)(move.z))
            return state, jax.tree.map(lambda rows, row: rows.at[i].set(row), room, drawn)

        return jax.lax.fori_loop(0, span[1], body, (state, room(BLOCK, state.position.shape, jnp)))

    return jax.jit(go_on, static_argnums=0, compiler_options=loop_options())


def room(length: int, shape: tuple[int, int], library: Any) -> Move:
    """Room for what some iterations leave, in arrays of NumPy or JAX; `shape`: (chains, n)."""
    rows = (length, shape[0])
    loss, acceptance, energy = (library.zeros(rows) for _ in range(3))
    divergent = library.zeros(rows, dtype=bool)
    return Move(library.zeros((length, *shape)), loss, acceptance, divergent, energy)
