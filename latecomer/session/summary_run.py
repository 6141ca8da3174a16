"""Many noisy runs of a country, kept as what they come to: gone on from where they stopped, found again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from latecomer.execute.executor import Executor
from latecomer.execute.resumable import summarised
from latecomer.faults import InputError
from latecomer.report.files import table_bytes
from latecomer.session.leftovers import remove_progress
from latecomer.session.manifest import whole_manifest
from latecomer.session.progress import Progress, silent
from latecomer.session.store import FAILURES, platform_of, refuse_foreign, run_manifest, save_run
from latecomer.session.summary_work import QUANTILES, failures, labelled, summary_work
from latecomer.study.audit import LARGEST, audited, books_of
from latecomer.study.ensembles import run_country

if TYPE_CHECKING:
    from latecomer.study.run_spec import RunSpec
    from latecomer.study.study import Study

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
    spec: RunSpec,
    folder: Path | str,
    executor: Executor | None = None,
    progress: Progress = silent,
) -> SummaryRun:
    """Run a country so many times with shocks into a folder of statistics, or find it made.

    Finished chunks are kept beside the folder until it is written: the same call goes on from them. Raises
    InputError as `summary_work`, `run_country`, `summarised` and `save_run` do.
    """
    folder = Path(folder)
    work = summary_work(study, spec)
    refuse_foreign(folder)
    if (made := found(folder, work.digest)) is not None:
        return SummaryRun(folder, True, made)
    began = time.time()
    # the path without shocks says what the manifest of any run says
    run = run_country(study, replace(spec, draws=None, method=None))
    keep_books_of_draws(work.asked, study, books_of(spec.iso3, run.attrs))
    kept = folder.parent / f".{folder.name}.{work.digest[:SHORT]}"
    result = summarised(work, executor, kept, progress)
    manifest = {
        **run_manifest(study, run, spec),
        LARGEST: run.attrs.get(LARGEST),
        "books audited": AUDITED if LARGEST in run.attrs else "none: the model text keeps no books",
        "draws": spec.draws,
        "seed": spec.seed,
        "quantiles": list(QUANTILES),
        "failures": failures(result),
        REQUEST: work.digest,
        "platform": platform_of(),
        "timing": {"begun": round(began), "seconds": round(time.time() - began, 1)},
    }
    labels = {name: manifest[name] for name in ("country", "scenario", "fit", "variant")}
    table = table_bytes(result.failures)
    save_run(labelled(study, result).assign_attrs(labels), manifest, folder, table)
    remove_progress(kept)
    return SummaryRun(folder, False, manifest)


def keep_books_of_draws(asked: Mapping[str, Any], study: Study, place: str) -> None:
    """Audit the first draws of a summary, whose paths are not kept, one by one.

    A draw that left the finite numbers is one of the failures, and no more is said of it here. Raises
    InputError for books that do not close.
    """
    ways = {name: asked[name] for name in ("parameters", "drivers", "years", "dt", "method", "seed")}
    for draw in range(min(SAMPLED, asked["draws"])):
        try:
            run = study.model.run(noise=True, draw=draw, backend="numpy", **ways)
        except InputError:
            continue
        audited(run, study, f"{place}, draw {draw}")


def found(folder: Path, digest: str) -> Mapping[str, Any] | None:
    """The manifest of a folder that holds the whole result of a request; None where it does not."""
    try:
        manifest = whole_manifest(folder)
    except InputError:
        return None
    return manifest if manifest.get(REQUEST) == digest else None
