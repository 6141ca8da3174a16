"""latecomer: a system-dynamics model of late industrialisation, held against the record.

>>> import latecomer as lc
>>> lc.__version__.count(".")
2
"""

from __future__ import annotations

# `typing` alone takes longer to import than all the rest here, and whoever stops a command may do so in it
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from latecomer.errors import InputError
    from latecomer.simulate import Event, load_model
    from latecomer.study.study import Study

__version__: Final = "0.1.0"
__all__ = ["Event", "InputError", "Study", "__version__", "load_model"]

# Where each public name lives. Looked up on first use: `import latecomer` must not wait for JAX or PySD.
_HOMES: Final = {
    "Event": "latecomer.simulate",
    "InputError": "latecomer.errors",
    "Study": "latecomer.study.study",
    "load_model": "latecomer.simulate",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its home when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'latecomer' has no attribute {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
