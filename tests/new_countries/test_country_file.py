"""Country files by rule: figures that can be checked by hand, stand-ins, and the files studied one by one."""

from __future__ import annotations

import importlib.util
import math
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.data.observations import Observations, load_observations
from latecomer.errors import InputError
from latecomer.new_countries.country_file import (
    FUEL_SHARE,
    ORDER,
    Place,
    country_parameters,
    country_text,
    link_distance,
)
from latecomer.new_countries.rules.figures import Figures, drift, first_complete_year, great_circle
from latecomer.new_countries.rules.production import capital_per_investment
from latecomer.new_countries.rules.trade import at_other_prices, fuel_on_record, sells_fuel
from latecomer.study.countries import load_countries
from latecomer.study.parameters import Parameter

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "calibration" / "observations"
YEARS = range(1970, 1991)
NEEDED = {
    "output": 100.0,
    "capital": 200.0,
    "employment": 10.0,
    "human capital": 2.0,
    "population": 20.0,
    "exports/output": 0.1,
    "imports/output": 0.2,
    "investment/output": 0.25,
    "output at current dollars": 10.0,
    "exports": 5.0,
    "depreciation rate": 0.05,
    "real exchange rate": 0.5,
}
OPTIONAL = {
    "CO2": 30.0,
    "relative productivity": 0.36,
    "labour share": 0.5,
    "inequality": 0.4,
    "inequality standard error": 0.02,
    "state capacity": 0.0,
    "state capacity standard error": 0.4,
    "core civil society": 0.5,
    "manufacturing employment": 0.1,
    "government consumption/output": 0.1,
    "government revenue/output": 0.11,
    "manufactures/exports": 0.2,
    "current account/output, one denominator": -0.05,
    "foreign direct investment/output": 0.02,
    "direct investment liabilities/output, one denominator": 0.06,
    "debt/output, one denominator": 0.3,
    "reserves/output, one denominator": 0.08,
    "debt assets/output": 0.04,
    "interest/debt": 0.03,
}
PLACE = Place("AAA", "Aland", (0.0, 0.0), "Beland", (0.0, 90.0))


def rows_of(iso3: str, figures: dict[str, float], years: range = YEARS) -> list[dict[str, object]]:
    return [
        {"iso3": iso3, "variable": name, "year": year, "value": value}
        for name, value in figures.items()
        for year in years
    ]


def world_rows() -> list[dict[str, object]]:
    """A frontier twice as rich a head, and oil that is four times as dear from 1980 on."""
    usa = {"output": 1000.0, "capital": 2000.0, "employment": 50.0, "human capital": 4.0, "population": 100.0}
    rows = rows_of("USA", {**usa, "federal funds rate": 0.06})
    rows += rows_of("WLD", {"oil price": 10.0, "non-energy commodity price": 1.0}, range(1970, 1980))
    return rows + rows_of("WLD", {"oil price": 40.0, "non-energy commodity price": 2.0}, range(1980, 1991))


def observations(*extra: dict[str, object], without: tuple[str, ...] = ()) -> Observations:
    figures = {name: value for name, value in {**NEEDED, **OPTIONAL}.items() if name not in without}
    return Observations(pd.DataFrame([*rows_of("AAA", figures), *world_rows(), *extra]))


def parameters(observed: Observations, iso3: str = "AAA", start: int = 1970) -> dict[str, Parameter]:
    place = Place(iso3, PLACE.name, PLACE.capital, PLACE.hub, PLACE.hub_capital)
    return {one.name: one for one in country_parameters(observed, place, start, 1990)}


