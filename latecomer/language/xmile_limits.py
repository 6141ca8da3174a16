"""Stocks and flows of XMILE that are never negative: what their limits mean, and where programs differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from latecomer.language.syntax import key
from latecomer.language.tokens import number
from latecomer.language.written import Apply, Literal, Name, Operation, Unsupported, Written
from latecomer.language.xmile_nodes import Node, child, listed, local_name, plain, text_of

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
