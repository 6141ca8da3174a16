"""Where compiled programs are kept between runs, by whom they may be written, and how damage is found.

What is kept is native code: it is read back only from a folder that nobody but its owner can write to.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from latecomer.faults import InputError
from latecomer.files import read_bytes

VARIABLE = "LATECOMER_CACHE"
COMPILED: Final = "compiled"
DIGEST: Final = 32
SHORTEST: Final = "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"
OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def cache_folder() -> Path | None:
    """The folder for compiled programs; LATECOMER_CACHE overrides it, and LATECOMER_CACHE=off means none."""
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return None if chosen.strip().lower() in ("", "off", "0", "none") else Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "latecomer"


def trusted_folder(part: str) -> Path | None:
    """A part of the cache, made where it is missing; None without one, and where others can write to it.

    That is said in one line, once for each folder: the run goes on, and compiles what it needs.
    """
    folder = cache_folder()
    if folder is None:
        return None
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        distrust = _distrust(folder)
        if not distrust:
            (folder / part).mkdir(exist_ok=True, mode=0o700)
            distrust = _distrust(folder / part)
    except (OSError, RuntimeError, ValueError):  # a file in the way, a circle of links, a null byte
        return None
    if distrust:
        _say(str(folder), distrust)
        return None
    return folder / part


def _distrust(folder: Path) -> str | None:
    """Who else could write to a folder, in words; None where nobody can."""
    if sys.platform == "win32":  # no such bits there
        return None
    for place in dict.fromkeys([folder.absolute(), folder.resolve(strict=True)]):
        told = place.stat()
        if told.st_uid not in (os.getuid(), 0):
            return "it belongs to another user"
        if told.st_mode & OTHERS:
            return f"others can write to it (mode {stat.S_IMODE(told.st_mode):04o})"
        for above in place.parents:
            mode = above.stat().st_mode
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                return f"others can write to {above}"
    return None


@cache
def _say(folder: str, why: str) -> None:
    cure = f"chmod go-w {folder}, or name another folder by {VARIABLE}"
    sys.stderr.write(
        f"note: no compiled programs are kept in {folder}: {why}, and they are native code. Cure: {cure}.\n"
    )


def kept(path: Path) -> bytes | None:
    """What a file of the cache holds; None for none, and for one that is damaged, which is removed."""
    try:
        content = read_bytes(path, "a compiled program", "remove it")
        told = path.stat()
    except InputError:
        content = b""
    except OSError:
        return None
    else:
        foreign = sys.platform != "win32" and (
            told.st_uid not in (os.getuid(), 0) or bool(told.st_mode & OTHERS)
        )
        if not foreign and sha256(content[DIGEST:]).digest() == content[:DIGEST]:
            return content[DIGEST:]
    with suppress(OSError):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    return None


def keep(path: Path, content: bytes) -> bool:
    """Write a file of the cache, whole or not at all, with a digest; whether it could be written."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(sha256(content).digest() + content)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            return False
    except OSError:
        return False
    return True


class KeptPrograms:
    """JAX's cache of compiled programs over `kept` and `keep`: its own keeps a damaged entry for ever."""

    def __init__(self, folder: Path) -> None:
        self._path = self.path = folder

    def get(self, key: str) -> bytes | None:
        """The program of a key."""
        return kept(self._file(key))

    def put(self, key: str, value: bytes) -> None:
        """Keep a program under its key."""
        keep(self._file(key), value)

    def _file(self, key: str) -> Path:
        return self.path / f"{key}.bin"


def use_compilation_cache() -> None:
    """Let JAX keep its compiled programs in the cache, so that a second start need not compile again.

    A folder that the caller has given to JAX is left to it, as is the time that a program must have taken.
    """
    import jax

    if getattr(jax.config, "jax_compilation_cache_dir", None):
        return
    folder = trusted_folder(COMPILED)
    if folder is None or not _installed(KeptPrograms(folder)):
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    if SHORTEST not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.3)


def _installed(programs: KeptPrograms) -> bool:
    """Whether JAX has taken a cache of ours; that interface is not public, so it is looked at first."""
    try:
        module: Any = import_module("jax._src.compilation_cache")
        if module._cache is not None or module._cache_initialized:
            return False
        module._cache, module._cache_initialized = programs, True
    except (ImportError, AttributeError):
        return False
    return True
