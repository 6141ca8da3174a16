"""What is outside the language is refused by construct, element and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.language import read_text
from tests.language.flat import vensim, xmile

Write = Callable[[Path, str], Path]
RANGE = "Sector: a, b ~~|\n"
LANGUAGE = "expected a construct of the supported language (see model/LANGUAGE.md)"
CLEAR = "expected an order of evaluation that is beyond doubt"


def refusal(write: Write, folder: Path, content: str) -> str:
    with pytest.raises(InputError) as caught:
        read_text(write(folder, content))
    return str(caught.value)


def unknown(function: str) -> str:
    return f"the function or table {function}, which is neither supported nor defined; expected a supported"


OUTSIDE = (
    "RANDOM NORMAL(0, 1, 0, 1, 1)",
    "DELAY CONVEYOR(1, 2, 3)",
    "ALLOCATE AVAILABLE(1, 2, 3)",
    "VECTOR SELECT(1, 2, 3, 4, 5)",
    "INVERT MATRIX(1, 2)",
    "A FUNCTION OF(Time)",
    "LOOKUP FORWARD(Time, 1)",
    "GET DATA BETWEEN TIMES(Time, 1, 2)",
)


@pytest.mark.parametrize("call", OUTSIDE)
def test_a_function_outside_the_language(call: str, tmp_path: Path) -> None:
    message = refusal(vensim, tmp_path, f"x = 1 + {call} ~ w ~ x |")
    assert message.startswith(f"small.mdl, line 5, x: got {unknown(call.split('(')[0])}")


@pytest.mark.parametrize(
    ("equations", "place", "words"),
    [
        (
            "x = GET XLS DATA('a.xls', 's', 'A', 'B2') ~~|",
            "line 5, x",
            f"the construct GET XLS DATA; {LANGUAGE}",
        ),
        (
            "x = GET DIRECT CONSTANTS('a.csv', ',', 'B2') ~~|",
            "line 5, x",
            f"the construct GET DIRECT CONSTANTS; {LANGUAGE}",
        ),
        ("x(GET XLS LOOKUPS('a.xls', 's', 'A', 'B2')) ~~|", "line 5, x", "the construct GET XLS LOOKUPS"),
        ("x := 3 ~~|", "line 5, x", f"a data equation :=; {LANGUAGE}"),
        ("x:HOLD BACKWARD: ~ w ~ |", "line 5, x", "the keyword :HOLD BACKWARD:; expected data read with"),
        ("x:RAW: ~ w ~ |", "line 5, x", "the keyword :RAW:"),
        (
            "x ~ w ~ n |",
            "line 5, x",
            "a data variable without its data; expected a CSV file with a column of",
        ),
        ("x:THE CONDITION: Time = 3 :IMPLIES: 1 ~~|", "line 5, x", f"a reality check; {LANGUAGE}"),
        ("x = 3 y = 4 ~~|", "line 5, x", "'y = 4' in '3 y = 4', which cannot be read"),
        ("x = 1 < Time < 3 ~~|", "line 5, x", f"a chain of comparisons such as a < b < c; {CLEAR}"),
        ("x((1, 0), (0, 1), (1, 2)) ~~|", "line 5, x", "a table with the same x twice; expected each x once"),
        ("x((1, 0)) ~~|", "line 5, x", "a table with one point; expected two points or more"),
        ("x = INTEG(1) ~~|", "line 5, x", "the function INTEG with 1 argument; expected 2 arguments"),
        ("x = PULSE TRAIN(1, 2, 3) ~~|", "line 5, x", "the function PULSE TRAIN with 3 arguments"),
        ("x = 1e400 ~~|", "line 5, x", "a number beyond all bounds; expected a finite number"),
        ("x = 'words' ~~|", "line 5, x", "the text 'words'; expected a finite number"),
        ("x = Time ~ w \ny = 4 ~ w ~ n |", "line 5, x", "'x = Time' without unit, note and end"),
        ("x = 5 ~ w ~ n ~ y = 7 |", "line 5, x", "'x = 5' without unit, note and end in their places"),
        ("x = 5 ~ y = 7 |", "line 5, x", "the unit 'y = 7'; expected a unit"),
        ("x = ~ w ~ n |", "line 5, x", "no equation; expected an equation, a table or data"),
        ("Time = 3 ~~|", "line 5, Time", "a definition of Time; expected another name"),
        (
            "x = DELAY3(Time, 0.5) ~~|",
            "line 5, x",
            "DELAY3 with a delay time of 0.5; expected at least 3 time steps of 0.25",
        ),
        (
            "x = DELAY N(Time, 2 + Time, 0, 3) ~~|",
            "line 5, x",
            "DELAY N with a delay time that changes during the run; expected a constant delay time",
        ),
        (
            "x = SMOOTH N(Time, 2, 0, Time) ~~|",
            "line 5, x",
            "an order of a delay that is no number; expected a whole number from 1 to 100",
        ),
        (RANGE + "x[Sector] = 1, 2, 3 ~~|", "line 6, x", "1 rows of 3 numbers; expected 2 numbers"),
        (
            RANGE + "x[Sector] = 1 ~~|\nx[a] = 2 ~~|",
            "line 7, x[a]",
            "a second definition (first in line 6 as 'x')",
        ),
        (RANGE + "x[Sector] = 1 ~~|\nx = 2 ~~|", "line 7, x", "0 subscripts, but 1 in line 6"),
        (RANGE + "x[Sector, Sector] = 1 ~~|", "line 6, x", "the range 'Sector' twice on the left"),
        (RANGE + "x[Sector] = 1 ~~|\ny = x ~~|", "line 7, y", "the array 'x' without subscripts"),
        (RANGE + "x[Sector] = 1 ~~|\ny = SUM(x[Sector]) ~~|", "line 7, y", "SUM without a range to run over"),
        (RANGE + "x[Sector] = 1 ~~|\ny = x[Sector!] ~~|", "line 7, y", "'Sector!' outside SUM"),
        (
            RANGE + "x[Sector] = 1 ~~|\ny = x[Sector] ~~|",
            "line 7, y",
            "the range 'Sector', which is not on the left-hand side",
        ),
        (RANGE + "x[a] = 1 ~~|\ny = x[b] ~~|", "line 7, y", "the element 'x[b]', which is not defined"),
        (RANGE + "x[Sector] :EXCEPT: [a, b] = 1 ~~|", "line 6, x", ":EXCEPT: with 2 subscripts"),
        (
            RANGE + "R: c, d, e -> Sector ~~|",
            "line 6, R",
            "the mapping to 'Sector'; expected as many elements",
        ),
        (RANGE + "Sector = 3 ~~|", "line 6, Sector", "the name of a range; expected a name of its own"),
        (
            "R: c, (d1-e4) ~~|",
            "line 5, R",
            "the elements (d1-e4); expected a row of elements such as (A1-A5)",
        ),
        ("R: c, c ~~|", "line 5, R", "an element twice; expected each element once"),
        ("R: Q ~~|\nQ: R ~~|", "line 5, R", "a range inside itself; expected elements"),
        ("R <-> Q ~~|", "line 5, R", "the unknown range 'Q'"),
        ("x = ELMCOUNT(y) ~~|\ny = 1 ~~|", "line 5, x", "ELMCOUNT of no range; expected the name of a range"),
    ],
)
def test_a_construct_of_vensim(equations: str, place: str, words: str, tmp_path: Path) -> None:
    assert f"small.mdl, {place}: got {words}" in refusal(vensim, tmp_path, equations)


S = '<dimensions><dim name="Sector"/></dimensions>'


@pytest.mark.parametrize(
    ("variables", "place", "words"),
    [
        ('<aux name="x"><eqn>1 +</eqn></aux>', "line 5, x", "'1 +', which breaks off; expected an equation"),
        ('<aux name="x"><eqn>y + 1</eqn></aux>', "line 5, x", "a reference to 'y', which is not defined"),
        (
            '\n<stock name="q"><eqn>0</eqn><conveyor/></stock>',
            "line 6, q",
            "a conveyor; expected a plain stock",
        ),
        ('<flow name="q"><eqn>0</eqn><leak/></flow>', "line 5, q", "a leak; expected a plain stock"),
        ('<module name="m"/>', "line 5, m", f"a module; {LANGUAGE}"),
        (
            '<aux name="x"><eqn>hares.number</eqn></aux>',
            "line 5, x",
            "'hares.number', a variable of a module",
        ),
        ('<aux name="x"><eqn>NORMAL(0, 1)</eqn></aux>', "line 5, x", unknown("NORMAL")),
        (
            '<aux name="x"><eqn>DELAY(TIME, 0.3)</eqn></aux>',
            "line 5, x",
            "DELAY with a delay time of 0.3 and a TIME STEP of 0.25; expected a delay time of 1 to 500 whole",
        ),
        ('<aux name="x"><eqn>PREVIOUS(SELF, 1)</eqn></aux>', "line 5, x", unknown("PREVIOUS")),
        ('<aux name="x"><eqn>XIDZ(1, 2, 3)</eqn></aux>', "line 5, x", unknown("XIDZ")),
        ('<aux name="x"><eqn>PULSE(1, 2)</eqn></aux>', "line 5, x", "the function PULSE with 2 arguments"),
        (
            '<aux name="x"><eqn>TIME ^ 2 ^ TIME</eqn></aux>',
            "line 5, x",
            "a chain of powers such as a^b^c; expected one ^ at a time",
        ),
        ('<aux name="x"><eqn>NOT TIME = 2</eqn></aux>', "line 5, x", "a negation in front of an operation"),
        ('<aux name="x"><eqn>TIME // 2</eqn></aux>', "line 5, x", "the operator //; expected / or SAFEDIV"),
        ('<aux name="x"><eqn> ??? </eqn></aux>', "line 5, x", "'???', which cannot be read"),
        ('<aux name="x"><eqn></eqn></aux>', "line 5, x", "no equation; expected an equation"),
        ('<aux name="x"><eqn>{later}</eqn></aux>', "line 5, x", "no equation but the remark '{later}'"),
        (
            '<aux name="x"><eqn>1</eqn><gf type="extrapolate"><xpts>0,1</xpts><ypts>1,2</ypts></gf></aux>',
            "line 5, x",
            "a table of type extrapolate; expected a continuous table",
        ),
        (
            '<aux name="x"><eqn>TIME</eqn><gf><xpts>0,1,2</xpts><ypts>1,2</ypts></gf></aux>',
            "line 5, x",
            "a table of 3 x and 2 y; expected as many x as y",
        ),
        (
            f'<aux name="x">{S}<eqn>1</eqn></aux>\n<aux name="y"><eqn>x + 1</eqn></aux>',
            "line 6, y",
            "the array 'x' without subscripts",
        ),
        (
            f'<aux name="x">{S}<eqn>1</eqn></aux>\n<aux name="y"><eqn>SUM(2 * x[*])</eqn></aux>',
            "line 6, y",
            "SUM without a range to run over",
        ),
        (
            (
                '<stock name="s"><eqn>1</eqn><inflow>f</inflow><outflow>g</outflow><non_negative/></stock>\n'
                '<flow name="f"><eqn>TIME</eqn></flow>\n<flow name="g"><eqn>1</eqn></flow>'
            ),
            "line 5, s",
            "the non-negative stock 's', whose inflow 'f' may be negative",
        ),
        ('<aux name="TIME STEP"><eqn>0.5</eqn></aux>', "line 5, TIME STEP", "'0.5' for what sim_specs say"),
    ],
)
def test_a_construct_of_xmile(variables: str, place: str, words: str, tmp_path: Path) -> None:
    assert f"small.xmile, {place}: got {words}" in refusal(xmile, tmp_path, variables)


def test_xml_that_breaks_off_says_where(tmp_path: Path) -> None:
    message = refusal(xmile, tmp_path, '<aux name="x"><eqn>1</eqn>')
    assert message.startswith("small.xmile, line 6: got XML that breaks off or is broken (")
    assert "expected an XMILE model" in message


@pytest.mark.parametrize(("code", "method"), [("0", "euler"), ("5", "rk4")])
def test_the_settings_of_vensim_name_the_method(code: str, method: str, tmp_path: Path) -> None:
    path = vensim(tmp_path, f"x = 1 ~~|\n\\\\\\---/// Sketch\n///---\\\\\\\n15:0,0,0,{code},0,0\n19:100,0\n")
    assert read_text(path).method == method


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1", "RK4 with automatic steps"),
        ("2", "difference equations (Diff)"),
        ("3", "RK2 with fixed steps"),
        ("9", "integration type 9"),
    ],
)
def test_a_method_that_is_not_there_is_refused(code: str, words: str, tmp_path: Path) -> None:
    message = refusal(vensim, tmp_path, f"x = 1 ~~|\n///---\\\\\\\n15:0,0,0,{code},0,0\n")
    assert message.startswith(f"small.mdl, settings: got {words}; expected Euler or RK4 with fixed steps")


def test_xmile_names_its_method(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="settings: got method RK2; expected Euler or RK4 with fixed steps"):
        read_text(xmile(tmp_path, '<aux name="x"><eqn>1</eqn></aux>', "RK2"))
    assert read_text(xmile(tmp_path, '<aux name="x"><eqn>1</eqn></aux>', "RK4")).method == "rk4"


def test_what_a_program_adds_about_its_windows_does_not_matter_but_unknown_parts_do(tmp_path: Path) -> None:
    path = xmile(tmp_path, '<aux name="x"><eqn>1</eqn></aux>')
    text = path.read_text()
    path.write_text(text.replace("<dimensions>", '<isee:windows width="3"/>\n<dimensions>', 1))
    assert [v.name for v in read_text(path).variables][-1] == "x"
    path.write_text(text.replace("<dimensions>", '<surprise name="y"/>\n<dimensions>', 1))
    with pytest.raises(InputError, match="line 3, y: got a surprise; expected a construct of the supported"):
        read_text(path)
