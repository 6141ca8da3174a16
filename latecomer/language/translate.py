"""From what is written to the syntax tree of one element; what is not supported is refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, product

from latecomer.language.arrays import Names
from latecomer.language.entry import REFERENCE
from latecomer.language.functions import (
    ARGUMENTS,
    DELAYS,
    REDUCTIONS,
    SMOOTHS,
    VENSIM_NAMES,
    XMILE_NAMES,
    shown,
)
from latecomer.language.hidden import Hidden
from latecomer.language.syntax import (
    Arithmetic,
    Call,
    Comparison,
    Definition,
    Expression,
    Held,
    InlineLookup,
    Logic,
    Lookup,
    Negative,
    Number,
    Reference,
    Starting,
    Stock,
    Table,
    key,
)
from latecomer.language.written import (
    Apply,
    Literal,
    Name,
    Numbers,
    Operation,
    Points,
    Unsupported,
    Written,
)

COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
BUILT_IN: dict[str, dict[str, Expression]] = {
    "vensim": {"time": Reference("time")},
    "xmile": {
        "time": Reference("time"),
        "dt": Reference("time_step"),
        "starttime": Reference("initial_time"),
        "stoptime": Reference("final_time"),
        "pi": Number(math.pi),
    },
}


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: the element that owns it, and what its subscripts mean there."""

    dialect: str
    names: Names
    binding: Mapping[str, str]
    hidden: Hidden
    # the elements that SUM and its like are at, by the key of their range
    running: Mapping[str, str] = field(default_factory=dict)

    def within(self, running: Mapping[str, str]) -> Scope:
        """The same place inside a SUM."""
        return Scope(self.dialect, self.names, self.binding, self.hidden, {**self.running, **running})


def definition(node: Written, scope: Scope) -> Definition:
    """The definition of an element; raises `Unsupported` for any construct outside the language."""
    match node:
        case Points():
            return table(node)
        case Apply(name, arguments) if key(name) not in scope.names.tables:
            match _stateful_name(name, scope):
                case "integ":
                    return Stock(*_arguments(name, arguments, 2, scope))
                case "initial":
                    return Held(*_arguments(name, arguments, 1, scope))
                case "active_initial":
                    return Starting(*_arguments(name, arguments, 2, scope))
                case "with_lookup":
                    return InlineLookup(*_table_and_argument(name, arguments, scope))
    return expression(node, scope)


def _stateful_name(name: str, scope: Scope) -> str:
    written = key(name)
    if scope.dialect == "xmile":
        return {"init": "initial", **{name: name for name in ("integ", "with_lookup", "active_initial")}}.get(
            written, ""
        )
    return written


def expression(node: Written, scope: Scope) -> Expression:
    """An expression inside a definition."""
    match node:
        case Literal(value, text):
            if text:
                raise Unsupported(text, "a finite number", "write the number")
            if not math.isfinite(value):
                raise Unsupported("a number beyond all bounds", "a finite number", "write a smaller one")
            return Number(value)
        case Name(name, subscripts):
            return _reference(name, subscripts, scope)
        case Operation("=" | "<>" as sign, (Name(a, None), Name(b, None))) if _are_subscripts((a, b), scope):
            return Number(float((_element(a, scope) == _element(b, scope)) == (sign == "=")))
        case Operation(operator, operands):
            return _operation(operator, [expression(operand, scope) for operand in operands])
        case Apply():
            return _call(node, scope)
        case Points():
            raise Unsupported(
                "a table inside an expression", "WITH LOOKUP", "give the table a name of its own"
            )
        case Numbers():
            raise Unsupported("a list of numbers inside an expression", "one number", "write one number")


def table(node: Points) -> Table:
    """A checked table."""
    if len(node.x) < 2:
        raise Unsupported("a table with one point", "two points or more", "add a point or use a constant")
    if any(b == a for a, b in pairwise(node.x)):
        raise Unsupported("a table with the same x twice", "each x once", "remove one of the two points")
    if any(b < a for a, b in pairwise(node.x)):
        raise Unsupported("a table whose x do not increase", "x in rising order", "sort the points")
    return Table(node.x, node.y)


def _reference(name: str, subscripts: tuple[str, ...] | None, scope: Scope) -> Expression:
    known = key(name)
    if known in BUILT_IN[scope.dialect] and known not in scope.names.units and subscripts is None:
        return BUILT_IN[scope.dialect][known]
    found = resolve(name, subscripts, scope)
    if found in scope.names.tables:
        raise Unsupported(
            f"the table '{name}' without an argument",
            "a table read at an argument, such as table(Time)",
            "add the argument in parentheses",
        )
    return Reference(found)


