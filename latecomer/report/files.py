"""Files written whole: a reader never sees half a report."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from latecomer.faults import refuse


def write_whole(path: Path, content: bytes) -> Path:
    """Write `content` beside `path` under another name, then give it its name; returns `path`.

    Makes the folder where it is missing. Raises `InputError` where the place cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(name, 0o644)  # noqa: PTH101 - mkstemp makes it private to its owner
        Path(name).replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        Path(name).unlink(missing_ok=True)
    return path


def unwritable(path: Path, error: OSError) -> Exception:
    """The fault of a place that cannot be written to."""
    return refuse(
        str(path), error.strerror or str(error), "a folder that can be written to", "choose another --out DIR"
    )
