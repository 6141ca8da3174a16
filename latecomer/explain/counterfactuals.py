"""Runs that never were: whose state, whose policy, which world, with or without shocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from latecomer.explain.shapley import Coalition, coalitions
from latecomer.explain.swapped_tables import held, mean_over, with_policy
from latecomer.faults import refuse
from latecomer.language import Kind, ModelText
from latecomer.language.program import volatility_of
from latecomer.study.drivers import Points
from latecomer.study.levers import TABLE
from latecomer.study.outcomes import Swap

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


def told(country: str, other: str, year: int, asked: Swap) -> dict[str, Setting]:
    """The counterfactuals of a country that are told one by one, by what each is called."""
    found = {
        "as it was": Setting(country, country, country),
        f"policy of {other} from {year}": Setting(country, other, country),
    }
    if asked.numbers:
        called = f"the same, with its {asked.numbers_words} from {country}'s first year"
        found[called] = Setting(country, other, other)
    alone = [(name,) for name in asked.shocks]
    for names in (*alone, *([asked.world] if len(asked.world) > 1 else [])):
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


def settings(one: str, other: str, year: int, asked: Swap) -> Iterator[Setting]:
    """Every run that a swap of two countries needs, some of them twice."""
    yield from told(one, other, year, asked).values()
    yield from told(other, one, year, asked).values()
    yield from (of_coalition(one, other, each, asked.world) for each in coalitions((*SIDES, *CONDITIONS)))


def tables_of(
    setting: Setting,
    tables: Mapping[str, Mapping[str, Points]],
    levers: Iterable[str],
    year: float,
    asked: Swap,
) -> dict[str, Points]:
    """The tables of a run; `tables`: of each country, by table; `levers`: names of tables.

    The tables of a shock that is taken away stay at their mean over some years after the last one before it.
    A country without one of these tables has no such shock.
    """
    found = with_policy(tables[setting.state], tables[setting.policy], levers, year)
    for shock in (one for name, one in asked.shocks.items() if name in setting.without):
        for name in (one + TABLE for one in shock.tables if one + TABLE in found):
            assert shock.after is not None
            assert shock.mean is not None
            found[name] = held(found[name], shock.after, mean_over(found[name], *shock.mean))
    return found


def parameters_of(
    setting: Setting, parameters: Mapping[str, Mapping[str, Any]], quiet: Iterable[str], asked: Swap
) -> dict[str, Any]:
    """The parameters of a run: numbers, or one number a draw; `quiet`: sizes of noise, by name."""
    found = dict(parameters[setting.state])
    whose = parameters[setting.numbers]
    found |= {name: whose[name] for name in asked.numbers if name in found and name in whose}
    for shock in (one for name, one in asked.shocks.items() if name in setting.without):
        found |= {name: value for name, value in shock.parameters.items() if name in found}
    return found if setting.shocks else found | dict.fromkeys(quiet, 0.0)


def sizes_of_noise(text: ModelText) -> tuple[str, ...]:
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