def resolve(name: str, subscripts: tuple[str, ...] | None, scope: Scope) -> str:
    """The key of the element that a name with subscripts stands for here."""
    known = key(name)
    array = scope.names.arrays.get(known)
    if array is None and known in scope.names.broken:
        return known
    if array is None:
        if subscripts is not None:
            raise Unsupported(
                f"a subscript on '{name}', which has none", "the name alone", "leave the subscript out"
            )
        if "." in name and scope.dialect == "xmile":
            raise Unsupported(f"'{name}', a variable of a module", REFERENCE, "put the model into one module")
        return known
    if subscripts is None:
        raise Unsupported(
            f"the array '{name}' without subscripts",
            "one of its elements, or its range in brackets",
            f"write such as {_shown_element(name, array, scope)}",
        )
    marked = [word for word in subscripts if word.endswith("!")]
    if len(set(marked)) < len(marked):
        raise Unsupported("the same range with ! twice on one variable", "each range once", "sum one by one")
    chosen = tuple(_element(word, scope) for word in subscripts)
    if chosen not in array:
        raise Unsupported(
            f"the element '{name}[{','.join(scope.names.ranges.shown.get(c, c) for c in chosen)}]', "
            "which is not defined",
            "an element of this variable",
            f"define it, or write such as {_shown_element(name, array, scope)}",
        )
    return array[chosen]


def _shown_element(name: str, array: Mapping[tuple[str, ...], str], scope: Scope) -> str:
    first = next(iter(array))
    return f"{name}[{','.join(scope.names.ranges.shown.get(word, word) for word in first)}]"


def _element(word: str, scope: Scope) -> str:
    ranges = scope.names.ranges
    name = key(word.removesuffix("!"))
    if word == "*":
        raise Unsupported(
            "* inside a larger expression", "SUM(x[*]) of one variable", "give it a variable of its own"
        )
    if word.endswith("!") or (name in scope.running and name not in scope.binding):
        if name not in scope.running:
            raise Unsupported(f"'{word}' outside SUM", "a range with ! inside SUM", "write SUM(x[range!])")
        return scope.running[name]
    if name not in ranges.by_key:
        return name
    if name in scope.binding:
        return scope.binding[name]
    mapped = ranges.mapped(name, scope.binding)
    if len(mapped) != 1:
        raise Unsupported(
            f"the range '{word}', which is not on the left-hand side",
            "a range of the left-hand side, one of its elements, or range! inside SUM",
            "write the range of the left-hand side",
        )
    return mapped[0]


def _are_subscripts(words: tuple[str, str], scope: Scope) -> bool:
    """Whether the place in an array is asked for, as in IF THEN ELSE(Sector = steel, ...)."""
    ranges, names = scope.names.ranges, scope.names
    variables = [key(word) in names.units or key(word) in names.arrays for word in words]
    bound = [key(word) in scope.binding for word in words]
    known = [key(word) in scope.binding or key(word) in ranges.shown for word in words]
    return any(bound) and all(known) and not any(variables)


def _operation(operator: str, operands: list[Expression]) -> Expression:
    if operator == "neg":
        return Negative(operands[0])
    if operator in ("AND", "OR", "NOT"):
        return Logic(operator, tuple(operands))
    if operator in COMPARISONS:
        return Comparison(operator, operands[0], operands[1])
    if operator == "MOD":
        return Call("mod", (operands[0], operands[1]))
    return Arithmetic(operator, operands[0], operands[1])


def _call(node: Apply, scope: Scope) -> Expression:
    name = key(node.name)
    arguments = node.arguments
    table_key = _table_key(node, scope)
    if table_key is not None:
        _count(node.name, "table", len(arguments), 1)
        return Lookup(table_key, expression(arguments[0], scope))
    if node.subscripts is not None:
        raise Unsupported(f"a subscript on {shown(name)}", "a function or a table", "leave the subscript out")
    reduced = _reduction(name, arguments, scope)
    if reduced is not None:
        return reduced
    for build in (_with_stocks, _special):
        found = build(name, arguments, scope)
        if found is not None:
            return found
    return _plain(name, arguments, scope)


def _table_key(node: Apply, scope: Scope) -> str | None:
    name = key(node.name)
    if name in scope.names.tables:
        return resolve(node.name, node.subscripts, scope)
    array = scope.names.arrays.get(name, {})
    if any(element in scope.names.tables for element in array.values()):
        return resolve(node.name, node.subscripts, scope)
    return None


