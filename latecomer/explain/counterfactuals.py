"""Runs that never were: whose state, whose policy, which world, with or without shocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from latecomer.explain.shapley import Coalition, coalitions
from latecomer.explain.swapped_tables import held, mean_over, with_policy
from latecomer.faults import refuse
from latecomer.language import Kind, ModelText
from latecomer.language.program import volatility_of
from latecomer.study.drivers import Points
from latecomer.study.levers import TABLE

RATES: Final = tuple(name + TABLE for name in ("world interest rate", "world inflation"))
CALM_YEARS: Final = (1970, 1978)
LAST_BEFORE: Final = 1979
OIL: Final = "oil price" + TABLE
OIL_YEAR: Final = 1972
PETRODOLLARS: Final = "petrodollar elasticity"
POLICY_LIKE: Final = ("tax share", "government consumption share")
"""Numbers of a country that its government chooses and no lever dates; they hold from the first year on."""
STATE, POLICY, WORLD, SHOCKS = "initial state", "policy", "external shocks", "noise"
SIDES, CONDITIONS = (STATE, POLICY), (WORLD, SHOCKS)


@dataclass(frozen=True)
class Setting:
    """What a run is made of.

    `state`: the country whose stocks, structure and people it has; `policy`: whose levers from the year of
    the swap on; `numbers`: whose policy-like numbers. `rates`, `oil`, `petrodollars`: whether the world has
    its interest and inflation of after 1979, its oil price of after 1972, and banks that lend on what oil
    earned; `shocks`: whether the noise of the model text is on.
    """

    state: str
    policy: str
    numbers: str
    rates: bool = True
    oil: bool = True
    petrodollars: bool = True
    shocks: bool = False


def told(country: str, other: str, year: int) -> dict[str, Setting]:
    """The counterfactuals of a country that are told one by one, by what each is called."""
    plain = Setting(country, country, country)
    return {
        "as it was": plain,
        f"policy of {other} from {year}": Setting(country, other, country),
        f"the same, with its taxes and public consumption from {country}'s first year": Setting(
            country, other, other
        ),
        "no rate shock": Setting(country, country, country, rates=False),
        "no oil shocks": Setting(country, country, country, oil=False),
        "no petrodollar lending": Setting(country, country, country, petrodollars=False),
        "no rate shock and no oil shocks": Setting(country, country, country, rates=False, oil=False),
    }


def of_coalition(one: str, other: str, coalition: Coalition) -> Setting:
    """The run of a set of players: a side in it is that of the first country, a condition in it holds.

    The calm world has neither the rates of after 1979 nor the oil price of after 1972, and with a flat oil
    price no petrodollars either.

    >>> of_coalition("BRA", "KOR", frozenset({"policy"})).state
    'KOR'
    """
    state, policy = (one if side in coalition else other for side in SIDES)
    world = WORLD in coalition
    return Setting(state, policy, state, rates=world, oil=world, shocks=SHOCKS in coalition)


def settings(one: str, other: str, year: int) -> Iterator[Setting]:
    """Every run that a swap of two countries needs, some of them twice."""
    yield from told(one, other, year).values()
    yield from told(other, one, year).values()
    yield from (of_coalition(one, other, each) for each in coalitions((*SIDES, *CONDITIONS)))


def tables_of(
    setting: Setting, tables: Mapping[str, Mapping[str, Points]], levers: Iterable[str], year: float
) -> dict[str, Points]:
    """The tables of a run; `tables`: of each country, by table; `levers`: names of tables.

    Interest and inflation stay at their means of 1970-78 after 1979, so that the real rate does; the real
    price of oil stays at that of 1972. A study without one of these tables has no such shock.
    """
    found = with_policy(tables[setting.state], tables[setting.policy], levers, year)
    for name in [] if setting.rates else [one for one in RATES if one in found]:
        found[name] = held(found[name], LAST_BEFORE, mean_over(found[name], *CALM_YEARS))
    if not setting.oil and OIL in found:
        found[OIL] = held(found[OIL], OIL_YEAR, mean_over(found[OIL], OIL_YEAR, OIL_YEAR))
    return found


def parameters_of(
    setting: Setting, parameters: Mapping[str, Mapping[str, Any]], quiet: Iterable[str]
) -> dict[str, Any]:
    """The parameters of a run: numbers, or one number a draw; `quiet`: sizes of noise, by name."""
    found = dict(parameters[setting.state])
    whose = parameters[setting.numbers]
    found |= {name: whose[name] for name in POLICY_LIKE if name in found and name in whose}
    if not setting.petrodollars and PETRODOLLARS in found:
        found[PETRODOLLARS] = 0.0
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
