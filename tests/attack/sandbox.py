"""A folder to attack in: a small study with a fit and runs, and files of a user beside, above and in it."""

from __future__ import annotations

import fnmatch
import os
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from tests.attack.outcomes import Case, Thing

SENTINELS = {
    "above.txt": b"a user's file above the study\n",
    "victim/thesis.txt": b"three years of work\n",
    "victim/sub/data.csv": b"a,b\n1,2\n",
    "victim/results.nc": b"not a run\n",
    "site/manifest.json": b'{"name": "my web app"}\n',
    "study/notes.txt": b"a user's file in the study\n",
    "study/runs/out/mine/thesis.txt": b"chapter one\n",
    "study/runs/out/mine/results.nc": b"figures of my own\n",
    "study/runs/out/mine/sub/data.csv": b"a,b\n3,4\n",
    "study/calibration/fits/.VNM/kept.txt": b"hours of starts\n",
    "study/reports/out/letter.txt": b"dear reviewer\n",
}
SCENARIO = b"""note = "More support."
overrides = ["more"]

[override.more]
note = "More"
source = "judgement"
levers = {support = {year = 1995, level = 0.8}}
"""
RUNS = {"VNM": (), "KHM": ("--years", "1993:2000")}


def lay_template(place: Path) -> None:
    """The sandbox that each case starts from."""
    from latecomer.study.fits import Fit, save_fit
    from latecomer.study.study import Study
    from tests.attack.acts import command
    from tests.study.small import lay_estimated

    study = lay_estimated(place / "study")
    scenarios = study / "runs" / "scenarios"
    scenarios.mkdir(parents=True)
    (scenarios / "more.toml").write_bytes(SCENARIO)
    shared, own = {"learning rate": 0.06}, {"institutional quality": 0.5, "initial capability": 1.5}
    countries = ("KHM", "VNM")
    moved = [*shared, *(f"{name} [{iso3}]" for iso3 in countries for name in own)]
    manifest = {"hashes": Study(study).hashes(countries), "scores": [], "seed": 0}
    manifest["coordinates"] = dict.fromkeys(moved, 0.0)
    fit = Fit("reference", countries, None, shared, {iso3: dict(own) for iso3 in countries}, manifest)
    save_fit(fit, study / "calibration" / "fits" / "reference")
    for iso3, words in RUNS.items():
        made = command(place, Case("template", iso3, command, ("run", iso3, *words)))
        if made.code:
            raise AssertionError(made.said)
    for name, content in SENTINELS.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)


def lay(template: Path, place: Path, case: Case) -> None:
    """The sandbox of a case: the template with the files of the case over it."""
    if any(name.startswith("study/") for name in case.files) or case.act.__name__ != "model_text":
        shutil.copytree(template, place, symlinks=True)
    else:
        place.mkdir()
        for name in ("above.txt", "victim/thesis.txt"):
            (place / name).parent.mkdir(exist_ok=True)
            (place / name).write_bytes(SENTINELS[name])
    for name, content in case.files.items():
        put(place / name, content, place)


def put(path: Path, content: bytes | Thing, place: Path) -> None:
    """Lay a file, or what stands in its place; @SANDBOX@ in its text becomes the path of the sandbox."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    match content:
        case bytes():
            path.write_bytes(content.replace(b"@SANDBOX@", os.fsencode(place)))
        case Thing.FOLDER:
            path.mkdir()
        case Thing.PIPE:
            os.mkfifo(path)
        case Thing.LOOP:
            path.symlink_to(path.name)
        case Thing.DEVICE:
            path.symlink_to("/dev/zero")
        case Thing.GONE:
            pass


def contents(place: Path) -> dict[str, str]:
    """The sha256 of every ordinary file below a folder, and what each other thing is."""
    found: dict[str, str] = {}
    for folder, _, names in os.walk(place):
        for name in names:
            path = Path(folder, name)
            ordinary = path.is_file() and not path.is_symlink()
            content = sha256(path.read_bytes()).hexdigest() if ordinary else "no ordinary file"
            found[path.relative_to(place).as_posix()] = content
    return found


def lost(before: Mapping[str, str], after: Mapping[str, str], may_change: tuple[str, ...]) -> str | None:
    """The first file that is gone or changed and that was not to be; None where there is none."""
    for name, content in before.items():
        if after.get(name) != content and not any(fnmatch.fnmatch(name, one) for one in may_change):
            return f"{name} is {'changed' if name in after else 'gone'}"
    return None
