"""The small parts of an XMILE document: names, leaves, points, ranges and units."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement

from latecomer.language.net_flow import whole
from latecomer.language.syntax import Call, Table, references, walk
from latecomer.language.text import CONTROLS, Kind, ModelText, Variable
from latecomer.language.xmile_equations import OF_FUNCTIONS, WORDS, identifier

# functions that are written out with the time step
WITH_STEP = frozenset({"step", "pulse", "pulse_train", "lag"})
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def whole_name(variable: Variable) -> str:
    """The name of a variable, of an element that of its array."""
    return variable.base if variable.subscripts else variable.name


def reference(variable: Variable) -> str:
    """A variable as an equation writes it, an element with its subscripts."""
    name = identifier(whole_name(variable))
    inside = ", ".join(identifier(element) for element in variable.subscripts)
    return f"{name}[{inside}]" if inside else name


def forbidden(variable: Variable) -> tuple[str, str] | None:
    """What forbids a name in XMILE, with the cure."""
    name, own = whole_name(variable), whole(variable)
    if own in WORDS or (variable.kind is Kind.TABLE and own in OF_FUNCTIONS):
        return f"the name '{name}', which XMILE keeps for itself", "rename the variable"
    if re.search(r'["\\]', name):
        return "a quotation mark or a backslash in the name", "rename the variable"
    return None


def controls_read(text: ModelText) -> frozenset[str]:
    """The control variables that the equations read, as XMILE will write them."""
    nodes = [v.definition for v in text.variables if v.kind is not Kind.CONTROL]
    read = {name for node in nodes for name in references(node)}
    called = {inner.function for n in nodes for inner in walk(n) if isinstance(inner, Call)}
    return frozenset(CONTROLS) & (read | ({"time_step"} if called & WITH_STEP else set()))


def leaf(parent: Element, tag: str, content: str) -> Element:
    """A new element that holds a text."""
    found = SubElement(parent, tag)
    found.text = NOT_XML.sub(" ", content)
    return found


def points(element: Element, table: Table) -> None:
    """The points of a graphical function."""
    SubElement(element, "yscale", {"min": plain(min(table.y)), "max": plain(max(table.y))})
    leaf(element, "xpts", ",".join(plain(x) for x in table.x))
    leaf(element, "ypts", ",".join(plain(y) for y in table.y))


def documented(element: Element, variable: Variable) -> None:
    """Unit, note and, where it has both ends, range."""
    for tag, content in (("units", variable.unit), ("doc", variable.note)):
        if content:
            leaf(element, tag, content)
    low, high = variable.limits
    if low is not None and high is not None:
        SubElement(element, "range", {"min": plain(low), "max": plain(high)})


def plain(value: float) -> str:
    """The shortest number that reads back to the same value.

    >>> plain(3.0), plain(-1e-05)
    ('3', '-1e-05')
    """
    return repr(float(value)).removesuffix(".0")


def rate(unit: str, time: str) -> str:
    """The unit of a flow into a stock.

    >>> rate("person", "year"), rate("a*b", "year"), rate("Dmnl", "year")
    ('person/year', '(a*b)/year', '1/year')
    """
    if unit.lower() in ("dmnl", "1"):
        return f"1/{time}"
    return f"({unit})/{time}" if re.search(r"[*/^]", unit) else f"{unit}/{time}"
