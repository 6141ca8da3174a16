"""The page of some runs as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape

from latecomer.report.files import part
from latecomer.report.glossary import glossary, identity, marked, term
from latecomer.report.page import WORDS, environment, picture
from latecomer.report.policy import policy
from latecomer.report.runs_charts import panel_chart
from latecomer.report.runs_content import VERDICTS, CountryPart, Panel, RunsPage
from latecomer.study.reference import reference_root

TEMPLATE: Final = "runs.html.j2"
FILE: Final = "report.html"
STYLES: Final = ("style.css", "runs.css")
SCRIPTS: Final = ("tips.js", "terms.js")
SMALL: Final = (280, 180)
# wide for a screen, narrow for a phone: one drawing scaled down would make its numbers unreadable
WIDE, NARROW = (860, 300), (360, 280)
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
    text = made.get_template(TEMPLATE).render(
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
    return picture(panel_chart(panel, country.name, SMALL))


def broad(panel: Panel, country: CountryPart) -> dict[str, Any]:
    """A chart over the whole width: for a screen and for a phone."""
    return {
        "wide": picture(panel_chart(panel, country.name, WIDE)),
        "narrow": picture(panel_chart(panel, country.name, NARROW)),
    }
