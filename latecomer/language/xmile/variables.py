"""The variables of an XMILE model: stocks with their flows, auxiliaries, tables, arrays by element.

Also here:
- Stocks and flows of XMILE that are never negative: what their limits mean, and where programs differ.
- What may stand in a variable of XMILE, and where: nothing that could change the numbers is passed over.
- Subscripts that XMILE leaves out or counts: names of arrays completed before they are looked up.
- Graphical functions of XMILE as the points of tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

from latecomer.errors import Fault
from latecomer.language.builtins import REDUCTIONS
from latecomer.language.grammar import XMILE, number, parse
from latecomer.language.source import (
    Apply,
    Broken,
    BrokenEntry,
    Entry,
    Item,
    Literal,
    Name,
    Operation,
    Points,
    Unreadable,
    Unsupported,
    Written,
    place_of,
)
from latecomer.language.subscripts import names
from latecomer.language.syntax import key
from latecomer.language.vensim import unreadable
from latecomer.language.xmile.xml import (
    Node,
    article,
    child,
    foreign,
    listed,
    local_name,
    plain,
    refused,
    text_of,
)

MEANING = frozenset({"eqn", "gf", "init_eqn", "dimensions", "non_negative"})

# what may stand in a variable; anything else could change the numbers
SHOWN = frozenset({"range", "scale", "format", "display", "doc", "documentation", "units"})

OF_TABLES = frozenset({"xscale", "yscale", "xpts", "ypts"})

OF_ELEMENTS = frozenset({"eqn", "gf", "init_eqn"})

INSIDE = {
    "stock": frozenset({"inflow", "outflow", "non_negative"}),
    "flow": frozenset({"non_negative"}),
    "gf": OF_TABLES,
}

PLAIN = "a plain stock, flow or auxiliary"


def check_parts(node: Node) -> None:
    """Raise `Unsupported` for a part of a variable that is unknown, or there twice, or out of place."""
    inside = OF_ELEMENTS | SHOWN | {"dimensions", "element"} | INSIDE.get(local_name(node), frozenset())
    for found in (found for found in node if isinstance(found.tag, str)):
        known = local_name(found)
        # what one program adds may look as it will, but must not look like a part of the equation
        if known not in inside or (foreign(found) and known not in SHOWN):
            raise Unsupported(f"{article(known)} {known}", PLAIN, "write it with plain equations")
    elements = [found for found in node if local_name(found) == "element"]
    for part in (node, *elements):
        kinds = [local_name(found) for found in part]
        twice = next((kind for kind in kinds if kind in MEANING and kinds.count(kind) > 1), None)
        if twice is not None:
            raise Unsupported(f"{kinds.count(twice)} {twice}", f"one {twice}", "leave one")
        _check_texts(part)
    for element in elements:
        _check_element(node, element)
    if local_name(node) == "stock":
        _check_stock((node, *elements))


def _check_texts(part: Node) -> None:
    """Raise `Unsupported` for an equation with elements inside it, and for a table with a part twice."""
    for found in (part, *part):
        known = local_name(found)
        if known in ("eqn", "init_eqn") and any(isinstance(one.tag, str) for one in found):
            raise Unsupported(f"an {known} with other elements inside it", "plain text", "leave the text")
        inside = [local_name(one) for one in found] if known == "gf" else []
        twice = next((kind for kind in inside if kind in OF_TABLES and inside.count(kind) > 1), None)
        if twice is not None:
            raise Unsupported(f"{inside.count(twice)} {twice}", f"one {twice}", "leave one")


def _check_element(node: Node, element: Node) -> None:
    for found in (found for found in element if isinstance(found.tag, str)):
        known = local_name(found)
        if known not in OF_ELEMENTS | SHOWN or (foreign(found) and known not in SHOWN):
            raise Unsupported(f"a {known} of one element", "its equation", "write it for the whole array")
        if known in OF_ELEMENTS and child(node, known) is not None:
            raise Unsupported(
                f"{article(known)} {known} for the whole array beside one for an element",
                "one or the other",
                "leave the one for the whole array out, and give each element its own",
            )


def _check_stock(parts: Sequence[Any]) -> None:
    for part in parts:
        for tag, got in (("gf", "a table (gf) on a stock"), ("init_eqn", "init_eqn beside an initial value")):
            if child(part, tag) is not None:
                raise Unsupported(got, "the initial value as an equation", "leave it out")


def check_elements(node: Node, dims: Sequence[str], ranges: Mapping[str, Sequence[str]]) -> None:
    """Raise `Unsupported` where the elements of an array are not just those of its dimensions."""
    for dim in dims:
        if key(dim) not in ranges:
            raise Unsupported(
                f"the dimension '{dim}', which is not declared",
                "a dimension of this file",
                "declare it under dimensions, with its elements",
            )
    given = [names(found.get("subscript") or "") for found in node if local_name(found) == "element"]
    if not given:
        return
    places = [ranges[key(dim)] for dim in dims]
    known = [[key(element) for element in place] for place in places]
    present: set[tuple[str, ...]] = set()
    for words in given:
        if len(words) != len(dims):
            raise Unsupported(
                f"an element with {len(words)} subscripts",
                f"{len(dims)} subscripts, one for each dimension",
                "match subscript and dimensions",
            )
        for word, dim, place in zip(words, dims, known, strict=True):
            if key(word) not in place:
                raise Unsupported(
                    f"the element '{word}', which '{dim}' does not have",
                    f"one of {', '.join(ranges[key(dim)])}",
                    "correct the subscript, or declare the element",
                )
        if tuple(map(key, words)) in present:
            raise Unsupported(f"the element '{', '.join(words)}' twice", "each element once", "remove one")
        present.add(tuple(map(key, words)))
    missing = [", ".join(shown) for shown in product(*places) if tuple(map(key, shown)) not in present]
    if missing:
        what = "; ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise Unsupported(
            f"an array without an equation for {what}",
            "an equation for each element of its dimensions",
            "write the equation, or declare a dimension of the elements that there are",
        )


OVER_ALL = frozenset(REDUCTIONS["xmile"]) | {"size"}


@dataclass(frozen=True)
class Completion:
    """Completes the names of an equation; `dims`: those of every variable, `ranges`: their elements."""

    dims: Mapping[str, tuple[str, ...]]
    ranges: Mapping[str, tuple[str, ...]]

    def of(self, node: Written, own: tuple[str, ...]) -> Written:
        """An equation for all elements of the dimensions `own`, with the subscripts that it leaves out.

        >>> sales = Completion({"price": ("Product",)}, {"product": ("pizza", "salad")})
        >>> sales.of(Name("price"), ("Product",))
        Name(name='price', subscripts=('Product',))
        >>> sales.of(Name("price", ("2",)), ())
        Name(name='price', subscripts=('salad',))
        """
        match node:
            case Name(name, None):
                same = bool(own) and [key(d) for d in self.dims.get(key(name), ())] == [key(d) for d in own]
                return Name(name, own) if same else node
            case Name():
                return replace(node, subscripts=self._elements(node.name, node.subscripts))
            case Apply(name, (Name(of, subscripts),)) if key(name) == "size" and self.dims.get(key(of)):
                # the number of elements, where all of them are meant
                every = not set(subscripts or ()) - {"*"}
                sizes = [len(self.ranges.get(key(dim), ())) for dim in self.dims[key(of)]]
                return Literal(float(prod(sizes))) if every and all(sizes) else node
            case Apply(name, (first, *others)) if key(name) == "mean" and others:
                total = first
                for other in others:
                    total = Operation("+", (total, other))
                return self.of(Operation("/", (total, Literal(1.0 + len(others)))), own)
            case Apply(name, arguments):
                # SUM(x) runs over all of x, whatever the equation is for
                inside = () if key(name) in OVER_ALL and len(arguments) == 1 else own
                return replace(
                    node,
                    arguments=tuple([self.of(argument, inside) for argument in arguments]),
                    subscripts=self._elements(name, node.subscripts),
                )
            case Operation(operator, operands):
                return Operation(operator, tuple([self.of(operand, own) for operand in operands]))
            case _:
                return node

    def _elements(self, name: str, subscripts: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """The subscripts with each number replaced by the element in that position, counted from 1."""
        dims = self.dims.get(key(name), ())
        if subscripts is None or len(subscripts) != len(dims):
            return subscripts
        return tuple(
            self._element(w, self.ranges.get(key(d), ())) for w, d in zip(subscripts, dims, strict=True)
        )

    def _element(self, word: str, elements: tuple[str, ...]) -> str:
        named = key(word) in {key(element) for element in elements} | set(self.ranges)
        counted = not named and word.isascii() and word.isdigit() and 1 <= int(word) <= len(elements)
        return elements[int(word) - 1] if counted else word


def points_of(graph: Node) -> Points:
    """The points of a graphical function; raises `Unsupported` for any that is not continuous."""
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
        low, high = _end(scale, "min"), _end(scale, "max")
        x = [low + (high - low) * i / max(len(y) - 1, 1) for i in range(len(y))]
    else:
        x = []
    if len(x) != len(y) or not y:
        raise Unsupported(f"a table of {len(x)} x and {len(y)} y", "as many x as y", "mend the table")
    return Points(tuple(x), tuple(y))


def _end(scale: Node, end: str) -> float:
    value = number(scale.get(end, ""))
    if value is None:
        raise Unsupported(f"'{scale.get(end, '')}' for the {end} of xscale", "a number", "write the number")
    return value


def _numbers(node: Node | None) -> list[float]:
    separator = "," if node is None else node.get("sep") or ","
    words: Iterable[str] = text_of(node).split(separator)
    values = [number(word) for word in words if word.strip()]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        raise Unreadable(text_of(node), text_of(node))
    return known


FLOWS = ("inflow", "outflow")


def flag(node: Node, rules: Mapping[str, bool]) -> bool:
    """Whether a stock or flow is non-negative: by its own word, otherwise by the rule for its kind."""
    own = child(node, "non_negative")
    if own is None:
        return rules.get(local_name(node), False)
    return _truth(own)


def _truth(node: Node) -> bool:
    word = text_of(node).lower()
    if word not in ("", "true", "false"):
        raise Unsupported(
            f"'{text_of(node)}' in non_negative",
            "true, false or nothing",
            "write one of them, or leave it out",
        )
    return word != "false"


def rules_of(behaviour: Node) -> dict[str, bool]:
    """The rules of a `behavior` for all stocks and all flows; raises `Unsupported` for any other rule."""
    found: dict[str, bool] = {}
    for node in (node for node in behaviour if isinstance(node.tag, str)):
        kind = local_name(node)
        inside = [node] if kind == "non_negative" else list(node)
        if kind not in ("stock", "flow", "non_negative") or any(
            local_name(part) != "non_negative" for part in inside
        ):
            raise Unsupported(
                f"a behavior of {kind}", "non_negative for stocks or flows", "write it into each variable"
            )
        for part in inside:
            found.update(
                dict.fromkeys(("stock", "flow") if kind == "non_negative" else (kind,), _truth(part))
            )
    return found


class Limits:
    """The stocks of a model that must not fall below 0, and the flows that leave them."""

    def __init__(self, nodes: Sequence[Any], rules: Mapping[str, bool], method: str) -> None:
        self.rules, self.method = rules, method
        self.by_key = {key(plain(n.get("name", ""))): n for n in nodes if n.get("name")}
        self.left: dict[str, list[Node]] = {}
        for stock in (node for node in nodes if local_name(node) == "stock"):
            for flow in dict.fromkeys(key(name) for name in listed(stock, "outflow")):
                self.left.setdefault(flow, []).append(stock)

    def _holds(self, node: Node) -> bool:
        try:
            return flag(node, self.rules)
        except Unsupported:
            # refused where the element itself is read
            return False

    def start(self, stock: Node, body: Written) -> Written:
        """The initial value of a stock; below 0 where it must not be, there is none."""
        if not flag(stock, self.rules):
            return body
        if child(stock, "non_negative") is None:
            raise Unsupported(
                "a behavior that makes every stock non-negative",
                "non_negative in each stock that needs it",
                "write it into the stock: programs differ in what such a rule does to the flows",
            )
        self._check(stock)
        known = _number(body)
        if known is None:
            # the run fails where the value is negative
            return Operation("neg", (Apply("#within", (Operation("neg", (body,)), Literal(0.0))),))
        if known < 0:
            raise Unsupported(
                f"the initial value {known:g} of a non-negative stock",
                "an initial value of 0 or more",
                "correct the initial value, or leave non_negative out",
            )
        return body

    def _check(self, stock: Node) -> None:
        name, flows = plain(stock.get("name", "")), [key(f) for tag in FLOWS for f in listed(stock, tag)]
        twice = next((flow for flow in flows if flows.count(flow) > 1), None)
        if twice is not None:
            raise Unsupported(
                f"the flow '{twice.replace('_', ' ')}' twice at the non-negative stock '{name}'",
                "each flow once",
                "leave one out",
            )
        other = next((f for f in flows if f in self.by_key and local_name(self.by_key[f]) != "flow"), None)
        if other is not None:
            raise Unsupported(
                f"'{plain(self.by_key[other].get('name', ''))}' as a flow of the non-negative stock '{name}'",
                "a flow element",
                "write it as a flow, not as another kind of variable",
            )
        for flow in listed(stock, "inflow"):
            inflow = self.by_key.get(key(flow))
            if inflow is not None and not self._holds(inflow) and not _never_negative(inflow):
                raise Unsupported(
                    f"the non-negative stock '{name}', whose inflow '{flow}' may be negative",
                    "inflows that are non-negative too",
                    "mark the inflow as non_negative, or limit the flows with MIN and MAX instead",
                )

    def flow(self, node: Node, body: Written, subscripts: tuple[str, ...]) -> Written:
        """The equation of a flow with its limits."""
        if flag(node, self.rules):
            body = Apply("max", (body, Literal(0.0)))
        name = plain(node.get("name", ""))
        stocks = self.left.get(key(name), [])
        limiting = [stock for stock in stocks if self._holds(stock)]
        if not limiting:
            return body
        stock = limiting[0]
        if len(stocks) > 1:
            owner = plain(stock.get("name", ""))
            shared = " and ".join(f"'{plain(found.get('name', ''))}'" for found in stocks)
            raise Unsupported(
                f"a flow that leaves {shared}, of which '{owner}' is non-negative",
                "a flow that leaves one stock",
                "write a flow of its own for each stock",
            )
        # what is there in this step: the stock itself and what flows in, less what left before
        available: Written = Operation(
            "/", (Name(plain(stock.get("name", "")), subscripts or None), Name("DT"))
        )
        for flow in listed(stock, "inflow"):
            available = Operation("+", (available, Name(flow, subscripts or None)))
        for earlier in listed(stock, "outflow"):
            if key(earlier) == key(name):
                break
            available = Operation("-", (available, Name(earlier, subscripts or None)))
        # where a limit bites within a step of RK4, programs differ: such a run must fail
        function = "min" if self.method == "euler" else "#within"
        return Apply(function, (body, Apply("max", (available, Literal(0.0)))))


def _number(body: Written) -> float | None:
    sign = 1.0
    while isinstance(body, Operation) and body.operator == "neg":
        sign, body = -sign, body.operands[0]
    return sign * body.value if isinstance(body, Literal) and not body.text else None


def _never_negative(flow: Node) -> bool:
    """Whether the equation of a flow is a number of 0 or more."""
    value = number(text_of(child(flow, "eqn")))
    return child(flow, "gf") is None and value is not None and value >= 0


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
