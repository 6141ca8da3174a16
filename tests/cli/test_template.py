"""A study about something else, from init to the report, without a line of Python."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner, Result

from latecomer.cli import app
from latecomer.data.observations import load_observations
from latecomer.evaluation.ablation import ablations
from latecomer.language import check_units
from latecomer.study.accounting import keep_books
from latecomer.study.mechanisms import mechanisms
from latecomer.study.study import Study
from latecomer.study.template import ROOMS, template_names, template_root
from tests.study import solow

TENTH = 0.1
COUNTRIES = ("AUR", "BOR", "CEL")


def command(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def done(folder: Path, *words: object) -> str:
    """What a command says that ends well."""
    result = command(*words, "--study", folder)
    assert result.exit_code == 0, (words, result.output, result.stderr)
    return result.stdout


@pytest.fixture(scope="module")
def economy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study as init lays it, with the fit that its guide asks for."""
    folder = tmp_path_factory.mktemp("made") / "economy"
    made = command("init", folder, "--template", "solow")
    assert made.stdout.splitlines() == [
        f"a study in {folder}: model, calibration, runs, reports",
        f"next: latecomer calibrate AUR BOR CEL --name reference --study {folder}",
    ]
    done(folder, "calibrate", *COUNTRIES, "--name", "reference", "--starts", 1)
    return folder


@pytest.fixture(scope="module")
def fresh() -> Study:
    return Study(template_root("solow"))


def test_the_parameters_that_made_the_figures_are_found_again(economy: Path) -> None:
    found = json.loads((economy / "calibration" / "fits" / "reference" / "parameters.json").read_text())
    assert found["shared"] == pytest.approx(solow.SHARED, rel=TENTH)
    assert set(found["by_country"]) == set(COUNTRIES)
    for iso3, own in solow.BY_COUNTRY.items():
        assert found["by_country"][iso3] == pytest.approx(own, rel=TENTH)


def test_the_fit_keeps_its_tolerances_and_its_books(economy: Path) -> None:
    found = json.loads(done(economy, "check", "--json"))
    assert found["holds"] is True
    assert {row["country"] for row in found["scores"] if row["holds"]} == set(COUNTRIES)
    assert [row["holds"] for row in found["accounts"]] == [True] * 3
    assert found["moved"] == []


