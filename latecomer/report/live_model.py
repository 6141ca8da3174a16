"""What a live page is made from: the equations as JavaScript, and the numbers of its runs as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from latecomer.report.content import Numbers


@dataclass(frozen=True, slots=True)
class LiveCountry:
    """A country that the page can run: the first year of its runs, the last of its record."""

    iso3: str
    name: str
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class LiveLever:
    """A policy lever, 0 to 1."""

    name: str
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class LivePreset:
    """A scenario that the page can start from, and the countries that it can be run for."""

    name: str
    title: str
    note: str
    countries: Sequence[str]
    horizon: float


@dataclass(frozen=True, slots=True)
class LiveVariable:
    """A variable of the model text, with its unit in plain words."""

    name: str
    unit: str
    note: str
    kind: str


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """A series of the record, in the unit of the variable that it is held against."""

    series: str
    variable: str
    unit: str
    years: Numbers
    values: Numbers


@dataclass(frozen=True, slots=True)
class LiveCase:
    """What a scenario changes of a country's base: {place: constant} and {place: table of the pool}."""

    constants: Mapping[int, float]
    tables: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class LivePayload:
    """Everything that the page runs; `equations`: the text of `write_javascript`.

    `names` ({bank: names}) tells what the arrays of the equations hold. `tables` is the pool: pairs of years
    and values, an even grid of years told by its first and its step. `constants` and `bases` ({iso3: ...})
    are a country's constants in the order of the equations, and the place in the pool of each of its tables;
    `cases` ({iso3: {scenario: ...}}) what a scenario changes. `step`, `saving`: steps of integration and of
    results, Year; `made`: what the page runs, by name.
    """

    equations: str
    names: Mapping[str, Sequence[str]]
    step: float
    saving: float
    horizon: float
    countries: Sequence[LiveCountry]
    levers: Sequence[LiveLever]
    presets: Sequence[LivePreset]
    variables: Sequence[LiveVariable]
    figures: Mapping[str, Sequence[LiveFigures]]
    tables: Sequence[tuple[list[float], list[float]]]
    constants: Mapping[str, Sequence[float]]
    bases: Mapping[str, Sequence[int]]
    cases: Mapping[str, Mapping[str, LiveCase]]
    made: Mapping[str, str]

    def json(self) -> str:
        """The numbers as JSON that may stand inside a script element."""
        content = asdict(self)
        del content["equations"]
        return in_script(json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")))

    def script(self) -> str:
        """The equations as JavaScript that defines LATECOMER_MODEL."""
        return self.equations


def in_script(text: str) -> str:
    r"""JSON as it may stand inside a script element: no `<` that could end it.

    >>> print(in_script('["</script>"]'))
    ["\u003c/script>"]
    """
    return text.replace("<", "\\u003c")
