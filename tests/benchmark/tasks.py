"""What is timed: each task prepares its program once and gives back the work of one repetition."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from latecomer.language import key
from latecomer.simulate import Model, load_model
from tests.benchmark.compiled import Compiled, compile_model
from tests.language.flat import series

MODEL = Path(__file__).resolve().parents[2] / "model" / "latecomer.mdl"
YEARS, DT, SAVE = (1960.0, 2020.0), 1 / 16, 1.0
OUTPUTS = ("output", "exports", "debt to output", "imports to output", "credit access")
PARAMETERS = 35
Work = Callable[[], object]


@dataclass
class Setting:
    """A model, the number of runs of an ensemble, and a folder for what is written on the way."""

    draws: int
    folder: Path

    @cached_property
    def model(self) -> Model:
        return load_model(MODEL)

    def compiled(self, kind: str) -> Compiled:
        return compile_model(self.model, OUTPUTS, kind, Path(tempfile.mkdtemp(dir=self.folder)))


def ensemble(setting: Setting) -> Work:
    model, seeds = setting.model, iter(range(10**9))
    return lambda: model.ensemble(
        draws=setting.draws, seed=next(seeds), years=YEARS, dt=DT, save_every=SAVE, variables=list(OUTPUTS)
    )


def _c_ensemble(setting: Setting, kind: str) -> Work:
    c, model, seeds = setting.compiled(kind), setting.model, iter(range(10**9))
    return lambda: c.run(model, YEARS, DT, SAVE, runs=setting.draws, seed=next(seeds))


def scalar_c(setting: Setting) -> Work:
    return _c_ensemble(setting, "scalar")


def vector_c(setting: Setting) -> Work:
    return _c_ensemble(setting, "vector")


def sdeint(setting: Setting) -> Work:
    import sdeint as foreign

    from tests.simulate.oracles import drift_and_diffusion

    f, g = drift_and_diffusion(setting.model)
    first = setting.model.run(years=YEARS, dt=DT, method="euler")
    paths = series(first)
    start = np.array([float(paths[key(name)][0]) for name in setting.model.state_names])
    times = np.arange(YEARS[0], YEARS[1] + DT / 2, DT)
    return lambda: foreign.itoEuler(f, g, start, times, generator=np.random.default_rng(0))


def pysd(setting: Setting) -> Work:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pysd as foreign

        # PySD writes its translation beside the model
        model = foreign.read_vensim(shutil.copy(MODEL, tempfile.mkdtemp(dir=setting.folder)))

    def work() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.run(final_time=YEARS[1], time_step=DT, saveper=SAVE)

    return work


def _run(setting: Setting, method: str) -> Work:
    return lambda: setting.model.run(years=YEARS, dt=DT, method=method, save_every=SAVE)


def euler(setting: Setting) -> Work:
    return _run(setting, "euler")


def rk4(setting: Setting) -> Work:
    return _run(setting, "rk4")


def scipy_rk45(setting: Setting) -> Work:
    return _run(setting, "adaptive")


def _simlin(method: str) -> Work:
    import simlin

    model = simlin.load(MODEL)
    project: Any = model.project
    project.set_sim_specs(start=YEARS[0], stop=YEARS[1], dt=DT, save_step=SAVE, sim_method=method)
    return lambda: model.run({}, analyze_loops=False).results


def simlin_euler(setting: Setting) -> Work:
    return _simlin("euler")


def simlin_rk4(setting: Setting) -> Work:
    return _simlin("rk4")


def _likelihood(setting: Setting) -> tuple[Callable[[Any], Any], Any]:
    """Minus the log likelihood of made-up figures in 35 constants, and the constants' values."""
    import jax.numpy as jnp

    simulate = setting.model.simulator(DT, *YEARS, SAVE, OUTPUTS, "euler")
    p = jnp.asarray(setting.model.parameter_vector())
    chosen = np.linspace(0, len(p) - 1, PARAMETERS).astype(int)
    figures = 1.02 * np.asarray(simulate(p))

    def loss(values: Any) -> Any:
        path = simulate(p.at[chosen].set(values))
        return 0.5 * jnp.sum(((path - figures) / (0.05 * figures)) ** 2)

    return loss, p[chosen]


def _batch(setting: Setting, gradient: bool, size: int) -> Work:
    import jax
    import jax.numpy as jnp

    loss, values = _likelihood(setting)
    rows = jnp.asarray(values * (1 + 0.001 * np.linspace(-1, 1, size))[:, None])
    function = jax.jit(jax.vmap(jax.value_and_grad(loss) if gradient else loss))
    return lambda: jax.block_until_ready(function(rows))


TASKS: dict[str, Callable[[Setting], Work]] = {
    "ensemble": ensemble,
    "scalar C": scalar_c,
    "vectorised C": vector_c,
    "sdeint": sdeint,
    "PySD": pysd,
    "Euler": euler,
    "RK4": rk4,
    "scipy RK45": scipy_rk45,
    "pysimlin Euler": simlin_euler,
    "pysimlin RK4": simlin_rk4,
    "forward 1": lambda setting: _batch(setting, False, 1),
    "gradient 1": lambda setting: _batch(setting, True, 1),
    "forward 64": lambda setting: _batch(setting, False, 64),
    "gradient 64": lambda setting: _batch(setting, True, 64),
}
