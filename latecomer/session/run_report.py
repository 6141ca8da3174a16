"""A report on runs that are on disk: one page that stands alone, and the same on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from latecomer.faults import InputError
from latecomer.report.files import refuse_output, write_outputs
from latecomer.report.runs_page import FILE, TEMPLATE, render_runs
from latecomer.report.runs_print import FILE as PRINT
from latecomer.report.runs_print import typeset, typesetter
from latecomer.session.manifest import read_manifest
from latecomer.session.progress import Progress, silent
from latecomer.session.run_books import refuse_open_books
from latecomer.session.run_choice import changed_names, wanted
from latecomer.session.run_content import countries_of, runs_page
from latecomer.session.run_folders import LoadedRun, find_runs, load_run
from latecomer.study.study import Study


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
    for name in (FILE, PRINT) if pdf else (FILE,):
        refuse_output(out / name)
    folders = find_runs(places)
    runs = load_runs(study, folders, progress)
    steps = len(runs) + 2
    progress("page", len(runs), steps)
    page = runs_page(study, runs)
    section, left_out = live_part(study, runs) if live else (None, [])
    templates = runs_templates(study)
    files = {FILE: render_runs(page, section, templates).encode()}
    progress("print", len(runs) + 1, steps)
    files |= {PRINT: typeset(page, templates)} if pdf else {}
    written, *printed = write_outputs(out, files)
    progress("done", steps, steps)
    return RunsReport(written, printed[0] if printed else None, folders, left_out)


def load_runs(study: Study, folders: Sequence[Path], progress: Progress = silent) -> list[LoadedRun]:
    """Some runs with the variables that a report shows.

    Raises InputError as `load_run` does, and for books that do not close.
    """
    told = [read_manifest(folder) for folder in folders]
    for one in told:
        study.countries[one["country"]]
    changed = [name for one in told for name in changed_names(list(map(str, one["changes"])))]
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
    return folder if (folder / TEMPLATE).is_file() else None


def live_part(study: Study, runs: Sequence[LoadedRun]) -> tuple[Markup | None, list[str]]:
    """The live model for the countries of some runs, with fit and variant of the first; or why it is not."""
    from latecomer.report.live_page import live_section
    from latecomer.session.live import live_payload, live_shown

    told = runs[0].manifest
    variant = told["variant"] if told["variant"] in study.variants else None
    try:
        payload = live_payload(study, countries_of(runs), None, told["fit"], variant)
    except InputError as error:
        return None, [f"the live model is left out: {fault}" for fault in error.faults]
    return live_section(payload, live_shown(study)), []
