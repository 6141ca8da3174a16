"""Stocks and flows of XMILE that are never negative: known answers, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.language import read_text
from latecomer.simulate import load_model
from tests.language.flat import ours, write_xmile, xmile

FLOW = '<flow name="{}"><eqn>{}</eqn>{}</flow>\n'


def stock(name: str, inside: str, start: str = "3") -> str:
    return f'<stock name="{name}"><eqn>{start}</eqn>{inside}</stock>\n'


def ways(inflow: str = "", outflow: str = "") -> str:
    found = f"<inflow>{inflow}</inflow>" if inflow else ""
    return found + (f"<outflow>{outflow}</outflow>" if outflow else "")


HELD = "<non_negative/>"


@pytest.mark.parametrize(
    ("variables", "place", "words"),
    [
        (
            stock("S", ways("f") + HELD) + FLOW.format("f", "-1", ""),
            "line 5, S",
            "the non-negative stock 'S', whose inflow 'f' may be negative; expected inflows",
        ),
        (
            stock("S", ways("", "f") + HELD) + stock("T", ways("", "f")) + FLOW.format("f", "1", ""),
            "line 7, f",
            "a flow that leaves 'S' and 'T', of which 'S' is non-negative; expected a flow that leaves one",
        ),
        (
            stock("S", ways("", "f") + HELD) + stock("T", ways("", "f") + HELD) + FLOW.format("f", "1", ""),
            "line 7, f",
            "a flow that leaves 'S' and 'T', of which 'S' is non-negative; expected a flow that leaves one",
        ),
        (
            stock("S", ways("f", "f") + HELD) + FLOW.format("f", "1", HELD),
            "line 5, S",
            "the flow 'f' twice at the non-negative stock 'S'; expected each flow once",
        ),
        (
            stock("S", ways("", "f") + HELD) + '<aux name="f"><eqn>1</eqn></aux>',
            "line 5, S",
            "'f' as a flow of the non-negative stock 'S'; expected a flow element",
        ),
        (
            stock("S", HELD, "-5"),
            "line 5, S",
            "the initial value -5 of a non-negative stock; expected an initial value of 0 or more",
        ),
        (
            stock("S", "<non_negative>0</non_negative>"),
            "line 5, S",
            "'0' in non_negative; expected true, false or nothing",
        ),
        (
            FLOW.format("f", "1", "<non_negative>maybe</non_negative>"),
            "line 5, f",
            "'maybe' in non_negative; expected true, false or nothing",
        ),
    ],
)
def test_a_limit_that_programs_read_in_different_ways(
    variables: str, place: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        read_text(xmile(tmp_path, variables))
    assert f"small.xmile, {place}: got {words}" in str(caught.value)


def test_an_initial_value_below_zero_that_only_the_run_knows_makes_it_fail(tmp_path: Path) -> None:
    variables = stock("S", HELD, "5 - k") + '<aux name="k"><eqn>{}</eqn></aux>'
    assert ours(xmile(tmp_path, variables.format("4")))["s"][-1] == 1.0
    with pytest.raises(InputError, match=r"got 'S' = nan at 0; expected finite numbers"):
        ours(xmile(tmp_path, variables.format("6")))


def with_rules(folder: Path, rules: str, variables: str, inner: str = "") -> Path:
    path = xmile(folder, variables)
    text = path.read_text()
    text = text.replace("<dimensions>", f"<behavior>{rules}</behavior><dimensions>", 1)
    inside = f"<model><behavior>{inner}</behavior>" if inner else "<model>"
    path.write_text(text.replace("<model>", inside, 1))
    return path


DRAINED = stock("S", ways("", "f")) + FLOW.format("f", "1", "") + FLOW.format("g", "-1", "")


@pytest.mark.parametrize(
    ("rules", "inner", "last", "uniflow"),
    [
        ("", "", -5.0, -1.0),
        ("<flow><non_negative/></flow>", "", -5.0, 0.0),
        ("<non_negative/>", "<stock><non_negative>false</non_negative></stock>", -5.0, 0.0),
    ],
)
def test_a_rule_for_all_is_the_same_as_one_for_each(
    rules: str, inner: str, last: float, uniflow: float, tmp_path: Path
) -> None:
    found = ours(with_rules(tmp_path, rules, DRAINED, inner))
    assert (found["s"][-1], found["g"][-1]) == (last, uniflow)


def test_the_own_word_of_a_stock_goes_before_the_rule(tmp_path: Path) -> None:
    own = DRAINED.replace("</stock>", "<non_negative>false</non_negative></stock>")
    assert ours(with_rules(tmp_path, "<non_negative/>", own))["s"][-1] == -5.0


@pytest.mark.parametrize(
    ("rules", "inner"),
    [
        ("<non_negative/>", ""),
        ("<stock><non_negative/></stock>", ""),
        ("", "<stock><non_negative/></stock>"),
    ],
)
def test_a_rule_for_all_stocks_is_refused(rules: str, inner: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_text(with_rules(tmp_path, rules, DRAINED, inner))
    assert str(caught.value).endswith(
        "S: got a behavior that makes every stock non-negative; expected non_negative in each stock that "
        "needs it. Cure: write it into the stock: programs differ in what such a rule does to the flows."
    )


def test_another_rule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 3, behavior: got a behavior of aux; expected non_negative"):
        read_text(with_rules(tmp_path, "<aux><non_negative/></aux>", DRAINED))


def test_a_limit_of_the_start_is_written_too(tmp_path: Path) -> None:
    path = xmile(tmp_path, stock("S", HELD, "5 - k") + '<aux name="k"><eqn>4</eqn></aux>')
    back = load_model(write_xmile(load_model(path).text, tmp_path / "back.xmile"))
    assert float(back.run(backend="numpy")["S"][0]) == 1.0
