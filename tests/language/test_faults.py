"""What a model text is refused for, in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.language import read_text
from tests.simulate.texts import text

PLAIN = "a construct of the supported language (see model/LANGUAGE.md)"
ORDER = "expected equations that can be computed one after another"


def unknown(function: str) -> str:
    return (
        f"the function or table {function}, which is neither supported nor defined; "
        "expected a supported function or a table of this file (see model/LANGUAGE.md). "
        "Cure: define the table, or write it with supported functions."
    )


def refused(folder: Path, content: str) -> str:
    path = folder / "bad.mdl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_text(path)
    return str(caught.value)


def at(equation: str, name: str) -> str:
    """The place of the first line after the control variables."""
    return f"bad.mdl, line {text(equation).splitlines().index(equation.splitlines()[0]) + 1}, {name}: got "


@pytest.mark.parametrize(
    ("equation", "name", "words"),
    [
        (
            "x = 2 * humn capital ~ w ~ x |\nHuman Capital = 3 ~ w ~ h |",
            "x",
            (
                "a reference to 'humn capital', which is not defined; "
                "expected the name of a variable of this file. "
                "Cure: define it, or write the nearest name: 'Human Capital'."
            ),
        ),
        (
            "x = 2 * (3 + ~ w ~ x |",
            "x",
            (
                "'2 * (3 +', which breaks off; expected an equation of the model language. "
                "Cure: look for a missing operator, comma or parenthesis."
            ),
        ),
        (
            "x = 3 ~ w ~ the last bar is missing",
            "x",
            (
                "'x = 3' without unit, note and end in their places; "
                "expected an element written as name = equation ~ unit ~ note |. "
                "Cure: write the unit, the note and the closing |."
            ),
        ),
        (
            "x[a] = 3 ~ w ~ x |",
            "x",
            (
                "the subscript 'a', which is not defined; expected a range or an element of this file. "
                "Cure: define it, such as a: first, second ~~|."
            ),
        ),
        (
            "x = y[a] ~ w ~ x |\ny = 1 ~ w ~ y |",
            "x",
            ("a subscript on 'y', which has none; expected the name alone. Cure: leave the subscript out."),
        ),
        (
            "x := 3 ~ w ~ x |",
            "x",
            (
                f"a data equation :=; expected {PLAIN}. "
                "Cure: write = for an equation, or read the data from CSV."
            ),
        ),
        ("x = 1 + DELAY CONVEYOR(3, 4, 5) ~ w ~ x |", "x", unknown("DELAY CONVEYOR")),
        (
            "x = MIN(1, 2, 3) ~ w ~ x |",
            "x",
            (
                "the function MIN with 3 arguments; expected 2 arguments. "
                "Cure: give the arguments that the definition asks for."
            ),
        ),
        (
            "x = 2 < 3 < 4 ~ w ~ x |",
            "x",
            (
                "a chain of comparisons such as a < b < c; expected an order of evaluation that is beyond "
                "doubt. Cure: write a < b :AND: b < c, or set parentheses."
            ),
        ),
        (
            "x = IF THEN ELSE(1 > 2 :OR: 2 > 1 :AND: 3 > 4, 1, 2) ~ w ~ x |",
            "x",
            (
                ":AND: and :OR: side by side without parentheses; "
                "expected an order of evaluation that is beyond doubt. "
                "Cure: set parentheses around the :AND: or the :OR:."
            ),
        ),
        (
            "x = t + 1 ~ w ~ x |\nt((0,1),(1,2)) ~ w ~ t |",
            "x",
            (
                "the table 't' without an argument; "
                "expected a table read at an argument, such as table(Time). "
                "Cure: add the argument in parentheses."
            ),
        ),
        (
            "x((0,1),(0,2)) ~ w ~ t |",
            "x",
            "a table with the same x twice; expected each x once. Cure: remove one of the two points.",
        ),
        (
            "x = :NA: ~ w ~ x |",
            "x",
            "the missing value :NA:; expected a finite number. Cure: write the number.",
        ),
    ],
)
def test_a_fault_is_named_with_its_place_and_cure(
    tmp_path: Path, equation: str, name: str, words: str
) -> None:
    assert refused(tmp_path, text(equation)) == at(equation, name) + words


def test_a_name_defined_twice_whatever_its_case(tmp_path: Path) -> None:
    message = refused(tmp_path, text("My x = 3 ~ w ~ x |\nmy_X = 4 ~ w ~ x |"))
    first = at("My x = 3 ~ w ~ x |", "")
    line = int(first.split("line ")[1].split(",")[0])
    assert message == (
        f"bad.mdl, line {line + 1}, my_X: got a second definition (first in line {line} as 'My x'); "
        "expected one definition of each name. Cure: rename or remove one."
    )


def test_an_algebraic_loop_is_printed_whole(tmp_path: Path) -> None:
    message = refused(
        tmp_path, text("Alpha = Gamma + 1 ~ w ~ a |\nbeta = 2 * Alpha ~ w ~ b |\nGamma = beta ~ w ~ g |")
    )
    assert message == (
        at("Alpha = Gamma + 1 ~ w ~ a |", "Alpha")
        + f"an algebraic loop: Alpha -> beta -> Gamma -> Alpha; {ORDER}. "
        "Cure: let the loop pass through a stock (INTEG)."
    )


def test_every_loop_is_named_even_of_a_variable_with_itself(tmp_path: Path) -> None:
    message = refused(tmp_path, text("a = a + 1 ~ w ~ a |\nb = c ~ w ~ b |\nc = b ~ w ~ c |"))
    assert "an algebraic loop: a -> a;" in message
    assert "an algebraic loop: b -> c -> b;" in message


def test_stocks_whose_initial_values_wait_for_each_other(tmp_path: Path) -> None:
    message = refused(
        tmp_path, text("A = INTEG(1, B) ~ w ~ a |\nB = INTEG(1, half) ~ w ~ b |\nhalf = A / 2 ~ w ~ h |")
    )
    assert message == (
        at("A = INTEG(1, B) ~ w ~ a |", "A") + f"a loop among initial values: A -> half -> B -> A; {ORDER}. "
        "Cure: give one of the stocks an initial value of its own."
    )


def test_missing_and_computed_control_variables(tmp_path: Path) -> None:
    content = text("x = Time ~ w ~ x |").replace("TIME STEP = 0.25", "TIME STEP = 1 + 0 * x")
    content = "\n".join(line for line in content.splitlines() if not line.startswith("FINAL"))
    message = refused(tmp_path, content)
    assert (
        "bad.mdl: got no FINAL TIME; expected the control variables INITIAL TIME, FINAL TIME, TIME STEP, "
        "SAVEPER. Cure: add FINAL TIME = number." in message
    )
    assert (
        "TIME STEP: got an equation whose value may change; "
        "expected a number, or constants with + - * / between them. Cure: write the number." in message
    )


def test_all_faults_of_a_file_are_said_at_once(tmp_path: Path) -> None:
    content = text(
        "x = missing ~ w ~ x |\ny = DELAY CONVEYOR(1,2,3) ~ w ~ y |\nz = (1 + ~ w ~ z |\n"
        "x = 3 ~ w ~ again |\nw = y + z ~ w ~ w |"
    )
    lines = refused(tmp_path, content).splitlines()
    assert len(lines) == 4
    assert not any("'y'" in line or "'z'" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "none.mdl",
            None,
            "got no such file; expected a model text.",
        ),
        (
            "text.txt",
            b"x",
            "got a file ending with '.txt'; expected a model text ending with .mdl, .xmile,",
        ),
        ("zip.mdl", b"PK\x03\x04\xff\xfe", "got bytes that are no text; expected a model text in UTF-8."),
        ("empty.mdl", b"", "got a file without any element; expected a model text."),
        ("prose.mdl", b"Dear reader, this is a letter.", "without unit, note and end in their places"),
        ("bad.xmile", b"not xml", "expected an XMILE model."),
    ],
)
def test_files_that_are_no_model_texts(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_text(tmp_path / name)
    assert words in str(caught.value)
