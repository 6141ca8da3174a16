"""The machinery names no content: no country, variable or year of the reference study stands in its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from latecomer.language import Kind
from latecomer.study.study import Study

ALLOWED = {
    # recipes that make figures and country files from the series of named sources, for this study's equations
    "data/": "",
    "new_countries/": "",
    # the example that a new study is greeted with
    "cli/commands": "KOR",
    # a number of draws
    "inference/predictive": "2000",
}
"""Where content may stand, by the begin of a module's path, and which; all of it where none is said."""


def docstrings(tree: ast.AST) -> set[int]:
    """The strings that stand alone: they are read by people only."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
    return found


def constants(text: str) -> Iterator[tuple[int, object]]:
    """Every constant of a module but its docstrings, with its line."""
    tree = ast.parse(text)
    told = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in told:
            yield node.lineno, node.value


def content_in(text: str, names: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Names of the study, and four-digit years, among the constants of a module."""
    for line, value in constants(text):
        if isinstance(value, str):
            yield from ((line, found) for found in names.findall(value))
        elif isinstance(value, int) and 1900 <= value < 2100:
            yield line, str(value)


@pytest.fixture(scope="module")
def names(root: Path) -> re.Pattern[str]:
    """The countries of the study, and the variables whose names nobody else would use: of several words."""
    study = Study(root)
    told = (one for one in study.model.text.variables if one.kind is not Kind.CONTROL)
    variables = [one.name for one in told if " " in one.name]
    words = sorted({*study.countries, *study.observations.countries(), *variables}, key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b")


def test_what_is_looked_for_is_found(names: re.Pattern[str]) -> None:
    text = '"""BRA in 1980."""\nCASE = ("BRA", 1980, "lowest credit access", 3)\ndef f():\n    "KOR"\n'
    assert list(content_in(text, names)) == [(2, "BRA"), (2, "1980"), (2, "credit access")]


def test_no_country_variable_or_year_of_the_study_stands_in_the_code(
    root: Path, names: re.Pattern[str]
) -> None:
    found = []
    for path in sorted((root / "latecomer").rglob("*.py")):
        module = path.relative_to(root / "latecomer").as_posix()
        allowed = [words for begin, words in ALLOWED.items() if module.startswith(begin)]
        for line, word in content_in(path.read_text(encoding="utf-8"), names):
            if not any(words in ("", word) for words in allowed):
                found.append(f"{module}, line {line}: {word}")
    assert found == []