def _reduction(name: str, arguments: tuple[Written, ...], scope: Scope) -> Expression | None:
    kind = REDUCTIONS[scope.dialect].get(name)
    if kind is None or (scope.dialect == "xmile" and name in ("min", "max") and len(arguments) > 1):
        return None
    _count(shown(name), "function", len(arguments), 1)
    terms = _listed(arguments[0], scope) or [
        expression(arguments[0], scope.within(at)) for at in _running(name, arguments[0], scope)
    ]
    if kind in ("sum", "mean"):
        total = _balanced(terms, lambda a, b: Arithmetic("+", a, b))
        return Arithmetic("/", total, Number(float(len(terms)))) if kind == "mean" else total
    if kind == "prod":
        return _balanced(terms, lambda a, b: Arithmetic("*", a, b))
    return _balanced(terms, lambda a, b: Call(kind, (a, b)))


def _listed(node: Written, scope: Scope) -> list[Expression]:
    """The elements that XMILE means by x[*] or, inside SUM, by the bare name of an array."""
    if scope.dialect != "xmile" or not isinstance(node, Name):
        return []
    array = scope.names.arrays.get(key(node.name))
    if array is None or (node.subscripts is not None and "*" not in node.subscripts):
        return []
    first = next(iter(array))
    written = node.subscripts or ("*",) * len(first)
    if len(written) != len(first):
        return []
    wanted = ["*" if word == "*" else _element(word, scope) for word in written]
    return [
        Reference(found)
        for chosen, found in array.items()
        if all(word in ("*", element) for word, element in zip(wanted, chosen, strict=True))
    ]


def _running(name: str, node: Written, scope: Scope) -> list[dict[str, str]]:
    """Every combination of elements that a SUM runs over."""
    wanted: dict[str, None] = {}
    for word in _summed_subscripts(node, scope):
        marked = word.endswith("!")
        range_key = key(word.removesuffix("!"))
        free = scope.dialect == "xmile" and range_key not in scope.binding and range_key not in scope.running
        if (marked or free) and range_key in scope.names.ranges.by_key:
            wanted[range_key] = None
        elif marked:
            raise Unsupported(f"'{word}', which is no range", "the name of a range", "define the range")
    if not wanted:
        raise Unsupported(
            f"{shown(name)} without a range to run over",
            f"a range with !, such as {shown(name)}(x[range!])",
            "mark the range with !",
        )
    choices = [scope.names.ranges.by_key[name].elements for name in wanted]
    return [dict(zip(wanted, chosen, strict=True)) for chosen in product(*choices)]


def _summed_subscripts(node: Written, scope: Scope) -> list[str]:
    """The subscripts inside a SUM that belong to it, not to a SUM inside it."""
    found: list[str] = []
    if isinstance(node, Name | Apply) and node.subscripts:
        found += node.subscripts
    inner = (
        node.arguments if isinstance(node, Apply) else node.operands if isinstance(node, Operation) else ()
    )
    for part in inner:
        nested = (
            isinstance(part, Apply)
            and key(part.name) in REDUCTIONS[scope.dialect]
            and len(part.arguments) == 1
        )
        if not nested:
            found += _summed_subscripts(part, scope)
    return found


