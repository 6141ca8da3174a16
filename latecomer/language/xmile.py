"""XMILE model texts: elements with their lines, built into the same entries as Vensim's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from latecomer.faults import Fault, refuse
from latecomer.language.entry import REFERENCE, Broken, BrokenEntry, Entry, Item, RangeEntry, place_of
from latecomer.language.grammar import parse
from latecomer.language.ranges import names
from latecomer.language.syntax import key
from latecomer.language.tokens import XMILE, unquoted
from latecomer.language.vensim import unreadable
from latecomer.language.written import (
    Apply,
    Literal,
    Name,
    Operation,
    Points,
    Unreadable,
    Unsupported,
    Written,
)

SUFFIXES = (".xmile", ".stmx", ".itmx", ".xml")
METHODS = {"euler": "euler", "rk4": "rk4", "runge-kutta 4": "rk4"}
CONTROLS = {
    "initial_time": ("INITIAL TIME", "start", "The initial time."),
    "final_time": ("FINAL TIME", "stop", "The final time."),
    "time_step": ("TIME STEP", "dt", "The time step."),
    "saveper": ("SAVEPER", "savestep", "The interval at which results are kept."),
}
SAME_AS = {"initial_time": "starttime", "final_time": "stoptime", "time_step": "dt", "saveper": "savestep"}
# what may stand in a file, and in a variable; anything else could change the numbers
TOP = frozenset(
    {"header", "sim_specs", "model_units", "dimensions", "behavior", "style", "macro", "model", "prefs"}
    | {"equation_prefs", "data"}
)
INSIDE = frozenset(
    {"eqn", "doc", "units", "gf", "dimensions", "element", "inflow", "outflow", "non_negative", "range"}
    | {"scale", "format", "display", "init_eqn", "xscale", "yscale", "xpts", "ypts", "documentation"}
)
VARIABLES = frozenset({"stock", "flow", "aux", "gf"})


@dataclass(frozen=True)
class File:
    """An XMILE file taken apart."""

    items: tuple[Item, ...]
    method: str


def read(raw: bytes, file: str) -> File:
    """The elements of an XMILE file; raises `InputError` where it is no such file."""
    root = _root(raw, file)
    items: list[Item] = []
    specs = next(_all(root, "sim_specs"), None)
    listed = next((node for node in root if _name(node) == "dimensions"), ())
    items += [_dimension(found) for found in listed if _name(found) == "dim"]
    models = [model for model in root if _name(model) == "model"]
    if len(models) != 1:
        raise refuse(
            file, f"{len(models)} models", "one model in one module", "put the model into one module"
        )
    unknown = [node for node in root if _name(node) not in TOP and not _of_another(node, root)]
    imports = [node for node in root if _name(node) in ("behavior", "data") and len(node)]
    items += [_refused(node, file) for node in (*_all(root, "macro"), *unknown, *imports)]
    if len(list(_all(root, "sim_specs"))) > 1:
        raise refuse(file, "sim_specs in several places", "one sim_specs", "leave one")
    controls = {} if specs is None else _controls(specs, file)
    variables = _variables(models[0])
    method = "euler" if specs is None else _method(specs)
    found = list(_Reader(file, variables, controls, method).items())
    # a SAVEPER of the variables goes before one that sim_specs leave open
    again = {key(item.name) for item in found if isinstance(item, Entry)}
    items += [item for known, item in controls.items() if known not in again]
    items += found
    return File(tuple(items), method)


def _root(raw: bytes, file: str) -> Any:
    # files of several programs use a prefix that they never declare
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    wrong = [e for e in parser.error_log if e.domain_name != "NAMESPACE" and e.level_name != "WARNING"]
    if root is None or wrong or _name(root) != "xmile":
        line = f", line {wrong[0].line}" if wrong else ""
        got = f"XML that breaks off or is broken ({wrong[0].message})" if wrong else "no XMILE"
        raise refuse(
            f"{file}{line}",
            got,
            "an XMILE model",
            "save the model again from the program that wrote it, or hand over a .mdl file",
        )
    return root


def _name(node: Any) -> str:
    if node is None or not isinstance(node.tag, str):
        return ""
    return str(node.tag.rpartition("}")[2].rpartition(":")[2].lower())


def _of_another(node: Any, root: Any) -> bool:
    """Whether an element belongs to one program's own extension, such as its windows."""
    space, other = (str(found.tag).rpartition("}")[0] for found in (root, node))
    return other != space or ":" in str(node.tag).rpartition("}")[2]


def _all(node: Any, name: str) -> Iterator[Any]:
    return (found for found in node.iter() if _name(found) == name)


def _child(node: Any, name: str) -> Any:
    return next((found for found in node if _name(found) == name), None)


def _text(node: Any) -> str:
    return "" if node is None else "".join(node.itertext()).strip()


def _plain(name: str) -> str:
    return unquoted(name.replace("\\n", " ").replace("\n", " "))


