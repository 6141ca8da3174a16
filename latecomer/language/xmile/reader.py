"""XMILE model texts: elements with their lines, built into the same entries as Vensim's.

Also here:
- The times of an XMILE model: sim_specs as the control variables, and the integration method.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from latecomer.errors import Fault, refuse
from latecomer.language.grammar import number
from latecomer.language.limits import MOST_ELEMENTS
from latecomer.language.source import (
    BrokenEntry,
    Entry,
    Item,
    Literal,
    Name,
    RangeEntry,
    Unsupported,
    Written,
    place_of,
)
from latecomer.language.syntax import key
from latecomer.language.xmile.variables import VARIABLES, Limits, Reader, rules_of
from latecomer.language.xmile.xml import Node, child, every, foreign, local_name, plain, refused, text_of

METHODS = {"euler": "euler", "rk4": "rk4", "runge-kutta 4": "rk4"}

CONTROLS = {
    "initial_time": ("INITIAL TIME", "start", "The initial time."),
    "final_time": ("FINAL TIME", "stop", "The final time."),
    "time_step": ("TIME STEP", "dt", "The time step."),
    "saveper": ("SAVEPER", "savestep", "The interval at which results are kept."),
}

UNIT = re.compile(r"(?:[\w.'$€£¥%°*/^() -]){0,100}")

IN_SPECS = frozenset({"start", "stop", "dt", "savestep"})


def method_of(specs: Node | None) -> str:
    """The integration method: euler, rk4, or the words for another."""
    written = (("" if specs is None else specs.get("method")) or "euler").strip()
    # a list of methods is in order of preference
    return METHODS.get(written.split(",")[0].strip().lower(), f"method {written}")


def controls_of(specs: Node, file: str) -> dict[str, Entry | BrokenEntry]:
    """The control variables under their keys, broken ones among them."""
    found: dict[str, Entry | BrokenEntry] = {}
    unit = " ".join((specs.get("time_units") or "").split(" "))
    if UNIT.fullmatch(unit) is None:
        got = f"the unit {unit[:80]!r} of time"
        fault = Fault(place_of(file, specs.sourceline or 0, "time_units"), got, "words", "write such as Year")
        return {known: BrokenEntry(shown, fault) for known, (shown, _, _) in CONTROLS.items()}
    for known, (shown, tag, note) in CONTROLS.items():
        node = child(specs, tag)
        if (twice := _twice(specs, tag)) is not None:
            fault = Fault(place_of(file, specs.sourceline or 0, shown), twice, f"one {tag}", "leave one")
            found[known] = BrokenEntry(shown, fault)
            continue
        text = text_of(node)
        line = (specs if node is None else node).sourceline or 0
        if known == "saveper" and node is None:
            kept = [
                v
                for k, v in specs.attrib.items()
                if k.rpartition("}")[2].rpartition(":")[2] == "save_interval"
            ]
            text = kept[0] if kept and kept[0] not in ("", "0") else ""
        value = number(text)
        if text and value is None:
            place = place_of(file, line, shown)
            found[known] = BrokenEntry(shown, Fault(place, f"'{text}'", "a number", "write the number"))
            continue
        body: Written = Name("TIME STEP") if value is None else Literal(value)
        if not text and known != "saveper":
            got = f"no {tag} in sim_specs"
            fault = Fault(place_of(file, line, shown), got, "start, stop and dt", f"write the {tag}")
            found[known] = BrokenEntry(shown, fault)
            continue
        if (
            tag == "dt"
            and node is not None
            and node.get("reciprocal", "").lower() == "true"
            and isinstance(body, Literal)
        ):
            body = Literal(1 / body.value) if body.value else body
        found[known] = Entry(shown, (), body, unit, note, (None, None), "", line)
    return found


def _twice(specs: Node, tag: str) -> str | None:
    """What is wrong where a control stands twice, or as an attribute; None where it stands once or not."""
    count = sum(local_name(node) == tag for node in specs)
    if count > 1:
        return f"{count} {tag}"
    return f"{tag} as an attribute" if specs.get(tag) is not None else None


def unknown_specs(specs: Node, file: str) -> list[BrokenEntry]:
    """What else stands in sim_specs and could change the numbers."""
    nodes = [node for node in specs if isinstance(node.tag, str)]
    return [refused(n, file) for n in nodes if local_name(n) not in IN_SPECS and not foreign(n)]


SUFFIXES = (".xmile", ".stmx", ".itmx", ".xml")

# what may stand in a file; anything else could change the numbers
TOP = frozenset(
    {"header", "sim_specs", "model_units", "dimensions", "behavior", "style", "macro", "model", "prefs"}
    | {"equation_prefs", "data", "default_format"}
)

IN_MODEL = frozenset({"variables", "views", "view", "behavior", "sim_specs", "display", "interface"})

IN_VARIABLES = VARIABLES | {"group", "module", "macro", "views", "view", "display"}

SIZE = re.compile("[0-9]{1,18}")


@dataclass(frozen=True)
class File:
    """An XMILE file taken apart."""

    items: tuple[Item, ...]
    method: str
    # where the method is named
    line: int


def read(raw: bytes, file: str) -> File:
    """The elements of an XMILE file; raises `InputError` where it is no such file."""
    root = _root(raw, file)
    specs = _one(root, "sim_specs", list(every(root, "sim_specs")), file)
    model = _one(root, "model", [node for node in root if local_name(node) == "model"], file)
    declared = [node for node in root if local_name(node) == "dimensions"]
    dimensions = _one(root, "dimensions", declared, file) if declared else ()
    items: list[Item] = list(_dimensions(dimensions, file))
    ranges = {key(item.name): item.items for item in items if isinstance(item, RangeEntry)}
    items += [refused(node, file) for node in _outside(root, model)]
    items += unknown_specs(specs, file)
    controls, method = controls_of(specs, file), method_of(specs)
    nodes = _variables(model)
    limits = Limits(
        [node for node in nodes if local_name(node) in VARIABLES], _rules(root, model, items, file), method
    )
    found = list(Reader(file, nodes, controls, limits, ranges).items())
    # a SAVEPER of the variables goes before one that sim_specs leave open
    again = {key(item.name) for item in found if isinstance(item, Entry)}
    items += [item for known, item in controls.items() if known not in again]
    items += found
    return File(tuple(items), method, specs.sourceline or 0)


def _one(root: Node, tag: str, found: list[Node], file: str) -> Node:
    if len(found) != 1:
        lines = ", ".join(str(node.sourceline) for node in found)
        got = f"{len(found)} {tag} (in lines {lines})" if found else f"no {tag}"
        line = (found[1] if found else root).sourceline
        cure = "put the model into one module" if tag == "model" and found else f"write one {tag}"
        raise refuse(f"{file}, line {line}", got, f"one {tag}", cure)
    return found[0]


def _outside(root: Node, model: Node) -> Iterator[Node]:
    """The elements of a file that could change the numbers and that no one here reads."""
    yield from every(root, "macro")
    for node in (node for node in root if isinstance(node.tag, str)):
        known = local_name(node)
        if (known not in TOP and not foreign(node)) or (known == "data" and len(node)):
            yield node
    inner = child(model, "variables")
    if model.get("resource") is not None:
        yield model
    for node in (node for node in model if isinstance(node.tag, str)):
        if local_name(node) not in IN_MODEL | (IN_VARIABLES if inner is None else set()) and not foreign(
            node
        ):
            yield node
    for node in (node for node in (model if inner is None else inner) if isinstance(node.tag, str)):
        known = local_name(node)
        # what one program adds may be about its windows, but no variable, and nothing from elsewhere
        strange = foreign(node) and (known in IN_VARIABLES or child(node, "eqn") is not None)
        if (
            known == "include"
            or strange
            or (inner is not None and not foreign(node) and known not in IN_VARIABLES)
        ):
            yield node


def _root(raw: bytes, file: str) -> Node:
    # files of several programs use a prefix that they never declare
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root: Node | None = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    wrong = [e for e in parser.error_log if e.domain_name != "NAMESPACE" and e.level_name != "WARNING"]
    if root is None or wrong or local_name(root) != "xmile":
        line = f", line {wrong[0].line}" if wrong else ""
        got = f"XML that breaks off or is broken ({wrong[0].message})" if wrong else "no XMILE"
        raise refuse(
            f"{file}{line}",
            got,
            "an XMILE model",
            "save the model again from the program that wrote it, or hand over a .mdl file",
        )
    return root


def _rules(root: Node, model: Node, items: list[Item], file: str) -> dict[str, bool]:
    """The rules for all stocks and flows; those of the model go before those of the file."""
    found: dict[str, bool] = {}
    for node in [*root, *model]:
        if local_name(node) == "behavior":
            try:
                found |= rules_of(node)
            except Unsupported as problem:
                place = place_of(file, node.sourceline or 0, "behavior")
                fault = Fault(place, problem.got, problem.expected, problem.cure)
                items.append(BrokenEntry("behavior", fault))
    return found


def _dimensions(nodes: Iterable[Node], file: str) -> Iterator[RangeEntry | BrokenEntry]:
    seen: dict[str, int] = {}
    for node in (node for node in nodes if local_name(node) == "dim"):
        name, line, size = plain(node.get("name", "")), node.sourceline or 0, (node.get("size") or "").strip()
        listed = [plain(found.get("name", "")) for found in node if local_name(found) == "elem"]
        first = seen.setdefault(key(name), line)
        got = f"the dimension '{name}' a second time (first in line {first})" if first != line else ""
        if listed and size and size != str(len(listed)):
            got = f"a dimension of size {size} with {len(listed)} elements"
        if not listed and SIZE.fullmatch(size) is None:
            got = "a dimension without elements or size"
        elif max(len(listed), int(size or 0) if SIZE.fullmatch(size) else 0) > MOST_ELEMENTS:
            got = f"a dimension of more than {MOST_ELEMENTS:,} elements"
        if got:
            fault = Fault(
                place_of(file, line, name), got, "each dimension once, with its elements", "correct it"
            )
            yield BrokenEntry(name, fault)
            continue
        elements = listed or [str(i + 1) for i in range(int(size))]
        yield RangeEntry(name, tuple(elements), (), line)


def _variables(model: Node) -> list[Node]:
    inner = child(model, "variables")
    nodes = model if inner is None else inner
    return [node for node in nodes if isinstance(node.tag, str) and not foreign(node)]
