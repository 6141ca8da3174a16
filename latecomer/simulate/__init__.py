"""Integrate a model: one path or many, with or without noise."""

from latecomer.simulate.jit_cache import prepare

prepare()

from latecomer.simulate.events import Event  # noqa: E402 - the settings come before JAX
from latecomer.simulate.model import Model, load_model  # noqa: E402

__all__ = ["Event", "Model", "load_model"]
