"""The command that puts a country of a panel into a study: whole, told, or not at all."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from typer.testing import Result

from latecomer.data.lock import write_lock
from latecomer.data.observations import load_observations
from latecomer.errors import InputError
from latecomer.new_countries.build import make_new_countries, written
from latecomer.study.study import Study
from tests.kills import ended, forked, litter, moments
from tests.new_countries.panels import Row, made_up, without, write

Call = Callable[..., Result]


@pytest.fixture
def add(call: Call, copied: Path, tmp_path: Path) -> Call:
    """Add a country of some rows to a copy of the study."""

    def made(iso3: str, rows: Iterable[Row], *words: str) -> Result:
        panel = write(tmp_path / "panel.csv", rows)
        return call("country", "add", iso3, "--panel", str(panel), *words, study=copied)

    return made


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow  # one added beside a fit is quick
def test_a_country_added_is_locked_told_and_can_be_run(add: Call, call: Call, copied: Path) -> None:
    before = contents(copied)
    done = add("FJI", [*made_up(), *made_up("TON")])
    assert (done.exit_code, done.exception) == (0, None)
    assert done.stdout.startswith("FJI, Fiji: runs from 1960 to 2010, made by rule")
    assert "policy: nobody has dated it" in done.stdout
    assert f"next: latecomer run FJI --fit none --study {copied}" in done.stdout
    tables = copied / "calibration" / "observations"
    lock = tables / "observations.lock"
    after = contents(copied)
    new = {tables / "FJI.csv", copied / "model" / "countries" / "FJI.toml"}
    assert after.keys() - before.keys() == new
    assert {path for path in before if before[path] != after[path]} == {lock}
    assert "FJI" in load_observations(tables).countries()
    assert write_lock(tables).read_bytes() == after[lock]
    run = call("run", "FJI", "--fit", "none", study=copied)
    assert (run.exit_code, run.exception) == (0, None)
    assert run.stdout.startswith("FJI, 1960 to 2010")


@pytest.mark.slow  # a country added is run below
def test_the_country_on_disk_is_the_country_in_memory(add: Call, copied: Path, tmp_path: Path) -> None:
    fresh = make_new_countries(Study(copied), write(tmp_path / "panel.csv", made_up())).study
    assert add("FJI", made_up()).exit_code == 0
    read = Study(copied)
    assert read.agreed
    assert read.countries["FJI"].model_dump(exclude={"parameters"}) == fresh.countries["FJI"].model_dump(
        exclude={"parameters"}
    )
    assert dict(read.countries["FJI"].parameters) == dict(fresh.countries["FJI"].parameters)
    assert read.hashes() == fresh.hashes()


def test_a_fit_stays_fresh_beside_a_new_country(add: Call, copied: Path) -> None:
    before = Study(copied).hashes(["KOR", "BRA"])
    assert add("FJI", made_up()).exit_code == 0
    assert Study(copied).hashes(["KOR", "BRA"]) == before


@pytest.mark.slow
def test_json_holds_what_is_missing(add: Call) -> None:
    told = json.loads(add("FJI", made_up(), "--json").stdout)
    assert (told["iso3"], told["name"], told["start"], told["end"]) == ("FJI", "Fiji", 1960, 2010)
    assert any(line.startswith("initial labour share: no labour share") for line in told["lacks"])
    assert len(told["files"]) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("iso3", "rows", "words"),
    [
        ("KOR", made_up(), "country 'KOR': got a country that the study has; expected a new one"),
        ("TON", made_up(), "country 'TON': got no rows in panel.csv; expected one of FJI"),
        (
            "FJI",
            without(made_up(), "pwt_hc"),
            "got figures that no run can start from (FJI: got no",
        ),
        ("FJI", [], "panel.csv: got no row"),
    ],
)
def test_what_cannot_be_added_leaves_the_study_as_it_was(
    add: Call, copied: Path, iso3: str, rows: list[Row], words: str
) -> None:
    before = contents(copied)
    done = add(iso3, rows)
    assert done.exit_code == 2
    assert words in done.stderr
    assert contents(copied) == before


@pytest.mark.parametrize("written_before", [0, 1, 2])
def test_a_study_that_cannot_be_written_to_is_left_as_it_was(
    add: Call, copied: Path, monkeypatch: pytest.MonkeyPatch, written_before: int
) -> None:
    before = contents(copied)
    real = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if self.name == str(written_before):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    done = add("FJI", made_up())
    assert done.exit_code == 2
    assert "No space left on device" in done.stderr
    assert "Cure: make room there, or make the study writable." in done.stderr
    assert contents(copied) == before


@pytest.mark.slow  # by the steps whose kills test_changes looks at
def test_a_kill_at_any_call_leaves_the_study_with_the_country_or_without(
    copied: Path, tmp_path: Path
) -> None:
    study = Study(copied)
    made = make_new_countries(study, write(tmp_path / "panel.csv", made_up()))
    old = contents(copied)
    tables = copied / "calibration" / "observations"
    added = {tables / "FJI.csv", copied / "model" / "countries" / "FJI.toml"}

    def back() -> None:
        for path in added:
            path.unlink(missing_ok=True)
        (tables / "observations.lock").write_bytes(old[tables / "observations.lock"])

    ends = set()
    for moment in moments(lambda: written(study, "FJI", made)):
        opened = Study(copied)
        there = "FJI" in opened.countries
        assert ("FJI" in opened.observations.countries()) is there, moment
        assert {path for path in contents(copied) if path not in old} - litter(copied) == (
            added if there else set()
        )
        ends.add(there)
        back()
    assert ends == {True, False}


@pytest.mark.slow  # the lock is held in test_files
def test_two_countries_added_at_once_are_both_there(copied: Path, tmp_path: Path) -> None:
    study = Study(copied)
    made = make_new_countries(study, write(tmp_path / "panel.csv", [*made_up(), *made_up("TON")]))
    # each knows the study as it was before the other
    both = [forked(lambda iso3=iso3: written(study, iso3, made)) for iso3 in ("FJI", "TON")]
    assert [ended(one) for one in both] == [0, 0]
    opened = Study(copied)
    assert {"FJI", "TON"} <= set(opened.countries)
    assert {"FJI", "TON"} <= set(opened.observations.countries())
    with pytest.raises(InputError, match="got a country that the study has by now; expected a new one"):
        written(study, "FJI", made)


def test_a_study_without_definitions_is_told(add: Call, copied: Path) -> None:
    (copied / "calibration" / "observations" / "definitions.toml").unlink()
    done = add("FJI", made_up())
    assert done.exit_code == 2
    assert "definitions.toml: got no such file" in done.stderr
