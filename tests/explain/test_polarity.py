"""The signs of links, against equations whose slopes are plain and against a foreign program."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.explain.causal import CausalGraph, Link, signed_graph
from latecomer.language import key, read_text
from tests.simulate.texts import SIR, text


def graph_of(folder: Path, content: str) -> CausalGraph:
    path = folder / "small.mdl"
    path.write_text(content, encoding="utf-8")
    return signed_graph(read_text(path))


def signs(graph: CausalGraph) -> dict[tuple[str, str], str]:
    return {(link.cause, link.effect): link.sign for link in graph.links}


# x runs from -5 to 5, y from 1 to 2
PLAIN = """
x = Time - 5 ~ Dmnl ~ |
y = 1 + Time / 10 ~ Dmnl ~ |
Some stock = INTEG(0, 1) ~ Dmnl ~ |
"""


@pytest.mark.parametrize(
    ("equation", "sign_in_x", "sign_in_y"),
    [
        ("x - y", "+", "−"),
        ("x * y", "+", "?"),
        ("y / (x + 6)", "−", "+"),
        ("x * x - y", "?", "−"),
        ("MAX(x, y)", "+", "+"),
        ("IF THEN ELSE(x > 0, y, -y)", "+", "?"),
        ("EXP(-x) * SQRT(y)", "−", "+"),
        ("XIDZ(y, x, 0)", "?", "?"),
        ("points(x) + LN(y)", "?", "+"),
        ("x * 0 + y ^ 2", "", "+"),
    ],
)
def test_a_sign_is_that_of_the_slope_along_the_run(
    tmp_path: Path, equation: str, sign_in_x: str, sign_in_y: str
) -> None:
    content = text(f"{PLAIN}\npoints((-5,0),(0,3),(5,1)) ~ Dmnl ~ |\nz = {equation} ~ Dmnl ~ |")
    found = signs(graph_of(tmp_path, content))
    assert (found["x", "z"], found["y", "z"]) == (sign_in_x, sign_in_y)


def test_what_a_threshold_keeps_asleep_has_the_sign_that_it_would_have(tmp_path: Path) -> None:
    content = text(f"{PLAIN}\nz = MAX(0, y - 2.5) - MIN(0, 7 - y) ~ Dmnl ~ |")
    assert graph_of(tmp_path, content).links == (Link("y", "z", "+", dormant=True),)


def test_rounding_is_no_effect(tmp_path: Path) -> None:
    content = text(f"{PLAIN}\nz = (x + 1e6 * y) - 1e6 * y ~ Dmnl ~ |")
    assert signs(graph_of(tmp_path, content)) == {("x", "z"): "+", ("y", "z"): ""}


def test_of_a_stock_the_net_flow_counts(tmp_path: Path) -> None:
    content = text(f"{PLAIN}\nS = INTEG(y - S / 4, 9) ~ Dmnl ~ |")
    assert graph_of(tmp_path, content).links == (
        Link("y", "S", "+", delayed=True),
        Link("S", "S", "−", delayed=True),
    )


def test_signs_multiply_along_the_stocks_behind_a_delay(tmp_path: Path) -> None:
    content = text(f"{PLAIN}\nz = 3 - DELAY3(y, 2) ~ Dmnl ~ |\nw = SMOOTH(-x, 1) ~ Dmnl ~ |")
    found = signs(graph_of(tmp_path, content))
    assert (found["y", "z"], found["x", "w"]) == ("−", "−")


def test_elements_of_an_array_that_disagree_make_a_sign_that_changes(tmp_path: Path) -> None:
    content = text(
        f"{PLAIN}\npart : one, two ~ ~ |\nz[one] = y ~ Dmnl ~ |\nz[two] = -y ~ Dmnl ~ |\n"
        "w[part] = 2 * y ~ Dmnl ~ |"
    )
    found = signs(graph_of(tmp_path, content))
    assert (found["y", "z"], found["y", "w"]) == ("?", "+")


def test_a_lever_never_used_hides_no_sign(tmp_path: Path) -> None:
    content = text(
        """
lever = 0 * Time ~ one ~ Never used. |
harm = Time + 1 ~ one ~ Grows. |
effect = lever * harm - lever * 3 ~ one ~ Nothing comes of it. |
far = MAX(0, harm - 30) ~ one ~ Far beyond what the run reaches. |
"""
    )
    graph = graph_of(tmp_path, content)
    assert [(link.sign, link.dormant) for link in graph.links if link.cause == "harm"] == [
        ("+", True),
        ("+", True),
    ]


def test_the_epidemic_has_its_textbook_signs(tmp_path: Path) -> None:
    assert signs(graph_of(tmp_path, SIR)) == {
        ("infection", "Susceptible"): "−",
        ("infection", "Infectious"): "+",
        ("recovery", "Infectious"): "−",
        ("recovery", "Recovered"): "+",
        ("Susceptible", "infection"): "+",
        ("Infectious", "infection"): "+",
        ("Infectious", "recovery"): "+",
    }


@pytest.mark.slow
def test_simlin_sees_the_same_signs_in_the_reference_model(root: Path) -> None:
    import simlin

    path = root / "model" / "latecomer.mdl"
    ours = {(key(a), key(b)): sign for (a, b), sign in signs(signed_graph(read_text(path))).items()}
    theirs = {
        (link.from_var, link.to_var): str(link.polarity)
        for link in simlin.load(path).get_links()
        if str(link.polarity) in "+-"
    }
    both = {pair: (ours[pair], sign.replace("-", "−")) for pair, sign in theirs.items() if pair in ours}
    assert len(both) > 150
    against = {pair for pair, seen in both.items() if set(seen) == {"+", "−"}}
    assert against == set()


@pytest.mark.slow  # over the whole model; signs of small texts are quick
def test_every_link_of_the_reference_model_has_a_sign(root: Path) -> None:
    graph = signed_graph(read_text(root / "model" / "latecomer.mdl"))
    assert [link for link in graph.links if not link.sign] == []
