"""Where compiled programs are kept between runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "LATECOMER_CACHE"


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


def use_compilation_cache() -> None:
    """Let JAX keep its compiled programs in `cache_folder`, so that a second start need not compile again."""
    import jax

    folder = cache_folder()
    if folder is None or getattr(jax.config, "jax_compilation_cache_dir", None):
        return
    jax.config.update("jax_compilation_cache_dir", str(folder / "compiled"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.3)
