"""Crises dated in the runs of a fit: the statement, the record, and that what fails is told first."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.evaluation.crisis_dating import (
    Episodes,
    crisis_parts,
    episodes,
    held_against,
    lowest_about,
    on_record,
)
from latecomer.study.study import Study
from tests.evaluation.debtors import bare_fit, lay_debtors
from tests.outcomes import EPISODES

ACCESS, RESERVES, IMPORTS, DUE = "credit access", "reserves", "imports", "amortisation due"
SPAN, LACKS = EPISODES.span, EPISODES.lacks
NAMED = EPISODES.named
NONE: dict[str, list[int]] = {"credit": [], "reserves": []}


def run(access: float, reserves: float, imports: float = 12.0, due: float = 2.0) -> xr.Dataset:
    """A run at rest from 1980 to 1984, but for one moment of 1982."""
    times = np.arange(1980.0, 1984.0, 0.125)
    there = times == 1982.25
    levels = {ACCESS: (1.0, access), RESERVES: (9.0, reserves), IMPORTS: (12.0, imports), DUE: (2.0, due)}
    paths = {name: ("time", np.where(there, low, usual)) for name, (usual, low) in levels.items()}
    return xr.Dataset(paths, {"time": times})


@pytest.mark.parametrize(
    ("made", "credit", "reserves"),
    [
        (run(0.49, 9.0), [1982], []),
        (run(0.51, 9.0), [], []),
        (run(1.0, 1.9), [], [1982]),  # under three months, 3, and under what falls due
        (run(1.0, 2.5), [], []),  # under three months alone
        (run(1.0, 3.5, due=4.0), [], []),  # under what falls due alone
    ],
)
def test_a_crisis_is_lost_credit_or_reserves_short_of_both(
    made: xr.Dataset, credit: list[int], reserves: list[int]
) -> None:
    assert crisis_parts(made, EPISODES) == {"credit": credit, "reserves": reserves}


def test_how_near_a_run_came_is_told_for_years_that_it_holds() -> None:
    assert lowest_about(run(0.6, 4.0), 1982, EPISODES) is None  # 1984 is not there
    longer = run(0.6, 4.0).assign_coords(time=np.arange(1980.0, 1984.0, 0.125) * 1.0)
    wider = xr.concat([longer, longer.assign_coords(time=longer["time"] + 4.0)], "time")
    assert lowest_about(wider, 1982, EPISODES) == {
        "access": 0.6,
        "months": 4.0,
    }  # 4 of 12 a year are four months


def stated(model: dict[str, list[int]], first: int = 1970) -> Episodes:
    """The five to be dated, with the years of lost credit of each run."""
    spans = {iso3: (first if iso3 != "VNM" else 1989, 2010) for iso3 in NAMED}
    parts = {iso3: {"credit": model.get(iso3, []), "reserves": []} for iso3 in NAMED}
    return held_against(
        "fit", EPISODES, spans, parts, {iso3: list(years) for iso3, years in NAMED.items()}, {}
    )


def test_runs_that_date_two_and_no_other_hold() -> None:
    found = stated({"IND": [1990, 1991], "KOR": [1998]})
    assert found.holds
    assert [(one.iso3, one.onset) for one in found.named if one.why is None] == [("IND", 1990), ("KOR", 1998)]
    assert found.hits is not None
    assert (found.hits.k, found.hits.n) == (2, 4)  # Viet Nam's run begins after its breakdown
    assert found.by_part == {"credit": (2, 0), "reserves": (0, 0)}
    assert found.fails == (
        "MEX 1994 is missed: no onset in the run at all",
        "THA 1997 is missed: no onset in the run at all",
        "VNM 1985 is missed: cannot be told: the run begins in 1989",
    )


def test_what_fails_is_told_first_and_in_order() -> None:
    found = stated({"IND": [1984], "KOR": [1980, 1990], "MEX": [1993]})
    assert not found.holds
    assert next(iter(found.as_dict())) == "fails"
    # three alarms in 4 * 41 + 22 country-years
    assert found.fails[:3] == (
        "1 of 5 other breakdowns are dated within 2 years; 2 at least were to be",
        "1.6 false alarms in ten country-decades; 1 was to be the most",
        "IND 1991 is missed: the nearest onset is that of 1984",
    )
    assert found.fails[-3:] == (
        "IND 1984 is a false alarm",
        "KOR 1980 is a false alarm",
        "KOR 1990 is a false alarm",
    )
    assert found.lacks == LACKS


def test_alarms_alone_make_it_fail() -> None:
    found = stated({"IND": [1991], "KOR": [1980, 1997], "THA": [1997, 2005], "MEX": []})
    assert sum(one.why is None for one in found.named) == 3
    assert found.alarms == pytest.approx(100 * 2 / 186)
    assert not found.holds


def test_how_near_a_missed_one_came_is_said() -> None:
    spans, record = {"IND": (1970, 2010)}, {"IND": [1991]}
    found = held_against(
        "fit", EPISODES, spans, {"IND": NONE}, record, {("IND", 1991): {"access": 0.81, "months": 4.25}}
    )
    assert found.fails[1] == (
        "IND 1991 is missed: no onset in the run at all; credit access is 0.81 at the lowest, reserves 4.2 "
        "months of imports"
    )


def test_a_fit_without_a_year_at_risk_is_plain_data_all_the_same() -> None:
    found = held_against("fit", EPISODES, {"LAO": (2011, 2010)}, {"LAO": NONE}, {"LAO": []}, {})
    assert (found.hits, found.holds, found.as_dict()["alarms"]) == (None, False, None)
    json.dumps(found.as_dict(), allow_nan=False)


@pytest.mark.slow  # over all country files
def test_the_record_is_defaults_country_files_and_what_is_to_be_dated(root: Path) -> None:
    study = Study(root)
    brazil, korea, mexico, viet_nam = (on_record(study, iso3) for iso3 in ("BRA", "KOR", "MEX", "VNM"))
    assert {1961, 1983, 1994} <= set(brazil)
    assert 2001 not in brazil
    assert korea == [1997]
    assert {1976, 1982, 1990, 1994} <= set(mexico)
    assert viet_nam == [1985]


def test_every_country_of_the_fit_is_run_and_dated(tmp_path: Path) -> None:
    """Real rates of 10 % on a debt as large as exports: access is exp(-20 * .1) where the strain is 20."""
    study = lay_debtors(tmp_path / "study")
    told: list[tuple[str, int, int]] = []
    quiet = episodes(study, bare_fit(study), lambda *how: told.append(how))
    assert told == [("run BRA", 0, 2), ("run KOR", 1, 2), ("runs done", 2, 2)]
    assert [one.model for one in quiet.countries] == [(), ()]
    strained = replace(bare_fit(study), shared={"strain": 20.0})
    found = episodes(study, strained)
    assert [one.model for one in found.countries] == [(1979,), (1979,)]  # rates begin to rise within 1979
    assert [one.first for one in found.countries] == [SPAN[0]] * 2
    assert found.years == 2 * 41


def test_a_text_that_cannot_tell_crises_is_refused(tmp_path: Path) -> None:
    study = lay_debtors(tmp_path / "study", drop="amortisation due")
    with pytest.raises(InputError) as caught:
        episodes(study, bare_fit(study))
    assert str(caught.value) == (
        "outcomes.toml, episodes, reserves: got the variable 'amortisation due'; expected one of the model "
        "text. Cure: write the nearest name: 'imports'."
    )
