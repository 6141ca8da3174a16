"""Small tools for the XML of a model.

Also here:
- The small parts of an XMILE document: names, leaves, points, ranges and units.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Protocol, overload
from xml.etree.ElementTree import Element, SubElement

from latecomer.errors import Fault
from latecomer.language.analysis import whole
from latecomer.language.grammar import unquoted
from latecomer.language.model_text import CONTROLS, Kind, ModelText, Variable
from latecomer.language.source import REFERENCE, BrokenEntry, place_of
from latecomer.language.syntax import Call, Table, references, walk
from latecomer.language.xmile.expressions import OF_FUNCTIONS, WORDS, identifier


class Tree(Protocol):
    """A whole document."""

    def getroot(self) -> Node:
        """Its outermost element."""


class Node(Protocol):
    """An element of a document, as lxml reads it; that of a comment has no text for a tag."""

    @property
    def tag(self) -> object:
        """The name with its namespace."""

    @property
    def sourceline(self) -> int | None:
        """The line where it begins."""

    @property
    def attrib(self) -> Mapping[str, str]:
        """Its attributes."""

    @overload
    def get(self, name: str) -> str | None: ...

    @overload
    def get(self, name: str, default: str) -> str: ...

    def iter(self) -> Iterator[Node]:
        """Itself and all elements inside."""

    def itertext(self) -> Iterator[str]:
        """All text inside."""

    def getroottree(self) -> Tree:
        """The document it is in."""

    def remove(self, inner: Node) -> None:
        """Take an element out."""

    def __iter__(self) -> Iterator[Node]: ...

    def __len__(self) -> int: ...


def local_name(node: Node | None) -> str:
    """The local name of an element, without the prefix of any program."""
    if node is None or not isinstance(node.tag, str):
        return ""
    return str(node.tag.rpartition("}")[2].rpartition(":")[2].lower())


def foreign(node: Node) -> bool:
    """Whether an element belongs to one program's own extension, such as its windows."""
    root = node.getroottree().getroot()
    space, other = (str(found.tag).rpartition("}")[0] for found in (root, node))
    return other != space or ":" in str(node.tag).rpartition("}")[2]


def every(node: Node, name: str) -> Iterator[Node]:
    """Every element of some name inside another."""
    return (found for found in node.iter() if local_name(found) == name)


def child(node: Node, name: str) -> Node | None:
    """The first child of some name, or None."""
    return next((found for found in node if local_name(found) == name), None)


def text_of(node: Node | None) -> str:
    """All text inside an element; nothing for None."""
    return "" if node is None else "".join(node.itertext()).strip()


def listed(node: Node, name: str) -> list[str]:
    """The names that all children of some name hold, such as the flows of a stock."""
    return [plain(text_of(found)).replace("_", " ") for found in node if local_name(found) == name]


def plain(name: str) -> str:
    """A name in one line, without its quotes."""
    return unquoted(name.replace("\\n", " ").replace("\n", " "))


def article(word: str) -> str:
    """The article of a tag.

    >>> article("eqn"), article("stock")
    ('an', 'a')
    """
    return "an" if word[:1] in tuple("aeio") else "a"


def refused(node: Node, file: str) -> BrokenEntry:
    """The entry of an element that is outside the language."""
    name = plain(node.get("name", "") or local_name(node))
    got = {
        "data": "data from another file",
        "model": f"the model in the file '{node.get('resource')}'",
    }.get(local_name(node), f"{article(local_name(node))} {local_name(node)}")
    place = place_of(file, node.sourceline or 0, name)
    return BrokenEntry(name, Fault(place, got, REFERENCE, "write it with plain equations"))


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
    SubElement(element, "yscale", {"min": plain_value(min(table.y)), "max": plain_value(max(table.y))})
    leaf(element, "xpts", ",".join(plain_value(x) for x in table.x))
    leaf(element, "ypts", ",".join(plain_value(y) for y in table.y))


def documented(element: Element, variable: Variable) -> None:
    """Unit, note and, where it has both ends, range."""
    for tag, content in (("units", variable.unit), ("doc", variable.note)):
        if content:
            leaf(element, tag, content)
    low, high = variable.limits
    if low is not None and high is not None:
        SubElement(element, "range", {"min": plain_value(low), "max": plain_value(high)})


def plain_value(value: float) -> str:
    """The shortest number that reads back to the same value.

    >>> plain_value(3.0), plain_value(-1e-05)
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
