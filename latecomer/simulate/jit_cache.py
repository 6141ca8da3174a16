"""Traced programs kept between runs: reading one back takes milliseconds, tracing half a minute.

Also here:
- Where compiled programs are kept between runs, by whom they may be written, and how damage is found.
  What is kept is native code: it is read back only from a folder that nobody but its owner can write to.
- How JAX is set up, without importing it: that takes a second, and a single run needs none of it.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from latecomer.errors import InputError
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
        status = place.stat()
        if status.st_uid not in (os.getuid(), 0):
            return "it belongs to another user"
        if status.st_mode & OTHERS:
            return f"others can write to it (mode {stat.S_IMODE(status.st_mode):04o})"
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


def read_cached(path: Path) -> bytes | None:
    """What a file of the cache holds; None for none, and for one that is damaged, which is removed."""
    try:
        content = read_bytes(path, "a compiled program", "remove it")
        status = path.stat()
    except InputError:
        content = b""
    except OSError:
        return None
    else:
        foreign = sys.platform != "win32" and (
            status.st_uid not in (os.getuid(), 0) or bool(status.st_mode & OTHERS)
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


class ProgramCache:
    """JAX's cache of compiled programs by `read_cached` and `keep`; its own keeps damaged ones for ever."""

    def __init__(self, folder: Path) -> None:
        self._path = self.path = folder

    def get(self, key: str) -> bytes | None:
        """The program of a key."""
        return read_cached(self._file(key))

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
    if folder is None or not _installed(ProgramCache(folder)):
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    if SHORTEST not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.3)


def _installed(programs: ProgramCache) -> bool:
    """Whether JAX has taken a cache of ours; that interface is not public, so it is looked at first."""
    try:
        module: Any = import_module("jax._src.compilation_cache")
        if module._cache is not None or module._cache_initialized:
            return False
        module._cache, module._cache_initialized = programs, True
    except (ImportError, AttributeError):
        return False
    return True


# A loop over steps that holds less than this many bytes becomes one machine function instead of a list of
# small ones: a single run is four times as quick, its gradient ten times. Larger loops, such as those of a
# block of runs, are quicker as they are.
SMALL_LOOP = 3_500_000

# The gradient of a joint fit of many countries holds more, and is three times as quick as one function.
GRADIENT_LOOP = 100_000_000

OPTIONS = "--xla_backend_extra_options"

# the option belongs to no stable interface, and a compiler that does not know it stops the program: only
# releases with which it has been tried
TRIED = ("0.10.",)


def prepare() -> None:
    """Set JAX to float64 and its compiler to whole loops; must come before the first compilation."""
    if "jax" in sys.modules:
        sys.modules["jax"].config.update("jax_enable_x64", True)
    else:
        os.environ["JAX_ENABLE_X64"] = "true"
    try:
        release = version("jaxlib")
    except PackageNotFoundError:
        return
    if flags := with_whole_loops(os.environ.get("XLA_FLAGS", ""), release):
        os.environ["XLA_FLAGS"] = flags


def prepare_gradients() -> None:
    """Let the loops of large gradients be one function too; without effect once one is compiled.

    Blocks of runs that the same process compiles later are slower by half.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = flags.replace(f"threshold={SMALL_LOOP}", f"threshold={GRADIENT_LOOP}")


Options = dict[str, str | bool]


def vector_options() -> Options | None:
    """The compiler's options for blocks of runs: vector registers of full width, where it has any."""
    return _where_tried({"xla_cpu_prefer_vector_width": "512"})


def loop_options() -> Options | None:
    """The compiler's options for single runs and gradients: half the time to compile, and no slower."""
    return _where_tried({"xla_cpu_use_fusion_emitters": False})


def _where_tried(options: Options) -> Options | None:
    import jax

    return options if jax.default_backend() == "cpu" and version("jaxlib").startswith(TRIED) else None


def with_whole_loops(flags: str, release: str) -> str:
    """The compiler's flags with ours added, where its release is a tried one and the caller's leave room.

    >>> with_whole_loops("--a=1", "0.5.0"), with_whole_loops("--xla_backend_extra_options=b=2", "0.10.2")
    ('--a=1', '--xla_backend_extra_options=b=2')
    """
    if OPTIONS in flags or not release.startswith(TRIED):
        return flags
    return f"{flags} {OPTIONS}=xla_cpu_small_while_loop_byte_threshold={SMALL_LOOP}".strip()


FOLDER = "traced"


def cached_program(function: Callable[..., Any], material: bytes) -> Callable[..., Any]:
    """A function under jit whose trace is kept in the cache of compiled programs.

    `material`: all that the trace depends on beside the shapes of the arguments: the text, and every array
    that the function closes over. The package's own sources and the release of JAX are added to it. Without a
    cache, or without `flatbuffers`, the function is traced as always. What is kept is a program, never a
    result.
    """
    import jax

    plain = jax.jit(function, compiler_options=loop_options())
    folder = trusted_folder(FOLDER)
    if folder is None:
        return plain
    found: dict[str, Callable[..., Any]] = {}

    def call(*arguments: object) -> Any:
        shapes = _shapes(arguments)
        if shapes not in found:
            mark = sha256(material + shapes.encode() + _sources()).hexdigest()
            path = folder / f"{mark}.bin"
            found[shapes] = _read(path) or _keep(plain, arguments, path) or plain
        return found[shapes](*arguments)

    return call


def _shapes(arguments: object) -> str:
    """What of the arguments, the platform and the release of JAX a trace depends on."""
    import jax

    leaves, structure = jax.tree.flatten(arguments)
    shapes = [(str(leaf.dtype), leaf.shape) for leaf in map(_array, leaves)]
    return f"{jax.__version__} {jax.devices()[0].platform} {structure} {shapes}"


def _array(leaf: object) -> Any:
    import numpy as np

    return leaf if hasattr(leaf, "dtype") else np.asarray(leaf)


@cache
def _sources() -> bytes:
    """A digest of the package: a changed line may change any trace."""
    root = Path(__file__).parent.parent
    digest = sha256()
    for path in sorted(root.glob("*/**/*.py")):
        if path.relative_to(root).parts[0] in ("language", "solve", "calibrate"):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.digest()


def _read(path: Path) -> Callable[..., Any] | None:
    import jax

    content = read_cached(path)
    if content is None:
        return None
    try:
        from jax import export

        held = export.deserialize(bytearray(content))
    except (ImportError, ValueError):  # no flatbuffers, or written by another release
        return None
    program: Callable[..., Any] = jax.jit(held.call, compiler_options=loop_options())
    return program


def _keep(plain: Any, arguments: Sequence[object], path: Path) -> Callable[..., Any] | None:
    try:
        from jax import export

        content = bytes(export.export(plain)(*arguments).serialize())
    except ImportError:
        return None
    return _read(path) if keep(path, content) else None
