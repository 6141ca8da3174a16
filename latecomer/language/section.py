"""One function of a program before it is written in a language, and how Python writes it."""

from __future__ import annotations

from dataclasses import dataclass

from latecomer.language.emit import Writer
from latecomer.language.syntax import Expression, Stock
from latecomer.language.text import Variable

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
    """The section as a Python function over the functions of a namespace `ns`."""
    names = writer.names
    lines = [f"    {names[key]} = {place}" for key, place in section.loads]
    lines += [
        f"    {names[v.key]} = {_value(v, node, writer)}  # {v.unit or 'no unit'}"
        for v, node in section.equations
    ]
    values = "".join(f"\n        {writer.number(node, owner)}," for owner, node in section.results)
    signature = f"def {section.name}({PYTHON_ARGUMENTS.get(section.name, OVER_STATES)}):"
    return "\n".join([signature, *lines, f"    return ({values}\n    )" if values else "    return ()"])


def _value(variable: Variable, node: Expression, writer: Writer) -> str:
    value = writer.number(node, variable.key)
    # a stock is computed in `initial` only
    return f"start.get({variable.name!r}, {value})" if isinstance(variable.definition, Stock) else value
