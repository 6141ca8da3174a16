"""Integrate a model: one path or many, with or without noise."""

import os
import sys

# JAX takes a second to import, and a single run needs none of it: its precision is set for when it comes
if "jax" in sys.modules:
    sys.modules["jax"].config.update("jax_enable_x64", True)
else:
    os.environ["JAX_ENABLE_X64"] = "true"

from latecomer.solve.events import Event
from latecomer.solve.model import Model, load_model

__all__ = ["Event", "Model", "load_model"]