@pytest.fixture(scope="module")
def shipped() -> Observations:
    return load_observations(TABLES)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("country_files", TABLES / "country_files.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("state autonomy", 0.5),  # a score of nought
        ("initial mobilisation", 0.15),
        ("initial relative capability", 0.6 * 0.5**0.25),  # output per head is half the frontier's
        ("capital per investment", 0.4),  # 200 x .05 replaced, out of .25 x 100
        ("depreciation rate", 0.05),
        ("initial output", 100.0),
        ("initial manufactured exports", 1.0),  # a fifth of five
        ("initial primary exports", 4.0),
        ("other import share", 0.2 - 0.12 * 0.25 - 0.01 - 0.35 * 1.0 / 50.0),
        ("initial primary gap", 0.02),  # .1 + .03 - .11
        ("aid share", 0.04),  # a gap of .1, a current account of -.05: four fifths of .05
        ("direct investment share", 0.02),
        ("initial direct investment stock", 3.0),  # .06 of fifty thousand million dollars
        ("initial external debt", 15.0),
        ("initial reserves", 4.0),
        ("initial foreign assets", 2.0),
        ("initial interest rate", 0.03),
        ("initial domestic linkages", 0.3),
        ("frontier output per head", 10.0),
        ("real exchange rate base", 0.5),
        ("link distance", 1 + math.log(10007.54 / 500)),  # a quarter of the equator
    ],
)
def test_a_country_of_round_figures_by_hand(name: str, value: float) -> None:
    assert parameters(observations())[name].value == pytest.approx(value, rel=1e-3)


def test_every_parameter_is_made_in_the_order_of_the_files() -> None:
    made = parameters(observations())
    assert tuple(made) == ORDER
    file = tomllib.loads((ROOT / "model" / "countries" / "BRA.toml").read_text(encoding="utf-8"))
    present = [name for name in file["parameters"] if name != FUEL_SHARE]
    assert [name for name in ORDER if name != FUEL_SHARE] == present
    estimated = {name for name in present if "prior" in file["parameters"][name]}
    assert {name for name, one in made.items() if one.prior is not None} == estimated
    assert {made[name].unit == file["parameters"][name]["unit"] for name in present} == {True}


def test_no_rule_knows_a_country_by_name() -> None:
    frame = observations().frame
    renamed = Observations(frame.assign(iso3=frame["iso3"].replace("AAA", "BRA")))
    assert parameters(renamed, "BRA") == parameters(observations())


@pytest.mark.parametrize("gone", [(name,) for name in OPTIONAL] + [tuple(OPTIONAL)])
def test_a_missing_figure_has_a_stand_in_and_no_narrower_prior(gone: tuple[str, ...]) -> None:
    full, bare = parameters(observations()), parameters(observations(without=gone))
    assert set(bare) == set(full)
    for name, one in bare.items():
        prior, before = one.prior, full[name].prior
        assert prior is None or (before is not None and prior.spread >= before.spread), name
    changed = [name for name in full if bare[name].source != full[name].source]
    assert changed or gone == ("state capacity standard error",)


def test_without_a_labour_share_no_fit_moves_it() -> None:
    labour = parameters(observations(without=("labour share",)))["initial labour share"]
    assert labour.prior is None
    assert labour.value == 0.55


@pytest.mark.parametrize("name", ["output", "exports", "capital", "population", "investment/output"])
def test_a_figure_that_nothing_stands_for_is_asked_for(name: str) -> None:
    with pytest.raises(InputError) as raised:
        parameters(observations(without=(name,)))
    assert "AAA" in str(raised.value)
    assert "Cure: add" in str(raised.value)


def test_the_message_of_a_missing_first_year() -> None:
    with pytest.raises(InputError) as raised:
        Figures(observations(), "AAA", 1950, 1990).at_start("output")
    assert str(raised.value) == (
        "AAA, output, 1950: got no figure; expected one of the first year. Cure: add the figure to the "
        "observation tables, or start the runs in a later year."
    )


def test_capital_that_cannot_be_told_and_prices_that_are_missing() -> None:
    with pytest.raises(
        InputError, match="capital per investment: got no year with capital, its depreciation"
    ):
        parameters(observations(without=("depreciation rate",)))
    fuel = rows_of("AAA", {"fuel/exports": 0.3}, range(2000, 2003))
    with pytest.raises(InputError, match="WLD, oil price: got no figure of 2000; expected one"):
        parameters(observations(*fuel))


