"""Model texts: read, checked, and turned into one right-hand side."""

from latecomer.language.analysis import drained_stocks
from latecomer.language.codegen.program import Program, write_program
from latecomer.language.model_text import Kind, ModelText, Variable
from latecomer.language.read import read_text
from latecomer.language.syntax import key
from latecomer.language.units import check_units

__all__ = [
    "Kind",
    "ModelText",
    "Program",
    "Variable",
    "check_units",
    "drained_stocks",
    "key",
    "read_text",
    "write_program",
]
