"""The times of a run.

Also here:
- Types of what a run is worked out on: numbers and arrays of NumPy, or of JAX while it traces a function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from latecomer.errors import Fault, InputError, refuse

if TYPE_CHECKING:
    import jax


MOST_STEPS: Final = 1_000_000

# of stocks and drivers at all steps, which a run holds at once
MOST_VALUES: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class Grid:
    """Fixed steps dt from t0 to t1, every `stride`-th saved; times are t0 + i * dt, never added up."""

    t0: float
    t1: float
    dt: float
    stride: int

    @property
    def steps(self) -> int:
        """The number of steps."""
        return round((self.t1 - self.t0) / self.dt)

    @property
    def controls(self) -> tuple[float, float, float, float]:
        """Initial time, final time, time step and saving step, as the equations read them."""
        return (
            np.float64(self.t0),
            np.float64(self.t1),
            np.float64(self.dt),
            np.float64(self.dt * self.stride),
        )

    def check_size(self, columns: int) -> None:
        """Raise `InputError` where so many stocks and drivers at all steps come to more than `MOST_VALUES`.

        >>> Grid(0.0, 1.0, 0.5, 1).check_size(1000)
        """
        if self.steps * columns > MOST_VALUES:
            got = f"{self.steps:,} steps of {columns:,} stocks and drivers"
            expected = f"at most {MOST_VALUES:,} values"
            raise refuse("dt", got, expected, "choose a larger step or fewer years")

    def note(self, saving_step: float) -> dict[str, str]:
        """What a result should say where the saving step of its text could not be kept, as an attribute.

        >>> Grid(0.0, 1.0, 0.5, 1).note(0.75)
        {'saved times': 'every step of 0.5: SAVEPER of 0.75 is no multiple of it'}
        """
        if self.stride > 1 or saving_step <= self.dt or _whole(saving_step / self.dt):
            return {}
        return {"saved times": f"every step of {self.dt:g}: SAVEPER of {saving_step:g} is no multiple of it"}

    def times(self, points: int = 1) -> NDArray[np.float64]:
        """All times of the run, with `points` of them to a step.

        >>> Grid(1960.0, 1961.0, 0.5, 1).times(2).tolist()
        [1960.0, 1960.25, 1960.5, 1960.75, 1961.0]
        """
        return self.t0 + (np.arange(self.steps * points + 1) / points) * self.dt

    def saved(self) -> NDArray[np.float64]:
        """The times at which results are kept."""
        return self.times()[:: self.stride]


def make_grid(t0: float, t1: float, dt: float, save_every: float | None, default_save: float) -> Grid:
    """A checked grid; raises `InputError` for reversed years, or steps that do not fit."""
    faults = []
    if not (np.isfinite([t0, t1]).all() and t0 < t1):
        faults.append(
            Fault("years", f"{t0:g} to {t1:g}", "a first year before the last", "swap or correct the years")
        )
    if not (np.isfinite(dt) and dt > 0):
        faults.append(Fault("dt", f"{dt:g}", "a step above 0", "choose a fraction of a year such as 0.0625"))
    elif not faults and (t1 - t0) / dt > MOST_STEPS:
        got, expected = f"{(t1 - t0) / dt:.3g} steps of {dt:g}", f"at most {MOST_STEPS:,} steps"
        faults.append(Fault("dt", got, expected, "choose a larger step or fewer years"))
    elif not faults and np.spacing(max(abs(t0), abs(t1))) > dt * 1e-6:
        got = f"a step of {dt:g} at {max(abs(t0), abs(t1)):g}"
        expected = "times that numbers of that size can tell apart"
        faults.append(Fault("dt", got, expected, "count from another begin, or choose a larger step"))
    elif not faults and not _whole((t1 - t0) / dt):
        faults.append(
            Fault("dt", f"{dt:g}", f"a step that divides the span {t1 - t0:g}", "choose such a step")
        )
    if save_every is None and not default_save > 0:
        faults.append(Fault("SAVEPER", f"{default_save:g}", "a span above 0", "mend SAVEPER in the text"))
    if save_every is None:
        save_every = default_save if not faults and default_save >= dt and _whole(default_save / dt) else dt
    elif not faults and not (np.isfinite(save_every) and save_every > 0 and _whole(save_every / dt)):
        faults.append(
            Fault("save_every", f"{save_every:g}", f"a multiple of the step {dt:g}", "choose a multiple")
        )
    if faults:
        raise InputError(faults)
    return Grid(float(t0), float(t1), float(dt), round(save_every / dt))


def _whole(ratio: float) -> bool:
    return ratio < 1e15 and round(ratio) >= 1 and abs(ratio - round(ratio)) <= 1e-9 * ratio


# in quotes, so that whoever runs on NumPy alone does not wait for JAX
Array: TypeAlias = "jax.Array | NDArray[Any]"

Number: TypeAlias = "jax.Array | NDArray[Any] | float"

Tables: TypeAlias = Mapping[Any, tuple[Array, Array]]
"""Tables by their names, or by their places in a program: (years, values)."""
