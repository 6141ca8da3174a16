"""Integrate a model: one path or many, with or without noise."""

import jax

from latecomer.solve.cache import use_compilation_cache

jax.config.update("jax_enable_x64", True)
use_compilation_cache()

from latecomer.solve.model import Model, load_model  # noqa: E402 - JAX must be set to float64 first

__all__ = ["Model", "load_model"]
