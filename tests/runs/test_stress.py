"""Every parameter anywhere in its range: runs stay finite, and what breaks is counted and placed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.runs.stress import SHOWN, apart, draw, stress
from latecomer.study.accounting import unsigned
from latecomer.study.parameters import Parameter
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from tests.study.studies import edit


@pytest.fixture(scope="module")
def study(root: object) -> Study:
    return Study(str(root))


@pytest.mark.slow  # nor in Korea, below
def test_nothing_breaks_anywhere_in_the_ranges(study: Study) -> None:
    found = stress(study, "VNM", 1000)
    assert found.holds, found.as_dict()
    assert found.as_dict()["failures"] == 0


def test_stocks_that_may_be_negative_are_those_whose_note_says_so(study: Study) -> None:
    signed = {v.name for v in study.model.text.variables if "may be negative" in v.note}
    assert signed == {"demand shock", "export shock", "domestic public debt"}
    watched = unsigned(study.model.text)
    assert signed.isdisjoint(watched)
    assert {"external debt", "production blocks[garments]", "failing programmes[deployment]"} <= set(watched)


def test_draws_fill_the_range_and_take_the_choices() -> None:
    table = {
        "free": Parameter(name="free", value=1, unit="Year", range=(1, 3), note="", source=""),
        "switch": Parameter(name="switch", value=1, unit="Dmnl", choices=(0.0, 1.0), note="", source=""),
    }
    drawn = draw(table, 1000, 0)
    assert drawn["free"].min() == pytest.approx(1, abs=0.02)
    assert drawn["free"].max() == pytest.approx(3, abs=0.02)
    assert set(drawn["switch"]) == {0.0, 1.0}
    assert np.array_equal(draw(table, 1000, 0)["free"], drawn["free"])


def test_what_fails_is_placed_by_the_parameters_that_set_it_apart() -> None:
    random = np.random.default_rng(0)
    drawn = {f"p{i}": random.uniform(size=2000) for i in range(20)}
    found = apart(drawn, np.flatnonzero(drawn["p7"] > 0.95))
    assert next(iter(found)) == "p7"
    assert found["p7"] == pytest.approx(0.475 * np.sqrt(12), rel=0.05)
    assert len(found) == SHOWN


@pytest.mark.slow
@pytest.mark.parametrize(
    "iso3", ["KOR", *(pytest.param(one, marks=pytest.mark.slow) for one in ("BRA", "NGA"))]
)
def test_no_stock_of_any_country_turns_negative_anywhere_in_the_ranges(study: Study, iso3: str) -> None:
    found = stress(study, iso3, 400, seed=3)
    assert (found.negative, found.failures) == ({}, 0)


@pytest.mark.slow  # at other seeds than the quick ones
def test_draws_that_left_the_finite_numbers_no_longer_do(study: Study) -> None:
    # of the draws of `latecomer stress KOR --draws 3000 --seed 1` and `--draws 5000`: a stage of a step
    # overshot, and a stock below nought has no logarithm and no root
    for draws, seed, chosen in ((3000, 1, (408,)), (5000, 0, (702, 1354, 2616, 2804))):
        drawn = draw({**study.parameters, **study.countries["KOR"].parameters}, draws, seed)
        for number in chosen:
            values = {name: float(column[number]) for name, column in drawn.items()}
            run = study.model.run((1960, 2010), None, "rk4", values, study.tables("KOR"), backend="numpy")
            for name in ("credit access", "capability", "discipline"):
                assert float(run[name].min()) >= 0.0


@pytest.mark.slow  # as those of one run, which the command refuses
def test_books_of_a_draw_that_do_not_close_are_refused(folder: Path) -> None:
    edit(folder / MARK, r"(\narrears =\n\tINTEG\()", r"\g<1>0.01+")
    with pytest.raises(InputError, match=r"books of KOR, draw 0, the identity 'arrears': got sides "):
        stress(Study(folder), "KOR", 2)
