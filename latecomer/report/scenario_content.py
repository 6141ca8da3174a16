"""What the page of a scenario is made from: plain data, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from latecomer.report.content import Numbers, same_length


@dataclass(frozen=True, slots=True)
class Comparison:
    """One variable of one country by year: in the base and in the scenario."""

    name: str
    unit: str
    years: Numbers
    base: Numbers
    scenario: Numbers

    def __post_init__(self) -> None:
        same_length(f"{self.name}, base", self.years, self.base)
        same_length(f"{self.name}, scenario", self.years, self.scenario)

    @property
    def ends(self) -> tuple[float, float]:
        """The last values: of the base, of the scenario."""
        return float(np.asarray(self.base)[-1]), float(np.asarray(self.scenario)[-1])

    @property
    def change(self) -> float | None:
        """By how much the scenario ends above the base, as a ratio; None where the base ends at nought.

        >>> Comparison("output", "", [2050], [2.0], [3.0]).change
        0.5
        """
        base, scenario = self.ends
        return None if base == 0 else (scenario - base) / abs(base)


@dataclass(frozen=True, slots=True)
class Assumption:
    """What is assumed of a driver, of the world or of some countries, after its last figure."""

    driver: str
    whose: str
    after: str
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class Change:
    """One override: its note and reason, what it changes in words, and where, all countries where empty."""

    name: str
    note: str
    source: str
    changes: Sequence[str]
    only: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class CountryScenario:
    """One country of a scenario; `refused`: what the policy space did not permit, in words."""

    iso3: str
    name: str
    years: str
    comparisons: Sequence[Comparison]
    refused: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ScenarioReport:
    """A whole page. `generated` is the one line that differs between two runs on the same inputs."""

    title: str
    note: str
    rows: Sequence[str]
    is_base: bool
    overrides: Sequence[Change]
    countries: Sequence[CountryScenario]
    assumptions: Sequence[Assumption]
    provenance: Mapping[str, str]
    generated: str
