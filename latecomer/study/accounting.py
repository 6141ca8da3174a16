"""The books of a run: identities between flows, and stocks against the flows that move them.

Also here:
- The books of any run: every identity at every saved time and in every draw, whatever the scheme.
  What a stock gains is its net flow there, worked out from its equation: no second run is needed. A run of
  Euler's scheme saved at every step is audited by `Ledger` besides, against its stocks.
- The books of a study as data: its identities and stocks in model/accounts.toml, read and checked.
- Which stocks of a study cannot be negative, and how they are kept from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pydantic import Field

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText, key
from latecomer.language.builtins import CHOICE, ELEMENTARY
from latecomer.language.codegen.namespace import NUMPY
from latecomer.language.grammar import VENSIM, parse
from latecomer.language.source import (
    Apply,
    Literal,
    Name,
    Operation,
    Unreadable,
    Unsupported,
    Written,
    inside,
)
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
from latecomer.simulate.model import Signed
from latecomer.study.schema import Strict, read_toml, shown, validated, validated_tables

Floats = NDArray[np.float64]

FILE: Final = "accounts.toml"

LARGEST_TOLERANCE: Final = 1e-6
"""What is farther apart than this is no rounding."""

FORM: Final = "variables, numbers, + - * /, SUM(array[range!]) and CHANGE(stock)"

IDENTITIES: Final = "identities"

CHANGE: Final = "change"

SUM: Final = "sum"

SIDES: Final = ("left", "right")

TWO: Final[Mapping[str, Callable[[Floats, Floats], Floats]]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
}


class Variables(Protocol):
    """What an identity reads: variables over time, sums over the elements of an array, changes of stocks."""

    def flow(self, name: str, /) -> Floats:
        """A variable."""

    def elements(self, name: str, /) -> Floats:
        """The sum over the elements of an array."""

    def change(self, stock: str, /) -> Floats:
        """What a stock gains, per unit of time."""


@dataclass(frozen=True)
class Identity:
    """Two sides that are equal; each is the sum of its entries."""

    left: tuple[Written, ...]
    right: tuple[Written, ...]
    note: str = ""

    def sides(self, variables: Variables) -> tuple[list[Floats], list[Floats]]:
        """The entries of both sides, each over time."""
        return [worth(one, variables) for one in self.left], [worth(one, variables) for one in self.right]


@dataclass(frozen=True)
class Accounts:
    """The identities of a study by name, the stocks of its books, and how near two sides must be.

    `about`: what the books are about, in words; by default the names of the identities. A study without
    model/accounts.toml has none: nothing of its runs is audited.
    """

    tolerance: float = 1e-9
    stocks: tuple[str, ...] = ()
    identities: Mapping[str, Identity] = field(default_factory=dict)
    about: str = ""


class _Head(Strict):
    tolerance: Annotated[float, Field(gt=0.0, le=LARGEST_TOLERANCE)]
    about: str = ""
    stocks: Annotated[tuple[str, ...], Field(strict=False)] = ()


class _Sides(Strict):
    note: str
    left: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    right: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]


def worth(node: Written, variables: Variables) -> Floats:
    """The values of an entry over time.

    The node is one that `read_accounts` lets through. Raises what `variables` does for a name that it lacks.
    """
    match node:
        case Literal(value):
            return np.asarray(value, dtype=np.float64)
        case Name(name):
            return variables.flow(name)
        case Operation("neg", (operand,)):
            return -worth(operand, variables)
        case Operation(operator, (left, right)):
            return TWO[operator](worth(left, variables), worth(right, variables))
        case Apply(function, (Name(name),)):
            return variables.change(name) if key(function) == CHANGE else variables.elements(name)
        case _:
            raise TypeError(node)


def read_accounts(path: Path) -> Accounts:
    """The books of model/accounts.toml, none without that file; what they name is not looked at here.

    Raises InputError with every fault of the file.
    """
    if not path.exists():
        return Accounts()
    faults: list[Fault] = []
    raw = read_toml(path, "the books of the model text")
    tables = raw.pop(IDENTITIES, {})
    head = validated(_Head, raw, path.name, faults)
    place, expected = f"{path.name}, {IDENTITIES}", "a table of note, left and right"
    found: dict[str, _Sides] = {}
    if isinstance(tables, dict):
        found = validated_tables(_Sides, tables, place, expected, faults)
    else:
        faults.append(Fault(place, shown(tables), "a table for each identity", "write [identities.NAME]"))
    identities = {name: _identity(one, f"{place}, {name}", faults) for name, one in found.items()}
    if faults:
        raise InputError(faults)
    assert head is not None
    return Accounts(head.tolerance, head.stocks, identities, head.about or ", ".join(identities))


def _identity(one: _Sides, place: str, faults: list[Fault]) -> Identity:
    left, right = (
        tuple(
            tree
            for number, text in enumerate(entries, start=1)
            if (tree := _entry(text, f"{place}, {side}, entry {number}", faults)) is not None
        )
        for side, entries in zip(SIDES, (one.left, one.right), strict=True)
    )
    return Identity(left, right, one.note)


def _entry(text: str, place: str, faults: list[Fault]) -> Written | None:
    """The tree of an entry, or None with its fault added to `faults`."""
    try:
        tree = parse(text, VENSIM)
    except (Unreadable, Unsupported):
        faults.append(Fault(place, shown(text), f"an expression of {FORM}", "mend the entry"))
        return None
    if not _allowed(tree):
        faults.append(Fault(place, shown(text), f"an expression of {FORM}", "write it with these"))
        return None
    return tree


def _allowed(node: Written) -> bool:
    match node:
        case Literal(_, text):
            return not text
        case Name(_, subscripts):
            return subscripts is None
        case Operation("neg", (operand,)):
            return _allowed(operand)
        case Operation(operator, (left, right)):
            return operator in TWO and _allowed(left) and _allowed(right)
        case Apply(function, (Name(_, None),), None):
            return key(function) == CHANGE
        case Apply(function, (Name(_, subscripts),), None):
            return key(function) == SUM and all(one.endswith("!") for one in subscripts or ())
        case _:
            return False


def checked(accounts: Accounts, text: ModelText) -> Accounts:
    """The books with every name as a model text writes it. Raises InputError with each that it lacks."""
    names = _Names(text)
    faults: list[Fault] = []
    for name in accounts.stocks:
        if key(name) not in names.stocks:
            cure = nearest(name, names.stocks.values())
            faults.append(Fault(f"{FILE}, stocks", f"'{name}'", "a stock of the model text", cure))
    booked = {key(name) for name in accounts.stocks}
    for name, one in accounts.identities.items():
        for side in SIDES:
            for number, entry in enumerate(getattr(one, side), start=1):
                place = f"{FILE}, {IDENTITIES}, {name}, {side}, entry {number}"
                faults += _entry_faults(entry, place, names, booked)
    if faults:
        raise InputError(faults)
    stocks = tuple(names.stocks[key(name)] for name in accounts.stocks)
    spelled = {name: names.identity(one) for name, one in accounts.identities.items()}
    return Accounts(accounts.tolerance, stocks, spelled, accounts.about)


class _Names:
    """The names of a model text that an entry may hold, as they are written there, by their keys."""

    def __init__(self, text: ModelText) -> None:
        paths = [v for v in text.variables if v.kind not in (Kind.TABLE, Kind.CONTROL) and not v.hidden]
        self.plain = {v.key: v.name for v in paths if not v.subscripts}
        self.arrays = {key(v.base): v.base for v in paths if v.subscripts}
        self.stocks = {key(v.base or v.name): v.base or v.name for v in paths if v.kind is Kind.STOCK}

    def identity(self, one: Identity) -> Identity:
        """An identity with its names as the text writes them."""
        left, right = (tuple(self._spelled(entry) for entry in side) for side in (one.left, one.right))
        return Identity(left, right, one.note)

    def _spelled(self, node: Written) -> Written:
        match node:
            case Name(name, None):
                return Name(self.plain[key(name)])
            case Name(name, subscripts):
                return Name(self.arrays[key(name)], subscripts)
            case Operation(operator, operands):
                return Operation(operator, tuple(self._spelled(one) for one in operands))
            case Apply(function, arguments):
                return Apply(function, tuple(self._spelled(one) for one in arguments))
            case _:
                return node


def _entry_faults(entry: Written, place: str, names: _Names, booked: set[str]) -> Iterator[Fault]:
    match entry:
        case Apply(_, (Name(name, None),)) if key(name) in names.plain and key(name) in names.stocks:
            if key(name) not in booked:
                got, expected = f"the change of '{name}'", "a stock of the list stocks"
                yield Fault(place, got, expected, f"add '{name}' to the list")
        case Apply(_, (Name(name, None),)):
            plain = [one for place, one in names.stocks.items() if place in names.plain]
            yield Fault(place, f"'{name}'", "a stock of the model text", nearest(name, plain))
        case Name(name, None):
            if key(name) not in names.plain:
                cure = nearest(name, names.plain.values())
                yield Fault(place, f"'{name}'", "a variable of the model text that is no array", cure)
        case Name(name):
            if key(name) not in names.arrays:
                cure = nearest(name, names.arrays.values())
                yield Fault(place, f"'{name}'", "an array of the model text", cure)
        case _:
            for part in inside(entry):
                yield from _entry_faults(part, place, names, booked)


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


WORDS: Final = "may be negative"
"""Words in the note of a stock that has a sign, such as a debt that can be a claim."""


def signed(accounts: Accounts) -> Signed:
    """What `load_model` leaves alone in the text of a study: stocks with a sign, and those of its books."""
    return Signed(WORDS, accounts.stocks)


def unsigned(text: ModelText) -> tuple[str, ...]:
    """The stocks that cannot be negative, by element: all but those whose note says that they may."""
    stocks = [v for v in text.of_kind(Kind.STOCK) if not v.hidden]
    return tuple(v.name for v in stocks if WORDS not in v.note)


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


def negative_stocks(run: xr.Dataset, accounts: Accounts, text: ModelText, place: str) -> Iterator[Fault]:
    """A fault for each stock of the books that fell below nought though its note does not say that it may."""
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
