"""One straight-line Python text from a model text, split by what each variable depends on.

Also here:
- One function of a program before it is written in a language, and how Python writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from latecomer.language import analysis
from latecomer.language.builtins import OF_TIME
from latecomer.language.codegen.expressions import Writer, identifiers
from latecomer.language.model_text import CONTROLS, TIME, Kind, ModelText, Variable
from latecomer.language.syntax import (
    Call,
    Expression,
    Held,
    InlineLookup,
    Number,
    Reference,
    Starting,
    Stock,
    Table,
    references,
    walk,
)

PYTHON_ARGUMENTS = {
    "fixed": "p, c, tables, ns",
    "timed": "t, p, c, f, tables, ns",
    "initial": "t, p, c, f, d, tables, ns, start",
}

OVER_STATES = "t, y, p, c, f, d, tables, ns"


@dataclass(frozen=True, slots=True)
class Section:
    """What a function loads from its banks, computes in order, and returns.

    `loads`: (key, place in a bank, such as "p[3]"); `equations`: (variable, its right-hand side here);
    `results`: (key of the variable that a result belongs to, the result).
    """

    name: str
    loads: tuple[tuple[str, str], ...]
    equations: tuple[tuple[Variable, Expression], ...]
    results: tuple[tuple[str, Expression], ...]


def python_text(section: Section, writer: Writer) -> str:
    """The section as a Python function over the functions of a namespace `ns`.

    No name, unit, note or other text of a file goes into it: names are numbered, tables and stocks go by
    their places.
    """
    names = writer.names
    lines = [f"    {names[key]} = {place}" for key, place in section.loads]
    starting = section.results if section.name == "initial" else ()
    stocks = {owner: place for place, (owner, _) in enumerate(starting)}
    lines += [f"    {names[v.key]} = {_held_value(v, node, writer, stocks)}" for v, node in section.equations]
    values = "".join(f"\n        {writer.number(node, owner)}," for owner, node in section.results)
    signature = f"def {section.name}({PYTHON_ARGUMENTS.get(section.name, OVER_STATES)}):"
    return "\n".join([signature, *lines, f"    return ({values}\n    )" if values else "    return ()"])


def _held_value(variable: Variable, node: Expression, writer: Writer, stocks: Mapping[str, int]) -> str:
    value = writer.number(node, variable.key)
    own = variable.key in stocks and isinstance(variable.definition, Stock)
    return f"start.get({stocks[variable.key]}, {value})" if own else value


Points = tuple[NDArray[np.float64], NDArray[np.float64]]

FIXED, TIMED, STATE = 0, 1, 2

T = TypeVar("T")

VOLATILITY = "_volatility"


@dataclass(frozen=True)
class Program:
    """The equations of a model as five functions of one text.

    fixed(p, c, tables, ns)                          -> f   what depends on constants only
    timed(t, p, c, f, tables, ns)                    -> d   what depends on time too; t may be an array
    initial(t, p, c, f, d, tables, ns, start)        -> y   stocks (and held values) at the initial time;
                                                           start {place of a stock: value} goes before it
    derivatives(t, y, p, c, f, d, tables, ns)        -> dy/dt, with d only the `driver_indices` of timed
    diffusion(t, y, p, c, f, d, tables, ns)          -> size of each state's noise, with d as for derivatives
    auxiliaries(t, y, p, c, f, d, tables, ns)        -> a   what depends on stocks; y, d may be arrays

    p follows `parameter_names`; c is (initial time, final time, time step, saving step); tables are
    {place: (x, y)}, see `placed`; ns holds exp, log, where, interp ... of NumPy or of JAX.
    Both branches of IF THEN ELSE are computed.
    """

    source: str
    sections: tuple[Section, ...]
    parameter_names: tuple[str, ...]
    parameter_values: tuple[float, ...]
    state_names: tuple[str, ...]
    fixed_names: tuple[str, ...]
    timed_names: tuple[str, ...]
    auxiliary_names: tuple[str, ...]
    driver_indices: tuple[int, ...]
    noisy_names: tuple[str, ...]
    tables: Mapping[str, Points]
    time_tables: frozenset[str]
    fixed: Callable[..., tuple[Any, ...]]
    timed: Callable[..., tuple[Any, ...]]
    initial: Callable[..., tuple[Any, ...]]
    derivatives: Callable[..., tuple[Any, ...]]
    diffusion: Callable[..., tuple[Any, ...]]
    auxiliaries: Callable[..., tuple[Any, ...]]

    @property
    def mark(self) -> str:
        """What tells this program from every other: its source, and the names of what it computes."""
        banks = self.parameter_names, self.state_names, self.fixed_names, self.timed_names
        return repr((self.source, *banks, self.auxiliary_names, tuple(self.tables)))

    def placed(self, tables: Mapping[str, T]) -> dict[int, T]:
        """Tables by their places in the program, as its functions take them, from tables by name."""
        return {place: tables[name] for place, name in enumerate(self.tables) if name in tables}

    def starting(self, start: Mapping[str, T] | None) -> dict[int, T]:
        """Initial values by the places of their stocks, as `initial` takes them, from values by name."""
        given = start or {}
        return {place: given[name] for place, name in enumerate(self.state_names) if name in given}

    def named(
        self, p: Iterable[Any], f: Iterable[Any], d: Iterable[Any], y: Iterable[Any], a: Iterable[Any]
    ) -> list[tuple[str, Any]]:
        """Every variable with its value by name: constants, fixed, timed, states, auxiliaries."""
        banks = (
            (self.parameter_names, p),
            (self.fixed_names, f),
            (self.timed_names, d),
            (self.state_names, y),
            (self.auxiliary_names, a),
        )
        return [pair for names, values in banks for pair in zip(names, values, strict=True)]


def write_program(text: ModelText, outputs: Iterable[str] | None = None) -> Program:
    """The program of a model text; with `outputs` (keys), auxiliaries that none needs are left out."""
    return _Builder(text, None if outputs is None else tuple(outputs)).program()


def numbered(text: ModelText) -> dict[str, str]:
    """The names that variables have in an emitted text, and stocks in the middle of a step."""
    return identifiers([*(v.key for v in text.variables), *map(_within, sorted(text.drained))])


def table_places(text: ModelText, tables: Iterable[str]) -> dict[str, int]:
    """The place of each table of a program by the key of its variable; `tables`: their names in order."""
    places = {name: place for place, name in enumerate(tables)}
    return {v.key: places[v.name] for v in text.variables if v.name in places}


def volatility_of(text: ModelText, stock: Variable) -> str | None:
    """The key of the size of a stock's noise; one number, or an array beside an array; None without noise."""
    base, bracket, subscripts = stock.key.partition("[")
    sizes = (f"{base}{VOLATILITY}{bracket}{subscripts}", f"{base}{VOLATILITY}")
    return next((size for size in sizes if size in text.by_key), None)


