"""The commands that mend a study: what an older version left broken, and what its messages promise."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from latecomer.changes import MARK, STAGE, file_hash
from latecomer.data.lock import LOCK, lock_text
from latecomer.new_countries.build import NewCountries, make_new_countries
from latecomer.study.study import Study
from tests.new_countries.panels import made_up, write

Call = Callable[..., Result]
TABLES = Path("calibration") / "observations"
TABLE, COUNTRY = TABLES / "FJI.csv", Path("model") / "countries" / "FJI.toml"


@pytest.fixture
def made(copied: Path, tmp_path: Path) -> NewCountries:
    """A country as it would be added."""
    return make_new_countries(Study(copied), write(tmp_path / "panel.csv", made_up()))


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_whole_study_is_told_and_left_alone(call: Call, copied: Path) -> None:
    before = contents(copied)
    done = call("repair", study=copied)
    assert (done.exit_code, done.stdout) == (0, "nothing was cut off: the study is whole\n")
    assert contents(copied) == before


@pytest.mark.slow  # what was cut off is completed in test_changes
def test_a_country_half_added_by_an_older_version_is_completed(
    call: Call, copied: Path, made: NewCountries, tmp_path: Path
) -> None:
    (copied / TABLE).write_text(made.texts["FJI"].table, encoding="utf-8", newline="")
    (copied / COUNTRY).write_text(made.texts["FJI"].country, encoding="utf-8", newline="")
    broken = call("run", "FJI", "--fit", "none", study=copied)
    assert broken.exit_code == 2
    assert "FJI.csv: got a table that observations.lock does not know" in broken.stderr
    assert "Cure: where a country was being added, latecomer repair" in broken.stderr
    again = call("country", "add", "FJI", "--panel", str(tmp_path / "panel.csv"), study=copied)
    assert again.exit_code == 2
    done = call("repair", study=copied)
    assert (done.exit_code, done.exception) == (0, None)
    assert done.stdout == "locked: calibration/observations/FJI.csv, which is whole with its country file\n"
    opened = Study(copied)
    assert "FJI" in opened.observations.countries()
    assert opened.agreed


def test_a_table_without_its_country_file_is_told_and_set_aside_only_on_yes(
    call: Call, copied: Path, made: NewCountries
) -> None:
    text = made.texts["FJI"].table
    (copied / TABLE).write_text(text, encoding="utf-8", newline="")
    before = contents(copied)
    done = call("repair", "--json", study=copied)
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["lacking"] == {TABLE.as_posix(): "it stands without model/countries/FJI.toml"}
    assert not told["holds"]
    assert contents(copied) == before
    spoken = call("repair", study=copied)
    assert "lacking: calibration/observations/FJI.csv: it stands without model" in spoken.stdout
    assert spoken.stdout.endswith(
        "mend these by hand; --yes moves a table that no country can use to calibration/set-aside\n"
    )
    (copied / "calibration" / "set-aside").mkdir()
    (copied / "calibration" / "set-aside" / "FJI.csv").write_text("mine", encoding="utf-8")
    done = call("repair", "--yes", study=copied)
    assert done.exit_code == 0
    assert done.stdout == (
        "set aside: calibration/observations/FJI.csv is now calibration/set-aside/FJI-2.csv\n"
    )
    assert not (copied / TABLE).exists()
    assert (copied / "calibration" / "set-aside" / "FJI-2.csv").read_text(encoding="utf-8") == text
    assert (copied / "calibration" / "set-aside" / "FJI.csv").read_text(encoding="utf-8") == "mine"
    assert "FJI" not in Study(copied).observations.countries()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"^FJI,1970,.*$", None),
        (r"^(FJI,1970,output),[^,]+", "the value 'x'"),
        (r"^iso3,", "the column iso4"),
    ],
)
def test_a_torn_table_is_not_locked(
    call: Call, copied: Path, made: NewCountries, pattern: str, words: str | None
) -> None:
    text = made.texts["FJI"].table
    put = "" if words is None else (r"\1,x" if "output" in pattern else "iso4,")
    torn = text[: len(text) // 2] if words is None else re.sub(pattern, put, text, flags=re.MULTILINE)
    (copied / TABLE).write_text(torn, encoding="utf-8", newline="")
    (copied / COUNTRY).write_text(made.texts["FJI"].country, encoding="utf-8", newline="")
    before = contents(copied)
    done = call("repair", "--json", study=copied)
    assert done.exit_code == 1, done.output
    lacking = json.loads(done.stdout)["lacking"]
    assert list(lacking) == [TABLE.as_posix()]
    assert words is None or words in lacking[TABLE.as_posix()]
    assert contents(copied) == before
    done = call("repair", "--yes", "--json", study=copied)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["moved"] == {
        TABLE.as_posix(): "calibration/set-aside/FJI.csv",
        COUNTRY.as_posix(): "calibration/set-aside/FJI.toml",
    }
    assert "FJI" not in Study(copied).countries


@pytest.mark.slow
def test_a_change_that_was_cut_off_is_finished_or_undone(call: Call, copied: Path) -> None:
    stage = copied / STAGE
    stage.mkdir()
    (stage / "0").write_bytes(b"new")
    told = {"form": 1, "files": {"a.txt": {"laid": "0", "sha256": file_hash(stage / "0")}}, "gone": {}}
    (stage / MARK).write_text(json.dumps(told), encoding="utf-8")
    done = call("repair", study=copied)
    assert done.stdout == "finished: a change in . that was cut off\n"
    assert (copied / "a.txt").read_bytes() == b"new"
    stage = copied / "calibration" / "fits" / STAGE
    stage.mkdir()
    (stage / "0").write_bytes(b"half")
    done = call("repair", study=copied)
    assert done.stdout == "undone: a change in calibration/fits that was cut off before it was complete\n"
    assert not stage.exists()


@pytest.mark.slow  # repairs are quick in test_leftovers
def test_what_a_repair_cannot_mend_is_told_with_a_cure_that_is_a_command(call: Call, copied: Path) -> None:
    table = copied / TABLES / "BRA.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("BRA,1970", "BRA,1971"), encoding="utf-8")
    done = call("repair", study=copied)
    assert done.exit_code == 1
    assert "lacking: BRA.csv, row" in done.stdout


def test_a_folder_that_is_no_study_is_refused(call: Call, tmp_path: Path) -> None:
    done = call("repair", study=tmp_path)
    assert done.exit_code == 2
    assert "got a folder without a model text" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow  # each fault is said with its cure quickly
def test_the_cures_of_the_tables_are_commands_that_work(call: Call, copied: Path) -> None:
    lock = copied / TABLES / LOCK
    whole = lock.read_bytes()
    for text in (None, "nonsense\n", lock_text({})):
        lock.unlink()
        if text is not None:
            lock.write_text(text, encoding="utf-8")
        said = call("run", "KOR", "--fit", "none", study=copied)
        assert said.exit_code == 2
        assert "latecomer data lock" in said.stderr.replace("\n", " ")
        done = call("data", "lock", study=copied)
        assert done.exit_code == 0, done.output
        assert lock.read_bytes() == whole
    told = json.loads(call("data", "lock", "--json", study=copied).stdout)
    assert told == {"lock": str(lock), "tables": len(list(lock.parent.glob("*.csv")))}
    assert call("data", "lock", study=copied).stdout == f"{told['tables']} tables locked in {lock}\n"
