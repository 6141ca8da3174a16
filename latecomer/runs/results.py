"""Results that take long, kept with what they were made from: a report says when they are old."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latecomer.errors import refuse
from latecomer.files import WRITABLE, read_json, write_whole
from latecomer.study.fits import Fit
from latecomer.study.provenance import digest
from latecomer.study.study import Study

FOLDER = Path("calibration") / "evidence"
MADE = "made from"


@dataclass(frozen=True)
class Evidence:
    """A result as plain data, and the hashes of the study and of the fits that it was made from."""

    name: str
    result: Mapping[str, Any]
    made_from: Mapping[str, str]

    def stale(self, study: Study) -> list[str]:
        """What has changed since, or is gone: names such as "model text" and "fit 'reference'"."""
        fits = [name[5:-1] for name in self.made_from if name.startswith("fit '")]
        gone = [f"fit '{name}'" for name in fits if name not in study.fits]
        files = [name.removeprefix("country file of ") for name in self.made_from if "country file" in name]
        gone += [f"country file of {iso3}" for iso3 in files if iso3 not in study.countries]
        if gone:
            return gone
        now = hashes_of(study, files, [study.fits[name] for name in fits])
        return [name for name, digested in self.made_from.items() if now.get(name) != digested]


def hashes_of(study: Study, countries: Iterable[str], fits: Sequence[Fit] = ()) -> dict[str, str]:
    """The sha256 of what a result over some countries and fits is made from, by what it is."""
    held = {
        f"fit '{fit.name}'": digest([dict(fit.shared), {k: dict(v) for k, v in fit.by_country.items()}])
        for fit in fits
    }
    return {**study.hashes(countries), **held}


def evidence_path(study: Study, name: str) -> Path:
    """Where a result of this name is kept."""
    return study.root / FOLDER / f"{name}.json"


def save_evidence(
    study: Study, name: str, result: Mapping[str, Any], countries: Iterable[str], fits: Sequence[Fit] = ()
) -> Path:
    """Keep a result, whole or not at all; the same result gives the same bytes.

    A number that is not finite becomes null. Raises InputError where the place cannot be written to.
    """
    content = {MADE: hashes_of(study, countries, fits), "result": plain(result)}
    text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n"
    return write_whole(evidence_path(study, name), text.encode(), WRITABLE)


def load_evidence(study: Study, name: str) -> Evidence | None:
    """A result that was kept; None where there is none. Raises InputError for a damaged file."""
    path = evidence_path(study, name)
    if not path.is_file():
        return None
    cure = "restore it, or make it anew"
    content = read_json(path, f"a JSON object with result and {MADE}", cure, str(FOLDER / path.name))
    try:
        return Evidence(name, dict(content["result"]), {str(k): str(v) for k, v in content[MADE].items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        expected = f"a JSON object with result and {MADE}"
        raise refuse(str(FOLDER / path.name), "another form", expected, cure) from None


def plain(value: Any) -> Any:
    """Plain data with numbers of six significant digits, null for what is not finite.

    >>> plain({"a": (1 / 3, float("nan"), 2), "b": "text"})
    {'a': [0.333333, None, 2], 'b': 'text'}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    number = float(value)
    return float(f"{number:.6g}") if math.isfinite(number) else None
