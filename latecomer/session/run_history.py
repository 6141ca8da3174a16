"""A run against the figures of the study: panels, scores, and what it gets wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from latecomer.calibrate.score import Score, score_run
from latecomer.report.content import Line, ScoreRow
from latecomer.report.runs_content import Panel
from latecomer.session.check import CountryRun, shortfalls
from latecomer.session.limits import limits
from latecomer.session.material import observed
from latecomer.session.reproduce import score_row
from latecomer.session.run_sides import Side
from latecomer.session.run_statistics import band
from latecomer.study.accounts import Books
from latecomer.study.study import Study
from latecomer.study.targets import Target


def middle_run(side: Side) -> xr.Dataset:
    """The middle of each variable over the draws of a run; a run without draws as it is."""
    data = side.run.data
    return data.median("draw", keep_attrs=True) if "draw" in data.dims else data


def scores_of(study: Study, side: Side) -> list[Score]:
    """The scores of the middle of a run, of the targets whose variables it has; see `score_run`."""
    middle = middle_run(side)
    absent = {t.variable for t in study.targets.targets} - set(middle.data_vars)
    nothing = xr.full_like(middle["time"], np.nan, dtype=float)
    scored = score_run(study, side.run.iso3, middle.assign(dict.fromkeys(absent, nothing)))
    lacking = {t.series for t in study.targets.targets if t.variable in absent}
    return [one for one in scored if one.series not in lacking]


def record_end(study: Study, iso3: str) -> float | None:
    """The last year of any figure that a country is held against; None without any."""
    years = [years[-1] for t in study.targets.targets if (years := observed(study, iso3, t)[0])]
    return max(years) if years else None


def fit_panels(study: Study, side: Side, scores: Sequence[Score]) -> Iterator[Panel]:
    """Every target with figures within the years of a run: its middle, its band and its score."""
    rows = {one.series: score_row(one) for one in scores}
    for target in study.targets.targets:
        panel = fit_panel(study, side, target, rows.get(target.series))
        if panel is not None:
            yield panel


def fit_panel(study: Study, side: Side, target: Target, score: ScoreRow | None) -> Panel | None:
    """One target; None where the run lacks its variable or no figure lies within its years."""
    values, years = side.values(target.variable), side.run.years
    at, figures, source = observed(study, side.run.iso3, target)
    if values is None or not at:
        return None
    held = Line(at, figures).within(years[0], years[-1])
    if not len(held.years):
        return None
    shown = (years >= min(held.years)) & (years <= max(held.years))
    return Panel(
        target.series,
        side.unit(target.variable),
        [side.drawn(band(years[shown], values[..., shown]))],
        figures=held,
        source=source,
        scale="log" if target.transformation == "log" else "linear",
        score=score,
    )


def fit_said(side: Side, panels: Sequence[Panel]) -> Iterator[str]:
    """How close a run comes to the figures, in sentences."""
    rows = [panel.score for panel in panels if panel.score is not None]
    what = "this run" if side.run.draws is None else "the middle of these draws"
    if not rows:
        yield "No series has five figures or more within the years of this run, so none is scored."
        return
    judged = [row for row in rows if row.holds is not None]
    held = sum(bool(row.holds) for row in judged)
    unjudged = len(rows) - len(judged)
    more = f"; {unjudged} more have no tolerance set" if unjudged else ""
    if judged:
        yield f"{held} of {len(judged)} judged series of {what} stay within their tolerance{more}."
    else:
        yield f"{unjudged} series of {what} are scored; none has a tolerance set to judge it by."
    best, worst = (pick(rows, key=lambda row: row.nrmsd) for pick in (min, max))
    if len(rows) > 1:
        yield (
            f"Nearest to its figures is {best.series} (NRMSD {best.nrmsd:.3f}), farthest {worst.series} "
            f"(NRMSD {worst.nrmsd:.3f})."
        )
    inside = [spot for panel in panels for spot in within(panel)]
    if inside:
        share = 100 * sum(inside) / len(inside)
        yield (
            f"{sum(inside)} of {len(inside)} figures ({share:.0f} %) lie within the 80 % band. A band that "
            "held everything unknown would hold 80 %: this one holds luck alone."
        )


def within(panel: Panel) -> Iterator[bool]:
    """For each figure of a panel whether it lies in the band; nothing without a band."""
    one, figures = panel.lines[0].band, panel.figures
    if one.low is None or one.high is None or figures is None:
        return
    ends = dict(zip(np.asarray(one.years).tolist(), zip(one.low, one.high, strict=True), strict=True))
    for year, figure in zip(figures.years, figures.values, strict=True):
        if year in ends:
            low, high = ends[year]
            yield bool(low <= figure <= high)


def wrong(study: Study, side: Side, scores: Sequence[Score]) -> list[str]:
    """What the middle of a run gets wrong: why tolerances are known to be missed, and what the runs show."""
    iso3, name = side.run.iso3, study.countries[side.run.iso3].name
    missed = {one.series for one in scores if one.holds is False}
    known: Mapping[tuple[str, str], str] = shortfalls(study)
    said = [
        f"{name}, {series}: {why}." for (of, series), why in known.items() if of == iso3 and series in missed
    ]
    middle = middle_run(side)
    times = set(side.run.years.tolist())
    event = study.outcomes.event
    told = (event is None or event.variable in middle) and all(
        past.year in times for past in study.countries[iso3].record
    )
    if not told or {t.variable for t in study.targets.targets} & set(side.run.lacking):
        return said
    one = CountryRun(iso3, middle, tuple(scores), Books(np.zeros(0), {}))
    return [*said, *(line for line in limits(study, [one]))]
