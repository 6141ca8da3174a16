"""Figures that take more than a division: chained, deflated, joined and normalised series indexed by year."""

from __future__ import annotations

import math

import pandas as pd

from latecomer.errors import refuse


def figure_at(figures: pd.Series[float], year: int, name: str) -> float:
    """The figure of a year. Raises InputError, naming the series, when there is none.

    >>> figure_at(pd.Series({1970: 2.5}), 1970, "exchange rate")
    2.5
    """
    if year not in figures.index:
        raise refuse(f"{name}, {year}", "no figure", "one, to derive another from", "add it to the panel")
    return float(figures.loc[year])


def normalise(index: pd.Series[float], base: int) -> pd.Series[float]:
    """An index with its base year at one.

    normalised[t] = index[t] / index[base]

    `index`: any unit, by year; result: Dmnl. Raises InputError when the base year is missing.

    >>> normalise(pd.Series({2016: 200.0, 2017: 250.0}), 2017).to_dict()
    {2016: 0.8, 2017: 1.0}
    """
    return index / figure_at(index, base, "index")


def chain_back(
    current: pd.Series[float],
    volume: pd.Series[float],
    inflation: pd.Series[float],
    exchange_rate: pd.Series[float],
    first: int,
) -> pd.Series[float]:
    """Output at current dollars for the years before its source begins.

    current[t] = current[t+1] / growth / (1 + inflation[t+1]) * depreciation
    growth = volume[t+1] / volume[t];  depreciation = exchange_rate[t+1] / exchange_rate[t]

    `current`: billion dollars/Year; `volume`: at any constant prices; `inflation`: of the deflator in
    national currency, 1/Year; `exchange_rate`: currency units/dollar; all by year. Result: billion
    dollars/Year from the year `first` to the one before `current` begins. Raises InputError when a figure
    needed is missing.

    >>> by_year = lambda before, now: pd.Series({1969: before, 1970: now})
    >>> chain_back(pd.Series({1970: 110.0}), by_year(10.0, 11.0), by_year(0.0, 0.25), by_year(2.0, 2.5), 1969)
    1969    100.0
    dtype: float64
    """
    figures: dict[int, float] = {}
    later = float(current.iloc[0])
    for year in range(int(current.index[0]) - 1, first - 1, -1):
        growth = figure_at(volume, year + 1, "output volume") / figure_at(volume, year, "output volume")
        rates = [figure_at(exchange_rate, one, "exchange rate") for one in (year, year + 1)]
        depreciation = rates[1] / rates[0]
        later = later / growth / (1 + figure_at(inflation, year + 1, "inflation")) * depreciation
        figures[year] = later
    return pd.Series(figures, dtype=float).sort_index()


def constant_dollars(
    ratio: pd.Series[float], current: pd.Series[float], consumer_prices: pd.Series[float]
) -> pd.Series[float]:
    """A flow in constant dollars from its ratio to output, over the years that all three share.

    flow[t] = ratio[t] * current[t] / consumer_prices[t]

    `ratio`: Dmnl; `current`: output at current dollars, billion dollars/Year; `consumer_prices`: of the USA,
    base year = 1. Result: billion dollars/Year at the prices of the base year.

    >>> at_1980 = lambda figure: pd.Series({1980: figure})
    >>> constant_dollars(at_1980(0.25), at_1980(60.0), at_1980(0.5)).to_dict()
    {1980: 30.0}
    """
    return (ratio * current / consumer_prices).dropna()


def price_level(
    current: pd.Series[float], consumer_prices: pd.Series[float], output: pd.Series[float]
) -> pd.Series[float]:
    """The real exchange rate as the country's price level relative to the USA; higher is an appreciation.

    real_exchange_rate[t] = current[t] / consumer_prices[t] / output[t]

    `current`: billion dollars/Year, current; `consumer_prices`: of the USA, base year = 1; `output`: billion
    dollars/Year at constant prices. Result: Dmnl, over the years that all three share.

    >>> at_1980 = lambda figure: pd.Series({1980: figure})
    >>> price_level(at_1980(60.0), at_1980(0.5), at_1980(240.0)).to_dict()
    {1980: 0.5}
    """
    return (current / consumer_prices / output).dropna()


def join_back(
    volume: pd.Series[float], share: pd.Series[float], output: pd.Series[float]
) -> pd.Series[float]:
    """A volume carried back from its first year by a share at current prices of an output at constant prices.

    volume[t] = volume[join] * (share[t] * output[t]) / (share[join] * output[join])

    This assumes that the prices of the part and of the whole moved together before `join`, the first year of
    `volume`. `volume`, `output`: billion dollars/Year; `share`: Dmnl. Result: the years before `join`.
    Raises InputError when share or output lack the year `join`.

    >>> two = lambda before, now: pd.Series({1969: before, 1970: now})
    >>> join_back(pd.Series({1970: 30.0}), two(0.1, 0.2), two(100.0, 100.0)).to_dict()
    {1969: 15.0}
    """
    product = (share * output).dropna()
    join = int(volume.index[0])
    return product[product.index < join] * (
        float(volume.iloc[0]) / figure_at(product, join, "share times output")
    )


