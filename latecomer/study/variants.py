"""Rival structural variants: named sets of switches of the model text, each with a fit of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.study.fits import PLAIN, PLAIN_NAME
from latecomer.study.parameters import SINGLE, VARIANTS, VARIANTS_FILE, ParameterTable
from latecomer.study.schema import Named, Strict, read_toml, shown, validated_tables


class Variant(Strict):
    """One variant: the value of each of its switches, and the name of its fit in calibration/fits.

    `idle`: parameters with a prior that nothing depends on under these switches; its fit does not move them.
    """

    name: str
    note: str
    source: str
    fit: str | None = None
    idle: Annotated[tuple[str, ...], Field(strict=False)] = ()
    switches: Annotated[dict[str, float], Field(min_length=1)]


class Variants(Named[Variant]):
    """The variants by name, in the order of their file; `place`: where they stand, in words.

    >>> Variants({})["institutions"]
    Traceback (most recent call last):
    ...
    latecomer.errors.InputError: variant 'institutions': got no such variant; expected one of none...
    """

    def __init__(self, variants: Mapping[str, Variant], place: str = VARIANTS_FILE) -> None:
        super().__init__(variants)
        self.place = place

    def unknown(self, name: str) -> InputError:
        """Refuses a variant that is not there."""
        known = ", ".join(self) or "none"
        return refuse(f"variant '{name}'", "no such variant", f"one of {known}", nearest(name, self))

    def of_fit(self, fit: str) -> Variant | None:
        """The variant whose fit has this name; None where there is none."""
        return next((one for one in self.values() if one.fit == fit), None)

    def of_values(self, values: Mapping[str, float]) -> Variant | None:
        """The variant whose switches have these values; None where there is none."""
        for one in self.values():
            if all(values.get(name) == value for name, value in one.switches.items()):
                return one
        return None


def load_variants(model: Path, parameters: ParameterTable) -> Variants:
    """The variants of variants.toml in the folder `model`, or of [variants] in its single parameters.toml.

    None where it has neither. Raises InputError for both, and with every fault of them.
    """
    raw, place = _tables(model)
    faults: list[Fault] = []
    expected = "a table of note, source and switches"
    found = validated_tables(Variant, raw, place, expected, faults, "name")
    for name, one in found.items():
        faults.extend(_switch_faults(f"{place}, {name}", one, parameters))
        if one.fit is not None and (not PLAIN.fullmatch(one.fit) or one.fit == "none"):
            cure = "write the name of its fit in calibration/fits"
            faults.append(Fault(f"{place}, {name}, fit", shown(one.fit), PLAIN_NAME, cure))
    faults.extend(_missing_switches(place, found))
    if faults:
        raise InputError(faults)
    return Variants(found, place)


def _tables(model: Path) -> tuple[dict[str, Any], str]:
    """The tables of the variants as they stand, and where."""
    own, single = model / VARIANTS_FILE, model / SINGLE
    inside = read_toml(single, "the shared parameters") if single.exists() else {}
    if own.exists():
        if VARIANTS in inside:
            got, expected = f"variants in {SINGLE} too", "them in one place"
            raise refuse(VARIANTS_FILE, got, expected, f"take [{VARIANTS}] out of {SINGLE}")
        return read_toml(own, "the rival variants"), VARIANTS_FILE
    raw, place = inside.get(VARIANTS, {}), f"{SINGLE}, {VARIANTS}"
    if not isinstance(raw, dict):
        raise refuse(place, shown(raw), "a table for each variant", 'write [variants."name"]')
    return raw, place


def idle_faults(variants: Variants, known: Collection[str]) -> Iterator[Fault]:
    """Names of idle parameters that no table knows."""
    for name, variant in variants.items():
        for idle in variant.idle:
            if idle not in known:
                place, expected = f"{variants.place}, {name}, idle", "the name of a parameter"
                yield Fault(place, f"the name '{idle}'", expected, nearest(idle, known))


def _switch_faults(place: str, variant: Variant, parameters: ParameterTable) -> Iterator[Fault]:
    switches = [name for name, one in parameters.items() if one.choices is not None]
    for name, value in variant.switches.items():
        where = f"{place}, switches, {name}"
        if name not in parameters:
            yield Fault(where, "an unknown name", "a parameter with choices", nearest(name, switches))
        elif name not in switches:
            yield Fault(where, "a parameter with a range", "one with choices", nearest(name, switches))
        elif not parameters[name].allows(value):
            yield Fault(where, shown(value), parameters[name].allowed, "choose such a value")


def _missing_switches(place: str, variants: Mapping[str, Variant]) -> Iterator[Fault]:
    """What one variant sets every other sets too: what is left out would depend on the tables."""
    every: dict[str, Any] = {name: None for one in variants.values() for name in one.switches}
    for name, one in variants.items():
        for switch in every:
            if switch not in one.switches:
                got, expected = f"no '{switch}'", "each switch that another variant sets"
                yield Fault(f"{place}, {name}, switches", got, expected, "add it")
