"""The page of some runs as plain data, from the runs and their study."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from latecomer.files import read_text
from latecomer.language.headings import sector_notes
from latecomer.report.runs_content import CountryPart, Panel, RunsPage, SectorPart
from latecomer.session.chapter import chapter
from latecomer.session.run_chances import chances, chances_said, chances_table
from latecomer.session.run_choice import changed_names, outcomes, plain_note, sectors
from latecomer.session.run_facts import facts
from latecomer.session.run_folders import LoadedRun
from latecomer.session.run_history import fit_panels, fit_said, record_end, scores_of, wrong
from latecomer.session.run_outcomes import difference_panels, ends_table, outcome_rows, paths
from latecomer.session.run_sides import RECORD, Side, common_years, hows, middle_only, sides
from latecomer.session.run_sources import sources
from latecomer.session.run_words import caveats, forecast, several, single
from latecomer.study.reference import MARK
from latecomer.study.study import Study

WRONG: Final = "What the model gets wrong"
"""The heading of the passage of the chapter that stands on every page."""

COUNTS: Final = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven", 8: "Eight"}


def runs_page(study: Study, runs: Sequence[LoadedRun]) -> RunsPage:
    """The page as plain data; runs of several countries are grouped, and compared within a country only."""
    own = study.outcomes
    grouped = {iso3: sides([run for run in runs if run.iso3 == iso3], own) for iso3 in countries_of(runs)}
    told = chapter(study)
    kept = [] if told is None else [part for part in told.passages if part.heading == WRONG]
    return RunsPage(
        title=title(study, grouped),
        lead=lead(grouped, own.subject),
        countries=[country_part(study, group) for group in grouped.values()],
        wrong=[*forecast(own.event), *(line for part in kept for line in part.lines)],
        sources=sources(study, runs),
        generated=f"Made on {datetime.date.today():%d %B %Y} with latecomer {version('latecomer')}.",
        caveats=list(caveats(runs)),
        event=own.event,
        glossary=own.glossary,
        open=own.pages.open,
    )


def countries_of(runs: Sequence[LoadedRun]) -> list[str]:
    """The countries of some runs, each once, in their order."""
    return list(dict.fromkeys(run.iso3 for run in runs))


def title(study: Study, grouped: dict[str, list[Side]]) -> str:
    """What a page is about, in a line."""
    names = [short_name(study, iso3) for iso3 in grouped]
    if len(grouped) > 1:
        return f"Runs of {', '.join(names[:-1])} and {names[-1]}"
    (group,) = grouped.values()
    first, *others = (side.name for side in group)
    if others:
        listed = others[0] if len(others) == 1 else f"{', '.join(others[:-1])} and {others[-1]}"
        return f"{names[0]}: {listed} against {first}"
    span = "{:g}–{:g}".format(*group[0].run.manifest["years"])
    where = f"on {first}" if first == RECORD else f"under “{first}”"
    return f"{names[0]} {where}, {span}"


def short_name(study: Study, iso3: str) -> str:
    """The name of a country without what stands after its comma."""
    return study.countries[iso3].name.partition(",")[0]


def lead(grouped: dict[str, list[Side]], subject: str) -> str:
    """What a reader holds in hand."""
    count = sum(map(len, grouped.values()))
    what = "One run" if count == 1 else f"{COUNTS.get(count, count)} runs"
    apart = ", grouped by country; runs are compared within a country only" if len(grouped) > 1 else ""
    return f"{what} of latecomer, {subject}{apart}."


def country_part(study: Study, group: Sequence[Side]) -> CountryPart:
    """Everything on the runs of one country."""
    base, *others = group
    iso3 = base.run.iso3
    name, years, record = short_name(study, iso3), common_years(group), record_end(study, iso3)
    told = outcomes(study)
    rows = outcome_rows(group, told, years, record)
    scores = scores_of(study, base)
    panels = list(fit_panels(study, base, scores))
    fitted = list(fit_said(base, panels))
    said = several(group, name, rows, years[-1]) if others else [*single(base, name, record), fitted[0]]
    return CountryPart(
        iso3=iso3,
        name=name,
        summary=list(said),
        how=hows(base, others),
        runs=facts(study, group),
        outcomes=rows,
        outcomes_caption=caption(group, years[-1]),
        ends=None if others else ends_table(base, told, rows),
        paths=list(paths(group, told)),
        differences=list(difference_panels(group, told, years)) if others else [],
        chances=chances(group),
        chances_said=list(chances_said(group)),
        chances_table=chances_table(group, years),
        fit=panels,
        fit_said=fitted,
        sectors=sector_parts(study, group),
        wrong=wrong(study, base, scores),
    )


def caption(group: Sequence[Side], last: float) -> str:
    """What the numbers of the table of outcomes are."""
    drawn = any(side.run.draws is not None for side in group)
    value = f"Value in {last:g}"
    value += ": the middle of the draws and their 80 % band" if drawn else ""
    if len(group) == 1:
        ends = "The first and the last year"
        return f"{ends}: the middle of the draws, and their 80 % band in the last." if drawn else f"{ends}."
    base = group[0].letter
    event, test = group[0].outcomes.event, ""
    if event is not None:
        test = (
            f" For {event.words.noun} the exact test of paired draws (McNemar), or of independent ones "
            "(Fisher), at 10 and 20 %."
        )
    return (
        f"{value}; below it the difference from {base} with its 80 % band. “Clearly”: the 90 % band of the "
        f"difference leaves nought out; “probably”: the 80 % band does.{test}"
    )


def sector_parts(study: Study, group: Sequence[Side]) -> list[SectorPart]:
    """The main variables of each sector of the model text, of every run that has them."""
    text = study.model.text
    notes = sector_notes(read_text(study.root / MARK, "the model text", "restore the file"))
    changed = [name for side in group for name in changed_names(list(map(str, side.run.manifest["changes"])))]
    parts = []
    for sector, variables in sectors(text, study.outcomes.pages.sectors, changed).items():
        made = (sector_panel(group, one.name, one.note) for one in variables)
        panels = [panel for panel in made if panel is not None]
        if panels:
            parts.append(SectorPart(sector, notes.get(sector, ""), panels))
    return parts


def sector_panel(group: Sequence[Side], name: str, note: str) -> Panel | None:
    """A variable of every run that has it; of several runs without bands, which would hide each other."""
    lines = [line for side in group if (line := side.line(name)) is not None]
    if not lines:
        return None
    unit = next(side.unit(name) for side in group if name in side.run.data)
    if len(lines) > 1:
        lines = [middle_only(line) for line in lines]
    return Panel(name, unit, lines, plain_note(note))