def join_forward(
    volume: pd.Series[float], current: pd.Series[float], prices: pd.Series[float]
) -> pd.Series[float]:
    """A volume carried on from its last year by a value at current prices over a price index.

    volume[t] = volume[join] * (current[t] / prices[t]) / (current[join] / prices[join])

    `join` is the last year of `volume`. `volume`: billion dollars/Year; `current`: of the same flow, at
    current prices; `prices`: any base. Result: the years after `join` that `current` and `prices` share.
    Raises InputError when they lack the year `join`.

    >>> two = lambda before, now: pd.Series({2017: before, 2018: now})
    >>> join_forward(pd.Series({2017: 30.0}), two(10.0, 12.0), two(1.0, 2.0)).to_dict()
    {2018: 18.0}
    """
    deflated = (current / prices).dropna()
    join = int(volume.index[-1])
    scale = float(volume.iloc[-1]) / figure_at(deflated, join, "value over its price")
    return deflated[deflated.index > join] * scale


def grow_on(volume: pd.Series[float], growth: pd.Series[float]) -> pd.Series[float]:
    """A volume carried on from its last year by growth rates, as long as each year has one.

    volume[t] = volume[t-1] * (1 + growth[t])

    `growth`: 1/Year, by year. Result: in the unit of `volume`, the years after its last.

    >>> grow_on(pd.Series({2017: 100.0}), pd.Series({2018: 0.5, 2019: -0.2, 2021: 0.1})).to_dict()
    {2018: 150.0, 2019: 120.0}
    """
    figures: dict[int, float] = {}
    year, latest = int(volume.index[-1]) + 1, float(volume.iloc[-1])
    while year in growth.index:
        latest *= 1 + float(growth.loc[year])
        figures[year] = latest
        year += 1
    return pd.Series(figures, dtype=float)


def trade_fatigue(
    exports: pd.Series[float], output: pd.Series[float], first: int, last: int
) -> pd.Series[float]:
    """How far world exports lie below what their elasticity from `first` to `last` would have made them.

    fatigue[t] = max(0, elasticity * ln(output[t] / output[last]) - ln(exports[t] / exports[last]))
    elasticity = ln(exports[last] / exports[first]) / ln(output[last] / output[first])

    `exports`, `output`: of the world, billion dollars/Year. Result: Dmnl, over the years that both share,
    zero up to `last`. Raises InputError when a figure of `first` or `last` is missing.

    >>> exports, output = pd.Series({0: 1.0, 1: 4.0, 2: 4.0}), pd.Series({0: 1.0, 1: 2.0, 2: 4.0})
    >>> trade_fatigue(exports, output, 0, 1).round(4).to_dict()
    {0: 0.0, 1: 0.0, 2: 1.3863}
    """
    ends = [
        figure_at(figures, year, "world trade") for figures in (exports, output) for year in (first, last)
    ]
    elasticity = math.log(ends[1] / ends[0]) / math.log(ends[3] / ends[2])
    years = exports.index.intersection(output.index)
    fatigue = {
        int(year): max(0.0, elasticity * math.log(output[year] / ends[3]) - math.log(exports[year] / ends[1]))
        if year > last
        else 0.0
        for year in years
    }
    return pd.Series(fatigue, dtype=float)


def labour_income(
    share: pd.Series[float],
    current: pd.Series[float],
    consumer_prices: pd.Series[float],
    employment: pd.Series[float],
) -> pd.Series[float]:
    """Labour income per worker in constant dollars.

    income[t] = share[t] * current[t] / consumer_prices[t] / employment[t]

    `share`: labour's, Dmnl; `current`: output, billion dollars/Year; `consumer_prices`: of the USA, base
    year = 1; `employment`: million persons. Result: thousand dollars a person and year, over shared years.

    >>> at_1980 = lambda figure: pd.Series({1980: figure})
    >>> labour_income(at_1980(0.5), at_1980(60.0), at_1980(0.5), at_1980(20.0)).to_dict()
    {1980: 3.0}
    """
    return (share * current / consumer_prices / employment).dropna()


def without_held(figures: pd.Series[float]) -> pd.Series[float]:
    """Figures from the last year of their first constant stretch on: what is held constant is not observed.

    figures[t] with t >= the last year before figures first change; any unit.

    >>> without_held(pd.Series([0.5, 0.5, 0.5, 0.6, 0.6], index=[1960, 1961, 1962, 1963, 1964])).to_dict()
    {1962: 0.5, 1963: 0.6, 1964: 0.6}
    """
    values = figures.to_numpy()
    changed = (values[1:] != values[:-1]).nonzero()[0]
    first = int(changed[0]) if len(changed) else max(len(values) - 1, 0)
    return figures.iloc[first:]