def test_capital_formed_over_investment_grows_with_capital() -> None:
    """Capital doubles within a year: 200 formed and 10 replaced, out of an investment of 25."""
    observed = observations()
    late = (observed.frame["variable"] == "capital") & (observed.frame["year"] == 1971)
    frame = observed.frame.assign(value=observed.frame["value"].where(~late, 400.0))
    ratios = capital_per_investment(Figures(Observations(frame), "AAA", 1970, 1990))
    assert ratios.loc[1970] == pytest.approx(210.0 / 25.0)
    assert list(ratios.index) == list(range(1970, 1990))


@pytest.mark.parametrize(
    ("start", "gone", "first"),
    [(1970, "manufactures/exports", 0.05), (1970, "government revenue/output", 0.12)],
)
def test_stand_ins_without_any_figure(start: int, gone: str, first: float) -> None:
    made = parameters(observations(without=(gone,)), start=start)
    name = {"manufactures/exports": "initial manufactured exports", "government revenue/output": "tax share"}[
        gone
    ]
    scale = 5.0 if gone == "manufactures/exports" else 1.0
    assert made[name].value == pytest.approx(first * scale)
    assert made[name].source.startswith("judgement: no ")


def test_late_figures_are_carried_back() -> None:
    """Odds of .25 that rose by .09 a year for ten years; debt that grew by five per cent a year for five."""
    late = ("manufactures/exports", "debt/output, one denominator")
    extra = rows_of("AAA", {late[0]: 0.2}, range(1980, 1991)) + rows_of(
        "AAA", {late[1]: 0.3}, range(1975, 1991)
    )
    made = parameters(observations(*extra, without=late))
    odds = 0.25 * math.exp(-0.9)
    assert made["initial manufactured exports"].value == pytest.approx(5 * odds / (1 + odds), rel=1e-4)
    assert made["initial external debt"].value == pytest.approx(15.0 * math.exp(-0.25), rel=1e-4)
    prompt = parameters(observations())
    for name in ("initial manufactured exports", "initial external debt"):
        now, then = made[name].prior, prompt[name].prior
        assert now is not None
        assert then is not None
        assert now.spread > then.spread


def test_a_default_in_the_first_year_closes_credit() -> None:
    default = rows_of("AAA", {"external default Reinhart-Rogoff 1": 1.0}, range(1970, 1972))
    broke, sound = parameters(observations(*default)), parameters(observations())
    assert broke["initial credit access"].value < sound["initial credit access"].value
    assert broke["initial arrears"].value == pytest.approx(15.0 / 20)


def fuel_rows(share: float, rents: float | None) -> list[dict[str, object]]:
    figures = {"fuel/exports": share} | ({} if rents is None else {"natural resource rents/output": rents})
    return rows_of("AAA", figures, range(1980, 1991))


def test_the_fuel_share_by_hand() -> None:
    """Half of what is not manufactured in 1980-82; oil had become four times as dear, the rest twice."""
    fuel = fuel_on_record(Figures(observations(*fuel_rows(0.4, None)), "AAA", 1970, 1990))
    assert fuel is not None
    assert fuel.years == (1980, 1981, 1982)
    made = parameters(observations(*fuel_rows(0.4, None)))[FUEL_SHARE]
    assert made.value == pytest.approx((0.5 / 4) / (0.5 / 4 + 0.5 / 2), rel=1e-5)
    assert (made.range, made.prior) == ((0.0, 1.0), None)
    assert "services are not observed" in made.source
    assert parameters(observations())[FUEL_SHARE].value == 0.0


def test_figures_of_fuel_begin_with_the_runs() -> None:
    later = Figures(observations(*fuel_rows(0.4, None)), "AAA", 1985, 1990)
    fuel = fuel_on_record(later)
    assert fuel is not None
    assert fuel.years == (1985, 1986, 1987)
    ended = Figures(observations(*fuel_rows(0.4, None)), "AAA", 1995, 2000)
    fuel = fuel_on_record(ended)
    assert fuel is not None
    assert fuel.years == (1988, 1989, 1990)