def _dimension(node: Any) -> RangeEntry:
    size = node.get("size")
    listed = [_plain(found.get("name", "")) for found in node if _name(found) == "elem"]
    elements = listed or [str(i + 1) for i in range(int(size) if size and size.isdigit() else 0)]
    return RangeEntry(_plain(node.get("name", "")), tuple(elements), (), node.sourceline or 0)


def _refused(node: Any, file: str) -> BrokenEntry:
    name = _plain(node.get("name", "") or _name(node))
    got = {
        "behavior": "a rule for all stocks or flows (behavior)",
        "data": "data from another file",
    }.get(_name(node), f"a {_name(node)}")
    place = place_of(file, node.sourceline or 0, name)
    return BrokenEntry(name, Fault(place, got, REFERENCE, "write it with plain equations"))


def _method(specs: Any) -> str:
    written = (specs.get("method") or "euler").strip()
    # a list of methods is in order of preference
    return METHODS.get(written.split(",")[0].strip().lower(), f"method {written}")


def _controls(specs: Any, file: str) -> dict[str, Entry | BrokenEntry]:
    found: dict[str, Entry | BrokenEntry] = {}
    unit = specs.get("time_units") or ""
    for known, (shown, tag, note) in CONTROLS.items():
        node = _child(specs, tag)
        text = _text(node)
        line = (specs if node is None else node).sourceline or 0
        if known == "saveper" and node is None:
            kept = [
                v
                for k, v in specs.attrib.items()
                if k.rpartition("}")[2].rpartition(":")[2] == "save_interval"
            ]
            text = kept[0] if kept and kept[0] not in ("", "0") else ""
        try:
            body: Written = Literal(float(text)) if text else Name("TIME STEP")
        except ValueError:
            place = place_of(file, line, shown)
            found[known] = BrokenEntry(shown, Fault(place, f"'{text}'", "a number", "write the number"))
            continue
        if not text and known != "saveper":
            continue
        if tag == "dt" and node.get("reciprocal", "").lower() == "true" and isinstance(body, Literal):
            body = Literal(1 / body.value) if body.value else body
        found[known] = Entry(shown, (), body, unit, note, (None, None), "", line)
    return found


def _variables(model: Any) -> list[Any]:
    inner = _child(model, "variables")
    return [node for node in (model if inner is None else inner) if isinstance(node.tag, str)]


