"""Random expressions have the value that Python's own arithmetic gives them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from latecomer.language.grammar import VENSIM, XMILE, parse, parse_points
from latecomer.language.source import Apply, Literal, Name, Operation, Points, Unreadable
from latecomer.simulate import load_model
from tests.language.flat import vensim

# an expression as the model language writes it, and as Python does
Pair = tuple[str, str]
NUMBERS = st.floats(0.1, 9.0).map(lambda value: (f"{value:.3f}", f"{value:.3f}"))
NAMES = st.sampled_from([("alpha", "2.5"), ("Beta  Two", "-1.25"), ("TIME", "0.0")])


def _joined(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def signed(sign: str, pair: Pair) -> Pair:
        return f"{sign}{pair[0]}", f"{sign}{pair[1]}"

    def binary(a: Pair, sign: str, b: Pair) -> Pair:
        return f"{a[0]} {sign} {b[0]}", f"{a[1]} {sign} {b[1]}"

    def power(a: Pair, n: int) -> Pair:
        return f"({a[0]})^{n}", f"({a[1]})**{n}"

    def choice(a: Pair, sign: str, b: Pair, c: Pair) -> Pair:
        text = f"IF THEN ELSE({a[0]} {sign} {b[0]}, {b[0]}, {c[0]})"
        return text, f"(({b[1]}) if ({a[1]}) {sign} ({b[1]}) else ({c[1]}))"

    return st.one_of(
        inner.map(lambda pair: (f"({pair[0]})", f"({pair[1]})")),
        st.builds(signed, st.sampled_from("+-"), inner.map(lambda p: (f"({p[0]})", f"({p[1]})"))),
        st.builds(binary, inner, st.sampled_from("+-*"), inner),
        st.builds(power, inner, st.integers(1, 3)),
        st.builds(choice, inner, st.sampled_from(["<", ">", "<=", ">="]), inner, inner),
        st.builds(lambda a, b: (f"MIN({a[0]}, {b[0]})", f"min({a[1]}, {b[1]})"), inner, inner),
        st.builds(lambda a: (f"ABS({a[0]})", f"abs({a[1]})"), inner),
        st.builds(lambda a: (f"EXP(-ABS({a[0]}))", f"exp(-abs({a[1]}))"), inner),
    )


EXPRESSIONS = st.recursive(st.one_of(NUMBERS, NAMES), _joined, max_leaves=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(EXPRESSIONS)
def test_an_expression_has_its_value(tmp_path: Path, pair: Pair) -> None:
    text, python = pair
    expected = eval(python, {"__builtins__": {}}, {"min": min, "abs": abs, "exp": math.exp})
    names = "alpha = 2.5 ~~|\nbeta two = -1.25 ~~|\n"
    run = load_model(vensim(tmp_path, f"{names}x = {text} ~~|")).run(years=(0, 0.25), backend="numpy")
    assert float(run["x"][0]) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_names_keep_their_blanks_and_numbers_their_exponents() -> None:
    assert parse("human capital - 2.5e-1", VENSIM) == Operation("-", (Name("human capital"), Literal(0.25)))
    assert parse('"a (b)" * x\'s', VENSIM) == Operation("*", (Name("a (b)"), Name("x's")))
    assert parse("IF a THEN b ELSE c", XMILE) == Apply("if then else", (Name("a"), Name("b"), Name("c")))
    assert parse('"two\\nlines"', XMILE) == Name("two lines")
    assert parse("x[north, Sector!]", VENSIM) == Name("x", ("north", "Sector!"))


def test_points_may_follow_their_range_or_stand_in_two_rows() -> None:
    expected = Points((0.0, 2.0), (1.0, -3.0))
    for text in ("([(0,0)-(9,9),(1,1)],(0,1),(2,-3))", "((0,1),(2,-3))", "(0,2,1,-3)"):
        assert parse_points(text, VENSIM) == expected


@pytest.mark.parametrize(
    "text", ["", "1 +", "* 2", "(1", "1)", "a b(", "f(,)", "x[", "x[a", "3 4", "1 = = 2", "a ? b", "2x"]
)
def test_what_is_no_expression_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse(text, VENSIM)
