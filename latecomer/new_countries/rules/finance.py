"""Rules for the parameters of transfers, direct investment, debt, reserves and credit in a country file.

Also here:
- Rules for the parameters of the budget and of emissions in a country file.
"""

from __future__ import annotations

import math

from latecomer.new_countries.rules.figures import Figures, NamedFigure, fixed, lognormal, normal, short
from latecomer.study.parameters import Parameter

STOCK = "billion dollars"

DEBT = "debt/output, one denominator"

DEFAULTS = (
    "external default Reinhart-Rogoff 1",
    "external default Reinhart-Rogoff 2",
    "sovereign default Laeven-Valencia",
)

DEBT_GROWTH = 0.05

CONCESSIONAL = 0.025

SPREAD = 0.015

GRANTED = 0.8

LEAST_AID = 0.005


def in_default(figures: Figures) -> bool:
    """Whether any of the indicators of default has the first year."""
    return any(figures.series(name).get(figures.start, 0.0) > 0 for name in DEFAULTS)


def _aid(figures: Figures) -> tuple[float, float, str]:
    """Grants over output: what pays for imports beyond exports and the current account.

    grants = .8 mean(imports/output - exports/output + current account/output) over the first five years; .4
    of the trade gap of the first year, with a spread of .6, where the current account has none; .005 at least
    """
    gap = figures.series("imports/output") - figures.series("exports/output")
    balance = figures.series("current account/output, one denominator")
    unpaid = (gap + balance).dropna()
    unpaid = unpaid[(unpaid.index >= figures.start) & (unpaid.index < figures.start + 5)]
    if not unpaid.empty:
        mean, spread = float(unpaid.mean()), 0.3
        text = (
            f"imports less exports and the current account, mean {unpaid.index[0]}-{unpaid.index[-1]} "
            f"{short(mean)} of output"
        )
    else:
        mean, spread = float(gap.loc[figures.start]) / 2, 0.6
        text = f"half the trade gap of {figures.start} {short(mean)} of output; no current account on record"
    how = f"judgement: {text}; four fifths of it grants, .005 at least"
    return max(GRANTED * mean, LEAST_AID), spread, how


def inflow_parameters(figures: Figures) -> list[Parameter]:
    """Grants, remittances and direct investment over output, and the stock of direct investment.

    The share of direct investment is the mean of its first ten figures, .002 at least; .01 with a wide prior
    without any. Its stock is liabilities/output of the first figure times dollar output, or .05 of it.
    """
    share, spread, text = _aid(figures)
    small = "judgement: small transfers other than grants; no series in observations"
    inflows = figures.later("foreign direct investment/output").iloc[:10]
    flow, wide, how = 0.01, 0.8, "judgement: no figure of direct investment; about the mean of the others"
    if not inflows.empty:
        flow, wide = max(float(inflows.mean()), 0.002), 0.5
        how = (
            f"observations: foreign direct investment/output, mean {inflows.index[0]}-{inflows.index[-1]}, "
            ".002 at least, at part openness"
        )
    owned = figures.first("direct investment liabilities/output, one denominator")
    stock, source = 0.05, "judgement: no series of direct investment liabilities; .05 of output in dollars"
    if owned is not None:
        stock = owned[1]
        source = (
            f"observations: direct investment liabilities/output, one denominator, {short(owned[1])} of "
            f"{owned[0]}, at the dollar output of {figures.start}"
        )
    return [
        lognormal(
            NamedFigure("aid share", "Dmnl", "Grants over output where donor support is one", text),
            share,
            spread,
        ),
        lognormal(
            NamedFigure("remittance share", "Dmnl", "Remittances and other transfers over output", small),
            0.004,
            0.6,
        ),
        lognormal(
            NamedFigure(
                "direct investment share",
                "Dmnl",
                "Direct investment over output at full openness in the first year",
                how,
            ),
            flow,
            wide,
        ),
        fixed(
            NamedFigure("initial direct investment stock", STOCK, "Liabilities of direct investment", source),
            stock * figures.dollar_output,
        ),
    ]


def initial_debt(figures: Figures) -> Parameter:
    """External debt of the first year.

    debt = debt/output[t] exp(-.05 (t - start)) output in dollars[start], t the first year on record from the
    start. Spread .25 where t is within two years, else .6. Without any figure: a fifth of output, spread .8.
    """
    found = figures.first(DEBT)
    ratio, spread, text = 0.2, 0.8, "judgement: no figure of debt; a fifth of output"
    if found is not None:
        late = found[0] - figures.start
        ratio, spread = found[1] * math.exp(-DEBT_GROWTH * late), 0.25 if late <= 2 else 0.6
        back = f", less five per cent of itself for each of {late} years before" if late > 0 else ""
        text = (
            f"observations: {DEBT}, {found[0]} {short(found[1])}{back}, at the dollar output of "
            f"{figures.start}"
        )
    return lognormal(
        NamedFigure("initial external debt", STOCK, "Debt of the first year", text),
        ratio * figures.dollar_output,
        spread,
    )


def _held(figures: Figures, name: str, variable: str, without: float) -> Parameter:
    """A stock of foreign wealth: its first ratio to output on record times the first year's dollar output."""
    found = figures.first(variable)
    ratio, text = without, f"judgement: no figure of {variable}; {short(without)} of output in dollars"
    if found is not None:
        ratio = max(found[1], 0.003)
        text = (
            f"observations: {variable}, {found[0]} {short(found[1])}, at the dollar output of "
            f"{figures.start}; .003 at least"
        )
    return fixed(NamedFigure(name, STOCK, "Observed or assumed", text), ratio * figures.dollar_output)


