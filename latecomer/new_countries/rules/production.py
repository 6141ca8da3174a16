"""Rules for the parameters of output, capital, productivity and relative prices in a country file."""

from __future__ import annotations

import math

import pandas as pd

from latecomer.errors import refuse
from latecomer.new_countries.rules.figures import Figures, NamedFigure, fixed, lognormal, normal, short
from latecomer.study.parameters import Parameter

FRONTIER = "USA"
CAPITAL_SHARE = 0.35
LARGEST_CAPABILITY = 0.7


def _means(figures: Figures) -> float:
    """Output over capital^.35 (employment human capital)^.65 in the first year."""
    labour = figures.at_start("employment") * figures.at_start("human capital")
    means = figures.at_start("capital") ** CAPITAL_SHARE * labour ** (1 - CAPITAL_SHARE)
    return float(figures.at_start("output") / means)


def output_per_head(figures: Figures) -> float:
    """Output over population in the first year, billion dollars/(Year*million persons)."""
    return figures.at_start("output") / figures.at_start("population")


def relative_productivity(figures: Figures) -> tuple[float, str, bool]:
    """Relative productivity of the first year, how it was found, and whether a publisher has it.

    Without a figure within two years: output/(capital^.35 (employment human capital)^.65) over that of the
    frontier.
    """
    found = figures.first("relative productivity")
    if found is not None and found[0] <= figures.start + 2:
        return found[1], f"observations: PWT 10.01 relative productivity (ctfp), {found[0]}", True
    relative = _means(figures) / _means(figures.elsewhere(FRONTIER))
    return (
        relative,
        (
            "judgement: PWT has no relative productivity of this country; output/(capital^.35 x (employment "
            "x "
            f"human capital)^.65) over that of the USA, {figures.start}"
        ),
        False,
    )


def capability_parameters(figures: Figures) -> list[Parameter]:
    """Relative productivity and capability of the first year, and what no figure tells of learning.

    capability = productivity^(1/2) (output per head/frontier's)^(1/4), .7 at most: productivity counts land
    and mines as its own, output per head tells what is missing. KOR .27, BRA .51, IND .28, VNM .25.
    """
    level, how, published = relative_productivity(figures)
    heads = output_per_head(figures) / output_per_head(figures.elsewhere(FRONTIER))
    capability = min(math.sqrt(level) * heads**0.25, LARGEST_CAPABILITY)
    text = (
        f"observations: relative productivity {short(level)} and output per head over the USA's "
        f"{short(heads)}, {figures.start}: square root of the one times fourth root of the other, .7 at most"
    )
    learns = "scale: one is the rate shared by all countries; the prior lets a country differ"
    note = "PWT 10.01 ctfp of the first year" if published else "Output per worker against the USA"
    return [
        lognormal(
            NamedFigure("learning effectiveness", "Dmnl", "Country learning effectiveness", learns), 1.0, 0.7
        ),
        lognormal(
            NamedFigure("initial relative capability", "Dmnl", "From productivity and output per head", text),
            capability,
            0.25 if published else 0.35,
        ),
        fixed(NamedFigure("initial relative productivity", "Dmnl", note, how), level),
    ]


def capital_per_investment(figures: Figures) -> pd.Series[float]:
    """Capital formed over what investment is of output, by year of the window.

    q[t] = (capital[t+1] - capital[t] (1 - depreciation[t])) / (investment/output[t] output[t])

    Result: Dmnl, over the years that all share; empty where there are none.
    """
    capital, rate = figures.series("capital"), figures.series("depreciation rate")
    following = pd.Series(capital.to_numpy(), index=capital.index - 1)
    formed = following - capital * (1 - rate)
    ratio = (formed / (figures.series("investment/output") * figures.series("output"))).dropna()
    return ratio[(ratio.index >= figures.start) & (ratio.index < figures.end)]


def capital_parameters(figures: Figures) -> list[Parameter]:
    """Investment, depreciation and capital.

    Raises InputError when capital formed cannot be told from the figures of the window.
    """
    ratios, rates = capital_per_investment(figures), figures.in_window("depreciation rate")
    if ratios.empty:
        got, cure = "no year with capital, its depreciation, output and investment", "add what is missing"
        raise refuse(f"{figures.iso3}, capital per investment", got, "one year at least", cure)
    share = figures.at_start("investment/output")
    base = (
        "observations: gives .18 of output where other terms are nought, as in the other countries; "
        f"investment/output of {figures.start} {short(share)}"
    )
    per = (
        "observations: PWT capital formed over the investment share times output, "
        f"{ratios.index[0]}-{ratios.index[-1]} {short(float(ratios.mean()))}"
    )
    wears = f"observations: PWT 10.01 depreciation rate, mean {rates.index[0]}-{rates.index[-1]}"
    invested = f"observations: investment/output, {figures.start}"
    stock = f"observations: PWT 10.01 capital stock at constant national prices (rnna), {figures.start}"
    made = f"observations: PWT 10.01 output at constant national prices (rgdpna), {figures.start}"
    long = "Capital at national prices per unit of investment over output at current prices"
    return [
        normal(NamedFigure("investment base", "Dmnl", "Level of investment", base), -0.6, 0.8),
        lognormal(NamedFigure("capital per investment", "Dmnl", long, per), float(ratios.mean()), 0.15),
        lognormal(
            NamedFigure("depreciation rate", "1/Year", "PWT 10.01 delta", wears), float(rates.mean()), 0.1
        ),
        lognormal(
            NamedFigure("initial output", "billion dollars/Year", "PWT 10.01 rgdpna", made),
            figures.at_start("output"),
            0.03,
        ),
        fixed(
            NamedFigure("initial capital", "billion dollars", "PWT 10.01 rnna", stock),
            figures.at_start("capital"),
        ),
        fixed(NamedFigure("initial investment share", "Dmnl", "National accounts", invested), share),
    ]


def price_parameters(figures: Figures) -> list[Parameter]:
    """The real exchange rate of the first year, its base, and output per head at the frontier.

    base = mean of the five years after the first: KOR .54, BRA .38, IND .77 of 1961-65.
    """
    rates = figures.later("real exchange rate", figures.start + 1).iloc[:5]
    if rates.empty:
        rates = figures.later("real exchange rate")
    base = f"observations: real exchange rate, mean {rates.index[0]}-{rates.index[-1]}"
    heads = f"observations: PWT 10.01 output (rgdpna) over population of the USA, {figures.start}"
    return [
        lognormal(
            NamedFigure("real exchange rate base", "Dmnl", "Level of relative prices", base),
            float(rates.mean()),
            0.2,
        ),
        fixed(
            NamedFigure(
                "initial real exchange rate",
                "Dmnl",
                "Observed",
                f"observations: real exchange rate in {figures.start}",
            ),
            figures.at_start("real exchange rate"),
        ),
        fixed(
            NamedFigure(
                "frontier output per head",
                "billion dollars/(Year*million persons)",
                f"Output per head of the USA in {figures.start}",
                heads,
            ),
            round(output_per_head(figures.elsewhere(FRONTIER)), 3),
            (10.0, 60.0),
        ),
    ]
