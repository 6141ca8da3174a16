"""The guide to the model as Markdown: what a reader finds in model/README.md.

Also here:
- What is made from other content: the values in the model text, the guide to the model, its diagrams.
"""

from __future__ import annotations

import math
import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from latecomer.changes import changing
from latecomer.errors import Fault, refuse
from latecomer.evaluation.ablation import Ablation, Effect, ablations
from latecomer.explain.causal import signed_graph
from latecomer.files import WRITABLE, read_text
from latecomer.language import ModelText, Variable
from latecomer.language.analysis import arrays, sector_notes
from latecomer.report.charts.diagrams import OVERVIEW, diagrams, file_name, own_diagram
from latecomer.report.templates import Templates
from latecomer.runs.executor import Progress, silent
from latecomer.study.consistency import value_faults
from latecomer.study.mechanisms import Mechanism, equations, mechanisms
from latecomer.study.reference import MARK, reference_root
from latecomer.study.study import Study
from latecomer.study.template import with_table_values

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


PAGE = "model/README.md"

DIAGRAMS = "diagrams"

TESTS = Path("tests") / "mechanisms"

WRITTEN = "written by latecomer document"

STALE = "not what the model makes it"


def make_document(study: Study, progress: Progress = silent) -> dict[str, str]:
    """The text of each file by its path from the study's root.

    Raises InputError for rows that do not fit the study, and as runs do.
    """
    progress("diagrams", 0, 3)
    drawn = diagrams(signed_graph(study.model.text))
    progress("mechanisms removed", 1, 3)
    page = model_page(study, drawn)
    progress("page", 2, 3)
    folder = study.root / "reports" / "templates"
    text = render_model(page, folder if (folder / TEMPLATE).is_file() else None)
    progress("done", 3, 3)
    return {PAGE: text} | {f"model/{DIAGRAMS}/{name}": content for name, content in drawn.items()}


def write_values(study: Study) -> list[str]:
    """Write the values of the tables into the model text, where a constant has another.

    Returns what was written, in words. Nothing else of the text is touched. Raises InputError as
    `with_table_values` does, and where the text cannot be written to.
    """
    changed = [f"{one.place}: {one.got}, now {one.expected}" for one in differing_values(study)]
    if changed:
        path = study.root / MARK
        mark = BOM_UTF8 if path.read_bytes().startswith(BOM_UTF8) else b""
        with changing(study.root, WRITABLE) as change:
            change.put(MARK, mark + with_table_values(study).encode())
    return changed


def differing_values(study: Study) -> list[Fault]:
    """The constants of the model text whose value is not that of the tables."""
    return list(value_faults(study.model.text, study.written))


def write_document(study: Study, files: Mapping[str, str]) -> list[Path]:
    """Write the files as one, and take away diagrams of sectors that are gone; returns what was written.

    Raises InputError where a file cannot be written to, and for a guide that somebody else has written.
    """
    _refuse_foreign(study.root / PAGE)
    with changing(study.root, WRITABLE) as change:
        for name, content in files.items():
            change.put(name, content.encode())
        for name in _left_over(study, files):
            change.remove(name)
    return [study.root / name for name in files]


def _refuse_foreign(page: Path) -> None:
    if not os.path.lexists(page):
        return
    held = read_text(page, "the guide that latecomer document writes", "move it away", PAGE)
    if held.strip() and WRITTEN not in held[:1000]:
        got = f"a text without the words '{WRITTEN}'"
        raise refuse(PAGE, got, "the guide that latecomer document has written, or none", "move it away")


def differences(study: Study, files: Mapping[str, str]) -> list[str]:
    """The parts of the study's files that are not those of `files`, in words; none where all agree."""
    found = []
    for name, content in files.items():
        path = study.root / name
        held = read_text(path, "a part of the guide", "latecomer document") if path.is_file() else None
        if held is None:
            found.append(f"{name}: missing")
        elif name == PAGE:
            found += [f"{name}, {part}: {STALE}" for part in differing_parts(held, content)]
        elif held != content:
            found.append(f"{name}: {STALE}")
    return [*found, *(f"{name}: of no sector of the model" for name in _left_over(study, files))]


def differing_parts(held: str, made: str) -> list[str]:
    r"""The parts of two Markdown texts that differ.

    >>> differing_parts("Words.\n## Rows\nA1\n## Old\n", "Words.\n## Rows\nA2\n")
    ['Rows', 'Old']
    """
    one, other = parts(held), parts(made)
    found = [part for part in dict.fromkeys([*other, *one]) if one.get(part) != other.get(part)]
    return found or (["the order of its parts"] if list(one) != list(other) else [])


def _left_over(study: Study, files: Mapping[str, str]) -> list[str]:
    drawn = (path for path in (study.root / "model" / DIAGRAMS).glob("*.svg") if own_diagram(path))
    names = sorted(path.name for path in drawn)
    return [name for name in (f"model/{DIAGRAMS}/{one}" for one in names) if name not in files]


def model_page(study: Study, drawn: Mapping[str, str]) -> ModelPage:
    """What the guide lists, from a study and the names of its diagrams."""
    rows = mechanisms(study)
    overview = file_name(OVERVIEW)
    return ModelPage(
        text=MARK.name,
        overview=f"{DIAGRAMS}/{overview}" if overview in drawn else "",
        rows=[row_part(study, row) for row in rows.values()],
        sectors=list(sector_parts(study, drawn)),
        variants=[
            VariantPart(one.name, one.note, one.fit or "", one.switches) for one in study.variants.values()
        ],
        ablations=ablations(study, rows.values()),
        head=study.outcomes.pages.head or "",
    )


def row_part(study: Study, row: Mechanism) -> RowPart:
    """One mechanism, with the path of its tests where the study has any."""
    test = TESTS / f"test_{row.id.lower()}.py"
    return RowPart(
        id=row.id,
        title=row.title,
        shows=row.shows,
        seeds=row.seeds,
        equations=[listed([variable]) for variable in equations(study.model.text).get(row.id, ())],
        levers=row.levers,
        switch=row.switch,
        test=f"../{test.as_posix()}" if (study.root / test).is_file() else "",
    )


def sector_parts(study: Study, drawn: Mapping[str, str]) -> Iterator[SectorPart]:
    """The sectors in the order of the text, each with its variables."""
    text = study.model.text
    notes = sector_notes(read_text(study.root / MARK, "the model text", "restore the file"))
    for sector in dict.fromkeys(variable.sector for variable in text.variables):
        diagram = file_name(sector)
        yield SectorPart(
            name=sector,
            note=notes.get(sector, ""),
            diagram=f"{DIAGRAMS}/{diagram}" if diagram in drawn else "",
            variables=sector_variables(text, sector),
        )


def sector_variables(text: ModelText, sector: str) -> list[VariablePart]:
    """The variables of a sector in the order of the text, an array as one."""
    inside = [variable for variable in text.variables if variable.sector == sector and not variable.hidden]
    return [listed(members) for members in arrays(inside).values()]


def listed(members: list[Variable]) -> VariablePart:
    """A variable, or the elements of an array, as one entry: it leads to the first line."""
    first = members[0]
    ranges = f"[{','.join(first.ranges)}]" if first.subscripts else ""
    name = f"{first.base}{ranges}" if first.subscripts else first.name
    notes = dict.fromkeys(member.note for member in members if member.note)
    return VariablePart(name, first.unit, " ".join(notes), first.line)
