"""The observation tables that are shipped: known figures, identities, provenance, cuts."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.data.lock import LOCK, read_lock
from latecomer.data.observations import Observations, load_observations
from latecomer.errors import InputError

FOLDER = Path(__file__).resolve().parents[2] / "calibration" / "observations"
CALIBRATED = ["BRA", "IND", "KHM", "KOR", "LAO", "MMR", "VNM"]
CALIBRATED += ["MEX", "TUR", "PHL", "ARG", "PER", "MAR", "NGA", "THA", "MYS", "COL", "IDN", "PAK", "KEN"]
STARTS = {"KHM": 1993, "LAO": 1984, "VNM": 1986}
EARLY = {
    "population",
    "employment",
    "human capital",
    "CO2",
    "consumption CO2",
    "hub wage",
    "particulate exposure",
}


@pytest.fixture(scope="module")
def observed() -> Observations:
    return load_observations(FOLDER)


@pytest.mark.parametrize(
    ("iso3", "variable", "year", "figure"),
    [
        ("BRA", "debt service/exports", 1982, 0.821),
        ("KOR", "debt/output", 1983, 0.517),
        ("USA", "federal funds rate", 1981, 0.1638),
        ("WLD", "oil price at current dollars", 1973, 2.81),
        ("WLD", "oil price at current dollars", 1980, 36.87),
        ("KOR", "manufactures/exports", 1962, 0.182),
        ("KOR", "manufactures/exports", 1980, 0.895),
        ("BRA", "debt/national income", 1983, 0.517),
        ("BRA", "debt/output", 1983, 0.589),
        # World Development Indicators, GDP in current dollars 1960: IND 37.03, KOR 3.96 thousand million
        ("IND", "output at current dollars", 1960, 37.03),
        ("KOR", "output at current dollars", 1960, 3.96),
        ("USA", "consumer price index", 2017, 1.0),
        ("WLD", "price of manufactures", 2017, 1.0),
        ("WLD", "non-energy commodity price", 2017, 1.0),
    ],
)
def test_known_figures(observed: Observations, iso3: str, variable: str, year: int, figure: float) -> None:
    assert observed.value(iso3, variable, year) == pytest.approx(figure, rel=5e-3)


def test_the_strikes_of_1987_stand_out_in_korea(observed: Observations) -> None:
    disputes = observed.series("KOR", "labour disputes")
    assert disputes.idxmax() == 1987
    assert disputes[1987] > 10 * disputes[1986]


def test_default_indicators_of_india_disagree(observed: Observations) -> None:
    assert observed.value("IND", "external default Reinhart-Rogoff 2", 1970) == 1
    assert observed.series("IND", "sovereign default Laeven-Valencia").sum() == 0


@pytest.mark.parametrize("flow", ["exports", "imports"])
@pytest.mark.parametrize("iso3", CALIBRATED)
def test_flows_are_ratio_times_output_over_consumer_prices(
    observed: Observations, iso3: str, flow: str
) -> None:
    prices = observed.series("USA", "consumer price index")
    ratio = observed.series(iso3, f"{flow}/output")
    expected = (ratio * observed.series(iso3, "output at current dollars") / prices).dropna()
    figures = observed.series(iso3, flow)
    assert list(figures.index) == list(expected.index)
    np.testing.assert_allclose(figures, expected, rtol=1e-8)


@pytest.mark.parametrize("iso3", CALIBRATED)
def test_real_exchange_rate_times_output_is_deflated_current_output(
    observed: Observations, iso3: str
) -> None:
    deflated = observed.series(iso3, "output at current dollars") / observed.series(
        "USA", "consumer price index"
    )
    product = observed.series(iso3, "real exchange rate") * observed.series(iso3, "output")
    np.testing.assert_allclose(product.dropna(), deflated[product.dropna().index], rtol=1e-8)


@pytest.mark.parametrize(("iso3", "dollars"), [("KOR", 9.085), ("IND", 62.422), ("BRA", 35.381)])
def test_chained_output_says_so(observed: Observations, iso3: str, dollars: float) -> None:
    assert observed.value(iso3, "output at current dollars", 1970) == pytest.approx(dollars, rel=1e-4)
    first, second = observed.source(iso3, "output at current dollars")
    assert (first.first, first.last, second.first) == (1960, 1969, 1970)
    assert first.series.startswith("DERIVED")
    assert not second.series.startswith("DERIVED")


def test_chains_begin_where_the_figures_are_sound(observed: Observations) -> None:
    begins = {}
    for iso3 in CALIBRATED:
        sources = observed.source(iso3, "output at current dollars")
        if len(sources) == 2:
            begins[iso3] = sources[0].first
            growth = observed.series(iso3, "output at current dollars").pct_change().dropna()
            assert growth.loc[1961:1970].between(-0.45, 0.55).all(), iso3
    assert begins == {"MAR": 1966, "IDN": 1967} | dict.fromkeys(
        ["ARG", "BRA", "COL", "IND", "KEN", "KOR", "MEX", "TUR"], 1960
    )


def test_world_exports_join_without_a_jump(observed: Observations) -> None:
    growth = observed.series("WLD", "world exports").pct_change()
    assert growth.loc[1970] == pytest.approx(0.0565, abs=5e-4)
    assert growth.loc[1961:1979].between(-0.05, 0.15).all()
    assert growth.loc[2018] == pytest.approx(0.0514, abs=5e-4)
    assert growth.loc[2018:].between(-0.1, 0.15).all()
    assert growth.index.max() == 2023


def test_consumer_price_inflation_is_the_growth_of_the_index(observed: Observations) -> None:
    growth = observed.series("USA", "consumer price index").pct_change().dropna()
    inflation = observed.series("USA", "consumer price inflation")
    np.testing.assert_allclose(inflation, growth[inflation.index], atol=1e-6)


@pytest.mark.parametrize("iso3", CALIBRATED)
def test_shares_stay_shares(observed: Observations, iso3: str) -> None:
    assert (observed.series(iso3, "debt/output") >= 0).all()
    shares = ["manufacturing employment", "manufacturing value added", "manufactures/exports", "inequality"]
    for share in shares:
        if (iso3, share) == ("PER", "manufactures/exports"):
            assert share not in observed.variables(iso3)
            continue
        assert observed.series(iso3, share).between(0, 1).all(), share


def test_back_casts_stay_out(observed: Observations) -> None:
    for iso3, start in STARTS.items():
        for variable in observed.variables(iso3):
            first = observed.series(iso3, variable).index.min()
            assert first >= start or variable in EARLY, (iso3, variable)
    for variable in ("exports/output", "imports/output", "investment/output", "exports", "imports"):
        assert observed.series("MMR", variable).index.min() == 1998


@pytest.mark.slow
def test_one_source_for_a_variable_of_a_country_but_where_derived(observed: Observations) -> None:
    for iso3 in observed.countries():
        for variable in observed.variables(iso3):
            plain = [one for one in observed.source(iso3, variable) if not one.series.startswith("DERIVED")]
            assert len(plain) <= 1 + (variable == "manufacturing employment"), (iso3, variable)


def test_employment_goes_on_with_a_second_source_where_the_two_meet(observed: Observations) -> None:
    continued = {}
    for iso3 in CALIBRATED:
        sources = observed.source(iso3, "manufacturing employment")
        if len(sources) == 2:
            first, second = sources
            assert first.source.endswith("10-Sector Database")
            assert second.source.endswith("Economic Transformation Database")
            continued[iso3] = (first.last, second.first)
            growth = observed.series(iso3, "manufacturing employment").pct_change()
            assert abs(growth[second.first]) < 0.15, iso3
    assert sorted(continued) == ["ARG", "COL", "IDN", "KEN", "MEX", "MYS", "NGA", "PER", "PHL"]
    assert all(after == before + 1 for before, after in continued.values())


@pytest.mark.parametrize(
    ("iso3", "before", "now"),
    # World Development Indicators, exports of goods and services over output, 1969 and 1970
    [("MEX", 7.5, 7.8), ("TUR", 3.6, 4.4), ("COL", 12.5, 13.3), ("KEN", 29.5, 29.8), ("MAR", 18.4, 17.6)],
)
def test_trade_before_1970_is_joined_on(observed: Observations, iso3: str, before: float, now: float) -> None:
    first, second = observed.source(iso3, "exports/output")
    assert first.series.startswith("DERIVED")
    assert (first.last, second.first) == (1969, 1970)
    figures = observed.series(iso3, "exports/output")
    assert figures[1970] / figures[1969] == pytest.approx(now / before, rel=0.02)


def test_no_break_of_a_publisher_stands_in_the_exports_of_2000(observed: Observations) -> None:
    """The World Development Indicators go over to new national accounts there: PAK .154 to .096 of output."""
    for iso3 in ("COL", "KEN", "PAK"):
        assert abs(observed.series(iso3, "exports").pct_change()[2000]) < 0.15, iso3


def test_distorted_first_years_stay_out(observed: Observations) -> None:
    for iso3, variable, first in (
        ("TUR", "exports/output", 1961),
        ("PAK", "imports/output", 1973),
        ("PER", "investment/output", 1970),
        ("THA", "output", 1970),
        ("MYS", "output", 1971),
        ("IDN", "real exchange rate", 1967),
    ):
        assert observed.series(iso3, variable).index.min() == first


def test_sources_name_every_variable_and_leave_the_complexity_index_out(observed: Observations) -> None:
    text = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    missing = [name for name in observed.frame["variable"].unique() if name not in text]
    assert missing == []
    assert "eci" not in " ".join(observed.frame["series"].unique()).lower().split()


def test_one_year_more_than_the_source_has_is_not_invented(observed: Observations) -> None:
    assert observed.series("KOR", "output").index.max() == 2019
    assert observed.frame["year"].between(1950, 2024).all()


@pytest.mark.slow
def test_tables_are_sorted_and_the_lock_is_small() -> None:
    for path in FOLDER.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            keys = [(row["variable"], int(row["year"])) for row in csv.DictReader(file)]
        assert keys == sorted(keys)
        assert set(keys) == {(variable, int(year)) for variable, year in read_lock(FOLDER)[path.name].rows}
    assert (FOLDER / LOCK).stat().st_size < 1_000_000


@pytest.mark.slow
@given(until=st.integers(1950, 2024))
def test_a_cut_hides_every_later_figure(observed: Observations, until: int) -> None:
    past = observed.cut(until)
    assert past.frame["year"].max() <= until
    figures = observed.series("KOR", "output")
    pd.testing.assert_series_equal(
        observed.series("KOR", "output", until=until), figures[figures.index <= until]
    )
    if until >= 1953:
        pd.testing.assert_series_equal(
            past.series("KOR", "output"), observed.series("KOR", "output", until=until)
        )
    if until < 2019:
        with pytest.raises(InputError, match=f"expected a year up to {until}"):
            past.value("KOR", "CO2" if until >= 1959 else "core civil society", until + 1)


def test_series_are_whole_years_and_floats(observed: Observations) -> None:
    figures = observed.series("IND", "output")
    assert figures.index.dtype == np.int64
    assert figures.dtype == np.float64
    assert figures.index.is_monotonic_increasing
    assert figures.name == "output"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda it: it.series("KOR", "export/output"),
            (
                "KOR: got the variable 'export/output'; expected one that has figures, such as "
                "exports/output, imports/output, debt/output, output, investment/output. Cure: mend the name."
            ),
        ),
        (
            lambda it: it.variables("KRO"),
            (
                "observations: got the country 'KRO'; expected one that has figures, such as KOR. "
                "Cure: mend the name."
            ),
        ),
        (
            lambda it: it.value("KOR", "debt/output", 1960),
            (
                "KOR, debt/output: got the year 1960, which has none; expected a year with a figure, "
                "from 1971 to 2021. Cure: choose another year."
            ),
        ),
        (
            lambda it: it.cut(1979).series("KOR", "output", until=1985),
            "KOR, output: got the year 1985; expected a year up to 1979. Cure: cut later.",
        ),
        (
            lambda it: it.cut(1979).cut(1990),
            "cut: got the year 1990; expected a year up to 1979. Cure: cut later.",
        ),
        (
            lambda it: it.cut(1979).source("KOR", "terms of trade"),
            "KOR: got the variable 'terms of trade'; expected one that has figures up to 1979, such as",
        ),
    ],
)
def test_what_cannot_be_answered_is_said(observed: Observations, ask, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError) as raised:
        ask(observed)
    assert str(raised.value).startswith(message)


def test_tables_found_sound_are_read_once_and_a_changed_one_anew(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "observations"
    shutil.copytree(root / "calibration" / "observations", folder)
    first = load_observations(folder)
    assert load_observations(folder) is first
    table = folder / "KOR.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("KOR,1960,", "KOR,1860,", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"KOR\.csv"):
        load_observations(folder)
