"""Runs that never were: whose state, whose policy, which world, with or without shocks.

Also here:
- Shapley values: how much of an outcome each of several causes accounts for, over all orders of them.
- Tables of a run that never was: the policy of another country from a year on, a world without a shock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latecomer.errors import refuse
from latecomer.language import Kind, ModelText
from latecomer.language.codegen.program import volatility_of
from latecomer.study.drivers import Points
from latecomer.study.levers import TABLE
from latecomer.study.outcome_tables import Swap


def spliced(own: Points, donor: Points, year: float) -> Points:
    """A table that is its own until the year before `year` and the donor's from `year` on.

    y(t) = own(t) for t <= year - 1, donor(t) for t >= year, linear between

    >>> years, low, high = np.array([1960.0, 2000.0]), np.array([0.2, 0.2]), np.array([0.8, 0.8])
    >>> mixed = spliced((years, low), (years, high), 1973)
    >>> [part.tolist() for part in mixed]
    [[1960.0, 1972.0, 1973.0, 2000.0], [0.2, 0.2, 0.8, 0.8]]
    """
    before, after = own[0] < year - 1, donor[0] > year
    years = np.concatenate([own[0][before], [year - 1, year], donor[0][after]])
    seam = [np.interp(year - 1, *own), np.interp(year, *donor)]
    return years, np.concatenate([own[1][before], seam, donor[1][after]])


def held(points: Points, after: float, level: float) -> Points:
    """A table that is its own up to the year `after` and stays at a level from the next year on.

    >>> rates = np.array([1978.0, 1979.0, 1980.0, 1981.0]), np.array([0.08, 0.11, 0.13, 0.16])
    >>> [part.tolist() for part in held(rates, 1979, 0.06)]
    [[1978.0, 1979.0, 1980.0, 1981.0], [0.08, 0.11, 0.06, 0.06]]
    """
    kept, last = points[0] <= after, max(points[0][-1], after + 2.0)
    years = np.concatenate([points[0][kept], [after + 1.0, last]])
    return years, np.concatenate([points[1][kept], [level, level]])


def mean_over(points: Points, first: int, last: int) -> float:
    """The mean of a table over whole years, both ends among them.

    >>> mean_over((np.array([1970.0, 1972.0]), np.array([1.0, 3.0])), 1970, 1972)
    2.0
    """
    return float(np.mean(np.interp(np.arange(first, last + 1.0), *points)))


def with_policy(
    own: Mapping[str, Points], donor: Mapping[str, Points], levers: Iterable[str], year: float
) -> dict[str, Points]:
    """The tables of a country with those of its levers spliced with the donor's, whoever that is.

    `levers`: names of tables. With itself for a donor a country keeps its levels, at the same points as with
    another: a run differs by the levels alone.
    """
    return {**own, **{name: spliced(own[name], donor[name], year) for name in levers}}


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


STATE, POLICY, WORLD, SHOCKS = "initial state", "policy", "external shocks", "noise"

SIDES, CONDITIONS = (STATE, POLICY), (WORLD, SHOCKS)


@dataclass(frozen=True)
class Setting:
    """What a run is made of.

    `state`: the country whose stocks, structure and people it has; `policy`: whose levers from the year of
    the swap on; `numbers`: whose numbers that a government chooses and no lever dates. `without`: the shocks
    of the world that are taken away; `shocks`: whether the noise of the model text is on.
    """

    state: str
    policy: str
    numbers: str
    without: frozenset[str] = frozenset()
    shocks: bool = False


def named_counterfactuals(country: str, other: str, year: int, request: Swap) -> dict[str, Setting]:
    """The counterfactuals of a country that are told one by one, by what each is called."""
    found = {
        "as it was": Setting(country, country, country),
        f"policy of {other} from {year}": Setting(country, other, country),
    }
    if request.numbers:
        called = f"the same, with its {request.numbers_words} from {country}'s first year"
        found[called] = Setting(country, other, other)
    alone = [(name,) for name in request.shocks]
    for names in (*alone, *([request.world] if len(request.world) > 1 else [])):
        called = " and ".join(f"no {name}" for name in names)
        found[called] = Setting(country, country, country, frozenset(names))
    return found


def of_coalition(one: str, other: str, coalition: Coalition, calm: Iterable[str]) -> Setting:
    """The run of a set of players: a side in it is that of the first country, a condition in it holds.

    `calm`: the shocks that the calm world lacks.

    >>> of_coalition("AAA", "BBB", frozenset({"policy"}), ["rate shock"]).state
    'BBB'
    """
    state, policy = (one if side in coalition else other for side in SIDES)
    without = frozenset() if WORLD in coalition else frozenset(calm)
    return Setting(state, policy, state, without, shocks=SHOCKS in coalition)


def settings(one: str, other: str, year: int, request: Swap) -> Iterator[Setting]:
    """Every run that a swap of two countries needs, some of them twice."""
    yield from named_counterfactuals(one, other, year, request).values()
    yield from named_counterfactuals(other, one, year, request).values()
    yield from (of_coalition(one, other, each, request.world) for each in coalitions((*SIDES, *CONDITIONS)))


def tables_of(
    setting: Setting,
    tables: Mapping[str, Mapping[str, Points]],
    levers: Iterable[str],
    year: float,
    request: Swap,
) -> dict[str, Points]:
    """The tables of a run; `tables`: of each country, by table; `levers`: names of tables.

    The tables of a shock that is taken away stay at their mean over some years after the last one before it.
    A country without one of these tables has no such shock.
    """
    found = with_policy(tables[setting.state], tables[setting.policy], levers, year)
    for shock in (one for name, one in request.shocks.items() if name in setting.without):
        for name in (one + TABLE for one in shock.tables if one + TABLE in found):
            assert shock.after is not None
            assert shock.mean is not None
            found[name] = held(found[name], shock.after, mean_over(found[name], *shock.mean))
    return found


def parameters_of(
    setting: Setting, parameters: Mapping[str, Mapping[str, Any]], quiet: Iterable[str], request: Swap
) -> dict[str, Any]:
    """The parameters of a run: numbers, or one number a draw; `quiet`: sizes of noise, by name."""
    found = dict(parameters[setting.state])
    whose = parameters[setting.numbers]
    found |= {name: whose[name] for name in request.numbers if name in found and name in whose}
    for shock in (one for name, one in request.shocks.items() if name in setting.without):
        found |= {name: value for name, value in shock.parameters.items() if name in found}
    return found if setting.shocks else found | dict.fromkeys(quiet, 0.0)


def noise_scales(text: ModelText) -> tuple[str, ...]:
    """The constants that are the sizes of the noise of a model text, whose noise they turn off at nought.

    Raises InputError for noise whose size is worked out: no number turns that off.
    """
    keys = dict.fromkeys(size for one in text.of_kind(Kind.STOCK) if (size := volatility_of(text, one)))
    found = [text.by_key[size] for size in keys]
    for one in found:
        if one.kind is not Kind.CONSTANT:
            got, cure = f"{one.kind.with_article}", "write its size as a constant"
            raise refuse(f"'{one.name}'", got, "a constant, which a run without noise puts at nought", cure)
    return tuple(one.name for one in found)
