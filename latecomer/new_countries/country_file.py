"""A country file by rule: every parameter of a country from its figures, and the text of the file.

No rule knows a country by name. Where a figure is missing a stand-in is taken, which the rule tells, with a
wider prior. What is judged in the files of countries that were studied one by one (mobilisation, grants, oil)
is judged here from the nearest figure, and less well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from latecomer.data.observations import Observations
from latecomer.errors import refuse
from latecomer.new_countries.rules.figures import Figures, NamedFigure, fixed, great_circle
from latecomer.new_countries.rules.finance import (
    budget_parameters,
    credit_parameters,
    emission_parameters,
    inflow_parameters,
)
from latecomer.new_countries.rules.production import (
    capability_parameters,
    capital_parameters,
    price_parameters,
)
from latecomer.new_countries.rules.state import labour_parameters, politics_parameters, state_parameters
from latecomer.new_countries.rules.trade import trade_parameters
from latecomer.study.parameters import Parameter

FUEL_SHARE = "fuel share of primary exports"
ORDER = (
    "state autonomy",
    "initial mobilisation",
    "initial discipline",
    "initial capture",
    "learning effectiveness",
    "initial relative capability",
    "investment base",
    "capital per investment",
    "depreciation rate",
    "government consumption share",
    "initial relative productivity",
    "initial output",
    "initial capital",
    "initial investment share",
    "initial manufacturing employment share",
    "initial labour share",
    "real exchange rate base",
    "initial real exchange rate",
    "initial manufactured exports",
    "initial primary exports",
    "primary demand elasticity",
    "primary supply elasticity",
    FUEL_SHARE,
    "oil import share",
    "oil endowment",
    "other import share",
    "initial primary gap",
    "tax share",
    "initial domestic public debt",
    "aid share",
    "remittance share",
    "direct investment share",
    "initial direct investment stock",
    "initial external debt",
    "initial arrears",
    "initial reserves",
    "initial foreign assets",
    "initial interest rate",
    "initial credit access",
    "frontier output per head",
    "initial state capability",
    "institutional quality",
    "initial emissions",
    "initial inequality",
    "initial domestic linkages",
    "link distance",
    "carbon transition",
)
NEAREST = 225.0


@dataclass(frozen=True)
class Place:
    """What no figure tells of a country: its name, its hub's, and where the two capitals lie.

    `capital`, `hub_capital`: latitude and longitude, degrees, north and east positive.
    """

    iso3: str
    name: str
    capital: tuple[float, float]
    hub: str
    hub_capital: tuple[float, float]


def link_distance(place: Place) -> Parameter:
    """How far the hub of production networks is.

    distance = 1 + ln(kilometres / 500); the great circle between the capitals, 225 km at least, Dmnl
    """
    kilometres = max(great_circle(place.capital, place.hub_capital), NEAREST)
    text = f"scale: 1 + ln(kilometres/500) of the great circle between the capitals, {kilometres:.0f} km"
    said = NamedFigure("link distance", "Dmnl", f"Distance to the hub, {place.hub}", text)
    return fixed(
        said, round(1 + math.log(kilometres / 500), 3), (0.1, 5.0) if kilometres < 410 else (0.8, 5.0)
    )


def country_parameters(observed: Observations, place: Place, start: int, end: int) -> tuple[Parameter, ...]:
    """Every parameter of a country file, in its order, from the figures of one country and the world's.

    `observed` holds the tables of the country, WLD and USA; the runs go from `start` to `end`. Raises
    InputError when a figure that has no stand-in is missing: output, capital, employment, human capital,
    population, trade, investment or output at current dollars of the first year.
    """
    figures = Figures(observed, place.iso3, start, end)
    made = [
        *state_parameters(figures),
        *politics_parameters(figures),
        *labour_parameters(figures),
        *budget_parameters(figures),
        *emission_parameters(figures),
        *capability_parameters(figures),
        *capital_parameters(figures),
        *price_parameters(figures),
        *trade_parameters(figures),
        *inflow_parameters(figures),
        *credit_parameters(figures),
        link_distance(place),
    ]
    named = {parameter.name: parameter for parameter in made}
    return tuple(named[name] for name in ORDER)


def parameter_text(parameter: Parameter) -> str:
    """One parameter as it stands in a country file."""
    if parameter.range is None:
        raise refuse(f"parameter '{parameter.name}'", "choices", "a range", "write the choices by hand")
    lines = [
        f'[parameters."{parameter.name}"]',
        f"value = {parameter.value!r}",
        f'unit = "{parameter.unit}"',
        f"range = [{parameter.range[0]!r}, {parameter.range[1]!r}]",
    ]
    if (prior := parameter.prior) is not None:
        lines.append(
            f'prior = {{family = "{prior.family}", centre = {prior.centre!r}, spread = {prior.spread!r}}}'
        )
    return "\n".join([*lines, f'note = "{parameter.note}"', f'source = "{parameter.source}"'])


def country_text(place: Place, start: int, end: int, parameters: Iterable[Parameter], policy: str) -> str:
    """A country file: head, window, parameters, and the policy regimes as they are given, a TOML text."""
    head = f'iso3 = "{place.iso3}"\nname = "{place.name}"\n\n[window]\nstart = {start}\nend = {end}\n'
    body = "\n\n".join(parameter_text(parameter) for parameter in parameters)
    levers = "# Policy levers: dated regimes; between two dates the level is linear."
    regimes = policy.strip() if levers in policy else f"{levers}\n\n{policy.strip()}"
    written = (
        f"{head}\n# Country parameters and initial stocks, made by rule from the observation "
        f"tables.\n\n{body}\n"
    )
    return f"{written}\n{regimes}\n" if policy.strip() else written
