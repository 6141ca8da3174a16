"""Names in the table of mechanisms that the rest of the study does not know, and what no row covers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from latecomer.faults import Fault, InputError, nearest
from latecomer.files import read_text
from latecomer.language import Kind, key
from latecomer.study.countries import bibliography
from latecomer.study.levers import FILE as LEVERS
from latecomer.study.levers import TABLE
from latecomer.study.mechanisms import FILE, REMOVALS, Mechanism, Mechanisms, equations
from latecomer.study.rooms import NO_FIT

if TYPE_CHECKING:
    from latecomer.study.rooms import Rooms

PATHS = (Kind.STOCK, Kind.FLOW, Kind.AUXILIARY)


def mechanism_faults(rows: Mechanisms, rooms: Rooms) -> Iterator[Fault]:
    """Every fault of some rows against the text, the parameters, levers, countries and references."""
    levers = lever_names(rooms)
    references = reference_keys(rooms)
    indicators = {v.name for v in rooms.model.text.variables if v.kind in PATHS and not v.hidden}
    for name, row in rows.items():
        place = f"{FILE}, {name}"
        for lever in (*row.levers, *row.case.levers):
            if lever not in levers:
                cure = nearest(lever, levers)
                yield Fault(f"{place}, levers", f"the lever '{lever}'", "a lever of the model text", cure)
        for seed in row.seeds:
            if references is not None and seed not in references:
                cure = nearest(seed, references)
                yield Fault(f"{place}, seeds", f"'{seed}'", "a key of references.bib", cure)
        if row.indicator not in indicators:
            got, cure = f"'{row.indicator}'", nearest(row.indicator, sorted(indicators))
            yield Fault(f"{place}, indicator", got, "a stock, flow or auxiliary of the model text", cure)
        yield from _case_faults(place, row, rooms)
    yield from _lever_faults(rows, rooms)
    yield from _switch_faults(rows, rooms)
    yield from _tag_faults(rows, rooms)
    yield from removal_faults(rows, rooms)


def removal_faults(rows: Mechanisms, rooms: Rooms) -> Iterator[Fault]:
    """Rows and parameters of the removals that nobody knows."""
    tables = [rooms.parameters, *(one.parameters for one in rooms.countries.values())]
    known = {key(name): name for table in tables for name in table}
    for name, one in rows.removals.items():
        place = f"{FILE}, {REMOVALS}, {name}"
        for row in one.rows:
            if row not in rows:
                expected = f"one of {', '.join(rows) or 'none'}"
                yield Fault(f"{place}, rows", f"the row '{row}'", expected, nearest(row, rows))
        for parameter in one.parameters:
            if key(parameter) not in known:
                cure = nearest(parameter, known.values())
                yield Fault(f"{place}, parameters", f"'{parameter}'", "the name of a parameter", cure)


def lever_names(rooms: Rooms) -> list[str]:
    """The levers of a study: the tables of its text that no observation feeds."""
    fed = rooms.drivers.sources
    tables = [variable.name for variable in rooms.model.text.of_kind(Kind.TABLE)]
    return [name.removesuffix(TABLE) for name in tables if name.endswith(TABLE) and name not in fed]


def reference_keys(rooms: Rooms) -> list[str] | None:
    """The keys of the bibliography, None where a study has none."""
    path = rooms.root / "model" / "references.bib"
    return (
        sorted(bibliography(read_text(path, "a bibliography", "restore the file")))
        if path.is_file()
        else None
    )


def _case_faults(place: str, row: Mechanism, rooms: Rooms) -> Iterator[Fault]:
    """A case that cannot be run."""
    case, place = row.case, f"{place}, case"
    if case.country not in rooms.countries:
        expected = f"one of {', '.join(rooms.countries)}"
        yield Fault(place, f"the country '{case.country}'", expected, nearest(case.country, rooms.countries))
        return
    start = rooms.countries[case.country].window.start
    if case.year <= start:
        yield Fault(place, f"the year {case.year}", f"a year after {start}", "choose a later year")
    names = [*rooms.fits.names(), NO_FIT]
    if case.fit is not None and case.fit not in names:
        yield Fault(place, f"the fit '{case.fit}'", f"one of {', '.join(names)}", nearest(case.fit, names))
    if case.scenario is not None and case.scenario not in rooms.scenarios:
        known = ", ".join(rooms.scenarios) or "none"
        cure = nearest(case.scenario, rooms.scenarios)
        yield Fault(place, f"the scenario '{case.scenario}'", f"one of {known}", cure)
    for name, value in case.parameters.items():
        try:
            parameter = rooms.parameter(name, case.country)
        except InputError as error:
            yield from (
                Fault(f"{place}, {one.place}", one.got, one.expected, one.cure) for one in error.faults
            )
            continue
        if not parameter.allows(value):
            where = f"{place}, parameter '{name}'"
            yield Fault(where, f"{value:g}", parameter.allowed, "choose such a value")


def _lever_faults(rows: Mechanisms, rooms: Rooms) -> Iterator[Fault]:
    """A lever of levers.toml names the rows that name it."""
    for lever, one in rooms.levers.items():
        here = {name for name, row in rows.items() if lever in row.levers}
        if here != set(one.rows):
            got, expected = ", ".join(one.rows), ", ".join(sorted(here)) or "none"
            place, cure = f"{LEVERS}, {lever}, rows", "correct one of the two"
            yield Fault(place, got, f"{expected} as in {FILE}", cure)


def _switch_faults(rows: Mechanisms, rooms: Rooms) -> Iterator[Fault]:
    """Each switch that belongs to no variant removes exactly one row."""
    choices = {name for name, one in rooms.parameters.items() if one.choices is not None}
    of_variants = {name for one in rooms.variants.values() for name in one.switches}
    free = [name for name in rooms.parameters if name in choices - of_variants]
    used: dict[str, str] = {}
    for name, row in rows.items():
        place = f"{FILE}, {name}, switch"
        if row.switch not in free:
            got, expected = f"'{row.switch}'", "a parameter with the choices 0 and 1 that no variant sets"
            yield Fault(place, got, expected, nearest(row.switch, free))
        elif row.switch in used:
            got, expected = f"'{row.switch}', the switch of {used[row.switch]} too", "a switch of its own"
            yield Fault(place, got, expected, "give each row its own constant in the model text")
        used.setdefault(row.switch, name)
    for switch in free:
        if switch not in used:
            got, expected = f"no row of the switch '{switch}'", "each switch in exactly one row"
            yield Fault(FILE, got, expected, "add the row, or take the switch out of the parameters")


def _tag_faults(rows: Mechanisms, rooms: Rooms) -> Iterator[Fault]:
    """Each row stands in the note of an equation, and each row of a note is known."""
    tagged = equations(rooms.model.text)
    for name in rows:
        if name not in tagged:
            got, expected = "no equation", f"a variable whose note holds ({name})"
            yield Fault(f"{FILE}, {name}", got, expected, "name the row in the notes of its equations")
    for name, variables in tagged.items():
        if name not in rows:
            first = variables[0]
            place = f"{rooms.model.text.path.name}, line {first.line}, {first.name}"
            yield Fault(place, f"({name}) in its note", f"a row of {FILE}", nearest(name, rows))
