"""What the figures were measured on and with."""

from __future__ import annotations

import os
import platform
import subprocess
import textwrap
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.benchmark.compiled import FLAGS, compiler
from tests.benchmark.tasks import MODEL

PACKAGES = ("latecomer", "jax", "numpy", "scipy", "pysd", "pysimlin", "sdeint")


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def load() -> float:
    """How many processes have lately been at work here; 0 where the system cannot say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def versions() -> dict[str, str]:
    """Versions of Python, of the packages compared, and of the compiler."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    chosen = compiler()
    if chosen is not None:
        done = subprocess.run([chosen, "--version"], capture_output=True, text=True, check=False)
        found["C compiler"] = done.stdout.splitlines()[0] if done.stdout else Path(chosen).name
    return found


def model_size() -> dict[str, int]:
    """Stocks, variables computed from them, constants and sources of noise of the model text."""
    from latecomer.simulate import load_model

    program = load_model(MODEL).program
    computed = len(program.fixed_names) + len(program.timed_names) + len(program.auxiliary_names)
    return {
        "stocks": len(program.state_names),
        "auxiliaries": computed,
        "constants": len(program.parameter_names),
        "noises": len(program.noisy_names),
    }


def about(rounds: int, draws: int) -> str:
    """The note under the table."""
    size, known = model_size(), versions()
    packages = ", ".join(f"{name} {known[name]}" for name in PACKAGES if name != "latecomer")
    text = (
        f"`model/latecomer.mdl`: {size['stocks']} stocks, {size['auxiliaries']} auxiliaries, "
        f"{size['constants']} constants, {size['noises']} noises. Medians of {rounds} rounds in which "
        "all take their turn; ratios are medians of the ratios within a round; times on one core are CPU "
        "times. "
        f"Scalar C is generated from the same equations (`{' '.join(FLAGS['scalar'])}`, no fast-math; "
        "xoshiro256++ and ziggurat), vectorised C likewise with 8 runs in vector registers "
        f"(`{' '.join(FLAGS['vector'])}`, libmvec, Box-Muller); both compute what depends on constants or on "
        "time only once, not in every step. "
        f"Ensembles have {draws:,} runs, five variables saved once a year. Measured on "
        f"{processor()}, {os.cpu_count()} cores; Python {known['Python']}, {packages}, "
        f"{known.get('C compiler', 'no C compiler')}."
    )
    return textwrap.fill(text, 128, break_long_words=False, break_on_hyphens=False)
