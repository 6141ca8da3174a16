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
from latecomer.study.study import Study
from latecomer.study.variants import Variants


def taken_out(study: Study) -> tuple[Removal, ...]:
    """What model/mechanisms.toml takes out, one at a time.

    Raises InputError where it takes out nothing, and for what it names and nobody knows.
    """
    rows = read_mechanisms(study.root / "model" / FILE)
    if not rows.removals:
        cure = f"write [{REMOVALS}.NAME] with a title, rows and parameters"
        raise refuse(FILE, f"no {REMOVALS}", "what is to be taken out of the model", cure)
    if faults := list(removal_faults(rows, study)):
        raise InputError(faults)
    return tuple(rows.removals.values())


def zeroed(study: Study, removal: Removal) -> tuple[str, ...]:
    """The parameters that a removal sets to nought, under the names of the tables.

    Raises InputError for a row that model/mechanisms.toml lacks, and for an unknown parameter.
    """
    rows = read_mechanisms(study.root / "model" / FILE) if removal.rows else {}
    names = [*(rows[row].switch for row in removal.rows), *removal.parameters]
    known = {key(name): name for name in [*study.parameters, *_own(study)]}
    for name in names:
        if key(name) not in known:
            place, expected = f"without {removal.title}, parameter '{name}'", "the name of a parameter"
            raise refuse(place, "an unknown name", expected, nearest(name, known.values()))
    return tuple(known[key(name)] for name in names)


def without(study: Study, removal: Removal, variant: str | None = None) -> Study:
    """A study without one mechanism; nothing is written.

    Its parameters are fixed at nought, in the variant too; the priors of those parameters of which no
    target depends any more in the variant, though it did before, are left out: a fit has nothing to say of
    them. What is off already leaves all as it is. Raises InputError as `zeroed` does, and for an unknown
    variant.
    """
    names = zeroed(study, removal)
    gone = idle_without(study, names, variant)
    other = Study(study.root)
    countries = Countries(
        {
            iso3: one.model_copy(update={"parameters": _changed(one.parameters, names, gone)})
            for iso3, one in study.countries.items()
        }
    )
    variants = dict(study.variants)
    if variant is not None:
        chosen = study.variants[variant]
        switches = {switch: 0.0 if switch in names else value for switch, value in chosen.switches.items()}
        # the first whose switches are set so gives its name to a fit
        variants = {variant: chosen.model_copy(update={"switches": switches})} | {
            name: one for name, one in variants.items() if name != variant
        }
    spans = table_spans(study.model.text)
    vars(other).update(
        model=study.model,
        parameters=_changed(study.parameters, names, gone),
        countries=countries,
        populations=study.populations,
        levers=study.levers,
        variants=Variants(variants),
        observations=study.observations,
        targets=study.targets,
        drivers=Drivers(study.drivers.sources, countries, study.observations, spans, study.levers),
        agreed=study.agreed,  # the model text has the mechanism, these tables do not
    )
    return other


def idle_without(study: Study, names: Iterable[str], variant: str | None = None) -> frozenset[str]:
    """The keys of constants that the targets depend on in a variant, but not once `names` are nought."""
    values = study.parameter_values(next(iter(study.countries)), variant=variant)
    switches = {name: values[name] for name, one in study.parameters.items() if one.choices is not None}
    outputs = [target.variable for target in study.targets.targets]
    if study.targets.events is not None:
        outputs.append(study.targets.events.variable)
    off: Mapping[str, float] = switches | dict.fromkeys(names, 0.0)
    text = study.model.text
    return constants_behind(text, outputs, switches) - constants_behind(text, outputs, off)


def _own(study: Study) -> list[str]:
    return [name for one in study.countries.values() for name in one.parameters]


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
