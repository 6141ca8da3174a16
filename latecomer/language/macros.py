"""Macros of Vensim: their equations, written out once for each call."""

from __future__ import annotations

from dataclasses import replace

from latecomer.language.entry import BrokenEntry, Entry, Item, MacroEntry
from latecomer.language.functions import DELAYS, REDUCTIONS, SMOOTHS, VENSIM_NAMES
from latecomer.language.syntax import key
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

BUILT_IN = {*VENSIM_NAMES, *DELAYS["vensim"], *SMOOTHS["vensim"], *REDUCTIONS["vensim"]} | {
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
    if key(name) in BUILT_IN or len(set(known)) < len(known) or key(name) not in known[len(inputs) :]:
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
