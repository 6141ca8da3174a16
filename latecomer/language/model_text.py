"""A model text as variables: name, kind, unit, note, limits, sector and definition of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from latecomer.language.syntax import Definition, InlineLookup, Lookup, Reference, key

TIME = "time"
CONTROLS: dict[str, str] = {
    "initial_time": "INITIAL TIME",
    "final_time": "FINAL TIME",
    "time_step": "TIME STEP",
    "saveper": "SAVEPER",
}


class Kind(StrEnum):
    """What a variable is in the model."""

    STOCK = "stock"
    FLOW = "flow"
    AUXILIARY = "auxiliary"
    CONSTANT = "constant"
    TABLE = "table"
    CONTROL = "control"

    @property
    def with_article(self) -> str:
        """The kind as it stands in a sentence.

        >>> Kind.AUXILIARY.with_article, Kind.CONTROL.with_article
        ('an auxiliary', 'a control variable')
        """
        if self is Kind.CONTROL:
            return "a control variable"
        return f"{'an' if self is Kind.AUXILIARY else 'a'} {self}"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a model text; `dependencies` are keys, tables included."""

    name: str
    key: str
    kind: Kind
    unit: str
    note: str
    limits: tuple[float | None, float | None]
    sector: str
    definition: Definition
    dependencies: tuple[str, ...]
    line: int
    # of an element of an array: the name without subscripts, its elements, and their ranges
    base: str = ""
    subscripts: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    # a part of SMOOTH, DELAY and the like, which no one wrote
    hidden: bool = False


@dataclass(frozen=True)
class ModelText:
    """A checked model text: variables in the file's order, and orders in which they can be computed.

    Arrays stand here element by element; `ranges` are {name of the range: its elements}. `method` is the
    integration method that the file asks for; `structural` are constants (keys) that shape the equations;
    `stepwise` are constructs that go from step to step, so that only Euler's method follows them. `drained`
    are the keys of stocks that no more can leave within a step than is there, see `drained_stocks`.
    """

    path: Path
    variables: tuple[Variable, ...]
    order: tuple[str, ...]
    initial_order: tuple[str, ...]
    ranges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    method: str = "euler"
    structural: frozenset[str] = frozenset()
    stepwise: tuple[str, ...] = ()
    drained: frozenset[str] = frozenset()

    @cached_property
    def by_key(self) -> dict[str, Variable]:
        """The variables under their keys."""
        return {variable.key: variable for variable in self.variables}

    def find(self, name: str) -> Variable | None:
        """The variable of that name, whatever its case and blanks, or None."""
        return self.by_key.get(key(name))

    def elements(self, name: str) -> tuple[Variable, ...]:
        """The elements of the array of that name, in order; none where it is no array."""
        return self._arrays.get(key(name), ())

    @cached_property
    def _arrays(self) -> dict[str, tuple[Variable, ...]]:
        found: dict[str, list[Variable]] = {}
        for variable in self.variables:
            if variable.subscripts:
                found.setdefault(key(variable.base), []).append(variable)
        return {name: tuple(members) for name, members in found.items()}

    def of_kind(self, *kinds: Kind) -> tuple[Variable, ...]:
        """The variables of some kinds, in the order of the file."""
        return tuple(variable for variable in self.variables if variable.kind in kinds)

    def table_behind(self, variable: Variable) -> str | None:
        """The key of the table that a driver reads at Time (WITH LOOKUP: its own), or of a table."""
        if variable.kind is Kind.TABLE:
            return variable.key
        match variable.definition:
            case Lookup(table, Reference("time")):
                return table
            case InlineLookup(_, Reference("time")):
                return variable.key
            case _:
                return None
