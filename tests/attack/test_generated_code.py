"""Nothing of a model text stands in generated code: hostile names, units, notes, the texts of the suite."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.language import read_text, write_program
from latecomer.language.builtins import ELEMENTARY, OF_TIME
from latecomer.language.codegen import javascript
from latecomer.language.codegen.javascript import write_javascript
from latecomer.language.codegen.namespace import NUMPY
from latecomer.language.model_text import ModelText
from tests.attack import hostile, model_names, model_times, xmile_texts
from tests.attack.generated_code import foreign_python, foreign_script
from tests.attack.mdl import text

FUNCTIONS = frozenset(vars(NUMPY))
SCRIPT = javascript.FUNCTIONS.read_text(encoding="utf-8").rstrip()
WORDS = frozenset(name for name, _ in (ELEMENTARY | OF_TIME).values())
POOL = (
    *hostile.INTERNAL,
    *hostile.SCRIPT,
    *hostile.DUNDER,
    *hostile.KEYWORDS,
    *hostile.QUOTED,
    *hostile.CODE,
    *(name for pair in hostile.ALIKE for name in pair),
)
NAMES = st.sampled_from(POOL) | st.text(min_size=1, max_size=12) | st.from_regex(r"\A\w{1,8}\Z")
NOTES = st.sampled_from(hostile.CODE) | st.text(max_size=20)


def foreign(model: ModelText) -> list[str]:
    program = write_program(model)
    return foreign_python(program.source, FUNCTIONS) + foreign_script(write_javascript(model), SCRIPT, WORDS)


def read(folder: Path, content: str | bytes, suffix: str = ".mdl") -> ModelText | None:
    path = folder / f"text{suffix}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        return read_text(path)
    except InputError:
        return None


@given(st.lists(NAMES, min_size=1, max_size=5, unique_by=lambda name: name.lower()), NOTES, NOTES)
def test_no_name_unit_or_note_stands_in_generated_code(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], unit: str, note: str
) -> None:
    folder = tmp_path_factory.mktemp("names")
    lines = [f'"{name}" = INTEG(Time + {i}, {i}) ~ {unit} ~ {note} |' for i, name in enumerate(names)]
    lines.append(f'read = WITH LOOKUP("{names[0]}", ((0,0),(1,1))) ~ Dmnl ~ {note} |')
    model = read(folder, text("\n".join(lines)))
    if model is not None:
        assert foreign(model) == []


@given(NAMES, NAMES, NOTES)
def test_no_field_of_an_xmile_text_stands_in_generated_code(
    tmp_path_factory: pytest.TempPathFactory, name: str, other: str, unit: str
) -> None:
    folder = tmp_path_factory.mktemp("fields")
    body = xmile_texts.aux(name, "10 + STEP(5, 1)", unit) + xmile_texts.aux(
        other, f'DELAY1("{name}", 2)', unit
    )
    model = read(folder, xmile_texts.text(body), ".xmile")
    if model is not None:
        assert foreign(model) == []


@pytest.mark.slow
def test_the_texts_of_the_suite_leave_nothing_in_generated_code(tmp_path: Path) -> None:
    rng = Random(0)
    makers = (
        model_names.fields,
        model_names.words,
        model_names.quoted,
        model_times.arithmetic,
        xmile_texts.fields,
    )
    read_ones = 0
    for k in range(24):
        for maker in makers:
            case = maker(rng, k)
            (file,) = case.words
            content = case.files[file]
            assert isinstance(content, bytes)
            model = read(tmp_path, content, Path(file).suffix)
            if model is not None:
                read_ones += 1
                assert foreign(model) == [], case.name
    assert read_ones > 40


PLANTED = (
    ("def fixed(p):\n    v0 = p[0]  # Dmnl\n    return (v0,)\n", "remark '# Dmnl'"),
    ("def fixed(p):\n    v0 = start.get('a', 1.0)\n    return (v0,)\n", "constant 'a'"),
    ("def fixed(p):\n    v0 = open(p)\n    return (v0,)\n", "call 'open(p)'"),
    ("def fixed(p):\n    v0 = ns.__class__\n    return (v0,)\n", "attribute '__class__'"),
    ("def fixed(p):\n    ﬁsh = 1.0\n    return (1.0,)\n", "a character that is not ASCII"),
    ("import os\n", "node Import"),
    ("def other(p):\n    return ()\n", "function 'other'"),
    ("def fixed(p):\n    v0 = [1.0 for v1 in p]\n    return (v0,)\n", "node ListComp"),
    ("def fixed(p):\n    v0 = tables['x']\n    return (v0,)\n", "place \"tables['x']\""),
    ("def fixed(p):\n    my_name = 1.0\n    return (1.0,)\n", "name 'my_name'"),
)


@pytest.mark.parametrize(("source", "expected"), PLANTED)
def test_what_is_planted_in_python_is_found(source: str, expected: str) -> None:
    assert expected in foreign_python(source, FUNCTIONS)


def test_numbers_numbered_names_and_functions_of_the_namespace_are_known() -> None:
    lines = ("v0 = ns.interp(t, *tables[3])", "v1 = -v0 ** 2.0", "return (v1,)")
    source = "\n    ".join(["def timed(t, p, ns, tables):", *lines]) + "\n"
    assert foreign_python(source, FUNCTIONS) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("const v0 = `x`;", "sign '`x`;"),
        ('const v0 = f("x");', "text '\"x\"'"),
        ("const ﬁ = 1;", "a character that is not ASCII"),
        ("const v0 = a_b;", "word 'a_b'"),
        ("// remark # 1", "sign '# 1"),
    ],
)
def test_what_is_planted_in_javascript_is_found(line: str, expected: str) -> None:
    found = foreign_script(f'const LATECOMER_MODEL = (() => {{\n"use strict";\n{line}\n}})();', "")
    assert any(one.startswith(expected) for one in found), found
