"""The test of shuffled institutions: its p-value, its shuffles, and what it tells on the way."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test

from latecomer.errors import InputError
from latecomer.inference.permutation_test import (
    Permutation,
    PermutationTest,
    arrangements,
    distinct_shuffles,
    permute_institutions,
    reliability,
)

STATES = {"KOR": 0.75, "BRA": 0.4, "IND": 0.1, "VNM": -0.2, "LAO": -0.6}
ERRORS = dict.fromkeys(STATES, 0.3)
EFFECT = {"KOR": 2.0, "BRA": 1.3, "IND": 1.1, "VNM": 0.2, "LAO": 0.0}


def misfit(given_: dict[str, float]) -> float:
    """A least-squares loss of a line through institutions and effects."""
    x, y = (np.array([values[iso3] for iso3 in EFFECT]) for values in (given_, EFFECT))
    return float(np.var(y) * (1 - np.corrcoef(x, y)[0, 1] ** 2))


def test_with_all_shuffles_it_is_the_exact_permutation_test_of_scipy() -> None:
    found = permute_institutions(misfit, STATES, ERRORS, shuffles=10_000)
    assert len(found.shuffles) == found.possible == 119
    x, y = (np.array([values[iso3] for iso3 in EFFECT]) for values in (STATES, EFFECT))
    exact = permutation_test(
        (x,), lambda one: -np.var(y) * (1 - np.corrcoef(one, y)[0, 1] ** 2),
        permutation_type="pairings", n_resamples=np.inf, alternative="greater",
    )  # fmt: skip
    assert found.p_value == pytest.approx(exact.pvalue, rel=1e-12)
    assert found.floor == 1 / 120


def test_institutions_that_do_nothing_are_found_as_often_as_the_level_says() -> None:
    countries = ("KOR", "BRA", "IND", "VNM")
    ways = list(itertools.permutations((0.75, 0.4, 0.1, -0.2)))
    losses = dict(zip(ways, np.random.default_rng(0).uniform(size=24), strict=True))

    def p_value(way: tuple[float, ...]) -> float:
        truth = dict(zip(countries, way, strict=True))
        return permute_institutions(
            lambda given_: losses[tuple(given_[iso3] for iso3 in countries)], truth, truth | ERRORS
        ).p_value

    # each arrangement in turn the true one: under no effect the p-value is uniform on its 24 steps
    assert sorted(map(p_value, ways)) == pytest.approx(np.arange(1, 25) / 24)


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=2, max_size=5).filter(
        lambda v: len(set(v)) > 1
    ),
    seed=st.integers(0, 1000),
)
def test_shuffles_are_all_the_distinct_ones_and_never_the_true_one(values: list[float], seed: int) -> None:
    institutions = {f"C{i}": value for i, value in enumerate(values)}
    drawn = [tuple(one[iso3] for iso3 in institutions) for one in distinct_shuffles(institutions, seed)]
    assert len(set(drawn)) == len(drawn) == arrangements(institutions) - 1
    assert set(drawn) == set(itertools.permutations(values)) - {tuple(values)}


def test_the_first_shuffles_are_told_by_the_seed_alone() -> None:
    few, many = (permute_institutions(misfit, STATES, ERRORS, n, seed=4).shuffles for n in (5, 40))
    assert few == many[:5]
    turned = permute_institutions(misfit, dict(reversed(STATES.items())), ERRORS, 5, seed=4).shuffles
    assert turned == few
    assert permute_institutions(misfit, STATES, ERRORS, 5, seed=5).shuffles != few


def test_a_true_fit_that_no_shuffle_reaches_stands_at_the_floor() -> None:
    found = permute_institutions(lambda given_: 0.0 if given_ == STATES else 1.0, STATES, ERRORS, 19)
    assert found.p_value == found.floor == pytest.approx(0.05)
    # a tie counts against the true institutions
    assert permute_institutions(lambda given_: 1.0, STATES, ERRORS, 19).p_value == 1.0


def test_a_shuffle_without_a_finite_loss_counts_against_the_true_one_and_is_said() -> None:
    def sometimes(given_: dict[str, float]) -> float:
        return 0.0 if given_ == STATES else (np.nan if given_["KOR"] < 0 else 1.0)

    found = permute_institutions(sometimes, STATES, ERRORS, 1000)
    # two of five values are negative: 2 * 4! arrangements
    assert found.failed == found.as_good == 48
    assert "48 shuffles without a finite loss, counted as no worse" in found.text()


def test_a_deadline_cuts_it_short_and_says_how_many_were_made() -> None:
    now = [0.0]

    def slow(given_: dict[str, float]) -> float:
        now[0] += 10.0
        return misfit(given_)

    found = permute_institutions(slow, STATES, ERRORS, 50, deadline=35.0, clock=lambda: now[0])
    # begun at 10, 20 and 30 seconds
    assert (len(found.shuffles), found.asked, found.floor) == (3, 50, 0.25)
    assert "3 shuffles made, 50 asked for, 119 possible" in found.text()
    now[0] = 0.0
    none = permute_institutions(
        slow, STATES, ERRORS, 50, without=lambda: 1.0, deadline=5.0, clock=lambda: now[0]
    )
    assert (none.shuffles, none.without, none.p_value) == ((), None, 1.0)
    assert none.text().splitlines()[2] == f"loss {none.true:.2f} with the true institutions"


def test_progress_and_the_fit_without_institutions() -> None:
    told: list[tuple[str, int, int]] = []
    found = permute_institutions(
        misfit, STATES, ERRORS, 2, without=lambda: 7.5, report=lambda *step: told.append(step)
    )
    assert told == [
        ("true institutions", 1, 4),
        ("no institutions", 2, 4),
        ("shuffled institutions", 3, 4),
        ("shuffled institutions", 4, 4),
    ]
    assert found.without == 7.5
    assert "7.50 with none" in found.text()


def test_a_refit_that_alters_what_it_is_given_alters_nothing_else() -> None:
    def careless(given_: dict[str, float]) -> float:
        loss = misfit(given_)
        given_.clear()
        return loss

    assert permute_institutions(careless, STATES, ERRORS, 9) == permute_institutions(
        misfit, STATES, ERRORS, 9
    )


def test_reliability_is_the_share_of_variance_that_is_not_error() -> None:
    generator = np.random.default_rng(1)
    truth, noise = generator.normal(0, 2.0, 20_000), generator.normal(0, 1.0, 20_000)
    measured = {str(i): float(value) for i, value in enumerate(truth + noise)}
    assert reliability(measured, dict.fromkeys(measured, 1.0)) == pytest.approx(0.8, abs=0.01)
    assert reliability(STATES, dict.fromkeys(STATES, 9.0)) == 0.0


def test_as_plain_data_and_as_text() -> None:
    losses = (1.0, 3.0, 4.0)
    found = PermutationTest(2.0, tuple(Permutation({"KOR": loss}, loss) for loss in losses), 5.0, 9, 119, 0.5)
    plain = found.as_dict()
    assert (plain["p_value"], plain["floor"], plain["made"], plain["as_good"]) == (0.5, 0.25, 3, 1)
    assert plain["shuffles"][0] == {"institutions": {"KOR": 1.0}, "loss": 1.0}
    assert found.text().splitlines() == [
        "p = 0.5: 1 of 3 shuffles fit no worse than the true one",
        "floor 0.25; 3 shuffles made, 9 asked for, 119 possible",
        "loss 2.00 with the true institutions, 1.00 to 4.00 shuffled, 5.00 with none",
        "reliability of the institutions across countries: 0.50",
    ]


@pytest.mark.parametrize(
    ("institutions", "errors", "more", "words"),
    [
        (
            {"KOR": 1.0, "BRA": np.nan},
            ERRORS,
            {},
            (
                ", BRA: got nan with standard error 0.3; expected a finite value, its error from 0 up. "
                "Cure: mend it or leave it out."
            ),
        ),
        (
            {"KOR": 1.0, "ARG": 2.0},
            ERRORS,
            {},
            (
                ", ARG: got 2 with standard error nan; expected a finite value, its error from 0 up. "
                "Cure: mend it or leave it out."
            ),
        ),
        (
            {"KOR": 1.0, "BRA": 1.0},
            ERRORS,
            {},
            ": got 1 distinct values; expected two at least. Cure: give countries whose institutions differ.",
        ),
        (
            STATES,
            ERRORS,
            {"shuffles": 0},
            ", shuffles: got 0; expected one at least. Cure: ask for one or more.",
        ),
        (
            STATES,
            ERRORS,
            {"deadline": 0.0},
            ", deadline: got 0 seconds; expected more than 0. Cure: give it time.",
        ),
        (
            STATES,
            ERRORS,
            {"refit": lambda given_: np.inf},
            (
                ": got a loss of inf with the true ones; expected a finite loss. "
                "Cure: mend the fit before its institutions are tested."
            ),
        ),
    ],
)
def test_what_is_refused(
    institutions: dict[str, float], errors: dict[str, float], more: dict[str, object], words: str
) -> None:
    asked = {"refit": misfit, "institutions": institutions, "standard_errors": errors, **more}
    with pytest.raises(InputError) as caught:
        permute_institutions(**asked)  # type: ignore[arg-type]
    assert str(caught.value) == "shuffled institutions" + words