class _Builder:
    def __init__(self, text: ModelText, outputs: tuple[str, ...] | None) -> None:
        self.text, self.outputs = text, outputs
        self.by_key = text.by_key
        held = [v for v in text.variables if isinstance(v.definition, Held)]
        self.parameters = text.of_kind(Kind.CONSTANT)
        self.states = (*text.of_kind(Kind.STOCK), *held)
        self.level = _levels(text)
        computed = [self.by_key[k] for k in text.order if self._is_computed(self.by_key[k])]
        self.parts = [[v for v in computed if self.level[v.key] == level] for level in (FIXED, TIMED, STATE)]
        if outputs is not None:
            kept = analysis.needed({v.key: _running(v) for v in computed}, outputs)
            self.parts[STATE] = [v for v in self.parts[STATE] if v.key in kept]
        graph_of = {v.key: _running(v) for v in computed}
        stocks = [v for v in self.states if isinstance(v.definition, Stock)]
        self.volatility = {v.key: size for v in stocks if (size := volatility_of(text, v)) is not None}
        self.rates = analysis.needed(graph_of, [name for v in stocks for name in references(_flow(v))])
        self.sizes = analysis.needed(graph_of, self.volatility.values())
        self.drivers = [v for v in self.parts[TIMED] if v.key in self.rates | self.sizes]
        self.tables = _tables(text)
        self.names = numbered(text)
        self.writer = Writer(self.names, table_places(text, self.tables))

    @staticmethod
    def _is_computed(variable: Variable) -> bool:
        return variable.kind in (Kind.AUXILIARY, Kind.FLOW) and not isinstance(variable.definition, Held)

    def program(self) -> Program:
        sections = self._sections()
        source = "\n\n\n".join(python_text(section, self.writer) for section in sections) + "\n"
        functions: dict[str, Any] = {}
        exec(compile(source, "<equations>", "exec"), functions)  # noqa: S102 - text emitted here, from numbers and places
        indices = {v.key: i for i, v in enumerate(self.parts[TIMED])}
        return Program(
            source=source,
            sections=sections,
            parameter_names=_names(self.parameters),
            parameter_values=tuple(_value(v) for v in self.parameters),
            state_names=_names(self.states),
            fixed_names=_names(self.parts[FIXED]),
            timed_names=_names(self.parts[TIMED]),
            auxiliary_names=_names(self.parts[STATE]),
            driver_indices=tuple(indices[v.key] for v in self.drivers),
            noisy_names=tuple(v.name for v in self.states if v.key in self.volatility),
            tables=self.tables,
            time_tables=_time_tables(self.text),
            **{
                name: functions[name]
                for name in ("fixed", "timed", "initial", "derivatives", "diffusion", "auxiliaries")
            },
        )

    def _sections(self) -> tuple[Section, ...]:
        fixed, timed, state = self.parts
        every = [self.by_key[k] for k in self.text.order if self._is_computed(self.by_key[k])]
        rates, sizes = (
            [v for v in every if self.level[v.key] == STATE and v.key in wanted]
            for wanted in (self.rates, self.sizes)
        )
        flows = [(v.key, _flow(v)) for v in self.states]
        noise = [(v.key, self._size(v)) for v in self.states]
        f, y = self._bank("f", fixed), self._bank("y", self.states)
        running, saved = f | y | self._bank("d", self.drivers), f | y | self._bank("d", timed)
        return (
            self._section("fixed", fixed, {}),
            self._section("timed", timed, f),
            self._initial(),
            self._section("derivatives", rates, running, flows),
            self._section("diffusion", sizes, running, noise),
            self._section("auxiliaries", state, saved),
        )

    def _size(self, variable: Variable) -> Expression:
        size = self.volatility.get(variable.key)
        return Number(0.0) if size is None else Reference(size)

    @staticmethod
    def _bank(letter: str, variables: Iterable[Variable]) -> dict[str, str]:
        return {v.key: f"{letter}[{i}]" for i, v in enumerate(variables)}

    def _initial(self) -> Section:
        starting = {v.key: _starting(v) for v in self.text.variables}
        outside = {v.key for part in self.parts[:STATE] for v in part}
        chain = {k: needs for k, needs in starting.items() if k not in outside}
        wanted = analysis.needed(chain, [v.key for v in self.states])
        states = {v.key for v in self.states}
        body = [
            self.by_key[k]
            for k in self.text.initial_order
            if k in wanted and (k in states or (self._is_computed(self.by_key[k]) and self.level[k] == STATE))
        ]
        bank = self._bank("f", self.parts[FIXED]) | self._bank("d", self.parts[TIMED])
        results: list[tuple[str, Expression]] = [(v.key, Reference(v.key)) for v in self.states]
        return self._section("initial", body, bank, results)

    def _section(
        self,
        name: str,
        variables: list[Variable],
        bank: dict[str, str],
        results: list[tuple[str, Expression]] | None = None,
    ) -> Section:
        bank = self._bank("p", self.parameters) | {k: f"c[{i}]" for i, k in enumerate(CONTROLS)} | bank
        equations = [(v, _right_hand_side(v, name == "initial")) for v in variables]
        ends = [(v.key, Reference(v.key)) for v in variables] if results is None else results
        read = [key for _, node in equations for key in references(node)]
        read += [key for _, node in ends for key in references(node)]
        limited = self.text.drained if name == "derivatives" else frozenset()
        read += [*(v.key for v in self.states if v.key in limited), *(["time_step"] if limited else [])]
        inside = {v.key for v in variables}
        loaded = [key for key in dict.fromkeys(read) if key not in inside and key != TIME]
        # what the equations see of a stock that cannot be negative never is, even in the middle of a step
        kept = [key for key in loaded if key in limited]
        seen = [(self.by_key[key], Call("unsigned", (Reference(_within(key)),))) for key in kept]
        ends = [(key, _held(node, key) if key in limited else node) for key, node in ends]
        loads = tuple((_within(key) if key in kept else key, bank[key]) for key in loaded)
        return Section(name, loads, (*seen, *equations), tuple(ends))


