"""A small noisy model with an array and a driver; some runs can be made to leave the finite numbers."""

from __future__ import annotations

import numpy as np

from tests.simulate import texts

RISKY = texts.text(
    """
Sector: farms, mills, mines ~~|
Wealth = INTEG(boost * Wealth * Wealth - wear * Wealth + support, 1) ~ w ~ Runs away where boost is large. |
support = points(Time) ~ w/year ~ Driver. |
points((0,0.1),(2,0.3),(4,0.2)) ~ w/year ~ Points of the driver. |
Shock = INTEG(-Shock / memory, 0) ~ w ~ Shock that reverts. |
Shock volatility = size ~ w/year^0.5 ~ Size of its noise. |
Level = INTEG(Shock - 0.1 * Level, start) ~ w ~ Carries the shock. |
Level volatility = 0.2 ~ w/year^0.5 ~ Noise of its own. |
Output[Sector] = INTEG(growth[Sector] * Output[Sector] + Shock, 1) ~ w ~ An array. |
growth[Sector] = 0.1, 0.2, 0.3 ~ 1/year ~ One a sector. |
share[Sector] = Output[Sector] / SUM(Output[Sector!]) ~ Dmnl ~ An array of auxiliaries. |
gap = Level - Wealth ~ w ~ Crosses 0. |
boost = 0.01 ~ 1/w/year ~ Constant. |
wear = 0.05 ~ 1/year ~ Constant. |
memory = 0.5 ~ year ~ Constant. |
size = 0.3 ~ w/year^0.5 ~ Constant. |
start = 2 ~ w ~ Constant. |
""",
    t1=4,
    dt=0.125,
    save="0.5",
)
DRAWS = 600
VARIABLES = ["Wealth", "Level", "gap"]


def boosts() -> np.ndarray:
    """The boost of each draw; one in twenty is far too large."""
    rng = np.random.default_rng(4)
    boost = rng.uniform(0.005, 0.02, DRAWS)
    boost[rng.choice(DRAWS, DRAWS // 20, replace=False)] = rng.uniform(20, 60, DRAWS // 20)
    return boost
