"""The guide to the model: its parts, its tables, its numbers."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from latecomer.evaluation.ablation import Ablation, Effect
from latecomer.report.pages.model_guide import (
    ModelPage,
    RowPart,
    SectorPart,
    VariablePart,
    VariantPart,
    change,
    parts,
    render_model,
    rounded,
)
from latecomer.study.mechanisms import Case
from latecomer.study.scenarios import LeverChange

LEARNING = VariablePart("learning", "1/Year", "By doing | a_b. (A1)", 40)
ROW = RowPart(
    id="A1",
    title="Firms learn",
    shows="no learning, no growth",
    seeds=["someone1990"],
    equations=[LEARNING],
    levers=["support", "openness"],
    switch="learning switch",
    test="../tests/mechanisms/test_a1.py",
)


def page(rows: list[RowPart], ablations: list[Ablation], variants: list[VariantPart]) -> ModelPage:
    sectors = [SectorPart("Capability", "How firms learn.", "diagrams/capability.svg", [LEARNING])]
    return ModelPage("small.mdl", "diagrams/overview.svg", rows, sectors, variants, ablations)


def full() -> str:
    case = Case(
        country="KHM",
        year=2000,
        levers={"support": LeverChange(year=1995, level=1.0)},
        parameters={"pace": 0.25},
    )
    one = Ablation(
        "A1", case, "none", Effect("learning", "1/Year", 0.5, 0.0), Effect("head", "Dmnl", 2.0, 1.0)
    )
    whole = page([ROW], [one], [VariantPart("with it", "Moves", "reference", {"s": 0.0})])
    return render_model(replace(whole, head="head"))


def test_a_row_is_one_line_with_links() -> None:
    (line,) = [line for line in full().splitlines() if line.startswith("| A1 | Firms learn")]
    assert line == (
        "| A1 | Firms learn | [`learning`](small.mdl#L40) | `support`, `openness` | `learning switch` |"
        " [test_a1.py](../tests/mechanisms/test_a1.py) |"
    )


def test_what_a_removal_does_stands_in_one_line() -> None:
    line = "| A1 | KHM 2000, support 1 from 1995, pace 0.25 | none | learning | 0.5 | 0 | −100 % | −50 % |"
    assert line in full().splitlines()


def test_words_of_the_model_are_no_signs_of_the_page() -> None:
    assert "| [`learning`](small.mdl#L40) | 1/Year | By doing \\| a\\_b. (A1) |" in full().splitlines()


def test_the_variables_of_a_sector_are_folded_under_its_diagram() -> None:
    part = parts(full())["Sectors, Capability"]
    assert re.search(r"How firms learn\.\n\n!\[[^]]+\]\(diagrams/capability\.svg\)\n\n<details>\n", part)
    assert part.rstrip().endswith("</details>")


def test_what_a_study_lacks_is_left_out() -> None:
    bare = parts(render_model(page([], [], [])))
    assert list(bare) == ["introduction", "Sectors", "Sectors, Capability"]
    assert list(parts(full())) == [
        "introduction",
        "Find a mechanism",
        "What each mechanism does",
        "Variants",
        "Sectors",
        "Sectors, Capability",
    ]


def test_every_row_of_a_table_has_the_cells_of_its_head() -> None:
    for table in re.findall(r"(?:^\|.*\n)+", full(), re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1, table


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (99.95, "100"), (0.0009996, "0.001"), (123456.0, "123,000"), (-1.005e-6, "−0.000001")],
)
def test_numbers_have_three_digits_that_count(value: float, shown: str) -> None:
    assert rounded(value)[: len(shown)] == shown


@pytest.mark.parametrize(
    ("effect", "shown"),
    [
        (Effect("x", "Dmnl", 1.0, 1.00001), "0 %"),
        (Effect("x", "Dmnl", 1.0, 0.999), "−0.1 %"),
        (Effect("x", "Dmnl", 1.0, 13.5), "+1,250 %"),
        (Effect("x", "dollars", 0.0, 0.0), "0 dollars"),
        (Effect("x", "Dmnl", -0.5, 0.5), "+1"),
    ],
)
def test_changes_are_in_per_cent_or_in_the_unit(effect: Effect, shown: str) -> None:
    assert change(effect) == shown
