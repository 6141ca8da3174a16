"""The years of a run: within the window, on the saved times; beyond the figures by assumptions or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.study.run_spec import checked_span, resolve
from latecomer.study.study import Study

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("years", "dt", "said"),
    [
        (
            (1800, 1810),
            None,
            "years: got a first year of 1800; expected 1960 or later: the window of KOR begins then.",
        ),
        ((-1e308, 1e308), None, "years: got a first year of -1e+308; expected 1960 or later"),
        ((1960, 1e307), None, "dt: got 8e+307 steps of 0.125; expected at most 1,000,000 steps."),
        ((1960, 1e308), None, "dt: got inf steps of 0.125; expected at most 1,000,000 steps."),
        ((1960, 1970), 1e-9, "dt: got 1e+10 steps of 1e-09; expected at most 1,000,000 steps."),
        (
            (1960, 1970),
            1e-300,
            "expected at most 1,000,000 steps. Cure: choose a larger step or fewer years.",
        ),
        ((1960, 1970), 2e-5, "steps of 138 stocks and drivers; expected at most 50,000,000 values."),
        ((1990, 1960), None, "years: got 1990 to 1960; expected a first year before the last."),
        ((1960, 1960), None, "years: got 1960 to 1960; expected a first year before the last."),
        ((NAN, NAN), None, "years: got nan to nan; expected a first year before the last."),
        ((1960, INF), None, "years: got 1960 to inf; expected a first year before the last."),
        (
            (1960.5, 1970.25),
            None,
            "a last year that is saved, the first and a multiple of 1. Cure: end the run in 1969.5 or 1970.5",
        ),
        (
            (1960, 1960.5),
            None,
            "a last year that is saved, the first and a multiple of 1. Cure: end the run in 1961.",
        ),
        (("1960", "1970"), None, "years: got ('1960', '1970'); expected a first year before the last."),
        ("1960:1970", None, "years: got '1960:1970'; expected a first year before the last. Cure: hand over"),
        ((1960,), None, "years: got (1960,); expected a first year before the last."),
        (1960, None, "years: got 1960; expected a first year before the last."),
        ((True, 1970), None, "years: got (True, 1970); expected a first year before the last."),
        ((1960, 1970), 0.0, "dt: got 0; expected a step above 0."),
        ((1960, 1970), -1.0, "dt: got -1; expected a step above 0."),
        ((1960, 1970), NAN, "dt: got nan; expected a step above 0."),
        ((1960, 1970), "x", "dt: got 'x'; expected a step above 0."),
        ((1960, 1970), INF, "dt: got inf; expected a step above 0."),
        ((1960, 1970), 0.3, "dt: got 0.3; expected a step that divides the span 10."),
    ],
)
def test_years_that_cannot_be_run_are_refused(study: Study, years: Any, dt: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        resolve(study, "KOR", None, years=years, dt=dt)
    (fault,) = error.value.faults
    assert str(fault).startswith(said) or said in str(fault)
    with pytest.raises(InputError):
        study.simulate("KOR", years=years, dt=dt)


@pytest.mark.parametrize(
    ("years", "dt"),
    [((1960, 2010), None), ((1960.5, 1970.5), None), ((1970.0, 1971.0), 0.25)],
)
def test_years_on_the_saved_times_are_those_of_the_run(study: Study, years: Any, dt: float | None) -> None:
    run = study.simulate("KOR", years=years, dt=dt)
    assert (float(run["time"][0]), float(run["time"][-1])) == years


def test_years_may_be_an_array(study: Study) -> None:
    assert checked_span(study, "KOR", np.array([1960.0, 1970.0])) == (1960.0, 1970.0)  # type: ignore[arg-type]


def test_within_the_window_nothing_is_assumed_where_there_are_figures(study: Study) -> None:
    setup = resolve(study, "KOR", None).setup
    assert (setup.years, setup.assumed) == ((1960.0, 2010.0), ())
    assert resolve(study, "KOR", None, years=(1960, 2010)).setup.assumed == ()


def test_a_window_that_is_longer_than_the_figures_says_what_stays(study: Study) -> None:
    setup = resolve(study, "VNM", None).setup
    assert {one.driver for one in setup.assumed} == {
        table.removesuffix(" table") for table in study.drivers.sources
    }
    assert {(one.after, one.assumption.rule) for one in setup.assumed} == {(2017.0, "hold")}


def test_beyond_the_figures_the_assumptions_carry_on_and_are_told(study: Study) -> None:
    setup = resolve(study, "KOR", None, years=(1960, 2040)).setup
    told = {one.driver: one.as_dict() for one in setup.assumed}
    assert set(told) == {table.removesuffix(" table") for table in study.drivers.sources}
    assert told["world output"]["rule"] == "growth"
    years, values = setup.tables["world output table"]
    assert years[-1] == 2040
    assert values[-1] > 1.4 * values[list(years).index(told["world output"]["after"])]
    run = study.simulate("KOR", years=(1960, 2040))
    assert float(run["world output"][-1]) == values[-1]
    recorded = study.simulate("KOR")
    np.testing.assert_array_equal(run["output"][:51], recorded["output"])


def test_beyond_the_figures_a_study_without_assumptions_refuses(folder: Path) -> None:
    for file in (folder / "runs" / "scenarios").iterdir():
        file.unlink()
    bare = Study(folder)
    assert resolve(bare, "KOR", None).setup.assumed == ()
    with pytest.raises(InputError) as error:
        resolve(bare, "KOR", None, years=(1960, 2040))
    assert len(error.value.faults) == len(bare.drivers.sources)
    said = {fault.place: fault for fault in error.value.faults}
    fault = said["assumptions.toml, KOR, oil price"]
    assert fault.got.startswith("no assumption after its last figure, of 20")
    assert fault.got.endswith(", for a run to 2040")
    assert 'add [world."oil price"] or [countries.KOR."oil price"]' in fault.cure
