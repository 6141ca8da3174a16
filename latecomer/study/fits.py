"""Fits: estimated parameters of a set of countries, with what they were made from.

Also here:
- The entries of a stored fit: each parameter that it estimated, once, of a country that it holds.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

from latecomer.changes import changing, finish
from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.files import UNDER_WAY, read_json

NONE: Final = "none"
"""The name of a fit, a scenario or a variant that there is none of."""

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
        yield Fault(f"{place}, countries", _value_text(countries), "a list of the codes of countries", CURE)
    else:
        for iso3, count in Counter(countries).items():
            if count > 1:
                yield Fault(f"{place}, countries", f"{iso3} {count} times", "each country once", CURE)
    until = raw.get("until")
    if until is not None and (type(until) is not int or not EARLIEST <= until <= LATEST):
        yield Fault(f"{place}, until", _value_text(until), "a year, or null", CURE)
    yield from _value_faults(f"{place}, shared", raw.get("shared", {}))
    own = raw.get("by_country", {})
    if not isinstance(own, dict):
        yield Fault(f"{place}, by_country", _value_text(own), "an object for each country", CURE)
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
            yield Fault(f"{place}, {key}", _value_text(manifest[key]), "an object", CURE)
    for key in TEXTS:
        if not isinstance(manifest.get(key, ""), str | None):
            yield Fault(f"{place}, {key}", _value_text(manifest[key]), "a name", CURE)
    scores = manifest.get("scores", [])
    if not isinstance(scores, list) or not all(_is_score(one) for one in scores):
        yield Fault(f"{place}, scores", _value_text(scores), "a list of scores with country and series", CURE)


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
        yield Fault(place, _value_text(values), "an object of names and numbers", CURE)
        return
    for name, value in values.items():
        if type(value) not in (int, float) or not _finite(value):
            yield Fault(f"{place}, {name}", _value_text(value), "a finite number", CURE)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest
        return False


def _is_country(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Z]{3}", value) is not None


def _is_score(value: object) -> bool:
    return isinstance(value, dict) and {"country", "series"} <= set(value)


def _value_text(value: object) -> str:
    said = repr(value)
    return said if len(said) <= 60 else f"{said[:57]}..."


PARAMETERS, MANIFEST = "parameters.json", "manifest.json"

AGAIN = "calibrate again"

HELD = "hash of the fit held"

POSTERIOR = "posterior.nc"

PLAIN = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")

PLAIN_NAME = "letters, digits, hyphens, points and underscores, the first a letter or a digit, and not 'none'"

# what a fit that is under way keeps: evaluations of each start, and the state of the chains
KEPT = re.compile(rf"start-[0-9]{{1,4}}(-rounded)?|\.(start-|checkpoint\.npz).*{re.escape(UNDER_WAY)}")

CHAINS, CHECKPOINT = "chains", "checkpoint.npz"


class HashedContent(Protocol):
    """The content that fits are made from."""

    @property
    def fits(self) -> Fits:
        """Its fits by name."""

    def hashes(self, countries: Iterable[str] | None = None) -> dict[str, str]:
        """The sha256 of each part that a fit of some countries is made from."""


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

    def stale(self, study: HashedContent) -> list[str]:
        """What has changed in the study since the fit was made: names such as "model text"."""
        within = self.manifest.get("within")
        moved = within is not None and (
            within not in study.fits or held_hash(study.fits[within]) != self.manifest.get(HELD)
        )
        return [*self.differing(study.hashes(self.countries)), *([f"fit '{within}'"] if moved else [])]

    def differing(self, hashes: Mapping[str, str]) -> list[str]:
        """The names under which some hashes differ from those of the manifest."""
        made = self.manifest.get("hashes", {})
        return [name for name, digest in hashes.items() if made.get(name) != digest]

    @property
    def again(self) -> str:
        """The words that make the fit anew, as a cure."""
        command = f"latecomer calibrate {' '.join(self.countries)} --name {self.name}"
        variant, within = self.manifest.get("variant"), self.manifest.get("within")
        command += "" if self.until is None else f" --until {self.until}"
        command += f' --variant "{variant}"' if variant else ""
        command += f" --within {within}" if within else ""
        return f"{AGAIN}: {command}"

    def refuse_stale(self, study: HashedContent) -> None:
        """Raise InputError where the study has changed since the fit was made."""
        changed = self.stale(study)
        if changed:
            got = f"another {' and '.join(changed)} than the fit was made from"
            cure = f"restore it, or {self.again}"
            raise refuse(f"fit '{self.name}'", got, "the content that the fit was made from", cure)


def plain_name(name: str, place: str) -> str:
    """The name of a fit, which is that of its folder too. Raises InputError for one that is a path, or none.

    >>> plain_name("reference-until-1979", "--name")
    'reference-until-1979'
    >>> plain_name("./../../victim", "--name")
    Traceback (most recent call last):
    ...
    latecomer.errors.InputError: --name: got './../../victim'; expected letters, digits, ...
    """
    if not PLAIN.fullmatch(name) or name == "none":
        raise refuse(place, f"'{name}'", PLAIN_NAME, "choose another name")
    return name


class Fits:
    """The fits of a folder, read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """The names of the fits there."""
        found = (path.parent.name for path in self.folder.glob(f"*/{PARAMETERS}"))
        return sorted(name for name in found if not name.startswith("."))

    def place(self, name: str) -> Path:
        """The folder of a fit of this name, there or not. Raises InputError for what is no plain name."""
        return self.folder / plain_name(name, f"fit '{name}'")

    def kept(self, name: str) -> Path:
        """Where a fit of this name keeps what is finished while it is under way; see `place`."""
        return self.place(name).with_name(f".{name}")

    def __getitem__(self, name: str) -> Fit:
        names = self.names()
        if name not in names:
            known = f"one of {', '.join(names)}" if names else "a fit; this study has none"
            cure = nearest(name, names) if names else "make one with latecomer calibrate"
            raise refuse(f"fit '{name}'", "no such fit", known, f"{cure}, or run without a fit (--fit none)")
        return load_fit(self.folder / name)

    def __contains__(self, name: object) -> bool:
        return name in self.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())


