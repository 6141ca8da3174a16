"""The main job: files, report and the sentences made from the scores."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.evaluation.check import check_fit
from latecomer.report.narrative.limitations import crossings
from latecomer.report.pages.study import Reproduction, reproduce
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from tests.study.studies import edit

STEPS: list[tuple[str, int, int]] = []


@pytest.fixture(scope="module")
def made(whole: Study, tmp_path_factory: pytest.TempPathFactory) -> Reproduction:
    def progress(what: str, done: int, total: int) -> None:
        STEPS.append((what, done, total))

    return reproduce(whole, tmp_path_factory.mktemp("out") / "report", progress=progress)


def test_the_files_are_there_and_no_others(made: Reproduction) -> None:
    names = {path.name for path in made.page.parent.iterdir()}
    assert names == {"index.html", "credit-access.svg", "credit-access.png", "scores.json"}
    assert {path.name for path in made.files} == names


def test_the_report_holds_every_country_and_every_series(whole: Study, made: Reproduction) -> None:
    page = made.page.read_text(encoding="utf-8")
    for iso3 in ("KOR", "BRA"):
        assert whole.countries[iso3].name in page
        for target in whole.targets.targets:
            assert f"{target.series}, {whole.countries[iso3].name}" in page


@pytest.mark.slow  # `latecomer check` holds them
def test_the_scores_beside_the_report_are_those_of_the_check(whole: Study, made: Reproduction) -> None:
    kept = json.loads((made.page.parent / "scores.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(check_fit(whole).as_dict()))


def test_credit_access_covers_the_window(whole: Study, made: Reproduction) -> None:
    assert list(made.event) == list(whole.fits["reference"].countries)
    for iso3, words in made.event.items():
        window = whole.countries[iso3].window
        assert words.startswith("credit access ")
        years = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", words)]
        assert years
        assert all(window.start <= year <= window.end for year in years)


def test_a_missed_tolerance_is_said_with_its_worst_year(whole: Study, made: Reproduction) -> None:
    run = whole.run("BRA")
    figures = whole.observations.series("BRA", "output")
    years = [int(year) for year in run["time"].to_numpy()]
    gaps = {year: abs(np.log(float(run["output"].sel(time=year)) / figures[year])) for year in years}
    worst = max(gaps, key=lambda year: gaps[year])
    said = [line for line in made.limits if line.startswith("Brazil, log output: NRMSD")]
    assert len(said) == 1
    assert f"farthest in {worst}, " in said[0]
    assert not any("Korea, Republic of, log output: NRMSD" in line for line in made.limits)


def test_what_a_straight_line_beats_is_said(made: Reproduction) -> None:
    beaten = [(score.country, score.series) for score in made.check.scores if score.u2 >= 1]
    said = " ".join(line for line in made.limits if "a straight line" in line)
    assert beaten
    for _, series in beaten:
        assert series in said


def test_progress_ends_at_its_total(made: Reproduction) -> None:
    assert made.page.is_file()
    done = [(done, total) for _, done, total in STEPS]
    assert done == sorted(done)
    assert done[-1][0] == done[-1][1]


def test_falls_below_one_half_are_counted_once_each() -> None:
    assert crossings([1980, 1981, 1982, 1983, 1984], [0.9, 0.4, 0.3, 0.6, 0.49], 0.5) == [1981, 1984]
    assert crossings([1980, 1981], [0.2, 0.1], 0.5) == []


def test_a_stale_fit_leaves_no_report(copied: Path) -> None:
    edit(copied / MARK, r"\nwage bill =\n\twage\*employment", "\nwage bill =\n\temployment*wage")
    with pytest.raises(InputError, match="got another model text than the fit was made from"):
        reproduce(Study(copied))
    assert not (copied / "reports" / "out").exists()
