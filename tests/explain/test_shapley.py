"""Shapley values: the axioms that make them unique, and the mean over all orders by which they are told."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.explain.counterfactuals import Coalition, coalitions, game_of_difference, shapley

PLAYERS = ("state", "policy", "shocks", "noise")
SIDES, CONDITIONS = PLAYERS[:2], PLAYERS[2:]
ALL = frozenset(PLAYERS)
NUMBERS = st.lists(st.floats(-100, 100), min_size=16, max_size=16)
Game = dict[Coalition, float]


def game(numbers: list[float]) -> Game:
    return dict(zip(coalitions(PLAYERS), numbers, strict=True))


def over_orders(worth: Game) -> dict[str, float]:
    """The mean of what a player adds to those before it, over all orders: another way to the same value."""
    orders = list(permutations(PLAYERS))
    found = dict.fromkeys(PLAYERS, 0.0)
    for order in orders:
        for k, player in enumerate(order):
            found[player] += (worth[frozenset(order[: k + 1])] - worth[frozenset(order[:k])]) / len(orders)
    return found


@given(NUMBERS)
def test_shares_are_the_means_over_all_orders(numbers: list[float]) -> None:
    assert shapley(PLAYERS, game(numbers)) == pytest.approx(over_orders(game(numbers)), abs=1e-9)


@given(NUMBERS)
def test_shares_add_up_to_the_worth_of_all(numbers: list[float]) -> None:
    worth = game(numbers)
    total = sum(float(one) for one in shapley(PLAYERS, worth).values())
    assert total == pytest.approx(worth[ALL] - worth[frozenset()], abs=1e-9)


@given(NUMBERS, st.sampled_from(PLAYERS), st.floats(-5, 5))
def test_one_who_adds_the_same_to_everybody_gets_that(numbers: list[float], who: str, alone: float) -> None:
    worth = game(numbers)
    flat = {one: worth[one - {who}] + (alone if who in one else 0.0) for one in worth}
    assert float(shapley(PLAYERS, flat)[who]) == pytest.approx(alone, abs=1e-9)


@given(NUMBERS)
def test_players_who_are_alike_get_the_same(numbers: list[float]) -> None:
    worth = game(numbers)
    change = {"shocks": "noise", "noise": "shocks"}
    mirrored = {one: frozenset(change.get(name, name) for name in one) for one in worth}
    alike = {one: worth[one] + worth[mirrored[one]] for one in worth}
    found = shapley(PLAYERS, alike)
    assert float(found["shocks"]) == pytest.approx(float(found["noise"]), abs=1e-9)


@given(NUMBERS, NUMBERS)
def test_shares_of_a_sum_of_games_are_the_sums(one: list[float], other: list[float]) -> None:
    both = shapley(PLAYERS, game(list(np.add(one, other))))
    each = shapley(PLAYERS, game(one)), shapley(PLAYERS, game(other))
    for name in PLAYERS:
        assert float(both[name]) == pytest.approx(float(each[0][name] + each[1][name]), abs=1e-9)


def test_shares_have_the_shape_of_the_worth() -> None:
    """A game for each draw: the glove game, in which a pair is worth one and two left gloves nothing."""
    worth = {one: np.array([1.0, 5.0]) * ("right" in one and len(one) > 1) for one in coalitions(GLOVES)}
    found = shapley(GLOVES, worth)
    assert found["right"] == pytest.approx(np.array([1.0, 5.0]) * 2 / 3)
    assert found["left"] == pytest.approx(np.array([1.0, 5.0]) / 6)


GLOVES = ("left", "other left", "right")


def test_a_game_with_a_gap_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        shapley(["a", "b"], {frozenset(): 0.0, frozenset("a"): 1.0, frozenset("ab"): 2.0})
    assert str(caught.value) == (
        "game: got no worth of 1 coalitions, such as that of b; expected the worth of all 4. Cure: work out "
        "the others."
    )
    with pytest.raises(InputError, match="such as that of nobody"):
        shapley(["a"], {frozenset("a"): 1.0})


@given(NUMBERS)
def test_shares_of_a_difference_add_up_to_it(numbers: list[float]) -> None:
    y = game(numbers)
    found = shapley(PLAYERS, game_of_difference(SIDES, CONDITIONS, y))
    assert sum(map(float, found.values())) == pytest.approx(y[ALL] - y[frozenset(CONDITIONS)], abs=1e-9)


@given(NUMBERS)
def test_who_comes_first_changes_the_sign_alone(numbers: list[float]) -> None:
    y = game(numbers)
    turned = {one: y[one ^ frozenset(SIDES)] for one in y}
    there, back = (shapley(PLAYERS, game_of_difference(SIDES, CONDITIONS, each)) for each in (y, turned))
    assert {name: float(one) for name, one in back.items()} == pytest.approx(
        {name: -float(one) for name, one in there.items()}, abs=1e-9
    )


@given(st.lists(st.floats(-100, 100), min_size=4, max_size=4))
def test_two_cases_that_are_the_same_differ_by_nothing(numbers: list[float]) -> None:
    """The outcome depends on what befalls both, and on neither side."""
    befalls = dict(zip(coalitions(CONDITIONS), numbers, strict=True))
    y = {one: befalls[one & frozenset(CONDITIONS)] for one in coalitions(PLAYERS)}
    found = shapley(PLAYERS, game_of_difference(SIDES, CONDITIONS, y))
    assert {name: float(one) for name, one in found.items()} == dict.fromkeys(PLAYERS, 0.0)


@given(NUMBERS, st.sampled_from(PLAYERS))
def test_what_no_outcome_depends_on_gets_nothing(numbers: list[float], idle: str) -> None:
    y = game(numbers)
    flat = {one: y[one - {idle}] for one in y}
    found = shapley(PLAYERS, game_of_difference(SIDES, CONDITIONS, flat))
    assert float(found[idle]) == pytest.approx(0.0, abs=1e-9)


def test_a_shock_has_a_share_only_where_it_hits_one_harder() -> None:
    """Debt of 3 against 1; the shock takes twice the debt: half of what it takes more is the shock's."""
    debt = {True: 3.0, False: 1.0}
    y = {one: debt["debt" in one] * (1.0 - 2.0 * ("shock" in one)) for one in coalitions(["debt", "shock"])}
    found = shapley(["debt", "shock"], game_of_difference(["debt"], ["shock"], y))
    # difference with the shock -3 + 1 = -2, without it 3 - 1 = 2
    assert (float(found["debt"]), float(found["shock"])) == (0.0, -2.0)
    equal = {one: 10.0 * ("debt" in one) - 2.0 * ("shock" in one) for one in y}
    alone = shapley(["debt", "shock"], game_of_difference(["debt"], ["shock"], equal))
    assert (float(alone["debt"]), float(alone["shock"])) == (10.0, 0.0)
