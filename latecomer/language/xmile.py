"""XMILE model texts, read by PySD's translator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from latecomer.faults import refuse
from latecomer.language.vensim import Broken, Entry

SUFFIXES = (".xmile", ".stmx", ".xml")


def entries(path: Path) -> Iterator[Entry | Broken]:
    """The elements of an XMILE file in order; XMILE has neither sectors nor, here, line numbers."""
    from pysd.translators.xmile.xmile_file import XmileFile

    try:
        file = XmileFile(path)
        file.parse()
        sections = file.get_abstract_model().sections
    except Exception as problem:  # noqa: BLE001 - PySD's parser raises errors of many kinds
        raise refuse(
            path.name,
            f"a file that cannot be read ({type(problem).__name__})",
            "an XMILE model",
            "save the model again from the program that wrote it, or hand over a .mdl file",
        ) from None
    if len(sections) != 1 or sections[0].subscripts:
        raise refuse(path.name, "modules or subscripts", "one module without subscripts", "flatten the model")
    for element in sections[0].elements:
        low, high = (*(element.limits or (None, None)), None, None)[:2]
        yield Entry(
            element.name.strip('"'),
            element.units or "",
            " ".join((element.documentation or "").split()),
            (low, high),
            "",
            0,
            tuple(component.ast for component in element.components),
        )
