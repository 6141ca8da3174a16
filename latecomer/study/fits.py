"""Fits: estimated parameters of a set of countries, with what they were made from."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latecomer.faults import Fault, InputError, nearest, refuse

if TYPE_CHECKING:
    from latecomer.study.rooms import Rooms

PARAMETERS, MANIFEST = "parameters.json", "manifest.json"
AGAIN = "calibrate again"
HELD = "hash of the fit held"


@dataclass(frozen=True)
class Fit:
    """Estimated parameters: `shared` by all countries, and of each country by its iso3.

    `until`: the last year of the figures used, None for all. `manifest`: hashes of what it was made from,
    seed, starts with their losses, date, versions and scores.

    >>> fit = Fit("reference", ("KOR",), None, {"drawdown time": 2.0}, {"KOR": {"initial capture": 0.25}})
    >>> fit.values("KOR")
    {'drawdown time': 2.0, 'initial capture': 0.25}
    """

    name: str
    countries: tuple[str, ...]
    until: int | None
    shared: Mapping[str, float]
    by_country: Mapping[str, Mapping[str, float]]
    manifest: Mapping[str, Any] = field(default_factory=dict)

    def values(self, iso3: str) -> dict[str, float]:
        """The estimated parameters of one country. Raises InputError for a country outside the fit."""
        if iso3 not in self.countries:
            expected = f"one of its countries: {', '.join(self.countries)}"
            cure = "calibrate this country, or run it without a fit (--fit none)"
            raise refuse(f"fit '{self.name}'", f"the country '{iso3}'", expected, cure)
        return {**self.shared, **self.by_country.get(iso3, {})}

    def stale(self, rooms: Rooms) -> list[str]:
        """What has changed in the study since the fit was made: names such as "model text"."""
        within = self.manifest.get("within")
        moved = within is not None and (
            within not in rooms.fits or held_hash(rooms.fits[within]) != self.manifest.get(HELD)
        )
        return [*self.differing(rooms.hashes(self.countries)), *([f"fit '{within}'"] if moved else [])]

    def differing(self, hashes: Mapping[str, str]) -> list[str]:
        """The names under which some hashes differ from those of the manifest."""
        made = self.manifest.get("hashes", {})
        return [name for name, digest in hashes.items() if made.get(name) != digest]

    def refuse_stale(self, rooms: Rooms) -> None:
        """Raise InputError where the study has changed since the fit was made."""
        changed = self.stale(rooms)
        if changed:
            got = f"another {' and '.join(changed)} than the fit was made from"
            command = f"latecomer calibrate {' '.join(self.countries)} --name {self.name}"
            variant, within = self.manifest.get("variant"), self.manifest.get("within")
            command += "" if self.until is None else f" --until {self.until}"
            command += f' --variant "{variant}"' if variant else ""
            command += f" --within {within}" if within else ""
            cure = f"restore it, or {AGAIN}: {command}"
            raise refuse(f"fit '{self.name}'", got, "the content that the fit was made from", cure)


class Fits:
    """The fits of a folder, read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """The names of the fits there."""
        return sorted(path.parent.name for path in self.folder.glob(f"*/{PARAMETERS}"))

    def __getitem__(self, name: str) -> Fit:
        names = self.names()
        if name not in names:
            known = f"one of {', '.join(names)}" if names else "a fit; this study has none"
            cure = nearest(name, names) if names else "make one with latecomer calibrate"
            raise refuse(f"fit '{name}'", "no such fit", known, f"{cure}, or run without a fit (--fit none)")
        return load_fit(self.folder / name)

    def __contains__(self, name: object) -> bool:
        return name in self.names()


def held_hash(fit: Fit) -> str:
    """The sha256 of what a fit hands to one that is made within it."""
    populations = fit.manifest.get("populations", {})
    text = json.dumps([dict(fit.shared), dict(populations)], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def save_manifest(fit: Fit, folder: Path) -> None:
    """Write the manifest of a fit that lies in `folder` anew, whole or not at all; raises InputError."""
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".manifest.") as scratch:
            fresh = Path(scratch) / MANIFEST
            fresh.write_text(_text(dict(fit.manifest)), encoding="utf-8", newline="\n")
            fresh.replace(folder / MANIFEST)
    except OSError as error:
        got = error.strerror or str(error)
        raise refuse(str(folder), got, "the folder of a fit", "save the fit first") from None


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"


def load_fit(folder: Path) -> Fit:
    """The fit of a folder with parameters.json and manifest.json.

    Raises InputError for a missing or damaged file and for a parameter that is no finite number.
    """
    raw, manifest = _read(folder / PARAMETERS), _read(folder / MANIFEST)
    place = f"fit '{folder.name}', {PARAMETERS}"
    try:
        shared, by_country = dict(raw["shared"]), {k: dict(v) for k, v in raw["by_country"].items()}
        countries, until = tuple(raw["countries"]), raw["until"]
    except (KeyError, TypeError, ValueError, AttributeError):
        expected = "the keys countries, until, shared and by_country"
        raise refuse(place, "another form", expected, f"restore the file, or {AGAIN}") from None
    rows = [("shared", shared), *by_country.items()]
    faults = [
        Fault(f"{place}, {where}, {name}", repr(value), "a finite number", f"restore it, or {AGAIN}")
        for where, values in rows
        for name, value in values.items()
        if not isinstance(value, float | int) or not math.isfinite(value)
    ]
    if faults:
        raise InputError(faults)
    return Fit(folder.name, countries, until, shared, by_country, manifest)


def save_fit(fit: Fit, folder: Path) -> Path:
    """Write a fit into `folder`, whole or not at all; the same fit gives the same bytes.

    Raises InputError where the place cannot be written to.
    """
    folder = Path(folder)
    content = {
        PARAMETERS: {
            "countries": list(fit.countries),
            "until": fit.until,
            "shared": dict(fit.shared),
            "by_country": {iso3: dict(values) for iso3, values in fit.by_country.items()},
        },
        MANIFEST: dict(fit.manifest),
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
            fresh = Path(scratch) / folder.name
            fresh.mkdir()
            for name, data in content.items():
                (fresh / name).write_text(_text(data), encoding="utf-8", newline="\n")
            if folder.exists():
                folder.rename(Path(scratch) / "old")
            fresh.rename(folder)
    except OSError as error:
        got = error.strerror or str(error)
        raise refuse(str(folder), got, "a folder that can be written to", "choose another place") from None
    return folder


def _read(path: Path) -> dict[str, Any]:
    place, cure = f"fit '{path.parent.name}', {path.name}", f"restore the file, or {AGAIN}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise refuse(place, "no such file", "the parameters and the manifest of a fit", cure) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise refuse(place, f"text that is not JSON ({error})", "a JSON object", cure) from None
    if not isinstance(content, dict):
        raise refuse(place, f"a {type(content).__name__}", "a JSON object", cure)
    return content