@pytest.mark.parametrize(
    ("share", "rents", "sells"),
    [(0.4, None, True), (0.4, 0.1, True), (0.4, 0.04, False), (0.1, 0.3, False)],
)
def test_a_field_is_told_from_a_refinery(share: float, rents: float | None, sells: bool) -> None:
    observed = observations(*fuel_rows(share, rents))
    assert sells_fuel(Figures(observed, "AAA", 1970, 1990)) is sells
    buyer = parameters(observations())
    made = parameters(observed)
    assert (made["oil import share"].value < buyer["oil import share"].value) is sells
    assert (made["oil endowment"].value > buyer["oil endowment"].value) is sells


@pytest.mark.slow
@given(share=st.floats(0.001, 0.999), oil=st.floats(0.05, 20), other=st.floats(0.05, 20))
def test_the_share_of_fuel_at_other_prices(share: float, oil: float, other: float) -> None:
    there = at_other_prices(share, oil, other)
    assert 0 < there < 1
    assert at_other_prices(there, 1 / oil, 1 / other) == pytest.approx(share, rel=1e-9)  # and back again
    assert at_other_prices(share, oil, oil) == pytest.approx(share, rel=1e-9)  # one price level
    assert (there < share) == (oil > other) or oil == pytest.approx(other)


@given(share=st.floats(0.01, 0.99), rate=st.floats(-0.1, 0.1), years=st.floats(-20, 20))
def test_a_drift_goes_back_the_way_it_came(share: float, rate: float, years: float) -> None:
    there = drift(share, rate, years)
    assert 0 < there < 1
    if 0.001 < there < 0.999:
        assert drift(there, rate, -years) == pytest.approx(share, rel=1e-6)


@pytest.mark.parametrize(
    ("iso3", "capital", "hub"),
    [
        ("BRA", (-15.79, -47.88), (38.91, -77.04)),
        ("IND", (28.61, 77.21), (13.76, 100.50)),
        ("KOR", (37.57, 126.98), (35.68, 139.69)),
        ("VNM", (21.03, 105.85), (13.76, 100.50)),
    ],
)
def test_distances_of_the_files(iso3: str, capital: tuple[float, float], hub: tuple[float, float]) -> None:
    file = tomllib.loads((ROOT / "model" / "countries" / f"{iso3}.toml").read_text(encoding="utf-8"))
    made = link_distance(Place(iso3, "", capital, "", hub))
    assert made.value == pytest.approx(file["parameters"]["link distance"]["value"], rel=0.01)


@given(
    here=st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    there=st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
)
def test_the_great_circle_is_a_distance(here: tuple[float, float], there: tuple[float, float]) -> None:
    assert great_circle(here, there) == pytest.approx(great_circle(there, here), abs=1e-6)
    assert 0 <= great_circle(here, there) <= math.pi * 6371.0 + 1e-6
    assert great_circle(here, here) == pytest.approx(0.0, abs=1e-3)


def test_neighbouring_capitals_do_not_fall_out_of_the_range() -> None:
    near = link_distance(Place("AAA", "", (0.0, 0.0), "", (0.0, 0.1)))
    assert near.allows(near.value)


SAME = [
    "initial output",
    "initial capital",
    "initial investment share",
    "institutional quality",
    "initial emissions",
    "frontier output per head",
    "initial state capability",
    "real exchange rate base",
    "initial relative productivity",
    "initial real exchange rate",
    "initial manufacturing employment share",
]


@pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND", "KHM", "LAO", "MMR", "VNM"])
def test_rules_say_what_the_files_studied_one_by_one_say(shipped: Observations, iso3: str) -> None:
    """Where these rest on figures. What a country's own file judged better is not compared."""
    file = tomllib.loads((ROOT / "model" / "countries" / f"{iso3}.toml").read_text(encoding="utf-8"))
    window = file["window"]
    made = country_parameters(shipped, Place(iso3, *PLACE_REST), window["start"], window["end"])
    for one in made:
        if one.name in SAME:
            entry = file["parameters"][one.name]
            expected = entry["prior"]["centre"] if "prior" in entry else entry["value"]
            assert one.value == pytest.approx(expected, rel=0.06, abs=0.006), one.name


PLACE_REST = (PLACE.name, PLACE.capital, PLACE.hub, PLACE.hub_capital)


