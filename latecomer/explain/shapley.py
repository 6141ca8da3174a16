"""Shapley values: how much of an outcome each of several causes accounts for, over all orders of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latecomer.faults import refuse

Floats = NDArray[np.float64]
Coalition = frozenset[str]


def coalitions(players: Sequence[str]) -> Iterator[Coalition]:
    """Every set of players, the empty one first and that of all last.

    >>> [sorted(one) for one in coalitions(["state", "policy"])]
    [[], ['state'], ['policy'], ['policy', 'state']]
    """
    for size in range(len(players) + 1):
        yield from (frozenset(one) for one in combinations(players, size))


def shapley(players: Sequence[str], worth: Mapping[Coalition, Any]) -> dict[str, Floats]:
    """The Shapley value of each player, exactly.

    share[i] = sum over S without i of |S|! (n - |S| - 1)! / n! * (worth[S + i] - worth[S])

    `worth`: of every coalition, a number or an array such as one number a draw, in any unit; shares have its
    shape and unit, and add up to worth[all] - worth[none]. Raises InputError where a coalition has no worth.
    Source: Shapley (1953), Contributions to the Theory of Games II, 307-317, equation 13.

    >>> game = {frozenset(): 0.0, frozenset("a"): 1.0, frozenset("b"): 2.0, frozenset("ab"): 6.0}
    >>> {name: float(share) for name, share in shapley("ab", game).items()}  # (1 + 4) / 2, (2 + 5) / 2
    {'a': 2.5, 'b': 3.5}
    """
    without_worth = [one for one in coalitions(players) if one not in worth]
    if without_worth:
        named = ", ".join(sorted(without_worth[0])) or "nobody"
        got = f"no worth of {len(without_worth)} coalitions, such as that of {named}"
        raise refuse("game", got, f"the worth of all {2 ** len(players)}", "work out the others")
    n, shares = len(players), {}
    for i in players:
        total: NDArray[np.float64] | float = 0.0
        for one in coalitions([other for other in players if other != i]):
            weight = factorial(len(one)) * factorial(n - len(one) - 1) / factorial(n)
            total = total + weight * (np.asarray(worth[one | {i}], float) - np.asarray(worth[one], float))
        shares[i] = np.asarray(total, dtype=np.float64)
    return shares


def game_of_difference(
    sides: Sequence[str], conditions: Sequence[str], outcomes: Mapping[Coalition, Any]
) -> dict[Coalition, Floats]:
    """The difference between two cases as a game of what sets them apart and of what befalls both.

    worth[S] = (y[S] - y[C] + y[sides + C] - y[sides - S + C]) / 2,  C = S and conditions

    `outcomes`: y of every set of players, where a side in the set is that of the first case and a side out of
    it that of the second, and a condition in the set holds for whoever runs. A side that is not in S is
    the same in both cases: first the second's in both, then the first's in both, and the mean of the two is
    taken, so that the cases may change places and only the sign changes. worth[none] is nought and worth[all]
    the difference itself. A condition alone makes no difference: it has a share where it hits one harder.

    >>> y = {frozenset(): 1.0, frozenset({"debt"}): 2.0, frozenset({"shock"}): 1.0}
    >>> worth = game_of_difference(["debt"], ["shock"], y | {frozenset({"debt", "shock"}): 5.0})
    >>> float(worth[frozenset({"shock"})]), float(worth[frozenset({"debt"})])
    (0.0, 1.0)
    >>> float(worth[frozenset({"debt", "shock"})])  # 5 - 1
    4.0
    """
    apart, found = frozenset(sides), {}
    for one in coalitions([*sides, *conditions]):
        common = one & frozenset(conditions)
        signed = ((one, 1.0), (common, -1.0), (apart | common, 1.0), ((apart - one) | common, -1.0))
        found[one] = np.asarray(sum(sign * np.asarray(outcomes[s], float) for s, sign in signed) / 2.0)
    return found
