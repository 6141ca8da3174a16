"""Results that are kept: what comes back, when they are old, and what is no result."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.runs.results import evidence_path, load_evidence, save_evidence
from latecomer.study.fits import Fit, save_fit
from latecomer.study.study import Study
from tests.study.studies import COUNTRIES, edit


def kept(folder: Path) -> Study:
    study = Study(folder)
    save_evidence(study, "a test", {"auc": 0.75, "lost": float("nan")}, COUNTRIES, [study.fits["reference"]])
    return study


def test_a_result_comes_back_as_it_was_kept_and_fresh(copied: Path) -> None:
    study = kept(copied)
    found = load_evidence(Study(copied), "a test")
    assert found is not None
    assert found.result == {"auc": 0.75, "lost": None}
    assert found.stale(Study(copied)) == []
    assert evidence_path(study, "a test").parent == copied / "calibration" / "evidence"


def test_the_same_result_gives_the_same_bytes(copied: Path) -> None:
    first = evidence_path(kept(copied), "a test").read_bytes()
    assert evidence_path(kept(copied), "a test").read_bytes() == first


def test_what_was_never_kept_is_nothing(whole: object, copied: Path) -> None:
    assert load_evidence(Study(copied), "a test") is None


def test_a_result_is_old_when_the_study_or_its_fit_has_changed(copied: Path) -> None:
    kept(copied)
    edit(copied / "calibration" / "targets.toml", "scale = 0.03", "scale = 0.04")
    found = load_evidence(Study(copied), "a test")
    assert found is not None
    assert found.stale(Study(copied)) == ["targets"]
    fit = Study(copied).fits["reference"]
    moved = Fit(fit.name, fit.countries, fit.until, {"drawdown time": 2.2}, fit.by_country, fit.manifest)
    save_fit(moved, copied / "calibration" / "fits" / "reference")
    assert set(found.stale(Study(copied))) == {"targets", "fit 'reference'"}


def test_a_result_is_old_when_its_fit_or_a_country_is_gone(copied: Path) -> None:
    kept(copied)
    found = load_evidence(Study(copied), "a test")
    assert found is not None
    folder = copied / "calibration" / "fits" / "reference"
    folder.rename(folder.with_name("another"))
    (copied / "model" / "countries" / "BRA.toml").unlink()
    assert set(found.stale(Study(copied))) == {"fit 'reference'", "country file of BRA"}


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("", r"text that is not JSON \(.*\)"),
        ("[]", "a list"),
        ("{}", "another form"),
        ('{"made from": 1, "result": {}}', "another form"),
        ('{"made from": {}, "result": {"x": NaN}}', "the number NaN, which is not finite"),
    ],
)
def test_a_damaged_result_is_refused_with_its_cure(copied: Path, text: str, got: str) -> None:
    study = kept(copied)
    evidence_path(study, "a test").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rf"a test\.json: got {got}; expected a JSON.*make it anew"):
        load_evidence(study, "a test")
