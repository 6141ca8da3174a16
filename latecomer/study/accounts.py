"""The books of a run: identities between flows, and stocks against the flows that move them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.faults import Fault, refuse

Floats = NDArray[np.float64]
TOLERANCE: Final = 1e-9


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

    def flow(self, *names: str) -> Floats:
        """The sum of some variables at the begin of each step."""
        return np.asarray(np.sum([self.column(name)[:-1] for name in names], axis=0))

    def elements(self, name: str) -> Floats:
        """The sum over the elements of an array at the begin of each step."""
        self.column(name)
        values = self.run[name]
        return np.asarray(values.sum([dim for dim in values.dims if dim != "time"]), dtype=np.float64)[:-1]

    def change(self, stock: str) -> Floats:
        """The change of a stock over each step, per Year."""
        return np.diff(self.column(stock)) / np.diff(self.times)


Identity = Callable[[Ledger], tuple[list[Floats], list[Floats]]]


def balance_of_payments(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Sources of foreign exchange = its uses, billion dollars/Year."""
    sources = ("exports", "transfers", "direct investment", "new lending", "pushed lending")
    uses = ("imports", "interest due", "profit remittances", "unrenewed principal", "repayment")
    return (
        [v.flow(name) for name in (*sources, "new arrears", "reserve drawdown")],
        [v.flow(*uses), v.flow("reserve accumulation", "capital flight", "foreign asset purchases")],
    )


def external_position(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Net liabilities grow by what the current account and direct investment leave open.

    Beyond the debt they are revalued: dollar inflation erodes debt, arrears and reserves, relief writes off.
    """
    inflation = v.flow("world inflation")
    grown = [v.change("external debt"), v.change("arrears"), inflation * v.flow("external debt", "arrears")]
    held = [v.change("reserves"), v.change("foreign assets"), inflation * v.flow("reserves")]
    opened = [v.flow(name) for name in ("current account", "direct investment", "debt relief")]
    return [*grown, *opened], [*held, v.flow("interest on arrears")]


def external_debt(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Debt grows by lending and rescheduled arrears, less principal, relief and dollar inflation."""
    return (
        [
            v.change("external debt"),
            v.flow("debt relief"),
            v.flow("world inflation") * v.flow("external debt"),
        ],
        [
            v.flow("new lending", "pushed lending", "rescheduling"),
            -v.flow("repayment", "unrenewed principal"),
        ],
    )


def arrears(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Arrears grow by what is not paid and its interest, less rescheduling and dollar inflation."""
    return (
        [v.change("arrears"), v.flow("rescheduling"), v.flow("world inflation") * v.flow("arrears")],
        [v.flow("new arrears"), v.flow("interest on arrears")],
    )


def reserves(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Reserves grow by accumulation, less drawdown and dollar inflation."""
    return (
        [v.change("reserves"), v.flow("reserve drawdown"), v.flow("world inflation") * v.flow("reserves")],
        [v.flow("reserve accumulation")],
    )


def direct_investment(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Foreign-owned capital grows by direct investment, less what is retired."""
    retired = v.flow("direct investment retirement") * v.flow("direct investment stock")
    return [v.change("direct investment stock"), retired], [v.flow("direct investment")]


def capital(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Capital grows by investment, less what wears out."""
    return (
        [v.change("capital"), v.flow("depreciation rate") * v.flow("capital")],
        [v.flow("investment") * v.flow("capital per investment")],
    )


def government(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Spending = revenue + new domestic debt + foreign financing, billion dollars/Year."""
    spent = ("government consumption", "support spending", "public interest")
    return (
        [v.flow(name) for name in spent],
        [v.flow("tax revenue"), v.flow("external financing of the state"), v.change("domestic public debt")],
    )


def goods(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Output and imports = consumption, investment and exports, at national prices."""
    price = v.flow("real exchange rate")
    used = [v.flow(name) for name in ("private consumption", "government consumption", "investment")]
    return [v.flow("output"), v.flow("imports") / price], [*used, v.flow("exports") / price]


def trade(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Exports = the earnings of every industry, billion dollars/Year."""
    return [v.flow("exports")], [
        v.elements("block exports"),
        v.flow("manufactured exports", "primary exports"),
    ]


def income(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Output = wages of all employed + profits."""
    return [v.flow("output")], [v.flow("wage") * v.flow("employment"), v.flow("profits")]


def labour(v: Ledger) -> tuple[list[Floats], list[Floats]]:
    """Employment = persons in and outside manufacturing."""
    return [v.flow("employment")], [v.flow("manufacturing employment"), v.flow("other employment")]


IDENTITIES: Final[Mapping[str, Identity]] = {
    "balance of payments": balance_of_payments,
    "external position": external_position,
    "external debt": external_debt,
    "arrears": arrears,
    "reserves": reserves,
    "direct investment": direct_investment,
    "capital": capital,
    "government": government,
    "goods": goods,
    "trade": trade,
    "income": income,
    "labour": labour,
}


@dataclass(frozen=True)
class Books:
    """Relative residuals of one country: `residuals` has one value a step for each identity, Dmnl."""

    times: Floats
    residuals: Mapping[str, Floats]

    @property
    def largest(self) -> float:
        """The largest residual; NaN where any is."""
        return float(np.max([np.max(values) for values in self.residuals.values()]))

    @property
    def hold(self) -> bool:
        """Whether no residual is above 1e-9; NaN does not hold."""
        return self.largest <= TOLERANCE

    def faults(self, place: str) -> Iterator[Fault]:
        """Each identity that does not close, see `book_faults`."""
        return book_faults(place, self.times, self.residuals)

    def by_year(self) -> tuple[Floats, dict[str, Floats]]:
        """The whole years, and the largest residual within each."""
        year = np.floor(self.times)
        years = np.unique(year)
        rows = {
            name: np.array([values[year == one].max() for one in years])
            for name, values in self.residuals.items()
        }
        return years, rows


def book_faults(place: str, times: Floats, residuals: Mapping[str, Floats]) -> Iterator[Fault]:
    """Each identity that does not close: where it is farthest off, and by how much.

    `residuals`: by identity, over ([draw,] time); one that is no number does not close.
    """
    for name, values in residuals.items():
        if np.max(values, initial=0.0) <= TOLERANCE:
            continue
        worst = np.unravel_index(int(np.argmax(np.where(np.isnan(values), np.inf, values))), values.shape)
        draw = f", draw {worst[0]}" if values.ndim > 1 else ""
        got = f"sides {values[worst]:.2g} apart, over the largest term, in {times[worst[-1]]:g}{draw}"
        cure = "mend the equations of the model text that the identity names, or the run's parameters"
        yield Fault(f"{place}, the identity '{name}'", got, f"books within {TOLERANCE:g}", cure)


def residual(left: list[Floats], right: list[Floats]) -> Floats:
    """How far two sums are apart, over their largest term.

    residual = |sum(left) - sum(right)| / max |term|

    >>> residual([np.array([3.0]), np.array([1.0])], [np.array([4.5])]).round(3).tolist()
    [0.111]
    """
    scale = np.max(np.abs([*left, *right]), axis=0)
    apart = np.abs(np.sum(left, axis=0) - np.sum(right, axis=0))
    return np.asarray(apart / np.where(scale > 0, scale, 1.0))


def keep_books(run: xr.Dataset) -> Books:
    """The residuals of every identity in an Euler run that was saved at every step.

    Raises InputError where the run lacks a variable that an identity names.
    """
    ledger = Ledger(run)
    return Books(ledger.times[:-1], {name: residual(*one(ledger)) for name, one in IDENTITIES.items()})
