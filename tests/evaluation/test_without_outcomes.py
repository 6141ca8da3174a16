"""A study that says nothing of outcomes: everything else is done, and what is left out is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from latecomer.errors import InputError
from latecomer.evaluation.crisis_dating import episodes
from latecomer.evaluation.crisis_forecast import breakdown
from latecomer.evaluation.hindcast import hindcast
from latecomer.explain.policy_swap import rival_fits, swap
from latecomer.inference.identifiability import shuffled
from latecomer.report.live.page import settings
from latecomer.report.live.payload import live_shown
from latecomer.report.narrative.debt_crisis import chapter
from latecomer.report.pages.runs import report_runs
from latecomer.report.pages.scenario import run_scenario
from latecomer.report.pages.study import reproduce
from latecomer.report.publication.registry import offered, paper_figure
from latecomer.runs.ensemble import summary_work
from latecomer.study.study import Study

NEEDED = "model/outcomes.toml: got no [{}], which {} needs; expected {}. Cure: add the table [{}]."


@pytest.fixture(scope="module")
def bare(fitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The reference study without a word on what it shows or asks."""
    folder = Path(shutil.copytree(fitted, tmp_path_factory.mktemp("bare") / "study"))
    (folder / "model" / "outcomes.toml").unlink()
    return Study(folder)


@pytest.mark.slow
def test_it_is_reproduced_without_the_event(bare: Study, tmp_path: Path) -> None:
    made = reproduce(bare, tmp_path / "report")
    assert {path.name for path in made.files} == {"index.html", "scores.json"}
    assert made.event == {}
    text = made.page.read_text(encoding="utf-8")
    assert "<h1>Model and history" in text
    assert 'id="credit"' not in text
    assert "credit access" not in text
    assert "The study names no breakdown, so none is drawn or told of." in text


def test_a_summary_is_of_stocks_and_of_no_event(bare: Study) -> None:
    work = summary_work(bare, bare.spec("KOR", draws=2))
    assert (work.asked["variables"], work.asked["events"]) == (None, {})


def test_the_live_page_draws_stocks(bare: Study) -> None:
    shown = live_shown(bare)
    assert shown.event is None
    assert 0 < len(shown.outcomes) <= 6
    assert json.loads(settings(shown))["head"] == ""


@pytest.mark.slow
def test_a_scenario_shows_stocks_for_outcomes(bare: Study, tmp_path: Path) -> None:
    name = next(iter(bare.scenarios))
    made = run_scenario(bare, bare.spec(None, scenario=name, years=(1960, 1964)), tmp_path / "out")
    assert made.page.is_file()
    folder = next(iter(made.folders.values()))
    page = report_runs(bare, [folder], tmp_path / "page", live=False).page.read_text(encoding="utf-8")
    assert "latecomer, a system-dynamics model" in page
    assert "lenders" not in page
    assert "Crisis" not in page


def test_it_has_no_chapter_and_no_figure_of_an_event(bare: Study) -> None:
    assert chapter(bare) is None
    assert list(offered(bare)) == ["fit", "scores", "coverage", "scenario"]
    with pytest.raises(InputError, match="figure: got the name 'credit-access'; expected one of fit, scores"):
        paper_figure(bare, "credit-access")


def asked(study: Any) -> dict[str, tuple[Callable[[], object], str]]:
    """What cannot be done without the file, and what is said of it."""
    fit = study.fits["reference"]
    what = "a prediction of the breakdown"
    breaks = ("event", what, "what breaks down, and below which level", "event")
    swaps = ("swap", "a swap", "what is told of two countries with each other's policy", "swap")
    crises = ("episodes", "dating crises", "when a run is in crisis", "episodes")
    test = ("permutation_test", "the test of shuffled institutions", "what is shuffled", "permutation_test")
    return {
        "breakdown": (lambda: breakdown(study), NEEDED.format(*breaks)),
        "swap": (lambda: swap(study, "BRA", "KOR", rival_fits(study, "reference")), NEEDED.format(*swaps)),
        "episodes": (lambda: episodes(study, fit), NEEDED.format(*crises)),
        "shuffled": (lambda: shuffled(study, fit, 1, 0, lambda *_: None), NEEDED.format(*test)),
        "hindcast": (
            lambda: hindcast(study),
            (
                "hindcast: got no year, and no [forecast] in outcomes.toml; expected the last year of "
                "figures. Cure: name it: --until YEAR."
            ),
        ),
    }


@pytest.mark.parametrize("name", ["breakdown", "swap", "episodes", "shuffled", "hindcast"])
def test_what_it_does_not_say_is_asked_for(name: str, bare: Study) -> None:
    do, words = asked(bare)[name]
    with pytest.raises(InputError) as caught:
        do()
    assert str(caught.value) == words
