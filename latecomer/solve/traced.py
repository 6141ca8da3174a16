"""Traced programs kept between runs: reading one back takes milliseconds, tracing half a minute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from latecomer.solve.cache import keep, kept, trusted_folder
from latecomer.solve.settings import loop_options

FOLDER = "traced"


def kept_program(function: Callable[..., Any], material: bytes) -> Callable[..., Any]:
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

    content = kept(path)
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
