"""The page of some runs as one HTML file that needs nothing else.

Also here:
- The page of some runs on paper: the same content set by Typst, with the same charts.
- The page of some runs as plain data, from the runs and their study.
- A report on runs that are on disk: one page that stands alone, and the same on paper.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, TypeAlias

from markupsafe import Markup, escape

from latecomer.errors import InputError, refuse
from latecomer.files import LARGEST_TEXT, read_bytes, read_text
from latecomer.language.analysis import sector_notes
from latecomer.outputs import part, refuse_output, write_outputs
from latecomer.report.charts.svg import PRINT, panel_chart
from latecomer.report.content import VERDICTS, CountryPart, Panel, RunsPage, SectorPart
from latecomer.report.narrative.comparison import (
    RECORD,
    ComparedRun,
    changed_names,
    common_years,
    hows,
    middle_only,
    outcomes,
    plain_note,
    sectors,
    sides,
    wanted,
)
from latecomer.report.narrative.debt_crisis import chapter
from latecomer.report.narrative.run_provenance import (
    facts,
    fit_panels,
    fit_sentences,
    record_end,
    scores_of,
    sources,
    wrong,
)
from latecomer.report.narrative.run_summary import (
    caveats,
    chances,
    chances_table,
    difference_panels,
    ends_table,
    event_chances,
    forecast,
    outcome_rows,
    paths,
    several,
    single,
)
from latecomer.report.pages.glossary import glossary, identity, marked, term
from latecomer.report.pages.study import WORDS, environment, picture
from latecomer.report.templates import policy
from latecomer.runs.executor import Progress, silent
from latecomer.runs.manifest import read_manifest
from latecomer.runs.single import refuse_open_books
from latecomer.runs.store import LoadedRun, find_runs, load_run
from latecomer.study.outcome_tables import ThresholdEvent
from latecomer.study.reference import MARK, reference_root
from latecomer.study.study import Study

PAGE_TEMPLATE: Final = "runs.html.j2"

PAGE: Final = "report.html"

STYLES: Final = ("style.css", "runs.css")

SCRIPTS: Final = ("tips.js", "terms.js")

SCREEN_SMALL: Final = (280, 180)

# wide for a screen, narrow for a phone: one drawing scaled down would make its numbers unreadable
SCREEN_WIDE, SCREEN_NARROW = (860, 300), (360, 280)

PLACE: Final = "the policy of this page"


def render_runs(page: RunsPage, live: Markup | None = None, templates: Path | None = None) -> str:
    """The text of the page; the same text for the same content.

    `live`: the live model, which stands after the summary. `templates`: a folder with runs.html.j2,
    style.css, runs.css, tips.js and terms.js; without it the reference study's.
    """
    folder = templates or reference_root() / "reports" / "templates"
    made = environment(folder)
    known = glossary(page.glossary)
    made.filters["marked"] = partial(marked, known=known)
    text = made.get_template(PAGE_TEMPLATE).render(
        page=page,
        live=live,
        policy=PLACE,
        style=joined(folder, STYLES),
        script=joined(folder, SCRIPTS),
        words=WORDS,
        term=partial(term, known=known),
        known=known,
        signs=VERDICTS,
        glossary=[(name, identity(name), said) for name, said in sorted(known.items(), key=alphabet)],
        small=small,
        broad=broad,
        open=page.open,
    )
    return text.replace(PLACE, str(escape(policy(text))), 1)


def alphabet(entry: tuple[str, str]) -> str:
    """The key by which words are sorted, whatever their case.

    >>> alphabet(("NRMSD", ""))
    'nrmsd'
    """
    return entry[0].lower()


def joined(folder: Path, names: Sequence[str]) -> Markup:
    """Some files of a folder one after another, as they go into the page unescaped."""
    return Markup("\n".join(part(folder / name) for name in names))


def small(panel: Panel, country: CountryPart) -> Markup:
    """The chart of a card."""
    return picture(panel_chart(panel, country.name, SCREEN_SMALL))


def broad(panel: Panel, country: CountryPart) -> dict[str, Any]:
    """A chart over the whole width: for a screen and for a phone."""
    return {
        "wide": picture(panel_chart(panel, country.name, SCREEN_WIDE)),
        "narrow": picture(panel_chart(panel, country.name, SCREEN_NARROW)),
    }


PRINT_TEMPLATE: Final = "runs.typ"

PRINTED: Final = "report.pdf"

CURE: Final = "copy it anew from the reference study"

# flatter than on a screen, so that four rows of charts find room on a sheet
PRINT_SMALL: Final = (280, 150)

PRINT_WIDE: Final = (760, 240)

PARTS: Final = ("paths", "differences", "fit")

Form: TypeAlias = Literal["pdf", "png"]


def typesetter() -> Any:
    """The package that prints; raises InputError where the extra `pdf` is not installed."""
    try:
        return import_module("typst")
    except ImportError as error:
        cure = 'pip install "latecomer[pdf]", or leave --pdf out'
        raise refuse("--pdf", "no package typst", "the extra that prints", cure) from error


def typeset(page: RunsPage, templates: Path | None = None, form: Form = "pdf") -> Any:
    """The bytes of the print, or of its pages as pictures with `form` "png".

    Words reach Typst as data, so nothing in them is read as its language; a template, which may be another's,
    reads no file. Fonts are Typst's own, and the file has no date: it depends on nothing but the content.
    """
    folder = templates or reference_root() / "reports" / "templates"
    if not (folder / PRINT_TEMPLATE).is_file():
        folder = reference_root() / "reports" / "templates"
    library = typesetter()
    template = read_bytes(folder / PRINT_TEMPLATE, "a template of Typst", CURE, largest=LARGEST_TEXT)
    with TemporaryDirectory() as empty:
        try:
            return library.compile(
                template,
                root=empty,
                package_path=empty,
                package_cache_path=empty,
                format=form,
                ignore_system_fonts=True,
                sys_inputs={"content": json.dumps(content(page), ensure_ascii=False)},
            )
        except library.TypstError as error:
            raise refuse(
                str(folder / PRINT_TEMPLATE), f"no page ({error})", "a template of Typst", CURE
            ) from error


def content(page: RunsPage) -> dict[str, Any]:
    """The page as plain data, with its charts as SVG text."""
    return {
        "title": page.title,
        "lead": page.lead,
        "generated": page.generated,
        "caveats": list(page.caveats),
        "wrong": list(page.wrong),
        "sources": asdict(page.sources),
        "signs": dict(VERDICTS),
        "glossary": sorted(glossary(page.glossary).items(), key=alphabet),
        "event": None if page.event is None else event_words(page.event),
        "countries": [country(part) for part in page.countries],
    }


def event_words(event: ThresholdEvent) -> dict[str, str]:
    """What the print says of the event: its heading, its variable and its level."""
    return {"heading": event.words.heading, "variable": event.variable, "level": event.words.level}


def country(part: CountryPart) -> dict[str, Any]:
    """One country as plain data."""
    plain = ("iso3", "name", "summary", "how", "outcomes_caption", "chances_said", "fit_said", "wrong")
    return {
        **{name: getattr(part, name) for name in plain},
        "runs": [asdict(run) for run in part.runs],
        "outcomes": [asdict(row) for row in part.outcomes],
        "chances": None if part.chances is None else drawn(part.chances, part.name, PRINT_WIDE),
        "ends": asdict(part.ends) if is_dataclass(part.ends) else None,
        "chances_table": asdict(part.chances_table) if is_dataclass(part.chances_table) else None,
        **{name: cards(getattr(part, name), part.name) for name in PARTS},
        "sectors": [
            {"name": one.name, "note": one.note, "panels": cards(one.panels, part.name)}
            for one in part.sectors
        ],
    }


def cards(panels: Sequence[Panel], name: str) -> list[dict[str, Any]]:
    """Some panels with their charts."""
    return [drawn(panel, name, PRINT_SMALL) for panel in panels]


def drawn(panel: Panel, name: str, size: tuple[int, int]) -> dict[str, Any]:
    """A panel with its chart and its score in words."""
    log = ", log scale" if panel.scale == "log" else ""
    return {
        "name": panel.name,
        "unit": panel.unit + log,
        "note": panel.note,
        "source": panel.source,
        "score": scored(panel),
        "svg": panel_chart(panel, name, size, PRINT),
    }


def scored(panel: Panel) -> str:
    """The score of a panel in words; nothing without one."""
    score = panel.score
    if score is None:
        return ""
    said = f"NRMSD {score.nrmsd:.3f}"
    if score.tolerance is None:
        return said
    return f"{said}, tolerance {score.tolerance:.3f}: {WORDS[score.holds]}"


WRONG: Final = "What the model gets wrong"
"""The heading of the passage of the chapter that stands on every page."""

COUNTS: Final = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven", 8: "Eight"}


def runs_page(study: Study, runs: Sequence[LoadedRun]) -> RunsPage:
    """The page as plain data; runs of several countries are grouped, and compared within a country only."""
    own = study.outcomes
    grouped = {iso3: sides([run for run in runs if run.iso3 == iso3], own) for iso3 in countries_of(runs)}
    details = chapter(study)
    kept = [] if details is None else [part for part in details.passages if part.heading == WRONG]
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


def title(study: Study, grouped: dict[str, list[ComparedRun]]) -> str:
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


def lead(grouped: dict[str, list[ComparedRun]], subject: str) -> str:
    """What a reader holds in hand."""
    count = sum(map(len, grouped.values()))
    what = "One run" if count == 1 else f"{COUNTS.get(count, count)} runs"
    apart = ", grouped by country; runs are compared within a country only" if len(grouped) > 1 else ""
    return f"{what} of latecomer, {subject}{apart}."


def country_part(study: Study, group: Sequence[ComparedRun]) -> CountryPart:
    """Everything on the runs of one country."""
    base, *others = group
    iso3 = base.run.iso3
    name, years, record = short_name(study, iso3), common_years(group), record_end(study, iso3)
    details = outcomes(study)
    rows = outcome_rows(group, details, years, record)
    scores = scores_of(study, base)
    panels = list(fit_panels(study, base, scores))
    fitted = list(fit_sentences(base, panels))
    said = several(group, name, rows, years[-1]) if others else [*single(base, name, record), fitted[0]]
    return CountryPart(
        iso3=iso3,
        name=name,
        summary=list(said),
        how=hows(base, others),
        runs=facts(study, group),
        outcomes=rows,
        outcomes_caption=caption(group, years[-1]),
        ends=None if others else ends_table(base, details, rows),
        paths=list(paths(group, details)),
        differences=list(difference_panels(group, details, years)) if others else [],
        chances=chances(group),
        chances_said=list(event_chances(group)),
        chances_table=chances_table(group, years),
        fit=panels,
        fit_said=fitted,
        sectors=sector_parts(study, group),
        wrong=wrong(study, base, scores),
    )


def caption(group: Sequence[ComparedRun], last: float) -> str:
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


def sector_parts(study: Study, group: Sequence[ComparedRun]) -> list[SectorPart]:
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


def sector_panel(group: Sequence[ComparedRun], name: str, note: str) -> Panel | None:
    """A variable of every run that has it; of several runs without bands, which would hide each other."""
    lines = [line for side in group if (line := side.line(name)) is not None]
    if not lines:
        return None
    unit = next(side.unit(name) for side in group if name in side.run.data)
    if len(lines) > 1:
        lines = [middle_only(line) for line in lines]
    return Panel(name, unit, lines, plain_note(note))


@dataclass(frozen=True, slots=True)
class RunsReport:
    """What a report has left behind: its page, its print where one was asked for, and what it left out."""

    page: Path
    pdf: Path | None
    runs: Sequence[Path]
    left_out: Sequence[str]


def report_runs(
    study: Study,
    places: Sequence[Path],
    out: Path,
    pdf: bool = False,
    live: bool = True,
    progress: Progress = silent,
) -> RunsReport:
    """Write `out`/report.html on the runs in some folders, and report.pdf where `pdf` is asked for.

    `places`: folders of runs, or folders of such folders; the first run of each country is the one that the
    others of it are held against. Raises InputError for what is no run, a damaged one, and an unknown
    country; without the extra `pdf` before anything is written.
    """
    if pdf:
        typesetter()
    for name in (PAGE, PRINTED) if pdf else (PAGE,):
        refuse_output(out / name)
    folders = find_runs(places)
    runs = load_runs(study, folders, progress)
    steps = len(runs) + 2
    progress("page", len(runs), steps)
    page = runs_page(study, runs)
    section, left_out = live_part(study, runs) if live else (None, [])
    templates = runs_templates(study)
    files = {PAGE: render_runs(page, section, templates).encode()}
    progress("print", len(runs) + 1, steps)
    files |= {PRINTED: typeset(page, templates)} if pdf else {}
    written, *printed = write_outputs(out, files)
    progress("done", steps, steps)
    return RunsReport(written, printed[0] if printed else None, folders, left_out)


def load_runs(study: Study, folders: Sequence[Path], progress: Progress = silent) -> list[LoadedRun]:
    """Some runs with the variables that a report shows.

    Raises InputError as `load_run` does, and for books that do not close.
    """
    details = [read_manifest(folder) for folder in folders]
    for one in details:
        study.countries[one["country"]]
    changed = [name for one in details for name in changed_names(list(map(str, one["changes"])))]
    names = wanted(study, changed)
    runs = []
    for number, folder in enumerate(folders):
        progress(f"read {folder.name}", number, len(folders) + 2)
        runs.append(load_run(folder, names, study.outcomes.event))
        refuse_open_books(study, runs[-1])
    return runs


def runs_templates(study: Study) -> Path | None:
    """The study's own templates; None, for the reference study's, where it has none of a report on runs."""
    folder = study.root / "reports" / "templates"
    return folder if (folder / PAGE_TEMPLATE).is_file() else None


def live_part(study: Study, runs: Sequence[LoadedRun]) -> tuple[Markup | None, list[str]]:
    """The live model for the countries of some runs, with fit and variant of the first; or why it is not."""
    from latecomer.report.live.page import live_section
    from latecomer.report.live.payload import live_payload, live_shown

    details = runs[0].manifest
    variant = details["variant"] if details["variant"] in study.variants else None
    try:
        payload = live_payload(study, countries_of(runs), None, details["fit"], variant)
    except InputError as error:
        return None, [f"the live model is left out: {fault}" for fault in error.faults]
    return live_section(payload, live_shown(study)), []
