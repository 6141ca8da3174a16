"""The figure for papers of stored runs: the main outcomes of a country, with bands where there are draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from latecomer.faults import refuse
from latecomer.report.paper import Caption, Figure
from latecomer.report.paper_outcomes import Outcome, Path, scenario_paper
from latecomer.session.evidence import hashes_of
from latecomer.session.manifest import read_manifest
from latecomer.session.paper_asked import TEXT, Ask, brief, named, short_name, unit_words
from latecomer.session.progress import Progress, silent
from latecomer.session.run_books import refuse_open_books
from latecomer.session.run_folders import LoadedRun, find_runs, load_run
from latecomer.session.shown import shown
from latecomer.study.study import Study

MOST: Final = 6
"""More lines than these are not told apart."""
LOW, HIGH = 0.1, 0.9


def scenario_figure(study: Study, ask: Ask, progress: Progress = silent) -> Figure:
    """The main outcomes of stored runs of one country."""
    if not ask.runs:
        expected = "one or more folders written by latecomer run"
        raise refuse("--run", "none", expected, "name them: --run DIR, once for each")
    folders = find_runs(ask.runs)
    countries = {folder: str(read_manifest(folder)["country"]) for folder in folders}
    iso3 = the_country(ask.countries, list(dict.fromkeys(countries.values())))
    chosen = [folder for folder, of in countries.items() if of == iso3]
    if len(chosen) > MOST:
        raise refuse("--run", f"{len(chosen)} runs of {iso3}", f"{MOST} at most", "name fewer folders")
    wanted = shown(study, study.outcomes.pages.scenario)
    runs = [load_run(folder, wanted, study.outcomes.event) for folder in chosen]
    for run in runs:
        refuse_open_books(study, run)
    by_name = dict(zip(labels(runs), runs, strict=True))
    outcomes = [one for name in wanted if (one := outcome(study, name, by_name)) is not None]
    where = short_name(study, iso3) if iso3 in study.countries else iso3
    some = any(run.draws is not None for run in runs)
    lines = (
        "median and 80 % band of the draws, each with shocks of its own" if some else "runs without shocks"
    )
    said = f"{where}: {', '.join(one.name for one in outcomes)} in {', '.join(by_name)}; {lines}."
    n = "; ".join(f"{name}: {counted(run)}" for name, run in by_name.items())
    return Figure(
        named("scenario", [iso3]),
        scenario_paper(outcomes),
        Caption(said, n, source(runs), fits(study, runs), notes(by_name)),
    )


def the_country(asked: Sequence[str], there: Sequence[str]) -> str:
    """The one country that is drawn. Raises InputError where more than one is meant, or one without a run.

    >>> the_country([], ["KOR"]), the_country(["BRA"], ["KOR", "BRA"])
    ('KOR', 'BRA')
    """
    wanted = list(asked or there)
    if len(wanted) != 1:
        expected = f"one of {', '.join(there)}"
        raise refuse("--country", ", ".join(wanted), expected, "name one: --country ISO3")
    if wanted[0] not in there:
        got, expected = f"{wanted[0]}, which has no run here", f"one of {', '.join(there)}"
        raise refuse("--country", got, expected, "name one of these, or run it first")
    return wanted[0]


def labels(runs: Sequence[LoadedRun]) -> list[str]:
    """A name for each run: its scenario, with variant, fit or folder where that does not tell them apart."""
    scenarios = [str(one.manifest["scenario"]).replace("-", " ") for one in runs]
    plain = ["no scenario" if name == "none" else name for name in scenarios]
    for key in ("variant", "fit"):
        values = [str(one.manifest[key]) for one in runs]
        both = [f"{name}, {value}" for name, value in zip(plain, values, strict=True)]
        if len(set(plain)) < len(runs) and len(set(values)) > 1:
            plain = both
    if len(set(plain)) == len(runs):
        return plain
    return [f"{name} ({k})" for k, name in enumerate(plain, 1)]


def outcome(study: Study, name: str, runs: dict[str, LoadedRun]) -> Outcome | None:
    """A variable in each run that has it; None where none has."""
    held = {label: run for label, run in runs.items() if name in run.data}
    if not held:
        return None
    units = {str(run.data[name].attrs.get("units", "")) for run in held.values()}
    return Outcome(
        name, unit_words(min(units), study.outcomes), {label: path(run, name) for label, run in held.items()}
    )


def path(run: LoadedRun, name: str) -> Path:
    """The path of a variable: its median and the band from the tenth to the ninetieth of a hundred draws."""
    values = np.asarray(run.data[name].transpose(..., "time").to_numpy(), float)
    if run.draws is None:
        return Path(run.years, values)
    low, middle, high = np.quantile(values, (LOW, 0.5, HIGH), axis=0)
    return Path(run.years, middle, low, high)


def counted(run: LoadedRun) -> str:
    """How many runs a line stands for."""
    if run.draws is None:
        return "one run"
    lost = len(run.failed)
    return f"{run.draws} draws" + (
        f", {lost} of which left the finite numbers and are left out" if lost else ""
    )


def source(runs: Sequence[LoadedRun]) -> str:
    """The model texts and programs that runs were made with."""
    texts = {str(one.manifest["hashes"].get(TEXT, "unknown")) for one in runs}
    programs = {str(one.manifest["versions"].get("latecomer", "unknown")) for one in runs}
    said = ", ".join(brief(text) for text in sorted(texts))
    return f"runs: model text, sha256 {said}, latecomer {', '.join(sorted(programs))}"


def fits(study: Study, runs: Sequence[LoadedRun]) -> str:
    """The fits that runs were made with, each with its hash where the study still holds it."""
    said = []
    for name in dict.fromkeys(str(one.manifest["fit"]) for one in runs):
        held = name in study.fits
        digest = hashes_of(study, (), [study.fits[name]])[f"fit '{name}'"] if held else ""
        said.append(f"{name}, sha256 {brief(digest)}" if held else name)
    return "; ".join(said)


def notes(runs: dict[str, LoadedRun]) -> tuple[str, ...]:
    """What has changed since the fit of a run, by run."""
    changed = {name: one.manifest["changed since the fit"] for name, one in runs.items()}
    return tuple(
        f"{name}: changed since its fit: {', '.join(what)}." for name, what in changed.items() if what
    )