def held_hash(fit: Fit) -> str:
    """The sha256 of what a fit hands to one that is made within it."""
    populations = fit.manifest.get("populations", {})
    text = json.dumps([dict(fit.shared), dict(populations)], sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"


def load_fit(folder: Path) -> Fit:
    """The fit of a folder with parameters.json and manifest.json.

    Raises InputError with every fault of the two: a missing or damaged file, another form, a country or a
    parameter too many or too few, and a value that is no finite number.
    """
    finish(folder.parent)
    raw, manifest = _read(folder / PARAMETERS), _read(folder / MANIFEST)
    faults = [*form_faults(folder.name, raw), *manifest_faults(folder.name, manifest)]
    if not faults:
        faults = list(entry_faults(folder.name, raw, manifest))
    if faults:
        raise InputError(faults)
    by_country = {iso3: dict(values) for iso3, values in raw["by_country"].items()}
    return Fit(folder.name, tuple(raw["countries"]), raw["until"], dict(raw["shared"]), by_country, manifest)


def save_fit(fit: Fit, folder: Path, posterior: Callable[[Path], object] | None = None) -> Path:
    """Write a fit into `folder` as one step; the same fit gives the same bytes.

    `posterior`: writes its draws to a path; without it those of a former fit of this name are taken away.
    Raises InputError where the place cannot be written to, and where a link stands in it.
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
    texts = {name: _text(data) for name, data in content.items()}
    refuse_other(folder)
    with changing(folder.parent) as change:
        for name, text in texts.items():
            change.put(f"{folder.name}/{name}", text.encode())
        if posterior is None:
            change.remove(f"{folder.name}/{POSTERIOR}")
        else:
            change.put(f"{folder.name}/{POSTERIOR}", posterior)
    return folder


def refuse_other(folder: Path) -> None:
    """Raise InputError where a folder cannot be that of a fit: a link, a file, or the folder of a run."""
    cure = "move it away, or choose another name"
    kind = None
    if folder.is_symlink():
        kind = "a symbolic link"
    elif folder.exists() and not folder.is_dir():
        kind = "a file"
    elif (folder / "results.nc").exists():
        kind = "the folder of a run"
    if kind is not None:
        raise refuse(str(folder), kind, "the folder of a fit", cure)


def drop_checkpoints(kept: Path) -> None:
    """Take away what a fit that was under way has kept, where it is that and nothing else.

    Raises InputError where it cannot be taken away.
    """
    if kept.is_symlink() or not kept.is_dir():
        return
    chains = kept / CHAINS
    files = [path for path in kept.iterdir() if KEPT.fullmatch(path.name)]
    if chains.is_dir() and not chains.is_symlink():
        files += [path for path in chains.iterdir() if path.name == CHECKPOINT or KEPT.fullmatch(path.name)]
    try:
        for path in files:
            if path.is_file() and not path.is_symlink():
                path.unlink()
        for folder in (chains, kept):
            if not folder.is_symlink() and folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    except OSError as error:
        got = error.strerror or str(error)
        raise refuse(str(kept), got, "a folder that can be written to", "make it writable") from None


def _read(path: Path) -> dict[str, Any]:
    place, cure = f"fit '{path.parent.name}', {path.name}", f"restore the file, or {AGAIN}"
    return read_json(path, "the parameters and the manifest of a fit", cure, place)


def name_at_cutoff(fit: str, cutoff: int) -> str:
    """The name of the fit of a variant to figures up to a cut-off.

    >>> name_at_cutoff("reference", 1979)
    'reference-until-1979'
    """
    return f"{fit}-until-{cutoff}"


def fit_at_cutoff(fits: Fits, variant: str, fit: str, cutoff: int) -> Fit:
    """The fit of a variant to a cut-off.

    Raises InputError, with the command to make it, for none and for one that has read later figures.
    """
    name, got = name_at_cutoff(fit, cutoff), "no such fit"
    if name in fits:
        found = fits[name]
        if found.until == cutoff:
            return found
        got = f"one until {found.until or 'the last figure'}"
    command = f'latecomer calibrate ISO3... --until {cutoff} --variant "{variant}" --name {name}'
    raise refuse(f"variant '{variant}', fit '{name}'", got, f"one until {cutoff}", f"make it: {command}")
