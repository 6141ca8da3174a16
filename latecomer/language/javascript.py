"""The equations of a model as JavaScript: the sections of its program in another spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from latecomer.language.emit import Spelling, identifiers
from latecomer.language.functions import ELEMENTARY, OF_TIME
from latecomer.language.program import Program, write_program
from latecomer.language.section import Section
from latecomer.language.text import ModelText

FUNCTIONS: Final = Path(__file__).with_name("functions.js")
GLOBAL: Final = "LATECOMER_MODEL"
ARGUMENTS: Final = {
    "fixed": "p, c, tables, out",
    "timed": "t, p, c, f, tables, out",
    "initial": "t, p, c, f, d, tables, out",
}
OVER_STATES: Final = "t, y, p, c, f, d, tables, out"
SPELLED: Final = {"=": "===", "<>": "!==", "AND": "&&", "OR": "||"}
# what the functions of the language are called there, and the words that JavaScript keeps for itself
WORDS: Final = (
    "t y p c f d tables table out SMALL LEAD HAIR Math NaN Infinity undefined arguments eval abs interp "
    "arcsin arccos arctan floor await break case catch class const continue debugger default delete do "
    "else enum export extends false finally for function if implements import in instanceof interface "
    "let new null package private protected public return static super switch this throw true try "
    "typeof var void while with yield"
)
TAKEN: Final = {*WORDS.split(), *(name for name, _ in (ELEMENTARY | OF_TIME).values())}


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
    writes its results into the array `out`, and the names of what the arrays hold. A table is [x, y], by its
    place in `tables`. The text depends on the model text alone.
    """
    program = write_program(text)
    keys = [variable.key for variable in text.variables]
    places = {name: i for i, name in enumerate(program.tables)}
    tables = {v.key: places[v.name] for v in text.variables if v.name in places}
    spelling = ScriptWriter(identifiers(keys, TAKEN), tables)
    sections = [one for one in program.sections if one.name != "diffusion"]
    lines = [
        f"const {GLOBAL} = (() => {{",
        '"use strict";',
        FUNCTIONS.read_text(encoding="utf-8").rstrip(),
        "",
        *(section_text(one, spelling) for one in sections),
        *(f"const {name} = {_listed(values)};" for name, values in _banks(program).items()),
        f"return {{{', '.join([*_banks(program), *(one.name for one in sections)])}}};",
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


def _banks(program: Program) -> dict[str, Sequence[str | int]]:
    return {
        "constantNames": program.parameter_names,
        "stateNames": program.state_names,
        "fixedNames": program.fixed_names,
        "timedNames": program.timed_names,
        "auxiliaryNames": program.auxiliary_names,
        "drivers": program.driver_indices,
        "tableNames": tuple(program.tables),
    }


def _listed(values: Sequence[str | int]) -> str:
    # the text may stand inside an HTML page, where a script ends with its closing tag
    return json.dumps(list(values), ensure_ascii=True).replace("<", "\\u003c")
