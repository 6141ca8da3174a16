"""The causal diagrams of a model as files: one for each sector and one of the links among them."""

from __future__ import annotations

from pathlib import Path

from latecomer.explain.causal import CausalGraph
from latecomer.faults import nearest, refuse
from latecomer.language.headings import sector_file
from latecomer.report.causal_diagram import sector_diagram
from latecomer.report.files import write_outputs
from latecomer.report.sector_overview import sector_overview

OVERVIEW = "links among sectors"
HEAD, OWN = 600, b'role="img" aria-labelledby="title desc">\n<title id="title">'


def write_diagrams(graph: CausalGraph, out: Path, sector: str | None = None) -> list[Path]:
    """Write the diagram of one sector, or of all and of the links among them, into the folder `out`.

    Returns the paths. Raises `InputError` for an unknown sector and where `out` cannot be written to.
    """
    files = diagrams(graph, sector)
    return write_outputs(out, {name: content.encode() for name, content in files.items()})


def diagrams(graph: CausalGraph, sector: str | None = None) -> dict[str, str]:
    """The diagrams by the names of their files; raises `InputError` for an unknown sector."""
    named = {name.lower(): name for name in graph.sectors}
    if sector is not None and sector.lower() not in named:
        got = f"'{sector}'" if named else f"'{sector}', in a model without sectors"
        raise refuse("--sector", got, "a sector of the model", nearest(sector, graph.sectors))
    chosen = graph.sectors if sector is None else (named[sector.lower()],)
    files = {file_name(name): sector_diagram(graph, name) for name in chosen}
    if sector is None and len(chosen) > 1:
        files[file_name(OVERVIEW)] = sector_overview(graph)
    return files


def own_diagram(path: Path) -> bool:
    """Whether a file is a diagram that was drawn here; what else lies beside them is not taken away."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    return head.startswith(b"<svg ") and OWN in head


def file_name(sector: str) -> str:
    """The name of the diagram of a sector.

    >>> file_name("Balance of payments")
    'balance-of-payments.svg'
    """
    return sector_file(sector, "svg")
