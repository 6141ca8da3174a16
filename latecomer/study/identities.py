"""The books of a study as data: its identities and stocks in model/accounts.toml, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from latecomer.faults import Fault, InputError, nearest
from latecomer.language import Kind, ModelText, key
from latecomer.language.grammar import parse
from latecomer.language.tokens import VENSIM
from latecomer.language.written import (
    Apply,
    Literal,
    Name,
    Operation,
    Unreadable,
    Unsupported,
    Written,
    inside,
)
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
