"""Integration schemes, one a file."""

from latecomer.simulate.schemes.euler import Euler
from latecomer.simulate.schemes.euler_maruyama import EulerMaruyama
from latecomer.simulate.schemes.heun import Heun
from latecomer.simulate.schemes.milstein import Milstein
from latecomer.simulate.schemes.rk4 import RK4
from latecomer.simulate.schemes.scheme import Noise, NoisyScheme, Scheme
from latecomer.simulate.schemes.sra1 import SRA1

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
