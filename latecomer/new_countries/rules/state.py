"""Rules for the parameters of state, politics, labour and distribution in a country file."""

from __future__ import annotations

import pandas as pd

from latecomer.new_countries.rules.figures import (
    Figures,
    NamedFigure,
    drift,
    fixed,
    logistic,
    lognormal,
    normal,
    short,
)
from latecomer.study.parameters import Parameter

CAPACITY = "state capacity"
INDUSTRY = "manufacturing employment"
FIVE = 5
LATE = 2
EMPLOYMENT_DRIFT = 0.012


def _opening(figures: Figures, variable: str) -> pd.Series[float]:
    """The figures of the first five years, or the first five figures where those years have none."""
    later = figures.later(variable)
    early = later[later.index < figures.start + FIVE]
    return early if not early.empty else later.iloc[:FIVE]


def state_parameters(figures: Figures) -> list[Parameter]:
    """State autonomy, state capability and institutional quality, from the scores of state capacity.

    Where the first years have no score, those that come first are taken, and their error is half as large
    again. Where there is none at all: nought, the mean of the publisher's scale, with a spread of one.
    """
    scores = _opening(figures, CAPACITY)
    error = figures.series(f"{CAPACITY} standard error")
    if scores.empty:
        about, mean, first, spread, wide = (
            "judgement: no state capacity; its scale has mean 0",
            0.0,
            0.0,
            1.0,
            2.0,
        )
    else:
        years = f"{scores.index[0]}-{scores.index[-1]}"
        mean, first = float(scores.mean()), float(scores.iloc[0])
        wide = 1.5 if scores.index[0] > figures.start + LATE else 1.0
        known = error[error.index.isin(scores.index)]
        spread = wide * (float(known.mean()) if not known.empty else 0.4)
        about = f"observations: Hanson and Sigman's state capacity, mean {years} {short(mean)}"
    autonomy = NamedFigure(
        "state autonomy", "Dmnl", "Room of the state against capital", f"{about}; its logistic"
    )
    start = NamedFigure(
        "initial state capability",
        "Dmnl",
        "Hanson and Sigman's state capacity, made a share",
        f"{about}; logistic of its first figure {short(first)}",
    )
    quality = NamedFigure(
        "institutional quality",
        "Dmnl",
        "Hanson and Sigman's state capacity, a covariate with an error of measurement",
        f"{about}; the spread is the mean of the publisher's standard errors times {wide:g}",
    )
    return [
        fixed(autonomy, round(logistic(mean), 2), (0.0, 1.0)),
        fixed(start, logistic(first), (0.05, 0.98)),
        normal(quality, round(mean, 3), round(spread, 3)),
    ]


def politics_parameters(figures: Figures) -> list[Parameter]:
    """Initial mobilisation from the core civil society index; discipline and capture are the same everywhere.

    mobilisation = .05 + .2 index, which gives KOR .13 and BRA .17 in 1960, VNM .10 in 1989; .15 without one.
    """
    index = figures.first("core civil society")
    if index is None:
        how, mobilised = "judgement: no index of civil society; as in the middle of the others", 0.15
    else:
        how = (
            f"judgement: .05 + .2 x core civil society of {index[0]}, {short(index[1])}; no index is on this "
            "scale"
        )
        mobilised = 0.05 + 0.2 * index[1]
    same = "judgement: support was hardly tied to performance in the first year; the same in each country"
    taken = "judgement: follows from support in the first year; the same in each country made by rule"
    return [
        fixed(NamedFigure("initial mobilisation", "Dmnl", "Assumed", how), mobilised),
        fixed(NamedFigure("initial discipline", "Dmnl", "Assumed", same), 0.15),
        fixed(NamedFigure("initial capture", "Dmnl", "Assumed", taken), 0.4),
    ]


def industrial_employment(figures: Figures) -> tuple[float, str]:
    """Manufacturing employment of the first year, and how it was found.

    A figure that comes later is carried back: its log-odds rose by .012 a year in the mean of the countries
    whose figures reach from the 1960s to 1990. Without any figure: .08.
    """
    found = figures.first(INDUSTRY)
    if found is None:
        return 0.08, "judgement: no figures of manufacturing employment; a poor country of 1960"
    year, share = found
    if year <= figures.start + LATE:
        return share, f"observations: manufacturing employment, {year}"
    back = drift(share, EMPLOYMENT_DRIFT, figures.start - year)
    return back, (
        f"observations: manufacturing employment {short(share)} of {year}, the first figure, "
        "its log-odds carried back at .012 a year, as they rose elsewhere"
    )


def labour_parameters(figures: Figures) -> list[Parameter]:
    """Manufacturing employment, labour share, inequality and domestic linkages of the first year.

    linkages = 3 x manufacturing employment within .05 and .5: KOR .24, BRA .35, IND .29, LAO .05. The labour
    share is the first one that the publisher observed; without one it is .55 and no fit moves it.
    """
    employed, how = industrial_employment(figures)
    share = figures.first("labour share")
    labour = NamedFigure(
        "initial labour share",
        "Dmnl",
        "Assumed",
        "judgement: no labour share; about the mean of poor economies in PWT",
    )
    if share is not None:
        text = f"observations: PWT 10.01 labour share, {share[0]}, the first year that is not held constant"
        labour = NamedFigure(
            labour.name, "Dmnl", "PWT labsh, held constant by the publisher in the first years", text
        )
    gini = figures.first("inequality")
    unequal = "judgement: no figure of inequality; about the mean of the others"
    if gini is not None:
        error = figures.series("inequality standard error")
        known = f" (standard error {short(float(error.loc[gini[0]]))})" if gini[0] in error.index else ""
        unequal = f"observations: SWIID 9.92 disposable income, {gini[0]}, the first figure{known}"
    link = "judgement: three times manufacturing employment, within .05 and .5: suppliers come with industry"
    return [
        fixed(
            NamedFigure("initial manufacturing employment share", "Dmnl", "Persons engaged", how), employed
        ),
        fixed(labour, 0.55)
        if share is None
        else lognormal(labour, share[1], 0.05 if share[0] <= figures.start + 15 else 0.08),
        fixed(
            NamedFigure("initial inequality", "Dmnl", "Gini index of disposable income", unequal),
            0.42 if gini is None else gini[1],
            (0.2, 0.7),
        ),
        fixed(
            NamedFigure("initial domestic linkages", "Dmnl", "Assumed", link),
            min(max(3 * employed, 0.05), 0.5),
            (0.0, 1.0),
        ),
    ]
