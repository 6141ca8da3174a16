"""How two scenarios differ: what each changes of the base, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from latecomer.study.overrides import Override
from latecomer.study.scenarios import Scenario

if TYPE_CHECKING:
    from latecomer.study.study import Study

BASE: Final = "base"
AS_BASE: Final = "as in the base"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two scenarios do not change alike; each side in words."""

    kind: str
    name: str
    first: str
    second: str

    def as_dict(self) -> dict[str, str]:
        """The difference as plain data."""
        return {"kind": self.kind, "name": self.name, "first": self.first, "second": self.second}


def compare_scenarios(study: Study, first: str, second: str, iso3: str | None = None) -> list[Difference]:
    """How two scenarios of a study differ, by their names, of any country or of one; see `differences`.

    Raises InputError for an unknown scenario or country.
    """
    sides = scenario_or_base(study, first), scenario_or_base(study, second)
    return differences(*sides, None if iso3 is None else study.countries[iso3].iso3)


def scenario_or_base(study: Study, name: str) -> Scenario:
    """A scenario by name; `base` is the record of each country to the end of its window."""
    if name == BASE and name not in study.scenarios:
        return Scenario(BASE, "The record of each country to the end of its window.")
    return study.scenarios[name]


def differences(first: Scenario, second: Scenario, iso3: str | None = None) -> list[Difference]:
    """What two scenarios change otherwise, of any country or of one; empty where their runs are the same.

    >>> from latecomer.study.overrides import LeverChange, Override
    >>> support = {"support": LeverChange(year=2020, level=0.6)}
    >>> more = Scenario("more", "", (), (Override(name="more", note="", source="", levers=support),))
    >>> [(one.name, one.first, one.second) for one in differences(Scenario("base", ""), more)]
    [('support', 'as in the base', '0.6 from 2020')]
    """
    told = [dict(_told(one, iso3)) for one in (first, second)]
    both = {what: (told[0].get(what), told[1].get(what)) for what in (*told[0], *told[1])}
    return [
        Difference(kind, name, _or_base(kind, a), _or_base(kind, b))
        for (kind, name), (a, b) in both.items()
        if a != b
    ]


def _told(scenario: Scenario, iso3: str | None) -> Iterator[tuple[tuple[str, str], str]]:
    if scenario.horizon is not None:
        yield ("horizon", "last year"), str(scenario.horizon)
    if scenario.countries:
        yield ("countries", "countries"), " ".join(scenario.countries)
    overrides = scenario.overrides if iso3 is None else scenario.concerning(iso3)
    words: dict[tuple[str, str], dict[str, str]] = {}
    for one in overrides:
        for (kind, name), said in _changes(one):
            by_group, group = words.setdefault((kind, name), {}), " ".join(one.only)
            # changes of a driver follow one another; of a lever or parameter the last counts alone
            before = f"{by_group[group]}, then " if kind == "driver" and group in by_group else ""
            by_group[group] = before + said
    for what, by_group in words.items():
        yield what, _joined(by_group)


def _changes(one: Override) -> Iterator[tuple[tuple[str, str], str]]:
    for name, value in one.parameters.items():
        yield ("parameter", name), f"{value:g}"
    for name, lever in one.levers.items():
        yield ("lever", name), lever.words
    for name, driver in one.drivers.items():
        yield ("driver", name), driver.words


def _joined(by_group: Mapping[str, str]) -> str:
    return "; ".join(f"{said} ({group} only)" if group else said for group, said in by_group.items())


def _or_base(kind: str, words: str | None) -> str:
    if words is not None:
        return words
    return {"horizon": "end of each window", "countries": "all"}.get(kind, AS_BASE)
