"""Mutations of files that are read every day: bytes turned, parts doubled, numbers and words exchanged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tests.attack import hostile, run_folders, study_files, xmile_texts
from tests.attack.acts import command, model_text
from tests.attack.outcomes import Case, Right

NUMBER = re.compile(rb"\d+(?:\.\d+)?")
WORD = re.compile(rb"[A-Za-z_]{3,}")
SIGNS = b"()[]{},;:=~|\"'\\\n\t +-*/^<>&#.%\x00\x1b\xff"
TEXTS = {".mdl", ".xmile", ".stmx", ".xml"}
LARGEST = 300_000


def mutated(rng: Random, content: bytes) -> bytes:
    """The content with one to four changes."""
    for _ in range(rng.randrange(1, 5)):
        content = rng.choice(CHANGES)(rng, content)
    return content


def _turned(rng: Random, content: bytes) -> bytes:
    if not content:
        return bytes([rng.randrange(256)])
    at = rng.randrange(len(content))
    return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]


def _inserted(rng: Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + bytes([rng.choice(SIGNS)]) * rng.choice([1, 1, 2, 50]) + content[at:]


def _deleted(rng: Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + content[at + rng.choice([1, 1, 2, 10, 100]) :]


def _doubled(rng: Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    at = rng.randrange(len(lines))
    return b"".join([*lines[: at + 1], *lines[at:]])


def _cut(rng: Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _exchanged(
    pattern: re.Pattern[bytes], others: Callable[[Random], bytes]
) -> Callable[[Random, bytes], bytes]:
    def change(rng: Random, content: bytes) -> bytes:
        found = list(pattern.finditer(content))
        if not found:
            return content
        one = rng.choice(found)
        return content[: one.start()] + others(rng) + content[one.end() :]

    return change


def _number(rng: Random) -> bytes:
    return hostile.number(rng, rng.randrange(99))[0][:400].encode()


def _word(rng: Random) -> bytes:
    pool = (*hostile.INTERNAL, *hostile.KEYWORDS, *hostile.DUNDER, *hostile.QUOTED[:34], hostile.RUN)
    return rng.choice(pool).encode()


def _nested(rng: Random, content: bytes) -> bytes:
    at, depth = rng.randrange(len(content) + 1), rng.choice([50, 500, 20_000])
    return content[:at] + rng.choice([b"(", b"[", b"{", b"-", b"<a>"]) * depth + content[at:]


CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _turned,
    _turned,
    _inserted,
    _inserted,
    _deleted,
    _doubled,
    _cut,
    _nested,
    _exchanged(NUMBER, _number),
    _exchanged(NUMBER, _number),
    _exchanged(WORD, _word),
)


def _sound(rng: Random) -> tuple[str, bytes, tuple[str, ...]]:
    """A sound file of the small study, and a command that reads it."""
    pool: list[tuple[str, bytes, tuple[str, ...]]] = [
        (path, text.encode(), rng.choice(words))
        for path, (text, words, _) in study_files.TEXTS.items()
        if text
    ]
    pool.append(("study/model/latecomer.mdl", study_files.small.WITH_INSTITUTIONS.encode(), study_files.RUN))
    pool.append((study_files.FIT, study_files.json.dumps(study_files.sound_fit()).encode(), study_files.RUN))
    manifest = run_folders.json.dumps(run_folders.MANIFEST).encode()
    pool.append(("study/runs/out/VNM/manifest.json", manifest, ("runs", "list")))
    return rng.choice(pool)


def studies(rng: Random, k: int) -> Case:
    """A file of a sound study, mutated."""
    path, content, words = _sound(rng)
    changed = mutated(rng, content)
    return Case("mutations: studies", f"{path} {k}", command, words, {path: changed})


def texts(rng: Random, k: int) -> Case:
    """A model text of this suite, mutated."""
    from tests.attack import model_names, model_times

    maker = rng.choice(
        [model_times.arithmetic, model_names.alike, model_names.fields, xmile_texts.fields, xmile_texts.names]
    )
    inner = maker(rng, rng.randrange(12))
    (file,) = inner.words
    content = inner.files[file]
    if not isinstance(content, bytes):
        raise TypeError(file)
    return Case("mutations: texts", f"{file} {k}", model_text, (file,), {file: mutated(rng, content)})


def of_folder(folder: Path, count: int, seed: int) -> Iterator[Case]:
    """Each file of a folder as it is, then `count` mutations of them.

    Model texts are loaded; what is none is laid where a command reads it: a manifest in a folder of a run, a
    fit over the fit, a file of a study in its place.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.stat().st_size < LARGEST]
    files = [path for path in files if _act_on(path, b"") is not None]
    rng = Random(f"{seed} {len(files)}")
    for path in files:
        yield _act_on(path, path.read_bytes(), path.name)
    for k in range(count if files else 0):
        path = rng.choice(files)
        yield _act_on(path, mutated(rng, path.read_bytes()), f"{path.name} mutated {k}")


def _act_on(path: Path, content: bytes, name: str = "") -> Case | None:
    kind = "folder: " + path.suffix.removeprefix(".")
    if path.suffix.lower() in TEXTS:
        return Case(
            kind, name, model_text, (f"text{path.suffix.lower()}",), {f"text{path.suffix.lower()}": content}
        )
    if path.name.endswith("parameters.json"):
        return Case(kind, name, command, study_files.RUN, {study_files.FIT: content})
    if path.suffix == ".json":
        bad = run_folders.BAD
        files = {f"{bad}/manifest.json": content, f"{bad}/results.nc": b"CDF\x02nothing"}
        return Case(kind, name, command, ("runs", "list"), files, Right.RUNS)
    if path.suffix == ".toml":
        places = [one for one in study_files.TEXTS if one.endswith(path.name)] or ["study/model/levers.toml"]
        return Case(kind, name, command, study_files.TEXTS[places[0]][1][0], {places[0]: content})
    if path.suffix == ".csv":
        return Case(
            kind, name, command, ("check",), {study_files.FIGURES: content}, prepare=study_files.relock
        )
    return None


Kinds = dict[Callable[[Random, int], Case], int]
KINDS: Kinds = {studies: 40, texts: 100}