def _ends(one: Parameter) -> tuple[float, float]:
    assert one.prior is not None
    centre, reach = one.prior.centre, 4 * one.prior.spread
    there: dict[str, Callable[[float], float]] = {
        "lognormal": lambda step: centre * math.exp(step),
        "normal": lambda step: centre + step,
        "logit": lambda step: 1 / (1 + (1 / centre - 1) * math.exp(-step)),
    }
    return there[one.prior.family](-reach), there[one.prior.family](reach)


@pytest.mark.slow
def test_the_range_of_an_estimated_parameter_is_four_spreads(shipped: Observations) -> None:
    chosen = tomllib.loads((TABLES / "countries.toml").read_text(encoding="utf-8"))["countries"]
    assert len(chosen) == 13
    for iso3 in chosen:
        start = first_complete_year(shipped, iso3)
        for one in country_parameters(shipped, Place(iso3, *PLACE_REST), start, 2010):
            assert one.source.split(": ")[0] in ("observations", "judgement", "scale")
            if one.prior is not None:
                assert one.range == pytest.approx(_ends(one), rel=1e-4)
                assert one.value == one.prior.centre


@pytest.mark.parametrize(
    ("iso3", "year"),
    [
        ("KOR", 1960),
        ("MEX", 1960),
        ("TUR", 1961),
        ("KEN", 1964),
        ("MAR", 1966),
        ("IDN", 1967),
        ("PHL", 1970),
        ("NGA", 1970),
        ("PER", 1970),
        ("THA", 1970),
        ("MYS", 1971),
        ("PAK", 1973),
        ("MMR", 1998),
    ],
)
def test_the_first_year_with_all_figures(shipped: Observations, iso3: str, year: int) -> None:
    assert first_complete_year(shipped, iso3) == year


def test_a_country_without_a_first_year() -> None:
    with pytest.raises(InputError) as raised:
        first_complete_year(observations(without=("capital",)), "AAA")
    assert str(raised.value).startswith(
        "AAA: got no figures of capital; expected a year with output, capital,"
    )
    apart = rows_of("AAA", {"capital": 1.0}, range(2000, 2002))
    with pytest.raises(InputError, match="AAA: got no year that all share"):
        first_complete_year(observations(*apart, without=("capital",)), "AAA")


def test_a_file_reads_back_as_it_was_made(tmp_path: Path) -> None:
    made = parameters(observations(*fuel_rows(0.4, None)))
    policy = '[policy."industrial support"]\nregimes = [\n' + "".join(
        f'  {{year = {year}, level = 0.5, event = "An event", source = "a"}},\n' for year in (1970, 1990)
    )
    text = country_text(PLACE, 1970, 1990, made.values(), f"{policy}]\n")
    heading = next(line for line in text.splitlines() if line.startswith("# Policy levers"))
    assert country_text(PLACE, 1970, 1990, made.values(), f"{heading}\n\n{policy}]\n") == text
    (tmp_path / "AAA.toml").write_text(text, encoding="utf-8")
    read = load_countries(tmp_path)["AAA"]
    assert dict(read.parameters) == made
    assert (read.name, read.window.start, read.window.end) == ("Aland", 1970, 1990)
    assert [regime.year for regime in read.policy["industrial support"]] == [1970, 1990]


def test_choices_are_not_written() -> None:
    switch = Parameter(name="a switch", value=1.0, unit="Dmnl", choices=(0.0, 1.0), note="", source="")
    with pytest.raises(InputError, match="parameter 'a switch': got choices; expected a range"):
        country_text(PLACE, 1970, 1990, [switch], "")


@pytest.mark.slow
def test_files_of_the_thirteen(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["--out", str(tmp_path)]) == 0
    read = load_countries(tmp_path)
    assert len(read) == 13
    assert {tuple(country.parameters) for country in read.values()} == {ORDER}
    assert script.main(["--out", str(tmp_path), "--policy", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.strip() == (
        "MEX.toml: got no such file; expected the policy regimes of the country. "
        "Cure: write them, or leave --policy out."
    )
