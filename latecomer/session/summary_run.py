"""Many noisy runs of a country, kept as what they come to: gone on from where they stopped, found again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from latecomer.execute.executor import Executor
from latecomer.execute.resumable import summarised
from latecomer.faults import InputError
from latecomer.report.files import table_bytes
from latecomer.session.asked import OWN_FIT, fit_of
from latecomer.session.leftovers import remove_progress
from latecomer.session.manifest import whole_manifest
from latecomer.session.progress import Progress, silent
from latecomer.session.store import FAILURES, platform_of, refuse_foreign, run_manifest, save_run
from latecomer.session.summary_work import QUANTILES, failures, labelled, refuse_few, summary_work
from latecomer.study.audit import LARGEST, audited, books_of

if TYPE_CHECKING:
    from latecomer.session.study import Study
    from latecomer.study.fits import Fit
    from latecomer.study.rooms import Rooms

__all__ = ["FAILURES", "REQUEST", "SummaryRun", "books_of", "found", "run_summary"]

REQUEST: Final = "request"
SHORT: Final = 12
SAMPLED: Final = 3
AUDITED: Final = f"the run without shocks and the first {SAMPLED} draws, at every saved time"


@dataclass(frozen=True, slots=True)
class SummaryRun:
    """A summary on disk; `again`: it was there already, made from the very same request."""

    folder: Path
    again: bool
    manifest: Mapping[str, Any]


def run_summary(
    study: Study,
    iso3: str,
    folder: Path,
    draws: int | None,
    seed: int = 0,
    fit: Fit | str | None = OWN_FIT,
    scenario: str | None = None,
    variant: str | None = None,
    parameters: Mapping[str, float] | None = None,
    executor: Executor | None = None,
    progress: Progress = silent,
    **asked: Any,
) -> SummaryRun:
    """Run a country so many times with shocks into a folder of statistics, or find it made.

    `asked`: years, dt, method, variables. Finished chunks are kept beside the folder until it is written: the
    same call goes on from them. Raises InputError as `Study.run`, `summarised` and `save_run` do.
    """
    rooms, count = study.rooms, refuse_few(draws)
    chosen, named = fit_of(rooms, fit, variant), rooms.scenario(scenario)
    work = summary_work(rooms, iso3, count, seed, chosen, parameters, named, variant, **asked)
    refuse_foreign(folder)
    if (made := found(folder, work.digest)) is not None:
        return SummaryRun(folder, True, made)
    began = time.time()
    plain = {name: asked[name] for name in ("years", "dt") if asked.get(name) is not None}
    same: dict[str, Any] = {"parameters": parameters, "fit": chosen, "variant": variant}
    # the path without shocks says what the manifest of any run says
    run = study.run(iso3, named, **plain, **same)
    keep_books_of_draws(work.asked, rooms, books_of(iso3, run.attrs))
    kept = folder.parent / f".{folder.name}.{work.digest[:SHORT]}"
    result = summarised(work, executor, kept, progress)
    manifest = {
        **run_manifest(rooms, run, parameters or {}, named),
        LARGEST: run.attrs.get(LARGEST),
        "books audited": AUDITED if LARGEST in run.attrs else "none: the model text keeps no books",
        "draws": count,
        "seed": seed,
        "quantiles": list(QUANTILES),
        "failures": failures(result),
        REQUEST: work.digest,
        "platform": platform_of(),
        "timing": {"begun": round(began), "seconds": round(time.time() - began, 1)},
    }
    labels = {name: manifest[name] for name in ("country", "scenario", "fit", "variant")}
    table = table_bytes(result.failures)
    save_run(labelled(rooms, result).assign_attrs(labels), manifest, folder, table)
    remove_progress(kept)
    return SummaryRun(folder, False, manifest)


def keep_books_of_draws(asked: Mapping[str, Any], rooms: Rooms, place: str) -> None:
    """Audit the first draws of a summary, whose paths are not kept, one by one.

    A draw that left the finite numbers is one of the failures, and no more is said of it here. Raises
    InputError for books that do not close.
    """
    ways = {name: asked[name] for name in ("parameters", "drivers", "years", "dt", "method", "seed")}
    for draw in range(min(SAMPLED, asked["draws"])):
        try:
            run = rooms.model.run(noise=True, draw=draw, backend="numpy", **ways)
        except InputError:
            continue
        audited(run, rooms, f"{place}, draw {draw}")


def found(folder: Path, digest: str) -> Mapping[str, Any] | None:
    """The manifest of a folder that holds the whole result of a request; None where it does not."""
    try:
        manifest = whole_manifest(folder)
    except InputError:
        return None
    return manifest if manifest.get(REQUEST) == digest else None
