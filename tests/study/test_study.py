"""A study: what goes before what, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.study.fits import Fit
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from tests.study.studies import edit, edit_observations

FIT = Fit("a fit", ("KOR",), None, {"drawdown time": 2.5}, {"KOR": {"initial capture": 0.5}})


def test_the_fit_goes_before_the_tables_and_what_is_set_before_the_fit(study: Study) -> None:
    tables = study.parameter_values("KOR")
    fitted = study.parameter_values("KOR", FIT)
    changed = study.parameter_values("KOR", FIT, {"drawdown time": 1.5})
    assert set(tables) == set(study.model.parameter_names)
    assert {name for name in tables if tables[name] != fitted[name]} == {"drawdown time", "initial capture"}
    assert {name for name in fitted if fitted[name] != changed[name]} == {"drawdown time"}
    assert changed["drawdown time"] == 1.5


def test_a_country_differs_in_its_own_parameters_only(study: Study) -> None:
    korea, brazil = study.parameter_values("KOR"), study.parameter_values("BRA")
    assert {name for name in korea if korea[name] != brazil[name]} <= set(study.countries["BRA"].parameters)


def test_case_and_blanks_of_a_name_do_not_matter(study: Study) -> None:
    assert study.parameter_values("KOR", None, {" Drawdown_Time ": 1.5})["drawdown time"] == 1.5


def test_all_bad_overrides_are_refused_at_once(study: Study) -> None:
    bad = {
        "drawdwn time": 1.0,
        "drawdown time": float("nan"),
        "discipline time": 1e9,
        "output": 1.0,
        "time step": 1.0,
    }
    with pytest.raises(InputError) as error:
        study.parameter_values("KOR", None, bad)
    said = [str(fault) for fault in error.value.faults]
    assert said[0] == (
        "parameter 'drawdwn time': got an unknown name; expected the name of a parameter. "
        "Cure: write the nearest name: 'drawdown time'."
    )
    assert said[1].startswith("parameter 'drawdown time': got nan; expected a value from ")
    assert said[2].startswith("parameter 'discipline time': got 1e+09; expected a value from ")
    assert said[3].startswith(
        "parameter 'output': got the name of an auxiliary; expected the name of a parameter."
    )
    assert said[4].startswith("parameter 'time step': got the name of a control variable;")


def test_a_fit_that_the_tables_no_longer_allow_is_refused(study: Study) -> None:
    fit = Fit("old", ("KOR",), None, {"drawdown time": 1e6}, {})
    with pytest.raises(
        InputError, match="fit 'old', parameter 'drawdown time': got 1e\\+06; expected a value from"
    ):
        study.parameter_values("KOR", fit)


@pytest.mark.slow
def test_a_fit_up_to_a_year_runs_on_what_was_known_then(study: Study) -> None:
    known = study.simulate("KOR", Fit("cut", ("KOR",), 1979, {}, {}))
    whole = study.simulate("KOR", Fit("whole", ("KOR",), None, {}, {}))
    assert float(known["employment"].sel(time=1979)) == float(whole["employment"].sel(time=1979))
    assert float(known["employment"].sel(time=1990)) != float(whole["employment"].sel(time=1990))
    assert float(known["world exports"].sel(time=1990)) == float(whole["world exports"].sel(time=1990))


def test_a_folder_that_is_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"got a folder without a model text; expected a study: .*--study DIR"
    ):
        Study(tmp_path)
    with pytest.raises(InputError, match="nowhere: got no such folder"):
        Study(tmp_path / "nowhere")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("model/parameters", "got no file of parameters; expected the shared parameters of the model text"),
        ("model/drivers.toml", "got no such file; expected which observation feeds which table"),
        ("model/countries", "got no country file; expected a file ISO3.toml for each country"),
        ("calibration/observations", "got no such folder; expected the folder of the observation tables"),
        ("calibration/targets.toml", "got no such file; expected the targets of the calibration"),
    ],
)
def test_a_missing_room_is_said(folder: Path, missing: str, said: str) -> None:
    path = folder / missing
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    study = Study(folder)
    with pytest.raises(InputError) as error:
        _ = study.agreed and study.targets
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("pattern", "replacement", "said"),
    [
        (
            r"\nwage bill =\n\twage\*employment",
            "\nwage bill =\n\twage*employmnt",
            (
                "wage bill: got a reference to 'employmnt', which is not defined; expected the name of a "
                "variable of this file. Cure: define it, or write the nearest name: 'employment'"
            ),
        ),
        (r"\nwage bill =\n\twage\*employment", "\nwage bill =\n\toutput-profits", "an algebraic loop: "),
    ],
)
def test_a_broken_model_text_is_refused(folder: Path, pattern: str, replacement: str, said: str) -> None:
    edit(folder / MARK, pattern, replacement)
    with pytest.raises(InputError) as error:
        _ = Study(folder).model
    assert said in str(error.value)


@pytest.mark.slow
def test_a_damaged_observation_table_is_refused(folder: Path) -> None:
    edit_observations(folder, "KOR.csv", r"^(KOR,1960,output),[^,]+", r"\1,nan", lock=True)
    with pytest.raises(
        InputError, match=r"\(KOR, 1960, output\): got the value 'nan'; expected a finite number"
    ):
        _ = Study(folder).observations


def test_targets_name_what_is_there(folder: Path) -> None:
    path = folder / "calibration" / "targets.toml"
    edit(path, 'variable = "output"', 'variable = "outputt"')
    edit(path, 'observation = "imports/output"', 'observation = "import/output"')
    edit(path, "BRA = 0.0001", "BAR = 0.0001")
    with pytest.raises(InputError) as error:
        _ = Study(folder).targets
    said = [str(fault) for fault in error.value.faults]
    assert said[0] == (
        "targets.toml, log output, variable: got the variable 'outputt'; expected a variable of the model "
        "text. Cure: write the nearest name: 'output'."
    )
    assert said[1].startswith(
        "targets.toml, log output, tolerance: got the country 'BAR'; expected one of ARG, BRA"
    )
    assert "observation: got the observation 'import/output'" in said[2]


def test_a_series_has_one_target(folder: Path) -> None:
    edit(folder / "calibration" / "targets.toml", 'series = "imports/output"', 'series = "log output"')
    with pytest.raises(InputError, match=r"targets\.toml, log output: got a second target of this series"):
        _ = Study(folder).targets


@pytest.mark.slow
def test_a_shortfall_is_explained_only_where_there_is_a_tolerance(folder: Path) -> None:
    path = folder / "calibration" / "targets.toml"
    edit(path, r"(tolerance = \{[^}]*BRA[^}]*\})", '\\1\nshort = {KOX = "why"}')
    with pytest.raises(InputError, match="short: got a shortfall of 'KOX'; expected a country with a tol"):
        _ = Study(folder).targets


def test_a_fit_of_no_country_is_refused_and_one_may_be_named_alone(study: Study) -> None:
    with pytest.raises(InputError, match="calibrate: got no country; expected one at least"):
        study.fit([])
    with pytest.raises(InputError, match="country 'XXX': got no country file"):
        study.fit("XXX")
    with pytest.raises(InputError, match="country 'XXX': got no country file"):
        study.score(None, "XXX")


def test_fits_are_counted_and_gone_through_by_name(study: Study) -> None:
    assert list(study.fits) == study.fits.names()
    assert len(study.fits) == len(study.fits.names())
