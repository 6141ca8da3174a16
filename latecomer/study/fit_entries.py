"""The entries of a stored fit: each parameter that it estimated, once, of a country that it holds."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from latecomer.faults import Fault, nearest

CURE: Final = "restore the file, or calibrate again"
KEYS: Final = ("countries", "until", "shared", "by_country")
COORDINATES: Final = "coordinates"
"""The key of a manifest under which every number that the fit moved has its place."""
OTHERS: Final = ("populations", "sizes of errors", "shifts at breaks")
"""Numbers that a fit moves and that are no parameters of a run."""
TABLES: Final = ("hashes", COORDINATES, *OTHERS)
TEXTS: Final = ("variant", "within")
EARLIEST, LATEST = 1000, 3000


def form_faults(name: str, raw: Mapping[str, Any]) -> Iterator[Fault]:
    """What of parameters.json has another form than that of a fit."""
    place = f"fit '{name}', parameters.json"
    missing = [key for key in KEYS if key not in raw]
    if missing:
        expected = "the keys countries, until, shared and by_country"
        yield Fault(place, f"no '{missing[0]}'", expected, CURE)
    for key in raw:
        if key not in KEYS:
            yield Fault(f"{place}, {key}", "an unknown key", f"one of {', '.join(KEYS)}", nearest(key, KEYS))
    countries = raw.get("countries", [])
    if not isinstance(countries, list) or not all(_is_country(one) for one in countries):
        yield Fault(f"{place}, countries", _told(countries), "a list of the codes of countries", CURE)
    else:
        for iso3, count in Counter(countries).items():
            if count > 1:
                yield Fault(f"{place}, countries", f"{iso3} {count} times", "each country once", CURE)
    until = raw.get("until")
    if until is not None and (type(until) is not int or not EARLIEST <= until <= LATEST):
        yield Fault(f"{place}, until", _told(until), "a year, or null", CURE)
    yield from _value_faults(f"{place}, shared", raw.get("shared", {}))
    own = raw.get("by_country", {})
    if not isinstance(own, dict):
        yield Fault(f"{place}, by_country", _told(own), "an object for each country", CURE)
        return
    for iso3, values in own.items():
        if isinstance(countries, list) and iso3 not in countries:
            expected = f"one of its countries: {', '.join(map(str, countries))}"
            yield Fault(f"{place}, by_country", f"the country '{iso3}'", expected, CURE)
        yield from _value_faults(f"{place}, {iso3}", values)


def manifest_faults(name: str, manifest: Mapping[str, Any]) -> Iterator[Fault]:
    """What of manifest.json has another form than a fit is read with."""
    place = f"fit '{name}', manifest.json"
    for key in TABLES:
        if not isinstance(manifest.get(key, {}), dict):
            yield Fault(f"{place}, {key}", _told(manifest[key]), "an object", CURE)
    for key in TEXTS:
        if not isinstance(manifest.get(key, ""), str | None):
            yield Fault(f"{place}, {key}", _told(manifest[key]), "a name", CURE)
    scores = manifest.get("scores", [])
    if not isinstance(scores, list) or not all(_is_score(one) for one in scores):
        yield Fault(f"{place}, scores", _told(scores), "a list of scores with country and series", CURE)


def entry_faults(name: str, raw: Mapping[str, Any], manifest: Mapping[str, Any]) -> Iterator[Fault]:
    """Parameters that the fit estimated and does not hold, and such as it holds and did not estimate.

    A manifest without coordinates says nothing of them; a fit within another holds the shared ones of that.
    """
    estimated = set(manifest.get(COORDINATES, {}))
    if not estimated:
        return
    estimated -= {one for key in OTHERS for one in manifest.get(key, {})}
    held = set(raw["shared"])
    held |= {f"{one} [{iso3}]" for iso3, values in raw["by_country"].items() for one in values}
    place = f"fit '{name}', parameters.json"
    for one in sorted(estimated - held):
        yield Fault(_placed(place, one), "no such entry", "each parameter that the fit estimated", CURE)
    given = set(raw["shared"]) if manifest.get("within") is not None else set()
    own = {found[1] for one in estimated if (found := re.search(r"\[([A-Z]{3})\]$", one))}
    for iso3 in [iso3 for iso3 in raw["countries"] if own and iso3 not in own]:
        yield Fault(
            f"{place}, countries", f"{iso3}, of which nothing was estimated", "none such", "remove it"
        )
    for one in sorted(held - estimated - given):
        cure = f"{nearest(one, estimated - held)}, or restore the file" if estimated - held else "remove it"
        yield Fault(_placed(place, one), "an entry that the fit did not estimate", "none", cure)


def _placed(place: str, entry: str) -> str:
    """The place of an entry, told as in the file: shared, or the country, then the name."""
    own = re.fullmatch(r"(.*) \[([A-Z]{3})\]", entry)
    return f"{place}, shared, {entry}" if own is None else f"{place}, {own[2]}, {own[1]}"


def _value_faults(place: str, values: object) -> Iterator[Fault]:
    if not isinstance(values, dict):
        yield Fault(place, _told(values), "an object of names and numbers", CURE)
        return
    for name, value in values.items():
        if type(value) not in (int, float) or not _finite(value):
            yield Fault(f"{place}, {name}", _told(value), "a finite number", CURE)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest
        return False


def _is_country(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Z]{3}", value) is not None


def _is_score(value: object) -> bool:
    return isinstance(value, dict) and {"country", "series"} <= set(value)


def _told(value: object) -> str:
    said = repr(value)
    return said if len(said) <= 60 else f"{said[:57]}..."
