"""The compiler is set up before its first use, and only where our settings are known to it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from latecomer.simulate.jit_cache import GRADIENT_LOOP, OPTIONS, SMALL_LOOP, with_whole_loops

LOOK = "import os, latecomer.simulate, sys; print('jax' in sys.modules, os.environ.get('XLA_FLAGS', ''))"
PRECISION = "import latecomer.simulate, jax.numpy as jnp; print(jnp.asarray(1.0).dtype)"
LATE = "import jax, latecomer.simulate, jax.numpy as jnp; print(jnp.asarray(1.0).dtype)"


def said(program: str, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in ("XLA_FLAGS", "JAX_ENABLE_X64")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=kept | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_importing_the_engine_does_not_import_jax_and_keeps_the_flags_of_the_caller() -> None:
    jax_there, flags = said(LOOK, XLA_FLAGS="--xla_cpu_enable_fast_math=false").split(" ", 1)
    assert jax_there == "False"
    assert flags.startswith("--xla_cpu_enable_fast_math=false")


@pytest.mark.slow
@pytest.mark.parametrize("program", [PRECISION, pytest.param(LATE, marks=pytest.mark.slow)])
def test_numbers_have_double_precision_whichever_is_imported_first(program: str) -> None:
    assert said(program) == "float64"


@pytest.mark.parametrize(
    ("flags", "release", "expected"),
    [
        ("", "0.10.2", f"{OPTIONS}=xla_cpu_small_while_loop_byte_threshold={SMALL_LOOP}"),
        ("--a=1", "0.10.0", f"--a=1 {OPTIONS}=xla_cpu_small_while_loop_byte_threshold={SMALL_LOOP}"),
        ("--a=1", "0.11.0", "--a=1"),
        ("", "0.1.0", ""),
        (f"{OPTIONS}=b=2", "0.10.2", f"{OPTIONS}=b=2"),
    ],
)
def test_options_are_added_for_tried_releases_only(flags: str, release: str, expected: str) -> None:
    assert with_whole_loops(flags, release) == expected


LARGE = "import latecomer.simulate.jit_cache as s; s.prepare(); s.prepare_gradients()"
SHOW = "; import os; print(os.environ['XLA_FLAGS'])"


@pytest.mark.slow  # asked of processes of their own
def test_large_gradients_are_let_be_one_function_but_for_callers_who_have_set_the_threshold() -> None:
    assert said(LARGE + SHOW).endswith(f"byte_threshold={GRADIENT_LOOP}")
    own = f"{OPTIONS}=xla_cpu_small_while_loop_byte_threshold=7"
    assert said(LARGE + SHOW, XLA_FLAGS=own) == own
