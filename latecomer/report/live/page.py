"""The live model as a block of a page, and as a page of its own: one file that reaches no host.

Also here:
- What a live page is made from: the equations as JavaScript, and the numbers of its runs as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from markupsafe import Markup

from latecomer.outputs import part
from latecomer.report.content import Numbers
from latecomer.report.pages.study import environment
from latecomer.report.templates import content_policy
from latecomer.study.reference import reference_root

BLOCK, PAGE = "live.html.j2", "explore.html.j2"

ENGINE: Final = "engine.js"

OWN: Final = (
    "live_state.js",
    "live_charts.js",
    "live_dom.js",
    "live_words.js",
    "live_levers.js",
    "live.js",
)


class Payload(Protocol):
    """The model as data and as JavaScript, as `latecomer.report.live.page` makes it."""

    def json(self) -> str:
        """The data, safe inside a script element."""

    def script(self) -> str:
        """JavaScript that defines the equations."""


@dataclass(frozen=True, slots=True)
class LiveOutcome:
    """A variable with a chart of its own: value shown = value of the model * times, in `unit`.

    `level`: a line across the chart, with its words; `ends`: what its axis shows at least; `made_of`:
    variables and powers whose product it is, for the points of a variable that no series of figures holds.
    """

    name: str
    title: str
    unit: str
    times: float = 1.0
    level: float | None = None
    level_words: str = ""
    ends: tuple[float, float] | None = None
    made_of: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """The event that the page tells: `who` `do` it in the year in which `variable` falls below `below`."""

    variable: str
    below: float
    who: str
    do: str


@dataclass(frozen=True, slots=True)
class LiveShown:
    """What the page draws and tells.

    `groups`: levers by heading; `head`: the variable that its sentence tells first; `show`: the variable that
    is drawn beside the outcomes at first.
    """

    outcomes: Sequence[LiveOutcome]
    groups: Sequence[tuple[str, Sequence[str]]] = ()
    head: str = ""
    show: str = ""
    event: LiveEvent | None = None


def live_section(payload: Payload, shown: LiveShown, templates: Path | None = None) -> Markup:
    """The live model as a block with its style and scripts, for a page that has style.css.

    A page holds one such block. `templates`: a folder with live.html.j2, live.css, engine.js and the scripts
    of the live page; without it the reference study's. Raises ValueError for a payload that would end its
    script element.
    """
    folder = templates_of(templates)
    style = Markup("<style>{}</style>\n").format(Markup(part(folder / "live.css")))
    return style + block(payload, shown, folder)


def render_explorer(
    payload: Payload, shown: LiveShown, title: str, generated: str, templates: Path | None = None
) -> str:
    """The page of the live model; the same text for the same payload, title and line `generated`.

    Nothing but the styles and scripts that it was made with is ever applied or run in it: its policy names
    their hashes. Raises ValueError as `live_section` does.
    """
    folder = templates_of(templates)
    style = "".join(part(folder / name) for name in ("style.css", "live.css"))
    return (
        environment(folder)
        .get_template(PAGE)
        .render(
            title=title,
            generated=generated,
            style=Markup(style),
            live=block(payload, shown, folder),
            policy=content_policy([style], scripts_of(payload, folder)),
        )
    )


def templates_of(templates: Path | None) -> Path:
    """The folder of templates: the one given where it has a live page, or the reference study's."""
    own = templates is not None and (templates / BLOCK).is_file()
    return templates if templates is not None and own else reference_root() / "reports" / "templates"


def block(payload: Payload, shown: LiveShown, folder: Path) -> Markup:
    """The live model without its style."""
    rendered = (
        environment(folder)
        .get_template(BLOCK)
        .render(
            data=Markup(closed(payload.json())),
            settings=Markup(settings(shown)),
            scripts=[Markup(one) for one in scripts_of(payload, folder)],
        )
    )
    return Markup(rendered)


def scripts_of(payload: Payload, folder: Path) -> list[str]:
    """The scripts in the order in which they run: equations, engine, page."""
    files = [part(folder / name) for name in (ENGINE, *OWN)]
    return [closed(one) for one in (payload.script(), *files)]


def settings(shown: LiveShown) -> str:
    """Which outcomes are drawn and how levers are grouped, as JSON that is safe inside a script element."""
    request: dict[str, Any] = {"head": shown.head, "show": shown.show, "groups": list(shown.groups)}
    request["event"] = None if shown.event is None else asdict(shown.event)
    request["outcomes"] = [asdict(one) for one in shown.outcomes]
    return json.dumps(request, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def closed(text: str) -> str:
    """A text that may stand in a script element as it is.

    >>> closed("1 < 2"), closed("</SCRIPT >")
    Traceback (most recent call last):
    ...
    ValueError: a script that ends or hides its own element
    """
    if any(mark in text.lower() for mark in ("</script", "<script", "<!--")):
        raise ValueError("a script that ends or hides its own element")
    return text


@dataclass(frozen=True, slots=True)
class LiveCountry:
    """A country that the page can run: the first year of its runs, the last of its record."""

    iso3: str
    name: str
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class LiveLever:
    """A policy lever, 0 to 1."""

    name: str
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class LivePreset:
    """A scenario that the page can start from, and the countries that it can be run for."""

    name: str
    title: str
    note: str
    countries: Sequence[str]
    horizon: float


@dataclass(frozen=True, slots=True)
class LiveVariable:
    """A variable of the model text, with its unit in plain words."""

    name: str
    unit: str
    note: str
    kind: str


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """A series of the record, in the unit of the variable that it is held against."""

    series: str
    variable: str
    unit: str
    years: Numbers
    values: Numbers


@dataclass(frozen=True, slots=True)
class LiveCase:
    """What a scenario changes of a country's base: {place: constant} and {place: table of the pool}."""

    constants: Mapping[int, float]
    tables: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class LivePayload:
    """Everything that the page runs; `equations`: the text of `write_javascript`.

    `names` ({bank: names}) tells what the arrays of the equations hold. `tables` is the pool: pairs of years
    and values, an even grid of years told by its first and its step. `constants` and `bases` ({iso3: ...})
    are a country's constants in the order of the equations, and the place in the pool of each of its tables;
    `cases` ({iso3: {scenario: ...}}) what a scenario changes. `step`, `saving`: steps of integration and of
    results, Year; `made`: what the page runs, by name.
    """

    equations: str
    names: Mapping[str, Sequence[str]]
    step: float
    saving: float
    horizon: float
    countries: Sequence[LiveCountry]
    levers: Sequence[LiveLever]
    presets: Sequence[LivePreset]
    variables: Sequence[LiveVariable]
    figures: Mapping[str, Sequence[LiveFigures]]
    tables: Sequence[tuple[list[float], list[float]]]
    constants: Mapping[str, Sequence[float]]
    bases: Mapping[str, Sequence[int]]
    cases: Mapping[str, Mapping[str, LiveCase]]
    made: Mapping[str, str]

    def json(self) -> str:
        """The numbers as JSON that may stand inside a script element."""
        content = asdict(self)
        del content["equations"]
        return in_script(json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")))

    def script(self) -> str:
        """The equations as JavaScript that defines LATECOMER_MODEL."""
        return self.equations


def in_script(text: str) -> str:
    r"""JSON as it may stand inside a script element: no `<` that could end it.

    >>> print(in_script('["</script>"]'))
    ["\u003c/script>"]
    """
    return text.replace("<", "\\u003c")
