"""The books of any run: every identity at every saved time and in every draw, whatever the scheme.

What a stock gains is its net flow there, worked out from its equation: no second run is needed. A run of
Euler's scheme saved at every step is audited by `latecomer.study.accounts` besides, against its stocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from latecomer.faults import Fault, InputError
from latecomer.language import ModelText
from latecomer.language.functions import CHOICE, ELEMENTARY
from latecomer.language.namespace import NUMPY
from latecomer.language.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Expression,
    Negative,
    Number,
    Reference,
    Stock,
)
from latecomer.study.accounts import Floats, Ledger, book_faults, residual
from latecomer.study.identities import Accounts
from latecomer.study.run_spec import NONE
from latecomer.study.stocks import WORDS

if TYPE_CHECKING:
    from latecomer.study.fits import Fit
    from latecomer.study.scenarios import Scenario
    from latecomer.study.study import Study

LARGEST: Final = "largest residual of the books"
"""The attribute of a run, and the key of its manifest, that tells how far its books are from closing."""
OVER: Final = ("draw", "time")
OPERATORS: Final[Mapping[str, Callable[[Floats, Floats], Floats]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
}
COMPARISONS: Final[Mapping[str, Callable[[Floats, Floats], Floats]]] = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class Unkept(LookupError):
    """A text keeps no such book: it lacks a variable, or a stock moves by what no result tells."""


class Instant(Ledger):
    """The variables of any run at its saved times; the change of a stock is its net flow then."""

    def __init__(self, run: xr.Dataset, text: ModelText | None = None) -> None:
        super().__init__(run)
        self.text = text
        # without the labels that a data set puts on each variable: they take longer than all the sums
        self._bare = run.variables
        self._read: dict[str, Floats] = {}

    def column(self, name: str) -> Floats:
        """A variable at every saved time. Raises Unkept where the run lacks it."""
        if name not in self._read:
            if name not in self._bare:
                raise Unkept(name)
            self._read[name] = np.asarray(self._bare[name].values, dtype=np.float64)
        return self._read[name]

    def flow(self, name: str) -> Floats:
        """A variable."""
        return self.column(name)

    def elements(self, name: str) -> Floats:
        """The sum over the elements of an array."""
        values = self.column(name)
        inner = tuple(i for i, dim in enumerate(self._bare[name].dims) if dim not in OVER)
        return np.asarray(values.sum(axis=inner))

    def change(self, stock: str) -> Floats:
        """The net flow of a stock by its equation. Raises Unkept without one."""
        variable = None if self.text is None else self.text.find(stock)
        if variable is None or not isinstance(variable.definition, Stock):
            raise Unkept(stock)
        return self._value(variable.definition.flow)

    def _value(self, node: Expression) -> Floats:
        match node:
            case Number(value):
                return np.float64(value)  # type: ignore[return-value]
            case Reference(name) if self.text is not None and name in self.text.by_key:
                return self.column(self.text.by_key[name].name)
            case Negative(operand):
                return -self._value(operand)
            case Arithmetic(operator, left, right):
                return OPERATORS[operator](self._value(left), self._value(right))
            case Comparison(operator, left, right):
                return COMPARISONS[operator](self._value(left), self._value(right))
            case Call(function, arguments) if function == CHOICE or function in ELEMENTARY:
                called = np.where if function == CHOICE else getattr(NUMPY, ELEMENTARY[function][0])
                return np.asarray(called(*(self._value(one) for one in arguments)), dtype=np.float64)
            case _:
                raise Unkept(str(node))


@dataclass(frozen=True)
class Audit:
    """Relative residuals by identity, over ([draw,] time); `unkept`: identities that a text does not keep."""

    times: Floats
    residuals: Mapping[str, Floats]
    tolerance: float
    unkept: tuple[str, ...] = ()

    @property
    def largest(self) -> float | None:
        """The largest residual, NaN where any is; None for a text that keeps no books."""
        if not self.residuals:
            return None
        return float(np.max([np.max(values) for values in self.residuals.values()]))

    def faults(self, place: str) -> Iterator[Fault]:
        """Each identity that does not close, see `book_faults`."""
        return book_faults(place, self.times, self.residuals, self.tolerance)


def audit(run: xr.Dataset, accounts: Accounts, text: ModelText | None = None) -> Audit:
    """The books of a run, of its draws that stayed finite; without a text those between flows alone."""
    if "draw" in run.dims and "failed" in run.coords:
        run = run.isel(draw=~np.isfinite(np.asarray(run["failed"], dtype=np.float64)))
    ledger, unkept = Instant(run, text), []
    found: dict[str, Floats] = {}
    shape = tuple(run.sizes[dim] for dim in OVER if dim in run.sizes)
    for name, identity in accounts.identities.items():
        try:
            left, right = identity.sides(ledger)
        except Unkept:
            unkept.append(name)
            continue
        with np.errstate(all="ignore"):
            sides = [[np.broadcast_to(one, shape) for one in side] for side in (left, right)]
            found[name] = residual(*sides)
    return Audit(ledger.times, found, accounts.tolerance, tuple(unkept))


def audited(run: xr.Dataset, study: Study, place: str) -> xr.Dataset:
    """The run with its largest residual as an attribute.

    Raises InputError with every identity that is off by more than the tolerance, and every stock of the books
    that fell below nought though its note does not say that it may.
    """
    text, accounts = study.model.text, study.accounts
    found = audit(run, accounts, text)
    faults = [*found.faults(place), *_negative(run, accounts, text, place)]
    if faults:
        raise InputError(faults)
    return run if found.largest is None else run.assign_attrs({LARGEST: found.largest})


def books_of(iso3: str, told: Mapping[str, object]) -> str:
    """The books of a run in words, from what it is called.

    >>> books_of("KOR", {"scenario": "zones-first"}), books_of("KOR", {"scenario": "none"})
    ('books of KOR, scenario zones-first', 'books of KOR')
    """
    scenario = str(told.get("scenario", NONE))
    return f"books of {iso3}" if scenario == NONE else f"books of {iso3}, scenario {scenario}"


def simulated(study: Study, iso3: str, fit: Fit | None, scenario: Scenario | None = None) -> xr.Dataset:
    """A free run of a country whose books close; raises InputError as `Study.simulate` and `audited` do."""
    run = study.simulate(iso3, fit, scenario=scenario)
    told = {} if scenario is None else {"scenario": scenario.name}
    return audited(run, study, books_of(iso3, told))


def _negative(run: xr.Dataset, accounts: Accounts, text: ModelText, place: str) -> Iterator[Fault]:
    for name in accounts.stocks:
        stock = text.find(name)
        if stock is None or not isinstance(stock.definition, Stock) or WORDS in stock.note or name not in run:
            continue
        values = np.asarray(run.variables[name].values, dtype=np.float64)
        low = float(np.nanmin(values, initial=0.0))
        if low < -accounts.tolerance * max(1.0, float(np.nanmax(values, initial=0.0))):
            year = _year_of(run, values, low)
            cure = f"mend its flows, or write '{WORDS}' into its note"
            expected = "a stock that cannot be negative"
            yield Fault(f"{place}, '{name}'", f"{low:.3g} in {year:g}", expected, cure)


def _year_of(run: xr.Dataset, values: Floats, value: float) -> float:
    place = np.argwhere(values == value)[0]
    return float(run["time"].to_numpy()[place[-1]])
