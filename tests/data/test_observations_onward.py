"""Figures that the shipped tables carry on: the world after 2017, the fatigue of trade, the wages of hubs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.data.observations import Observations, load_observations

FOLDER = Path(__file__).resolve().parents[2] / "calibration" / "observations"


@pytest.fixture(scope="module")
def observed() -> Observations:
    return load_observations(FOLDER)


def test_world_output_is_carried_on_by_the_growth_of_another_publisher(observed: Observations) -> None:
    first, second = observed.source("WLD", "world output")
    assert (first.first, first.last, second.first, second.last) == (1960, 2017, 2018, 2019)
    assert second.series.startswith("DERIVED")
    growth = observed.series("WLD", "world output").pct_change()
    assert growth.loc[2018] == pytest.approx(0.0254, abs=5e-5)


def test_trade_tires_after_2007(observed: Observations) -> None:
    exports, output, fatigue = (
        observed.series("WLD", name) for name in ("world exports", "world output", "trade fatigue")
    )
    elasticity = np.log(exports[2007] / exports[1990]) / np.log(output[2007] / output[1990])
    assert elasticity == pytest.approx(1.96, abs=0.01)
    assert list(fatigue.index) == list(range(1960, 2020))
    assert (fatigue.loc[:2007] == 0).all()
    later = list(range(2008, 2020))
    untired = exports[2007] * (output[later] / output[2007]) ** elasticity
    np.testing.assert_allclose(exports[later] * np.exp(fatigue[later]), untired, rtol=1e-8)
    assert fatigue.loc[2017] == pytest.approx(0.169, abs=5e-4)


@pytest.mark.parametrize(
    ("iso3", "hub", "wage"), [("KOR", "JPN", 62.45), ("BRA", "USA", 67.06), ("LAO", "THA", 3.78)]
)
def test_the_wage_of_the_hub(observed: Observations, iso3: str, hub: str, wage: float) -> None:
    figures = observed.series(iso3, "hub wage")
    assert list(figures.index) == list(range(1960, 2020))
    assert figures[2000] == pytest.approx(wage, abs=0.005)
    first, second = observed.source(iso3, "hub wage")
    assert (first.last, second.first) == (1969, 1970)
    assert all(
        f" of {hub}" in entry.series and f" of {hub};" in entry.transformation for entry in (first, second)
    )


def test_the_hub_of_the_usa_pays_as_its_own_tables_say(observed: Observations) -> None:
    """USA output at 2017 prices over consumer prices of 2017 = 1 meet in 2017."""
    share, output, employment = (
        observed.value("USA", name, 2017) for name in ("labour share", "output", "employment")
    )
    assert observed.value("BRA", "hub wage", 2017) == pytest.approx(share * output / employment, rel=0.02)
