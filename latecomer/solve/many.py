"""Ensembles of one model: what is asked for, checked, compiled once, and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import xarray as xr

from latecomer.faults import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText, Program
from latecomer.solve import inputs
from latecomer.solve.chunked import BLOCKS, Chunked
from latecomer.solve.ensemble import ensemble, run_blocks
from latecomer.solve.events import Event, check_events
from latecomer.solve.grid import Grid
from latecomer.solve.inputs import kind_of
from latecomer.solve.lanes import Block, Plan, lanes_here
from latecomer.solve.members import Case, Members, make_members
from latecomer.solve.methods import choose_scheme
from latecomer.solve.schemes import EitherScheme
from latecomer.solve.summary import Summary, check_quantiles
from latecomer.solve.workers import checked_workers


@dataclass(frozen=True)
class Asked:
    """The model and the times of an ensemble; `compiled` keeps its blocks for the next call."""

    text: ModelText
    program: Program
    grid: Grid
    compiled: dict[Any, Any]

    def scheme(self, method: str, noise: bool) -> EitherScheme:
        """The scheme of a method, which cannot be the adaptive one."""
        scheme = choose_scheme(self.text, method, noise)
        assert scheme is not None
        return scheme

    def members(
        self,
        draws: int,
        parameters: Mapping[str, Any] | None,
        drivers: Mapping[str, Any] | None,
        cases: Mapping[str, Case] | None,
    ) -> Members:
        """The checked runs."""
        return make_members(self.text, self.program, draws, parameters, drivers, cases)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that have a path."""
        none = (Kind.TABLE, Kind.CONTROL)
        return tuple(v.name for v in self.text.variables if v.kind not in none)


@dataclass(frozen=True)
class Wanted:
    """What a summary is to hold."""

    quantiles: tuple[float, ...]
    events: Mapping[str, Event]
    accuracy: float


def paths(
    asked: Asked,
    scheme: EitherScheme,
    members: Members,
    variables: Sequence[str] | None,
    seed: int,
    memory: float,
    workers: int | None,
) -> xr.Dataset:
    """The paths of all members; see `Model.ensemble`."""
    seed = inputs.whole("seed", seed, *inputs.SEEDS)
    plan = _plan(asked, scheme, members, _variables(asked, variables))
    threads = checked_workers(workers)
    return ensemble(asked.text, plan, _block(asked, plan), members, seed, memory, threads)


def chunked(
    asked: Asked,
    scheme: EitherScheme,
    members: Members,
    variables: Sequence[str] | None,
    seed: int,
    wanted: Wanted,
    blocks: int = BLOCKS,
) -> Chunked:
    """The runs of a summary in chunks of some blocks; see `Model.chunked`."""
    seed = inputs.whole("seed", seed, *inputs.SEEDS)
    names = _variables(asked, variables)
    events = {label: _named(asked, event) for label, event in wanted.events.items()}
    check_events(events, asked.names, asked.grid.saved())
    check_quantiles(wanted.quantiles)
    of_events = [event.variable for event in events.values()]
    plan = _plan(asked, scheme, members, tuple(dict.fromkeys([*names, *of_events])))
    block = _block(asked, plan)
    return Chunked(
        asked.text, plan, block, members, seed, wanted.quantiles, events, names, wanted.accuracy, blocks
    )


def summary(parts: Chunked, workers: int | None) -> Summary:
    """What all runs come to, at once; see `Model.summarise`."""
    gathered = parts.gathering()
    run_blocks(parts.plan, parts.block, parts.members, parts.seed, gathered.take, checked_workers(workers))
    return parts.summary(gathered)


def _named(asked: Asked, event: Event) -> Event:
    variable = asked.text.find(event.variable)
    name = event.variable if variable is None else variable.name
    return Event(name, event.below, event.above, event.start, event.end)


def _variables(asked: Asked, variables: Sequence[str] | None) -> tuple[str, ...]:
    """The names of variables with a path; an array stands for its elements."""
    if variables is None:
        shown = {v.name for v in asked.text.variables if not v.hidden}
        variables = [name for name in asked.program.state_names if name in shown]
    if not variables:
        raise refuse("variables", "none", "one variable or more", "name them; left out they are the stocks")
    allowed = asked.names
    names: list[str] = []
    faults = []
    for name in variables:
        variable, elements = asked.text.find(name), asked.text.elements(name)
        if elements:
            names += [element.name for element in elements]
        elif variable is not None and variable.name in allowed:
            names.append(variable.name)
        else:
            got, cure = kind_of(asked.text, name), nearest(name, allowed)
            faults.append(Fault(f"variable '{name}'", got, "the name of a variable", cure))
    if faults:
        raise InputError(faults)
    return tuple(dict.fromkeys(names))


def _plan(asked: Asked, scheme: EitherScheme, members: Members, variables: tuple[str, ...]) -> Plan:
    return Plan(asked.program, scheme, asked.grid, variables, members.varied, lanes_here())


def _block(asked: Asked, plan: Plan) -> Block:
    known = ("block", plan.scheme.name, plan.grid, plan.variables, plan.varied)
    if known not in asked.compiled:
        asked.compiled[known] = Block(plan)
    block: Block = asked.compiled[known]
    return block