class _Reader:
    """Builds the entries of a model; flows know the stocks that they leave."""

    def __init__(
        self, file: str, nodes: list[Any], controls: dict[str, Entry | BrokenEntry], method: str
    ) -> None:
        self.file, self.nodes, self.controls, self.method = file, nodes, controls, method
        self.by_key = {key(_plain(n.get("name", ""))): n for n in nodes if _name(n) in VARIABLES}
        self.limited: dict[str, tuple[Any, int]] = {}
        for node in nodes:
            if _name(node) == "stock" and _child(node, "non_negative") is not None:
                for place, flow in enumerate(_flows(node, "outflow")):
                    self.limited[key(flow)] = (node, place)

    def items(self) -> Iterator[Item]:
        for node in self.nodes:
            kind, name = _name(node), _plain(node.get("name", ""))
            place = place_of(self.file, node.sourceline or 0, name)
            if kind in ("module", "macro"):
                yield _refused(node, self.file)
            if kind not in VARIABLES:
                continue
            try:
                yield from self.entries(node, name, place)
            except Unreadable as problem:
                yield BrokenEntry(name, unreadable(place, problem))
            except Unsupported as problem:
                yield BrokenEntry(name, Fault(place, problem.got, problem.expected, problem.cure))
            except Broken as problem:
                yield BrokenEntry(problem.name, problem.fault)

    def entries(self, node: Any, name: str, place: str) -> Iterator[Item]:
        known = key(name)
        if known in self.controls or known in CONTROLS:
            yield from self.control(node, known, place)
            return
        for found in node:
            if isinstance(found.tag, str) and _name(found) not in INSIDE:
                what = f"a {_name(found)}"
                raise Unsupported(what, "a plain stock, flow or auxiliary", "write it with plain equations")
        listed = _child(node, "dimensions")
        dims = () if listed is None else tuple(_plain(d.get("name", "")) for d in listed if _name(d) == "dim")
        elements = [found for found in node if _name(found) == "element"]
        if not elements:
            yield self.entry(node, node, name, dims, dims)
        for found in elements:
            yield self.entry(node, found, name, names(found.get("subscript", "")), dims)

    def control(self, node: Any, known: str, place: str) -> Iterator[Item]:
        """A variable such as TIME STEP, which some programs write beside sim_specs; both must agree."""
        own, given = _text(_child(node, "eqn")), self.controls.get(known)
        if not isinstance(given, Entry):
            return
        try:
            value: float | None = float(own)
        except ValueError:
            value = None
        step = self.controls.get("time_step")
        if (
            known == "saveper"
            and isinstance(given.body, Name)
            and value is not None
            and isinstance(step, Entry)
        ):
            yield replace(given, body=Literal(value), line=node.sourceline or 0)
            return
        same = key(own) in ("time_step", "dt") if isinstance(given.body, Name) else False
        same = same or key(own) == SAME_AS[known]
        if not same and not (isinstance(given.body, Literal) and value == given.body.value):
            raise Unsupported(
                f"'{own}' for what sim_specs say otherwise",
                "one value",
                "write the same value in both places",
            )

    def entry(
        self, node: Any, part: Any, name: str, subscripts: tuple[str, ...], dims: tuple[str, ...]
    ) -> Entry:
        equation = _child(part, "eqn")
        text = _text(_child(node, "eqn") if equation is None else equation)
        graph = _child(part, "gf")
        graph = _child(node, "gf") if graph is None else graph
        graph = node if _name(node) == "gf" else graph
        points = None if graph is None else _points(graph)
        bare = not text or not "".join(text.split("{")[0].split())
        if points is not None and bare and _name(node) != "stock":
            body: Written = points
        elif bare and text.startswith("{"):
            raise Unsupported(
                f"no equation but the remark '{text[:60]}'", "an equation", "write the equation"
            )
        elif not text:
            raise Unsupported("no equation", "an equation", "write the equation")
        else:
            body = parse(text, XMILE)
            body = body if points is None else Apply("with lookup", (body, points))
        start = _text(_child(part, "init_eqn")) or _text(_child(node, "init_eqn"))
        if start:
            body = Apply("active initial", (body, parse(start, XMILE)))
        if _name(node) == "stock":
            body = Apply("integ", (self.net_flow(node, subscripts), body))
        if _name(node) == "flow":
            body = self.flow(node, name, body, subscripts)
        note = " ".join(_text(_child(node, "doc")).split())
        unit = " ".join(_text(_child(node, "units")).split())
        return Entry(name, subscripts, body, unit, note, _limits(node), "", part.sourceline or 0)

    def net_flow(self, node: Any, subscripts: tuple[str, ...]) -> Written:
        total: Written | None = None
        for flow in _flows(node, "inflow"):
            term = Name(flow, subscripts or None)
            total = term if total is None else Operation("+", (total, term))
        for flow in _flows(node, "outflow"):
            term = Name(flow, subscripts or None)
            total = Operation("neg", (term,)) if total is None else Operation("-", (total, term))
        return Literal(0.0) if total is None else total

    def flow(self, node: Any, name: str, body: Written, subscripts: tuple[str, ...]) -> Written:
        if _child(node, "non_negative") is not None:
            body = Apply("max", (body, Literal(0.0)))
        stock, place = self.limited.get(key(name), (None, 0))
        if stock is None:
            return body
        # what is there in this step: the stock itself and what flows in, less what left before
        available: Written = Operation("/", (Name(_plain(stock.get("name")), subscripts or None), Name("DT")))
        for flow in _flows(stock, "inflow"):
            inflow = self.by_key.get(key(flow))
            if inflow is None or _child(inflow, "non_negative") is None:
                raise Unsupported(
                    f"an outflow of the non-negative stock '{_plain(stock.get('name'))}', "
                    f"whose inflow '{flow}' may be negative",
                    "inflows that are non-negative too",
                    "mark the inflow as non_negative, or limit the outflow with MIN",
                )
            available = Operation("+", (available, Name(flow, subscripts or None)))
        for earlier in _flows(stock, "outflow")[:place]:
            available = Operation("-", (available, Name(earlier, subscripts or None)))
        # where a limit bites within a step of RK4, programs differ: such a run must fail
        function = "min" if self.method == "euler" else "#within"
        return Apply(function, (body, Apply("max", (available, Literal(0.0)))))


def _flows(node: Any, tag: str) -> list[str]:
    return [_plain(_text(found)).replace("_", " ") for found in node if _name(found) == tag]


def _limits(node: Any) -> tuple[float | None, float | None]:
    scale = _child(node, "range")
    if scale is None:
        return None, None

    def number(word: str | None) -> float | None:
        try:
            return float(word) if word else None
        except ValueError:
            return None

    return number(scale.get("min")), number(scale.get("max"))


def _points(graph: Any) -> Points:
    kind = (graph.get("type") or "continuous").lower()
    if kind != "continuous" or (graph.get("discrete") or "false").lower() == "true":
        raise Unsupported(
            f"a table of type {'discrete' if kind == 'continuous' else kind}",
            "a continuous table",
            "write its steps as points",
        )
    y = _numbers(_child(graph, "ypts"))
    listed, scale = _child(graph, "xpts"), _child(graph, "xscale")
    if listed is not None:
        x = _numbers(listed)
    elif scale is not None and y:
        low, high = float(scale.get("min")), float(scale.get("max"))
        x = [low + (high - low) * i / max(len(y) - 1, 1) for i in range(len(y))]
    else:
        x = []
    if len(x) != len(y) or not y:
        raise Unsupported(f"a table of {len(x)} x and {len(y)} y", "as many x as y", "mend the table")
    return Points(tuple(x), tuple(y))


def _numbers(node: Any) -> list[float]:
    separator = "," if node is None else node.get("sep") or ","
    words: Iterable[str] = _text(node).split(separator)
    try:
        return [float(word) for word in words if word.strip()]
    except ValueError:
        raise Unreadable(_text(node), _text(node)) from None
