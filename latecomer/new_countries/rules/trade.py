"""Rules for the parameters of exports, imports and oil in a country file."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from latecomer.errors import refuse
from latecomer.new_countries.rules.figures import Figures, NamedFigure, drift, fixed, lognormal, short
from latecomer.study.parameters import Parameter

WORLD = "WLD"
FUEL = "fuel/exports"
MANUFACTURES = "manufactures/exports"
RENTS = "natural resource rents/output"
FIRST_FUEL = 1980
MANUFACTURES_DRIFT = 0.09
TYPICAL_MANUFACTURES = 0.05
EXPORTER_FUEL = 0.15
EXPORTER_RENTS = 0.06
IMPORTER = 0.01, 0.002
EXPORTER = 0.003, 0.02
EQUIPMENT = 0.12
INPUTS = 0.35
LEAST_OTHER = 0.01


def manufactures_share(figures: Figures, year: int) -> tuple[float, float, str]:
    """Manufactures in exports in a year, the spread of a prior on it, and how it was found.

    A figure that comes after `year` is carried back: its log-odds rose by .09 a year in the mean of the
    countries whose figures reach from the 1960s to 2000. The spread is .2 and grows by .02 with each year
    that the figure comes late, to .8 at most. Without any figure: .05, the median of the 1960s, and .6.
    """
    later = figures.later(MANUFACTURES, year)
    if later.empty:
        earlier = figures.series(MANUFACTURES)
        if earlier.empty:
            text = (
                "judgement: no figure of manufactures/exports; .05, the median of thirteen countries in the "
                "1960s"
            )
            return TYPICAL_MANUFACTURES, 0.6, text
        later = earlier.iloc[-1:]
    found, share = int(later.index[0]), float(later.iloc[0])
    late = max(found - year, 0)
    if late <= 3:
        return share, 0.2, f"observations: manufactures/exports {short(share)} of {found}"
    text = (
        f"observations: manufactures/exports {short(share)} of {found}, the first figure, its log-odds "
        "carried back at .09 a year, as they rose elsewhere"
    )
    return drift(share, MANUFACTURES_DRIFT, -late), min(0.2 + 0.02 * late, 0.8), text


@dataclass(frozen=True)
class Fuel:
    """Fuel in exports over its first `years` on record: the mean `share`, and manufactures beside it."""

    years: tuple[int, ...]
    share: float
    manufactures: float

    @property
    def of_primary(self) -> float:
        """Fuel in what is not manufactured: share / (1 - manufactures), within nought and one."""
        return min(max(self.share / max(1 - self.manufactures, 0.001), 0.0), 1.0)


def fuel_on_record(figures: Figures) -> Fuel | None:
    """The mean of the first three figures of fuel/exports from 1980, or from the start where it is later.

    Where later years have none: the last three before. Manufactures in the same years, or carried back to
    them. Nothing where fuel has no figure.
    """
    later = figures.later(FUEL, max(FIRST_FUEL, figures.start)).iloc[:3]
    if later.empty:
        later = figures.series(FUEL).iloc[-3:]
    if later.empty:
        return None
    beside = figures.series(MANUFACTURES)
    same = beside[beside.index.isin(later.index)]
    share = float(same.mean()) if not same.empty else manufactures_share(figures, int(later.index[0]))[0]
    return Fuel(tuple(int(year) for year in later.index), float(later.mean()), share)


def at_other_prices(share: float, oil: float, other: float) -> float:
    """The share of fuel in primary exports at earlier prices, quantities unchanged.

    f = (share/oil) / (share/oil + (1 - share)/other)

    `share`: at the later prices, Dmnl; `oil`, `other`: later over earlier price, of oil and of the rest.

    >>> round(at_other_prices(0.5, 4.0, 1.0), 6)  # a quarter of oil's worth beside an unchanged half
    0.2
    """
    return (share / oil) / (share / oil + (1 - share) / other)


def fuel_share(figures: Figures) -> Parameter:
    """The share of fuels in primary exports of the first year, at its prices.

    Only merchandise has a composition on record: services, which the model counts with primary exports, are
    left out of the share. Without a figure of fuel: nought.
    """
    note = "Fuels in primary exports at the prices of the first year"
    said = ("fuel share of primary exports", "Dmnl", note)
    fuel = fuel_on_record(figures)
    if fuel is None:
        text = "judgement: no figure of fuel/exports; taken as none"
        return fixed(NamedFigure(*said, text), 0.0, (0.0, 1.0))
    world = figures.elsewhere(WORLD)
    rises = [_rise(world, name, fuel.years) for name in ("oil price", "non-energy commodity price")]
    text = (
        f"observations: fuel/exports {short(fuel.share)} and manufactures/exports "
        f"{short(fuel.manufactures)}, mean of "
        f"{', '.join(str(year) for year in fuel.years)}, at the prices of {figures.start}: oil then "
        f"{rises[0]:.3g} times, "
        f"other commodities {rises[1]:.3g} times; quantities taken to have been the same; merchandise only, "
        "services are not observed"
    )
    return fixed(NamedFigure(*said, text), at_other_prices(fuel.of_primary, *rises), (0.0, 1.0))


def _rise(world: Figures, price: str, years: tuple[int, ...]) -> float:
    prices = world.series(price)
    then = prices[prices.index.isin(years)]
    if then.empty:
        raise refuse(f"{WORLD}, {price}", f"no figure of {years[0]}", "one", "add it to the panel")
    return float(then.mean()) / world.at_start(price)


def sells_fuel(figures: Figures) -> bool:
    """Whether a country is a net exporter of fuel: fuel above .15 of exports, rents above .06 of output.

    Rents are the mean of the first six figures from 1980, or from the start where it is later.
    Rents tell a field from a refinery, which sells fuel of foreign crude. Where rents have no figure, fuel
    decides alone.
    """
    fuel = fuel_on_record(figures)
    if fuel is None or fuel.share <= EXPORTER_FUEL:
        return False
    rents: pd.Series[float] = figures.later(RENTS, max(FIRST_FUEL, figures.start)).iloc[:6]
    return rents.empty or float(rents.mean()) > EXPORTER_RENTS


def oil_parameters(figures: Figures) -> list[Parameter]:
    """Oil imports over output before 1973, and the speed at which dear oil opens sources at home."""
    sells = sells_fuel(figures)
    share, endowment = EXPORTER if sells else IMPORTER
    kind = "a net exporter of fuel" if sells else "no net exporter of fuel"
    text = (
        f"judgement: {kind} by fuel/exports and resource rents of the early 1980s; no series in observations"
    )
    note = "Net oil imports over output before 1973"
    opens = "Speed at which dear oil opens sources at home"
    return [
        lognormal(NamedFigure("oil import share", "Dmnl", note, text), share, 0.4),
        lognormal(NamedFigure("oil endowment", "1/Year", opens, text), endowment, 0.4 if sells else 0.6),
    ]


def primary_elasticities() -> list[Parameter]:
    """What primary exports do with world trade and with own output: the same prior in all countries."""
    note = "Elasticity of primary exports in"
    demand = (
        "judgement: below one by Engel's law and substitutes, and different between coffee, ores and fuels; "
        "no estimate is used"
    )
    supply = "judgement: land and mines bind, in one country more than in another; below that of manufactures"
    said = f"{note} world exports, of the country's own basket of goods"
    return [
        lognormal(NamedFigure("primary demand elasticity", "Dmnl", said, demand), 0.6, 0.3),
        lognormal(NamedFigure("primary supply elasticity", "Dmnl", f"{note} own output", supply), 0.3, 0.4),
    ]


def trade_parameters(figures: Figures) -> list[Parameter]:
    """Exports by kind, the fuel in them, oil, and other imports of the first year.

    other = imports/output - .12 investment/output - oil - .35 manufactured exports/output, .01 at least. The
    two factors are the centres of the shared priors: foreign equipment, and foreign inputs of exports.
    """
    share, spread, how = manufactures_share(figures, figures.start)
    exports = figures.at_start("exports")
    manufactured = share * exports
    oil, endowment = oil_parameters(figures)
    bought = figures.at_start("imports/output")
    other = bought - EQUIPMENT * figures.at_start("investment/output") - oil.value
    other = max(other - INPUTS * manufactured / figures.dollar_output, LEAST_OTHER)
    made = f"{how}, times exports of {figures.start}"
    rest = f"observations: exports of {figures.start} less manufactured exports; services stand here too"
    left = (
        f"observations: imports/output of {figures.start} {short(bought)}, less equipment (.12 of "
        "investment), oil and inputs of exports (.35)"
    )
    kinds, flow = "Exports and their composition", "billion dollars/Year"
    return [
        lognormal(
            NamedFigure("initial manufactured exports", flow, kinds, made), manufactured, round(spread, 2)
        ),
        lognormal(NamedFigure("initial primary exports", flow, kinds, rest), exports - manufactured, 0.15),
        *primary_elasticities(),
        fuel_share(figures),
        oil,
        endowment,
        lognormal(
            NamedFigure("other import share", "Dmnl", "Other imports over output in the first year", left),
            other,
            0.4,
        ),
    ]
