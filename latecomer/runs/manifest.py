"""The manifest of a run: read by one reader, held against what a run writes, and against its results."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from latecomer.changes import MARK, STAGE, file_hash, finish
from latecomer.errors import UNSHOWN, InputError, refuse
from latecomer.files import MEBI, read_json

RESULTS, MANIFEST = "results.nc", "manifest.json"
FILES: Final = "files"
WHAT: Final = "the manifest of a run"
AGAIN: Final = "run it again with latecomer run"
ANEW: Final = f"remove it, and {AGAIN}"
LARGEST: Final = 16 * MEBI
# a reader that meets a writer looks again so often
LOOKS: Final = 3
PLAIN: Final = r"^[A-Za-z0-9][\w.-]{0,79}$"
NAME: Final = re.compile(r"[A-Za-z0-9][\w. -]{0,79}")
KINDS: Final = {"list_type": "list", "dict_type": "table", "string_type": "text"}
Number = int | float


class Failures(BaseModel):
    """What a manifest tells of draws that left the finite numbers."""

    model_config = ConfigDict(strict=True, extra="allow")

    failed: int = 0


class RunManifest(BaseModel):
    """The parts of a manifest that something reads; what else a run tells is kept as it is."""

    model_config = ConfigDict(strict=True, extra="allow")

    country: str = Field(pattern=PLAIN)
    scenario: str
    fit: str
    variant: str
    years: list[Number] = Field(min_length=2, max_length=2)
    draws: int | None = None
    seed: int | None = None
    variables: int | None = None
    dt: Number | None = None
    method: str | None = None
    request: str | None = None
    files: dict[str, str] = {}
    set: dict[str, Number] = {}
    hashes: dict[str, str] = {}
    versions: dict[str, str] = {}
    changes: list[str] = []
    assumptions: list[object] = []
    policy: list[str] = Field([], alias="policy space")
    changed: list[str] = Field([], alias="changed since the fit")
    failures: Failures | None = None


REQUIRED: Final = ("country", "fit", "scenario", "variant", "years")
DEFAULTS: Final[Mapping[str, type]] = {
    "changes": list,
    "assumptions": list,
    "policy space": list,
    "changed since the fit": list,
    "set": dict,
    "hashes": dict,
    "versions": dict,
}


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run. Raises InputError where it is missing, no JSON, or not that of a run."""
    path = folder / MANIFEST
    try:
        manifest = read_json(path, WHAT, ANEW, largest=LARGEST)
    except InputError:
        if not path.exists() and not path.is_symlink():
            raise refuse(str(path), "no such file", WHAT, AGAIN) from None
        raise
    wrong = list(dict.fromkeys(wrong_parts(manifest)))
    if wrong:
        expected = f"{WHAT}, with its country, scenario, fit, variant and years"
        raise refuse(str(path), "; ".join(wrong), expected, ANEW)
    return {**{name: kind() for name, kind in DEFAULTS.items()}, **manifest}


def wrong_parts(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What of a manifest is not as a run writes it, in words; nothing of a sound one.

    >>> list(wrong_parts({"country": "KOR", "fit": "none", "scenario": "none", "variant": "", "years": 3}))
    ['no years']
    """
    try:
        RunManifest.model_validate(manifest)
    except ValidationError as error:
        for one in sorted(
            error.errors(), key=lambda one: (str(one["loc"][0]) in REQUIRED, str(one["loc"][0]))
        ):
            name = str(one["loc"][0])
            whole = len(one["loc"]) == 1 and one["type"] in KINDS
            kind = f"no {KINDS[one['type']]}" if whole else "not as a run writes it"
            yield f"no {name}" if name in REQUIRED else f"'{name}' is {kind}"
    yield from (
        f"control characters in {name[:40]!a}" for name, value in manifest.items() if moves(name, value)
    )


def moves(*values: object) -> bool:
    r"""Whether some text among values, however deep, would move a terminal.

    >>> moves("KOR"), moves({"a": ["\x1b[2J"]})
    (False, True)
    """
    inside = list(values)
    while inside:
        value = inside.pop()
        if isinstance(value, str) and UNSHOWN.search(value):
            return True
        if isinstance(value, dict):
            inside += [*value, *value.values()]
        elif isinstance(value, list):
            inside += value
    return False


def whole_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run whose files are the very ones that it was written with.

    First finishes a change of the folder that was cut off. Raises InputError as `read_manifest` does, and for
    a file that is missing or another.
    """
    for look in range(LOOKS):
        finish(folder)
        manifest = read_manifest(folder)
        try:
            refuse_others(folder, manifest)
        except InputError:
            # another process may have put new files there between the two
            if look + 1 < LOOKS and ((folder / STAGE / MARK).exists() or read_manifest(folder) != manifest):
                continue
            raise
        return manifest
    raise AssertionError("a loop that returns or raises")


def refuse_others(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Raise InputError where a file of a manifest is missing, or is not the one it was written with."""
    files: Mapping[str, str] = manifest.get(FILES) or {}
    if RESULTS not in files or not all(NAME.fullmatch(name) for name in files):
        got = f"no hash of {RESULTS}, as an older version wrote it"
        if not (folder / RESULTS).exists():
            raise refuse(str(folder / RESULTS), "no such file", "the results of a run", AGAIN)
        raise refuse(str(folder / MANIFEST), got, "a manifest that is bound to its results", AGAIN)
    for name, digest in files.items():
        path = folder / name
        if not path.is_file():
            raise refuse(str(path), "no such file", "the results of a run", AGAIN)
        try:
            same = file_hash(path) == digest
        except OSError as error:
            got = f"a file that cannot be read ({error.strerror or error})"
            raise refuse(str(path), got, "the results of a run", AGAIN) from None
        if not same:
            raise refuse(str(path), "another file than its manifest was written with", digest[:12], AGAIN)
