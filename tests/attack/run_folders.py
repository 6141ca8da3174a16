"""Folders of runs that are attacks: manifests and results of someone else, broken, hostile or exchanged."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from tests.attack.acts import command
from tests.attack.outcomes import Case, Ended, Right, Thing

MANIFEST: dict[str, Any] = {
    "country": "VNM",
    "scenario": "none",
    "fit": "reference",
    "variant": "with it",
    "method": "euler",
    "dt": 0.25,
    "years": [1990.0, 2010.0],
    "set": {},
    "changes": [],
    "assumptions": [],
    "policy space": [],
    "changed since the fit": [],
    "hashes": {"model text": "0" * 64},
    "versions": {"latecomer": "0.1.0"},
}
BAD = "study/runs/out/bad"
RAW = (
    b"",
    b"null",
    b"[]",
    b"7",
    b'"x"',
    b"{",
    b"[" * 100_000,
    b"[" * 100_000 + b"]" * 100_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b"\xff\xfe",
    b"\x00" * 64,
    b'{"years": ' + b"1" * 5000 + b"}",
    b'{"country": NaN}',
    b'{"country": "VNM", "country": "KHM"}',
    b" " * 1_000_000,
    b"{}",
)
VALUES: tuple[str, ...] = (
    "null",
    "true",
    "7",
    "-1.5",
    '"x"',
    '""',
    "[]",
    "{}",
    "[null, null]",
    '["a", "b"]',
    "[1990.0]",
    "[1, 2, 3]",
    "[1e308, -1e308]",
    "[NaN, 1]",
    "1e999",
    "1" * 5000,
    "1" * 400,
    '"\\u001b[2J\\u001b]0;x\\u0007"',
    '"\\ud800"',
    '"\\u0000"',
    '"[bold red]x[/bold red]"',
    '"[/]"',
    "\"=cmd|' /C calc'!A0\"",
    '"<script>code_was_run()</script>"',
    '"../../../victim"',
    "[" * 60 + "]" * 60,
    "[" * 5000 + "]" * 5000,
    '{"failed": {"a": 1}}',
    '"\\u202eabc"',
    '"\\u009b2J"',
    '"' + "x" * 200_000 + '"',
    '[[[["x"]]]]',
    '{"\\u001b[2J": 1}',
    '"@SUM(1+1)"',
    '"a\\nb"',
    '"a\\r\\nb"',
)
KEYS = (*MANIFEST, "draws", "failures", "failed runs", "seed", "timing", "results", "\x1b[2J")
RESULTS = (
    b"",
    b"CDF\x02",
    b"CDF\x02nothing",
    b"CDF\x01" + b"\xff" * 400,
    b"CDF\x02" + b"\x7f" * 400,
    b"\x89HDF\r\n\x1a\n" + b"\x00" * 400,
    b"text\n" * 100,
    b"\x00" * 10_000,
    Thing.FOLDER,
    Thing.PIPE,
    Thing.LOOP,
    Thing.DEVICE,
)
GOOD = "@SANDBOX@/study/runs/out/VNM"
OTHER = "@SANDBOX@/study/runs/out/KHM"


def _commands(rng: Random, k: int, bad: str) -> tuple[str, ...]:
    return (
        ("runs", "list"),
        ("runs", "show", bad),
        ("runs", "compare", bad, GOOD),
        ("runs", "table", bad, "--out", "t.csv"),
        ("report", bad, "--out", "rep"),
        ("runs", "gc"),
        ("explore", "VNM", "--no-open", "--out", "e"),
        ("runs", "compare", GOOD, bad),
        ("report", bad, GOOD, "--out", "rep"),
    )[k % 9]


def _still_listed(place: Path, ended: Ended) -> str | None:
    missing = [iso3 for iso3 in ("VNM", "KHM") if iso3 not in ended.said]
    return f"the whole run of {missing[0]} is not listed: {ended.said[:200]!a}" if missing else None


def _case(
    kind: str, name: str, words: tuple[str, ...], files: dict[str, bytes | Thing], right: Right
) -> Case:
    listing = words == ("runs", "list")
    check = _still_listed if listing else None
    return Case(
        kind,
        f"{' '.join(words[:2])}: {name}",
        command,
        words,
        files,
        Right.RUNS if listing else right,
        check=check,
    )


def manifests(rng: Random, k: int) -> Case:
    """A manifest that is none, or of hostile content, beside results that are none of its own."""
    words = _commands(rng, k, f"@SANDBOX@/{BAD}")
    which = k // 9 if k < 9 * len(RAW) and k % 4 else None
    if which is not None and which < len(RAW) and k % 9 in (0, 1, 2):
        content, name = RAW[which], f"{RAW[which][:24]!r}"
    else:
        key, value = KEYS[k // 9 % len(KEYS)] if k % 9 == 0 else rng.choice(KEYS), VALUES[k % len(VALUES)]
        told = json.dumps({**MANIFEST, key: "@VALUE@"})
        content, name = told.replace('"@VALUE@"', value).encode(), f"{key!a} = {value[:30]!a}"
    files = {f"{BAD}/manifest.json": content, f"{BAD}/results.nc": rng.choice(RESULTS[:8])}
    refused = words[:2] in (("runs", "compare"), ("runs", "table")) or words[0] == "report"
    return _case("runs: manifests", name, words, files, Right.REFUSED if refused else Right.EITHER)


def results(rng: Random, k: int) -> Case:
    """The results of a whole run cut, spoiled or replaced."""
    words = _commands(rng, k, OTHER)
    content = RESULTS[k // 9 % len(RESULTS)]
    name = f"{content[:16]!r}" if isinstance(content, bytes) else content.value
    refused = words[0] == "report" or words[:2] in (("runs", "compare"), ("runs", "table"), ("runs", "show"))
    files = {"study/runs/out/KHM/results.nc": content}
    made = Case(
        "runs: results",
        f"{' '.join(words[:2])}: {name}",
        command,
        words,
        files,
        Right.REFUSED if refused and words[1] != "show" else Right.EITHER,
    )
    if words == ("runs", "list"):
        return Case(made.kind, made.name, command, words, files, Right.RUNS, check=_vnm_listed)
    return made


def _vnm_listed(place: Path, ended: Ended) -> str | None:
    return None if "VNM" in ended.said else f"the whole run of VNM is not listed: {ended.said[:200]!a}"


def exchange(place: Path, how: str) -> None:
    """Put the results of one run beside the manifest of another, or change some of their bytes."""
    runs = place / "study" / "runs" / "out"
    one, other = runs / "VNM" / "results.nc", runs / "KHM" / "results.nc"
    content = other.read_bytes()
    middle = len(content) * 3 // 4
    match how:
        case "of another":
            other.write_bytes(one.read_bytes())
        case "cut":
            other.write_bytes(content[: len(content) // 2])
        case "a byte changed":
            other.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        case "longer":
            other.write_bytes(content + b"\x00" * 64)
        case _:
            (runs / "KHM" / "manifest.json").write_bytes((runs / "VNM" / "manifest.json").read_bytes())


HOWS = ("of another", "cut", "a byte changed", "longer", "manifest of another")


def bindings(rng: Random, k: int) -> Case:
    """Results that are not those of their manifest: refused wherever a run is read."""
    words = (
        ("runs", "compare", OTHER, GOOD),
        ("runs", "table", OTHER, "--out", "t.csv"),
        ("report", OTHER, "--out", "rep"),
        ("runs", "show", OTHER),
    )[k // len(HOWS) % 4]
    how = HOWS[k % len(HOWS)]
    return Case(
        "runs: bindings",
        f"{how}, {' '.join(words[:2])}",
        command,
        words,
        {},
        Right.REFUSED,
        prepare=partial(exchange, how=how),
    )


def strangers(rng: Random, k: int) -> Case:
    """Folders that hold something of everything: gc and run leave them as they are."""
    owned = (
        "thesis.txt",
        "sub/data.csv",
        "progress.npz",
        ".results.x",
        ".manifest.json.y",
        "manifest.json.bak",
    )
    folder = rng.choice(["study/runs/out/p", "study/runs/out/.p", "study/runs/out/VNM/p", "study/p"])
    files: dict[str, bytes | Thing] = {f"{folder}/{name}": b"mine\n" for name in rng.sample(owned, 3)}
    files[f"{folder}/thesis.txt"] = b"three years\n"
    if k % 2:
        files[f"{folder}/results.nc"] = b"mine\n"
    if k % 3 == 0:
        files[f"{folder}/manifest.json"] = rng.choice([b'{"name": "my web app"}', b"{}", b"x"])
    words = (
        ("runs", "gc", "--yes"),
        ("runs", "gc", ".", "--yes"),
        ("runs", "gc", "@SANDBOX@", "--yes"),
        ("run", "VNM", "--out", f"@SANDBOX@/{folder}"),
        ("ensemble", "VNM", "--draws", "2", "--out", f"@SANDBOX@/{folder}"),
    )[k % 5]
    # what latecomer itself leaves behind goes by these names
    may = (f"{folder}/progress.npz", f"{folder}/.results.x", f"{folder}/.manifest.json.y")
    return Case(
        "runs: strangers",
        f"{' '.join(words)} with {sorted(Path(f).name for f in files)}",
        command,
        words,
        files,
        may_change=may,
    )


Kinds = dict[Callable[[Random, int], Case], int]
KINDS: Kinds = {manifests: 72, results: 36, bindings: 20, strangers: 20}
