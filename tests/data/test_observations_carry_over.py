"""Carrying a panel over: the shipped tables' formulas on panels small enough to check by hand."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from latecomer.data.observations import Observations, load_observations
from latecomer.data.panel import Panel, find_block
from latecomer.errors import InputError

FOLDER = Path(__file__).resolve().parents[2] / "calibration" / "observations"
WORLD = ["exports_constant", "exports_gdp_pct", "gdp_constant"]
ONWARD = ["una_world_exports_usd", "pwt_world_gdp_growth_pct"]
HUBS = ["pwt_labsh", "pwt_emp", "wdi_gdp_constant_usd", "wdi_gdp_deflator_inflation_pct", "pwt_xr"]
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
    for year, figure in ((1990, 10.0), (2007, 40.0), (2016, 40.0), (2017, 40.0)):
        rows += [("WLD", year, f"wdi_world_{name}", figure) for name in WORLD[:2]]
        rows += [("WLD", year, f"wdi_world_{WORLD[2]}", 10.0 if year == 1990 else 20.0)]
    rows += [("WLD", year, name, 60.0) for name in COMMODITIES for year in (2016, 2017)]
    rows += [("WLD", year, "una_world_exports_usd", 8e12) for year in (2017, 2018)]
    rows += [("WLD", 2018, "cmo_muv_index", 30.0), ("WLD", 2018, "pwt_world_gdp_growth_pct", 100.0)]
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
    names |= {*ONWARD, *HUBS}
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


def test_the_world_is_carried_on_by_hand(small: Observations) -> None:
    """The price of manufactures halves: exports double. So does output, worth four times them before."""
    assert small.series("WLD", "world exports").loc[2018] == 80.0
    assert small.series("WLD", "world output").loc[2018] == 40.0
    fatigue = small.series("WLD", "trade fatigue")
    assert fatigue.loc[:2017].unique().tolist() == [0.0]
    assert fatigue.loc[2018] == pytest.approx(math.log(2.0), rel=1e-9)
    joined = [source for source in small.source("WLD", "world exports") if "MUV" in source.series]
    assert (
        joined[0].series == "DERIVED from NE.EXP.GNFS.KD 2017, exports of goods and services, and MUV index"
    )


def hub_rows() -> list[tuple[str, int, str, float]]:
    """Thailand with round figures in 1960-70: output, prices and the rate do not move, employment doubles."""
    flat = {
        "wdi_gdp_constant_usd": 1.0,
        "wdi_gdp_deflator_inflation_pct": 0.0,
        "pwt_xr": 20.0,
        "pwt_labsh": 0.5,
    }
    rows = [("THA", year, name, figure) for year in range(1960, 1971) for name, figure in flat.items()]
    rows += [
        ("THA", 1960, "pwt_emp", 10.0),
        ("THA", 1970, "pwt_emp", 20.0),
        ("THA", 1970, "una_gdp_usd", 40e9),
    ]
    return [*rows, ("USA", 1960, "us_cpi", 25.0), ("USA", 1970, "us_cpi", 50.0)]


@pytest.mark.slow
def test_the_wage_of_the_hub_by_hand(script: ModuleType, tmp_path: Path) -> None:
    """Half of 40 billion current dollars, at a tenth and a fifth of the prices of 2017."""
    assert script.main(write(tmp_path, [*panel_rows(), *hub_rows()])) == 0
    observed = load_observations(tmp_path / "tables")
    for iso3 in ("KHM", "LAO", "MMR", "VNM", "IND"):
        assert observed.series(iso3, "hub wage").to_dict() == {1960: 20.0, 1970: 5.0}
    assert "KOR" not in observed.countries()
    texts = {source.series for source in observed.source("VNM", "hub wage")}
    assert all(text.startswith("DERIVED from labsh, gross domestic product") for text in texts)
    assert len(texts) == 2


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


@pytest.mark.parametrize(("level", "years"), [(11.5, [2016, 2017]), (13.5, [2016])])
def test_a_second_source_goes_on_where_it_meets_the_first(
    script: ModuleType, tmp_path: Path, level: float, years: list[int]
) -> None:
    """Twelve per cent in the last common year: 11.5 is near enough, 13.5 is not."""
    rows = [*panel_rows(), ("MEX", 2016, "manuf_emp_share_ggdc10", 12.0)]
    rows += [("MEX", year, "manuf_emp_share_etd", level) for year in (2015, 2016, 2017)]
    rows += [("KOR", year, "manuf_emp_share_etd", level) for year in (2016, 2017)]
    assert script.main(write(tmp_path, rows)) == 0
    observed = load_observations(tmp_path / "tables")
    figures = observed.series("MEX", "manufacturing employment")
    assert list(figures.index) == years
    assert figures[2016] == 0.12
    assert "KOR" not in observed.countries()


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
