"""The generated C, compiled and called through ctypes."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latecomer.simulate import Model
from tests.benchmark.c_text import write_c

HERE = Path(__file__).parent
# scalar: IEEE arithmetic as a careful hand would compile it; vector: whatever makes it fast
FLAGS = {
    "scalar": ["-O3", "-march=native"],
    "vector": ["-Ofast", "-march=native", "-mprefer-vector-width=512", "-fopenmp-simd"],
}
LIBRARIES = {"scalar": ["-lm"], "vector": ["-lmvec", "-lm"]}


def compiler() -> str | None:
    """The C compiler: that of the variable CC, or gcc."""
    return shutil.which(os.environ.get("CC", "gcc"))


@dataclass(frozen=True)
class Compiled:
    """`simulate` of scalar.c or vector.c for one model and some outputs."""

    function: Any
    outputs: tuple[str, ...]
    noises: int

    def run(
        self,
        model: Model,
        years: tuple[float, float],
        dt: float,
        save_every: float,
        runs: int = 1,
        seed: int | None = None,
        normals: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Paths of the outputs, shape (runs, saved times, outputs), by Euler or Euler-Maruyama.

        Without seed and normals there is no noise; normals have the shape (runs, steps, noises).
        """
        steps, stride = round((years[1] - years[0]) / dt), round(save_every / dt)
        p, controls = model.parameter_vector(), np.array([*years, dt, save_every])
        out = np.empty((runs, steps // stride + 1, len(self.outputs)))
        given = None if normals is None else np.ascontiguousarray(normals)
        if given is not None and given.shape != (runs, steps, self.noises):
            raise ValueError(given.shape)
        noise = seed is not None or given is not None
        if self.function(
            _pointer(p),
            _pointer(controls),
            ctypes.c_long(steps),
            ctypes.c_long(stride),
            ctypes.c_long(runs),
            ctypes.c_uint64(seed or 0),
            ctypes.c_int(noise),
            None if given is None else _pointer(given),
            _pointer(out),
        ):
            raise MemoryError
        return out


def _pointer(array: NDArray[np.float64]) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


def compile_model(model: Model, outputs: Sequence[str], kind: str, folder: Path) -> Compiled:
    """Write the C of a model into a folder and compile it; `kind` is scalar or vector.

    Raises `RuntimeError` with the compiler's words where there is none, or where it fails.
    """
    chosen = compiler()
    if chosen is None:
        message = "no C compiler: neither that of the variable CC nor gcc"
        raise RuntimeError(message)
    write_c(model.program, outputs, folder)
    library, half = folder / f"{kind}.so", folder / f"{kind}.o"
    source = [*FLAGS[kind], "-fPIC", f"-I{folder}", "-c", str(HERE / f"{kind}.c"), "-o", str(half)]
    # linked without -Ofast, which would switch off the smallest numbers for all that runs in this process
    for words in (source, ["-shared", str(half), "-o", str(library), *LIBRARIES[kind]]):
        done = subprocess.run([chosen, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
    return Compiled(ctypes.CDLL(str(library)).simulate, tuple(outputs), len(model.program.noisy_names))
