"""The test of shuffled institutions: does a fit lose when each country is given another one's?"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np

from latecomer.errors import refuse
from latecomer.inference.optimise import REFUSED

Report: TypeAlias = Callable[[str, int, int], None]
Refit: TypeAlias = Callable[[dict[str, float]], float]

SHUFFLES = 99
"""The floor of the p-value is then a hundredth."""


@dataclass(frozen=True, slots=True)
class Permutation:
    """One shuffle: the institutions given, by iso3, and the loss of the fit with them."""

    institutions: dict[str, float]
    loss: float


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """Losses of the true fit, of each shuffle, and of the fit without institutions where there is one.

    `asked`: shuffles asked for; `possible`: distinct ones there are; `reliability`: share of the variance
    of the institutions across countries that is not error of measurement.
    """

    true: float
    shuffles: tuple[Permutation, ...]
    without: float | None
    asked: int
    possible: int
    reliability: float

    @property
    def failed(self) -> int:
        """Shuffles without a finite loss; the p-value counts them as no worse than the true fit."""
        return sum(not one.loss < REFUSED for one in self.shuffles)

    @property
    def as_good(self) -> int:
        """Shuffles that fit no worse than the true institutions."""
        return sum(one.loss <= self.true for one in self.shuffles) + self.failed

    @property
    def p_value(self) -> float:
        """The permutation p-value (1 + as_good) / (1 + shuffles).

        Source: Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9, 39.

        >>> PermutationTest(
        ...     2.0, tuple(Permutation({}, loss) for loss in (1.0, 3.0, 4.0)), None, 3, 5, 1.0
        ... ).p_value
        0.5
        """
        return (1 + self.as_good) / (1 + len(self.shuffles))

    @property
    def floor(self) -> float:
        """The smallest p-value that so many shuffles can give: 1 / (1 + shuffles)."""
        return 1 / (1 + len(self.shuffles))

    def as_dict(self) -> dict[str, Any]:
        """The test as plain data."""
        names = ("p_value", "floor", "as_good", "failed")
        return asdict(self) | {"made": len(self.shuffles)} | {name: getattr(self, name) for name in names}

    def text(self) -> str:
        """The test in a few lines for a terminal."""
        made = len(self.shuffles)
        lines = [
            f"p = {self.p_value:.3g}: {self.as_good} of {made} shuffles fit no worse than the true one",
            f"floor {self.floor:.3g}; {made} shuffles made, {self.asked} asked for, {self.possible} possible",
            f"loss {self.true:.2f} with the true institutions" + self._others(),
            f"reliability of the institutions across countries: {self.reliability:.2f}",
        ]
        if self.failed:
            lines.append(f"{self.failed} shuffles without a finite loss, counted as no worse")
        return "\n".join(lines)

    def _others(self) -> str:
        losses = sorted(one.loss for one in self.shuffles if one.loss < REFUSED)
        shuffled = f", {losses[0]:.2f} to {losses[-1]:.2f} shuffled" if losses else ""
        return shuffled + (f", {self.without:.2f} with none" if self.without is not None else "")


def permute_institutions(
    refit: Refit,
    institutions: Mapping[str, float],
    standard_errors: Mapping[str, float],
    shuffles: int = SHUFFLES,
    seed: int = 0,
    without: Callable[[], float] | None = None,
    report: Report | None = None,
    deadline: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> PermutationTest:
    """Refit with the institutions of the countries shuffled, and say how the true ones stand among these.

    `refit`: the loss of a fit given the institutions by iso3; `institutions` and `standard_errors`: by iso3,
    in one unit; `shuffles`: how many, or as many distinct ones as there are; `seed`: tells the shuffles, of
    which the first k are the same however many follow; `without`: the loss of the fit with no institutions;
    `report`: called with what is done, fits done and fits in all; `deadline`: seconds after which no fit is
    begun, the true one apart. Raises `InputError` for a wrong request or no finite loss of the true fit.
    Source: Phipson and Smyth (2010), for drawing without replacement.
    """
    began = clock()
    _check(institutions, standard_errors, shuffles, deadline)
    possible = arrangements(institutions) - 1
    tell, total = report or _silent, 1 + (without is not None) + min(shuffles, possible)
    true = float(refit(dict(institutions)))
    if not true < REFUSED:
        raise refuse("shuffled institutions", f"a loss of {true:g} with the true ones", "a finite loss",
                     "mend the fit before its institutions are tested")  # fmt: skip
    tell("true institutions", 1, total)
    none: float | None = None
    if without is not None and not _late(began, deadline, clock):
        none = float(without())
        tell("no institutions", 2, total)
    made: list[Permutation] = []
    drawn = distinct_shuffles(institutions, seed)
    while len(made) < min(shuffles, possible) and not _late(began, deadline, clock):
        given = next(drawn)
        made.append(Permutation(given, float(refit(dict(given)))))
        tell("shuffled institutions", total - min(shuffles, possible) + len(made), total)
    share = reliability(institutions, standard_errors)
    return PermutationTest(true, tuple(made), none, shuffles, possible, share)


def arrangements(institutions: Mapping[str, float]) -> int:
    """Distinct ways to hand the values to the countries, the true one among them: n! / (m1! m2! ...).

    >>> arrangements({"KOR": 1.0, "BRA": 0.5, "IND": 0.5})
    3
    """
    alike = Counter(institutions.values()).values()
    return math.factorial(len(institutions)) // math.prod(math.factorial(times) for times in alike)


def distinct_shuffles(institutions: Mapping[str, float], seed: int) -> Iterator[dict[str, float]]:
    """Shuffles told by the seed: each distinct one once, then no more.

    All differ in what some country is given; none is the true one. The order of the mapping has no say.
    """
    countries = sorted(institutions)
    values = np.array([institutions[iso3] for iso3 in countries], dtype=np.float64)
    generator = np.random.default_rng(seed)
    seen = {tuple(values.tolist())}
    for _ in range(arrangements(institutions) - 1):
        given = tuple(generator.permutation(values).tolist())
        while given in seen:
            given = tuple(generator.permutation(values).tolist())
        seen.add(given)
        yield dict(zip(countries, given, strict=True))


def reliability(institutions: Mapping[str, float], standard_errors: Mapping[str, float]) -> float:
    """Share of the variance across countries that is not error of measurement, at least nought.

    reliability = max(0, 1 - mean(se ** 2) / var(x)), var with n - 1

    Source: Fuller (1987), Measurement Error Models, section 1.1.

    >>> reliability({"KOR": 1.0, "BRA": 3.0}, {"KOR": 1.0, "BRA": 1.0})  # 1 - 1 / 2
    0.5
    """
    errors = np.array([standard_errors[iso3] for iso3 in institutions], dtype=np.float64)
    variance = float(np.var(list(institutions.values()), ddof=1))
    return max(0.0, 1.0 - float(np.mean(errors**2)) / variance)


def _late(began: float, deadline: float | None, clock: Callable[[], float]) -> bool:
    return deadline is not None and clock() - began >= deadline


def _silent(what: str, done: int, total: int) -> None:
    pass


def _check(
    institutions: Mapping[str, float],
    standard_errors: Mapping[str, float],
    shuffles: int,
    deadline: float | None,
) -> None:
    place = "shuffled institutions"
    for iso3, value in institutions.items():
        error = standard_errors.get(iso3, math.nan)
        if not (math.isfinite(value) and 0 <= error < math.inf):
            raise refuse(f"{place}, {iso3}", f"{value:g} with standard error {error:g}",
                         "a finite value, its error from 0 up", "mend it or leave it out")  # fmt: skip
    if len(set(institutions.values())) < 2:
        raise refuse(place, f"{len(set(institutions.values()))} distinct values", "two at least",
                     "give countries whose institutions differ")  # fmt: skip
    if shuffles < 1:
        raise refuse(f"{place}, shuffles", str(shuffles), "one at least", "ask for one or more")
    if deadline is not None and not deadline > 0:
        raise refuse(f"{place}, deadline", f"{deadline:g} seconds", "more than 0", "give it time")
