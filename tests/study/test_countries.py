"""Country files: levers, windows and sources, and how each fault is said."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from latecomer.errors import InputError
from latecomer.study.countries import Population, load_countries, load_populations, population_faults
from latecomer.study.drivers import lever_tables
from latecomer.study.provenance import population_hash

GOOD = """
iso3 = "KOR"
name = "Korea"

[window]
start = 1960
end = 2010

[parameters."initial capture"]
value = 0.25
unit = "Dmnl"
range = [0.0, 1.0]
note = "A note"
source = "judgement"

[policy."export orientation"]
unit = "Dmnl"
regimes = [
  {year = 1960, level = 0.1, event = "First", source = "amsden1989"},
  {year = 1965, level = 0.9, event = "Second", source = "amsden1989"},
]
"""
REFERENCES = "@book{amsden1989,\n title = {Asia's Next Giant}\n}\n"


def lay(tmp_path: Path, text: str = GOOD) -> Path:
    (tmp_path / "countries").mkdir()
    (tmp_path / "countries" / "KOR.toml").write_text(text, encoding="utf-8")
    (tmp_path / "references.bib").write_text(REFERENCES, encoding="utf-8")
    return tmp_path / "countries"


def test_a_lever_becomes_a_table_of_its_dates(tmp_path: Path) -> None:
    korea = load_countries(lay(tmp_path), tmp_path / "references.bib")["KOR"]
    years, levels = lever_tables(korea)["export orientation table"]
    assert years.tolist() == [1960.0, 1965.0]
    assert levels.tolist() == [0.1, 0.9]


def test_a_later_regime_is_not_known_before_its_date(tmp_path: Path) -> None:
    korea = load_countries(lay(tmp_path))["KOR"]
    years, levels = lever_tables(korea, until=1964)["export orientation table"]
    assert set(levels.tolist()) == {0.1}
    assert years[0] == 1960.0


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "level = 0.9",
            "level = 1.2",
            (
                "KOR.toml, policy, export orientation, regimes, entry 2, level: got the level 1.2; "
                "expected a level from 0 to 1."
            ),
        ),
        ("year = 1965", "year = 1955", "got the year 1955 after 1960; expected years that increase."),
        ("year = 1965", "year = 1960", "got the year 1960 after 1960; expected years that increase."),
        (
            "start = 1960",
            "start = 2020",
            "KOR.toml, window: got the years 2020 to 2010; expected a start before",
        ),
        ('iso3 = "KOR"', 'iso3 = "BRA"', "KOR.toml, iso3: got 'BRA'; expected 'KOR'."),
        (
            'iso3 = "KOR"',
            'iso3 = "../../KOR"',
            "KOR.toml, iso3: got '../../KOR'; expected letters and digits alone: it names folders.",
        ),
        (
            'event = "Second", source = "amsden1989"',
            'event = "Second", source = "amsden1998"',
            (
                "KOR.toml, policy, export orientation, 1965: got the source 'amsden1998'; expected a key "
                "of references.bib. Cure: add the work to references.bib, or "
                "write the nearest name: 'amsden1989'"
            ),
        ),
        (
            '  {year = 1965, level = 0.9, event = "Second", source = "amsden1989"},\n',
            "",
            "KOR.toml, policy, export orientation: got 1 regime; expected two at least.",
        ),
        ("value = 0.25", "value = 2.5", "KOR.toml, parameters, initial capture: got the value 2.5;"),
        ("end = 2010", "end = 2010.5", "KOR.toml, window, end: got 2010.5; expected a valid integer"),
    ],
)
def test_each_fault_is_said_with_its_place(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in GOOD
    folder = lay(tmp_path, GOOD.replace(before, after, 1))
    with pytest.raises(InputError) as error:
        load_countries(folder, tmp_path / "references.bib")
    assert len(error.value.faults) == 1
    assert said in str(error.value)


def test_an_unknown_country_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(
        InputError,
        match=r"country 'KRO': got no country file; expected one of KOR\. Cure: write the nearest name",
    ):
        load_countries(lay(tmp_path))["KRO"]


def test_a_folder_without_countries_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"got no country file; expected a file ISO3\.toml for each country"):
        load_countries(tmp_path)


# Populations: what their file may hold, and what countries must have in common to be of one


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
