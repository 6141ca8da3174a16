"""What fits and what does not, and the words in which it is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from latecomer.errors import Fault
from latecomer.language import ModelText, check_units, read_text
from latecomer.language.builtins import ARGUMENTS
from latecomer.language.units import RULES
from tests.simulate.texts import GROWTH, NOISY, text

Make = Callable[[str], ModelText]
DECLARED = """
money = 1 ~ dollar ~ |  other money = 2 ~ dollars ~ |  span = 3 ~ year ~ |  ratio = 0.5 ~ Dmnl ~ |
area = 4 ~ metre^2 ~ |  points((0,1),(1,2)) ~ dollar ~ |
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A model text from equations."""

    def made(equations: str, controls: Callable[[str], str] = text) -> ModelText:
        path = tmp_path / "small.mdl"
        path.write_text(controls(equations), encoding="utf-8")
        return read_text(path)

    return made


FITTING = [
    ("money + other money - 0", "dollar"),
    ("MAX(0, money)", "dollar"),
    ("1/3", "dollar"),
    ("-2", "dollar"),
    ("money * 2 / span", "dollar/year"),
    ("SQRT(area)", "metre"),
    ("area^(1/2) + area^0.5 + POWER(area, 0.5)", "metre"),
    ("(area^(1/3))^3 + area^1 * area^0", "metre^2"),
    ("ratio^ratio + EXP(-ratio) + LN(money/other money) + LOG(ratio, 10)", "Dmnl"),
    ("IF THEN ELSE(Time > span :AND: :NOT: (money = 0), money, 0)", "dollar"),
    ("ABS(money) + INTEGER(money) + MODULO(money, other money) + QUANTUM(money, other money)", "dollar"),
    ("XIDZ(money, span, money/span) + ZIDZ(money, span)", "dollar/year"),
    ("STEP(money, span) + RAMP(money/span, span, span*2) + money*PULSE(span, TIME STEP)", "dollar"),
    ("points(Time) + points(INITIAL TIME + TIME STEP)", "dollar"),
    ("WITH LOOKUP(money, ((0,1),(1,2)))", "barrel"),
    ("INITIAL(money)", "dollar"),
    ("INTEG(money/span, 5)", "dollar"),
    ("INTEG(1, money)", "dollar"),
    ("money*PULSE TRAIN(span, TIME STEP, span, span + span)", "dollar"),
    ("SMOOTH3(money, span) + SMOOTHI(money, span*ratio, 5)", "dollar"),
    ("DELAY1(money, span) + DELAY3I(money, span, other money)", "dollar"),
    ("TREND(money, span, 0) + TREND(money, span, ratio/span)", "1/year"),
    ("FORECAST(money, span, span)", "dollar"),
    ("ACTIVE INITIAL(money, other money)", "dollar"),
    ("(money > other money) + (Time <= span) * ratio", "Dmnl"),
]


# a number or a table that stands alone has the unit declared for it
FREE = ("1/3", "-2", "WITH LOOKUP(money, ((0,1),(1,2)))")


@pytest.mark.parametrize(("equation", "unit"), FITTING)
def test_what_fits_is_let_through(make: Make, equation: str, unit: str) -> None:
    assert check_units(make(f"{DECLARED} x = {equation} ~ {unit} ~ |")) == ()


@pytest.mark.parametrize(("equation", "unit"), [case for case in FITTING if case[0] not in FREE])
def test_what_fits_one_unit_fits_no_other(make: Make, equation: str, unit: str) -> None:
    found = check_units(make(f"{DECLARED} x = {equation} ~ ({unit})*barrel ~ |"))
    assert found
    assert {fault.place for fault in found} == {"small.mdl, line 14, x"}


def test_every_function_of_the_language_has_a_rule() -> None:
    assert set(RULES) == set(ARGUMENTS)


WRONG = "correct the equation, or the unit of a variable in it"
SCALE = "divide by a reference value of the same unit"
MISFITS = [
    (
        "money/span",
        "dollar",
        "a right-hand side in dollar/year: 'money/span'",
        "a right-hand side in dollar, the unit of the variable",
        WRONG,
    ),
    (
        "2*(money+span)",
        "dollar",
        "'money+span', where 'money' is in dollar and 'span' is in year",
        "one unit on both sides of +",
        WRONG,
    ),
    (
        "money-1",
        "dollar",
        "'money-1', where 'money' is in dollar and '1' is in Dmnl",
        "one unit on both sides of -",
        "give the number '1' a name and a unit",
    ),
    (
        "IF THEN ELSE(Time > 4, money, 0)",
        "dollar",
        "'Time > 4', where 'Time' is in year and '4' is in Dmnl",
        "one unit on both sides of >",
        "give the number '4' a name and a unit",
    ),
    (
        "IF THEN ELSE(Time > span, money, span)",
        "dollar",
        "'IF THEN ELSE(Time > span, money, span)', where 'money' is in dollar and 'span' is in year",
        "one unit in both branches of IF THEN ELSE",
        WRONG,
    ),
    (
        "IF THEN ELSE(span, money, money)",
        "dollar",
        "'IF THEN ELSE(span, money, money)', where 'span' is in year",
        "dimensionless conditions of IF THEN ELSE",
        SCALE,
    ),
    (
        "IF THEN ELSE(span :OR: ratio, ratio, ratio)",
        "Dmnl",
        "'span :OR: ratio', where 'span' is in year",
        "dimensionless conditions around :OR:",
        SCALE,
    ),
    (
        "MIN(money, span)",
        "dollar",
        "'MIN(money, span)', where 'money' is in dollar and 'span' is in year",
        "arguments of MIN in one unit",
        WRONG,
    ),
    ("EXP(-span)", "Dmnl", "'EXP(-span)', where '-span' is in year", "dimensionless arguments of EXP", SCALE),
    ("2^span", "Dmnl", "'2^span', where 'span' is in year", "dimensionless exponents of ^", SCALE),
    (
        "area^ratio",
        "metre",
        "'area^ratio', where 'area' is in metre^2 and the exponent is no number",
        "a number as the exponent of what has a unit",
        SCALE,
    ),
    (
        "area^(1/0)",
        "metre",
        "'area^(1/0)', where 'area' is in metre^2 and the exponent is no number",
        "a number as the exponent of what has a unit",
        SCALE,
    ),
    (
        "XIDZ(money, span, ratio)",
        "dollar/year",
        "'XIDZ(money, span, ratio)', where 'money/span' is in dollar/year and 'ratio' is in Dmnl",
        "the last argument in the unit of the ratio",
        WRONG,
    ),
    (
        "STEP(money, 5)",
        "dollar",
        "'STEP(money, 5)', where '5' is in Dmnl",
        "times of STEP in year, the unit of Time",
        "give the number '5' a name and a unit",
    ),
    (
        "money*PULSE(span, ratio)",
        "dollar",
        "'PULSE(span, ratio)', where 'ratio' is in Dmnl",
        "times of PULSE in year, the unit of Time",
        WRONG,
    ),
    (
        "RAMP(money, span, span)",
        "dollar",
        "a right-hand side in year*dollar: 'RAMP(money, span, span)'",
        "a right-hand side in dollar, the unit of the variable",
        WRONG,
    ),
    (
        "points(Time)+points(ratio)",
        "dollar",
        "'points(ratio)', where 'ratio' is in Dmnl, while 'x' reads it in year",
        "arguments of 'points' in one unit",
        "correct the argument, or give this equation a table of its own",
    ),
    (
        "WITH LOOKUP(money+span, ((0,1),(1,2)))",
        "dollar",
        "'money+span', where 'money' is in dollar and 'span' is in year",
        "one unit on both sides of +",
        WRONG,
    ),
    (
        "INITIAL(span)",
        "dollar",
        "a right-hand side in year: 'span'",
        "a right-hand side in dollar, the unit of the variable",
        WRONG,
    ),
    (
        "INTEG(money, 5)",
        "dollar",
        "a flow in dollar: 'money'",
        "a flow in dollar/year, the unit of the stock per unit of Time",
        WRONG,
    ),
    (
        "INTEG(money/span, span)",
        "dollar",
        "an initial value in year: 'span'",
        "an initial value in dollar, the unit of the stock",
        WRONG,
    ),
    (
        "money",
        "",
        "no unit",
        "a unit for each variable, Dmnl for a pure number",
        "write the unit after the equation",
    ),
    (
        "money",
        "1000 dollars",
        "the number 1000 in the unit '1000 dollars'",
        "words, 1, *, /, ^ and parentheses, as in billion dollars/(Year*person)",
        "write the unit again",
    ),
]


@pytest.mark.parametrize(("equation", "unit", "got", "expected", "cure"), MISFITS)
def test_what_does_not_fit_is_said_once_with_its_place_and_cure(
    make: Make, equation: str, unit: str, got: str, expected: str, cure: str
) -> None:
    found = check_units(make(f"{DECLARED} x = {equation} ~ {unit} ~ |"))
    assert found == (Fault("small.mdl, line 14, x", got, expected, cure),)


def test_a_delay_time_without_the_unit_of_time_is_found(make: Make) -> None:
    found = check_units(make(f"{DECLARED} x = SMOOTH(money, ratio) ~ dollar ~ |"))
    assert " ".join(map(str, found)) == (
        "small.mdl, line 14, SMOOTH of x #1: got a flow in dollar: '(money-SMOOTH of x #1)/ratio'; expected "
        "a flow in dollar/year, the unit of the stock per unit of Time. "
        "Cure: correct the equation, or the unit of a variable in it."
    )
    assert check_units(make(f"{DECLARED} x = DELAY1(money, ratio) ~ dollar ~ |"))


def test_a_fault_of_an_array_is_said_once(make: Make) -> None:
    array = (
        "place: north, south, west ~ ~ | a[place] = 1, 2, 3 ~ year ~ | b[place] = EXP(a[place]) ~ Dmnl ~ |"
    )
    (fault,) = check_units(make(array))
    assert fault.place == "small.mdl, line 11, b[north]"
    assert fault.got == "'EXP(a[north])', where 'a[north]' is in year"
    swapped = "c[place] = a[place]+IF THEN ELSE(b[place] > 0, 1, 2) ~ year ~ |"
    assert len(check_units(make(array + swapped))) == 2


def test_the_noise_of_an_array_has_its_unit_too(make: Make) -> None:
    array = "place: north, south ~ ~ | a[place] = INTEG(0, 1) ~ Dmnl ~ | a volatility[place] = 1 ~ Dmnl ~ |"
    (fault,) = check_units(make(array))
    assert fault.place == "small.mdl, line 11, a volatility[north]"


def test_a_long_equation_is_cut_in_the_message(make: Make) -> None:
    long = "+".join(["a variable with quite a long name"] * 5)
    equations = f"a variable with quite a long name = 1 ~ Dmnl ~ | x = {long} ~ year ~ |"
    (fault,) = check_units(make(equations))
    assert fault.got.endswith("a variable with quite a long name+a variable with quite a long ...'")
    assert len(fault.got) < 150


def test_all_control_variables_have_the_unit_of_time(make: Make) -> None:
    faults = check_units(make(GROWTH, lambda equations: equations.replace("0.25 ~ year", "0.25 ~ month")))
    step, save = (str(fault) for fault in faults)
    assert step == (
        "small.mdl, line 9, TIME STEP: got the unit month; expected year, the unit of INITIAL TIME. "
        "Cure: declare all control variables in one unit."
    )
    assert save == (
        "small.mdl, line 10, SAVEPER: got a right-hand side in month: 'TIME STEP'; expected a right-hand "
        "side in year, the unit of the variable. Cure: correct the equation, or the unit of a variable in it."
    )


def test_noise_has_the_unit_of_its_stock_per_root_of_time(make: Make) -> None:
    assert check_units(make(NOISY, str)) == ()
    (fault,) = check_units(make(NOISY.replace("size * scale ~ Dmnl/year^0.5", "scale ~ Dmnl"), str))
    assert str(fault).endswith(
        "Shock volatility: got the unit Dmnl; expected 1/square root year, the unit of 'Shock' per square "
        "root of the unit of Time. Cure: declare it in 1/square root year."
    )


def test_a_variable_without_a_unit_is_not_held_against_its_users(make: Make) -> None:
    found = check_units(make("a = 1 ~ ~ | b = a + Time ~ year ~ | c = EXP(b) ~ Dmnl ~ |"))
    assert [(fault.place, fault.got) for fault in found] == [
        ("small.mdl, line 11, a", "no unit"),
        ("small.mdl, line 11, c", "'EXP(b)', where 'b' is in year"),
    ]


def test_all_faults_come_at_once_in_the_order_of_the_file(make: Make) -> None:
    found = check_units(
        make("a = Time ~ ~ |\nb = Time ~ Dmnl ~ |\nc = Time ~ month/ ~ |\nd = Time ~ month ~ |")
    )
    assert [fault.place for fault in found] == [
        f"small.mdl, line {11 + n}, {name}" for n, name in enumerate("abcd")
    ]
