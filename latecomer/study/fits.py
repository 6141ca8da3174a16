"""Fits: estimated parameters of a set of countries, with what they were made from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latecomer.changes import changing, finish
from latecomer.faults import InputError, nearest, refuse
from latecomer.files import UNDER_WAY, read_json
from latecomer.study.fit_entries import entry_faults, form_faults, manifest_faults

if TYPE_CHECKING:
    from latecomer.study.study import Study

PARAMETERS, MANIFEST = "parameters.json", "manifest.json"
AGAIN = "calibrate again"
HELD = "hash of the fit held"
POSTERIOR = "posterior.nc"
PLAIN = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")
PLAIN_NAME = "letters, digits, hyphens, points and underscores, the first a letter or a digit, and not 'none'"
# what a fit that is under way keeps: evaluations of each start, and the state of the chains
KEPT = re.compile(rf"start-[0-9]{{1,4}}(-rounded)?|\.(start-|checkpoint\.npz).*{re.escape(UNDER_WAY)}")
CHAINS, CHECKPOINT = "chains", "checkpoint.npz"


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

    def stale(self, study: Study) -> list[str]:
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

    def refuse_stale(self, study: Study) -> None:
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
    latecomer.faults.InputError: --name: got './../../victim'; expected letters, digits, ...
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


def forget_kept(kept: Path) -> None:
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
