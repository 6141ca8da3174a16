"""Hashes of what numbers are made from; notes, sources and tolerances are no part of them.

Also here:
- The elements of a model text as characters, and where each stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from latecomer.data.lock import LockedFile
from latecomer.language import key
from latecomer.language.vensim import SKETCH
from latecomer.study.countries import Country, Population
from latecomer.study.drivers import COUNTRY, Drivers
from latecomer.study.parameters import Parameter, ParameterTable
from latecomer.study.targets import Targets

ELEMENT = re.compile(r'(?P<head>\s*)(?P<equation>(?:"[^"]*"|[^"~|])*)~(?P<unit>[^~|]*)~(?P<rest>[^|]*)\|')


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its name's key, its equation and unit, and where the equation stands in the text."""

    key: str
    equation: str
    unit: str
    start: int
    end: int


def elements(text: str) -> Iterator[Element]:
    r"""The elements of a text that could be read; the headings of sectors are left out.

    >>> [(one.key, one.equation) for one in elements("{UTF-8}\nprice memory =\n 8\n ~ Year ~ Note. |")]
    [('price_memory', 'price memory =\n 8')]
    """
    body = SKETCH.split(text, maxsplit=1)[0]
    opening = re.match(r"\s*\{[^}]*\}", body)
    for found in ELEMENT.finditer(body, opening.end() if opening else 0):
        equation = found["equation"].rstrip()
        if not equation.startswith("***"):
            name = re.match(r'"[^"]*"|[^=(]*', equation)
            start = found.start("equation")
            yield Element(
                key(name.group() if name else ""),
                equation,
                found["unit"].strip(),
                start,
                start + len(equation),
            )


def meaning(text: str) -> str:
    """What a text computes: its equations and units in one order, whatever the blanks and the notes.

    >>> meaning("b = 1 ~ Dmnl ~ a note |  a=b ~ Dmnl ~ |") == meaning("a = b~Dmnl~|b =1~Dmnl~ another |")
    True
    """
    lines = (
        f"{one.key}|{''.join(one.equation.split())}|{''.join(one.unit.split())}" for one in elements(text)
    )
    return "\n".join(sorted(lines))


def run_hashes(
    text: str,
    parameters: ParameterTable,
    drivers: Drivers,
    countries: Iterable[str],
    lock: Mapping[str, LockedFile],
) -> dict[str, str]:
    """The sha256 of what runs of some countries are made from, by what it is.

    `text`: of the model; `lock`: of the observation tables. Raises InputError for an unknown country.
    """
    chosen = list(countries)
    sources, levels = drivers.sources, drivers.levers.levels
    read = sorted({*chosen, *(source.iso3 for source in sources.values())} - {COUNTRY})
    return {
        "model text": sha256(meaning(text).encode()).hexdigest(),
        "parameters": digest({name: numbers(one) for name, one in parameters.items()}),
        "drivers": digest({name: source.model_dump() for name, source in sources.items()}),
        **({"levers": digest(levels)} if levels else {}),
        **{f"country file of {iso3}": digest(content(drivers.countries[iso3])) for iso3 in chosen},
        **{f"observations of {iso3}": lock[f"{iso3}.csv"].sha256 for iso3 in read},
    }


def target_hash(targets: Targets) -> str:
    """The sha256 of the targets without their tolerances and the shortfalls explained."""
    words = {"breaks": {"__all__": {"event", "source"}}}
    without: Any = {"tolerance": True, "short": True, "country": {"__all__": words}}
    rows = [target.model_dump(exclude=without) for target in targets.targets]
    events = None if targets.events is None or targets.events.weight == 0 else targets.events.model_dump()
    return digest([targets.window.model_dump(), rows, events])


def population_hash(populations: Mapping[str, Population]) -> str:
    """The sha256 of the populations without their notes and sources."""
    return digest({name: [one.centre, one.spread] for name, one in populations.items()})


def content(country: Country) -> list[Any]:
    """What a run takes from a country file."""
    return [
        country.window.model_dump(),
        {name: numbers(one) for name, one in country.parameters.items()},
        {lever: [[r.year, r.level] for r in regimes] for lever, regimes in country.policy.items()},
    ]


def numbers(parameter: Parameter) -> dict[str, Any]:
    """What a fit takes from a parameter."""
    return parameter.model_dump(include={"value", "unit", "range", "choices", "prior"})


def digest(data: object) -> str:
    """The sha256 of some plain data, whatever the order of its keys.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