def _names(variables: Iterable[Variable]) -> tuple[str, ...]:
    return tuple(variable.name for variable in variables)


def _value(variable: Variable) -> float:
    if not isinstance(variable.definition, Number):
        raise TypeError(variable.name)
    return variable.definition.value


def _right_hand_side(variable: Variable, at_start: bool) -> Expression:
    match variable.definition:
        case Stock(_, initial) | Held(initial):
            return initial
        case Starting(active, initial):
            return initial if at_start else active
        case Table():
            raise TypeError(variable.name)
        case other:
            return other


def _flow(variable: Variable) -> Expression:
    return variable.definition.flow if isinstance(variable.definition, Stock) else Number(0.0)


def _within(key: str) -> str:
    """The key of a stock as a scheme has it in the middle of a step."""
    return f"{key}#"


def _held(flow: Expression, key: str) -> Expression:
    """The net flow of a stock that cannot be negative: it empties the stock within a step at most."""
    return Call("drained", (flow, Reference(_within(key)), Reference("time_step")))


def _starting(variable: Variable) -> tuple[str, ...]:
    match variable.definition:
        case Stock(_, initial) | Held(initial) | Starting(_, initial):
            return references(initial)
        case other:
            return references(other)


def _running(variable: Variable) -> tuple[str, ...]:
    match variable.definition:
        case Starting(active, _):
            return references(active)
        case other:
            return references(other)


def _levels(text: ModelText) -> dict[str, int]:
    levels = {TIME: TIMED}
    for key in text.order:
        match text.by_key[key].definition:
            case Stock() | Held() | Starting():
                levels[key] = STATE
            case node:
                of_time = any(isinstance(inner, Call) and inner.function in OF_TIME for inner in walk(node))
                levels[key] = max([TIMED if of_time else FIXED, *(levels[need] for need in references(node))])
    return levels


def _tables(text: ModelText) -> dict[str, Points]:
    tables: dict[str, Points] = {}
    for variable in text.variables:
        if isinstance(variable.definition, Table):
            tables[variable.name] = _points(variable.definition)
        if isinstance(variable.definition, InlineLookup):
            tables[variable.name] = _points(variable.definition.table)
    return tables


def _points(table: Table) -> Points:
    return np.array(table.x, dtype=np.float64), np.array(table.y, dtype=np.float64)


def _time_tables(text: ModelText) -> frozenset[str]:
    found = {text.table_behind(variable) for variable in text.variables if variable.kind is not Kind.TABLE}
    return frozenset(text.by_key[table].name for table in found if table is not None)
