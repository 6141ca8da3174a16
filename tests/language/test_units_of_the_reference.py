"""The reference text has no fault in its units, and no planted one goes unseen in any of its equations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import simlin

from latecomer.errors import Fault
from latecomer.language import Kind, ModelText, Variable, check_units, key, read_text
from latecomer.language.model_text import TIME
from latecomer.language.syntax import Arithmetic, Definition, Lookup, Reference, Stock, Table, walk
from latecomer.language.unit_text import Units
from latecomer.language.units import is_number
from tests.language.flat import write_xmile


@pytest.fixture(scope="module")
def reference(root: Path) -> ModelText:
    return read_text(root / "model" / "latecomer.mdl")


def changed(text: ModelText, variable: Variable, **parts: Any) -> ModelText:
    """The text with one variable changed."""
    others = [replace(one, **parts) if one is variable else one for one in text.variables]
    return replace(text, variables=tuple(others))


def new_faults(text: ModelText, known: tuple[Fault, ...]) -> list[Fault]:
    """The faults that are not known already."""
    return [fault for fault in check_units(text) if fault not in known]


def accused(text: ModelText, known: tuple[Fault, ...]) -> set[str]:
    """The names of the variables with a fault that is not known already."""
    return {fault.place.rpartition(", ")[2] for fault in new_faults(text, known)}


def replaced(node: Any, at: Reference, new: Any) -> Any:
    """A tree with one of its references, told by its identity, put out for another."""
    if node is at:
        return new
    if isinstance(node, tuple):
        return tuple(replaced(part, at, new) for part in node)
    if is_dataclass(node) and not isinstance(node, type):
        return type(node)(**{part.name: replaced(getattr(node, part.name), at, new) for part in fields(node)})
    return node


def plantable(text: ModelText) -> Iterator[Variable]:
    """The variables with an equation: neither a number nor a table."""
    for variable in text.variables:
        if not isinstance(variable.definition, Table) and not is_number(variable.definition):
            yield variable


def test_every_variable_has_a_unit_and_every_equation_keeps_to_it(reference: ModelText) -> None:
    assert [str(fault) for fault in check_units(reference)] == []


def test_the_units_go_along_into_xmile(reference: ModelText, tmp_path: Path) -> None:
    written = read_text(write_xmile(reference, tmp_path / "reference.xmile"))
    assert accused(written, ()) == accused(reference, ())


@pytest.mark.slow
@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.slow)])
def test_a_wrong_unit_of_any_variable_is_found_there_or_at_its_users(reference: ModelText, step: int) -> None:
    known = check_units(reference)
    unseen = set()
    for variable in reference.variables[::step]:
        users = {one.name for one in reference.variables if variable.key in one.dependencies}
        found = accused(changed(reference, variable, unit=f"({variable.unit})*planted"), known)
        if variable.kind is Kind.CONTROL:
            users |= {one.name for one in reference.of_kind(Kind.CONTROL)}
        if not found & {variable.name, *users}:
            unseen.add(variable.key)
    # whatever the unit of an index is, it has none over its own first value
    tables = (one for one in reference.variables[::step] if one.kind is Kind.TABLE)
    assert unseen == {one.key for one in tables if only_over_itself(one, reference)}


def only_over_itself(table: Variable, text: ModelText) -> bool:
    """Whether a table is read in ratios to itself alone."""

    def reads(node: Definition) -> bool:
        return isinstance(node, Lookup) and node.table == table.key

    nodes = [node for one in text.variables for node in walk(one.definition)]
    ratios = [one for one in nodes if isinstance(one, Arithmetic) and one.operator == "/"]
    return sum(map(reads, nodes)) == 2 * sum(reads(one.left) and reads(one.right) for one in ratios)


@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("operator", "*/")
def test_a_factor_with_a_unit_is_found_in_any_equation(
    reference: ModelText, operator: str, step: int
) -> None:
    known = check_units(reference)
    alien = Reference(key("reference oil price"))
    for variable in list(plantable(reference))[::step]:
        for planted in planted_factors(variable.definition, operator, alien):
            assert accused(changed(reference, variable, definition=planted), known) == {variable.name}


def planted_factors(node: Definition, operator: str, alien: Reference) -> Iterator[Definition]:
    if not isinstance(node, Stock):
        yield Arithmetic(operator, node, alien)  # type: ignore[arg-type]
        return
    yield replace(node, flow=Arithmetic(operator, node.flow, alien))
    if not is_number(node.initial):
        yield replace(node, initial=Arithmetic(operator, node.initial, alien))


@pytest.mark.parametrize("step", [29, pytest.param(1, marks=pytest.mark.slow)])
def test_a_reference_to_another_unit_is_found_in_any_equation(reference: ModelText, step: int) -> None:
    known = check_units(reference)
    units = Units()
    of = {one.key: units.read(one.unit) for one in reference.variables}
    of[TIME] = of["initial_time"]
    aliens = [Reference(key(name)) for name in ("reference oil price", "initial reserves")]
    read_once = lonely_tables(reference)
    planted = 0
    looked_at = list(plantable(reference))[::step]
    for variable in looked_at:
        for node in walk(variable.definition):
            if not isinstance(node, Reference) or excused(node, variable, read_once):
                continue
            alien = next(one for one in aliens if of[one.key] != of[node.key])
            text = changed(reference, variable, definition=replaced(variable.definition, node, alien))
            # the second reader of a table is told that the first reads it otherwise
            assert any(variable.name in str(fault) for fault in new_faults(text, known)), (variable, node)
            planted += 1
    assert planted > len(looked_at)


def lonely_tables(text: ModelText) -> set[str]:
    """The tables with a single reader: nothing says in what unit their argument ought to be."""
    readings = [
        node.table for one in text.variables for node in walk(one.definition) if isinstance(node, Lookup)
    ]
    return {table for table in readings if readings.count(table) == 1}


def excused(node: Reference, variable: Variable, read_once: set[str]) -> bool:
    """Whether a reference is within the argument of a table that nothing else reads."""
    lookups = [inner for inner in walk(variable.definition) if isinstance(inner, Lookup)]
    return any(
        one.table in read_once and any(inner is node for inner in walk(one.argument)) for one in lookups
    )


@pytest.mark.slow
@pytest.mark.parametrize("step", [120, pytest.param(12, marks=pytest.mark.slow)])
def test_what_simlin_finds_is_found(reference: ModelText, root: Path, tmp_path: Path, step: int) -> None:
    path = tmp_path / "changed.mdl"
    text = (root / "model" / "latecomer.mdl").read_text(encoding="utf-8")
    known = check_units(reference)
    assert found_by_simlin(root / "model" / "latecomer.mdl") == set()
    total = 0
    # an array written for a range has no declaration of each element
    written = [one for one in reference.variables if one.kind is not Kind.TABLE and "[" not in one.name]
    for variable in written[::step]:
        declaration = re.compile(rf"(\n{re.escape(variable.name)}\s*=[^~]*~\s*)[^~]*?(\s*~)")
        planted, count = declaration.subn(r"\1planted*planted\2", text)
        assert count == 1
        path.write_text(planted, encoding="utf-8")
        theirs = {whole(name) for name in found_by_simlin(path)}
        found = accused(changed(reference, variable, unit="planted*planted"), known)
        ours = {whole(key(name)) for name in found}
        # simlin lays a wrong unit of a stock at the door of its flows
        assert theirs <= ours | {whole(name) for name in variable.dependencies}
        total += bool(theirs)
    assert total > 180 / step


def whole(name: str) -> str:
    """The array of an element, or the stock of a net flow that simlin makes up: it names these."""
    return name.split("[")[0].removesuffix("_net_flow")


def found_by_simlin(path: Path) -> set[str]:
    """The keys of the variables whose units simlin warns of."""
    warnings = simlin.load(path).check()
    return {key(one.variable) for one in warnings if one.variable and "unit" in one.message}
