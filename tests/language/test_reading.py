"""What is read from a model text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.language import Kind, key, read_text, write_program
from latecomer.language.analysis import loops, ordered
from latecomer.language.codegen.namespace import NUMPY
from tests.simulate.texts import DRIVEN, LOGIC, SIR, text

SECTORS = text(
    """
********************************************************
	.Human capital
********************************************************~
		People and what they know
	|
Human Capital = INTEG(
	education - \\
		forgetting,
	first) ~ person [0,?] ~ What people
	know. ~ :SUPPLEMENTARY |
"first" = -2.5 ~ person [0,10,1] ~ Start. |
education = 3 ~ person/year ~ Schooling. |
********************************************************
	Loss
********************************************************~
	|
forgetting = human_capital / 10 ~ person/year ~ Loss. |
\\\\\\---/// Sketch information - do not modify anything except names
V300  Do not put anything below this section - it will be ignored
*View 1
"""
)


def write(folder: Path, content: str) -> Path:
    path = folder / "small.mdl"
    path.write_text(content, encoding="utf-8")
    return path


def test_variables_have_their_name_kind_unit_note_limits_and_sector(tmp_path: Path) -> None:
    model = read_text(write(tmp_path, SECTORS))
    found = {v.name: (v.kind.value, v.unit, v.note, v.limits, v.sector) for v in model.variables[4:]}
    assert found == {
        "Human Capital": ("stock", "person", "What people know.", (0, None), "Human capital"),
        "first": ("constant", "person", "Start.", (0, 10), "Human capital"),
        "education": ("constant", "person/year", "Schooling.", (None, None), "Human capital"),
        "forgetting": ("flow", "person/year", "Loss.", (None, None), "Loss"),
    }
    assert {v.sector for v in model.variables[:4]} == {"Control"}
    assert [v.kind for v in model.variables[:4]] == [Kind.CONTROL] * 4


def test_names_are_found_whatever_their_case_and_blanks(tmp_path: Path) -> None:
    model = read_text(write(tmp_path, SECTORS))
    for name in ("human capital", "HUMAN_CAPITAL", "Human  capital"):
        found = model.find(name)
        assert found is not None
        assert found.name == "Human Capital"
    assert model.find("humn capital") is None


def test_variables_know_their_line_and_dependencies(tmp_path: Path) -> None:
    model = read_text(write(tmp_path, SECTORS))
    stock = model.by_key["human_capital"]
    assert SECTORS.splitlines()[stock.line - 1].startswith("Human Capital")
    assert stock.dependencies == ("education", "forgetting", "first")
    assert read_text(write(tmp_path, DRIVEN)).by_key["income"].dependencies == ("time", "income_table")


@pytest.mark.parametrize("content", [SECTORS, DRIVEN, LOGIC, SIR])
def test_every_variable_comes_after_all_it_is_computed_from(tmp_path: Path, content: str) -> None:
    model = read_text(write(tmp_path, content))
    place = {name: i for i, name in enumerate(model.order)}
    assert set(place) == set(model.by_key)
    for variable in model.variables:
        if variable.kind is not Kind.STOCK and variable.name != "start":
            for need in variable.dependencies:
                assert (
                    need == "time"
                    or model.by_key[need].kind is Kind.TABLE
                    or place[need] < place[variable.key]
                )


def test_the_program_is_split_by_what_each_variable_depends_on(tmp_path: Path) -> None:
    extra = "twice = 2 * life ~ year ~ Fixed. |  later = income + life ~ good ~ Timed. |"
    program = write_program(read_text(write(tmp_path, DRIVEN + extra)))
    assert program.fixed_names == ("twice",)
    assert set(program.timed_names) == {"income", "price", "later"}
    assert set(program.auxiliary_names) == {"saving rate", "investment", "value"}
    # the rates need income alone of what depends on time
    assert [program.timed_names[i] for i in program.driver_indices] == ["income"]
    assert program.time_tables == {"income table", "price"}
    assert "price" not in program.source.split("def derivatives")[1].split("def diffusion")[0]


def test_what_no_output_needs_is_left_out(tmp_path: Path) -> None:
    model = read_text(write(tmp_path, DRIVEN))
    assert write_program(model, outputs=["saving_rate"]).auxiliary_names == ("saving rate",)
    assert write_program(model, outputs=[]).auxiliary_names == ()


def test_initial_values_may_follow_from_other_stocks(tmp_path: Path) -> None:
    equations = """
    A = INTEG(0, 2 * half) ~ w ~ a |
    half = B / 2 + Time ~ w ~ h |
    B = INTEG(0, 10) ~ w ~ b |
    kept = INITIAL(A + B) ~ w ~ k |
    """
    program = write_program(read_text(write(tmp_path, text(equations))))
    d = program.timed(3.0, (), (0, 10, 1, 1), (), {}, NUMPY)
    y = program.initial(3.0, (), (0, 10, 1, 1), (), d, {}, NUMPY, {})
    assert dict(zip(program.state_names, y, strict=True)) == {"A": 16.0, "B": 10.0, "kept": 26.0}


@pytest.mark.parametrize(
    ("equation", "value"),
    [
        ("7 - 2 - 1", 4),
        ("8 / 4 / 2", 1),
        ("2 + 3 * 2^3", 26),
        ("-(2 + 1)^2", -9),
        ("-2^2", -4),
        ("3 * -2^2", -12),
        ("(-2)^2", 4),
        ("2^-1", 0.5),
        ("(2^3)^2", 64),
        ("2^(3^2)", 512),
        ("4 - -3", 7),
        ("POWER(-2, 2)", 4),
        ("1.5e-3 * 2E3", 3),
        (".5 + 1.", 1.5),
        ("MIN(3, MAX(-1, 2))", 2),
        ("IF THEN ELSE(1 = 1 :AND: :NOT: (2 <= 1), 5, 6)", 5),
        ("IF THEN ELSE(0, 5, 6)", 6),
        ("IF THEN ELSE((1 > 2 :OR: 2 > 1) :AND: 3 <> 4, 5, 6)", 5),
        ("(2 > 1) + (3 > 1)", 2),
        ("XIDZ(1, 1e-7, 9) + ZIDZ(6, 3)", 11),
        ("MODULO(7, 3) + INTEGER(2.7) + QUANTUM(2.7, 0.5)", 5.5),
        ("LOG(1000, 10)", 3),
        ("EXP(LN(2)) + SQRT(9) + ABS(-4)", 9),
    ],
)
def test_expressions_have_their_value(tmp_path: Path, equation: str, value: float) -> None:
    content = text(f"x = zero + {equation} ~ Dmnl ~ x |  zero = 0 ~ Dmnl ~ z |")
    program = write_program(read_text(write(tmp_path, content)))
    f = program.fixed((0.0,), (0, 10, 1, 1), {}, NUMPY)
    assert float(f[program.fixed_names.index("x")]) == pytest.approx(value, rel=1e-14)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14))
def test_either_an_order_or_a_loop(edges: list[tuple[int, int]]) -> None:
    needs = {str(n): tuple(sorted({str(b) for a, b in edges if a == n})) for n in range(8)}
    found = loops(needs)
    for loop in found:
        for before, after in zip(loop, (*loop[1:], loop[0]), strict=True):
            assert before in needs[after]
    if not found:
        order = ordered(needs)
        assert all(order.index(need) < order.index(name) for name, all_ in needs.items() for need in all_)


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9 _]{0,12}", fullmatch=True))
def test_a_key_stays_the_same_under_case_blanks_and_quotes(name: str) -> None:
    assert key(name) == key(name.upper()) == key(f'"{name}"') == key(key(name)) == key(f" {name} ")


def test_an_xmile_file_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "growth.xmile"
    path.write_text(
        """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><product version="1">x</product></header>
<sim_specs method="Euler" time_units="year"><start>0</start><stop>10</stop><dt>0.25</dt></sim_specs>
<model><variables>
<stock name="Stock"><doc>What is there.</doc><eqn>100</eqn><inflow>growth</inflow><units>w</units></stock>
<flow name="growth"><eqn>rate*Stock</eqn><units>w/year</units></flow>
<aux name="rate"><eqn>0.03</eqn><units>1/year</units></aux>
</variables></model></xmile>
""",
        encoding="utf-8",
    )
    model = read_text(path)
    program = write_program(model)
    assert (program.state_names, program.parameter_names) == (("Stock",), ("rate",))
    assert model.by_key["stock"].note == "What is there."
    rates = program.derivatives(0.0, np.array([100.0]), (0.03,), (0, 10, 0.25, 1), (), (), {}, NUMPY)
    assert rates == (pytest.approx(3.0),)
