"""Small tools for the XML of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, overload

from latecomer.faults import Fault
from latecomer.language.entry import REFERENCE, BrokenEntry, place_of
from latecomer.language.tokens import unquoted


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
