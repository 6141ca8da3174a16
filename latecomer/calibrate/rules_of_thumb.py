"""Rules of thumb for who will default: ratios of the last figures before a cut-off, without any model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from latecomer.calibrate.event_scores import ranks

if TYPE_CHECKING:
    import pandas as pd

    from latecomer.study.observations import Observations

YEARS: Final = 3
"""The years up to the cut-off whose mean a rule looks at."""
DEBT, EXPORTS = "debt/output", "exports/output"
SERVICE, ACCOUNT = "debt service/exports", "current account/output"
OUTPUT, PEOPLE = "output at current dollars", "population"
RULES: Final = {
    "debt/exports": "mean debt/output over mean exports/output: more debt, more risk",
    "debt/output": "more debt, more risk",
    "debt service/exports": "more service, more risk",
    "current account/output": "a larger deficit, more risk",
    "debt/output and income": (
        "rank of debt/output and rank of income per head in US$, added: more debt, more risk; richer, more "
        "risk, since the debt of richer countries was owed to banks at market rates"
    ),
}


def rules_of_thumb(known: Observations, countries: Sequence[str], until: int) -> dict[str, dict[str, float]]:
    """The score of each country by each rule, higher for more risk; a country without a figure is left out.

    Means of the figures of the three years up to `until`, of as many as there are. `known`: observations,
    best cut at `until`. Ranks are among the countries that have both figures.

    >>> import pandas as pd
    >>> from latecomer.study.observations import Observations
    >>> rows = [
    ...     dict(iso3=iso3, variable=name, year=1979, value=value)
    ...     for iso3, name, value in [
    ...         ("BRA", "debt/output", 0.4),
    ...         ("BRA", "exports/output", 0.1),
    ...         ("KOR", "debt/output", 0.3),
    ...     ]
    ... ]
    >>> found = rules_of_thumb(Observations(pd.DataFrame(rows)), ["BRA", "KOR"], 1979)
    >>> found["debt/exports"], found["debt/output"]
    ({'BRA': 4.0}, {'BRA': 0.4, 'KOR': 0.3})
    """
    debt, exports = (means(known, countries, name, until) for name in (DEBT, EXPORTS))
    account, income = means(known, countries, ACCOUNT, until), incomes(known, countries, until)
    both = [iso3 for iso3 in debt if iso3 in income]
    of_debt, of_income = ranks([debt[one] for one in both]), ranks([income[one] for one in both])
    return {
        "debt/exports": {one: debt[one] / exports[one] for one in debt if exports.get(one, 0.0) > 0.0},
        "debt/output": debt,
        "debt service/exports": means(known, countries, SERVICE, until),
        "current account/output": {one: -value for one, value in account.items()},
        "debt/output and income": {one: float(of_debt[k] + of_income[k]) for k, one in enumerate(both)},
    }


def means(known: Observations, countries: Sequence[str], variable: str, until: int) -> dict[str, float]:
    """The mean of the figures of a variable in the years up to `until`, for the countries that have one."""
    found = {iso3: _latest(known, iso3, variable, until) for iso3 in countries}
    return {iso3: float(figures.mean()) for iso3, figures in found.items() if len(figures)}


def incomes(known: Observations, countries: Sequence[str], until: int) -> dict[str, float]:
    """Output a head at current dollars, mean of the years up to `until`; thousand dollars/person/Year."""
    found = {}
    for iso3 in countries:
        output, people = (_latest(known, iso3, name, until) for name in (OUTPUT, PEOPLE))
        each = (output / people).dropna()
        if len(each):
            found[iso3] = float(each.mean())
    return found


def _latest(known: Observations, iso3: str, variable: str, until: int) -> pd.Series[float]:
    import pandas as pd

    if iso3 not in known.countries() or variable not in known.variables(iso3):
        return pd.Series(dtype="float64")
    return known.series(iso3, variable, until).loc[until - YEARS + 1 :]
