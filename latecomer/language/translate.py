"""From what is written to the syntax tree of one element; what is not supported is refused by name.

Also here:
- Macros of Vensim: their equations, written out once for each call.
- SUM and its like, written out over the elements that they run over.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, product
from math import prod

from latecomer.language.builtins import (
    ARGUMENTS,
    DELAYS,
    REDUCTIONS,
    SMOOTHS,
    VENSIM_NAMES,
    XMILE_NAMES,
    shown,
)
from latecomer.language.limits import check_count
from latecomer.language.scope import Scope, element_at, is_same_element, place, resolve
from latecomer.language.source import (
    Apply,
    BrokenEntry,
    Entry,
    Item,
    Literal,
    MacroEntry,
    Name,
    Numbers,
    Operation,
    Points,
    Unsupported,
    Written,
    inside,
)
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

Translate = Callable[[Written, Scope], Expression]


def reduction(
    name: str, arguments: tuple[Written, ...], scope: Scope, translate: Translate
) -> Expression | None:
    """SUM, VMIN ... as one expression over all elements; None where `name` is no such function."""
    kind = REDUCTIONS[scope.dialect].get(name)
    if kind is None or (scope.dialect == "xmile" and name in ("min", "max") and len(arguments) > 1):
        return None
    if len(arguments) != 1:
        got = f"the function {shown(name)} with {len(arguments)} arguments"
        raise Unsupported(got, "1 argument", "give the arguments that the definition asks for")
    if isinstance(arguments[0], Name) and key(arguments[0].name) in scope.names.broken:
        # its own fault is enough
        return Reference(key(arguments[0].name))
    terms = _listed(arguments[0], scope) or [
        translate(arguments[0], scope.within(at)) for at in _running(name, arguments[0], scope)
    ]
    if not terms:
        raise Unsupported(f"{shown(name)} over no elements", "a range with elements", "list its elements")
    if kind in ("sum", "mean"):
        total = balanced(terms, lambda a, b: Arithmetic("+", a, b))
        return Arithmetic("/", total, Number(float(len(terms)))) if kind == "mean" else total
    if kind == "prod":
        return balanced(terms, lambda a, b: Arithmetic("*", a, b))
    return balanced(terms, lambda a, b: Call(kind, (a, b)))


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
    wanted = ["*" if word == "*" else element_at(word, scope) for word in written]
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
        such = ("an array", "x[*]", "name an array")
        if scope.dialect == "vensim":
            such = ("a range with !", "x[range!]", "mark the range with !")
        got = f"{shown(name)} without a range to run over"
        raise Unsupported(got, f"{such[0]}, such as {shown(name)}({such[1]})", such[2])
    choices = [scope.names.ranges.by_key[name].elements for name in wanted]
    check_count(f"{shown(name)} over a range", prod(len(choice) for choice in choices))
    return [dict(zip(wanted, chosen, strict=True)) for chosen in product(*choices)]


def _summed_subscripts(node: Written, scope: Scope) -> list[str]:
    """The subscripts inside a SUM that belong to it, not to a SUM inside it."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, Name | Apply) and inner.subscripts:
            found += inner.subscripts
        waiting += [part for part in reversed(inside(inner)) if not _is_reduction(part, scope)]
    return found


def _is_reduction(node: Written, scope: Scope) -> bool:
    known = isinstance(node, Apply) and key(node.name) in REDUCTIONS[scope.dialect]
    return known and isinstance(node, Apply) and len(node.arguments) == 1


