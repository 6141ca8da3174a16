"""From standard normals to parameters: populations without a centre of their own, bounds, names."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.inference.parameters import (
    BOUND,
    FAMILIES,
    EstimatedParameter,
    ParameterVector,
    Role,
    error_entries,
    inverse,
    make_parameter_vector,
    natural,
    of_populations,
    population_entries,
)
from latecomer.study.fits import Fit
from tests.inference.small import population

CENTRES = {"lognormal": 2.0, "normal": -1.0, "logit": 0.3}
SPREAD = 0.4
BASE = {"KOR": {"own": 2.5, "all": 0.1}, "BRA": {"own": 1.5, "all": 0.1}}
COORDINATES = st.lists(st.floats(-3.0, 3.0), min_size=5, max_size=5).map(np.array)


def prior(family: str) -> Any:
    return SimpleNamespace(family=family, centre=CENTRES[family], spread=SPREAD)


def layout(
    family: str = "lognormal", populations: dict[str, Any] | None = None, **ways: Any
) -> ParameterVector:
    """One shared parameter, one of each of two countries, and the population of that where asked."""
    shared = {"all": SimpleNamespace(family="normal", centre=0.1, spread=0.05)}
    own = {iso3: {"own": prior(family)} for iso3 in BASE}
    base = {iso3: {**BASE[iso3], "own": CENTRES[family]} for iso3 in BASE}
    return make_parameter_vector(("all", "own"), ways.pop("base", base), shared, own, populations, **ways)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=10)
@given(z=COORDINATES)
def test_at_common_centre_nought_and_common_spread_one_it_is_the_plain_layout(
    family: str, z: np.ndarray
) -> None:
    z[3:] = 0.0
    pooled, plain = layout(family, {"own": population()}), layout(family)
    np.testing.assert_allclose(pooled.vectors(z), plain.vectors(z[:3]), rtol=1e-13)


def test_a_population_moves_all_its_members_and_widens_them() -> None:
    pooled = layout("normal", {"own": population(0.5, np.log(2.0))})
    assert [str(one) for one in pooled.entries[3:]] == ["common centre of own", "common spread of own"]
    # m = .5 * 2 = 1, s = exp(log 2 * 1) = 2: the prior -1 + .4 (1 + 2 z)
    values = np.asarray(pooled.values(np.array([0.0, 0.0, 1.0, 2.0, 1.0])))
    assert values == pytest.approx([0.1, -1.0 + 0.4, -1.0 + 0.4 * 3.0, 1.0, 2.0])


def test_what_has_no_population_is_not_moved_by_one() -> None:
    pooled = layout("normal", {"own": population()})
    near, far = (np.asarray(pooled.values(np.array([0.7, 0.0, 0.0, *z]))) for z in ((0, 0), (3, 3)))
    assert near[0] == far[0]


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=10)
@given(z=st.lists(st.floats(-BOUND, BOUND), min_size=5, max_size=5).map(np.array))
def test_values_stay_within_the_bound_of_the_prior_whatever_the_population(
    family: str, z: np.ndarray
) -> None:
    pooled = layout(family, {"own": population(1.0, 1.0)})
    ends = [float(natural(family, CENTRES[family], SPREAD, end)) for end in (-BOUND, BOUND)]
    own = np.asarray(pooled.vectors(z))[:, 1]
    assert np.all(own >= ends[0] - 1e-9)
    assert np.all(own <= ends[1] + 1e-9)


@pytest.mark.slow
@settings(max_examples=10)
@given(middle=st.floats(-3.0, 3.0), width=st.floats(0.2, 3.0), z=st.floats(-BOUND, BOUND))
def test_values_stay_there_where_the_population_is_held(middle: float, width: float, z: float) -> None:
    manifest = {"populations": {"common centre of own": middle, "common spread of own": width}}
    held = Fit("whole", ("KOR",), None, {}, {}, manifest)
    moved = of_populations({"own": prior("lognormal")}, {"own": population()}, held)
    alone = make_parameter_vector(("all", "own"), BASE, {}, {"KOR": moved, "BRA": {}})
    (value,) = np.asarray(alone.values(np.array([z])))
    asked = float(natural("lognormal", CENTRES["lognormal"], SPREAD, middle + width * z))
    ends = [float(natural("lognormal", CENTRES["lognormal"], SPREAD, end)) for end in (-BOUND, BOUND)]
    assert value == pytest.approx(min(max(asked, ends[0]), ends[1]), rel=1e-9)


@pytest.mark.slow
def test_a_fit_begins_at_the_values_of_the_tables_with_populations_and_errors_at_rest() -> None:
    errors = error_entries({("KOR", "debt"): (0.05, 0.3)}, {("KOR", "debt", 1980): 0.2})
    pooled = layout("lognormal", {"own": population()}, errors=errors, base=BASE)
    start = pooled.start()
    np.testing.assert_array_equal(start[3:], np.zeros(4))
    shared, by_country = pooled.split(start)
    assert shared == {"all": pytest.approx(0.1)}
    assert by_country == {iso3: {"own": pytest.approx(BASE[iso3]["own"])} for iso3 in BASE}


def test_parameters_and_what_is_estimated_beside_them_are_told_apart() -> None:
    errors = error_entries({("KOR", "debt"): (0.05, 0.3)}, {("KOR", "debt", 1980): 0.2})
    pooled = layout("normal", {"own": population(0.5, 0.3)}, errors=errors)
    z = np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, -1.0])
    assert pooled.split(z)[1]["KOR"] == {"own": pytest.approx(-1.0 + 0.4 * 0.5)}
    assert pooled.others(z) == {
        "populations": {"common centre of own": 0.5, "common spread of own": 1.0},
        "sizes of errors": {"size of the error of debt [KOR]": pytest.approx(0.05)},
        "shifts at breaks": {"shift of debt from 1980 [KOR]": pytest.approx(-0.2)},
    }


def test_what_has_no_prior_keeps_its_value() -> None:
    alone = make_parameter_vector(("all", "own"), BASE, {}, {"KOR": {"own": prior("normal")}, "BRA": {}})
    vectors = np.asarray(alone.vectors(np.array([1.0])))
    assert vectors == pytest.approx(np.array([[0.1, -0.6], [0.1, 1.5]]))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("z", [-3.5, 0.0, 1.25])
def test_the_families_are_quantiles_of_their_prior_and_lead_back(family: str, z: float) -> None:
    value = float(natural(family, CENTRES[family], SPREAD, z))
    assert inverse(family, CENTRES[family], SPREAD, value) == pytest.approx(z, abs=1e-9)
    assert float(natural(family, CENTRES[family], SPREAD, 0.0)) == pytest.approx(CENTRES[family])


def test_an_unknown_family_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        natural("gamma", 1.0, 1.0, 0.0)
    assert str(caught.value) == (
        "prior: got the family 'gamma'; expected lognormal or normal or logit. "
        "Cure: mend it in the parameter tables."
    )


def test_a_country_outside_a_fit_gets_the_place_of_its_populations() -> None:
    manifest = {"populations": {"common centre of own": 1.0, "common spread of own": 0.5}}
    fit = Fit("whole", ("KOR",), None, {}, {}, manifest)
    priors = {"own": prior("lognormal"), "other": prior("normal")}
    moved = of_populations(priors, {"own": population()}, fit)
    assert moved["own"].centre == pytest.approx(2.0 * np.exp(0.4))
    assert moved["own"].spread == pytest.approx(0.2)
    assert moved["other"] is priors["other"]
    for unknown in (of_populations(priors, {}, fit), of_populations(priors, {"own": population()},
                    Fit("whole", ("KOR",), None, {}, {}))):  # fmt: skip
        assert unknown == priors


# What a fit estimates beside parameters, and where the two numbers of each population stand


def own(name: str, iso3: str | None, centre: float = 0.0) -> EstimatedParameter:
    return EstimatedParameter(name, iso3, "normal", centre, 1.0)


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
