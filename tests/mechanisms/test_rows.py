"""Every row of model/mechanisms.toml is claimed by tests that turn red once the mechanism is removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.study.mechanisms import FILE, mechanisms, read_mechanisms
from tests.mechanisms.claims import Claim, claims, file_of, turns_red
from tests.mechanisms.runs import Runs

ROWS = list(read_mechanisms(Path(__file__).resolve().parents[2] / "model" / FILE))
CLAIMS = [one for row in ROWS for one in claims(row)]
EACH = [
    pytest.param(one, iso3, id=f"{one.row}-{iso3}-{one.name}") for one in CLAIMS for iso3 in one.countries
]
# the rows that the texts behind the model call for
WANTED = {"A": 8, "B": 5, "C": 6, "N": 8}


def test_the_rows_are_those_of_the_texts_behind_the_model() -> None:
    assert [f"{letter}{k + 1}" for letter, count in WANTED.items() for k in range(count)] == ROWS


def test_every_name_of_the_rows_is_known_to_the_study(run: Runs) -> None:
    assert list(mechanisms(run.study)) == ROWS


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_file_with_a_claim(row: str) -> None:
    assert file_of(row).is_file()
    assert [one for one in CLAIMS if one.row == row]


@pytest.mark.parametrize("one", CLAIMS, ids=lambda one: f"{one.row}-{one.name}")
def test_no_claim_is_excused(one: Claim) -> None:
    assert one.excuses == ()


@pytest.mark.parametrize(("one", "iso3"), EACH)
def test_without_the_mechanism_the_claim_is_red(run: Runs, one: Claim, iso3: str) -> None:
    assert turns_red(one, run, iso3), f"{one.name} holds for {iso3} without {one.row}"
