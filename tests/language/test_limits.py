"""How deep and large a text may be: what programs write runs, what no computer can hold is refused."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.language import check_units, read_text, write_program
from latecomer.language.codegen.javascript import FUNCTIONS, write_javascript
from latecomer.language.limits import FRAMES, LEVELS
from latecomer.language.syntax import children, walk
from latecomer.simulate.model import Model
from tests.language.flat import vensim

NODES = (
    *(ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.Assign, ast.Return, ast.Tuple, ast.Starred),
    *(ast.Name, ast.Load, ast.Store, ast.Constant, ast.Attribute, ast.Subscript, ast.Call),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.UnaryOp, ast.USub),
)
NAMES = frozenset(["t", "y", "p", "c", "f", "d", "tables", "ns", "start"])
FUNCTION_NAMES = frozenset(["fixed", "timed", "initial", "derivatives", "diffusion", "auxiliaries"])
AWKWARD = """ﬁsh fish ｔ x½ x² __import__ class lambda ns tables v0 \u212a k {a} a|b a~b ');import os;(' #
a\\ eval constructor __proto__"""
HOSTILE = st.one_of(
    st.sampled_from(AWKWARD.split()),
    st.text(
        st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters='"\\'), min_size=1, max_size=12
    ),
)


def value(tmp_path: Path, body: str, name: str = "a") -> float:
    model = Model(read_text(vensim(tmp_path, body)))
    return float(model.run(backend="numpy")[name][-1])


def refusal(tmp_path: Path, body: str) -> str:
    with pytest.raises(InputError) as caught:
        read_text(vensim(tmp_path, body))
    return str(caught.value)


def assert_nothing_but_numbered_names(source: str) -> None:
    assert "#" not in source
    for node in ast.walk(ast.parse(source)):
        assert isinstance(node, NODES), ast.dump(node)
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, int | float)
        if isinstance(node, ast.Name):
            assert node.id in NAMES or re.fullmatch(r"v[0-9]+", node.id), node.id
        if isinstance(node, ast.FunctionDef):
            assert node.name in FUNCTION_NAMES
        if isinstance(node, ast.Attribute):
            assert isinstance(node.value, ast.Name)
            assert node.value.id == "ns" or (node.value.id, node.attr) == ("start", "get")


@pytest.mark.slow
@given(st.lists(HOSTILE, min_size=1, max_size=5), HOSTILE)
@settings(max_examples=60, deadline=None)
def test_nothing_of_a_file_stands_in_what_is_generated(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], unit: str
) -> None:
    clean = re.sub(r"[~|={}\[\]]", "", unit)
    lines = [f'"{name}" = INTEG(Time, {i}) ~ {clean} ~ {clean} |' for i, name in enumerate(names)]
    lines.append(f'total thing = table thing("{names[0]}") + IF THEN ELSE("{names[-1]}" > 1, 2, -3) ~~|')
    lines.append("table thing((0,0),(10,10)) ~~|")
    path = vensim(tmp_path_factory.mktemp("hostile"), "\n".join(lines))
    try:
        text = read_text(path)
    except InputError:
        return
    assert_nothing_but_numbered_names(write_program(text).source)
    script = write_javascript(text).replace(FUNCTIONS.read_text(encoding="utf-8").rstrip(), "")
    assert script.isascii()
    words = set(re.findall(r"[A-Za-z_$][\w$]*", re.sub(r"\d\.?\d*e[-+]?\d+", "", script)))
    known = {"const", "function", "return", "use", "strict", "LATECOMER_MODEL", "drivers", "out", "interp"}
    assert not {word for word in words - known - NAMES - FUNCTION_NAMES if not re.fullmatch("v[0-9]+", word)}


def test_the_reference_gives_nothing_but_numbered_names() -> None:
    assert_nothing_but_numbered_names(write_program(read_text("model/latecomer.mdl")).source)


def test_names_that_python_folds_stay_two_variables(tmp_path: Path) -> None:
    # at the last time, 8
    assert value(tmp_path, "ﬁsh = 1 + Time ~~|\nfish = 5 + Time ~~|\na = ﬁsh * 10 + fish ~~|") == 103.0
    assert value(tmp_path, "ｔ = 7 + Time ~~|\na = ｔ + Time ~~|") == 23.0


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("b = 2 ~~|\na = " + "+".join(["b"] * 250) + " ~~|", 500.0),
        ("b = 2 ~~|\na = 1000" + "-b" * 400 + " ~~|", 200.0),
        ("b = 2 ~~|\na = " + "+".join(["b"] * 5000) + " ~~|", 10000.0),
        ("a = " + "(" * 150 + "1" + ")" * 150 + " ~~|", 1.0),
        ("b = 2 ~~|\na = " + "(b+" * 400 + "1" + ")" * 400 + " ~~|", 801.0),
        ("b = 2 ~~|\na = " + "-" * 251 + "b ~~|", -2.0),
        ("b = 2 ~~|\na = " + "IF THEN ELSE(b > 3, 1, " * 150 + "7" + ")" * 150 + " ~~|", 7.0),
        ("b = 2 ~~|\na = " + "IF THEN ELSE(" * 150 + "b" + ", 5, 6)" * 150 + " ~~|", 5.0),
        ("b = 2 ~~|\na = " + "MAX(b, " * 300 + "9" + ")" * 300 + " ~~|", 9.0),
        ("b = 2 ~~|\na = IF THEN ELSE(" + ":NOT: (" * 150 + "b > 1" + ")" * 150 + ", 3, 4) ~~|", 3.0),
        ("b = 1 ~~|\na = " + "b^" * 200 + "2 ~~|", 1.0),
    ],
    ids=[
        "sum",
        "difference",
        "long sum",
        "parentheses",
        "nested sum",
        "minus",
        "if",
        "condition",
        "max",
        "not",
        "power",
    ],
)
def test_deep_and_long_expressions_have_their_value(tmp_path: Path, body: str, expected: float) -> None:
    assert value(tmp_path, body) == expected


def test_a_deep_expression_is_told_in_layers_that_python_and_units_can_read(tmp_path: Path) -> None:
    body = "b = 2 ~ Year ~ |\na = " + "+".join(["b"] * 500) + " ~ Year ~ |\nc = a / b ~ Dmnl ~ |"
    text = read_text(vensim(tmp_path, body))
    for variable in text.variables:
        levels, level = 0, [variable.definition]
        while level:
            levels, level = levels + 1, [part for node in level for part in children(node)]
        assert levels <= LEVELS
    hidden = [variable for variable in text.variables if variable.hidden]
    assert len(hidden) == 500 // (LEVELS - 1)
    assert not [fault for fault in check_units(text) if "a" in str(fault) and "PART" in str(fault)]
    wrong = read_text(vensim(tmp_path, body.replace("a = b", "a = 1 + b")))
    assert any("one unit on both sides of +" in str(fault) for fault in check_units(wrong))
    assert sum(1 for variable in text.variables for _ in walk(variable.definition)) < 1100


def test_parts_that_no_one_wrote_have_the_unit_of_what_they_come_to(tmp_path: Path) -> None:
    factors = "b = 2 ~ m ~ |\na = " + "b*" * 3 + "1" + "/b*b" * 200 + " ~ {} ~ |"
    for unit, faults in (("m^3", 0), ("m", 1)):
        text = read_text(vensim(tmp_path, factors.replace("{}", unit)))
        assert any(variable.hidden for variable in text.variables)
        assert sum("a: got a right-hand side in m^3" in str(fault) for fault in check_units(text)) == faults
    macro = ":MACRO: F(x, y)\nF = inner\n ~~|\ninner = x / y ~~|\n:END OF MACRO:\n"
    text = read_text(vensim(tmp_path, macro + "b = 2 ~ m ~ |\nc = 4 ~ Year ~ |\na = F(b, c) ~ m/Year ~ |"))
    assert not [str(fault) for fault in check_units(text) if ", a:" in str(fault)]
    chain = [":MACRO: F0(x)\nF0 = x ~~|\n:END OF MACRO:\n"]
    chain += [f":MACRO: F{i}(x)\nF{i} = F{i - 1}(x) ~~|\n:END OF MACRO:\n" for i in range(1, 50)]
    text = read_text(vensim(tmp_path, "".join(chain) + "b = 2 ~ m ~ |\na = F49(b) ~ m ~ |"))
    assert not [str(fault) for fault in check_units(text) if ", a:" in str(fault)]


def test_layers_change_no_bit(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0).lognormal(0, 5, 300)
    expected = 0.0
    for number in numbers:
        expected = expected + float(number)
    body = "b = 0 ~~|\na = b+" + "+".join(repr(float(number)) for number in numbers) + " ~~|"
    assert value(tmp_path, body) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("a = " + "(" * 100_000 + "1" + ")" * 100_000 + " ~~|", "an expression of more than 10,000 levels"),
        ("b = 1 ~~|\na = " + "+".join(["b"] * 20_000) + " ~~|", "an expression of more than 10,000 levels"),
        ("a = " + "-" * 100_000 + "Time ~~|", "an expression of more than 10,000 levels"),
        ("a = " + "INTEG(" * 100_000 + "~~|", "an expression of more than 10,000 levels"),
        (
            "s: (s1-s1000000000) ~~|\na[s] = 1 ~~|",
            "a row of 1,000,000,000 elements; expected at most 100,000",
        ),
        ("s: (s1-s99999999999999999999) ~~|", "a row of elements such as (A1-A5)"),
        (
            "s: (s1-s1000) ~~|\nr: (r1-r1000) ~~|\na[s,r] = 1 ~~|",
            "an array of 1,000,000 elements; expected at most 100,000",
        ),
        (
            "s: (s1-s1000) ~~|\nr: (r1-r1000) ~~|\nb = SUM(Time * s! * r!) ~~|",
            "at most 100,000",
        ),
        ("a = 1" + "1" * 400 + " ~~|", "a number of 401 characters; expected at most 300"),
        ("a = ٣ ~~|", "a reference to '٣', which is not defined"),
        ("a = 1_0 ~~|", "cannot be read"),
        ("a((-1e999,0),(4,1)) ~~|", "a table with a number beyond all bounds"),
        ("s: s1, s2 ~~|\na[s] = 1_0, 2 ~~|", "cannot be read"),
        ("a :A A = 1 ~~|", "cannot be read"),
    ],
)
def test_what_no_computer_holds_is_refused_with_its_limit(tmp_path: Path, body: str, words: str) -> None:
    if "SUM(Time" in body:
        body = "s: (s1-s1000) ~~|\nr: (r1-r1000) ~~|\nx[s] = 1 ~~|\ny[r] = 1 ~~|\na = SUM(x[s!] * y[r!]) ~~|"
    assert words in refusal(tmp_path, body)


@pytest.mark.slow  # what no computer holds is refused quickly
def test_macros_that_double_each_other_are_refused(tmp_path: Path) -> None:
    macros = [":MACRO: F0(x)\nF0 = x + 1 ~~|\n:END OF MACRO:\n"]
    macros += [
        f":MACRO: F{i}(x)\nF{i} = F{i - 1}(x) + F{i - 1}(x + 1) ~~|\n:END OF MACRO:\n" for i in range(1, 30)
    ]
    assert "equations that come to too much" in refusal(tmp_path, "".join(macros) + "a = F29(1) ~~|")


def test_a_chain_of_macros_in_macros_is_read(tmp_path: Path) -> None:
    macros = [":MACRO: F0(x)\nF0 = x + 1 ~~|\n:END OF MACRO:\n"]
    macros += [f":MACRO: F{i}(x)\nF{i} = F{i - 1}(x) ~~|\n:END OF MACRO:\n" for i in range(1, 300)]
    assert value(tmp_path, "".join(macros) + "a = F299(1) ~~|") == 2.0


def test_constants_that_double_each_other_make_a_control_at_once(tmp_path: Path) -> None:
    lines = ["x0 = 1e-9 ~~|", *(f"x{i} = x{i - 1} + x{i - 1} ~~|" for i in range(1, 60))]
    lines.append("a = DELAY N(Time, 1 + 0 * x59, 0, 1 + 0 * x59) ~~|")
    assert np.isfinite(value(tmp_path, "\n".join(lines)))


def test_a_quoted_name_may_hold_braces_and_a_remark_may_stand_anywhere(tmp_path: Path) -> None:
    body = '{a remark}\n"{a}" = 3 ~~|\nb = 2 * {another} "{a}" ~~|\na = b ~~|'
    assert value(tmp_path, body) == 6.0
    macro = "{one (remark)}\n:MACRO: F(x)\nF = 2 * x ~~|\n:END OF MACRO:\na = F(4) ~~|"
    assert value(tmp_path, macro) == 8.0
    heading = "{a remark}\n****\n\t.Trade\n****~\n\tNote.\n|\na = 1 ~~|"
    assert read_text(vensim(tmp_path, heading)).by_key["a"].sector == "Trade"


@pytest.mark.parametrize(
    "encoding", ["undefined", "idna", "punycode", "unicode_escape", "rot13", "nonsense", "hex"]
)
def test_an_encoding_that_is_none_is_refused(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.mdl"
    path.write_text(f"{{{encoding}}}\na = 1 ~~|\n")
    with pytest.raises(InputError, match="got bytes that are no text; expected a model text in UTF-8"):
        read_text(path)


def test_the_limit_of_the_interpreter_is_as_before(tmp_path: Path) -> None:
    before = sys.getrecursionlimit()
    read_text(vensim(tmp_path, "a = 1 ~~|"))
    refusal(tmp_path, "a = (((" + " ~~|")
    assert sys.getrecursionlimit() == before < FRAMES


@pytest.mark.parametrize("unit", ["(" * 1000, "Dmnl*" * 1000 + "Dmnl", "a^" + "9" * 400, "a^٣"])
def test_a_unit_that_is_too_long_is_refused(tmp_path: Path, unit: str) -> None:
    text = read_text(vensim(tmp_path, f"a = 1 ~ {unit} ~ |"))
    assert any("in the unit" in str(fault) for fault in check_units(text))


@pytest.mark.slow
def test_many_wrong_names_are_refused_at_once(tmp_path: Path) -> None:
    lines = [f"a{i} = no such name {i} ~~|" for i in range(3000)]
    told = refusal(tmp_path, "\n".join(lines))
    assert told.count("which is not defined") == 3000


@pytest.mark.parametrize(
    "body",
    [
        'a = SMOOTH(Time, 2) ~~|\n"SMOOTH of a #1" = 50 ~~|',
        '"smooth of A #1" = 50 ~~|\na = SMOOTH(Time, 2) ~~|',
        "b = 2 ~~|\na = " + "+".join(["b"] * 100) + ' ~~|\n"PART of a #1" = 50 ~~|',
    ],
)
def test_a_name_that_a_part_of_another_variable_has_is_refused(tmp_path: Path, body: str) -> None:
    assert "got the name of a part of another variable; expected a name of its own" in refusal(tmp_path, body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("A <-> B ~~|\nB <-> A ~~|\na = 1 ~~|", "a range equal to itself by others"),
        ("A: a1, a2 ~~|\nA: b1, b2 ~~|\nx = 1 ~~|", "a second definition of the range (first in line 5)"),
        (
            ":MACRO: F(x)\nF = x ~~|\n:END OF MACRO:\n" * 2 + "a = F(1) ~~|",
            "a second definition of the macro",
        ),
    ],
    ids=["equal to itself", "range twice", "macro twice"],
)
def test_what_is_defined_twice_or_by_itself_is_refused(tmp_path: Path, body: str, words: str) -> None:
    assert words in refusal(tmp_path, body)


XMILE = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><header><vendor>n</vendor>
<product version="1">n</product></header>
<sim_specs{specs}><start>0</start><stop>4</stop><dt>1</dt>{more}</sim_specs>
{outside}<model><variables><aux name="a"><eqn>1{inside}</eqn></aux>{beside}</variables></model></xmile>"""


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ({"more": "<dt>2</dt>"}, "2 dt"),
        ({"more": "<stop>9</stop>"}, "2 stop"),
        ({"specs": ' savestep="2"'}, "savestep as an attribute"),
        ({"outside": '<dimensions><dim name="d" size="2"/></dimensions>' * 2}, "2 dimensions"),
        ({"inside": "<sub>0</sub>"}, "an eqn with other elements inside it"),
        ({"beside": '<gf name="g"><xpts>0,1</xpts><ypts>0,1</ypts><ypts>1,0</ypts></gf>'}, "2 ypts"),
        (
            {"beside": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="v.xml"/>'},
            "got an include",
        ),
    ],
    ids=["step", "stop", "attribute", "dimensions", "markup", "points", "include"],
)
def test_xmile_that_says_two_things_is_refused(tmp_path: Path, places: dict[str, str], words: str) -> None:
    blank = dict.fromkeys(("specs", "more", "outside", "inside", "beside"), "")
    path = tmp_path / "a.xmile"
    path.write_text(XMILE.format(**blank | places), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_text(path)
    assert words in str(caught.value)
    path.write_text(XMILE.format(**blank), encoding="utf-8")
    assert read_text(path).by_key["a"]
