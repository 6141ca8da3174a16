"""How a unit is written, and how an equation stands in a message."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.language import read_text
from latecomer.language.syntax import Arithmetic, Call, Definition, Expression, Negative, Number, Reference
from latecomer.language.unit_text import Units, UnreadableUnit
from latecomer.language.units import equation_text
from tests.simulate.texts import text

WORDS = st.sampled_from(
    ["Year", "billion dollars", "million persons", "barrel", "US$", "°C", "square root Year"]
)
POWERS = st.sampled_from(["", "^2", "^-1", "^0.5", "^(1/3)", "^(-2/3)", "^0"])
ATOMS = st.builds(str.__add__, WORDS | st.just("1") | st.just("Dmnl"), POWERS)
UNIT_TEXTS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds("{}*{}".format, inner, inner)
        | st.builds("{} / {}".format, inner, inner)
        | st.builds("({}){}".format, inner, POWERS)
    ),
    max_leaves=8,
)


@given(UNIT_TEXTS)
def test_a_unit_reads_back_as_it_was_written(unit: str) -> None:
    units = Units()
    assert units.read(units.written(units.read(unit))) == units.read(unit)


@given(UNIT_TEXTS, UNIT_TEXTS, UNIT_TEXTS)
def test_units_multiply_and_divide_as_quantities_do(a: str, b: str, c: str) -> None:
    units = Units()
    assert units.read(f"({a})*({b})") == units.read(f"({b})*({a})")
    assert units.read(f"({a})/(({b})/({c}))") == units.read(f"({a})*({c})/({b})")
    assert units.read(f"({a})/({a})") == units.one
    assert units.read(f"(({a})*({b}))^0.5") == units.read(f"({a})^(1/2)*({b})^0.5")
    assert units.power(units.read(f"({a})^(1/3)"), Fraction(3)) == units.read(a)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Year", "years"),
        ("billion dollars/Year", "Billion_Dollar / YEAR"),
        ("Dmnl", "1"),
        ("dimensionless", "Year/Year"),
        ("million persons", "million people"),
        ("a/b/c", "a/(b*c)"),
        ("a/b*c", "a*c/b"),
        ("1/Year^0.5", "Dmnl/year^(1/2)"),
        ("$/barrel", "dollars/barrel"),
        ("Dmnl/Square Root Year", "1/Year^0.5"),
        ("square root billion_dollars", "billion dollars^(1/2)"),
    ],
)
def test_one_unit_can_be_written_in_several_ways(one: str, other: str) -> None:
    units = Units()
    assert units.read(one) == units.read(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("billion dollars", "dollars"),
        ("Year", "Month"),
        ("gas", "ga"),
        ("million persons", "persons"),
        ("Year^0.3333", "Year^(1/3)"),
        ("percent", "Dmnl"),
        ("a*b", "ab"),
        ("square root", "Dmnl"),
    ],
)
def test_units_with_a_factor_between_them_are_strangers(one: str, other: str) -> None:
    units = Units()
    assert units.read(one) != units.read(other)


@pytest.mark.parametrize(
    ("unit", "problem"),
    [
        ("1000 persons", "the number 1000"),
        ("2/Year", "the number 2"),
        ("person-hour", "'-' where * or / is missing"),
        ("person)", "')' where * or / is missing"),
        ("(person", "a parenthesis without its end"),
        ("person/", "an end where a word is missing"),
        ("person**2", "'*' where a word is missing"),
        ("a^2^3", "'^' where * or / is missing"),
        ("a^b", "a power that is no number"),
        ("a^(1/0)", "a division by 0 in a power"),
        ("a&b", "the sign '&'"),
    ],
)
def test_a_unit_that_cannot_be_read_says_why(unit: str, problem: str) -> None:
    with pytest.raises(UnreadableUnit) as caught:
        Units().read(unit)
    assert str(caught.value) == problem


NAMES = {"a": "A rate", "b": "b"}
LEAVES = st.sampled_from([Reference("a"), Reference("b"), Number(2.0), Number(-3.0)])


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return (
        st.builds(Arithmetic, st.sampled_from("+-*/"), inner, inner)
        | st.builds(Negative, inner)
        | st.builds(lambda x: Call("abs", (x,)), inner)
    )


@given(st.recursive(LEAVES, _larger, max_leaves=12))
def test_an_equation_in_a_message_has_the_value_of_the_equation(node: Expression) -> None:
    held = {"a": Fraction(7, 2), "b": Fraction(-5, 3)}

    def value(part: Expression) -> Fraction:
        match part:
            case Number(number):
                return Fraction(number)
            case Reference(name):
                return held[name]
            case Negative(operand):
                return -value(operand)
            case Call(_, (operand,)):
                return abs(value(operand))
            case Arithmetic(sign, left, right):
                a, b = value(left), value(right)
                return {"+": a + b, "-": a - b, "*": a * b}[sign] if sign != "/" else a / b
            case _:
                raise AssertionError(part)

    names = {"A rate": "held['a']", "b": "held['b']"}
    python = re.sub(r"A rate|\bb\b", lambda match: names[match.group()], equation_text(node, NAMES))
    python = re.sub(r"\b([23])\b", r"Fraction(\1)", python).replace("ABS", "abs")
    try:
        expected = value(node)
    except ZeroDivisionError:
        return
    assert eval(python, {"held": held, "Fraction": Fraction}) == expected


@pytest.mark.parametrize(
    "equation",
    [
        "IF THEN ELSE(a > b :AND: :NOT: (a = b :OR: b < 1), a^2, -((a+b)^0.5))",
        "points(Time)*(a-(b-a))/(a/b)/(-(-b))",
        "(a^b)^a+MAX(a, 0)",
    ],
)
def test_an_equation_in_a_message_reads_back(equation: str, tmp_path: Path) -> None:
    def read(right: str) -> Definition:
        path = tmp_path / "small.mdl"
        points = "points((0,1),(1,2)) ~ Dmnl ~ | a = 1 ~ Dmnl ~ | b = 2 ~ Dmnl ~ |"
        path.write_text(text(f"{points} x = {right} ~ Dmnl ~ |"), encoding="utf-8")
        return read_text(path).by_key["x"].definition

    first = read(equation)
    assert read(equation_text(first, {"time": "Time"})) == first  # type: ignore[arg-type]
