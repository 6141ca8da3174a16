"""The checkpoint of a sampler: written whole or not at all, and read by the very posterior it is of."""

from __future__ import annotations

import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import jax
import numpy as np

from latecomer.calibrate.density import Density
from latecomer.calibrate.laplace import Laplace
from latecomer.faults import refuse
from latecomer.files import read_bytes, write_whole

CHECKPOINT = "checkpoint.npz"
IDENTITY = "identity"


def identity(density: Density, laplace: Laplace, **settings: object) -> dict[str, str]:
    """What tells one run from another: names, arrays, mode and settings, as digests by what they are of."""
    leaves, tree = jax.tree.flatten(density.given)
    arrays = [np.asarray(leaf) for leaf in leaves]
    content = [f"{tree}".encode(), *(f"{a.dtype}{a.shape}".encode() + a.tobytes() for a in arrays)]
    parts = {
        "names": json.dumps(density.names).encode(),
        "given": b"".join(sha256(part).digest() for part in content),
        "mode": laplace.mode.tobytes(),
    }
    asked = {name.replace("_", "-"): str(value) for name, value in settings.items()}
    return {name: sha256(part).hexdigest() for name, part in parts.items()} | asked


def write_checkpoint(file: Path, arrays: dict[str, Any], of: dict[str, str]) -> None:
    """Write a checkpoint beside the old one, then give it its name: a kill leaves one or the other."""
    told: dict[str, Any] = {IDENTITY: np.asarray(json.dumps(of))}
    stream = BytesIO()
    np.savez(stream, allow_pickle=False, **arrays, **told)
    write_whole(file, stream.getvalue(), "choose another")


def read_checkpoint(file: Path | None, resume: bool, of: dict[str, str]) -> dict[str, Any] | None:
    """The arrays of a checkpoint to go on from, None to begin anew; raises InputError where it is not so."""
    if not resume:
        if file is not None and file.exists():
            raise refuse(
                str(file), "a checkpoint in the way", "none yet", "resume it, or choose another folder"
            )
        return None
    if file is None or not file.exists():
        raise refuse(str(file or "--resume"), "no checkpoint", "one to go on from", "begin without --resume")
    try:
        content = read_bytes(file, "a checkpoint", "remove it and begin again")
        with np.load(BytesIO(content), allow_pickle=False) as stored:
            held = {name: stored[name] for name in stored.files}
        other = json.loads(str(held[IDENTITY]))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise refuse(
            str(file), "no whole checkpoint", "one of `sample`", "remove it and begin again"
        ) from error
    differing = [name for name, value in of.items() if other.get(name) != value]
    if differing:
        raise refuse(
            str(file), f"a checkpoint with other {', '.join(differing)}", "one of this very posterior",
            "ask as before, or choose another folder",
        )  # fmt: skip
    return held
