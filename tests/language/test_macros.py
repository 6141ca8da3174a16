"""Macros of Vensim are written out once for each call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.language import Kind, read_text
from latecomer.simulate import load_model
from tests.language.flat import vensim

GROWN = """:MACRO: GROWN(input, rate)
GROWN = INTEG(input * rate * share, 1) ~~|
share = 0.5 ~~|
:END OF MACRO:
"""


def test_each_call_has_a_stock_of_its_own(tmp_path: Path) -> None:
    equations = GROWN + "Q: a, b ~~|\nrate[Q] = 1, 2 ~~|\nx[Q] = GROWN(4, rate[Q]) + GROWN(rate[Q], 0) ~~|"
    model = load_model(vensim(tmp_path, equations))
    stocks = [v.name for v in model.text.variables if v.hidden and v.kind is Kind.STOCK]
    assert stocks == [f"GROWN in GROWN of x[{element}] #{n}" for element in "ab" for n in (1, 2)]
    # what a macro holds as a number is no parameter
    assert [v.name for v in model.text.of_kind(Kind.CONSTANT)] == ["rate[a]", "rate[b]"]
    run = model.run()
    assert set(run.data_vars) == {"rate", "x"}
    time = run["time"].to_numpy()
    np.testing.assert_allclose(run["x"], np.stack([2 + 2 * time, 2 + 4 * time], axis=1), rtol=1e-12)


def test_a_heading_may_follow_a_macro(tmp_path: Path) -> None:
    heading = "********\n .Trade\n********~\n |\n"
    text = read_text(vensim(tmp_path, GROWN + heading + "x = GROWN(1, 2) ~~|"))
    assert text.by_key["x"].sector == "Trade"
    assert text.by_key["x"].line == 13


@pytest.mark.parametrize(
    ("equations", "words"),
    [
        (
            ":MACRO: M(a)\nM = a * other ~~|\n:END OF MACRO:\nother = 1 ~~|\nx = M(1) ~~|",
            "line 9, x: got 'other' inside the macro M, neither an input nor a variable of it",
        ),
        (
            ":MACRO: M(a)\nM = M(a) ~~|\n:END OF MACRO:\nx = M(1) ~~|",
            "line 8, x: got an array or a table inside the macro M",
        ),
        (
            ":MACRO: M(a : b)\nM = a ~~|\nb = a ~~|\n:END OF MACRO:\nx = M(1) ~~|",
            "line 5, M: got the macro M with outputs beside its own value; expected a macro",
        ),
        (
            ":MACRO: M(a)\nb = a ~~|\n:END OF MACRO:\nx = M(1) ~~|",
            "line 5, M: got the macro M with a name twice, with that of a function, or without a value",
        ),
        (
            ":MACRO: SMOOTH(a)\nSMOOTH = a ~~|\n:END OF MACRO:\nx = 1 ~~|",
            "line 5, SMOOTH: got the macro SMOOTH with a name twice, with that of a function",
        ),
        (
            ":MACRO: M(a)\nM = t(a) ~~|\nt((0, 1), (2, 3)) ~~|\n:END OF MACRO:\nx = M(1) ~~|",
            "line 5, M: got the macro M with a range, an array, a table or data",
        ),
        (
            ":MACRO: M(a)\nM = (a ~~|\n:END OF MACRO:\nx = M(1) ~~|",
            "line 5, M: got the macro M with 'M': '(a', which breaks off",
        ),
        (
            GROWN + "x = GROWN(1) ~~|",
            "line 9, x: got the macro GROWN with 1 argument; expected 2 arguments",
        ),
    ],
)
def test_a_macro_in_doubt_is_refused_once(equations: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_text(vensim(tmp_path, equations))
    assert f"small.mdl, {words}" in str(caught.value)
    assert len(caught.value.faults) == 1
