"""Scenarios and assumptions of a study, read and held against the rest of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from latecomer.faults import InputError
from latecomer.language import Kind
from latecomer.study.assumptions import FILE, Assumptions, assumption_faults, load_assumptions
from latecomer.study.levers import TABLE
from latecomer.study.scenario_faults import Known, scenario_faults
from latecomer.study.scenarios import Scenarios, load_scenarios

if TYPE_CHECKING:
    from latecomer.study.study import Study

FOLDER: Final = Path("runs") / "scenarios"


def checked_assumptions(study: Study) -> Assumptions:
    """The assumptions of a study; raises InputError for every fault in them."""
    assumptions = load_assumptions(study.root / FOLDER / FILE)
    faults = list(assumption_faults(assumptions, study.drivers.sources, table_units(study), study.countries))
    if faults:
        raise InputError(faults)
    return assumptions


def checked_scenarios(study: Study) -> Scenarios:
    """The scenarios of a study; raises InputError for every fault in them."""
    scenarios = load_scenarios(study.root / FOLDER)
    if not scenarios:
        return scenarios
    units, sources = table_units(study), study.drivers.sources
    drivers = {table.removesuffix(TABLE): units[table] for table in sources}
    levers = [table.removesuffix(TABLE) for table in units if table not in sources]
    faults = list(scenario_faults(scenarios, Known(study.parameters, study.countries, levers, drivers)))
    if faults:
        raise InputError(faults)
    return scenarios


def table_units(study: Study) -> dict[str, str]:
    """The unit of each table of the model text."""
    return {table.name: table.unit for table in study.model.text.of_kind(Kind.TABLE)}