def test_it_runs_and_its_books_are_audited(economy: Path, tmp_path: Path) -> None:
    done(economy, "run", "AUR", "--out", tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert 0 < manifest["largest residual of the books"] < 1e-12
    with xr.open_dataset(tmp_path / "run" / "results.nc", engine="scipy") as run:
        assert run.sizes["time"] == 51
        assert float(run["time"][0]) == 1950
        np.testing.assert_allclose(run["output"], run["consumption"] + run["investment"], rtol=1e-12)


@pytest.mark.slow
def test_many_runs_tell_of_its_own_outcomes(economy: Path, tmp_path: Path) -> None:
    done(economy, "ensemble", "CEL", "--draws", 20, "--out", tmp_path / "many")
    with xr.open_dataset(tmp_path / "many" / "results.nc", engine="scipy") as found:
        assert set(found.data_vars) == {"output", "output per worker", "capital to output", "technology"}
        low, high = (found["output"].sel(statistic=one)[-1] for one in ("0.1", "0.9"))
        assert float(low) < float(high)


def test_a_scenario_runs_to_its_horizon_and_changes_what_it_says(economy: Path, tmp_path: Path) -> None:
    done(economy, "run", "thrift", "--out", tmp_path / "thrift")
    with xr.open_dataset(tmp_path / "thrift" / "BOR" / "results.nc", engine="scipy") as run:
        rate = run["saving rate"].sel(time=[2000.0, 2030.0]).to_numpy()
    fit = json.loads((economy / "calibration" / "fits" / "reference" / "parameters.json").read_text())
    assert rate[1] - rate[0] == pytest.approx(fit["shared"]["incentive effect"])
    assert "Output per worker" in (tmp_path / "thrift" / "scenario.html").read_text(encoding="utf-8")


def test_its_report_tells_of_nothing_but_itself(economy: Path, tmp_path: Path) -> None:
    said = done(economy, "reproduce", "--out", tmp_path / "report")
    assert "report: " in said
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "A Solow economy: model and history" in page
    assert "goods" in page
    for word in ("credit", "Korea", "Brazil", "lender", "debt"):
        assert word not in page, word


def test_it_can_be_explored_and_printed_for_other_tools(economy: Path, tmp_path: Path) -> None:
    done(economy, "explore", "--no-open", "--out", tmp_path / "live.html")
    page = (tmp_path / "live.html").read_text(encoding="utf-8")
    assert "A Solow economy: the live model" in page
    assert "saving incentive" in page
    assert "initial output =\n\t65.8" in done(economy, "text", "BOR") or "65.9" in done(
        economy, "text", "BOR"
    )


def test_it_documents_itself(economy: Path) -> None:
    done(economy, "document")
    guide = (economy / "model" / "README.md").read_text(encoding="utf-8")
    assert "| S1 | CEL 2000 | none | output per worker |" in guide
    assert "| Change | Output per worker |\n|---|---|---|---|---|---|---|---|\n" in guide
    assert "are what the model makes them" in done(economy, "document", "--check")


def test_a_mechanism_that_is_switched_off_does_nothing(fresh: Study) -> None:
    learning, saving = ablations(fresh, mechanisms(fresh).values())
    run = fresh.simulate("CEL", overrides={"learning switch": 0.0})["technology"].to_numpy()
    assert np.all(run == run[0])
    assert learning.head is not None
    assert saving.head is not None
    assert learning.head.without < learning.head.whole / 2
    # with the same labour and technology output follows capital to the power of its share
    gain = saving.indicator.whole / saving.indicator.without
    assert saving.head.whole / saving.head.without == pytest.approx(gain**0.3)


def test_its_text_keeps_to_its_units_and_its_books_close(fresh: Study) -> None:
    assert not check_units(fresh.model.text)
    assert set(fresh.accounts.identities) == {"goods", "income", "capital"}
    for iso3 in fresh.countries:
        run = fresh.simulate(iso3, method="euler", save_every=fresh.model.grid().dt)
        assert keep_books(run, fresh.accounts).largest < 1e-12
    false = run.assign(depreciation=run["depreciation"], investment=run["investment"] * 1.001)
    assert not keep_books(false, fresh.accounts).hold


def test_its_figures_are_those_that_it_says_they_are(fresh: Study) -> None:
    held = load_observations(fresh.root / "calibration" / "observations")
    made = list(solow.figures(fresh.root))
    assert len(made) == 3 * 4 * 51
    for iso3, year, name, value, unit in made:
        assert held.value(iso3, name, year) == pytest.approx(value, rel=2e-6), (iso3, year, name)
        assert held.source(iso3, name)[0].unit == unit
    for table in (fresh.root / "calibration" / "observations").glob("*.csv"):
        with table.open(encoding="utf-8", newline="") as file:
            assert {row["source"] for row in csv.DictReader(file)} == {"made up for this study"}


def test_its_guide_tells_what_made_the_figures(fresh: Study) -> None:
    guide = (fresh.root / "README.md").read_text(encoding="utf-8")
    rows = [line for line in guide.splitlines() if line.startswith("| ")]
    for name, value in solow.SHARED.items():
        assert any(row.startswith(f"| {name}") and f"| {value:g} |" in row for row in rows), name
    for name in solow.BY_COUNTRY["AUR"]:
        values = " | ".join(f"{own[name]:g}" for own in solow.BY_COUNTRY.values())
        assert any(row.startswith(f"| {name}") and f"| {values} |" in row for row in rows), name


def test_an_unknown_template_has_a_cure(tmp_path: Path) -> None:
    found = command("init", tmp_path / "x", "--template", "solo")
    assert (found.exit_code, (tmp_path / "x").exists()) == (2, False)
    assert found.stderr == (
        "--template: got 'solo'; expected one of reference, solow. Cure: write the nearest name: 'solow'.\n"
    )


def test_a_template_and_a_study_are_not_both_taken(tmp_path: Path, root: Path) -> None:
    found = command("init", tmp_path / "x", "--template", "solow", "--study", root)
    assert (found.exit_code, (tmp_path / "x").exists()) == (2, False)
    assert found.stderr == (
        "--template: got 'solow' beside --study; expected one study to start from. "
        "Cure: leave one of them out.\n"
    )


@pytest.mark.slow
def test_the_reference_study_is_a_template_too(root: Path, tmp_path: Path) -> None:
    assert template_names() == ("reference", "solow")
    assert template_root("reference") == root
    made = command("init", tmp_path / "mine", "--template", "reference")
    assert made.stdout.splitlines()[1] == f"next: latecomer run KOR --study {tmp_path / 'mine'}"
    assert {path.name for path in (tmp_path / "mine").iterdir()} == set(ROOMS)


def test_what_a_template_cannot_be_run_from_is_told_by_check(small: Path, tmp_path: Path) -> None:
    countries = small / "model" / "countries"
    for file in countries.iterdir():
        file.unlink()
    made = command("init", tmp_path / "mine", "--study", small)
    assert made.exit_code == 0
    assert made.stdout.splitlines()[1] == f"next: latecomer check --study {tmp_path / 'mine'}"


@pytest.fixture
def small(root: Path, tmp_path: Path) -> Path:
    from tests.study.small import lay_small

    folder = lay_small(root, tmp_path / "small")
    for file in (folder / "calibration" / "fits" / "reference").iterdir():
        file.unlink()
    return folder
