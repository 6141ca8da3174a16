"""The variables of an XMILE model: stocks with their flows, auxiliaries, tables, arrays by element."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from latecomer.faults import Fault
from latecomer.language.entry import Broken, BrokenEntry, Entry, Item, place_of
from latecomer.language.grammar import parse
from latecomer.language.ranges import names
from latecomer.language.syntax import key
from latecomer.language.tokens import XMILE
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
from latecomer.language.xmile_limits import Limits
from latecomer.language.xmile_nodes import child, listed, local_name, plain, refused, text_of

Controls = Mapping[str, Entry | BrokenEntry]
# what may stand in a variable; anything else could change the numbers
INSIDE = frozenset(
    {"eqn", "doc", "units", "gf", "dimensions", "element", "inflow", "outflow", "non_negative", "range"}
    | {"scale", "format", "display", "init_eqn", "xscale", "yscale", "xpts", "ypts", "documentation"}
)
VARIABLES = frozenset({"stock", "flow", "aux", "gf"})
# what control variables are called inside equations
SAME_AS = {"initial_time": "starttime", "final_time": "stoptime", "time_step": "dt", "saveper": "savestep"}


class Reader:
    """Builds the entries of a model; flows know the stocks that they leave."""

    def __init__(
        self, file: str, nodes: list[Any], controls: Controls, method: str, rules: Mapping[str, bool]
    ) -> None:
        self.file, self.nodes, self.controls = file, nodes, controls
        self.limits = Limits([node for node in nodes if local_name(node) in VARIABLES], rules, method)

    def items(self) -> Iterator[Item]:
        """The entries of all variables, broken ones among them."""
        for node in self.nodes:
            kind, name = local_name(node), plain(node.get("name", ""))
            place = place_of(self.file, node.sourceline or 0, name)
            if kind in ("module", "macro"):
                yield refused(node, self.file)
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
        """The entries of one variable, one for each element that is given its own equation."""
        known = key(name)
        if known in SAME_AS:
            yield from self.control(node, known, place)
            return
        for found in node:
            if isinstance(found.tag, str) and local_name(found) not in INSIDE:
                what = f"a {local_name(found)}"
                raise Unsupported(what, "a plain stock, flow or auxiliary", "write it with plain equations")
        inside = child(node, "dimensions")
        dims = (
            ()
            if inside is None
            else tuple(plain(d.get("name", "")) for d in inside if local_name(d) == "dim")
        )
        elements = [found for found in node if local_name(found) == "element"]
        if not elements:
            yield self.entry(node, node, name, dims, dims)
        for found in elements:
            yield self.entry(node, found, name, names(found.get("subscript", "")), dims)

    def control(self, node: Any, known: str, place: str) -> Iterator[Item]:
        """A variable such as TIME STEP, which some programs write beside sim_specs; both must agree."""
        own, given = text_of(child(node, "eqn")), self.controls.get(known)
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
        """One entry: equation, table, stock or flow."""
        equation = child(part, "eqn")
        text = text_of(child(node, "eqn") if equation is None else equation)
        graph = child(part, "gf")
        graph = child(node, "gf") if graph is None else graph
        graph = node if local_name(node) == "gf" else graph
        points = None if graph is None else _points(graph)
        bare = not text or not "".join(text.split("{")[0].split())
        if points is not None and bare and local_name(node) != "stock":
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
        start = text_of(child(part, "init_eqn")) or text_of(child(node, "init_eqn"))
        if start:
            body = Apply("active initial", (body, parse(start, XMILE)))
        if local_name(node) == "stock":
            body = Apply("integ", (self.net_flow(node, subscripts), self.limits.start(node, body)))
        if local_name(node) == "flow":
            body = self.limits.flow(node, body, subscripts)
        note = " ".join(text_of(child(node, "doc")).split())
        unit = " ".join(text_of(child(node, "units")).split())
        return Entry(name, subscripts, body, unit, note, _limits(node), "", part.sourceline or 0)

    def net_flow(self, node: Any, subscripts: tuple[str, ...]) -> Written:
        """What flows in less what flows out."""
        total: Written | None = None
        for flow in listed(node, "inflow"):
            term = Name(flow, subscripts or None)
            total = term if total is None else Operation("+", (total, term))
        for flow in listed(node, "outflow"):
            term = Name(flow, subscripts or None)
            total = Operation("neg", (term,)) if total is None else Operation("-", (total, term))
        return Literal(0.0) if total is None else total


def _limits(node: Any) -> tuple[float | None, float | None]:
    scale = child(node, "range")
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
    y = _numbers(child(graph, "ypts"))
    given, scale = child(graph, "xpts"), child(graph, "xscale")
    if given is not None:
        x = _numbers(given)
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
    words: Iterable[str] = text_of(node).split(separator)
    try:
        return [float(word) for word in words if word.strip()]
    except ValueError:
        raise Unreadable(text_of(node), text_of(node)) from None
