"""The files of the shared parameters: one for each sector of the model text, or a single one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from latecomer.faults import Fault, InputError, nearest, refuse
from latecomer.language.headings import sector_file
from latecomer.study.parameters import (
    SINGLE,
    VARIANTS,
    Parameter,
    ParameterTable,
    load_parameters,
    parameter_table,
)
from latecomer.study.schema import read_toml
from latecomer.study.variants import FILE as VARIANTS_FILE

FOLDER = "parameters"
WHAT = "the shared parameters of a sector of the model text"


def load_parameter_files(model: Path, sectors: Sequence[str]) -> dict[str, ParameterTable]:
    """The shared parameters by their file in `model`, in the order of the sectors of the text.

    parameters/SECTOR.toml, each parameter in the file of the sector of its constant; or parameters.toml
    alone. Raises InputError where a study has both or neither, for a file of no sector, for a parameter in
    two files, and with every fault of the parameters.
    """
    folder, single = model / FOLDER, model / SINGLE
    held = sorted(path.name for path in folder.glob("*.toml"))
    if not held and not single.exists():
        cure = "restore the folder, or name another study"
        raise refuse(
            f"model/{FOLDER}", "no file of parameters", "the shared parameters of the model text", cure
        )
    if not held:
        return {SINGLE: load_parameters(single)}
    if single.exists():
        got, cure = f"{SINGLE} beside it", f"move what {SINGLE} holds into the files of the sectors"
        raise refuse(f"model/{FOLDER}", got, "each shared parameter in one place", cure)
    named = {sector_file(sector): sector for sector in reversed(sectors)}
    files = [name for name in dict.fromkeys(map(sector_file, sectors)) if name in held]
    faults = list(_of_no_sector(held, named))
    found = {f"{FOLDER}/{name}": _load(folder / name, named[name], faults) for name in files}
    faults.extend(_twice(found))
    if faults:
        raise InputError(faults)
    return found


def joined(files: Mapping[str, ParameterTable]) -> ParameterTable:
    """The parameters of some files as one table, in the order of the files."""
    return ParameterTable({name: one for table in files.values() for name, one in table.items()})


def _load(path: Path, sector: str, faults: list[Fault]) -> ParameterTable:
    place = f"{FOLDER}/{path.name}"
    try:
        raw = read_toml(path, WHAT, place)
    except InputError as error:
        faults.extend(error.faults)
        return ParameterTable({})
    if VARIANTS in raw:
        cure = f"move them to model/{VARIANTS_FILE}, each as a table of its name"
        faults.append(Fault(f"{place}, {VARIANTS}", "variants", "shared parameters only", cure))
    parameters = {name: _placed(entry, sector) for name, entry in raw.items() if name != VARIANTS}
    table = parameter_table(parameters, place, faults)
    faults.extend(_elsewhere(place, table, sector))
    return table


def _placed(entry: Any, sector: str) -> Any:
    return {"sector": sector, **entry} if isinstance(entry, dict) else entry


def _elsewhere(place: str, table: Mapping[str, Parameter], sector: str) -> Iterator[Fault]:
    for name, one in table.items():
        if one.sector != sector:
            expected = f"'{sector}', as the file says" if sector else "none, as the file says"
            yield Fault(f"{place}, {name}, sector", f"'{one.sector}'", expected, "take the line out")


def _of_no_sector(held: Sequence[str], named: Mapping[str, str]) -> Iterator[Fault]:
    for name in held:
        if name not in named:
            expected = "the name of a sector of the model text"
            yield Fault(f"{FOLDER}/{name}", "a file of no sector", expected, nearest(name, named))


def _twice(files: Mapping[str, ParameterTable]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for file, table in files.items():
        for name in table:
            if name in first:
                got, expected = f"a parameter of {first[name]} too", "a parameter in one place"
                yield Fault(f"{file}, {name}", got, expected, "remove one of the two")
            first.setdefault(name, file)
