"""XMILE model texts: elements with their lines, built into the same entries as Vensim's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree

from latecomer.faults import Fault, refuse
from latecomer.language.entry import BrokenEntry, Entry, Item, RangeEntry, place_of
from latecomer.language.syntax import key
from latecomer.language.written import Literal, Name, Unsupported, Written
from latecomer.language.xmile_elements import Reader
from latecomer.language.xmile_limits import rules_of
from latecomer.language.xmile_nodes import child, every, local_name, plain, refused, text_of

SUFFIXES = (".xmile", ".stmx", ".itmx", ".xml")
METHODS = {"euler": "euler", "rk4": "rk4", "runge-kutta 4": "rk4"}
CONTROLS = {
    "initial_time": ("INITIAL TIME", "start", "The initial time."),
    "final_time": ("FINAL TIME", "stop", "The final time."),
    "time_step": ("TIME STEP", "dt", "The time step."),
    "saveper": ("SAVEPER", "savestep", "The interval at which results are kept."),
}
# what may stand in a file; anything else could change the numbers
TOP = frozenset(
    {"header", "sim_specs", "model_units", "dimensions", "behavior", "style", "macro", "model", "prefs"}
    | {"equation_prefs", "data"}
)


@dataclass(frozen=True)
class File:
    """An XMILE file taken apart."""

    items: tuple[Item, ...]
    method: str


def read(raw: bytes, file: str) -> File:
    """The elements of an XMILE file; raises `InputError` where it is no such file."""
    root = _root(raw, file)
    items: list[Item] = []
    specs = next(every(root, "sim_specs"), None)
    listed = next((node for node in root if local_name(node) == "dimensions"), ())
    items += [_dimension(found) for found in listed if local_name(found) == "dim"]
    models = [model for model in root if local_name(model) == "model"]
    if len(models) != 1:
        raise refuse(
            file, f"{len(models)} models", "one model in one module", "put the model into one module"
        )
    unknown = [node for node in root if local_name(node) not in TOP and not _of_another(node, root)]
    imports = [node for node in root if local_name(node) == "data" and len(node)]
    items += [refused(node, file) for node in (*every(root, "macro"), *unknown, *imports)]
    if len(list(every(root, "sim_specs"))) > 1:
        raise refuse(file, "sim_specs in several places", "one sim_specs", "leave one")
    controls = {} if specs is None else _controls(specs, file)
    variables = _variables(models[0])
    method = "euler" if specs is None else _method(specs)
    rules = _rules(root, models[0], items, file)
    found = list(Reader(file, variables, controls, method, rules).items())
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


def _of_another(node: Any, root: Any) -> bool:
    """Whether an element belongs to one program's own extension, such as its windows."""
    space, other = (str(found.tag).rpartition("}")[0] for found in (root, node))
    return other != space or ":" in str(node.tag).rpartition("}")[2]


def _rules(root: Any, model: Any, items: list[Item], file: str) -> dict[str, bool]:
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


def _dimension(node: Any) -> RangeEntry:
    size = node.get("size")
    listed = [plain(found.get("name", "")) for found in node if local_name(found) == "elem"]
    elements = listed or [str(i + 1) for i in range(int(size) if size and size.isdigit() else 0)]
    return RangeEntry(plain(node.get("name", "")), tuple(elements), (), node.sourceline or 0)


def _method(specs: Any) -> str:
    written = (specs.get("method") or "euler").strip()
    # a list of methods is in order of preference
    return METHODS.get(written.split(",")[0].strip().lower(), f"method {written}")


def _controls(specs: Any, file: str) -> dict[str, Entry | BrokenEntry]:
    found: dict[str, Entry | BrokenEntry] = {}
    unit = specs.get("time_units") or ""
    for known, (shown, tag, note) in CONTROLS.items():
        node = child(specs, tag)
        text = text_of(node)
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
    inner = child(model, "variables")
    return [node for node in (model if inner is None else inner) if isinstance(node.tag, str)]
