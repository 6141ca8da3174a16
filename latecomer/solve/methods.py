"""Which scheme a caller's word for a method stands for."""

from __future__ import annotations

from latecomer.faults import nearest, refuse
from latecomer.language import ModelText
from latecomer.solve.noise import check_scheme
from latecomer.solve.schemes import FIXED_STEP, NOISY, EitherScheme

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
