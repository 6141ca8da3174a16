"""Data variables and the files that they come from."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.simulate import load_model
from tests.language.flat import vensim, written

EQUATIONS = """Region: north, south ~~|
rain[Region] ~ mm ~ Observed. |
price :INTERPOLATE: ~ dollar ~ Observed. |
income = price * SUM(rain[Region!]) ~ dollar*mm ~ From both. |
"""
COLUMNS = "Time,price,rain[north],rain[south]\n0,1,10,5\n2,,20,5\n4,3,40,7\n8,2,0,8\n"


def test_data_are_read_by_column_or_by_row_and_between_the_figures_linearly(tmp_path: Path) -> None:
    path = vensim(tmp_path, EQUATIONS)
    rows = [line.split(",") for line in COLUMNS.split()]
    turned = "\n".join("\t".join(cells) for cells in zip(*rows, strict=True))
    for name, content in (("data.csv", COLUMNS), ("data.tab", turned)):
        run = load_model(path, data=written(tmp_path, content, name)).run()
        time = run["time"].to_numpy()
        np.testing.assert_allclose(run["price"], np.interp(time, [0, 4, 8], [1, 3, 2]))
        np.testing.assert_allclose(
            run["rain"].sel(Region="north"), np.interp(time, [0, 2, 4, 8], [10, 20, 40, 0])
        )


def test_data_are_drivers_that_a_run_may_replace(tmp_path: Path) -> None:
    model = load_model(vensim(tmp_path, EQUATIONS), data=[written(tmp_path, COLUMNS, "data.csv")])
    run = model.run(drivers={"price": ([0, 8], [2, 2]), "rain[south]": ([0, 8], [0, 0])})
    np.testing.assert_allclose(run["income"], 2 * run["rain"].sel(Region="north"))


@pytest.mark.slow
def test_pysd_reads_the_same_numbers(tmp_path: Path) -> None:
    import pysd

    equations = "price :INTERPOLATE: ~ dollar ~ Observed. |\nLevel = INTEG(price, 0) ~ dollar ~ Sum. |\n"
    path, file = vensim(tmp_path, equations), written(tmp_path, "Time,price\n0,1\n4,3\n8,2\n", "data.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pysd.read_vensim(path, data_files=str(file)).run()
    ours = load_model(path, data=file).run(method="euler")
    np.testing.assert_allclose(ours["Level"], theirs["Level"], rtol=1e-9)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("year,price\n0,1\n", "data.csv: got 'year' in the first cell; expected Time"),
        ("", "data.csv: got 'an empty file' in the first cell; expected Time"),
        ("Time,price\n0,one\n2,3\n4,5\n", "data.csv, row 2, price: got 'one'; expected a finite number"),
        ("Time,price\n0,1\n0,3\n", "data.csv, price: got times out of order; expected each time once"),
        ("Time,price\n0,1\n2,\n", "data.csv, price: got 1 figures; expected two or more"),
        ("Time,price,Price\n0,1,2\n2,3,4\n", "data.csv, Price: got a second column of that name"),
        ("Time,time,price\n0,1,2\n2,3,4\n", "data.csv, time: got a second column of that name"),
    ],
)
def test_a_file_that_makes_no_sense(content: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_model(vensim(tmp_path, EQUATIONS), data=written(tmp_path, content, "data.csv"))
    assert words in str(caught.value)


def test_a_series_in_two_files_or_in_none(tmp_path: Path) -> None:
    path, file = vensim(tmp_path, EQUATIONS), written(tmp_path, COLUMNS, "data.csv")
    with pytest.raises(InputError, match="'price' a second time; expected each series in one file"):
        load_model(path, data=[file, written(tmp_path, "Time,price\n0,1\n1,2\n", "more.csv")])
    with pytest.raises(InputError, match="line 7, price: got a data variable without its data"):
        load_model(path)
    with pytest.raises(InputError, match=r"got a file ending with '.xls'; expected \.csv or \.tab"):
        load_model(path, data=tmp_path / "data.xls")
    with pytest.raises(
        InputError,
        match=r"none\.csv: got no such file; expected a CSV file of figures\. Cure: correct the path\.",
    ):
        load_model(path, data=tmp_path / "none.csv")
