"""The chapter: it says what the results that are kept say, and when these are old or missing."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest

from latecomer.report.content import Chapter
from latecomer.report.narrative.debt_crisis import chapter, commands, result_names
from latecomer.runs.results import save_evidence
from latecomer.study.study import Study
from tests.outcomes import OUTCOMES
from tests.study.studies import COUNTRIES, edit

AREA = {"value": 0.75, "low": 0.4, "high": 0.9, "n_events": 1, "n_quiet": 1, "method": "made up"}


def country(iso3: str, probability: float, **own: Any) -> dict[str, Any]:
    one = {"iso3": iso3, "probability": probability, "median_year": None, "lv": 0, "rr": 0}
    return {**one, "lv year": None, "rr year": None, **own}


BREAKDOWN: dict[str, Any] = {
    "until": 1979,
    "end": 1990,
    "window": [1980, 1986],
    "countries": [
        country("BRA", 0.97, median_year=1981, lv=1, rr=1, **{"lv year": 1983, "rr year": 1983}),
        country("KOR", 0.02, rr=None),
    ],
    "auc": {"lv": AREA, "rr": None},
    "rules": {
        "debt/exports": {"lv": {"value": 0.8}, "rr": None, "model": {"lv": {"value": 0.75}, "rr": None}}
    },
    "hindcast": {"log output": {"model": 0.2, "best naive": 0.1, "best": "AR(1)"}},
    "criteria": [
        {"statement": "error of log output", "value": 2.0, "low": 0.0, "high": 0.7, "holds": False},
        {"statement": "BRA falls", "value": 1.0, "low": 0.8, "high": 1.0, "holds": True},
    ],
}
EPISODES: dict[str, Any] = {
    "named": [{"iso3": "KOR", "year": 1997, "why": "no onset"}, {"iso3": "IND", "year": 1991, "why": None}],
    "fails": [f"year {n} is missed" for n in range(8)],
    "lacks": {"short-term debt": "an equation"},
}


def row(name: str, lowest: float) -> dict[str, Any]:
    return {"country": "BRA", "name": name, "outcomes": {"lowest credit access 1980-86": {"value": lowest}}}


def variant(name: str, calm: float, policy: float) -> dict[str, Any]:
    shared = {
        "outcome": "lowest credit access 1980-86",
        "difference": {"mean": -0.4},
        "shares": [{"player": "policy", "mean": policy}, {"player": "state", "mean": -0.4 - policy}],
    }
    return {"variant": name, "rows": [row("as it was", 0.3), row("policy of KOR", calm)], "shared": [shared]}


SWAP: dict[str, Any] = {
    "countries": ["BRA", "KOR"],
    "variants": [variant("one", 0.4, -0.3), variant("two", 0.8, -0.2)],
    "disagree": ["calm: up and down"],
}
REASONS: dict[str, Any] = {
    "cut_off": 1979,
    "reasons": [
        {
            "title": "a",
            "statement": "the breakdown needs a: it fails",
            "fails": ["it"],
            "gain": 9.0,
            "se": 2.0,
        },
        {"title": "b", "statement": "", "fails": [], "gain": -5.0, "se": 2.0},
        {"title": "c", "statement": "", "fails": [], "gain": 3.0, "se": 2.0},
    ],
}
ALL = {
    "breakdown-1979": BREAKDOWN,
    "episodes": EPISODES,
    "swap-BRA-KOR": SWAP,
    "reasons-1979": REASONS,
    "left-out-1979": {"events": {"lv": {"auc": AREA}, "rr": {"auc": None}}, "criteria": []},
}


def written(folder: Path, results: dict[str, Any]) -> Chapter:
    study = Study(folder)
    for name, result in results.items():
        save_evidence(study, name, result, COUNTRIES)
    found = chapter(study)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def whole_chapter(fitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    """The chapter of a study that keeps every result."""
    return written(Path(shutil.copytree(fitted, tmp_path_factory.mktemp("kept") / "study")), ALL)


def lines(found: Chapter, heading: str) -> str:
    return "\n".join(next(one.lines for one in found.passages if one.heading == heading))


def test_a_study_that_keeps_no_result_has_no_chapter(copied: Path) -> None:
    assert chapter(Study(copied)) is None


def test_the_chapter_tells_what_the_results_say(whole_chapter: Chapter) -> None:
    found = whole_chapter
    assert [one.heading for one in found.passages] == [
        "What happened",
        "How sure this is",
        "What would have prevented it",
        "What the model gets wrong",
    ]
    happened = lines(found, "What happened")
    assert happened.startswith("This model explains one breakdown, not all: of 2 later ones it dates 1.")
    assert "at one half or more for Brazil." in happened
    assert "1 of these countries first defaulted then (Brazil): 1 of them are among those named." in happened
    sure = lines(found, "How sure this is")
    assert "in 75 % of pairs" in sure
    assert "debt/exports, reaches 0.80; for the same countries the model tells less than that (0.75)" in sure
    assert "2.00 times that of the best naive forecast (AR(1)): larger." in sure
    assert "Reinhart" not in sure  # no area there
    wrong = lines(found, "What the model gets wrong")
    assert "error of log output: 2.00, asked 0.7 at most" in wrong
    assert "BRA falls" not in wrong
    assert "and 2 more years on record" in wrong
    assert "no equation for: short-term debt (an equation)" in wrong


def test_a_country_whose_record_is_silent_is_told_so(whole_chapter: Chapter) -> None:
    table = whole_chapter.passages[0].table
    assert table is not None
    assert list(table.rows) == [
        ("Brazil", "0.97", "1981", "1983", "1983"),
        ("Korea", "0.02", "–", "none", "not known"),
    ]


def test_structures_that_disagree_are_told_to(whole_chapter: Chapter) -> None:
    found = whole_chapter
    said = lines(found, "What would have prevented it")
    assert "experiments with Brazil in the model, in 2 rival structures" in said
    assert "The structures disagree: calm: up and down." in said
    assert "between Brazil and Korea (-0.40): policy -0.30 to -0.20, state -0.20 to -0.10." in said
    table = next(one.table for one in found.passages if one.heading == "What would have prevented it")
    assert table is not None
    assert list(table.rows) == [
        ("as it was", "0.30", "2 of 2"),
        ("policy of Korea", "0.40 to 0.80", "1 of 2"),
    ]


def test_what_is_needed_is_told_apart_from_what_cannot_be_decided(whole_chapter: Chapter) -> None:
    said = lines(whole_chapter, "What would have prevented it")
    assert "The breakdown needs a: it fails." in said
    assert "2 mechanisms leave the breakdown as it is: b, c. Which of them it needs cannot be decided" in said
    assert "worse without a (log score -9, standard error 2)" in said
    assert "better without b (log score +5, standard error 2)" in said
    assert "without c (" not in said  # a difference of 1.5 standard errors


def test_the_words_turn_with_the_numbers(copied: Path) -> None:
    other = copy.deepcopy(BREAKDOWN)
    other["rules"]["debt/exports"]["lv"]["value"] = 0.7
    other["hindcast"]["log output"]["model"] = 0.05
    other["countries"][0]["probability"] = 0.2
    found = written(copied, {"breakdown-1979": other})
    assert "tells more than that (0.75)" in lines(found, "How sure this is")
    assert "0.50 times that of the best naive forecast (AR(1)): smaller." in lines(found, "How sure this is")
    assert "at one half or more for no country." in lines(found, "What happened")
    assert "0 of them are among those named" in lines(found, "What happened")


def test_what_is_missing_is_told_with_its_command(copied: Path) -> None:
    said = lines(written(copied, {"episodes": EPISODES}), "What is missing or out of date").splitlines()
    kept = result_names(OUTCOMES)
    assert kept is not None
    assert [one.split("; make it: ")[0] for one in said] == [
        f"no result of {name}" for name in commands(OUTCOMES, kept) if name != "episodes"
    ]
    assert said[-1].endswith("latecomer swap BRA KOR --save")


@pytest.mark.slow
def test_what_is_old_is_told_with_what_has_changed(copied: Path) -> None:
    written(copied, {"breakdown-1979": BREAKDOWN})
    edit(copied / "calibration" / "targets.toml", "scale = 0.03", "scale = 0.04")
    found = chapter(Study(copied))
    assert found is not None
    said = lines(found, "What is missing or out of date").splitlines()
    assert said[0] == "breakdown-1979 is older than targets; make it anew: latecomer breakdown --save"
