"""Countries from a panel: figures that can be checked by hand, stand-ins and faults that are told."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.new_countries.build import (
    NewCountries,
    capitals,
    levers_that_stand_in,
    make_new_countries,
    mean_level,
    nearest_hub,
    place_of,
)
from latecomer.new_countries.series import still_until
from latecomer.study.countries import Country, Regime, Window
from latecomer.study.levers import Levers
from latecomer.study.parameters import ParameterTable
from latecomer.study.study import Study
from tests.new_countries.panels import ACCOUNTS, DEPRECIATION, GROWTH, INFLATION, Row, made_up, without, write


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("panel") / "panel.csv", made_up())


@pytest.fixture(scope="module")
def made(study: Study, panel: Path) -> NewCountries:
    return make_new_countries(study, panel)


def told(made: NewCountries, words: str, iso3: str = "FJI") -> list[str]:
    return [line for line in made.lacks[iso3] if words in line]


def test_a_country_of_a_panel_can_be_run(made: NewCountries) -> None:
    assert (made.countries, made.refused) == (("FJI",), {})
    country = made.study.countries["FJI"]
    assert (country.name, country.window) == ("Fiji", Window(start=1960, end=2010))
    assert country.parameters["initial output"].value == 10.0
    run = made.study.simulate("FJI", years=(1960, 1965))
    assert np.isfinite(run["output"]).all()


def test_the_study_itself_is_as_it_was(study: Study, made: NewCountries) -> None:
    assert made.study.hashes(study.countries) == study.hashes(study.countries)
    assert "FJI" not in study.countries
    assert not list(study.root.rglob("FJI*"))
    assert made.study.parameter_values("KOR") == study.parameter_values("KOR")


def test_the_lock_entry_of_a_new_table_is_the_hash_of_its_text(made: NewCountries) -> None:
    digest = sha256(made.texts["FJI"].table.encode()).hexdigest()
    assert made.study.hashes(["FJI"])["observations of FJI"] == digest


def test_every_parameter_of_the_studied_countries_is_there(made: NewCountries) -> None:
    assert set(made.study.countries["FJI"].parameters) == set(made.study.countries["MEX"].parameters)


def test_dollar_output_is_chained_back_over_the_years_before_its_publisher_begins(made: NewCountries) -> None:
    dollars = made.study.observations.series("FJI", "output at current dollars")
    step = GROWTH * (1 + INFLATION / 100) / DEPRECIATION
    assert dollars[1960] == pytest.approx(6.0 / step**10, rel=1e-9)
    assert told(made, "chained back to 1960")


def test_shares_of_another_publisher_are_scaled_to_join(made: NewCountries) -> None:
    exports = made.study.observations.series("FJI", "exports/output")
    assert exports[1970] == pytest.approx(0.18)
    # 40 % of 1969 times 18/36 of 1970
    assert exports[1969] == pytest.approx(0.20)


def test_the_wage_of_the_hub_is_that_of_countries_with_the_same_hub(made: NewCountries) -> None:
    own = made.study.observations
    pd.testing.assert_series_equal(own.series("FJI", "hub wage"), own.series("KOR", "hub wage"))
    assert own.source("FJI", "hub wage") == own.source("KOR", "hub wage")


def test_the_vintage_tells_the_file(made: NewCountries, panel: Path) -> None:
    vintage = made.study.observations.source("FJI", "population")[0].vintage
    assert vintage == f"panel.csv, sha256 {sha256(panel.read_bytes()).hexdigest()[:10]}"


def test_what_is_missing_and_what_stands_in_is_told(made: NewCountries) -> None:
    assert told(made, "policy: nobody has dated it")
    assert told(made, "initial labour share: no labour share")
    share = made.study.countries["FJI"].parameters["initial labour share"]
    assert (share.value, share.prior) == (0.55, None)


def test_a_target_without_figures_is_told(study: Study, tmp_path: Path) -> None:
    rows = without(made_up(), "ewn_debt_liabilities_usd_mn")
    made = make_new_countries(study, write(tmp_path / "panel.csv", rows))
    assert not told(made, "the target 'log output'")
    names = made.study.observations.variables("FJI")
    assert ("imports/output" in names, "debt/output, one denominator" in names) == (True, False)
    assert told(made, "initial external debt: no figure of debt")


def test_another_concept_of_debt_takes_the_place_of_the_whole_series(study: Study, tmp_path: Path) -> None:
    rows = [row for row in made_up() if row[2] != "ewn_debt_liabilities_usd_mn" or row[1] > 2009]
    rows += [("FJI", year, "wdi_ext_debt_usd", 3e9 * 1.06 ** (year - ACCOUNTS)) for year in range(1970, 2001)]
    made = make_new_countries(study, write(tmp_path / "panel.csv", rows))
    debt = made.study.observations.series("FJI", "debt/output, one denominator")
    assert debt.to_dict() == pytest.approx(dict.fromkeys(range(1970, 2001), 0.5))
    (line,) = told(made, "debt/output, one denominator: 3 figures")
    assert "another concept" in line
    assert "another concept" in made.study.observations.source("FJI", str(debt.name))[0].transformation


def test_shares_that_stand_still_are_no_figures(study: Study, tmp_path: Path) -> None:
    still = {"una_exports_gdp_pct": 20.0, "una_gfcf_gdp_pct": 15.0}
    rows = [
        (iso3, year, name, still.get(name, value) if year < 1985 else value)
        for iso3, year, name, value in made_up()
    ]
    made = make_new_countries(study, write(tmp_path / "panel.csv", rows))
    assert told(made, "national accounts before 1985 are left out")
    assert made.study.countries["FJI"].window.start == 1985
    assert made.study.observations.series("FJI", "population").index[0] == 1960


def test_output_before_a_join_with_a_jump_is_left_out(study: Study, tmp_path: Path) -> None:
    rows = [
        (iso3, year, name, value / 1.3 if name == "pwt_rgdpna" and year < 1966 else value)
        for iso3, year, name, value in made_up()
    ]
    made = make_new_countries(study, write(tmp_path / "panel.csv", rows))
    assert told(made, "output before 1966 is left out")
    assert told(made, "runs start in 1966")
    assert made.study.countries["FJI"].window.start == 1966


def test_figures_of_nought_are_gaps_where_nought_cannot_be(study: Study, tmp_path: Path) -> None:
    rows = [
        (iso3, year, name, 0.0 if name == "co2_territorial_mt_gcb2020" and year < 1962 else value)
        for iso3, year, name, value in made_up()
    ]
    made = make_new_countries(study, write(tmp_path / "panel.csv", rows))
    assert told(made, "CO2: 2 figures of nought or less are left out (1960, 1961)")
    # the first figure, 3 x 1.03^2 of 1962, in proportion to output
    assert made.study.countries["FJI"].parameters["initial emissions"].value == pytest.approx(3.0)


def test_runs_end_with_the_last_figure_of_output(study: Study, tmp_path: Path) -> None:
    rows = [row for row in made_up() if row[1] <= 1995]
    made = make_new_countries(study, write(tmp_path / "panel.csv", rows))
    assert made.study.countries["FJI"].window.end == 1995
    assert told(made, "runs end in 1995")


def test_a_country_without_a_place_on_record_is_told(study: Study, tmp_path: Path) -> None:
    made = make_new_countries(study, write(tmp_path / "panel.csv", made_up("XAA")))
    distances = [one.parameters["link distance"].value for one in study.countries.values()]
    own = made.study.countries["XAA"]
    assert own.name == "XAA"
    assert own.parameters["link distance"].value == pytest.approx(np.median(distances), rel=1e-5)
    assert told(made, "place: 'XAA' is in no table of capitals", "XAA")
    assert told(made, "link distance: no place on record", "XAA")


@pytest.mark.slow  # one by one; test_country_file says what has a stand-in
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: without(rows, "pwt_hc", iso3="FJI"), "no figures of human capital"),
        (lambda rows: without(rows, "pwt_pop", iso3="FJI"), "FJI, population"),
        (lambda rows: without(rows, "una_gdp_usd", iso3="FJI"), "no figures of output at current dollars"),
        (lambda rows: without(rows, "pwt_delta", iso3="FJI"), "FJI, capital per investment"),
        (
            lambda rows: [row for row in rows if row[0] != "FJI" or row[1] > 2004],
            "got figures from 2005 to 2010; expected 10 years at least",
        ),
    ],
)
def test_a_country_without_what_has_no_stand_in_is_refused_alone(
    study: Study, tmp_path: Path, change: object, words: str
) -> None:
    rows = [*made_up("FJI"), *made_up("TON")]
    assert callable(change)
    made = make_new_countries(study, write(tmp_path / "panel.csv", change(rows)))
    assert made.countries == ("TON",)
    assert set(made.refused) == {"FJI"}
    assert words in made.refused["FJI"]
    assert "FJI" not in made.study.observations.countries()


def test_what_no_parameter_may_be_is_refused_with_its_name(study: Study, tmp_path: Path) -> None:
    # mobilisation: .05 - .2 x .25, a nought that has no range
    rows: list[Row] = [*made_up(), ("FJI", 1960, "vdem14_v2xcs_ccsi", -0.25)]
    made = make_new_countries(study, write(tmp_path / "panel.csv", rows))
    words = "FJI, initial mobilisation, by rule: got the range 0 to 0; expected lowest < highest"
    assert words in made.refused["FJI"]


def refusal(study: Study, path: Path) -> str:
    with pytest.raises(InputError) as caught:
        make_new_countries(study, path)
    return str(caught.value)


HEAD = "iso3,year,variable,value\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "got an empty file; expected the columns iso3, year, variable, value"),
        (HEAD, "got no row; expected rows of a country that the study lacks"),
        ("iso3,variable,value\nFJI,pwt_pop,1\n", "got no column year"),
        ("iso3,year,variable,value,value\nFJI,1960,pwt_pop,1,2\n", "got a second column value"),
        (HEAD + "Fiji,1960,pwt_pop,1\n", "row 2: got the iso3 'Fiji'; expected three capital letters"),
        (HEAD + "FJI,60,pwt_pop,1\n", "row 2: got the year '60'; expected a whole year"),
        (HEAD + "FJI,1960,pwt_pop,many\nFJI,1961,pwt_pop,nan\n", "rows 2, 3: got the value 'many', 'nan'"),
        (HEAD + "FJI,1960,,1\n", "row 2: got the variable ''; expected the name of a variable"),
        (HEAD + "FJI,1960,pwt_pop,1\nFJI,1960,pwt_pop,2\n", "row 3: got a second row of FJI, 1960, pwt_pop"),
        (HEAD + "KOR,1960,pwt_pop,1\n", "got no new country beside KOR, which the study has"),
        (HEAD + "FJI,1960,people,1\n", "got no variable that is taken, such as people"),
        (HEAD + "FJI,1960,pwt_pop,1,2,3\n", "row 2: got 6 fields; expected the 4 of the header"),
    ],
)
def test_a_fault_of_the_panel_is_told_with_its_place(
    study: Study, tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(text, encoding="utf-8")
    message = refusal(study, path)
    assert message.startswith("panel.csv")
    assert words in message


def test_a_panel_that_is_no_text_is_told(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_bytes(HEAD.encode() + b"FJI,1960,pwt_pop,\xff\n")
    assert "panel.csv: got bytes that are no UTF-8 text (byte 43)" in refusal(study, path)


def test_a_panel_that_is_not_there_is_told(study: Study, tmp_path: Path) -> None:
    assert "got no such file; expected a csv file of figures" in refusal(study, tmp_path / "none.csv")


def test_all_faults_of_a_panel_are_told_at_once(study: Study, tmp_path: Path) -> None:
    path = tmp_path / "panel.csv"
    path.write_text(HEAD + "fj,1960,pwt_pop,1\nFJI,soon,pwt_pop,1\nFJI,1960,pwt_pop,x\n", encoding="utf-8")
    assert [line.split(": got ")[0] for line in refusal(study, path).splitlines()] == [
        "panel.csv, row 2",
        "panel.csv, row 3",
        "panel.csv, row 4",
    ]


def test_what_is_set_aside_is_told(study: Study, tmp_path: Path) -> None:
    rows = [*made_up(), ("KOR", 1960, "pwt_pop", 1.0), ("WLD", 1960, "cmo_muv_index", 1.0)]
    rows += [("FJI", 1960, "swiid_gini_dispp", 40.0)]
    made = make_new_countries(study, write(tmp_path / "panel.csv", rows))
    assert made.countries == ("FJI",)
    assert made.said == (
        "rows of KOR are set aside: the study has these countries",
        "rows of WLD are set aside: the study's own tables tell of the world",
        "1 variables are set aside, no table holds them: swiid_gini_dispp",
        "the variable 'swiid_gini_dispp' is set aside; perhaps 'swiid_gini_disp' was meant",
    )


def test_an_empty_value_is_a_missing_one(study: Study, tmp_path: Path) -> None:
    path = write(tmp_path / "panel.csv", made_up())
    path.write_text(path.read_text(encoding="utf-8") + "FJI,1980,pwt_labsh,\n", encoding="utf-8")
    made = make_new_countries(study, path)
    assert "labour share" not in made.study.observations.variables("FJI")


# Rules by themselves


def test_the_nearest_hub_is_nearest_on_the_globe() -> None:
    hubs = ["USA", "JPN", "THA"]
    assert [nearest_hub(iso3, hubs) for iso3 in ("GTM", "TWN", "BGD")] == ["USA", "JPN", "THA"]
    # across the date line: Fiji lies at 178 degrees east, Samoa at 172 west
    assert nearest_hub("WSM", ["FJI", "PER"]) == "FJI"


def test_no_country_is_its_own_hub() -> None:
    assert nearest_hub("JPN", ["JPN", "USA", "THA"]) == "THA"


def test_hubs_without_a_place_are_refused() -> None:
    with pytest.raises(InputError, match="no hub with a known place for FJI"):
        nearest_hub("FJI", ["XXX"])


def test_the_hub_of_an_unknown_place_is_the_commonest() -> None:
    place, hub, said = place_of("XAA", {"KOR": "JPN", "THA": "JPN", "MEX": "USA"})
    assert (place.name, hub, len(said)) == ("XAA", "JPN", 1)


def test_capitals_lie_on_the_globe_and_names_are_whole() -> None:
    for iso3, capital in capitals().items():
        assert len(iso3) == 3
        assert capital.name
        assert abs(capital.position[0]) <= 90
        assert abs(capital.position[1]) <= 180
    assert capitals()["PER"].position == pytest.approx((-12.05, -77.04), abs=0.05)


def country(iso3: str, **policy: list[tuple[float, float]]) -> Country:
    regimes = {
        name.replace("_", " "): tuple(
            Regime(year=year, level=level, event="", source="") for year, level in points
        )
        for name, points in policy.items()
    }
    window = Window(start=1960, end=2010)
    return Country(iso3=iso3, name=iso3, window=window, parameters=ParameterTable({}), policy=regimes)


def test_a_mean_level_is_that_of_the_countries_dated_by_then() -> None:
    two = [
        country("AAA", support=[(1960.0, 0.2), (1970.0, 0.4)]),
        country("BBB", support=[(1990.0, 0.9), (2000.0, 0.9)]),
        country("CCC"),
    ]
    assert mean_level(two, "support", 1965, None) == pytest.approx(0.3)
    assert mean_level(two, "support", 1995, None) == pytest.approx((0.4 + 0.9) / 2)
    assert mean_level(two, "support", 1965, 0.0) == pytest.approx(0.15)
    assert mean_level(two, "openness", 1965, None) is None
    assert mean_level(two, "support", 1950, None) == pytest.approx((0.2 + 0.9) / 2)


levels = st.lists(st.floats(0, 1), min_size=2, max_size=4)


@pytest.mark.slow
@given(st.lists(levels, min_size=1, max_size=5), st.floats(1950, 2020))
def test_a_mean_level_lies_among_those_of_the_countries(each: list[list[float]], year: float) -> None:
    several = [
        country("AAA", support=[(1960.0 + 10 * place, level) for place, level in enumerate(its)])
        for its in each
    ]
    found = mean_level(several, "support", year, None)
    assert found is not None
    assert min(map(min, each)) - 1e-12 <= found <= max(map(max, each)) + 1e-12


def test_levers_without_definitions_stand_in_where_any_country_dates_them() -> None:
    both = {"AAA": country("AAA", support=[(1960.0, 0.2), (1970.0, 0.4)]), "BBB": country("BBB")}
    assert levers_that_stand_in(both, Levers({})) == ["support"]


def test_levers_that_few_have_dated_keep_their_level(study: Study, made: NewCountries) -> None:
    policy = made.study.countries["FJI"].policy
    assert "import openness" in policy
    assert "coercion" not in policy
    table = made.study.tables("FJI")["coercion table"][1]
    assert set(table) == {study.levers.levels["coercion"]}


@given(st.integers(0, 30), st.floats(0.01, 100))
def test_a_still_stretch_does_not_depend_on_the_unit(moves_at: int, unit: float) -> None:
    share = pd.Series([0.2] * moves_at + [0.3] * 5, index=range(1960, 1965 + moves_at))
    expected = None if moves_at == 0 else still_until(share)
    if moves_at > 10:
        assert expected == 1960 + moves_at - 1
    elif moves_at > 0:
        assert expected is None
    assert moves_at == 0 or still_until(share * unit) == expected
