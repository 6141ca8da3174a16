"""The print of some runs: the same bytes twice, and words that stay words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from latecomer.report.pages.runs import content, typeset
from tests.report.made_up import SHARP
from tests.report.made_up_runs import part, runs_page

pytest.importorskip("typst", reason="printing needs the extra: latecomer[pdf]")


def test_the_print_is_a_whole_pdf_without_a_date_and_the_same_twice() -> None:
    held = typeset(runs_page())
    assert held.startswith(b"%PDF-")
    assert held.rstrip().endswith(b"%%EOF")
    assert b"CreationDate" not in held
    assert typeset(runs_page()) == held


def test_another_line_with_the_date_gives_another_print() -> None:
    later = replace(runs_page(), generated="Made on 27 November 2026.")
    assert typeset(runs_page()) != typeset(later)


def test_every_chart_of_the_page_is_printed() -> None:
    (country,) = content(runs_page())["countries"]
    shown = [*country["paths"], *country["differences"], *country["fit"], country["chances"]]
    shown += [panel for sector in country["sectors"] for panel in sector["panels"]]
    assert len(shown) == 5
    assert all(panel["svg"].startswith("<svg") for panel in shown)
    assert country["fit"][0]["score"] == "NRMSD 0.050, tolerance 0.040: falls short"


def test_a_page_of_several_countries_and_of_a_single_run_is_set() -> None:
    single = replace(part(), runs=part().runs[:1], differences=[], chances=None, chances_table=None)
    page = replace(runs_page(), countries=[single, part("BRA")])
    assert typeset(page).startswith(b"%PDF-")


def test_words_reach_the_print_as_they_are() -> None:
    page = content(runs_page())
    assert SHARP in page["title"]
    assert page["countries"][0]["wrong"] == [SHARP]
