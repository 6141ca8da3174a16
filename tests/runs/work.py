"""A small work: the risky model, some of whose runs leave the finite numbers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from latecomer.runs import checkpoint
from latecomer.runs.checkpoint import summarised
from latecomer.runs.executor import Work
from latecomer.simulate import Event
from tests.simulate.risky import RISKY

DRAWS = 4_000


def work(**changed: Any) -> Work:
    """4000 runs in eight chunks, one in twenty of which blows up."""
    boost = np.where(np.arange(DRAWS) % 20 == 7, 3.0, 0.01)
    asked: dict[str, Any] = {
        "draws": DRAWS,
        "seed": 5,
        "variables": ("Level", "gap"),
        "parameters": {"boost": boost},
        "events": {"low": Event("Level", below=1.5)},
        "blocks": 2,
    }
    return Work(RISKY, ".mdl", asked | changed)


def main() -> None:
    """Do the work into a folder, keeping every chunk: what a test interrupts."""
    checkpoint.SECONDS = 0.0  # type: ignore[misc]

    def tell(what: str, done: int, total: int) -> None:
        sys.stdout.write(f"{done}\n")
        sys.stdout.flush()

    summarised(work(), folder=Path(sys.argv[1]), progress=tell)


if __name__ == "__main__":
    main()
