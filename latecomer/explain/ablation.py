"""What a mechanism does in a run: the same run once more with the switch of the mechanism at nought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from latecomer.study.changed_tables import changed_lever
from latecomer.study.levers import TABLE
from latecomer.study.mechanisms import Case, Mechanism
from latecomer.study.run_spec import METHOD, resolve
from latecomer.study.study import NO_FIT, Study

if TYPE_CHECKING:
    import xarray as xr

REFERENCE = "reference"
# what is nearer to nought is rounding
NOUGHT = 1e-9


@dataclass(frozen=True, slots=True)
class Effect:
    """A variable in one year, in its unit: with every mechanism, and without one."""

    variable: str
    unit: str
    whole: float
    without: float

    @property
    def relative(self) -> float | None:
        """The change by which the removal shows, as a fraction; None where there is nothing to divide by.

        >>> Effect("exports", "Dmnl", 2.0, 1.5).relative, Effect("capture", "Dmnl", 0.0, 1.5).relative
        (-0.25, None)
        """
        if abs(self.whole) < NOUGHT or self.whole * self.without < 0:
            return None
        return self.without / self.whole - 1

    @property
    def absolute(self) -> float:
        """The change in the unit of the variable."""
        return self.without - self.whole


@dataclass(frozen=True, slots=True)
class Ablation:
    """The effect of removing one row in its case, on its indicator and on the main outcome, if any."""

    row: str
    case: Case
    fit: str
    indicator: Effect
    head: Effect | None


def ablations(study: Study, rows: Iterable[Mechanism]) -> list[Ablation]:
    """Each row removed in its case. Raises InputError as the runs do."""
    return [ablation(study, row) for row in rows]


def ablation(study: Study, row: Mechanism) -> Ablation:
    """One row removed: two runs of its case, with the parameters of its fit."""
    fit = fit_of(study, row.case)
    whole, without = (run_case(study, row.case, changes) for changes in ({}, {row.switch: 0.0}))
    indicator = effect(whole, without, row.indicator, row.case.year)
    main = study.outcomes.pages.head
    head = None if main is None else effect(whole, without, main, row.case.year)
    return Ablation(row.id, row.case, fit, indicator, head)


def fit_of(study: Study, case: Case) -> str:
    """The name of the fit of a case: its own, or the reference fit where it holds the country, or none."""
    if case.fit is not None:
        return case.fit
    held = REFERENCE in study.fits and case.country in study.fits[REFERENCE].countries
    return REFERENCE if held else NO_FIT


def run_case(study: Study, case: Case, changes: Mapping[str, float]) -> xr.Dataset:
    """A run of a case from the first year of its country to the year of the case, saved once a year."""
    start = study.countries[case.country].window.start
    changed, years = {**case.parameters, **changes}, (start, case.year)
    setup = resolve(
        study, case.country, fit_of(study, case), case.scenario, parameters=changed, years=years
    ).setup
    tables = dict(setup.tables)
    for lever, change in case.levers.items():
        tables[lever + TABLE] = changed_lever(tables[lever + TABLE], change, start)
    return study.model.run(
        years=setup.years,
        method=METHOD,
        parameters=setup.parameters,
        drivers=tables,
        save_every=1.0,
        backend="numpy",
    )


def effect(whole: xr.Dataset, without: xr.Dataset, name: str, year: int) -> Effect:
    """A variable of two runs in one year; what is rounding is nought."""
    paths = [path(run, name) for run in (whole, without)]
    one, other = (float(values.sel(time=float(year))) for values in paths)
    unit = str(paths[0].attrs.get("units", ""))
    return Effect(name, unit, *(0.0 if abs(value) < NOUGHT else value for value in (one, other)))


def path(run: xr.Dataset, name: str) -> xr.DataArray:
    """A variable over time, of an array one element: `production blocks[garments]`."""
    base, _, subscripts = name.removesuffix("]").partition("[")
    if name in run or not subscripts:
        return run[name]
    array = run[base]
    words = [word.strip() for word in subscripts.split(",")]
    return array.sel(dict(zip((dim for dim in array.dims if dim != "time"), words, strict=True)))
