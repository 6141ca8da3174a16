"""One function of a program before it is written in a language, and how Python writes it."""

from __future__ import annotations

from collections.abc import Mapping
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
    """The section as a Python function over the functions of a namespace `ns`.

    No name, unit, note or other text of a file goes into it: names are numbered, tables and stocks go by
    their places.
    """
    names = writer.names
    lines = [f"    {names[key]} = {place}" for key, place in section.loads]
    starting = section.results if section.name == "initial" else ()
    stocks = {owner: place for place, (owner, _) in enumerate(starting)}
    lines += [f"    {names[v.key]} = {_value(v, node, writer, stocks)}" for v, node in section.equations]
    values = "".join(f"\n        {writer.number(node, owner)}," for owner, node in section.results)
    signature = f"def {section.name}({PYTHON_ARGUMENTS.get(section.name, OVER_STATES)}):"
    return "\n".join([signature, *lines, f"    return ({values}\n    )" if values else "    return ()"])


def _value(variable: Variable, node: Expression, writer: Writer, stocks: Mapping[str, int]) -> str:
    value = writer.number(node, variable.key)
    own = variable.key in stocks and isinstance(variable.definition, Stock)
    return f"start.get({stocks[variable.key]}, {value})" if own else value
