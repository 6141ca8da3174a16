"""A report on runs says what the runs say: middles, chances, differences and what cannot be told apart."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup

from latecomer.errors import InputError
from latecomer.report.content import CountryPart, OutcomeRow, RunsPage
from latecomer.report.live import page, payload
from latecomer.report.pages.runs import load_runs, render_runs, report_runs, runs_page
from latecomer.runs.store import find_runs, run_manifest, save_run
from latecomer.study.study import Study
from tests.report.pages.test_study import Page
from tests.runs.made_runs import YEARS, credit, lay_run, level, paths


def page_of(study: Study, *folders: Path) -> RunsPage:
    return runs_page(study, load_runs(study, find_runs(folders)))


def part_of(study: Study, *folders: Path) -> CountryPart:
    (part,) = page_of(study, *folders).countries
    return part


def row(part: CountryPart, name: str) -> OutcomeRow:
    return next(one for one in part.outcomes if one.name.startswith(name))


@pytest.mark.slow  # over the whole fit
def test_a_run_of_a_fit_has_the_scores_of_the_check(whole: Study, tmp_path: Path) -> None:
    run = whole.run("KOR")
    folder = save_run(run, run_manifest(whole, run, whole.spec("KOR")), tmp_path / "run")
    found = {panel.name: panel.score.nrmsd for panel in part_of(whole, folder).fit if panel.score}
    assert found == {score.series: score.nrmsd for score in whole.score("reference", ["KOR"])}
    assert set(found) == {"log output", "imports/output"}


def test_draws_are_scored_by_their_middle(whole: Study, tmp_path: Path) -> None:
    figures = whole.observations.series("KOR", "imports/output").loc[1960:1990]
    exact = np.interp(YEARS, figures.index, figures)
    around = np.stack([exact - 0.1, exact, exact + 0.2])
    part = part_of(whole, lay_run(tmp_path / "run", {**paths(3), "imports to output": around}))
    (panel,) = part.fit
    assert panel.score is not None
    assert panel.score.nrmsd == pytest.approx(0.0, abs=1e-12)
    inside = f"{len(figures)} of {len(figures)} figures (100 %) lie within the 80 % band"
    assert any(line.startswith(inside) for line in part.fit_said)


def test_the_summary_of_one_run_gives_its_numbers(whole: Study, tmp_path: Path) -> None:
    values = {"output per head": np.linspace(1.5, 12.0, YEARS.size)[None] * np.ones((4, 1))}
    values["credit access"] = credit(1982, None, 1982, 1975)
    said = " ".join(part_of(whole, lay_run(tmp_path / "run", values)).summary)
    assert "Output per head of Korea grows from 1.5 to 12 thousand dollars" in said
    assert "between 1960 and 1990" in said
    assert "In 3 of 4 draws foreign lenders stop lending (credit access below one half) at least once" in said
    assert "first most often in 1982 (2 of these draws)" in said


def test_a_run_without_draws_tells_the_years(whole: Study, tmp_path: Path) -> None:
    access = np.where((YEARS >= 1980) & (YEARS < 1983) | (YEARS == 1988), 0.1, 0.9)
    part = part_of(whole, lay_run(tmp_path / "run", {**paths(), "credit access": access}))
    assert "foreign lenders stop lending (credit access below one half) in 1980–1982 and 1988" in " ".join(
        part.summary
    ).replace("Foreign", "foreign")
    assert part.chances is not None
    line = part.chances.lines[0].band
    assert np.asarray(line.years)[np.asarray(line.middle) == 100].tolist() == [1980, 1981, 1982, 1988]
    assert line.low is None
    assert not part.drawn


def test_a_country_that_begins_shut_out_has_no_credit_to_lose_until_it_has_it(
    whole: Study, tmp_path: Path
) -> None:
    late, again = np.where(YEARS < 1970, 0.1, 0.9), np.where((YEARS < 1970) | (YEARS > 1980), 0.1, 0.9)
    values = {**paths(2), "credit access": np.stack([late, again])}
    part = part_of(whole, lay_run(tmp_path / "run", values))
    assert row(part, "credit lost").cells[0].value == "1 of 2 (50\xa0%)"
    assert "It begins without foreign credit and first has it in 1970." in part.summary
    assert part.chances is not None
    assert np.asarray(part.chances.lines[0].band.middle)[0] == 100.0


def test_the_same_shocks_are_subtracted_draw_by_draw(whole: Study, tmp_path: Path) -> None:
    spread = level(1.0) * np.linspace(1.0, 9.0, 41)[:, None]
    base = lay_run(tmp_path / "a", {**paths(41), "output per head": spread})
    more = {**paths(41), "output per head": 1.1 * spread}
    same = part_of(whole, base, lay_run(tmp_path / "b", more, scenario="other"))
    cell = row(same, "output per head").cells[1]
    assert (cell.difference, cell.verdict) == ("+10\xa0% (+10\xa0% to +10\xa0%)", "clearly higher")
    assert "the same shocks draw by draw" in same.how[0]
    other = part_of(whole, base, lay_run(tmp_path / "c", more, scenario="other", seed=1))
    assert row(other, "output per head").cells[1].verdict == "not distinguishable"
    assert "not the same shocks (seed 0 and 1), so the two are compared as independent" in other.how[0]


@pytest.mark.parametrize(
    "unlike",
    [{"seed": 1}, {"hashes": {"model text": "1" * 64}}, {"dt": 0.5}, {"method": "milstein"}],
    ids=["seed", "model text", "step", "method"],
)
def test_what_is_not_shared_is_said(whole: Study, tmp_path: Path, unlike: dict[str, Any]) -> None:
    part = part_of(
        whole,
        lay_run(tmp_path / "a", paths(3)),
        lay_run(tmp_path / "b", paths(3), scenario="other", **unlike),
    )
    assert "not the same shocks" in part.how[0]


def test_other_numbers_of_draws_are_independent(whole: Study, tmp_path: Path) -> None:
    part = part_of(whole, lay_run(tmp_path / "a", paths(3)), lay_run(tmp_path / "b", paths(4)))
    assert "(draws 3 and 4)" in part.how[0]
    assert [run.name for run in part.runs] == ["the record, 3 draws", "the record, 4 draws"]


def test_a_draw_that_failed_in_one_run_is_left_out_of_both(whole: Study, tmp_path: Path) -> None:
    base = {**paths(3), "output per head": level(2.0, 3)}
    other = {**paths(3), "output per head": 1.5 * level(2.0, 3)}
    other["output per head"][1] = np.nan
    part = part_of(
        whole, lay_run(tmp_path / "a", base), lay_run(tmp_path / "b", other, {1: 1960.0}, scenario="other")
    )
    assert row(part, "output per head").cells[1].difference.startswith("+50\xa0% (+50")
    (said,) = part.runs[1].notes[:1]
    assert said.startswith("1 of 3 draws did not stay finite (the first left in 1960)")
    assert "of the other 2, given that they stayed finite" in said
    assert "3 draws, of which 1 did not stay finite" in part.runs[1].headline


def test_chances_are_tested_on_the_draws_that_fall_in_one_run_alone(whole: Study, tmp_path: Path) -> None:
    base = {**paths(12), "credit access": credit(*[1980] * 2, *[None] * 10)}
    much = {**paths(12), "credit access": credit(*[1980] * 10, *[None] * 2)}
    little = {**paths(12), "credit access": credit(*[1980] * 3, *[None] * 9)}
    runs = [lay_run(tmp_path / name, one, scenario=name) for name, one in (("a", base), ("b", much))]
    runs.append(lay_run(tmp_path / "c", little, scenario="c"))
    cells = row(part_of(whole, *runs), "credit lost").cells
    assert [cell.value for cell in cells] == [
        f"{k} of 12 ({share}\xa0%)" for k, share in ((2, 17), (10, 83), (3, 25))
    ]
    assert cells[1].difference == "only here in 8 draws, only in A in 0"  # p = 2 / 2**8
    assert [cell.verdict for cell in cells] == ["", "clearly higher", "not distinguishable"]


def test_chances_over_the_record_and_after_it_stand_apart(whole: Study, tmp_path: Path) -> None:
    def cut(study: object, iso3: str) -> float:
        return 1980.0

    values = {**paths(2), "credit access": credit(1970, 1985)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("latecomer.report.pages.runs.record_end", cut)
        part = part_of(whole, lay_run(tmp_path / "run", values))
    rows = {one.name: one.cells[0].value for one in part.outcomes if one.name.startswith("credit")}
    # the first draw has lost its credit before, and is without it still
    assert rows == {
        "credit lost at least once, 1960–1990": "2 of 2 (100\xa0%)",
        "credit lost at least once, 1981–1990": "2 of 2 (100\xa0%)",
    }


def test_runs_of_several_countries_are_grouped_and_not_compared(whole: Study, tmp_path: Path) -> None:
    korea = lay_run(tmp_path / "k", paths(3))
    brazil = lay_run(tmp_path / "b", paths(3, head=4.0), country="BRA")
    page = page_of(whole, korea, brazil)
    assert [part.iso3 for part in page.countries] == ["KOR", "BRA"]
    assert all(not part.differences and not part.how for part in page.countries)
    assert "compared within a country only" in page.lead
    assert page.title == "Runs of Korea and Brazil"


@pytest.mark.slow  # with a study of its own
def test_a_run_of_another_model_is_shown_with_a_note(whole: Study, tmp_path: Path) -> None:
    part = part_of(whole, lay_run(tmp_path / "run", paths()))
    assert any("made from another model text than the study now holds" in one for one in part.runs[0].notes)
    run, spec = whole.run("KOR", years=(1960, 1965)), whole.spec("KOR", years=(1960, 1965))
    own = part_of(whole, save_run(run, run_manifest(whole, run, spec), tmp_path / "own"))
    assert own.runs[0].notes == []


def test_what_a_run_lacks_is_said_with_the_cure(whole: Study, tmp_path: Path) -> None:
    part = part_of(whole, lay_run(tmp_path / "run", {"output per head": level(1.0)}))
    (said,) = [one for one in part.runs[0].notes if one.startswith("This run has no credit access")]
    assert said.endswith("Run the study’s own model again to have them.")
    assert part.chances is None
    assert [panel.name for panel in part.paths] == ["output per head"]
    assert part.fit_said == [
        "No series has five figures or more within the years of this run, so none is scored."
    ]


def test_what_drives_a_run_stands_with_it(whole: Study, tmp_path: Path) -> None:
    hold = {"driver": "oil price", "after": 1985.0, "rule": "hold", "unit": "Dmnl", "source": "a guess"}
    told: dict[str, Any] = {
        "changes": ["import openness: 0 from 1980"],
        "set": {"drawdown time": 3.0},
        "assumptions": [hold],
        "policy space": ["export subsidy: asked 0.60"],
    }
    part = part_of(
        whole,
        lay_run(tmp_path / "a", paths(), **told),
        lay_run(tmp_path / "b", paths(), scenario="x", **told),
    )
    first, other = ({one.heading: one for one in run.drives} for run in part.runs)
    assert first["What is changed"].lines == ["import openness: 0 from 1980"]
    assert first["What was set by hand"].lines == ["drawdown time = 3.0"]
    assert first["What the policy space did not permit"].lines == ["export subsidy: asked 0.60"]
    table = first["What is assumed"].table
    assert table is not None
    assert [tuple(one) for one in table.rows] == [
        ("oil price", "1985", "stays at its last figure", "a guess")
    ]
    assert other["What is assumed"].lines == ["The same as for A."]
    assert part.runs[0].facts["sha256 of model text"] == "0" * 64


@pytest.mark.parametrize("one", [{}, "words", {"driver": "oil price", "after": 1985, "rule": "dream"}])
def test_an_assumption_that_is_none_is_refused(whole: Study, tmp_path: Path, one: object) -> None:
    with pytest.raises(InputError, match="got an assumption that is none"):
        page_of(whole, lay_run(tmp_path / "run", paths(), assumptions=[one]))


def test_an_unknown_country_is_refused(whole: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="XXX"):
        page_of(whole, lay_run(tmp_path / "run", paths(), country="XXX"))


@pytest.mark.slow  # with nine runs
def test_more_than_eight_runs_of_a_country_are_refused(whole: Study, tmp_path: Path) -> None:
    folders = [lay_run(tmp_path / str(k), paths()) for k in range(9)]
    with pytest.raises(InputError, match="RUN: got 9 runs of KOR; expected at most 8 of one country"):
        page_of(whole, *folders)


def test_runs_that_are_alike_are_told_apart_by_their_folders(whole: Study, tmp_path: Path) -> None:
    part = part_of(whole, lay_run(tmp_path / "mine", paths(2)), lay_run(tmp_path / "yours", paths(2)))
    assert [run.name for run in part.runs] == ["the record, mine", "the record, yours"]
    assert row(part, "output per head").cells[1].verdict == "the same"


def test_a_run_without_draws_is_held_against_one_with_draws_without_a_verdict(
    whole: Study, tmp_path: Path
) -> None:
    part = part_of(whole, lay_run(tmp_path / "a", paths(5)), lay_run(tmp_path / "b", paths(head=3.0)))
    assert row(part, "output per head").cells[1].verdict == "not tested"
    assert "B has no draws" in part.how[0]


def test_the_same_runs_give_the_same_page_but_for_the_line_with_the_date(
    whole: Study, tmp_path: Path
) -> None:
    folder = lay_run(tmp_path / "run", {**paths(5), "credit access": credit(1970, 1970, None, None, None)})
    page = page_of(whole, folder)
    one, other = (render_runs(replace(page_of(whole, folder), generated=said)) for said in ("one", "two"))
    differing = [(a, b) for a, b in zip(one.splitlines(), other.splitlines(), strict=True) if a != b]
    assert differing == [('<p class="generated">one</p>', '<p class="generated">two</p>')]
    assert re.fullmatch(r"Made on \d\d \w+ \d{4} with latecomer [\d.]+\.", page.generated)


def stub_live(patch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    asked: list[tuple[Any, ...]] = []

    def made_payload(study: Any, *told: Any) -> str:
        asked.append(told)
        study.named_fit(told[2])
        return "a payload"

    patch.setattr(payload, "live_payload", made_payload)
    patch.setattr(page, "live_section", lambda payload, shown: Markup(f'<p id="live">{payload}</p>'))
    return asked


def test_the_live_model_stands_after_the_summary(
    whole: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = stub_live(monkeypatch)
    folder = lay_run(tmp_path / "run", paths())
    made = report_runs(whole, [folder], tmp_path / "out")
    assert asked == [(["KOR"], None, "reference", "discipline in the export push")]
    text = made.page.read_text(encoding="utf-8")
    assert text.index('id="summary"') < text.index('<p id="live">a payload</p>') < text.index('id="KOR"')
    without = report_runs(whole, [folder], tmp_path / "plain", live=False).page
    assert "live-slot" not in without.read_text(encoding="utf-8")


def test_a_live_model_that_cannot_be_made_is_left_out_with_the_reason(
    whole: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub_live(monkeypatch)
    folder = lay_run(tmp_path / "run", paths(), fit="long-gone")
    made = report_runs(whole, [folder], tmp_path / "out")
    assert len(made.left_out) == 1
    assert made.left_out[0].startswith("the live model is left out: ")
    assert "long-gone" in made.left_out[0]
    Page(made.page.read_text(encoding="utf-8"))


def test_a_print_without_the_extra_is_refused_before_anything_is_written(
    whole: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    folder = lay_run(tmp_path / "run", paths())
    with pytest.raises(InputError, match=r'Cure: pip install "latecomer\[pdf\]", or leave --pdf out'):
        report_runs(whole, [folder], tmp_path / "out", pdf=True)
    assert not (tmp_path / "out").exists()
