"""What changed in the scenarios of a study, as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from latecomer.report.charts import Frame, Trace, chart
from latecomer.report.files import part, write_output
from latecomer.report.page import environment, picture
from latecomer.report.policy import sealed
from latecomer.report.scenario_page import amount, percent
from latecomer.study.reference import reference_root

TEMPLATE = "accepted.html.j2"


@dataclass(frozen=True, slots=True)
class ChangedPath:
    """An outcome that moved: its path by year, then and now; a side that is not there is empty."""

    scenario: str
    country: str
    outcome: str
    unit: str
    was: Mapping[float, float]
    now: Mapping[float, float]

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """The last values, then and now."""
        before, after = (side[max(side)] if side else None for side in (self.was, self.now))
        return before, after

    @property
    def change(self) -> float | None:
        """By how much the last value is another, as a ratio.

        >>> ChangedPath("s", "KOR", "output", "", {2000.0: 2.0}, {2000.0: 3.0}).change
        0.5
        """
        was, now = self.ends
        return None if was is None or now is None or was == 0 else now / was - 1.0


@dataclass(frozen=True, slots=True)
class AcceptedReport:
    """The page: what was compared, what moved, what of the study is another than when it was accepted."""

    compared: int
    fit: str
    moved: Sequence[ChangedPath]
    changed: Sequence[str]
    generated: str


def write_accepted(file: Path, report: AcceptedReport, templates: Path | None = None) -> Path:
    """Write the page as `file` and return that path. Raises `InputError` where it cannot be written."""
    return write_output(file, render_accepted(report, templates).encode())


def render_accepted(report: AcceptedReport, templates: Path | None = None) -> str:
    """The text of the page; the same text for the same report.

    `templates` is a folder with accepted.html.j2, style.css and tips.js; without it the reference study's.
    """
    folder = templates or reference_root() / "reports" / "templates"
    page = environment(folder)
    page.filters |= {"percent": percent, "amount": lambda value: "–" if value is None else amount(value)}
    return sealed(
        page.get_template(TEMPLATE).render(
            report=report,
            style=Markup(part(folder / "style.css")),
            script=Markup(part(folder / "tips.js")),
            rows=[(one, picture(changed_chart(one))) for one in report.moved],
        )
    )


def changed_chart(one: ChangedPath) -> str:
    """The small chart of an outcome: now over then."""
    traces = [
        Trace("accepted", list(one.was), list(one.was.values()), "base"),
        Trace("now", list(one.now), list(one.now.values()), "model"),
    ]
    said = f"{one.outcome}, {one.country}, {one.scenario}: accepted and now, in {one.unit}"
    return chart(said, [trace for trace in traces if len(trace.years)], Frame(height=130))
