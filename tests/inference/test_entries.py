"""What a fit estimates beside parameters, and where the two numbers of each population stand."""

from __future__ import annotations

import pytest

from latecomer.errors import InputError
from latecomer.inference.parameters import Entry, Role, error_entries, population_entries
from tests.inference.small import population


def own(name: str, iso3: str | None, centre: float = 0.0) -> Entry:
    return Entry(name, iso3, "normal", centre, 1.0)


def test_each_member_points_at_the_two_numbers_of_its_population_and_no_other_does() -> None:
    entries = [own("b", None), own("a", "KOR"), own("b", "KOR"), own("a", "BRA"), own("c", "BRA")]
    made, centres, spreads = population_entries(entries, {"c": population(0.4), "a": population(0.5, 0.2)})
    everything = [*entries, *made]
    told = [(None if k < 0 else str(everything[k])) for k in centres]
    assert told == [None, "common centre of a", None, "common centre of a", "common centre of c"]
    told = [(None if k < 0 else str(everything[k])) for k in spreads]
    assert told == [None, "common spread of a", None, "common spread of a", "common spread of c"]
    assert {one.role for one in made} == {Role.POPULATION}


def test_a_common_centre_is_nought_and_a_common_spread_one_before_any_figure() -> None:
    made, _, _ = population_entries([own("a", "KOR")], {"a": population(0.5, 0.2)})
    assert [(one.family, one.centre, one.spread) for one in made] == [
        ("normal", 0.0, 0.5),
        ("lognormal", 1.0, 0.2),
    ]


def test_a_population_of_which_no_country_is_estimated_adds_nothing() -> None:
    made, centres, spreads = population_entries([own("a", None), own("b", "KOR")], {"a": population()})
    assert (made, centres.tolist(), spreads.tolist()) == ([], [-1, -1], [-1, -1])


def test_priors_that_differ_are_refused_all_at_once() -> None:
    entries = [own(name, iso3, float(iso3 == "BRA")) for name in ("a", "b") for iso3 in ("KOR", "BRA")]
    with pytest.raises(InputError) as caught:
        population_entries(entries, {"a": population(), "b": population()})
    assert str(caught.value).splitlines() == [
        f"populations.toml, {name}: got priors that differ between countries; expected one prior in all "
        "country files. Cure: give its prior the same centre and spread."
        for name in ("a", "b")
    ]


def test_sizes_and_shifts_have_names_of_their_own_and_priors_as_stated() -> None:
    made = error_entries({("KOR", "debt"): (0.05, 0.3)}, {("KOR", "debt", 1980): 0.2})
    assert [str(one) for one in made] == ["size of the error of debt [KOR]", "shift of debt from 1980 [KOR]"]
    assert [(one.family, one.centre, one.spread, one.role) for one in made] == [
        ("lognormal", 0.05, 0.3, Role.SIZE),
        ("normal", 0.0, 0.2, Role.SHIFT),
    ]
