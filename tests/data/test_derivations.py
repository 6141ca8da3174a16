"""Properties of the figures that take more than a division."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.data.derivations import chain_back, join_back, join_forward, normalise, trade_fatigue
from latecomer.errors import InputError

growth_rates = st.lists(st.floats(-0.5, 3.0), min_size=2, max_size=12)


@given(growth=growth_rates, inflation=growth_rates, depreciation=growth_rates)
def test_a_chain_finds_the_product_of_volume_price_and_rate_again(
    growth: list[float], inflation: list[float], depreciation: list[float]
) -> None:
    """Current dollars = volume × price / rate: the chain finds them again from the last year alone."""
    count = min(len(growth), len(inflation), len(depreciation))
    years = range(1960, 1960 + count + 1)

    def level(rates: list[float]) -> pd.Series[float]:
        return (1 + pd.Series([0.0, *rates[:count]], index=list(years))).cumprod()

    volume, price, rate = level(growth), level(inflation), level(depreciation)
    current = volume * price / rate
    chained = chain_back(current.iloc[[-1]], volume * 7, price.pct_change(), rate * 900, 1960)
    pd.testing.assert_series_equal(chained, current.iloc[:-1], rtol=1e-9)


@given(share=st.lists(st.floats(0.05, 0.5), min_size=3, max_size=10))
def test_a_join_keeps_the_proportions_of_the_product(share: list[float]) -> None:
    years = list(range(1960, 1960 + len(share)))
    shares, output = pd.Series(share, index=years), pd.Series(100.0, index=years)
    volume = pd.Series({years[-1]: 42.0})
    joined = join_back(volume, shares, output)
    assert list(joined.index) == years[:-1]
    pd.testing.assert_series_equal(joined / 42.0, shares.iloc[:-1] / shares.iloc[-1], rtol=1e-12)


@given(value=st.lists(st.floats(0.05, 50.0), min_size=2, max_size=10), base=st.floats(0.1, 1e3))
def test_a_join_forward_keeps_the_growth_of_the_value_and_no_scale(value: list[float], base: float) -> None:
    values = pd.Series(value, index=list(range(2017, 2017 + len(value))))
    joined = join_forward(pd.Series({2016: 1.0, 2017: 42.0}), values * base, values * 0 + base)
    pd.testing.assert_series_equal(joined / 42.0, values.iloc[1:] / values.iloc[0], rtol=1e-9)


@given(growth=st.lists(st.floats(0.001, 0.1), min_size=3, max_size=10), elasticity=st.floats(0.5, 3.0))
def test_trade_that_keeps_its_elasticity_is_not_tired(growth: list[float], elasticity: float) -> None:
    output = (1 + pd.Series(growth, index=list(range(len(growth))))).cumprod()
    assert trade_fatigue(output**elasticity, output, 0, 1).max() == pytest.approx(0.0, abs=1e-9)
    slower = output.where(output.index <= 1, output * 0.9)
    assert (trade_fatigue(slower**elasticity, output, 0, 1).loc[2:] > 0).all()


@given(scale=st.floats(1e-3, 1e6))
def test_a_normalised_index_has_no_scale(scale: float) -> None:
    index = pd.Series({2016: 3.0, 2017: 4.0, 2018: 5.0})
    pd.testing.assert_series_equal(normalise(index * scale, 2017), normalise(index, 2017), rtol=1e-12)


def test_a_join_forward_needs_the_year_of_the_join() -> None:
    with pytest.raises(InputError) as raised:
        join_forward(pd.Series({2017: 1.0}), pd.Series({2018: 1.0}), pd.Series({2018: 1.0}))
    assert str(raised.value) == (
        "value over its price, 2017: got no figure; expected one, to derive another from. "
        "Cure: add it to the panel."
    )


def test_fatigue_needs_the_years_of_its_elasticity() -> None:
    with pytest.raises(InputError) as raised:
        trade_fatigue(pd.Series({2007: 1.0}), pd.Series({1990: 1.0, 2007: 1.0}), 1990, 2007)
    assert str(raised.value) == (
        "world trade, 1990: got no figure; expected one, to derive another from. Cure: add it to the panel."
    )
