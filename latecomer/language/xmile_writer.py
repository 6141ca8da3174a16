"""A model text written as XMILE 1.0, the standard exchange format of system dynamics.

Flows, sectors (as groups), tables (as named graphical functions), units, notes and ranges go along. XMILE
has no word for the saving step; it stands in `isee:save_interval`, where other programs look for it.
Source: OASIS, XML Interchange Language for System Dynamics (XMILE) Version 1.0, 2015.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from latecomer.faults import Fault, InputError
from latecomer.language.net_flow import flows
from latecomer.language.syntax import (
    Call,
    Expression,
    Held,
    InlineLookup,
    Number,
    Stock,
    Table,
    key,
    references,
    walk,
)
from latecomer.language.text import CONTROLS, Kind, ModelText, Variable
from latecomer.language.xmile_equations import OF_FUNCTIONS, WORDS, Equations, Unwritable, identifier

NAMESPACE = "http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"
ISEE = "http://iseesystems.com/XMILE"
METHODS = {"euler": "Euler", "rk4": "RK4"}
# what XMILE calls the control variables
BUILT_IN = {"initial_time": "STARTTIME", "final_time": "STOPTIME", "time_step": "DT"}
TAGS = {Kind.STOCK: "stock", Kind.FLOW: "flow", Kind.TABLE: "gf"}
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_xmile(text: ModelText, path: str | Path, method: str = "rk4") -> Path:
    """Write a model text to an XMILE file and return its path; `method` is rk4 or euler.

    Raises `InputError` with every variable that XMILE cannot hold.
    """
    path = Path(path)
    path.write_text(xmile(text, method), encoding="utf-8")
    return path


def xmile(text: ModelText, method: str = "rk4") -> str:
    """The XMILE document of a model text. Raises `InputError` with every variable that XMILE cannot hold."""
    document = _Document(text)
    root = document.root(METHODS[method])
    if document.faults:
        raise InputError(document.faults)
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


class _Document:
    def __init__(self, text: ModelText) -> None:
        self.text = text
        self.faults: list[Fault] = [self._fault(v, *problem) for v in text.variables if (problem := _name(v))]
        self.writer = Equations({v.key: identifier(v.name) for v in text.variables})
        self.flows = flows(text)
        self.read = _controls_read(text)
        self.unit_of_time = text.by_key["initial_time"].unit

    def root(self, method: str) -> Element:
        names = {"xmlns": NAMESPACE, "xmlns:isee": ISEE}
        root = Element("xmile", {"version": "1.0", **names})
        header = SubElement(root, "header")
        _leaf(header, "vendor", "latecomer")
        product = _leaf(header, "product", "latecomer")
        product.set("version", "1.0")
        product.set("lang", "en")
        _leaf(header, "name", self.text.path.stem)
        self._times(root, method)
        variables = SubElement(SubElement(root, "model"), "variables")
        for variable in self.text.variables:
            try:
                self._variable(variables, variable)
            except Unwritable as problem:
                self.faults.append(self._fault(variable, problem.got, problem.cure))
        self._groups(variables)
        return root

    def _times(self, root: Element, method: str) -> None:
        values = {control: self._control(control) for control in CONTROLS}
        kept = {"isee:save_interval": _plain(values["saveper"])}
        times = SubElement(root, "sim_specs", {"method": method, "time_units": self.unit_of_time, **kept})
        for tag, control in (("start", "initial_time"), ("stop", "final_time"), ("dt", "time_step")):
            _leaf(times, tag, _plain(values[control]))

    def _control(self, control: str) -> float:
        definition = self.text.by_key[control].definition
        return definition.value if isinstance(definition, Number) else self._control("time_step")

    def _variable(self, variables: Element, variable: Variable) -> None:
        meaning = variable.definition
        if variable.kind is Kind.CONTROL:
            self._control_variable(variables, variable)
            return
        flow = variable.key in self.flows.plain and variable.kind is not Kind.STOCK
        element = SubElement(
            variables, "flow" if flow else TAGS.get(variable.kind, "aux"), {"name": variable.name}
        )
        match meaning:
            case Table():
                _points(element, meaning)
            case Stock(net, initial):
                _leaf(element, "eqn", self.writer.whole(initial))
                self._net_flow(variables, element, variable, net)
            case InlineLookup(table, argument):
                _leaf(element, "eqn", self.writer.whole(argument))
                _points(SubElement(element, "gf"), table)
            case Held(initial):
                _leaf(element, "eqn", f"INIT({self.writer.whole(initial)})")
            case node:
                _leaf(element, "eqn", self.writer.whole(node))
        _documented(element, variable)

    def _control_variable(self, variables: Element, variable: Variable) -> None:
        """A control variable that equations read: its XMILE name under the model's own name."""
        if variable.key not in self.read:
            return
        element = SubElement(variables, "aux", {"name": variable.name})
        _leaf(element, "eqn", BUILT_IN.get(variable.key) or _plain(self._control(variable.key)))
        _leaf(element, "units", variable.unit)

    def _net_flow(self, variables: Element, element: Element, variable: Variable, net: Expression) -> None:
        terms = self.flows.of_stock[variable.key]
        if terms is None:
            name = self._free(f"{variable.name} net flow")
            flow = SubElement(variables, "flow", {"name": name})
            _leaf(flow, "eqn", self.writer.whole(net))
            if variable.unit and self.unit_of_time:
                _leaf(flow, "units", _rate(variable.unit, self.unit_of_time))
            _leaf(element, "inflow", identifier(name))
            return
        for sign, tag in ((1, "inflow"), (-1, "outflow")):
            for term in (flow for flow, way in terms if way == sign):
                _leaf(element, tag, self.writer.names[term])

    def _free(self, name: str) -> str:
        while key(name) in self.text.by_key:
            name += " of its own"
        return name

    def _groups(self, variables: Element) -> None:
        for sector in dict.fromkeys(v.sector for v in self.text.variables if v.sector):
            members = [v for v in self.text.variables if v.sector == sector and v.kind is not Kind.CONTROL]
            if members:
                group = SubElement(variables, "group", {"name": sector})
                for variable in members:
                    SubElement(group, "entity", {"name": variable.name})

    def _fault(self, variable: Variable, got: str, cure: str) -> Fault:
        place = f"{self.text.path.name}, {variable.name}"
        return Fault(place, got, "what XMILE can say with the same meaning", cure)


