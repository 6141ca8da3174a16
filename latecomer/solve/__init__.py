"""Integrate a model: one path or many, with or without noise."""

from latecomer.solve.settings import prepare

prepare()

from latecomer.solve.events import Event  # noqa: E402 - the settings come before JAX
from latecomer.solve.model import Model, load_model  # noqa: E402

__all__ = ["Event", "Model", "load_model"]
