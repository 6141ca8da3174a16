"""Integration schemes, one a file."""

from latecomer.solve.schemes.euler import Euler
from latecomer.solve.schemes.euler_maruyama import EulerMaruyama
from latecomer.solve.schemes.heun import Heun
from latecomer.solve.schemes.milstein import Milstein
from latecomer.solve.schemes.rk4 import RK4
from latecomer.solve.schemes.scheme import Noise, NoisyScheme, Scheme
from latecomer.solve.schemes.sra1 import SRA1

EitherScheme = Scheme | NoisyScheme
FIXED_STEP: dict[str, Scheme] = {scheme.name: scheme for scheme in (Euler(), Heun(), RK4())}
NOISY: dict[str, NoisyScheme] = {scheme.name: scheme for scheme in (EulerMaruyama(), Milstein(), SRA1())}

__all__ = [
    "FIXED_STEP",
    "NOISY",
    "RK4",
    "SRA1",
    "EitherScheme",
    "Euler",
    "EulerMaruyama",
    "Heun",
    "Milstein",
    "Noise",
    "NoisyScheme",
    "Scheme",
]
