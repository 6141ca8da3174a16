"""Assumptions: every driver has one, tables go on by it, and how each fault is said."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.study.extrapolation import carried_beyond, load_assumptions
from latecomer.study.study import Study
from tests.study.studies import edit

FAR = 2060


def test_every_driver_of_the_reference_study_goes_on(study: Study) -> None:
    drivers = study.drivers
    for iso3 in study.countries:
        tables = drivers.tables(iso3, whole=True)
        found, used = carried_beyond(tables, drivers.sources, study.assumptions, iso3, FAR)
        assert {one.driver + " table" for one in used} == set(drivers.sources)
        for table in drivers.sources:
            years, values = found[table]
            known = tables[table][0].size
            assert years[-1] == FAR
            assert values[:known].tolist() == tables[table][1].tolist()
            assert np.all(np.isfinite(values[known:]) & (values[known:] > 0)), (iso3, table)
        assert {table: found[table] for table in found if table not in drivers.sources} == {
            table: tables[table] for table in tables if table not in drivers.sources
        }


def test_every_assumption_has_a_source_or_a_reason(study: Study) -> None:
    assumptions = study.assumptions
    every = [
        *assumptions.world.values(),
        *(x for own in assumptions.countries.values() for x in own.values()),
    ]
    assert every
    assert all(len(one.source) > 20 for one in every)


def test_figures_that_there_are_go_before_an_assumption(study: Study) -> None:
    drivers = study.drivers
    tables = drivers.tables("BRA", whole=True)
    last = int(min(tables[table][0][-1] for table in drivers.sources))
    found, used = carried_beyond(tables, drivers.sources, study.assumptions, "BRA", last)
    assert used == []
    assert found == tables


def test_the_population_of_korea_shrinks_as_the_united_nations_project(study: Study) -> None:
    drivers = study.drivers
    found, _ = carried_beyond(
        drivers.tables("KOR", whole=True), drivers.sources, study.assumptions, "KOR", 2050
    )
    people = dict(zip(*found["population table"], strict=True))
    # World Population Prospects 2022, medium variant: 45.8 million in 2050
    assert people[2050] == pytest.approx(45.8, rel=0.02)


def test_a_driver_without_an_assumption_is_said_with_its_cure(folder: Path) -> None:
    path = folder / "runs" / "scenarios" / "assumptions.toml"
    edit(path, r'\[world\."oil price"\]\n(?:.+\n)+', "")
    edit(path, r'\[countries\.BRA\."human capital"\]\n(?:.+\n)+', "")
    study = Study(folder)
    tables = study.drivers.tables("BRA", whole=True)
    with pytest.raises(InputError) as error:
        carried_beyond(tables, study.drivers.sources, study.assumptions, "BRA", FAR)
    assert [str(fault) for fault in error.value.faults] == [
        (
            f"assumptions.toml, BRA, {driver}: got no assumption after its last figure, of {last}, for a run "
            f"to {FAR}; expected a rule for the years after its last figure. "
            f'Cure: add [world."{driver}"] or [countries.BRA."{driver}"], or end the run with '
            "the figures."
        )
        for driver, last in (("oil price", 2022), ("human capital", 2019))
    ]


@pytest.mark.parametrize(
    ("pattern", "replacement", "said"),
    [
        (
            r'\[world\."oil price"\]',
            '[world."oil prise"]',
            (
                "assumptions.toml, world, oil prise: got an unknown driver; expected a driver of "
                "drivers.toml that belongs here. Cure: write the nearest name: 'oil price'."
            ),
        ),
        (
            r'\[world\."oil price"\]',
            '[countries.BRA."oil price"]',
            "assumptions.toml, countries, BRA, oil price: got an unknown driver;",
        ),
        (
            r'\[countries\.BRA\."human capital"\]',
            '[countries.BAR."human capital"]',
            "assumptions.toml, countries, BAR: got the country 'BAR'; expected one of ARG, BRA",
        ),
        (
            'unit = "dollars/barrel"',
            'unit = "1/Year"',
            (
                "assumptions.toml, world, oil price: got the unit 1/Year; expected the unit dollars/barrel. "
                "Cure: mend the unit and the value."
            ),
        ),
    ],
)
def test_names_and_units_that_are_not_known_are_said(
    folder: Path, pattern: str, replacement: str, said: str
) -> None:
    edit(folder / "runs" / "scenarios" / "assumptions.toml", pattern, replacement)
    with pytest.raises(InputError, match=re.escape(said)):
        _ = Study(folder).assumptions


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[word]\n", "assumptions.toml: got the unknown key 'word'; expected one of world, countries."),
        ("[world]\noil = 3\n", "assumptions.toml, world, oil: got 3; expected a table of rule, value, unit"),
        (
            '[world.oil]\nrule = "hold"\nunit = "Dmnl"\n',
            "assumptions.toml, world, oil: got no source; expected a value for source.",
        ),
        (
            '[world.oil]\nrule = "hold"\nunit = "Dmnl"\nsource = "s"\nvalue = 1.0\n',
            "assumptions.toml, world, oil: got a value; expected nothing else for the rule 'hold'.",
        ),
    ],
)
def test_each_fault_of_the_file_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "assumptions.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)):
        load_assumptions(tmp_path / "assumptions.toml")


def test_a_study_without_assumptions_has_none(tmp_path: Path) -> None:
    assert load_assumptions(tmp_path / "assumptions.toml").world == {}
