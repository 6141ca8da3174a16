"""Policy regimes of a country that nobody has dated: the mean of the study's own countries stands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from latecomer.study.countries import STAND_IN, Country
from latecomer.study.levers import Levers

EVERY = 5
SOURCE = f"{STAND_IN}no regime on record; mean level of the study's own countries, every fifth year"
HEADING = "# Policy levers: dated regimes; between two dates the level is linear."
TOLD = (
    "# Nobody has dated the policy of this country: each level is the mean over the study's own countries,\n"
    "# a stand-in. A lever that fewer than half of them have dated stays at its level of levers.toml."
)


def mean_level(countries: Iterable[Country], lever: str, year: float, unused: float | None) -> float | None:
    """The mean level of a lever in a year over the countries that have a regime of it by then.

    level = mean over countries of the level between two regimes, linear, the last one held

    `unused`: the level of a country without any regime of the lever, which counts then; None leaves it out.
    Result: 0 to 1; the mean of the first regimes where none begins so early; None where no country has any.
    """
    every = list(countries)
    dated = [country.policy[lever] for country in every if lever in country.policy]
    begun = [regimes for regimes in dated if regimes[0].year <= year] or dated
    levels = [
        float(np.interp(year, [one.year for one in regimes], [one.level for one in regimes]))
        for regimes in begun
    ]
    levels += [] if unused is None else [unused] * (len(every) - len(dated))
    return float(np.mean(levels)) if levels else None


def levers_that_stand_in(countries: Mapping[str, Country], levers: Levers) -> list[str]:
    """The levers that a new country needs: those without a level, or dated by half of the countries."""
    names = list(levers) or sorted({lever for one in countries.values() for lever in one.policy})
    dated = {name: sum(name in one.policy for one in countries.values()) for name in names}
    return [name for name in names if name not in levers.levels or 2 * dated[name] >= len(countries)]


def policy_text(countries: Mapping[str, Country], levers: Levers, start: int, end: int) -> str:
    """The policy regimes of a new country as they stand in its file, from `start` to `end`.

    Every fifth year has a level, and the last one; a country file has two at least.
    """
    first = start - start % EVERY
    years = sorted({*range(first, end + 1, EVERY), end})
    parts = [f"{HEADING}\n{TOLD}"]
    for lever in levers_that_stand_in(countries, levers):
        unit = levers[lever].unit if lever in levers else "Dmnl"
        unused = levers.levels.get(lever)
        levels = [mean_level(countries.values(), lever, year, unused) for year in years]
        rows = [
            f'  {{year = {year}, level = {round(level, 3)}, event = "Stand-in", source = "{SOURCE}"}},'
            for year, level in zip(years, levels, strict=True)
            if level is not None
        ]
        if rows:
            body = "\n".join(rows)
            parts.append(f'[policy."{lever}"]\nunit = "{unit}"\nregimes = [\n{body}\n]')
    return "\n\n".join(parts) + "\n"
