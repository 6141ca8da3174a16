"""Claims: what is one, and that it must turn red without its row."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from latecomer.study.study import Study
from tests.mechanisms.claims import Claim, Test, claim, claims, claims_in, file_of, turns_red
from tests.mechanisms.runs import Runs, at
from tests.study.small import lay_small


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
