"""Ito noise: a stock S beside a variable `S volatility` moves by dS = net flow dt + volatility dW.

Also here:
- Which scheme a caller's word for a method stands for.
"""

from __future__ import annotations

from typing import Any

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import ModelText, Program
from latecomer.language.codegen.program import volatility_of
from latecomer.language.syntax import Held, Stock, key, references
from latecomer.simulate.grid import Grid, Number
from latecomer.simulate.schemes import FIXED_STEP, NOISY, EitherScheme, Noise, NoisyScheme


def normals(program: Program, scheme: NoisyScheme, grid: Grid, seed: Number, run: Number) -> Any:
    """Standard normal numbers, shape (steps, normals of the scheme, stocks with noise).

    They depend on seed and run only. Those of a stock follow its name, so that a further noisy stock does not
    change them; the first of each step are the same for every scheme.
    """
    # imported here: a plain run needs no JAX
    import jax
    import jax.numpy as jnp

    from latecomer.simulate.backend_jax import standard_normal

    run_key = jax.random.fold_in(jax.random.PRNGKey(seed), run)

    def one(name: str, which: int) -> Any:
        stream = jax.random.fold_in(run_key, _number(name))
        return standard_normal(jax.random.fold_in(stream, which) if which else stream, grid.steps)

    columns = [
        jnp.stack([one(name, which) for which in range(scheme.normals)]) for name in program.noisy_names
    ]
    shape = (0, scheme.normals, grid.steps)
    return jnp.transpose(jnp.stack(columns) if columns else jnp.zeros(shape), (2, 1, 0))


def check_scheme(text: ModelText, scheme: NoisyScheme) -> None:
    """Raise `InputError` where a stock's noise depends on more than the scheme's order allows."""
    if scheme.noise is Noise.DIAGONAL:
        return
    faults = []
    for stock in (v for v in text.variables if isinstance(v.definition, Stock)):
        found = volatility_of(text, stock)
        size = None if found is None else text.by_key[found]
        behind = set() if size is None else _stocks_behind(text, size.key)
        behind -= {stock.key} if scheme.noise is Noise.OWN else set()
        if size is not None and behind:
            shown = "', '".join(sorted(text.by_key[one].name for one in behind))
            faults.append(
                Fault(
                    f"'{size.name}' with the method {scheme.name}",
                    f"noise that depends on '{shown}'",
                    f"noise that depends on {scheme.noise}",
                    "choose the method euler",
                )
            )
    if faults:
        raise InputError(faults)


def _stocks_behind(text: ModelText, name: str) -> set[str]:
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        variable = text.by_key.get(waiting.pop())
        if variable is None or variable.key in seen:
            continue
        seen.add(variable.key)
        if isinstance(variable.definition, Stock):
            found.add(variable.key)
        elif not isinstance(variable.definition, Held):
            waiting.extend(references(variable.definition))
    return found


def _number(name: str) -> int:
    # Python's own hash differs from one process to the next
    number = 0
    for character in key(name):
        number = (number * 1_000_003 + ord(character)) % 2**31
    return number


ADAPTIVE = "adaptive"

# Euler's scheme with noise goes by the name of the scheme without
SHORT = {"euler": "euler-maruyama"}


def choose_scheme(text: ModelText, method: str, noise: bool, adaptive: bool = False) -> EitherScheme | None:
    """The scheme of a method; None stands for the adaptive one, where that is allowed.

    Raises InputError for an unknown method, for one that does not go with noise or without it, and for noise
    or a construct that a method cannot follow.
    """
    with_noise = {short: NOISY[name] for short, name in SHORT.items()} | NOISY
    without = [*FIXED_STEP, *([ADAPTIVE] if adaptive else [])]
    check_steps(text, method)
    if noise and method in with_noise:
        check_scheme(text, with_noise[method])
        return with_noise[method]
    if not noise and method in without:
        return FIXED_STEP.get(method)
    allowed = list(with_noise) if noise else without
    known = method in with_noise or method in FIXED_STEP or method == ADAPTIVE
    got = f"'{method}'" + ((" with noise" if noise else " without noise") if known else "")
    cure = "leave method out" if known else nearest(method, allowed)
    raise refuse("method", got, " or ".join(f"'{name}'" for name in allowed), cure)


def check_steps(text: ModelText, method: str) -> None:
    """Raise `InputError` where a construct goes from step to step, and the method looks between the steps."""
    known = method in FIXED_STEP or method in NOISY or method == ADAPTIVE
    if text.stepwise and known and method not in ("euler", SHORT["euler"]):
        raise refuse(
            f"run of {text.path.name}",
            f"{text.stepwise[0]}, with the method {method}",
            "Euler's method, which goes from step to step",
            "choose the method euler",
        )
