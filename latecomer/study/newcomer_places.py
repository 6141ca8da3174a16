"""Where a new country lies, and which hub of the study's production networks is the nearest.

capitals.csv has the present capital of each country to a hundredth of a degree, and its name, from GeoNames
(geonames.org, read in 2026, Creative Commons Attribution 4.0).
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from latecomer.faults import refuse
from latecomer.study.country_rules import Place, link_distance
from latecomer.study.country_rules_figures import Said, fixed, great_circle
from latecomer.study.parameters import Parameter

DISTANCE = "link distance"


@dataclass(frozen=True)
class Capital:
    """The name of a country and where its capital lies, degrees, north and east positive."""

    name: str
    position: tuple[float, float]


@cache
def capitals() -> Mapping[str, Capital]:
    """The capitals of capitals.csv by iso3.

    >>> capitals()["FJI"].name
    'Fiji'
    """
    path = Path(__file__).parent / "capitals.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["iso3"]: Capital(row["name"], (float(row["latitude"]), float(row["longitude"])))
            for row in csv.DictReader(file)
        }


def nearest_hub(iso3: str, hubs: Iterable[str]) -> str | None:
    """The hub whose capital is nearest to a country's by great circle; None where its place is unknown.

    No country is its own hub. Raises InputError where no hub has a known place.

    >>> nearest_hub("FJI", ["USA", "JPN"]), nearest_hub("XAA", ["JPN"])
    ('JPN', None)
    """
    known = capitals()
    placed = sorted(hub for hub in set(hubs) if hub in known and hub != iso3)
    if not placed:
        got = f"no hub with a known place for {iso3}"
        raise refuse("definitions.toml, hubs", got, "one at least", "name a hub by its iso3")
    if iso3 not in known:
        return None
    return min(placed, key=lambda hub: great_circle(known[iso3].position, known[hub].position))


def place_of(iso3: str, study_hubs: Mapping[str, str]) -> tuple[Place, str, tuple[str, ...]]:
    """The place of a country, its hub, and in words what stands in for a place that nobody knows.

    `study_hubs`: the hub of each of the study's countries; the commonest where the place is unknown.
    """
    hub = nearest_hub(iso3, study_hubs.values())
    if hub is not None:
        here, there = capitals()[iso3], capitals()[hub]
        return Place(iso3, here.name, here.position, there.name, there.position), hub, ()
    hub = min(Counter(study_hubs.values()).most_common(), key=lambda one: (-one[1], one[0]))[0]
    there = capitals().get(hub, Capital(hub, (0.0, 0.0)))
    said = (
        f"place: '{iso3}' is in no table of capitals; its code is its name, {there.name} its hub, as that of "
        "most of the study's countries, and its link distance their median"
    )
    return Place(iso3, iso3, there.position, there.name, there.position), hub, (said,)


def distance(place: Place, known: bool, others: Iterable[float]) -> Parameter:
    """The link distance of a country; the median of the others where its place is unknown."""
    if known:
        return link_distance(place)
    source = "judgement: no place on record; the median of the study's own countries"
    said = Said(DISTANCE, "Dmnl", f"Distance to the hub, {place.hub}", source)
    return fixed(said, float(np.median(list(others))), (0.1, 5.0))