def credit_parameters(figures: Figures) -> list[Parameter]:
    """Debt, arrears, reserves, foreign assets, the rate paid and the access to credit of the first year.

    In default: arrears of a twentieth of debt and access .6; else arrears of .0005 of output in dollars and
    access .95. The rate is interest/debt of the first five years, or half-way between the concessional .025
    and the dollar rate of the first year with .015 on top.
    """
    debt, broke = initial_debt(figures), in_default(figures)
    arrears = 0.05 * debt.value if broke else 0.0005 * figures.dollar_output
    late = (
        "judgement: in default in the first year by the indicators; a twentieth of debt"
        if broke
        else "judgement: nearly none"
    )
    open_ = (
        "judgement: in default in the first year by the indicators"
        if broke
        else "judgement: access in use by need, not tested; open in each country"
    )
    paid = figures.later("interest/debt")
    paid = paid[paid.index < figures.start + 5]
    if paid.empty:
        dollar = figures.elsewhere("USA").at_start("federal funds rate")
        rate = (CONCESSIONAL + dollar + SPREAD) / 2
        text = (
            f"judgement: half-way between the concessional rate and the dollar rate of {figures.start} "
            f"({short(dollar)}) with its spread"
        )
    else:
        rate = max(float(paid.mean()), 0.008)
        text = f"observations: interest/debt, mean {paid.index[0]}-{paid.index[-1]}; .008 at least"
    return [
        debt,
        fixed(NamedFigure("initial arrears", STOCK, "Assumed", late), arrears),
        _held(figures, "initial reserves", "reserves/output, one denominator", 0.04),
        _held(figures, "initial foreign assets", "debt assets/output", 0.02),
        fixed(NamedFigure("initial interest rate", "1/Year", "Rate paid in the first year", text), rate),
        fixed(
            NamedFigure("initial credit access", "Dmnl", "Access in the first year", open_),
            0.6 if broke else 0.95,
        ),
    ]


TAX_DRIFT = 0.01


def budget_parameters(figures: Figures) -> list[Parameter]:
    """Government consumption, taxes, the neutral primary gap and domestic public debt.

    tax share = first figure exp(-.01 years that it comes late): KOR .14, IND .11. primary gap = government
    consumption + .03 for support - taxes, within .01 and .06. Without figures: .12 and .12.
    """
    spent, taxed = figures.first("government consumption/output"), figures.first("government revenue/output")
    share, how = 0.12, "judgement: no series of government consumption; about the mean of the others"
    if spent is not None:
        share = max(spent[1], 0.05)
        how = (
            f"observations: United Nations, government consumption over output, {spent[0]} "
            f"{short(spent[1])}; .05 at least"
        )
    tax, source = 0.12, "judgement: no series of taxes; about the mean of the others"
    if taxed is not None:
        tax = max(taxed[1] * math.exp(-TAX_DRIFT * (taxed[0] - figures.start)), 0.04)
        source = (
            f"observations: taxes/output {short(taxed[1])} of {taxed[0]}, the first figure, less one per "
            "cent of itself for each year before; .04 at least"
        )
    gap = (
        "judgement: government consumption and support, .03 of output, less taxes in the first year, within "
        ".01 and .06"
    )
    debt = "judgement: about a tenth of output; no series in observations"
    return [
        fixed(NamedFigure("government consumption share", "Dmnl", "National accounts", how), share),
        fixed(NamedFigure("tax share", "Dmnl", "Revenue over output", source), tax),
        fixed(
            NamedFigure("initial primary gap", "Dmnl", "Primary gap that is neutral for imports", gap),
            min(max(share + 0.03 - tax, 0.01), 0.06),
        ),
        fixed(
            NamedFigure("initial domestic public debt", "billion dollars", "Assumed", debt),
            0.1 * figures.at_start("output"),
        ),
    ]


def emission_parameters(figures: Figures) -> list[Parameter]:
    """Emissions of the first year, and the prior of the transition to commercial energy.

    Without a figure of the first year: the first one times output over its output; .4 million tonnes a
    thousand million dollars where there is none at all.
    """
    output = figures.at_start("output")
    found = figures.first("CO2")
    spread, text = 0.08, "observations: Global Carbon Budget 2020, territorial fossil CO2, "
    if found is None:
        emitted, spread, text = (
            0.4 * output,
            0.8,
            "judgement: no figure of emissions; .4 million tonnes a thousand million dollars of output",
        )
    elif found[0] == figures.start:
        emitted, text = found[1], f"{text}{found[0]}"
    else:
        then = figures.series("output").get(found[0], output)
        emitted, spread, text = (
            found[1] * output / float(then),
            0.25,
            f"{text}{found[0]}, the first figure, in proportion to output",
        )
    shift = "judgement: elasticity of carbon intensity in output per head; the prior lets a country differ"
    return [
        lognormal(
            NamedFigure(
                "initial emissions", "million tonnes/Year", "Territorial CO2 of the first year", text
            ),
            emitted,
            spread,
        ),
        normal(
            NamedFigure(
                "carbon transition", "Dmnl", "Commercial energy takes over from wood and muscle", shift
            ),
            0.1,
            0.8,
        ),
    ]
