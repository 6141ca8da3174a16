"""Causal diagrams: every name legible, every link with its sign, for every reader."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.explain.causal import CausalGraph, Link, Node, signed_graph
from latecomer.language import Kind, read_text
from latecomer.report.charts.causal import LETTERS, LINE, Layout, layout, sector_diagram, style
from latecomer.report.charts.diagrams import sector_overview, write_diagrams
from latecomer.report.charts.layered_layout import width

SVG = {"s": "http://www.w3.org/2000/svg"}
Rectangle = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def reference(root: Path) -> CausalGraph:
    return signed_graph(read_text(root / "model" / "latecomer.mdl"))


def node(name: str, kind: Kind = Kind.AUXILIARY, sector: str = "one") -> Node:
    return Node(name, kind, sector, "unit", "Note.", ())


def graph_of(names: dict[str, Kind], links: list[Link], others: tuple[str, ...] = ()) -> CausalGraph:
    nodes = {name: node(name, kind) for name, kind in names.items()}
    return CausalGraph(nodes | {name: node(name, sector="two") for name in others}, tuple(links))


def overlaps(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def words(svg: str) -> list[tuple[str, Rectangle]]:
    """Every text of a diagram with the room it takes at most, moved to where its groups put it."""
    found: list[tuple[str, Rectangle]] = []

    def look(element: ElementTree.Element, dx: float, dy: float) -> None:
        moved = re.match(r"translate\(([-\d.]+) ([-\d.]+)\)", element.get("transform", ""))
        if moved:
            dx, dy = dx + float(moved[1]), dy + float(moved[2])
        if element.tag.endswith("}text") and element.text:
            size = {"title": 20.0, "small": 12.0}.get(element.get("class", "").split()[0], LETTERS)
            wide = width(element.text, size)
            x, y = float(element.get("x", "0")) + dx, float(element.get("y", "0")) + dy
            x -= wide * {"middle": 0.5, "end": 1.0}.get(element.get("text-anchor", ""), 0.0)
            found.append((element.text, (x, y - 0.75 * size, x + wide, y + 0.22 * size)))
        for child in element:
            look(child, dx, dy)

    look(ElementTree.fromstring(svg), 0.0, 0.0)
    return found


def assert_legible(svg: str) -> None:
    size = ElementTree.fromstring(svg)
    room = (0.0, 0.0, float(size.get("width", "0")), float(size.get("height", "0")))
    texts = words(svg)
    for text, box in texts:
        assert min(box) >= 0, text
        assert box[2] <= room[2], text
        assert box[3] <= room[3], text
    clashes = [(a, b) for (a, one), (b, other) in combinations(texts, 2) if overlaps(one, other)]
    assert clashes == []


def assert_no_line_through_a_name(plan: Layout) -> None:
    for box in plan.boxes.values():
        for x1, x2, y in plan.levels:
            through = x1 < box.right and x2 > box.left and abs(y - box.middle) < LINE * len(box.lines) / 2
            assert not through, box.name


SECTORS = [
    "World",
    "People",
    "Policy",
    "Policy space",
    "Discipline",
    "Capability",
    "Goods",
    "Labour",
    "Environment and consumption",
    "Prices",
    "Trade",
    "Value chains",
    "Production networks",
    "Government",
    "Missions and technology",
    "Balance of payments",
    "External debt",
]


def test_the_sectors_looked_at_are_all(reference: CausalGraph) -> None:
    assert list(reference.sectors) == SECTORS


@pytest.mark.parametrize("sector", SECTORS)
def test_the_names_of_each_sector_stand_apart_and_within_the_paper(
    reference: CausalGraph, sector: str
) -> None:
    assert_legible(sector_diagram(reference, sector))
    assert_no_line_through_a_name(layout(reference.within(sector), sector))


@pytest.mark.parametrize("sector", SECTORS)
def test_every_variable_and_every_link_of_a_sector_is_drawn(reference: CausalGraph, sector: str) -> None:
    svg = sector_diagram(reference, sector)
    part = reference.within(sector)
    plan = layout(part, sector)
    drawn = {box.name for box in plan.boxes.values()} | set(plan.alone)
    assert drawn == set(part.nodes)
    ends = [hop.link for hop in plan.hops if hop.link is not None]
    assert sorted(ends, key=str) == sorted((k for k in part.links if k.cause != k.effect), key=str)
    kinds = ("delayed", "initial", "dormant")
    legend = len({link.sign for link in part.links})
    legend += sum(any(getattr(link, kind) for link in part.links) for kind in kinds)
    assert svg.count('text class="sign') == len(part.links) + legend


def test_the_overview_is_legible_and_counts_the_links(reference: CausalGraph) -> None:
    svg = sector_overview(reference)
    assert_legible(svg)
    counts = reference.between_sectors()
    told = re.findall(r"<g><title>(.+) on (.+): (\d+) links?</title>", svg)
    assert {(a, b): int(n) for a, b, n in told} == counts
    widths = [float(w) for w in re.findall(r'class="among" stroke-width="([\d.]+)" d="M[^"]*L', svg)]
    assert widths == sorted(widths)
    assert widths[-1] > 4 * widths[0]


KINDS = st.sampled_from([Kind.STOCK, Kind.FLOW, Kind.AUXILIARY])


@st.composite
def made_up(draw: st.DrawFn) -> CausalGraph:
    """A sector of thirty variables: links among auxiliaries run forward, those into stocks anywhere."""
    names = [f"{'long ' * draw(st.integers(0, 4))}name {i}" for i in range(30)]
    kinds = {name: draw(KINDS) for name in names}
    others = tuple(f"foreign {i}" for i in range(8))
    pairs = draw(st.sets(st.tuples(st.integers(0, 37), st.integers(0, 29)), max_size=70))
    every = [*names, *others]
    links = [
        Link(every[a], names[b], draw(st.sampled_from("+−?")), delayed=kinds[names[b]] is Kind.STOCK)
        for a, b in sorted(pairs)
        if a < b or a > 29 or kinds[names[b]] is Kind.STOCK
    ]
    return graph_of(kinds, links, others)


@given(made_up())
@settings(max_examples=25)
def test_a_sector_of_thirty_variables_stays_legible(graph: CausalGraph) -> None:
    assert_legible(sector_diagram(graph, "one"))
    assert_no_line_through_a_name(layout(graph.within("one"), "one"))


def test_stocks_flows_and_names_of_other_sectors_can_be_told_apart() -> None:
    names = {"level": Kind.STOCK, "change": Kind.FLOW, "wish": Kind.AUXILIARY}
    links = [
        Link("change", "level", "−", delayed=True),
        Link("wish", "change", "+"),
        Link("far", "wish", "?"),
        Link("wish", "level", "+", delayed=True),
    ]
    svg = sector_diagram(graph_of(names, links, ("far",)), "one")
    assert svg.count('<rect class="stock"') == 1
    assert svg.count('class="bore"') == 1
    assert svg.count('class="bar plus"') == 2  # one in the key
    assert [text for text, _ in words(svg)].count("<far>") == 1


def test_a_stock_that_acts_on_itself_has_an_arrow_around_its_sign() -> None:
    svg = sector_diagram(graph_of({"level": Kind.STOCK}, [Link("level", "level", "−", delayed=True)]), "one")
    assert svg.count('class="loop minus"') == 1


def test_names_are_escaped() -> None:
    names = {'a<b & "c"': Kind.AUXILIARY, "d>e": Kind.AUXILIARY}
    svg = sector_diagram(graph_of(names, [Link(*names, "+")]), "R&D <x>")
    shown = [text for text, _ in words(svg)]
    assert {"R&D <x>"} <= set(shown)


def test_a_screen_reader_hears_title_and_links() -> None:
    names = {"wage": Kind.AUXILIARY, "profit": Kind.AUXILIARY}
    svg = ElementTree.fromstring(sector_diagram(graph_of(names, [Link("wage", "profit", "−")]), "one"))
    assert svg.get("role") == "img"
    assert svg.findtext("s:title", "", SVG) == "one: causal diagram"
    assert svg.findtext("s:desc", "", SVG) == "profit (auxiliary) falls with wage."


def test_colours_follow_the_screen_and_signs_differ_by_more_than_colour(reference: CausalGraph) -> None:
    assert "@media (prefers-color-scheme: dark)" in style()
    assert "@media" not in style(dark=True)
    svg = sector_diagram(reference, "Capability")
    assert {text for text, _ in words(svg)} >= {"+", "−"}


def test_the_same_graph_gives_the_same_text(reference: CausalGraph) -> None:
    assert sector_diagram(reference, "Trade") == sector_diagram(reference, "Trade")


def test_other_programs_can_draw_it(reference: CausalGraph) -> None:
    assert vl_convert.svg_to_png(sector_diagram(reference, "Discipline")).startswith(b"\x89PNG")


@pytest.mark.slow
def test_files_are_named_after_their_sectors(tmp_path: Path, reference: CausalGraph) -> None:
    written = write_diagrams(reference, tmp_path / "out")
    assert [path.name for path in written][-3:] == [
        "balance-of-payments.svg",
        "external-debt.svg",
        "links-among-sectors.svg",
    ]
    assert [path.name for path in write_diagrams(reference, tmp_path, "goods")] == ["goods.svg"]


def test_an_unknown_sector_is_refused_with_the_nearest(tmp_path: Path, reference: CausalGraph) -> None:
    with pytest.raises(InputError) as caught:
        write_diagrams(reference, tmp_path, "good")
    assert str(caught.value) == (
        "--sector: got 'good'; expected a sector of the model. Cure: write the nearest name: 'Goods'."
    )
