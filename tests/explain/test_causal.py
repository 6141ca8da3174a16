"""Which variables act on which."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.explain.causal import CausalGraph, Link, causal_graph
from latecomer.language import Kind, read_text
from tests.simulate.texts import text

HEADING = "*****\n\t.{}\n*****~\n\t\tNote.\n\t|\n"
SECTORS = text(
    HEADING.format("People")
    + """
Population = INTEG(births - deaths, first) ~ person ~ Alive. |
births = birth rate * Population ~ person/year ~ Born. |
deaths = Population / life ~ person/year ~ Died. |
life = life table(income) ~ year ~ Longer with income. |
life table((0,40),(10,70)) ~ year ~ Points. |
birth rate = 0.03 ~ 1/year ~ Constant. |
first = 10 + 0 * output ~ person ~ At first. |
"""
    + HEADING.format("Goods")
    + """
income = output / Population ~ good ~ A head. |
output = STEP(30, 3) + 20 ~ good ~ Made. |
usual output = SMOOTH(output, 2) ~ good ~ Remembered. |
held = INITIAL(income + output) ~ good ~ Kept. |
"""
)


def graph_of(folder: Path, content: str) -> CausalGraph:
    path = folder / "small.mdl"
    path.write_text(content, encoding="utf-8")
    return causal_graph(read_text(path))


@pytest.fixture
def graph(tmp_path: Path) -> CausalGraph:
    return graph_of(tmp_path, SECTORS)


def test_links_run_from_what_an_equation_reads_and_not_from_constants_or_tables(graph: CausalGraph) -> None:
    found = {(link.cause, link.effect) for link in graph.links}
    assert {pair for pair in found if pair[1] in ("births", "life")} == {
        ("Population", "births"),
        ("income", "life"),
    }
    assert graph.nodes["births"].constants == ("birth rate",)
    assert "life table" not in graph.nodes


def test_an_initial_value_acts_on_no_stock_but_delays_do(graph: CausalGraph) -> None:
    into = {link.cause: link.delayed for link in graph.links if link.effect == "Population"}
    assert into == {"births": True, "deaths": True}


def test_smooth_is_one_delayed_link(graph: CausalGraph) -> None:
    assert [link for link in graph.links if link.effect == "usual output"] == [
        Link("output", "usual output", delayed=True)
    ]
    assert not any("SMOOTH" in name for name in graph.nodes)


def test_what_is_read_at_the_start_only_is_marked(graph: CausalGraph) -> None:
    assert {(link.cause, link.effect) for link in graph.links if link.initial} == {
        ("income", "held"),
        ("output", "held"),
    }


def test_a_sector_shows_its_links_and_the_names_that_come_from_others(graph: CausalGraph) -> None:
    goods = graph.within("Goods")
    assert list(goods.nodes) == ["income", "output", "usual output", "held", "Population"]
    assert {link.effect for link in goods.links} == {"income", "usual output", "held"}


def test_links_among_sectors_are_counted(graph: CausalGraph) -> None:
    assert graph.sectors == ("People", "Goods")
    assert graph.between_sectors() == {("Goods", "People"): 2, ("People", "Goods"): 1}
    assert graph.readers("income") == ("People",)


def test_an_array_is_one_variable(tmp_path: Path) -> None:
    arrays = text(
        """
industry : steel, cars ~ ~ |
Stock[industry] = INTEG(made[industry], 1) ~ good ~ Kept. |
made[steel] = 1 - Stock[cars] ~ good/year ~ Made. |
made[cars] = Stock[steel] * rate[cars] ~ good/year ~ Made. |
rate[industry] = 1, 2 ~ 1/year ~ Constant. |
total = SUM(Stock[industry!]) ~ good ~ Sum. |
"""
    )
    found = graph_of(tmp_path, arrays)
    assert {name: node.kind for name, node in found.nodes.items()} == {
        "Stock": Kind.STOCK,
        "made": Kind.FLOW,
        "total": Kind.AUXILIARY,
    }
    assert [(link.cause, link.effect) for link in found.links] == [
        ("made", "Stock"),
        ("Stock", "made"),
        ("Stock", "total"),
    ]
    assert found.nodes["made"].constants == ("rate",)
