"""How JAX is set up, without importing it: that takes a second, and a single run needs none of it."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version

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
