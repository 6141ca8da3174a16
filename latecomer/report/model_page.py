"""The guide to the model as Markdown: what a reader finds in model/README.md."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from latecomer.explain.ablation import Ablation, Effect
from latecomer.report.templates import Templates
from latecomer.study.reference import reference_root

TEMPLATE = "model_readme.md.j2"
SHOWN = 3


@dataclass(frozen=True, slots=True)
class VariablePart:
    """A variable as it is listed: an array with its ranges, and the line where it stands."""

    name: str
    unit: str
    note: str
    line: int


@dataclass(frozen=True, slots=True)
class RowPart:
    """A mechanism as it is looked up; `test` is the path of its tests from the model's folder, or empty."""

    id: str
    title: str
    shows: str
    seeds: Sequence[str]
    equations: Sequence[VariablePart]
    levers: Sequence[str]
    switch: str
    test: str


@dataclass(frozen=True, slots=True)
class SectorPart:
    """A sector: the sentence under its heading, the file of its diagram (or empty), its variables."""

    name: str
    note: str
    diagram: str
    variables: Sequence[VariablePart]


@dataclass(frozen=True, slots=True)
class VariantPart:
    """A rival variant: its note, the name of its fit (or empty), its switches."""

    name: str
    note: str
    fit: str
    switches: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class ModelPage:
    """Everything that the guide lists; `text`: the name of the model text, `overview`: a diagram or empty.

    `head`: the main outcome, which a mechanism removed changes, or empty.
    """

    text: str
    overview: str
    rows: Sequence[RowPart]
    sectors: Sequence[SectorPart]
    variants: Sequence[VariantPart]
    ablations: Sequence[Ablation]
    head: str = ""


def render_model(page: ModelPage, templates: Path | None = None) -> str:
    """The text of the guide; the same text for the same page.

    `templates` is a folder with model_readme.md.j2; without it the reference study's.
    """
    folder = templates or reference_root() / "reports" / "templates"
    # Markdown: nothing is escaped as HTML is
    environment = Templates(folder, autoescape=False, keep_trailing_newline=True)
    environment.filters |= {"plain": plain, "rounded": rounded, "change": change, "linked": linked}
    rendered = environment.get_template(TEMPLATE).render(page=page)
    return re.sub(r"\n{3,}", "\n\n", rendered).strip() + "\n"


def plain(words: str) -> str:
    r"""Words as they are in a cell of a table: nothing in them is a sign of Markdown.

    >>> plain("a|b <c> * d_e")
    'a\\|b &lt;c&gt; \\* d\\_e'
    """
    escaped = words.replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([|*_`\[\]])", r"\\\1", escaped)


def linked(variable: VariablePart, text: str) -> str:
    """A name that leads to its line of the model text.

    >>> linked(VariablePart("learning", "Dmnl", "", 12), "latecomer.mdl")
    '[`learning`](latecomer.mdl#L12)'
    """
    return f"[`{variable.name}`]({text}#L{variable.line})"


def rounded(value: float) -> str:
    """A number with three digits that count at most, the same on every machine.

    >>> [rounded(x) for x in (1234.5, 0.123456, -2.0, 0.0, 1e-5, 45.26e6)]
    ['1,230', '0.123', '−2', '0', '0.00001', '45,300,000']
    """
    if value == 0:
        return "0"
    places = SHOWN - 1 - math.floor(math.log10(abs(value)))
    shown = f"{abs(round(value, places)):,.{max(places, 0)}f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return f"−{shown}" if value < 0 else shown


def change(effect: Effect) -> str:
    """The change that a removal makes: in per cent, or in its unit where there is nothing to divide by.

    >>> change(Effect("exports", "Dmnl", 2.0, 1.5)), change(Effect("capture", "Dmnl", 0.0, 0.25))
    ('−25 %', '+0.25')
    >>> change(Effect("wage", "dollars/Year", -1.0, 1.0)), change(Effect("wage", "Dmnl", 1.0, 1.0))
    ('+2 dollars/Year', '0 %')
    """
    relative, unit = effect.relative, "" if effect.unit == "Dmnl" else f" {effect.unit}"
    value, unit = (effect.absolute, unit) if relative is None else (round(100 * relative, 2), " %")
    return f"{'+' if value > 0 else ''}{rounded(value)}{unit}"


def parts(text: str) -> dict[str, str]:
    r"""The parts of a Markdown text by their headings, what stands above the second level as introduction.

    >>> list(parts("# Model\n\nWords.\n\n## Sectors\n\n### World\n\nDrivers.\n"))
    ['introduction', 'Sectors', 'Sectors, World']
    """
    found = {"introduction": ""}
    part = above = "introduction"
    for line in text.splitlines():
        heading = re.match(r"(##|###) (.+)", line)
        if heading:
            above = heading[2] if heading[1] == "##" else above
            part = above if heading[1] == "##" else f"{above}, {heading[2]}"
            found.setdefault(part, "")
        found[part] += line + "\n"
    return found
