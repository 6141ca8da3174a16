"""A study without one of its mechanisms: its switches off, its parameters at nought, idle priors left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from latecomer.faults import InputError, nearest, refuse
from latecomer.language import key
from latecomer.language.dependence import constants_behind
from latecomer.study.countries import Countries
from latecomer.study.drivers import Drivers, table_spans
from latecomer.study.mechanism_faults import removal_faults
from latecomer.study.mechanisms import FILE, REMOVALS, Removal, read_mechanisms
from latecomer.study.parameters import Parameter, ParameterTable
from latecomer.study.rooms import Rooms
from latecomer.study.variants import Variants


def taken_out(rooms: Rooms) -> tuple[Removal, ...]:
    """What model/mechanisms.toml takes out, one at a time.

    Raises InputError where it takes out nothing, and for what it names and nobody knows.
    """
    rows = read_mechanisms(rooms.root / "model" / FILE)
    if not rows.removals:
        cure = f"write [{REMOVALS}.NAME] with a title, rows and parameters"
        raise refuse(FILE, f"no {REMOVALS}", "what is to be taken out of the model", cure)
    if faults := list(removal_faults(rows, rooms)):
        raise InputError(faults)
    return tuple(rows.removals.values())


def zeroed(rooms: Rooms, removal: Removal) -> tuple[str, ...]:
    """The parameters that a removal sets to nought, under the names of the tables.

    Raises InputError for a row that model/mechanisms.toml lacks, and for an unknown parameter.
    """
    rows = read_mechanisms(rooms.root / "model" / FILE) if removal.rows else {}
    names = [*(rows[row].switch for row in removal.rows), *removal.parameters]
    known = {key(name): name for name in [*rooms.parameters, *_own(rooms)]}
    for name in names:
        if key(name) not in known:
            place, expected = f"without {removal.title}, parameter '{name}'", "the name of a parameter"
            raise refuse(place, "an unknown name", expected, nearest(name, known.values()))
    return tuple(known[key(name)] for name in names)


def without(rooms: Rooms, removal: Removal, variant: str | None = None) -> Rooms:
    """A study without one mechanism; nothing is written.

    Its parameters are fixed at nought, in the variant too; the priors of those parameters of which no
    target depends any more in the variant, though it did before, are left out: a fit has nothing to say of
    them. What is off already leaves all as it is. Raises InputError as `zeroed` does, and for an unknown
    variant.
    """
    names = zeroed(rooms, removal)
    gone = idle_without(rooms, names, variant)
    other = Rooms(rooms.root)
    countries = Countries(
        {
            iso3: one.model_copy(update={"parameters": _changed(one.parameters, names, gone)})
            for iso3, one in rooms.countries.items()
        }
    )
    variants = dict(rooms.variants)
    if variant is not None:
        chosen = rooms.variants[variant]
        switches = {switch: 0.0 if switch in names else value for switch, value in chosen.switches.items()}
        # the first whose switches are set so gives its name to a fit
        variants = {variant: chosen.model_copy(update={"switches": switches})} | {
            name: one for name, one in variants.items() if name != variant
        }
    spans = table_spans(rooms.model.text)
    vars(other).update(
        model=rooms.model,
        parameters=_changed(rooms.parameters, names, gone),
        countries=countries,
        populations=rooms.populations,
        levers=rooms.levers,
        variants=Variants(variants),
        observations=rooms.observations,
        targets=rooms.targets,
        drivers=Drivers(rooms.drivers.sources, countries, rooms.observations, spans, rooms.levers),
        agreed=rooms.agreed,  # the model text has the mechanism, these tables do not
    )
    return other


def idle_without(rooms: Rooms, names: Iterable[str], variant: str | None = None) -> frozenset[str]:
    """The keys of constants that the targets depend on in a variant, but not once `names` are nought."""
    values = rooms.parameter_values(next(iter(rooms.countries)), variant=variant)
    switches = {name: values[name] for name, one in rooms.parameters.items() if one.choices is not None}
    outputs = [target.variable for target in rooms.targets.targets]
    if rooms.targets.events is not None:
        outputs.append(rooms.targets.events.variable)
    off: Mapping[str, float] = switches | dict.fromkeys(names, 0.0)
    text = rooms.model.text
    return constants_behind(text, outputs, switches) - constants_behind(text, outputs, off)


def _own(rooms: Rooms) -> list[str]:
    return [name for one in rooms.countries.values() for name in one.parameters]


def _changed(table: Mapping[str, Parameter], names: Iterable[str], gone: frozenset[str]) -> ParameterTable:
    held = set(names)
    return ParameterTable(
        {
            name: _nought(one) if name in held else _fixed(one) if key(name) in gone else one
            for name, one in table.items()
        }
    )


def _nought(one: Parameter) -> Parameter:
    """A parameter fixed at nought, which its range then holds."""
    lowest, highest = one.range or (0.0, 0.0)
    span = None if one.range is None else (min(lowest, 0.0), max(highest, 0.0))
    return one.model_copy(update={"value": 0.0, "range": span, "prior": None})


def _fixed(one: Parameter) -> Parameter:
    return one if one.prior is None else one.model_copy(update={"prior": None})
