"""Studies to break: copies of the reference study with few targets and a fit that nobody has calibrated."""

from __future__ import annotations

import re
from pathlib import Path

from latecomer.data.lock import write_lock
from latecomer.inference.goodness_of_fit import score_run
from latecomer.study.fits import Fit, save_fit
from latecomer.study.study import Study
from latecomer.study.template import start_study

TARGETS = """
[window]
start = 1960
end = 2010

[[target]]
series = "log output"
variable = "output"
observation = "output"
transformation = "log"
error = {scale = 0.03, on = "log", degrees = 15.0}
tolerance = {KOR = 9.0, BRA = 0.0001}

[[target]]
series = "imports/output"
variable = "imports to output"
observation = "imports/output"
transformation = "none"
error = {scale = 0.15, on = "log", degrees = 15.0}
"""
COUNTRIES = ("KOR", "BRA")


def lay(root: Path, folder: Path) -> Path:
    """A copy of the reference study without its fits and results, held against two series."""
    start_study(root, folder)
    (folder / "calibration" / "targets.toml").write_text(TARGETS, encoding="utf-8")
    for room in ("fits", "evidence"):
        for file in (folder / "calibration" / room).rglob("*"):
            if file.is_file():
                file.unlink()
    return folder


def pretend_fit(folder: Path, name: str = "reference", until: int | None = None) -> Fit:
    """A fit that moves one shared parameter and one of each country, with the manifest of a real one."""
    study = Study(folder)
    shared = {"drawdown time": 2.1}
    by_country = {iso3: {"learning effectiveness": 0.9} for iso3 in COUNTRIES}
    fit = Fit(name, COUNTRIES, until, shared, by_country)
    scores = [score for iso3 in COUNTRIES for score in score_run(study, iso3, study.simulate(iso3, fit))]
    manifest = {"hashes": study.hashes(), "scores": [score.as_dict() for score in scores], "seed": 0}
    fit = Fit(name, COUNTRIES, until, shared, by_country, manifest)
    save_fit(fit, study.fits.folder / name)
    return fit


def edit(path: Path, pattern: str, replacement: str) -> None:
    """Replace the one place where a pattern stands; a pattern that is not there once is an error."""
    changed, found = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=0)
    assert found == 1, (path.name, pattern, found)
    path.write_text(changed, encoding="utf-8")


def edit_observations(folder: Path, table: str, pattern: str, replacement: str, lock: bool) -> None:
    """Change every line of an observation table that matches, and lock the tables again where asked."""
    observations = folder / "calibration" / "observations"
    text = (observations / table).read_text(encoding="utf-8")
    changed, found = re.subn(pattern, replacement, text, flags=re.MULTILINE)
    assert found, pattern
    (observations / table).write_text(changed, encoding="utf-8", newline="\n")
    if lock:
        write_lock(observations)
