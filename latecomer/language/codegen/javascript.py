"""The equations of a model as JavaScript: the sections of its program in another spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from latecomer.language.codegen.expressions import Spelling
from latecomer.language.codegen.program import Program, Section, numbered, table_places, write_program
from latecomer.language.model_text import ModelText

FUNCTIONS: Final = Path(__file__).with_name("functions.js")
GLOBAL: Final = "LATECOMER_MODEL"
ARGUMENTS: Final = {
    "fixed": "p, c, tables, out",
    "timed": "t, p, c, f, tables, out",
    "initial": "t, p, c, f, d, tables, out",
}
OVER_STATES: Final = "t, y, p, c, f, d, tables, out"
SPELLED: Final = {"=": "===", "<>": "!==", "AND": "&&", "OR": "||"}


@final
@dataclass(frozen=True)
class ScriptWriter(Spelling):
    """Writes expressions as JavaScript; `tables`: the place of each table."""

    names: Mapping[str, str]
    tables: Mapping[str, int]

    def call(self, function: str, *arguments: str) -> str:
        """A function of functions.js."""
        return f"{'abs' if function == 'absolute' else function}({', '.join(arguments)})"

    def choice(self, condition: str, yes: str, no: str) -> str:
        """The number that is not chosen is not computed."""
        return f"({condition} ? {yes} : {no})"

    def comparison(self, operator: str, left: str, right: str) -> str:
        """By an operator."""
        return f"({left} {SPELLED.get(operator, operator)} {right})"

    def logic(self, operator: str, operands: Sequence[str]) -> str:
        """By an operator."""
        if operator == "NOT":
            return f"!{operands[0]}"
        return f"({f' {SPELLED[operator]} '.join(operands)})"

    def truth(self, number: str) -> str:
        """By an operator."""
        return f"({number} !== 0)"

    def read(self, table: str, argument: str) -> str:
        """A table by its place."""
        return f"interp({argument}, tables[{self.tables[table]}])"


def write_javascript(text: ModelText) -> str:
    """The equations of a model text as JavaScript that defines the constant LATECOMER_MODEL.

    It holds the functions fixed, timed, initial, derivatives and auxiliaries of `Program`, each of which
    writes its results into the array `out`, and the places of the drivers among the timed variables. A table
    is [x, y], by its place in `tables`. No name, unit, note or other text of a file goes into it: what the
    arrays hold is told by `names_of`. The text depends on the model text alone.
    """
    program = write_program(text)
    spelling = ScriptWriter(numbered(text), table_places(text, program.tables))
    sections = [one for one in program.sections if one.name != "diffusion"]
    lines = [
        f"const {GLOBAL} = (() => {{",
        '"use strict";',
        FUNCTIONS.read_text(encoding="utf-8").rstrip(),
        "",
        *(section_text(one, spelling) for one in sections),
        f"const drivers = {json.dumps(list(program.driver_indices))};",
        f"return {{drivers, {', '.join(one.name for one in sections)}}};",
        "})();",
    ]
    return "\n".join(lines) + "\n"


def section_text(section: Section, spelling: ScriptWriter) -> str:
    """A section as a function that writes its results into `out`."""
    names = spelling.names
    lines = [f"function {section.name}({ARGUMENTS.get(section.name, OVER_STATES)}) {{"]
    lines += [f"  const {names[key]} = {place};" for key, place in section.loads]
    lines += [f"  const {names[v.key]} = {spelling.number(node, v.key)};" for v, node in section.equations]
    lines += [
        f"  out[{i}] = {spelling.number(node, owner)};" for i, (owner, node) in enumerate(section.results)
    ]
    return "\n".join([*lines, "}", ""])


def names_of(program: Program) -> dict[str, tuple[str, ...]]:
    """What the arrays of the equations hold, name by name: data for beside them, no part of them."""
    return {
        "constants": program.parameter_names,
        "states": program.state_names,
        "fixed": program.fixed_names,
        "timed": program.timed_names,
        "auxiliaries": program.auxiliary_names,
        "tables": tuple(program.tables),
    }