def _name(variable: Variable) -> tuple[str, str] | None:
    """What forbids a name in XMILE, with the cure."""
    if variable.key in WORDS or (variable.kind is Kind.TABLE and variable.key in OF_FUNCTIONS):
        return f"the name '{variable.name}', which XMILE keeps for itself", "rename the variable"
    if re.search(r'["\\\\]', variable.name):
        return "a quotation mark or a backslash in the name", "rename the variable"
    return None


def _controls_read(text: ModelText) -> frozenset[str]:
    nodes = [v.definition for v in text.variables if v.kind is not Kind.CONTROL]
    read = {name for node in nodes for name in references(node)}
    pulses = any(isinstance(inner, Call) and inner.function == "pulse" for n in nodes for inner in walk(n))
    return frozenset(CONTROLS) & (read | ({"time_step"} if pulses else set()))


def _leaf(parent: Element, tag: str, content: str) -> Element:
    leaf = SubElement(parent, tag)
    leaf.text = NOT_XML.sub(" ", content)
    return leaf


def _points(element: Element, table: Table) -> None:
    SubElement(element, "yscale", {"min": _plain(min(table.y)), "max": _plain(max(table.y))})
    _leaf(element, "xpts", ",".join(_plain(x) for x in table.x))
    _leaf(element, "ypts", ",".join(_plain(y) for y in table.y))


def _documented(element: Element, variable: Variable) -> None:
    for tag, content in (("units", variable.unit), ("doc", variable.note)):
        if content:
            _leaf(element, tag, content)
    low, high = variable.limits
    if low is not None and high is not None:
        SubElement(element, "range", {"min": _plain(low), "max": _plain(high)})


def _plain(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _rate(unit: str, time: str) -> str:
    """The unit of a flow into a stock.

    >>> _rate("person", "year"), _rate("a*b", "year"), _rate("Dmnl", "year")
    ('person/year', '(a*b)/year', '1/year')
    """
    if unit.lower() in ("dmnl", "1"):
        return f"1/{time}"
    return f"({unit})/{time}" if re.search(r"[*/^]", unit) else f"{unit}/{time}"
