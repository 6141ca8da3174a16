"""Populations: what their file may hold, and what countries must have in common to be of one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from latecomer.errors import InputError
from latecomer.study.countries import Population, load_populations, population_faults
from latecomer.study.provenance import population_hash

SOUND = '["patience"]\ncentre = 0.5\nspread = 0.3\nnote = "Alike"\nsource = "judgement"\n'


def countries(**centres: float) -> Any:
    """Countries whose files give "patience" a prior, each with a centre of its own."""
    return {
        iso3: SimpleNamespace(
            parameters=SimpleNamespace(
                priors={"patience": SimpleNamespace(family="normal", centre=centre, spread=0.2)}
            )
        )
        for iso3, centre in centres.items()
    }


def test_a_study_without_the_file_has_none(tmp_path: Path) -> None:
    assert load_populations(tmp_path / "populations.toml") == {}


def test_what_the_file_says_is_read(tmp_path: Path) -> None:
    path = tmp_path / "populations.toml"
    path.write_text(SOUND, encoding="utf-8")
    assert load_populations(path) == {
        "patience": Population(centre=0.5, spread=0.3, note="Alike", source="judgement")
    }


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            'centre = 0.5\nspread = 0.3\nnote = "Alike"\nsource = "judgement"',
            "",
            "populations.toml, patience: got no centre; expected a value for centre. Cure: write it down.",
        ),
        (
            "centre = 0.5",
            "centre = 0.0",
            "populations.toml, patience, centre: got 0; expected greater than 0. Cure: mend the value.",
        ),
        (
            "spread = 0.3",
            "spread = -1.0",
            "populations.toml, patience, spread: got -1; expected greater than 0. Cure: mend the value.",
        ),
        (
            "spread = 0.3",
            "spred = 0.3\nspread = 0.3",
            (
                "populations.toml, patience: got the unknown key 'spred'; "
                "expected one of centre, spread, note, source. Cure: write the nearest name: 'spread'."
            ),
        ),
        (
            '["patience"]',
            'thrift = 0.5\n["patience"]',
            (
                "populations.toml, thrift: got 0.5; expected a table of centre, spread, note and source. "
                "Cure: mend it."
            ),
        ),
        ('["patience"]', '["patience"', "populations.toml: got text that is not TOML"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, before: str, after: str, said: str) -> None:
    path = tmp_path / "populations.toml"
    assert before in SOUND
    path.write_text(SOUND.replace(before, after), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_populations(path)
    assert said in str(caught.value)


def test_all_faults_of_the_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "populations.toml"
    path.write_text(SOUND.replace("0.5", "-1.0") + '["thrift"]\ncentre = 1.0\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_populations(path)
    assert {fault.place for fault in caught.value.faults} == {
        "populations.toml, patience, centre",
        "populations.toml, thrift",
    }


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    one = {"patiense": Population(centre=0.5, spread=0.3, note="", source="")}
    (fault,) = population_faults(one, countries(KOR=1.0, BRA=1.0))
    assert str(fault) == (
        "populations.toml, patiense: got an unknown name; expected a parameter of the country files with a "
        "prior. Cure: write the nearest name: 'patience'."
    )


def test_priors_of_one_population_are_alike() -> None:
    one = {"patience": Population(centre=0.5, spread=0.3, note="", source="")}
    assert list(population_faults(one, countries(KOR=1.0, BRA=1.0))) == []
    (fault,) = population_faults(one, countries(KOR=1.0, BRA=1.1))
    assert str(fault) == (
        "populations.toml, patience: got priors that differ between countries; expected one prior in all "
        "country files. Cure: give them the same centre and spread."
    )


def test_a_country_without_the_parameter_is_no_fault() -> None:
    one = {"patience": Population(centre=0.5, spread=0.3, note="", source="")}
    without = SimpleNamespace(parameters=SimpleNamespace(priors={}))
    held: Any = {**countries(KOR=1.0), "BRA": without}
    assert list(population_faults(one, held)) == []


def test_notes_and_sources_are_no_part_of_the_hash() -> None:
    plain = population_hash({"a": Population(centre=0.5, spread=0.3, note="", source="")})
    assert population_hash({"a": Population(centre=0.5, spread=0.3, note="x", source="y")}) == plain
    for centre, spread in ((0.6, 0.3), (0.5, 0.4)):
        assert population_hash({"a": Population(centre=centre, spread=spread, note="", source="")}) != plain
