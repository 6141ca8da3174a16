"""The times of an XMILE model: sim_specs as the control variables, and the integration method."""

from __future__ import annotations

import re

from latecomer.faults import Fault
from latecomer.language.entry import BrokenEntry, Entry, place_of
from latecomer.language.tokens import number
from latecomer.language.written import Literal, Name, Written
from latecomer.language.xmile_nodes import Node, child, foreign, local_name, refused, text_of

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
