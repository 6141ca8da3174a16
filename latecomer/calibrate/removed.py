"""A joint fit with some of its parameters at nought: the same compiled program, other numbers handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from latecomer.calibrate.entries import Entry, Role
from latecomer.calibrate.problem import Problem
from latecomer.faults import refuse


def at_nought(problem: Problem, names: Sequence[str], gone: Sequence[str]) -> Problem:
    """The problem with some parameters at nought in every country, estimated ones too.

    x = 0 whatever z, for each name of `gone`: the base is 0, and so are centre and spread of its prior

    `names`: the parameters of the model in order; `gone`: those at nought. What nothing depends on any more
    stays at the centre of its prior, and z at 0, so that the optimum of the others is that of a fit without
    it. Raises InputError for a name that the model lacks, and for an estimated share, whose logit has no 0.
    """
    unknown = [name for name in gone if name not in names]
    if unknown:
        got, expected = f"the unknown parameters {', '.join(unknown)}", "parameters of the model"
        raise refuse("removal", got, expected, "mend their names")
    base = problem.layout.base.copy()
    base[:, [list(names).index(name) for name in gone]] = 0.0
    entries = tuple(_nought(one) if _is(one, gone) else one for one in problem.layout.entries)
    layout = replace(problem.layout, base=base, entries=entries)
    return replace(problem, layout=layout, given=(layout.numbers, problem.given[1]))


def _is(entry: Entry, gone: Sequence[str]) -> bool:
    return entry.role is Role.PARAMETER and entry.name in gone


def _nought(entry: Entry) -> Entry:
    if entry.family == "logit":
        got = f"the estimated share {entry}"
        raise refuse("removal", got, "a parameter that can be nought", "remove what it multiplies")
    return replace(entry, centre=0.0, spread=0.0)
