"""Types of what a run is worked out on: numbers and arrays of NumPy, or of JAX while it traces a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from numpy.typing import NDArray

if TYPE_CHECKING:
    import jax

# in quotes, so that whoever runs on NumPy alone does not wait for JAX
Array: TypeAlias = "jax.Array | NDArray[Any]"
Number: TypeAlias = "jax.Array | NDArray[Any] | float"
Tables: TypeAlias = Mapping[Any, tuple[Array, Array]]
"""Tables by their names, or by their places in a program: (years, values)."""