def _balanced(terms: list[Expression], join: Callable[[Expression, Expression], Expression]) -> Expression:
    # a tree as flat as possible, as Python reads no deeply nested text
    while len(terms) > 1:
        pairs = [join(a, b) for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[len(pairs) * 2 :]
    return terms[0]


def _with_stocks(name: str, arguments: tuple[Written, ...], scope: Scope) -> Expression | None:
    hidden, dialect = scope.hidden, scope.dialect
    if name == "trend":
        least = 3 if dialect == "vensim" else 2
        source, time, *rest = _arguments(name, arguments, range(least, 4), scope)
        return hidden.trend(source, time, rest[0] if rest else Number(0.0))
    if name == ("forecast" if dialect == "vensim" else "forcst"):
        source, time, horizon = _arguments(name, arguments, 3, scope)
        return hidden.forecast(source, time, horizon)
    if name in SMOOTHS[dialect]:
        return hidden.smooth(name, *_stages(name, arguments, *SMOOTHS[dialect][name], scope))
    if name in DELAYS[dialect]:
        order, started = DELAYS[dialect][name]
        source, time, start, n = _stages(name, arguments, order, started, scope)
        if not order:
            hidden.fixed.append((shown(name), time))
        return hidden.delay(name, source, time, start, n)
    return None


def _stages(
    name: str, arguments: tuple[Written, ...], order: int, started: bool | None, scope: Scope
) -> tuple[Expression, Expression, Expression, int]:
    """Input, time, start and order; Vensim writes the start before the order, XMILE behind it."""
    by_argument = 0 if order else 1
    if started is None:
        least = 2 + by_argument
        source, time, *rest = _arguments(name, arguments, range(least, least + 2), scope)
        n = order or scope.hidden.order(rest[0])
        return source, time, rest[by_argument] if len(rest) > by_argument else source, n
    source, time, *rest = _arguments(name, arguments, 2 + by_argument + started, scope)
    n = order or scope.hidden.order(rest[-1])
    return source, time, rest[0] if started else source, n


def _special(name: str, arguments: tuple[Written, ...], scope: Scope) -> Expression | None:
    vensim = scope.dialect == "vensim"
    match _stateful_name(name, scope):
        case "integ":
            return scope.hidden.add(name, Stock(*_arguments(name, arguments, 2, scope)))
        case "initial":
            return scope.hidden.add(name, Held(*_arguments(name, arguments, 1, scope)))
        case "active_initial":
            return scope.hidden.add(name, Starting(*_arguments(name, arguments, 2, scope)))
        case "with_lookup":
            points, argument = _table_and_argument(name, arguments, scope)
            return Lookup(scope.hidden.add("table", points).key, argument)
    if vensim and name == "game":
        return _arguments(name, arguments, 1, scope)[0]
    if (vensim and name == "elmcount") or (not vensim and name == "size"):
        _count(shown(name), "function", len(arguments), 1)
        of = arguments[0]
        if isinstance(of, Name) and of.subscripts is None and key(of.name) in scope.names.ranges.by_key:
            return Number(float(len(scope.names.ranges.by_key[key(of.name)].elements)))
        raise Unsupported(f"{shown(name)} of no range", "the name of a range", "write the range")
    if not vensim:
        return _of_xmile(name, arguments, scope)
    return None


def _of_xmile(name: str, arguments: tuple[Written, ...], scope: Scope) -> Expression | None:
    if name == "lookup" and len(arguments) == 2 and isinstance(arguments[0], Name):
        of = arguments[0]
        found = resolve(of.name, of.subscripts, scope)
        if found in scope.names.graphs:
            points = table(scope.names.graphs[found])
            return Lookup(scope.hidden.add("table", points).key, expression(arguments[1], scope))
        return _call(Apply(of.name, arguments[1:], of.subscripts), scope)
    if name in ("min", "max"):
        return _balanced([expression(a, scope) for a in arguments], lambda a, b: Call(name, (a, b)))
    if name == "log10":
        return Call("log", (*_arguments(name, arguments, 1, scope), Number(10.0)))
    if name == "pi" and not arguments:
        return Number(math.pi)
    if name == "ramp" and len(arguments) == 2:
        return Call("ramp", (*_arguments(name, arguments, 2, scope), Reference("final_time")))
    if name == "safediv" and len(arguments) == 2:
        return Call("safediv", (*_arguments(name, arguments, 2, scope), Number(0.0)))
    return None


def _plain(name: str, arguments: tuple[Written, ...], scope: Scope) -> Expression:
    function = (VENSIM_NAMES if scope.dialect == "vensim" else XMILE_NAMES).get(name)
    if function is None:
        raise Unsupported(
            f"the function or table {shown(name)}, which is neither supported nor defined",
            "a supported function or a table of this file (see model/LANGUAGE.md)",
            "define the table, or write it with supported functions",
        )
    return Call(function, tuple(_arguments(name, arguments, ARGUMENTS[function], scope)))


def _table_and_argument(name: str, arguments: tuple[Written, ...], scope: Scope) -> tuple[Table, Expression]:
    _count(shown(key(name)), "function", len(arguments), 2)
    argument, points = arguments
    if not isinstance(points, Points):
        raise Unsupported("WITH LOOKUP without a table", "its points in parentheses", "write the points")
    return table(points), expression(argument, scope)


def _arguments(
    name: str, arguments: tuple[Written, ...], count: int | range, scope: Scope
) -> list[Expression]:
    allowed = count if isinstance(count, range) else range(count, count + 1)
    nearest = min(max(len(arguments), allowed.start), allowed.stop - 1)
    _count(shown(key(name)), "function", len(arguments), nearest)
    return [expression(argument, scope) for argument in arguments]


def _count(name: str, kind: str, got: int, expected: int) -> None:
    if got != expected:
        raise Unsupported(
            f"the {kind} {name} with {got} argument{'' if got == 1 else 's'}",
            f"{expected} argument{'' if expected == 1 else 's'}",
            "give the arguments that the definition asks for",
        )
