"""The page of some runs on paper: the same content set by Typst, with the same charts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, TypeAlias

from latecomer.faults import refuse
from latecomer.files import LARGEST_TEXT, read_bytes
from latecomer.report.glossary import glossary
from latecomer.report.page import WORDS
from latecomer.report.runs_charts import PRINT, panel_chart
from latecomer.report.runs_content import VERDICTS, CountryPart, Panel, RunsPage
from latecomer.report.runs_page import alphabet
from latecomer.study.outcomes import ThresholdEvent
from latecomer.study.reference import reference_root

TEMPLATE: Final = "runs.typ"
FILE: Final = "report.pdf"
CURE: Final = "copy it anew from the reference study"
# flatter than on a screen, so that four rows of charts find room on a sheet
SMALL: Final = (280, 150)
WIDE: Final = (760, 240)
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
    if not (folder / TEMPLATE).is_file():
        folder = reference_root() / "reports" / "templates"
    library = typesetter()
    template = read_bytes(folder / TEMPLATE, "a template of Typst", CURE, largest=LARGEST_TEXT)
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
            raise refuse(str(folder / TEMPLATE), f"no page ({error})", "a template of Typst", CURE) from error


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
        "chances": None if part.chances is None else drawn(part.chances, part.name, WIDE),
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
    return [drawn(panel, name, SMALL) for panel in panels]


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
