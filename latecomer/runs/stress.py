"""Many runs with every parameter drawn from its whole range: what breaks, how often, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from latecomer.errors import InputError
from latecomer.study.accounting import unsigned
from latecomer.study.parameters import Parameter
from latecomer.study.run_spec import METHOD
from latecomer.study.simulation import audited
from latecomer.study.study import Study

Floats = NDArray[np.float64]
ROUNDING: Final = 1e-9
"""A stock this little below nought, against its largest value, is nought."""
SHOWN: Final = 8
SAMPLED: Final = 3
"""Draws whose books are audited: the path of any other is not kept."""


@dataclass(frozen=True)
class Stress:
    """What `draws` runs of one country came to.

    `negative`: each stock that fell below nought though it cannot, with the lowest value; `failures`: runs
    that left the finite numbers; `where`: the parameters in which these differ most from all runs, with the
    distance of the means in standard deviations of the draws.
    """

    iso3: str
    draws: int
    failures: int
    negative: Mapping[str, float]
    where: Mapping[str, float]

    @property
    def holds(self) -> bool:
        """Whether nothing broke."""
        return not self.failures and not self.negative

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "country": self.iso3,
            "draws": self.draws,
            "failures": self.failures,
            "negative": dict(self.negative),
            "where": dict(self.where),
            "holds": self.holds,
        }


def stress(study: Study, iso3: str, draws: int, seed: int = 0) -> Stress:
    """Runs of a country over its window, every parameter and switch drawn evenly from what it may be.

    Of the first `SAMPLED` draws that stay finite the books are audited. Raises InputError for an unknown
    country and for books that do not close.
    """
    drawn = draw({**study.parameters, **study.countries[iso3].parameters}, draws, seed)
    window = study.countries[iso3].window
    audited_draws(study, iso3, drawn)
    found = study.model.summarise(
        draws,
        seed,
        parameters=drawn,
        drivers=study.tables(iso3),
        noise=False,
        method=METHOD,
        years=(window.start, window.end),
        variables=unsigned(study.model.text),
        quantiles=(),
    )
    ends = {str(n): one.sel(statistic=["minimum", "maximum"]) for n, one in found.moments.items()}
    lowest = {name: (float(one[0].min()), float(one[1].max())) for name, one in ends.items()}
    negative = {name: low for name, (low, high) in lowest.items() if low < -ROUNDING * max(1.0, high)}
    failed = np.asarray(found.failures["draw"], dtype=np.int64)
    return Stress(iso3, draws, found.failed, negative, apart(drawn, failed))


def audited_draws(study: Study, iso3: str, drawn: Mapping[str, Floats]) -> None:
    """Audit the books of the first draws, one by one; one that leaves the finite numbers is a failure."""
    window, tables = study.countries[iso3].window, study.tables(iso3)
    count = len(next(iter(drawn.values()), ()))
    for number in range(min(SAMPLED, count)):
        values = {name: float(column[number]) for name, column in drawn.items()}
        options: dict[str, Any] = {"years": (window.start, window.end), "method": METHOD, "backend": "numpy"}
        try:
            run = study.model.run(parameters=values, drivers=tables, **options)
        except InputError:
            continue
        audited(run, study, f"books of {iso3}, draw {number}")


def draw(parameters: Mapping[str, Parameter], draws: int, seed: int) -> dict[str, Floats]:
    """Even draws from the range, or from the choices, of each parameter; unit of the parameter.

    The draws of a parameter depend on the seed and on its place alone.
    """
    found = {}
    for place, (name, one) in enumerate(parameters.items()):
        random = np.random.default_rng([seed, place])
        if one.choices is not None:
            found[name] = random.choice(np.asarray(one.choices, dtype=np.float64), draws)
        else:
            found[name] = random.uniform(*(one.range or (one.value, one.value)), draws)
    return found


def apart(drawn: Mapping[str, Floats], failed: NDArray[np.int64]) -> dict[str, float]:
    """The parameters in which failed draws lie farthest from all draws, in standard deviations.

    distance = (mean(drawn[failed]) - mean(drawn)) / sd(drawn)

    >>> apart({"a": np.array([0.0, 2.0]), "b": np.array([1.0, 1.0])}, np.array([1]))
    {'a': 1.0}
    """
    if not len(failed):
        return {}
    spread = {name: float(values.std()) for name, values in drawn.items()}
    distance = {
        name: float((values[failed].mean() - values.mean()) / spread[name])
        for name, values in drawn.items()
        if spread[name] > 0
    }
    first = sorted(distance, key=lambda name: -abs(distance[name]))[:SHOWN]
    return {name: distance[name] for name in first}
