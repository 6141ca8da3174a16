"""Every row of model/mechanisms.toml is claimed by tests that turn red once the mechanism is removed."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.study.mechanisms import FILE, mechanisms, read_mechanisms
from latecomer.study.study import Study
from tests.claims import Claim, Test, claim, claims, claims_in, file_of, turns_red
from tests.mechanism_runs import Runs, at, changed, frozen, over, scaled, since
from tests.study.small import lay_small
from tests.study.studies import edit

ROWS = list(read_mechanisms(Path(__file__).resolve().parents[2] / "model" / FILE))
CLAIMS = [one for row in ROWS for one in claims(row)]
# a third of the rows is quick; what the claims say with their mechanism is quick for all
QUICK = ROWS[::3]
EACH = [
    pytest.param(
        one,
        iso3,
        id=f"{one.row}-{iso3}-{one.name}",
        marks=() if one.row in QUICK else pytest.mark.slow,
    )
    for one in CLAIMS
    for iso3 in one.countries
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


# Claims: what is one, and that it must turn red without its row


@pytest.fixture(scope="module")
def small(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(Study(lay_small(root, tmp_path_factory.mktemp("small") / "study")))


@claim("KHM", "VNM")
def grows(run: Runs, iso3: str) -> None:
    assert at(run(iso3, {"learning switch": 1.0}), "capability", 2005) > 2.5


@claim("KHM", "VNM")
def is_open(run: Runs, iso3: str) -> None:
    assert at(run(iso3), "openness", 2005) == 1


@claim("KHM", "VNM")
def divides(run: Runs, iso3: str) -> None:
    assert 1 / at(run(iso3), "learning", 2005) > 0


@claim("KHM", "VNM")
def gives_up(run: Runs, iso3: str) -> None:
    if at(run(iso3), "learning", 2005) == 0:
        pytest.skip("nothing to see")


def made(test: Test, row: str = "A1") -> Claim:
    return Claim(row, test, ("KHM", "VNM"))


@pytest.mark.parametrize("iso3", ["KHM", "VNM"])
def test_a_claim_that_needs_its_row_is_green_with_it_and_red_without(small: Runs, iso3: str) -> None:
    grows(small, iso3)
    assert turns_red(made(grows), small, iso3)


def test_a_claim_that_holds_without_its_row_is_told(small: Runs) -> None:
    is_open(small, "KHM")
    assert not turns_red(made(is_open), small, "KHM")


def test_another_error_is_no_red(small: Runs) -> None:
    with pytest.raises(ZeroDivisionError):
        turns_red(made(divides), small, "KHM")


def test_giving_up_is_no_red(small: Runs) -> None:
    with pytest.raises(RuntimeError, match="gives_up ends with Skipped: nothing to see"):
        turns_red(made(gives_up), small, "KHM")


def test_a_claim_runs_for_each_of_its_countries() -> None:
    (mark,) = grows.pytestmark  # type: ignore[attr-defined]
    assert (mark.name, mark.args) == ("parametrize", ("iso3", ("KHM", "VNM")))


@pytest.mark.parametrize("countries", [(), ("KHM",), ("KHM", "KHM")])
def test_a_claim_holds_in_two_countries_at_least(countries: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="a claim holds in two countries at least; got"):
        claim(*countries)


def test_a_claim_takes_run_and_country_alone() -> None:
    def other(history: Runs, iso3: str) -> None: ...

    with pytest.raises(TypeError, match="other: a claim takes run and iso3, and nothing else"):
        claim("KHM", "VNM")(other)


def test_the_claims_of_a_module_are_found_with_what_excuses_them() -> None:
    def test_excused(run: Runs, iso3: str) -> None: ...
    def test_plain(run: Runs, iso3: str) -> None: ...

    module = ModuleType("test_z1")
    module.test_one = claim("KHM", "VNM")(test_plain)  # type: ignore[attr-defined]
    module.test_two = pytest.mark.xfail(claim("KHM", "VNM")(test_excused))  # type: ignore[attr-defined]
    module.test_three = lambda run: None  # type: ignore[attr-defined]
    module.pytestmark = pytest.mark.skipif(True, reason="x")  # type: ignore[attr-defined]
    found = list(claims_in(module, "Z1"))
    assert [(one.row, one.countries, one.excuses) for one in found] == [
        ("Z1", ("KHM", "VNM"), ("skipif",)),
        ("Z1", ("KHM", "VNM"), ("skipif", "xfail")),
    ]


def test_the_file_of_a_row_goes_by_its_name() -> None:
    assert file_of("A1").name == "test_a1.py"
    assert claims("Z9") == []


# Runs for the tests of mechanisms: windows, horizons, levers by name, variants, and rows removed


def test_a_country_runs_over_its_own_window_with_the_fit_that_holds_it(small: Runs) -> None:
    assert [float(small(iso3)["time"][0]) for iso3 in ("KHM", "VNM")] == [1993, 1990]
    assert [small.value(iso3, "learning rate") for iso3 in ("KHM", "VNM")] == [0.1, 0.15]


def test_beyond_the_window_levers_and_drivers_stay_at_their_last_figure(small: Runs) -> None:
    far = small("KHM", until=2040)
    assert float(far["time"][-1]) == 2040
    assert np.all(over(far, "support", 1993, 2040) == 0.5)
    late = small("KHM", levers={"support": since(2020, 1.0)}, until=2040)
    assert at(late, "support", 2019) == 0.5
    assert at(late, "support", 2040) == 1.0


@pytest.mark.parametrize("name", ["openness", "openness table"])
def test_a_lever_goes_by_its_name_with_or_without_table(small: Runs, name: str) -> None:
    assert at(small("VNM", levers={name: 0.25}), "openness", 2000) == 0.25


def test_a_level_is_held_from_the_second_year_of_the_window_on(small: Runs) -> None:
    run = small("KHM", levers={"support": 0.0})
    assert [at(run, "support", year) for year in (1993, 1993.5, 1994, 2010)] == [0.5, 0.25, 0.0, 0.0]
    steady = small("KHM", levers={"support": since(1900, 0.0)})
    assert [at(steady, "support", year) for year in (1993, 1994)] == [0.5, 0.0]


def test_points_are_the_table_itself(small: Runs) -> None:
    run = small("KHM", levers={"support": [(1993, 0.0), (2003, 1.0)]})
    assert [at(run, "support", year) for year in (1993, 1998, 2010)] == [0.0, 0.5, 1.0]


def test_the_points_of_a_table_survive_a_change() -> None:
    points = np.array([1960.0, 1964.5, 1970.0]), np.array([0.0, 0.9, 0.2])
    years, levels = changed(points, scaled(2.0, 1966), 1960, 1975)
    assert levels[years == 1964.5] == 0.9
    assert levels[years == 1970] == 0.4
    assert (years[0], years[-1], levels[-1]) == (1960, 1975, 0.4)


def test_an_unknown_lever_is_named(small: Runs) -> None:
    with pytest.raises(KeyError, match=r"no table .opennes table. in the model text; .* .openness."):
        small("VNM", levers={"opennes": 0.1})


def test_without_a_row_its_switch_is_nought_whatever_is_asked(small: Runs) -> None:
    idle = small.without("A1")
    for overrides in ({}, {"learning switch": 1.0}):
        assert np.all(over(idle("VNM", overrides), "learning", 1990, 2010) == 0)
    assert np.all(over(idle("VNM", levers={"support": 1.0}, until=2020), "learning", 1990, 2020) == 0)
    assert at(small("VNM"), "learning", 2000) > 0


def test_several_rows_are_removed_together(small: Runs) -> None:
    assert small.without("A1", "A2").removed == small.without("A2").without("A1").removed


def test_a_row_that_is_not_there_cannot_be_removed(small: Runs) -> None:
    with pytest.raises(KeyError):
        small.without("B9")


def test_a_variant_sets_its_switches_before_the_overrides(small: Runs) -> None:
    rival = small.variant("without it")
    assert at(rival("VNM"), "rival", 2000) == 0
    assert at(rival("VNM", {"rival switch": 1.0}), "rival", 2000) > 0
    assert rival.value("VNM", "rival switch") == 0
    assert rival.fit == "reference"
    with pytest.raises(InputError, match="variant 'other': got no such variant"):
        small.variant("other")


def test_a_run_is_made_once_for_the_same_changes(small: Runs) -> None:
    one = small("VNM", levers={"support": since(1995, 1.0)})
    assert small("VNM", levers={"support": since(1995, 1.0)}) is one
    assert small("VNM", levers={"support": since(1996, 1.0)}) is not one
    assert small.without("A1")("VNM", levers={"support": since(1995, 1.0)}) is not one
    assert small.without("A1")("VNM") is small("VNM", {"learning switch": 0.0})


def test_a_frozen_driver_stays_where_it_was(small: Runs) -> None:
    moving = [(1990, 0.0), (2010, 1.0)]
    table = changed((np.array([1990.0, 2010.0]), np.array([0.0, 1.0])), frozen(2000), 1990, 2010)
    run = small("VNM", levers={"support": list(zip(*table, strict=True))})
    assert at(run, "support", 2010) == at(small("VNM", levers={"support": moving}), "support", 2000) == 0.5


def test_a_fit_that_the_parameters_no_longer_allow_is_left_out(root: Path, tmp_path: Path) -> None:
    folder = lay_small(root, tmp_path / "small")
    edit(folder / "model" / "parameters.toml", r"range = \[0.0, 1.0\]", "range = [0.0, 0.12]")
    run = Runs(Study(folder))
    assert (run.fit, run.value("VNM", "learning rate")) == (None, 0.1)
