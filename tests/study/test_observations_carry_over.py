"""Carrying a panel over: the shipped tables' formulas on panels small enough to check by hand."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.faults import InputError
from latecomer.study.observation_derivations import chain_back, join_back, normalise
from latecomer.study.observation_panel import Panel, find_block
from latecomer.study.observations import Observations, load_observations

FOLDER = Path(__file__).resolve().parents[2] / "calibration" / "observations"
WORLD = ["exports_constant", "exports_gdp_pct", "gdp_constant"]
COMMODITIES = ["cmo_oil_avg_nominal_usd_bbl", "cmo_muv_index", "cmo_index_nonenergy_nominal"]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("carry_over", FOLDER / "carry_over.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def panel_rows() -> list[tuple[str, int, str, float]]:
    """India with round figures in 2016 and 2017, the world and consumer prices."""
    rows = [("USA", 2016, "us_cpi", 200.0), ("USA", 2017, "us_cpi", 250.0)]
    rows += [("WLD", year, f"wdi_world_{name}", 10.0) for name in WORLD for year in (2016, 2017)]
    rows += [("WLD", year, name, 60.0) for name in COMMODITIES for year in (2016, 2017)]
    for year, dollars in ((2016, 80e9), (2017, 125e9)):
        rows += [("KHM", year, "una_gdp_usd", dollars), ("KHM", year, "pwt_rgdpna", 250e3)]
        rows += [("KHM", year, "wdi_exports_gdp_pct", 40.0), ("KHM", year, "wdi_imports_gdp_pct", 50.0)]
    return [*rows, ("KHM", 1992, "pwt_rgdpna", 1.0), ("KHM", 1992, "pwt_pop", 9.0)]


def write(folder: Path, rows: list[tuple[str, int, str, float]], drop_release: str = "") -> list[str]:
    """The two files of a panel, and the arguments that name them."""
    pd.DataFrame(rows, columns=["iso3", "year", "variable", "value"]).to_csv(
        folder / "panel.csv", index=False
    )
    text = (FOLDER / "definitions.toml").read_text(encoding="utf-8")
    names = {line.split('"')[1] for line in text.splitlines() if line.startswith(("panel =", "over ="))}
    names |= {"una_gdp_usd", "us_cpi", *(f"wdi_world_{name}" for name in WORLD), *COMMODITIES}
    names |= {"wdi_gdp_constant_usd", "wdi_gdp_deflator_inflation_pct", "pwt_xr"}
    releases = pd.DataFrame({"variable": sorted(names - {drop_release}), "source_version": "release 1"})
    releases.to_csv(folder / "variables.csv", index=False)
    out = folder / "tables"
    out.mkdir()
    (out / "units.toml").write_bytes((FOLDER / "units.toml").read_bytes())
    files = ["--panel", str(folder / "panel.csv"), "--variables", str(folder / "variables.csv")]
    return [*files, "--out", str(out)]


@pytest.fixture
def small(script: ModuleType, tmp_path: Path) -> Observations:
    assert script.main(write(tmp_path, panel_rows())) == 0
    return load_observations(tmp_path / "tables")


def test_a_small_panel_by_hand(small: Observations) -> None:
    assert small.series("KHM", "exports").to_dict() == {2016: 40.0, 2017: 50.0}
    assert small.series("KHM", "imports").to_dict() == {2016: 50.0, 2017: 62.5}
    assert small.series("KHM", "real exchange rate").to_dict() == {2016: 0.4, 2017: 0.5}
    assert small.series("WLD", "oil price").to_dict() == {2016: 75.0, 2017: 60.0}
    assert small.series("WLD", "price of manufactures").to_dict() == {2016: 1.25, 2017: 1.0}
    assert small.source("KHM", "exports")[0].vintage == "release 1"


def test_back_casts_are_left_out(small: Observations) -> None:
    assert small.series("KHM", "output").index.min() == 2016
    assert small.series("KHM", "population").to_dict() == {1992: 9.0}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda rows: [row for row in rows if row[2] != "us_cpi"],
            "index, 2017: got no figure; expected one, to derive another from. Cure: add it to the panel.",
        ),
        (
            lambda rows: [*rows, ("KHM", 2017, "pwt_pop", 1.0), ("KHM", 2017, "pwt_pop", 2.0)],
            (
                "panel.csv: got a second row of KHM, 2017, pwt_pop; expected one row of each key. "
                "Cure: keep the right one."
            ),
        ),
        (
            lambda rows: [*rows, ("KOR", 1970, "una_gdp_usd", 1.0)],
            (
                "output volume, 1970: got no figure; expected one, to derive another from. "
                "Cure: add it to the panel."
            ),
        ),
        (
            lambda rows: [*rows, ("KHM", 2017, "pwt_pop", "many")],
            (
                "panel.csv: got could not convert string to float: 'many'; expected whole years and numbers. "
                "Cure: mend the year or the figure."
            ),
        ),
    ],
)
def test_panels_refused(script, tmp_path, capsys, change, words) -> None:  # type: ignore[no-untyped-def]
    assert script.main(write(tmp_path, change(panel_rows()))) == 2
    assert capsys.readouterr().err.strip() == words
    assert not list((tmp_path / "tables").glob("*.csv"))


def test_files_of_a_panel_refused(tmp_path: Path) -> None:
    write(tmp_path, panel_rows())
    releases = tmp_path / "variables.csv"
    with pytest.raises(InputError) as raised:
        Panel(tmp_path / "none.csv", releases)
    assert str(raised.value) == "none.csv: got no such file; expected a csv file. Cure: mend the path."
    with pytest.raises(InputError) as raised:
        Panel(releases, releases)
    assert str(raised.value) == (
        "variables.csv: got no column iso3, year, value; expected the columns iso3, year, variable, value. "
        "Cure: add what is missing."
    )


def test_no_block_to_derive_from() -> None:
    with pytest.raises(InputError) as raised:
        find_block([], "LAO", "output")
    assert str(raised.value) == (
        "LAO: got no figures of output; expected some, to derive others from. Cure: add them to the panel."
    )


def test_what_the_panel_lacks_is_missing(script: ModuleType, tmp_path: Path) -> None:
    assert script.main(write(tmp_path, [*panel_rows(), ("LAO", 1990, "una_gdp_usd", 2e9)])) == 0
    observed = load_observations(tmp_path / "tables")
    assert observed.variables("LAO") == ["output at current dollars"]
    assert observed.series("LAO", "output at current dollars").to_dict() == {1990: 2.0}


def test_a_variable_without_a_release(script, tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    assert script.main(write(tmp_path, panel_rows(), drop_release="pwt_hc")) == 2
    assert capsys.readouterr().err.strip() == (
        "variables.csv: got no release of pwt_hc; expected one for each variable that is carried over. "
        "Cure: add its row."
    )


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


@given(scale=st.floats(1e-3, 1e6))
def test_a_normalised_index_has_no_scale(scale: float) -> None:
    index = pd.Series({2016: 3.0, 2017: 4.0, 2018: 5.0})
    pd.testing.assert_series_equal(normalise(index * scale, 2017), normalise(index, 2017), rtol=1e-12)
