"""Integration schemes, one a file."""

from latecomer.solve.schemes.euler import Euler
from latecomer.solve.schemes.heun import Heun
from latecomer.solve.schemes.rk4 import RK4
from latecomer.solve.schemes.scheme import Scheme

FIXED_STEP: dict[str, Scheme] = {scheme.name: scheme for scheme in (Euler(), Heun(), RK4())}

__all__ = ["FIXED_STEP", "RK4", "Euler", "Heun", "Scheme"]
