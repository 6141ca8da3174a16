"""The books of a run: identities between flows, and stocks against the flows that move them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.faults import Fault, refuse
from latecomer.study.identities import Accounts

Floats = NDArray[np.float64]


class Ledger:
    """The variables of an Euler run saved at every step, at the begin of each step.

    `flow(name)`: unit of the variable; `change(stock)` = (stock[t + dt] - stock[t]) / dt, unit of the stock
    per Year. Both have one value a step.
    """

    def __init__(self, run: xr.Dataset) -> None:
        self.run = run
        self.times: Floats = np.asarray(run["time"], dtype=np.float64)

    def column(self, name: str) -> Floats:
        """A variable at every saved time. Raises InputError where the model text lacks it."""
        if name not in self.run:
            cure = "restore the name in the model text; the books need it"
            raise refuse("accounts", f"no variable '{name}'", "a variable of the model text", cure)
        return np.asarray(self.run[name], dtype=np.float64)

    def flow(self, name: str) -> Floats:
        """A variable at the begin of each step."""
        return self.column(name)[:-1]

    def elements(self, name: str) -> Floats:
        """The sum over the elements of an array at the begin of each step."""
        self.column(name)
        values = self.run[name]
        return np.asarray(values.sum([dim for dim in values.dims if dim != "time"]), dtype=np.float64)[:-1]

    def change(self, stock: str) -> Floats:
        """The change of a stock over each step, per Year."""
        return np.diff(self.column(stock)) / np.diff(self.times)


@dataclass(frozen=True)
class Books:
    """Relative residuals of one country: `residuals` has one value a step for each identity, Dmnl."""

    times: Floats
    residuals: Mapping[str, Floats]
    tolerance: float = Accounts.tolerance

    @property
    def largest(self) -> float:
        """The largest residual; NaN where any is, nought for a study without identities."""
        return float(np.max([np.max(values) for values in self.residuals.values()], initial=0.0))

    @property
    def hold(self) -> bool:
        """Whether no residual is above the tolerance; NaN does not hold."""
        return self.largest <= self.tolerance

    def faults(self, place: str) -> Iterator[Fault]:
        """Each identity that does not close, see `book_faults`."""
        return book_faults(place, self.times, self.residuals, self.tolerance)

    def by_year(self) -> tuple[Floats, dict[str, Floats]]:
        """The whole years, and the largest residual within each."""
        year = np.floor(self.times)
        years = np.unique(year)
        rows = {
            name: np.array([values[year == one].max() for one in years])
            for name, values in self.residuals.items()
        }
        return years, rows


def book_faults(
    place: str, times: Floats, residuals: Mapping[str, Floats], tolerance: float
) -> Iterator[Fault]:
    """Each identity that does not close: where it is farthest off, and by how much.

    `residuals`: by identity, over ([draw,] time); one that is no number does not close.
    """
    for name, values in residuals.items():
        if np.max(values, initial=0.0) <= tolerance:
            continue
        worst = np.unravel_index(int(np.argmax(np.where(np.isnan(values), np.inf, values))), values.shape)
        draw = f", draw {worst[0]}" if values.ndim > 1 else ""
        got = f"sides {values[worst]:.2g} apart, over the largest term, in {times[worst[-1]]:g}{draw}"
        cure = "mend the equations of the model text that the identity names, or the run's parameters"
        yield Fault(f"{place}, the identity '{name}'", got, f"books within {tolerance:g}", cure)


def residual(left: list[Floats], right: list[Floats]) -> Floats:
    """How far two sums are apart, over their largest term.

    residual = |sum(left) - sum(right)| / max |term|

    >>> residual([np.array([3.0]), np.array([1.0])], [np.array([4.5])]).round(3).tolist()
    [0.111]
    """
    scale = np.max(np.abs([*left, *right]), axis=0)
    apart = np.abs(np.sum(left, axis=0) - np.sum(right, axis=0))
    return np.asarray(apart / np.where(scale > 0, scale, 1.0))


def keep_books(run: xr.Dataset, accounts: Accounts) -> Books:
    """The residuals of every identity in an Euler run that was saved at every step.

    Raises InputError where the run lacks a variable that an identity names.
    """
    ledger = Ledger(run)
    found = {name: residual(*one.sides(ledger)) for name, one in accounts.identities.items()}
    return Books(ledger.times[:-1], found, accounts.tolerance)
