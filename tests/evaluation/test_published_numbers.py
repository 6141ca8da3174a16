"""Published figures by name, the lock of them, and the documents that quote them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.evaluation.check import lock_numbers
from latecomer.evaluation.data_revision import FreeRun, vintage_runs
from latecomer.evaluation.published_numbers import (
    LOCK,
    Against,
    Relocked,
    against_lock,
    drawn,
    figure_value,
    read_numbers,
    relock,
)
from latecomer.study.fits import Fit, save_fit
from latecomer.study.study import Study
from latecomer.study.vintages import study_of_vintage
from tests.evaluation.test_data_revision import FIRST, RATE, lay_toy
from tests.outcomes import EVENT

SECTION = "## What came out\n\n{}\n"


def put_fit(folder: Path, rate: float = RATE, name: str = "reference", loss: float = 12.5) -> None:
    """A fit of the toy study that is not stale."""
    manifest = {"hashes": Study(folder).hashes(("AAA", "BBB")), "loss": loss}
    fit = Fit(name, ("AAA", "BBB"), None, {"growth rate": rate}, {"AAA": {}, "BBB": {}}, manifest)
    save_fit(fit, folder / "calibration" / "fits" / name)


def ran(folder: Path, name: str = "reference") -> tuple[Study, Fit, list[FreeRun]]:
    study = Study(folder)
    fit = study.fits[name]
    return study, fit, list(vintage_runs(study_of_vintage(study, fit, study.observations), fit).runs.values())


def locked(folder: Path) -> Relocked:
    return relock(*ran(folder))


def against(folder: Path, name: str = "reference") -> Against:
    return against_lock(*ran(folder, name), "reference")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = lay_toy(tmp_path / "study")
    put_fit(folder)
    return folder


def output(year: int, rate: float = RATE) -> float:
    return 2.0 * math.exp(rate * (year - FIRST))


def access(year: int, rate: float = RATE) -> float:
    return 1 / (1 + output(year, rate) / 3.5)


def test_the_drawing_of_credit_access_is_locked_by_its_own_window_and_level() -> None:
    assert drawn(EVENT) == ("lowest 1975-1995", "below 0.5")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AAA, output, 1980", output(1980)),
        ("AAA, output, 1990 against 1980", math.exp(10 * RATE) - 1),
        ("AAA, output, 1950", None),
        ("AAA, output, highest", output(1990)),
        ("AAA, output, lowest 1980-1985", output(1980)),
        ("AAA, credit access, lowest 1991-1999", None),
        # 2 exp(0.03 k) is above 3.5 from k = 19 on, and the run is 15 years long
        ("AAA, credit access, below 0.5", None),
        # 2 exp(0.03 k) > 2.3333 from k = 6 on
        ("AAA, credit access, below 0.6", 1981.0),
        ("AAA, log output, beyond tolerance", 0.0),
        ("fit reference, loss", 12.5),
        ("fit reference, estimated", None),
    ],
)
def test_a_figure_is_told_by_its_name(folder: Path, name: str, value: float | None) -> None:
    study, _, runs = ran(folder)
    found = figure_value(study, {one.iso3: one for one in runs}, name)
    assert found == (value if value is None else pytest.approx(value, rel=1e-6))


@pytest.mark.parametrize(
    "name",
    ["AAA", "CCC, output, 1980", "AAA, outputs, 1980", "AAA, output, in 1980", "AAA, log outputs, nrmsd",
     "fit none, loss", "fit reference, seed"],
)  # fmt: skip
def test_a_figure_of_no_known_form_or_name_is_none_of_ours(folder: Path, name: str) -> None:
    study, _, runs = ran(folder)
    with pytest.raises(KeyError):
        figure_value(study, {one.iso3: one for one in runs}, name)


def test_without_a_lock_and_without_quotes_nothing_is_compared(folder: Path) -> None:
    assert against(folder) == Against()


def test_what_has_just_been_locked_has_not_moved(folder: Path) -> None:
    made = locked(folder)
    assert made.count == len(read_numbers(folder / LOCK).figures)  # type: ignore[union-attr]
    assert (made.against, made.misprints, made.stale) == (Against(), (), ())
    assert against(folder) == Against()
    assert locked(folder).against == Against()


def test_the_same_content_gives_the_same_bytes(folder: Path) -> None:
    locked(folder)
    first = (folder / LOCK).read_bytes()
    locked(folder)
    assert (folder / LOCK).read_bytes() == first


def test_another_fit_is_found_by_its_parts_and_by_each_figure_with_its_size(folder: Path) -> None:
    text = SECTION.format(f"AAA 1985: {access(1985):.2f}.")
    (folder / "README.md").write_text(text, encoding="utf-8")
    locked(folder)
    put_fit(folder, rate=0.05)
    found = against(folder)
    assert found.changed == ("fit reference/parameters.json: changed",)
    moved = {one.figure: one for one in found.moved}
    one = moved["AAA, credit access, 1985"]
    assert one.where == ("README.md",)
    assert one.was == pytest.approx(access(1985), rel=1e-6)
    assert one.difference == pytest.approx(access(1985, 0.05) - access(1985), rel=1e-5)
    fall = moved["AAA, credit access, below 0.5"]
    # 2 exp(0.05 k) is above 3.5 from k = 12 on
    assert (fall.was, fall.now) == (None, 1987.0)
    again = locked(folder).against
    assert {one.figure for one in again.moved} == set(moved)


def test_a_number_printed_wrongly_is_found_without_a_lock(folder: Path) -> None:
    wrong = access(1985) + 0.02
    (folder / "README.md").write_text(SECTION.format(f"AAA 1985: {wrong:.2f}."), encoding="utf-8")
    (one,) = against(folder).moved
    assert (one.figure, one.was, one.where) == (
        "AAA, credit access, 1985",
        float(f"{wrong:.2f}"),
        ("README.md",),
    )
    assert one.now == pytest.approx(access(1985), rel=1e-6)
    assert locked(folder).misprints == (one,)


def test_a_table_and_a_marked_number_are_held_to_the_runs(folder: Path) -> None:
    table = "| NRMSD | AAA | BBB |\n|---|---|---|\n| log output | 0.000 | 0.000* |"
    growth = 100 * (math.exp(10 * RATE) - 1)
    told = f"{growth:.0f} %<!-- figure: AAA, output, 1990 against 1980 -->"
    told += " at 12.6<!-- figure: fit reference, loss -->"
    (folder / "README.md").write_text(SECTION.format(f"{table}\n\n{told}"), encoding="utf-8")
    moved = {one.figure: (one.was, one.now) for one in against(folder).moved}
    assert moved == {"BBB, log output, beyond tolerance": (1.0, 0.0), "fit reference, loss": (12.6, 12.5)}


def test_a_quoted_figure_that_the_lock_lacks_is_new(folder: Path) -> None:
    locked(folder)
    (folder / "README.md").write_text(SECTION.format(f"AAA 1985: {access(1985):.2f}."), encoding="utf-8")
    (one,) = against(folder).moved
    assert (one.figure, one.was) == ("AAA, credit access, 1985", None)


def test_a_figure_that_no_text_quotes_any_more_stays_as_it_is(folder: Path) -> None:
    (folder / "README.md").write_text(SECTION.format(f"AAA 1985: {access(1985):.2f}."), encoding="utf-8")
    locked(folder)
    (folder / "README.md").unlink()
    assert against(folder) == Against()


def test_marks_in_other_documents_count_and_their_tables_do_not(folder: Path) -> None:
    (folder / "reports").mkdir()
    told = "BRA 1982: 0.40, 99<!-- figure: AAA, output, 1975 -->"
    (folder / "reports" / "note.md").write_text(told, encoding="utf-8")
    (one,) = against(folder).moved
    assert (one.figure, one.was, one.now, one.where) == ("AAA, output, 1975", 99.0, 2.0, ("reports/note.md",))


def test_a_quoted_name_that_nobody_knows_is_refused_with_the_forms(folder: Path) -> None:
    (folder / "README.md").write_text("7<!-- figure: AAA, outptu, 1980 -->", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        locked(folder)
    assert str(raised.value).startswith(
        "README.md: got the figure 'AAA, outptu, 1980'; expected 'ISO3, SERIES, nrmsd' (or mape, u2), "
    )
    assert "Cure: mend the name, or take the mark away." in str(raised.value)
    assert not (folder / LOCK).exists()


def test_a_damaged_lock_is_refused_by_a_check_and_written_anew_by_a_lock(folder: Path) -> None:
    (folder / LOCK).write_text("<<<<<<< ours", encoding="utf-8")
    with pytest.raises(InputError, match=r"numbers\.lock: got text that is not JSON"):
        against(folder)
    assert locked(folder).against == Against()
    assert against(folder) == Against()


def test_several_fits_are_locked_by_their_losses_and_a_stale_one_is_said(folder: Path) -> None:
    put_fit(folder, name="rival", loss=11.0)
    locked(folder)
    manifest = folder / "calibration" / "fits" / "rival" / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["hashes"]["parameters"] = "another"
    manifest.write_text(json.dumps(content | {"loss": 10.5}), encoding="utf-8")
    found = against(folder)
    assert [(one.figure, one.was, one.now) for one in found.moved] == [("fit rival, loss", 11.0, 10.5)]
    assert found.changed == (
        "fit rival/manifest.json: changed",
        "fit rival: stale, it was made from another parameters",
    )


def test_of_another_fit_only_the_parts_are_compared(folder: Path) -> None:
    put_fit(folder, name="rival", rate=0.05)
    locked(folder)
    assert against(folder, "rival") == Against()
    targets = folder / "calibration" / "targets.toml"
    targets.write_text(targets.read_text(encoding="utf-8").replace("0.001", "0.002"), encoding="utf-8")
    found = against(folder, "rival")
    assert found.moved == ()
    assert found.changed[:2] == ("target log output: changed", "targets: changed")


def test_a_stale_fit_keeps_the_figures_as_they_were_locked_and_says_so(folder: Path) -> None:
    locked(folder)
    before = read_numbers(folder / LOCK)
    targets = folder / "calibration" / "targets.toml"
    targets.write_text(targets.read_text(encoding="utf-8").replace("0.001", "0.002"), encoding="utf-8")
    made = lock_numbers(Study(folder))
    after = read_numbers(folder / LOCK)
    assert made.stale == ("targets",)
    assert before is not None
    assert after is not None
    assert after.figures == before.figures
    assert after.stale == {"reference": ("targets",)}
    assert made.against.changed == (
        "target log output: changed",
        "targets: changed",
        "fit reference: stale, it was made from another targets",
    )
    put_fit(folder)
    assert against(folder).changed == ("fit reference/manifest.json: changed",)


def test_a_loosened_tolerance_is_found_with_what_it_was(folder: Path) -> None:
    targets = folder / "calibration" / "targets.toml"
    locked(folder)
    assert against(folder) == Against()
    targets.write_text(
        targets.read_text(encoding="utf-8").replace("AAA = 0.05", "AAA = 0.4"), encoding="utf-8"
    )
    found = against(folder)
    assert found.moved == ()
    assert found.changed == ("tolerance of log output in AAA: was 0.05, is 0.4",)


def test_a_changed_row_of_the_observations_is_still_refused_by_its_own_lock(folder: Path) -> None:
    locked(folder)
    table = folder / "calibration" / "observations" / "AAA.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace("1975,output,2.0,", "1975,output,2.5,"), encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"AAA\.csv, row \d+ \(AAA, 1975, output\): got a row changed"):
        against(folder)
