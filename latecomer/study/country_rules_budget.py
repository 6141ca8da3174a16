"""Rules for the parameters of the budget and of emissions in a country file."""

from __future__ import annotations

import math

from latecomer.study.country_rules_figures import Figures, Said, fixed, lognormal, normal, short
from latecomer.study.parameters import Parameter

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
        fixed(Said("government consumption share", "Dmnl", "National accounts", how), share),
        fixed(Said("tax share", "Dmnl", "Revenue over output", source), tax),
        fixed(
            Said("initial primary gap", "Dmnl", "Primary gap that is neutral for imports", gap),
            min(max(share + 0.03 - tax, 0.01), 0.06),
        ),
        fixed(
            Said("initial domestic public debt", "billion dollars", "Assumed", debt),
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
            Said("initial emissions", "million tonnes/Year", "Territorial CO2 of the first year", text),
            emitted,
            spread,
        ),
        normal(
            Said("carbon transition", "Dmnl", "Commercial energy takes over from wood and muscle", shift),
            0.1,
            0.8,
        ),
    ]
