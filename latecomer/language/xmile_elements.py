"""The variables of an XMILE model: stocks with their flows, auxiliaries, tables, arrays by element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from latecomer.faults import Fault
from latecomer.language.entry import Broken, BrokenEntry, Entry, Item, place_of
from latecomer.language.grammar import parse
from latecomer.language.ranges import names
from latecomer.language.syntax import key
from latecomer.language.tokens import XMILE, number
from latecomer.language.vensim import unreadable
from latecomer.language.written import (
    Apply,
    Literal,
    Name,
    Operation,
    Unreadable,
    Unsupported,
    Written,
)
from latecomer.language.xmile_limits import Limits
from latecomer.language.xmile_nodes import Node, article, child, listed, local_name, plain, refused, text_of
from latecomer.language.xmile_shape import check_elements, check_parts
from latecomer.language.xmile_subscripts import Completion
from latecomer.language.xmile_tables import points_of

Controls = Mapping[str, Entry | BrokenEntry]
VARIABLES = frozenset({"stock", "flow", "aux", "gf"})
# what control variables are called inside equations
SAME_AS = {"initial_time": "starttime", "final_time": "stoptime", "time_step": "dt", "saveper": "savestep"}


class Reader:
    """Builds the entries of a model; flows know the stocks that they leave."""

    def __init__(
        self,
        file: str,
        nodes: list[Node],
        controls: Controls,
        limits: Limits,
        ranges: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.file, self.nodes, self.controls, self.limits = file, nodes, controls, limits
        self.ranges = ranges
        found = [node for node in nodes if local_name(node) in VARIABLES]
        self.completion = Completion({key(plain(n.get("name", ""))): _dims(n) for n in found}, ranges)
        self.sectors = _sectors(nodes)

    def items(self) -> Iterator[Item]:
        """The entries of all variables, broken ones among them."""
        for node in self.nodes:
            kind, name = local_name(node), plain(node.get("name", ""))
            place = place_of(self.file, node.sourceline or 0, name)
            if kind == "module":
                yield refused(node, self.file)
            if kind not in VARIABLES:
                continue
            try:
                if not name:
                    raise Unsupported(f"{article(kind)} {kind} without a name", "a name", "give it a name")
                yield from self.entries(node, name, place)
            except Unreadable as problem:
                yield BrokenEntry(name, unreadable(place, problem))
            except Unsupported as problem:
                yield BrokenEntry(name, Fault(place, problem.got, problem.expected, problem.cure))
            except Broken as problem:
                yield BrokenEntry(problem.name, problem.fault)

    def entries(self, node: Node, name: str, place: str) -> Iterator[Item]:
        """The entries of one variable, one for each element that is given its own equation."""
        known = key(name)
        if known in SAME_AS:
            yield from self.control(node, known, place)
            return
        check_parts(node)
        dims = _dims(node)
        check_elements(node, dims, self.ranges)
        elements = [found for found in node if local_name(found) == "element"]
        if not elements:
            yield self.entry(node, node, name, dims, dims)
        for found in elements:
            yield self.entry(node, found, name, names(found.get("subscript", "")), dims)

    def control(self, node: Node, known: str, place: str) -> Iterator[Item]:
        """A variable such as TIME STEP, which some programs write beside sim_specs; both must agree."""
        own, given = text_of(child(node, "eqn")), self.controls.get(known)
        if not isinstance(given, Entry):
            return
        value = number(own)
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
        self, node: Node, part: Node, name: str, subscripts: tuple[str, ...], dims: tuple[str, ...]
    ) -> Entry:
        """One entry: equation, table, stock or flow."""
        # only an equation for all elements may leave its subscripts out
        whole = subscripts if part is node else ()
        equation = child(part, "eqn")
        text = text_of(child(node, "eqn") if equation is None else equation)
        graph = child(part, "gf")
        graph = child(node, "gf") if graph is None else graph
        graph = node if local_name(node) == "gf" else graph
        points = None if graph is None else points_of(graph)
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
            body = self.completion.of(parse(text, XMILE), whole)
            body = body if points is None else Apply("with lookup", (body, points))
        start = text_of(child(part, "init_eqn")) or text_of(child(node, "init_eqn"))
        if start:
            body = Apply("active initial", (body, self.completion.of(parse(start, XMILE), whole)))
        if local_name(node) == "stock":
            body = Apply("integ", (self.net_flow(node, subscripts), self.limits.start(node, body)))
        if local_name(node) == "flow":
            body = self.limits.flow(node, body, subscripts)
        note = " ".join(text_of(child(node, "doc")).split())
        unit = " ".join(text_of(child(node, "units")).split())
        return Entry(
            name,
            subscripts,
            body,
            unit,
            note,
            _limits(node),
            self.sectors.get(key(name), ""),
            part.sourceline or 0,
        )

    def net_flow(self, node: Node, subscripts: tuple[str, ...]) -> Written:
        """What flows in less what flows out."""
        total: Written | None = None
        for flow in listed(node, "inflow"):
            term = Name(flow, subscripts or None)
            total = term if total is None else Operation("+", (total, term))
        for flow in listed(node, "outflow"):
            term = Name(flow, subscripts or None)
            total = Operation("neg", (term,)) if total is None else Operation("-", (total, term))
        return Literal(0.0) if total is None else total


def _dims(node: Node) -> tuple[str, ...]:
    inside = child(node, "dimensions")
    return () if inside is None else tuple(plain(d.get("name", "")) for d in inside if local_name(d) == "dim")


def _sectors(nodes: list[Node]) -> dict[str, str]:
    """The group of each variable; the first where several name it."""
    found: dict[str, str] = {}
    for group in (node for node in nodes if local_name(node) == "group"):
        for entity in (entity for entity in group if local_name(entity) == "entity"):
            found.setdefault(key(plain(entity.get("name", ""))), plain(group.get("name", "")))
    return found


def _limits(node: Node) -> tuple[float | None, float | None]:
    scale = child(node, "range")
    if scale is None:
        return None, None

    return number(scale.get("min") or ""), number(scale.get("max") or "")
