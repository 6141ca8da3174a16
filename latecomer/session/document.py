"""What is made from other content: the values in the model text, the guide to the model, its diagrams."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from pathlib import Path

from latecomer.changes import changing
from latecomer.explain.ablation import ablations
from latecomer.explain.polarity import signed_graph
from latecomer.faults import Fault, refuse
from latecomer.files import WRITABLE, read_text
from latecomer.language import ModelText, Variable
from latecomer.language.headings import sector_notes
from latecomer.language.net_flow import arrays
from latecomer.report.diagrams import OVERVIEW, diagrams, file_name, own_diagram
from latecomer.report.model_page import (
    TEMPLATE,
    ModelPage,
    RowPart,
    SectorPart,
    VariablePart,
    VariantPart,
    parts,
    render_model,
)
from latecomer.session.progress import Progress, silent
from latecomer.study.agreement import value_faults
from latecomer.study.mechanisms import Mechanism, equations, mechanisms
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from latecomer.study.text import with_table_values

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
