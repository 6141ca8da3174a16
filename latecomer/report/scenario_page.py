"""The page of a scenario as one HTML file that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from latecomer.report.axes import number
from latecomer.report.charts import Frame, Trace, chart
from latecomer.report.files import part, write_output
from latecomer.report.page import environment, picture
from latecomer.report.policy import sealed
from latecomer.report.scenario_content import Comparison, CountryScenario, ScenarioReport
from latecomer.study.reference import reference_root

PAGE = "scenario.html"
TEMPLATE = "scenario.html.j2"


def write_scenario(out: Path, report: ScenarioReport, templates: Path | None = None) -> Path:
    """Write `report` as `out`/scenario.html and return that path.

    `templates`: see `render_scenario`. Raises `InputError` where `out` cannot be written to.
    """
    return write_output(Path(out) / PAGE, render_scenario(report, templates).encode())


def render_scenario(report: ScenarioReport, templates: Path | None = None) -> str:
    """The text of the page; the same text for the same report.

    `templates` is a folder with scenario.html.j2, style.css and tips.js; without it the reference study's.
    """
    folder = templates or reference_root() / "reports" / "templates"
    page = environment(folder)
    page.filters |= {"percent": percent, "amount": amount}
    return sealed(
        page.get_template(TEMPLATE).render(
            report=report,
            style=Markup(part(folder / "style.css")),
            script=Markup(part(folder / "tips.js")),
            plots={
                one.iso3: [(c, picture(comparison_chart(one, c, report.is_base))) for c in one.comparisons]
                for one in report.countries
            },
            ends=ends(report.countries),
        )
    )


def percent(change: float | None) -> str:
    """A change in per cent, with its sign.

    >>> percent(0.125), percent(-0.004), percent(None)
    ('+12 %', '0 %', '–')
    """
    if change is None or not math.isfinite(change):
        return "–"
    whole = round(100 * change)
    return f"{'+' if whole > 0 else '−' if whole < 0 else ''}{abs(whole)} %"


def amount(value: float) -> str:
    """A value to three digits, whole thousands in full.

    >>> amount(0.12345), amount(2512.3)
    ('0.123', '2512')
    """
    return number(value, 3 if abs(value) < 1000 else 4)


def comparison_chart(country: CountryScenario, one: Comparison, is_base: bool) -> str:
    """The small chart of one variable: the scenario's line over that of the base."""
    traces = [Trace("scenario", one.years, one.scenario, "model")]
    if not is_base:
        traces.insert(0, Trace("baseline", one.years, one.base, "base"))
    return chart(f"{one.name}, {country.name}: baseline and scenario, in {one.unit}", traces, Frame())


def ends(countries: Sequence[CountryScenario]) -> list[tuple[str, list[Any]]]:
    """Every variable with what each country ends at; None where a country lacks the variable.

    >>> some = CountryScenario("KOR", "Korea", "", [Comparison("output", "", [1], [1.0], [2.0])])
    >>> [(name, [cell.change for cell in cells]) for name, cells in ends([some])]
    [('output', [1.0])]
    """
    names = dict.fromkeys(one.name for country in countries for one in country.comparisons)
    held = [{one.name: one for one in country.comparisons} for country in countries]
    return [(name, [of.get(name) for of in held]) for name in names]
