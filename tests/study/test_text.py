"""The model text of a country, to be opened elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.language import read_text
from latecomer.simulate import load_model
from latecomer.study.fits import Fit
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from latecomer.study.template import put_in, render_text, with_table_values
from tests.simulate.oracles import as_pysd_reads, differences, pysd_euler
from tests.study.small import lay_estimated
from tests.study.studies import edit


def test_the_text_of_its_own_country_is_the_text_itself(study: Study) -> None:
    assert render_text(study, study.reference) == (study.root / MARK).read_text(encoding="utf-8")


@pytest.mark.slow  # simlin runs the reference text quickly, in test_against_foreign_programs
def test_pysd_runs_the_text_of_another_country_to_the_figures_of_its_run(
    study: Study, tmp_path: Path
) -> None:
    fit = Fit("a fit", ("BRA",), None, {"drawdown time": 2.3}, {"BRA": {"learning effectiveness": 1.25}})
    path = tmp_path / "brazil.mdl"
    path.write_text(render_text(study, "BRA", fit), encoding="utf-8")
    # PySD prints tables to eight decimals
    tables = as_pysd_reads(study.tables("BRA"))
    window = study.countries["BRA"].window
    ours = study.model.run(
        years=(window.start, window.start + 2),
        method="euler",
        parameters=study.parameter_values("BRA", fit),
        drivers=tables,
    )
    # two years, as PySD takes a second for each step of this model
    assert differences(ours, pysd_euler(path, tmp_path, window.start + 2)) == {}


def test_the_text_of_a_country_holds_its_constants_and_tables(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "india.mdl"
    path.write_text(render_text(study, "IND"), encoding="utf-8")
    model = load_model(path)
    assert model.parameters == study.parameter_values("IND")
    held = {name: (x.tolist(), y.tolist()) for name, (x, y) in model.tables.items()}
    assert held == {name: (x.tolist(), y.tolist()) for name, (x, y) in study.tables("IND").items()}


def test_only_constants_and_tables_change(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "india.mdl"
    path.write_text(render_text(study, "IND"), encoding="utf-8")
    before, after = study.model.text, read_text(path)
    kept = [(v.name, v.unit, v.note, v.sector, v.kind, v.dependencies) for v in before.variables]
    assert kept == [(v.name, v.unit, v.note, v.sector, v.kind, v.dependencies) for v in after.variables]


LAID_OUT = """{UTF-8}
k = -8.50  {years}
	~ Year ~ k = 1, once. |
"other k" ==

	1e3	~ Dmnl
	~ Note. |
n = k * other k ~ Year ~ |
"""


def test_of_a_constant_only_the_number_changes_whatever_its_layout() -> None:
    changed = put_in(LAID_OUT, {"k": 0.25, "other k": 1e-7}, {})
    assert changed == LAID_OUT.replace("-8.50", "0.25").replace("1e3", "1e-07")


def laid_out(folder: Path, before: str, after: str) -> Study:
    """The small study with a constant written in another form."""
    text = folder / MARK
    edit(text, re.escape(before), after)
    return Study(folder)


def test_the_values_of_the_tables_go_into_the_text_and_nothing_else_changes(tmp_path: Path) -> None:
    folder = lay_estimated(tmp_path / "study")
    study = laid_out(folder, "learning rate = 0.05\n", "learning   rate\t=\n 7.0 {fast} \n")
    before = (folder / MARK).read_text(encoding="utf-8")
    assert with_table_values(study) == before.replace("7.0 {fast}", "0.05 {fast}")


def test_a_value_that_is_no_plain_number_in_the_text_is_for_a_hand_to_write(tmp_path: Path) -> None:
    study = laid_out(lay_estimated(tmp_path / "study"), "learning rate = 0.05\n", "learning rate = (7)\n")
    with pytest.raises(InputError) as error:
        with_table_values(study)
    assert str(error.value) == (
        "latecomer.mdl, learning rate: got a constant in another form; expected a name, = and the number "
        "0.05. Cure: write it into the text by hand."
    )


def test_values_of_other_units_are_not_written(tmp_path: Path) -> None:
    folder = lay_estimated(tmp_path / "study")
    study = laid_out(folder, "learning rate = 0.05\n\t~\t1/Year", "learning rate = 5\n\t~\tPercent/Year")
    with pytest.raises(InputError, match="learning rate: got the unit '1/Year'; expected 'Percent/Year'"):
        with_table_values(study)


def test_a_name_that_is_part_of_another_is_left_alone() -> None:
    text = (
        "capital =\n\t1\n\t~\tDmnl\n\t~\tcapital = 1.\n\t|\n\ncapital share =\n\t2\n\t~\tDmnl\n\t~\t\n\t|\n"
    )
    assert put_in(text, {"capital": 3.0}, {}) == text.replace("capital =\n\t1", "capital =\n\t3")
