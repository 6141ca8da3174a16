"""Rules of thumb for who will break down: ratios of the last figures before a cut-off, without any model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from latecomer.calibrate.event_scores import ranks

if TYPE_CHECKING:
    import pandas as pd

    from latecomer.study.observations import Observations
    from latecomer.study.outcomes import Rule, Term

YEARS: Final = 3
"""The years up to the cut-off whose mean a rule looks at."""


def rules_of_thumb(
    known: Observations, countries: Sequence[str], until: int, rules: Mapping[str, Rule]
) -> dict[str, dict[str, float]]:
    """The score of each country by each rule, higher for more risk; a country without a figure is left out.

    Means of the figures of the three years up to `until`, of as many as there are. `known`: observations,
    best cut at `until`. The ranks of a rule of several terms are among the countries that have all of them.

    >>> import pandas as pd
    >>> from latecomer.study.observations import Observations
    >>> from latecomer.study.outcomes import Rule, Term
    >>> rows = [
    ...     dict(iso3=iso3, variable=name, year=1979, value=value)
    ...     for iso3, name, value in [("AAA", "debt", 0.4), ("AAA", "exports", 0.1), ("BBB", "debt", 0.3)]
    ... ]
    >>> rules = {
    ...     "ratio": Rule(says="", terms=(Term(series="debt", over="exports"),)),
    ...     "debt": Rule(says="", terms=(Term(series="debt"),)),
    ... }
    >>> found = rules_of_thumb(Observations(pd.DataFrame(rows)), ["AAA", "BBB"], 1979, rules)
    >>> found["ratio"], found["debt"]
    ({'AAA': 4.0}, {'AAA': 0.4, 'BBB': 0.3})
    """
    return {name: score(known, countries, until, rule) for name, rule in rules.items()}


def score(known: Observations, countries: Sequence[str], until: int, rule: Rule) -> dict[str, float]:
    """The score of each country by one rule: its term, or the sum of the ranks of its terms."""
    each = [term_values(known, countries, until, term) for term in rule.terms]
    if len(each) == 1:
        return each[0]
    both = [iso3 for iso3 in each[0] if all(iso3 in one for one in each)]
    places = [ranks([one[iso3] for iso3 in both]) for one in each]
    return {iso3: float(sum(one[k] for one in places)) for k, iso3 in enumerate(both)}


def term_values(known: Observations, countries: Sequence[str], until: int, term: Term) -> dict[str, float]:
    """A term of each country that has its figures, higher for more risk."""
    if term.per is not None:
        found = ratios(known, countries, term.series, term.per, until)
    else:
        found = means(known, countries, term.series, until)
    if term.over is not None:
        under = means(known, countries, term.over, until)
        found = {one: value / under[one] for one, value in found.items() if under.get(one, 0.0) > 0.0}
    return {one: -value for one, value in found.items()} if term.less else found


def means(known: Observations, countries: Sequence[str], variable: str, until: int) -> dict[str, float]:
    """The mean of the figures of a variable in the years up to `until`, for the countries that have one."""
    found = {iso3: _latest(known, iso3, variable, until) for iso3 in countries}
    return {iso3: float(figures.mean()) for iso3, figures in found.items() if len(figures)}


def ratios(
    known: Observations, countries: Sequence[str], variable: str, per: str, until: int
) -> dict[str, float]:
    """The mean of the yearly ratio of two variables in the years up to `until`."""
    found = {}
    for iso3 in countries:
        above, below = (_latest(known, iso3, name, until) for name in (variable, per))
        each = (above / below).dropna()
        if len(each):
            found[iso3] = float(each.mean())
    return found


def _latest(known: Observations, iso3: str, variable: str, until: int) -> pd.Series[float]:
    import pandas as pd

    if iso3 not in known.countries() or variable not in known.variables(iso3):
        return pd.Series(dtype="float64")
    return known.series(iso3, variable, until).loc[until - YEARS + 1 :]
