"""Noisy runs of a study's countries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.simulate import Event
from latecomer.study.study import Study

# one span and the same variables in all, so that the program compiled for one serves the others
YEARS = (1960, 1966)
ASKED = {"years": YEARS, "variables": ["output", "exports", "demand shock"]}


@pytest.mark.slow  # with all variables, and so a program of its own; below they are few
def test_draws_leave_the_plain_run_by_their_shocks_only(whole: Study) -> None:
    runs = whole.run("KOR", draws=2, years=YEARS)
    plain = whole.run("KOR", method="euler", years=YEARS)
    assert runs["output"].dims == ("draw", "time")
    assert set(runs.data_vars) == set(plain.data_vars)
    for name in ("world demand", "drawdown time"):
        np.testing.assert_allclose(runs[name][1], plain[name], rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(runs["output"][:, 0], [plain["output"][0]] * 2, rtol=1e-12)
    assert len({float(value) for value in (*runs["output"][:, -1], plain["output"][-1])}) == 3


def test_countries_side_by_side_are_the_countries_alone_with_the_same_shocks(whole: Study) -> None:
    both = whole.ensemble(["KOR", "BRA"], 3, seed=4, **ASKED)
    assert both["output"].dims == ("case", "draw", "time")
    alone = whole.ensemble(["BRA"], 3, seed=4, **ASKED)
    np.testing.assert_array_equal(both["output"].sel(case="BRA"), alone["output"].sel(case="BRA"))
    assert not np.array_equal(both["output"].sel(case="BRA"), both["output"].sel(case="KOR"))
    shocks = both["demand shock"]
    assert float(np.abs(shocks[:, :, -1]).min()) > 0
    one, other = shocks[0] / shocks[0, 0, -1], shocks[1] / shocks[1, 0, -1]
    np.testing.assert_allclose(one, other, rtol=1e-9)


def test_a_summary_is_that_of_the_paths(whole: Study) -> None:
    paths = whole.ensemble(["KOR", "BRA"], 40, seed=1, **ASKED)["output"]
    middle = float(paths.sel(case="KOR", time=1966).median())
    events = {"above": Event("output", above=middle)}
    found = whole.summarise(["KOR", "BRA"], 40, seed=1, events=events, **ASKED)
    np.testing.assert_allclose(found.moments["output"].sel(statistic="mean"), paths.mean("draw"), rtol=1e-12)
    ever = (paths.sel(case="KOR") > middle).any("time").mean()
    assert float(found.events.sel(event="above", case="KOR", time=1966)) == pytest.approx(
        float(ever), abs=1e-12
    )
    assert found.failed == 0
    assert found.finite.to_dict()["data"] == [40, 40]


def test_countries_of_different_windows_need_years(copied: Path) -> None:
    file = copied / "model" / "countries" / "BRA.toml"
    text = file.read_text(encoding="utf-8")
    assert "end = 2010" in text
    file.write_text(text.replace("end = 2010", "end = 2009", 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        Study(copied).ensemble(["KOR", "BRA"], 2)
    assert str(caught.value) == (
        "years: got 1960 to 2009, 1960 to 2010; expected one window for all countries. "
        "Cure: give years that all of them cover."
    )
