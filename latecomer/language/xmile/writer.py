"""A model text written as XMILE 1.0, the standard exchange format of system dynamics.

Flows, sectors (as groups), arrays (as dimensions), tables (as named graphical functions), units, notes and
ranges with both ends go along; the stocks behind SMOOTH and DELAY are written out. XMILE has no word for the
saving step; it stands in `isee:save_interval`, where other programs look for it.
Source: OASIS, XML Interchange Language for System Dynamics (XMILE) Version 1.0, 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from latecomer.errors import Fault, InputError, refuse
from latecomer.language.analysis import arrays, flows, whole
from latecomer.language.model_text import Kind, ModelText, Variable
from latecomer.language.syntax import Definition, Held, InlineLookup, Number, Starting, Stock, Table, key
from latecomer.language.xmile.expressions import Equations, Unwritable, identifier
from latecomer.language.xmile.xml import (
    controls_read,
    documented,
    forbidden,
    leaf,
    plain_value,
    points,
    rate,
    reference,
    whole_name,
)

NAMESPACE = "http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"
ISEE = "http://iseesystems.com/XMILE"
METHODS = {"euler": "Euler", "rk4": "RK4"}
# what XMILE calls the control variables
BUILT_IN = {"initial_time": "STARTTIME", "final_time": "STOPTIME", "time_step": "DT"}


def xmile(text: ModelText, method: str | None = None) -> str:
    """The XMILE document of a model text; `method` is euler or rk4, by default what the text asks for.

    Raises `InputError` with every variable that XMILE cannot hold.
    """
    method = text.method if method is None else method
    if method not in METHODS:
        raise refuse("method", f"'{method}'", " or ".join(METHODS), "choose one of them")
    if text.stepwise and method != "euler":
        got = f"{text.stepwise[0]}, with the method {method}"
        raise refuse("method", got, "Euler's method, which goes from step to step", "choose the method euler")
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
        self.together = arrays(text.variables)
        heads = [members[0] for members in self.together.values()]
        self.faults = [self._fault(v, *problem) for v in heads if (problem := forbidden(v))]
        names = {v.key: reference(v) for v in text.variables}
        self.writer = Equations(names, self._control("initial_time"), self._control("time_step"))
        self.flows, self.read = flows(text), controls_read(text)
        self.unit_of_time = text.by_key["initial_time"].unit
        self.dimensions = dict(text.ranges)

    def root(self, method: str) -> Element:
        root = Element("xmile", {"version": "1.0", "xmlns": NAMESPACE, "xmlns:isee": ISEE})
        header = SubElement(root, "header")
        leaf(header, "vendor", "latecomer")
        leaf(header, "product", "latecomer").attrib.update(version="1.0", lang="en")
        leaf(header, "name", self.text.path.stem)
        self._times(root, method)
        dimensions = SubElement(root, "dimensions")
        variables = SubElement(SubElement(root, "model"), "variables")
        for members in self.together.values():
            try:
                self._variable(variables, members)
            except Unwritable as problem:
                self.faults.append(self._fault(members[0], problem.got, problem.cure))
        self._groups(variables)
        for name, elements in self.dimensions.items():
            dimension = SubElement(dimensions, "dim", {"name": name, "size": str(len(elements))})
            for element in elements:
                SubElement(dimension, "elem", {"name": element})
        if not self.dimensions:
            root.remove(dimensions)
        return root

    def _times(self, root: Element, method: str) -> None:
        kept = {"isee:save_interval": plain_value(self._control("saveper"))}
        times = SubElement(root, "sim_specs", {"method": method, "time_units": self.unit_of_time, **kept})
        for tag, control in (("start", "initial_time"), ("stop", "final_time"), ("dt", "time_step")):
            leaf(times, tag, plain_value(self._control(control)))

    def _control(self, control: str) -> float:
        definition = self.text.by_key[control].definition
        return definition.value if isinstance(definition, Number) else self._control("time_step")

    def _variable(self, variables: Element, members: Sequence[Variable]) -> None:
        first = members[0]
        if first.kind is Kind.CONTROL:
            self._control_variable(variables, first)
            return
        element = SubElement(variables, self._tag(first), {"name": whole_name(first)})
        for part, member in self._parts(element, members):
            self._definition(part, member.definition)
        if isinstance(first.definition, Stock):
            self._net_flow(variables, element, members)
        documented(element, first)

    def _tag(self, variable: Variable) -> str:
        if isinstance(variable.definition, Stock):
            return "stock"
        if whole(variable) in self.flows.plain:
            return "flow"
        return "gf" if isinstance(variable.definition, Table) and not variable.subscripts else "aux"

    def _parts(self, element: Element, members: Sequence[Variable]) -> list[tuple[Element, Variable]]:
        """Where each definition goes: into the element itself, or into one for each subscript."""
        if not members[0].subscripts:
            return [(element, members[0])]
        dimensions = SubElement(element, "dimensions")
        named = [self._dimension(members, place) for place in range(len(members[0].subscripts))]
        for name in named:
            SubElement(dimensions, "dim", {"name": name})
        if len(members) < prod(len(self.dimensions[name]) for name in named):
            raise Unwritable(
                "an array without all elements of its ranges", "give each of the others an equation too"
            )
        parts = []
        for member in members:
            part = SubElement(element, "element", {"subscript": ", ".join(member.subscripts)})
            parts.append((part, member))
        return parts

    def _dimension(self, members: Sequence[Variable], place: int) -> str:
        """The range of all elements at one place of the subscripts; a new one where the text has none."""
        used = tuple(dict.fromkeys(member.subscripts[place] for member in members))
        named = dict.fromkeys(member.ranges[place] for member in members if len(member.ranges) > place)
        for name in (*named, *self.dimensions):
            if {key(e) for e in self.dimensions.get(name, ())} == {key(e) for e in used}:
                return name
        name = f"{members[0].base} subscript {place + 1}"
        self.dimensions[name] = used
        return name

    def _definition(self, part: Element, meaning: Definition) -> None:
        match meaning:
            case Table():
                points(part if part.tag == "gf" else SubElement(part, "gf"), meaning)
            case Stock(_, initial):
                leaf(part, "eqn", self.writer.whole(initial))
            case InlineLookup(table, argument):
                leaf(part, "eqn", self.writer.whole(argument))
                points(SubElement(part, "gf"), table)
            case Held(initial):
                leaf(part, "eqn", f"INIT({self.writer.whole(initial)})")
            case Starting():
                raise Unwritable("ACTIVE INITIAL", "break the loop with a stock")
            case node:
                leaf(part, "eqn", self.writer.whole(node))

    def _control_variable(self, variables: Element, variable: Variable) -> None:
        """A control variable that equations read: its XMILE name under the model's own name."""
        if variable.key in self.read:
            element = SubElement(variables, "aux", {"name": variable.name})
            leaf(element, "eqn", BUILT_IN.get(variable.key) or plain_value(self._control(variable.key)))
            leaf(element, "units", variable.unit)

    def _net_flow(self, variables: Element, element: Element, members: Sequence[Variable]) -> None:
        first, found = members[0], self.flows.of_stock[whole(members[0])]
        if found is not None:
            for sign, tag in ((1, "inflow"), (-1, "outflow")):
                for flow in (flow for flow, way in found if way == sign):
                    leaf(element, tag, identifier(whole_name(self.together[flow][0])))
            return
        name = self._free(f"{whole_name(first)} net flow")
        own = SubElement(variables, "flow", {"name": name})
        for part, member in self._parts(own, members):
            if isinstance(member.definition, Stock):
                leaf(part, "eqn", self.writer.whole(member.definition.flow))
        if first.unit and self.unit_of_time:
            leaf(own, "units", rate(first.unit, self.unit_of_time))
        leaf(element, "inflow", identifier(name))

    def _free(self, name: str) -> str:
        while key(name) in self.together:
            name += " of its own"
        return name

    def _groups(self, variables: Element) -> None:
        heads = [m[0] for m in self.together.values() if m[0].kind is not Kind.CONTROL]
        for sector in dict.fromkeys(v.sector for v in heads if v.sector):
            group = SubElement(variables, "group", {"name": sector})
            for variable in heads:
                if variable.sector == sector:
                    SubElement(group, "entity", {"name": whole_name(variable)})

    def _fault(self, variable: Variable, got: str, cure: str) -> Fault:
        place = f"{self.text.path.name}, {whole_name(variable)}"
        return Fault(place, got, "what XMILE can say with the same meaning", cure)
