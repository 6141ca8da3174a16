"""Too few exports, rising support and dear imports lead to debt; dear money and fear then end the lending."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from latecomer.language.model_text import TIME, Kind
from latecomer.language.syntax import Lookup, Number, Reference, Table, walk
from latecomer.study.levers import TABLE
from tests.claims import claim
from tests.mechanism_runs import (
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
OTHER = {"KOR": "BRA", "BRA": "KOR"}
ORIENTATION = "export orientation"


def access(run: xr.Dataset, first: float = 1981, last: float = 1986) -> Array:
    return over(run, "credit access", first, last)


def support(run: Runs, iso3: str, autonomy: float) -> list[xr.Dataset]:
    """No support from 1974 on, and full support."""
    levers = [{"industrial support": since(1974, level)} for level in (0.0, 1.0)]
    return [run(iso3, {"state autonomy": autonomy}, lever, until=1990) for lever in levers]


@claim("BRA", "KOR")
def test_brazil_loses_its_credit_around_1982_and_korea_is_shaken_and_keeps_it(run: Runs, iso3: str) -> None:
    lowest = access(run(iso3), 1978, 1990).min()
    if iso3 == "BRA":
        assert 1981 <= loss_of_credit(run(iso3)) <= 1983
        assert lowest < 0.5
    else:
        assert 0.5 < lowest < 0.997
        assert loss_of_credit(run(iso3)) == np.inf


def test_korea_owes_no_less_for_its_output_and_earns_more(history: Runs) -> None:
    korea, brazil, india = history("KOR"), history("BRA"), history("IND")
    assert at(korea, "debt to output", 1980) > 0.8 * at(brazil, "debt to output", 1980)
    assert at(korea, "exports to output", 1980) > 2 * at(brazil, "exports to output", 1980)
    assert at(korea, "market debt service ratio", 1981) < 0.8 * at(brazil, "market debt service ratio", 1981)
    # India borrows on official terms.
    assert access(india, 1978, 1990).min() > 0.5
    assert at(india, "concessional share", 1981) > 2 * at(brazil, "concessional share", 1981)


def test_no_equation_knows_a_calendar_year_or_a_country(run: Runs) -> None:
    study = run.study
    for variable in study.model.text.variables:
        if variable.kind is Kind.CONTROL or isinstance(variable.definition, Table):
            continue
        numbers = [node.value for node in walk(variable.definition) if isinstance(node, Number)]
        assert not [number for number in numbers if 1900 <= abs(number) <= 2100], variable.name
    tables = [study.parameters, *(country.parameters for country in study.countries.values())]
    assert not [p.name for table in tables for p in table.values() if p.unit == "Year" and p.value > 1000]
    names = " ".join(variable.name.lower() for variable in study.model.text.variables)
    assert not [
        country.name for country in study.countries.values() if country.name.split(",")[0].lower() in names
    ]


def test_time_is_read_by_drivers_and_levers_only(run: Runs) -> None:
    text = run.study.model.text
    outside = {lever + TABLE for lever in run.study.levers} | set(run.study.drivers.sources)
    for variable in text.variables:
        nodes = list(walk(variable.definition))
        dated = [node for node in nodes if isinstance(node, Lookup) and node.argument == Reference(TIME)]
        assert {text.by_key[node.table].name for node in dated} <= outside, variable.name
        assert sum(node == Reference(TIME) for node in nodes) == len(dated), variable.name


def test_with_calm_rates_and_oil_the_breakdown_is_milder_later_or_absent(history: Runs) -> None:
    base, calm = history("BRA"), history("BRA", world=calm_rate(history))
    calmest = history("BRA", world=calm_rate(history) | {"oil price": no_shock})
    left = [access(one, 1982, 1986).mean() for one in (base, calm, calmest)]
    assert left[0] + 0.05 < left[1] < left[2]
    assert loss_of_credit(calm) > loss_of_credit(base) + 0.5
    assert loss_of_credit(calmest) > 1990
    assert ratio(calmest, base, "output per head", 1988) > 1.05


@claim("KOR", "BRA")
def test_a_tenfold_rate_ends_credit_at_once_and_a_low_one_keeps_it(run: Runs, iso3: str) -> None:
    dear, free = (run(iso3, world={"world interest rate": scaled(f, 1979)}, until=1986) for f in (10.0, 0.0))
    assert 1978 <= loss_of_credit(dear) < 1981.5
    assert loss_of_credit(free) == np.inf
    assert ratio(dear, free, "imports", 1983) < 0.8
    assert ratio(dear, free, "output per head", 1986) < 0.95


@claim("KOR", "TUR")
def test_dear_oil_strains_credit(run: Runs, iso3: str) -> None:
    base, shock = (run(iso3, world={"oil price": scaled(f, 1979)}, until=1984) for f in (1.0, 10.0))
    assert access(shock, 1979, 1984).mean() < access(base, 1979, 1984).mean() - 0.02
    strain = [over(one, "credit strain", 1979, 1984).mean() for one in (base, shock)]
    assert strain[1] > strain[0] + 0.01


@claim("KOR", "BRA")
def test_export_incentives_swapped_swap_the_standing_with_lenders(run: Runs, iso3: str) -> None:
    lever = {ORIENTATION: like(run.lever(OTHER[iso3], ORIENTATION), 1961)}
    swapped, base = run(iso3, levers=lever, until=1990), run(iso3, until=1990)
    gained = access(swapped, 1980, 1988).min() - access(base, 1980, 1988).min()
    output = ratio(swapped, base, "output per head", 1990)
    if iso3 == "BRA":
        assert gained > 0.15
        assert output > 1.2
    else:
        assert gained < -0.006
        assert at(swapped, "debt to output", 1975) > 1.2 * at(base, "debt to output", 1975)
        assert output < 0.75


@claim("KOR", "BRA")
def test_petrodollars_swell_the_debt_that_then_ends_credit(run: Runs, iso3: str) -> None:
    dry, usual, flush = (run(iso3, {"petrodollar elasticity": e}, until=1986) for e in (0.0, 0.5, 1.0))
    # In constant dollars: borrowed money also raises output and its price for a while.
    debt = [at(one, "external debt", 1979) + at(one, "arrears", 1979) for one in (dry, usual, flush)]
    assert 1.05 * debt[0] < debt[1] < debt[2] / 1.05
    lowest = [access(one).min() for one in (dry, usual, flush)]
    assert lowest[0] > lowest[1] > lowest[2]
    assert lowest[0] > lowest[2] + 0.01


@pytest.mark.parametrize(("iso3", "sign"), [("KOR", -1), ("BRA", 1)])
def test_discipline_swapped_moves_exports_output_and_credit_the_right_way(
    history: Runs, iso3: str, sign: int
) -> None:
    swapped = history(iso3, {"state autonomy": history.value(OTHER[iso3], "state autonomy")})
    base = history(iso3)
    for what, gain in (("manufactured exports", sign), ("output per head", sign)):
        assert gain * (ratio(swapped, base, what, 1980) - 1) > 0.002
    assert sign * (access(swapped, 1981, 1988).mean() - access(base, 1981, 1988).mean()) > 0


def test_rising_support_opens_the_fiscal_gap_and_undisciplined_the_external_one_too(run: Runs) -> None:
    def gap(name: str, autonomy: float, first: float = 1975, last: float = 1980) -> float:
        low, high = support(run, "BRA", autonomy)
        return float(over(high, name, first, last).mean() - over(low, name, first, last).mean())

    for autonomy in (0.1, 0.95):
        low, high = support(run, "BRA", autonomy)
        assert at(high, "fiscal gap", 1978) > at(low, "fiscal gap", 1978) + 0.02 * at(high, "output", 1978)
    assert gap("debt to output", 0.1) > max(0.005, gap("debt to output", 0.95))
    assert gap("import compression", 0.1) > 0.005
    assert gap("credit access", 0.1, 1981, 1986) < min(-0.01, gap("credit access", 0.95, 1981, 1986))


@TWO
def test_unpaid_interest_is_capitalised(run: Runs, iso3: str) -> None:
    crisis = run(iso3, world={"world interest rate": scaled(5.0, 1980, 1982)}, until=1986)
    owed = over(crisis, "external debt", 1980, 1986) + over(crisis, "arrears", 1980, 1986)
    unpaid = over(crisis, "new arrears", 1980, 1986) + over(crisis, "interest on arrears", 1980, 1986)
    lightened = over(crisis, "debt relief", 1980, 1986) + over(crisis, "world inflation", 1980, 1986) * owed
    added = np.trapezoid(over(crisis, "net borrowing", 1980, 1986) + unpaid - lightened, dx=0.25)
    assert np.trapezoid(unpaid, dx=0.25) > 0.003 * owed[0]
    assert owed[-1] - owed[0] == pytest.approx(added, abs=0.02 * owed[0])


def test_capital_flees_when_credit_is_in_doubt(run: Runs) -> None:
    base = run("BRA")
    flight = base["capital flight"] / base["output in dollars"]
    calm, doubt = flight.sel(time=slice(1960, 1979)), flight.sel(time=slice(1982, 1985))
    assert doubt.mean() > 3 * calm.mean()