def balanced(terms: list[Expression], join: Callable[[Expression, Expression], Expression]) -> Expression:
    """Many terms joined two by two."""
    # a tree as flat as possible, as Python reads no deeply nested text
    while len(terms) > 1:
        pairs = [join(a, b) for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[len(pairs) * 2 :]
    return terms[0]


BUILT_IN_NAMES = {*VENSIM_NAMES, *DELAYS["vensim"], *SMOOTHS["vensim"], *REDUCTIONS["vensim"]} | {
    *("integ", "initial", "active_initial", "with_lookup", "game", "elmcount", "trend", "forecast"),
    *("sample_if_true", "delay_fixed", "tabbed_array"),
}

PLAIN = "a macro of plain equations"


def macro_of(head: str, items: list[Item]) -> MacroEntry:
    """The macro `name(inputs)` with the elements inside it; raises `Unsupported`."""
    name, _, rest = head.partition("(")
    name, listed = name.strip(), rest.strip().removesuffix(")")
    inputs = tuple(part.strip() for part in listed.split(","))
    equations = tuple(item for item in items if isinstance(item, Entry))
    if not rest.strip().endswith(")") or ":" in listed or not all(inputs):
        raise Unsupported(
            f"the macro {name} with outputs beside its own value", PLAIN, "write a macro for each"
        )
    _check_items(name, items)
    known = [key(word) for word in (*inputs, *(equation.name for equation in equations))]
    if key(name) in BUILT_IN_NAMES or len(set(known)) < len(known) or key(name) not in known[len(inputs) :]:
        got = f"the macro {name} with a name twice, with that of a function, or without a value"
        raise Unsupported(got, PLAIN, "give one equation to each variable and to the macro itself")
    return MacroEntry(name, inputs, equations)


def _check_items(name: str, items: list[Item]) -> None:
    for item in items:
        wrong = ""
        if not isinstance(item, Entry) or item.subscripts or isinstance(item.body, Points | Numbers | None):
            wrong = "a range, an array, a table or data"
        if isinstance(item, BrokenEntry):
            wrong = f"'{item.name}': {item.fault.got}"
        if wrong:
            raise Unsupported(f"the macro {name} with {wrong}", PLAIN, "correct it, or move it out")


def written_out(
    macro: MacroEntry, arguments: tuple[Written, ...], call: str
) -> tuple[Written, list[tuple[str, Written]]]:
    """The value of one call, and the variables behind it with their equations."""
    names: dict[str, Written] = dict(zip(map(key, macro.inputs), arguments, strict=True))
    for entry in macro.equations:
        number = entry.body if isinstance(entry.body, Literal) else None
        names[key(entry.name)] = number or Name(f"{entry.name} in {call}")
    found = []
    for entry in macro.equations:
        itself = names[key(entry.name)]
        if isinstance(itself, Name):
            found.append((itself.name, _replaced(entry.body, names, macro)))
    return names[key(macro.name)], found


def _replaced(node: Written | None, names: dict[str, Written], macro: MacroEntry) -> Written:
    match node:
        case Name(name, None) if key(name) in names:
            return names[key(name)]
        case Name(name, None) if key(name) == "time":
            return node
        case Name(name):
            got = f"'{name}' inside the macro {macro.name}, neither an input nor a variable of it"
            raise Unsupported(got, "inputs and variables of the macro, and Time", "make it an input")
        case Apply(name, arguments, None) if key(name) not in names:
            return replace(node, arguments=tuple([_replaced(part, names, macro) for part in arguments]))
        case Operation(_, operands):
            return replace(node, operands=tuple([_replaced(part, names, macro) for part in operands]))
        case Literal() | Points():
            return node
        case _:
            raise Unsupported(
                f"an array or a table inside the macro {macro.name}", PLAIN, "move it out of it"
            )


# a call of a macro takes as long as so many parts
MACRO = 100

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
    scope.names.budget.spend()
    match node:
        case Literal(value, text):
            if text:
                raise Unsupported(text, "a finite number", "write the number")
            if not math.isfinite(value):
                raise Unsupported("a number beyond all bounds", "a finite number", "write a smaller one")
            return Number(value)
        case Name(name, subscripts):
            return _reference(name, subscripts, scope)
        case Operation(operator, operands):
            compared = _compared_places(operator, operands, scope)
            if compared is not None:
                return compared
            return _operation(operator, [expression(operand, scope) for operand in operands])
        case Apply():
            return _call(node, scope)
        case Points():
            raise Unsupported(
                "a table inside an expression", "WITH LOOKUP", "give the table a name of its own"
            )
        case Numbers():
            raise Unsupported("a list of numbers inside an expression", "one number", "write one number")


def _compared_places(operator: str, operands: tuple[Written, ...], scope: Scope) -> Expression | None:
    """1 or 0 for a comparison of two places in arrays; None for any other operation."""
    match operands:
        case (Name(a, None), Name(b, None)) if operator in ("=", "<>"):
            if scope.dialect == "xmile":
                same = is_same_element((a, b), scope)
            else:
                places = place(a, scope), place(b, scope)
                same = None if None in places else places[0] == places[1]
            return None if same is None else Number(float(same == (operator == "=")))
    return None


def table(node: Points) -> Table:
    """A checked table."""
    if len(node.x) < 2:
        raise Unsupported("a table with one point", "two points or more", "add a point or use a constant")
    if len(set(node.x)) < len(node.x):
        raise Unsupported("a table with the same x twice", "each x once", "remove one of the two points")
    if any(b < a for a, b in pairwise(node.x)):
        raise Unsupported("a table whose x do not increase", "x in rising order", "sort the points")
    if not all(map(math.isfinite, (*node.x, *node.y))):
        raise Unsupported("a table with a number beyond all bounds", "finite numbers", "write smaller ones")
    return Table(node.x, node.y)


def _reference(name: str, subscripts: tuple[str, ...] | None, scope: Scope) -> Expression:
    known = key(name)
    if known in BUILT_IN[scope.dialect] and known not in scope.names.units and subscripts is None:
        return BUILT_IN[scope.dialect][known]
    if scope.dialect == "vensim" and subscripts is None and (at := place(name, scope)) is not None:
        return Number(float(at))
    found = resolve(name, subscripts, scope)
    if found in scope.names.tables:
        raise Unsupported(
            f"the table '{name}' without an argument",
            "a table read at an argument, such as table(Time)",
            "add the argument in parentheses",
        )
    return Reference(found)


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
    if name in scope.names.broken:
        return Reference(name)
    if name in scope.names.macros:
        return _macro(name, arguments, scope)
    reduced = reduction(name, arguments, scope, expression)
    if reduced is not None:
        return reduced
    for build in (_with_stocks, _special):
        found = build(name, arguments, scope)
        if found is not None:
            return found
    return _plain(name, arguments, scope)


def _macro(name: str, arguments: tuple[Written, ...], scope: Scope) -> Expression:
    macro, hidden = scope.names.macros[name], scope.hidden
    scope.names.budget.spend(MACRO)
    _count(macro.name, "macro", len(arguments), len(macro.inputs))
    value, behind = written_out(macro, arguments, f"{macro.name} of {hidden.owner} #{len(hidden.found) + 1}")
    # a macro does not call itself
    others = {other: found for other, found in scope.names.macros.items() if other != name}
    inside = replace(scope, names=replace(scope.names, macros=others))
    places = [(local, hidden.reserve(local)) for local, _ in behind]
    for (_, at), (_, body) in zip(places, behind, strict=True):
        hidden.fill(at, definition(body, inside))
    return expression(value, scope)


def _table_key(node: Apply, scope: Scope) -> str | None:
    name = key(node.name)
    if name in scope.names.tables:
        return resolve(node.name, node.subscripts, scope)
    array = scope.names.arrays.get(name, {})
    if any(element in scope.names.tables for element in array.values()):
        return resolve(node.name, node.subscripts, scope)
    return None


def _with_stocks(name: str, arguments: tuple[Written, ...], scope: Scope) -> Expression | None:
    hidden, dialect = scope.hidden, scope.dialect
    if name == "trend":
        least = 3 if dialect == "vensim" else 2
        source, time, *rest = _arguments(name, arguments, range(least, 4), scope)
        return hidden.trend(source, time, rest[0] if rest else Number(0.0))
    if name == ("forecast" if dialect == "vensim" else "forcst"):
        source, time, horizon = _arguments(name, arguments, 3, scope)
        return hidden.forecast(source, time, horizon)
    if dialect == "vensim" and name == "sample_if_true":
        return hidden.sample(*_arguments(name, arguments, 3, scope))
    if name == ("delay_fixed" if dialect == "vensim" else "delay"):
        least = 3 if dialect == "vensim" else 2
        source, time, *rest = _arguments(name, arguments, range(least, 4), scope)
        return hidden.delay_fixed(name, source, time, rest[0] if rest else source)
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
        start = rest[by_argument] if len(rest) > by_argument else source
        n, start = (order, start) if order else scope.hidden.order(rest[0], start)
        return source, time, start, n
    source, time, *rest = _arguments(name, arguments, 2 + by_argument + started, scope)
    start = rest[0] if started else source
    n, start = (order, start) if order else scope.hidden.order(rest[-1], start)
    return source, time, start, n


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
        return balanced([expression(a, scope) for a in arguments], lambda a, b: Call(name, (a, b)))
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
