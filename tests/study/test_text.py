"""The model text of a country, to be opened elsewhere."""

from __future__ import annotations

from pathlib import Path

from latecomer.language import read_text
from latecomer.solve import load_model
from latecomer.study.fits import Fit
from latecomer.study.reference import MARK
from latecomer.study.rooms import Rooms
from latecomer.study.text import put_in, render_text
from tests.solve.oracles import as_pysd_reads, differences, pysd_euler


def test_the_text_of_its_own_country_is_the_text_itself(rooms: Rooms) -> None:
    assert render_text(rooms, rooms.reference) == (rooms.root / MARK).read_text(encoding="utf-8")


def test_pysd_runs_the_text_of_another_country_to_the_figures_of_its_run(
    rooms: Rooms, tmp_path: Path
) -> None:
    fit = Fit("a fit", ("BRA",), None, {"drawdown time": 2.3}, {"BRA": {"learning effectiveness": 1.25}})
    path = tmp_path / "brazil.mdl"
    path.write_text(render_text(rooms, "BRA", fit), encoding="utf-8")
    # PySD prints tables to eight decimals
    tables = as_pysd_reads(rooms.tables("BRA"))
    window = rooms.countries["BRA"].window
    ours = rooms.model.run(
        years=(window.start, window.start + 2),
        method="euler",
        parameters=rooms.parameter_values("BRA", fit),
        drivers=tables,
    )
    # two years, as PySD takes a second for each step of this model
    assert differences(ours, pysd_euler(path, tmp_path, window.start + 2)) == {}


def test_the_text_of_a_country_holds_its_constants_and_tables(rooms: Rooms, tmp_path: Path) -> None:
    path = tmp_path / "india.mdl"
    path.write_text(render_text(rooms, "IND"), encoding="utf-8")
    model = load_model(path)
    assert model.parameters == rooms.parameter_values("IND")
    held = {name: (x.tolist(), y.tolist()) for name, (x, y) in model.tables.items()}
    assert held == {name: (x.tolist(), y.tolist()) for name, (x, y) in rooms.tables("IND").items()}


def test_only_constants_and_tables_change(rooms: Rooms, tmp_path: Path) -> None:
    path = tmp_path / "india.mdl"
    path.write_text(render_text(rooms, "IND"), encoding="utf-8")
    before, after = rooms.model.text, read_text(path)
    kept = [(v.name, v.unit, v.note, v.sector, v.kind, v.dependencies) for v in before.variables]
    assert kept == [(v.name, v.unit, v.note, v.sector, v.kind, v.dependencies) for v in after.variables]


def test_a_name_that_is_part_of_another_is_left_alone() -> None:
    text = (
        "capital =\n\t1\n\t~\tDmnl\n\t~\tcapital = 1.\n\t|\n\ncapital share =\n\t2\n\t~\tDmnl\n\t~\t\n\t|\n"
    )
    assert put_in(text, {"capital": 3.0}, {}) == text.replace("capital =\n\t1", "capital =\n\t3")
