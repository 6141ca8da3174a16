"""What a live page is made from: every run of the study, from a pool in which each table stands once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from latecomer import Study
from latecomer.errors import InputError
from latecomer.report.live.page import LivePayload
from latecomer.report.live.payload import live_payload
from latecomer.study.run_spec import resolve
from tests.study.small import lay_small

BOTH = ("KOR", "VNM")


@pytest.fixture(scope="module")
def study() -> Study:
    return Study(Path())


@pytest.fixture(scope="module")
def payload(study: Study) -> LivePayload:
    return live_payload(study, BOTH, ["zones-first", "coercion-shock"])


def grid(table: tuple[list[float], list[float]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    years, values = np.array(table[0]), table[1]
    return years if years.size == len(values) else years[0] + np.arange(len(values)) * years[1]


def tables(payload: LivePayload, iso3: str, scenario: str) -> list[tuple[list[float], list[float]]]:
    places: Mapping[int, int] = payload.cases[iso3][scenario].tables
    return [payload.tables[places.get(i, place)] for i, place in enumerate(payload.bases[iso3])]


@pytest.mark.parametrize(
    ("iso3", "scenario"), [("KOR", "baseline"), ("KOR", "coercion-shock"), ("VNM", "zones-first")]
)
def test_the_pool_gives_back_the_tables_and_constants_of_every_run(
    study: Study, payload: LivePayload, iso3: str, scenario: str
) -> None:
    first = float(study.countries[iso3].window.start)
    setup = resolve(study, iso3, "reference", scenario, years=(first, 2050.0)).setup
    for name, table in zip(study.model.tables, tables(payload, iso3, scenario), strict=True):
        np.testing.assert_array_equal(grid(table), setup.tables[name][0])
        np.testing.assert_array_equal(table[1], setup.tables[name][1])
    constants = dict(zip(study.model.parameter_names, payload.constants[iso3], strict=True))
    constants |= {
        study.model.parameter_names[i]: value for i, value in payload.cases[iso3][scenario].constants.items()
    }
    assert constants.items() >= setup.parameters.items()


def test_a_table_of_the_world_stands_once_for_all_countries(study: Study, payload: LivePayload) -> None:
    place = list(study.model.tables).index("world exports table")
    assert len({payload.bases[iso3][place] for iso3 in BOTH}) == 1
    assert payload.bases["KOR"] != payload.bases["VNM"]


def test_a_scenario_is_offered_for_the_countries_that_it_is_about(payload: LivePayload) -> None:
    offered = {one.name: list(one.countries) for one in payload.presets}
    assert list(offered) == ["baseline", "zones-first", "coercion-shock"]
    assert offered["baseline"] == offered["coercion-shock"] == list(BOTH)
    assert offered["zones-first"] == ["VNM"]
    assert "zones-first" not in payload.cases["KOR"]


def test_the_farthest_horizon_is_that_of_all_runs(study: Study, payload: LivePayload) -> None:
    assert payload.horizon == 2050
    assert live_payload(study, ["KOR"], ["subsidy-without-discipline"]).horizon == 2050


def test_all_scenarios_are_there_unless_some_are_named(study: Study) -> None:
    assert [one.name for one in live_payload(study, ["KOR"]).presets] == list(study.scenarios)


def test_a_study_without_scenarios_has_its_record(root: Path, tmp_path: Path) -> None:
    small = Study(lay_small(root, tmp_path / "small"))
    countries = list(small.countries)
    payload = live_payload(small, countries, fit=None)
    assert [one.name for one in payload.presets] == ["baseline"]
    assert payload.made["fit"] == "none"
    assert [one.name for one in payload.levers] == list(small.levers)
    assert json.loads(payload.json())["constants"].keys() == set(countries)


def test_what_the_study_does_not_know_is_refused(study: Study) -> None:
    with pytest.raises(InputError, match="countries: got none; expected at least one country"):
        live_payload(study, [])
    with pytest.raises(InputError, match="no such scenario"):
        live_payload(study, ["KOR"], ["zones-fist"])
    with pytest.raises(InputError, match="XXX"):
        live_payload(study, ["XXX"])


def test_the_same_study_gives_the_same_page(study: Study, payload: LivePayload) -> None:
    again = live_payload(Study(Path()), BOTH, ["zones-first", "coercion-shock"])
    assert (again.json(), again.script()) == (payload.json(), payload.script())
