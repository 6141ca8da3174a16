"""A mechanism removed: the same run with its switch at nought."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.evaluation.ablation import ablations, effect, fit_of, path, run_case
from latecomer.study.mechanisms import Case, mechanisms
from latecomer.study.scenarios import LeverChange
from latecomer.study.study import Study
from tests.study.small import lay_small


@pytest.fixture(scope="module")
def small(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(lay_small(root, tmp_path_factory.mktemp("small") / "study"))


def case(country: str = "VNM", year: int = 2010, **asked: object) -> Case:
    return Case(country=country, year=year, **asked)  # type: ignore[arg-type]


def test_each_row_is_told_by_its_indicator_and_by_output_per_head(small: Study) -> None:
    learning, support = ablations(small, mechanisms(small).values())
    # From 1993 on capability 2 grows at 0.1 * (1 + 0.5).
    grown = 2 * np.exp(0.15 * 7)
    assert (learning.row, learning.fit, learning.indicator.without) == ("A1", "none", 0.0)
    assert learning.indicator.whole == pytest.approx(0.15 * grown, rel=1e-5)
    assert learning.head.whole == pytest.approx(grown, rel=1e-5)
    assert learning.head.without == 2.0
    assert (support.row, support.fit, support.indicator.variable) == ("A2", "reference", "capability")
    assert support.indicator.without == pytest.approx(np.exp(0.2 * 20), rel=1e-4)
    # Support rises from a half to one over the first year.
    grown = np.exp(0.2 * (20 + 0.75 + 19))
    assert support.indicator.whole == pytest.approx(grown, rel=1e-3)


def test_a_case_goes_before_the_fit_and_the_fit_before_the_tables(small: Study) -> None:
    none = {"support": LeverChange(year=1991, level=0.0)}
    for asked, rate in (({}, 0.15), ({"fit": "none"}, 0.1), ({"parameters": {"learning rate": 0.3}}, 0.3)):
        run = run_case(small, case(levers=none, **asked), {})
        growth = np.log(run["capability"][-1] / run["capability"][-2])
        assert float(growth) == pytest.approx(rate, rel=1e-4)


def test_a_country_outside_the_reference_fit_runs_with_the_tables(small: Study) -> None:
    assert [fit_of(small, case(iso3)) for iso3 in ("VNM", "KHM")] == ["reference", "none"]
    with pytest.raises(InputError, match="fit 'reference': got the country 'KHM'"):
        run_case(small, case("KHM", fit="reference"), {})


def test_a_case_may_lie_beyond_the_window(small: Study) -> None:
    run = run_case(small, case(year=2030), {})
    assert float(run["time"][-1]) == 2030
    assert float(run["support"][-1]) == 0.5


def test_an_element_of_an_array_has_a_path_of_its_own() -> None:
    blocks = xr.DataArray(
        [[1.0, 2.0], [3.0, 4.0]],
        coords={"time": [0.0, 1.0], "Network": ["garments", "cars"]},
        dims=("time", "Network"),
        attrs={"units": "block"},
    )
    run = xr.Dataset({"blocks": blocks, "pace[cars]": blocks.sel(Network="cars", drop=True)})
    assert path(run, "blocks[garments]").to_numpy().tolist() == [1.0, 3.0]
    assert path(run, "pace[cars]").to_numpy().tolist() == [2.0, 4.0]
    told = effect(run, 0.5 * run, "blocks[cars]", 1)
    assert (told.unit, told.whole, told.without) == ("block", 4.0, 2.0)
