"""Too few exports, rising support and dear imports lead to debt; dear money and fear then end the lending."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from latecomer.language.syntax import Lookup, Number, Reference, Table, walk
from latecomer.language.text import TIME, Kind
from tests.mechanisms.runs import (
    Array,
    Runs,
    at,
    calm_rate,
    like,
    loss_of_credit,
    no_shock,
    over,
    ratio,
    scaled,
    since,
)

TWO = pytest.mark.parametrize("iso3", ["KOR", "BRA"])
OFFICIAL = pytest.mark.xfail(
    strict=True,
    reason="whoever exports less stays poorer and borrows on official terms: `concessional share` takes debt"
    " out of `market debt service ratio` faster than lost exports add to it",
)
EARNING = pytest.mark.xfail(
    strict=True,
    reason="support raises exports over output, and `credit target` looks at service over exports alone:"
    " neither compression nor the fiscal gap strains credit",
)


def support(run: Runs, iso3: str, overrides: dict[str, float] | None = None) -> list[xr.Dataset]:
    """No support from 1974 on, and full support."""
    levers = [{"industrial support": since(1974, level)} for level in (0.0, 1.0)]
    return [run(iso3, overrides, lever, until=1990) for lever in levers]


def no_second_shock(years: Array, levels: Array) -> Array:
    return np.where(years >= 1979, levels[years == 1978], levels)


def test_brazil_loses_credit_between_1981_and_1983(history: Runs) -> None:
    assert 1981 <= loss_of_credit(history("BRA")) < 1984


def test_korea_keeps_credit_though_it_owes_no_less(history: Runs) -> None:
    korea, brazil = history("KOR"), history("BRA")
    assert over(korea, "credit access", 1978, 1990).min() > 0.5
    assert at(korea, "debt to output", 1980) > 0.8 * at(brazil, "debt to output", 1980)
    assert at(korea, "exports to output", 1980) > 2 * at(brazil, "exports to output", 1980)
    assert at(korea, "market debt service ratio", 1981) < 0.8 * at(brazil, "market debt service ratio", 1981)


def test_india_borrows_on_other_terms_and_keeps_credit(history: Runs) -> None:
    assert over(history("IND"), "credit access", 1978, 1990).min() > 0.5


def test_no_equation_knows_a_calendar_year_or_a_country(run: Runs) -> None:
    rooms = run.rooms
    for variable in rooms.model.text.variables:
        if variable.kind is Kind.CONTROL or isinstance(variable.definition, Table):
            continue
        numbers = [node.value for node in walk(variable.definition) if isinstance(node, Number)]
        assert not [number for number in numbers if 1900 <= abs(number) <= 2100], variable.name
    names = " ".join(variable.name.lower() for variable in rooms.model.text.variables)
    assert not [
        country.name for country in rooms.countries.values() if country.name.split(",")[0].lower() in names
    ]


def test_time_is_read_by_drivers_and_levers_only(run: Runs) -> None:
    rooms = run.rooms
    outside = {f"{lever} table" for lever in rooms.countries["KOR"].policy} | set(rooms.drivers.sources)
    text = rooms.model.text
    for variable in text.variables:
        nodes = list(walk(variable.definition))
        dated = [node for node in nodes if isinstance(node, Lookup) and node.argument == Reference(TIME)]
        assert {text.by_key[node.table].name for node in dated} <= outside, variable.name
        if sum(node == Reference(TIME) for node in nodes) > len(dated):
            # What remains is the age of a run: grants that fade from its first year on.
            assert variable.name == "transfers"
            assert Reference("initial_time") in nodes


def test_no_parameter_is_a_calendar_year(run: Runs) -> None:
    tables = [run.rooms.parameters, *(country.parameters for country in run.rooms.countries.values())]
    dated = [p.name for table in tables for p in table.values() if p.unit == "Year" and p.value > 1000]
    assert not dated


def test_with_calm_rates_and_oil_the_breakdown_is_milder_later_or_absent(history: Runs) -> None:
    base, calm = history("BRA"), history("BRA", world=calm_rate(history))
    calmer = history("BRA", world=calm_rate(history) | {"oil price": no_second_shock})
    calmest = history("BRA", world=calm_rate(history) | {"oil price": no_shock})
    access = [over(one, "credit access", 1982, 1986).mean() for one in (base, calm, calmer, calmest)]
    assert access[0] + 0.1 < access[1] < access[2] < access[3]
    assert loss_of_credit(calm) > loss_of_credit(base) + 0.5
    assert loss_of_credit(calmest) > 1990
    assert at(calmest, "output per head", 1990) > 1.15 * at(base, "output per head", 1990)


@TWO
@pytest.mark.parametrize("driver", ["world interest rate", "oil price"])
def test_a_tenfold_rate_or_oil_price_raises_strain_anywhere(run: Runs, iso3: str, driver: str) -> None:
    base, shock = run(iso3, until=1984), run(iso3, world={driver: scaled(10.0, 1979)}, until=1984)
    strain, access = (
        [over(one, name, 1979, 1982).mean() for one in (base, shock)]
        for name in ("credit strain", "credit access")
    )
    assert strain[1] > strain[0] + 0.01
    assert access[1] < access[0]
    assert loss_of_credit(shock) <= loss_of_credit(base)


@TWO
def test_a_tenfold_rate_ends_credit_at_once(run: Runs, iso3: str) -> None:
    assert loss_of_credit(run(iso3, world={"world interest rate": scaled(10.0, 1979)}, until=1984)) < 1981


def test_export_incentives_swapped_swap_the_fates(run: Runs) -> None:
    lever = "export orientation"
    korea = run("KOR", levers={lever: like(run.lever("BRA", lever), 1961)}, until=1990)
    brazil = run("BRA", levers={lever: like(run.lever("KOR", lever), 1961)}, until=1990)
    assert over(brazil, "credit access", 1980, 1990).min() > (
        over(run("BRA"), "credit access", 1980, 1990).min() + 0.25
    )
    assert loss_of_credit(brazil) == np.inf
    assert ratio(brazil, run("BRA"), "output per head", 1990) > 1.2
    assert at(korea, "debt to output", 1975) > 1.2 * at(run("KOR"), "debt to output", 1975)
    assert over(korea, "import compression", 1970, 1985).mean() > (
        over(run("KOR"), "import compression", 1970, 1985).mean() + 0.05
    )
    assert ratio(korea, run("KOR"), "output per head", 1990) < 0.7


@OFFICIAL
def test_with_the_incentives_of_brazil_korea_loses_credit(run: Runs) -> None:
    lever = "export orientation"
    korea = run("KOR", levers={lever: like(run.lever("BRA", lever), 1961)}, until=1990)
    lowest = [over(one, "credit access", 1980, 1990).min() for one in (korea, run("KOR"))]
    assert lowest[0] < lowest[1] - 0.05


def test_discipline_swapped_moves_exports_debt_and_output_the_right_way(history: Runs) -> None:
    name = "state autonomy"
    for iso3, other, sign in (("KOR", "BRA", -1), ("BRA", "KOR", 1)):
        swapped, base = history(iso3, {name: history.value(other, name)}), history(iso3)
        for what, gain in (("exports", sign), ("output per head", sign), ("debt to output", -sign)):
            assert gain * (ratio(swapped, base, what, 1980) - 1) > 0.005


@pytest.mark.parametrize(("iso3", "sign"), [("KOR", -1), pytest.param("BRA", 1, marks=OFFICIAL)])
def test_discipline_swapped_moves_credit_the_right_way(history: Runs, iso3: str, sign: int) -> None:
    name, other = "state autonomy", {"KOR": "BRA", "BRA": "KOR"}[iso3]
    swapped, base = history(iso3, {name: history.value(other, name)}), history(iso3)
    access = [over(one, "credit access", 1981, 1988).mean() for one in (swapped, base)]
    assert sign * (access[0] - access[1]) > 0


@TWO
def test_rising_support_opens_the_fiscal_gap(run: Runs, iso3: str) -> None:
    low, high = support(run, iso3)
    gaps = [at(one, "fiscal gap", 1978) / at(one, "output", 1978) for one in (low, high)]
    assert gaps[1] > gaps[0] + 0.02


def test_and_where_capital_is_not_disciplined_the_external_one(run: Runs) -> None:
    def gap(name: str, autonomy: float) -> float:
        low, high = support(run, "BRA", {"state autonomy": autonomy})
        return float(over(high, name, 1975, 1980).mean() - over(low, name, 1975, 1980).mean())

    assert gap("debt to output", 0.1) > 0.005
    assert gap("debt to output", 0.1) > gap("debt to output", 0.95)
    assert gap("import compression", 0.1) > 1.5 * gap("import compression", 0.95) > 0
    assert gap("new arrears", 0.1) > 1.3 * gap("new arrears", 0.95) > 0
    assert gap("credit access", 0.1) < min(-0.005, gap("credit access", 0.95))


@EARNING
def test_undisciplined_support_deepens_the_loss_of_credit(run: Runs) -> None:
    low, high = support(run, "BRA", {"state autonomy": 0.1})
    assert over(high, "credit access", 1981, 1986).mean() < over(low, "credit access", 1981, 1986).mean()


@TWO
def test_petrodollars_swell_the_debt(run: Runs, iso3: str) -> None:
    debt, access = [], []
    for elasticity in (0.0, 0.5, 1.0):
        one = run(iso3, {"petrodollar elasticity": elasticity}, until=1986)
        # In constant dollars: borrowed money also raises output and its price for a while.
        debt.append(at(one, "external debt", 1979) + at(one, "arrears", 1979))
        access.append(over(one, "credit access", 1981, 1986).min())
    assert 1.1 * debt[0] < debt[1] < debt[2] / 1.1
    assert access[0] > access[1] > access[2]


@TWO
def test_unpaid_interest_is_capitalised(run: Runs, iso3: str) -> None:
    crisis = run(iso3, world={"world interest rate": scaled(5.0, 1980, 1982)}, until=1986)
    owed = over(crisis, "external debt", 1980, 1986) + over(crisis, "arrears", 1980, 1986)
    unpaid = over(crisis, "new arrears", 1980, 1986) + over(crisis, "interest on arrears", 1980, 1986)
    lightened = over(crisis, "debt relief", 1980, 1986) + over(crisis, "world inflation", 1980, 1986) * owed
    added = np.trapezoid(over(crisis, "net borrowing", 1980, 1986) + unpaid - lightened, dx=0.25)
    assert np.trapezoid(unpaid, dx=0.25) > 0.01 * owed[0]
    assert owed[-1] - owed[0] == pytest.approx(added, abs=0.02 * owed[0])


def test_capital_flees_when_credit_is_in_doubt(run: Runs) -> None:
    base = run("BRA")
    flight = over(base, "capital flight", 1960, 1990) / over(base, "output in dollars", 1960, 1990)
    years = np.arange(1960, 1990.1, 0.25)
    assert flight[(years >= 1982) & (years < 1985)].mean() > 3 * flight[years < 1980].mean()
