"""Many stochastic runs with quantiles of every year, in a process whose peak memory is then read.

Started as `python -m tests.benchmark.memory RUNS`.
"""

from __future__ import annotations

import sys
from typing import Any

from tests.benchmark.tasks import DT, MODEL, OUTPUTS, SAVE, YEARS

LEVELS = (0.05, 0.5, 0.95)


def quantiles(draws: int) -> Any:
    """Quantiles of the outputs over all runs, year by year."""
    from latecomer.simulate import load_model

    model = load_model(MODEL)
    given: dict[str, Any] = {"years": YEARS, "dt": DT, "save_every": SAVE, "variables": list(OUTPUTS)}
    return model.summarise(draws=draws, seed=1, quantiles=LEVELS, **given)


if __name__ == "__main__":
    quantiles(int(sys.argv[1]))
