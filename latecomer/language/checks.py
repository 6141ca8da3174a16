"""Checks of a whole model text: names, control variables, loops, delays whose time must stay."""

from __future__ import annotations

from dataclasses import replace

from latecomer.faults import Fault, InputError, nearest
from latecomer.language import graph
from latecomer.language.assemble import Draft
from latecomer.language.entry import place_of
from latecomer.language.functions import OF_TIME
from latecomer.language.syntax import (
    Call,
    Held,
    Number,
    Reference,
    Starting,
    Stock,
    references,
    walk,
)
from latecomer.language.text import CONTROLS, TIME, Kind, ModelText, Variable


def check(draft: Draft, faults: list[Fault]) -> ModelText:
    """The text with its orders of evaluation; raises `InputError` with `faults` and those found here."""
    text = draft.text
    known = {variable.key for variable in text.variables} | draft.broken
    faults = [*faults, *_undefined(text, known), *_controls(text, known)]
    order, initial_order = _orders(text, known, faults)
    if not faults:
        faults += _changing_delays(draft)
    if faults:
        raise InputError(faults)
    return replace(text, order=order, initial_order=initial_order)


def _place(text: ModelText, variable: Variable) -> str:
    return place_of(text.path.name, variable.line, variable.name)


def _undefined(text: ModelText, known: set[str]) -> list[Fault]:
    names = [variable.name for variable in text.variables if not variable.hidden]
    faults: list[Fault] = []
    for variable in text.variables:
        for need in variable.dependencies:
            if need == TIME or need in known:
                continue
            # the nearest name takes long to find where there are many
            near = nearest(need.replace("_", " "), names) if len(faults) < 20 else "define it"
            faults.append(
                Fault(
                    _place(text, variable),
                    f"a reference to '{need.replace('_', ' ')}', which is not defined",
                    "the name of a variable of this file",
                    f"define it, or {near}" if near.startswith("write") else "define it",
                )
            )
    return faults


def _controls(text: ModelText, known: set[str]) -> list[Fault]:
    faults = [
        Fault(
            text.path.name,
            f"no {name}",
            "the control variables " + ", ".join(CONTROLS.values()),
            f"add {name} = number",
        )
        for control, name in CONTROLS.items()
        if control not in known
    ]
    for variable in text.variables:
        same_as_step = variable.key == "saveper" and variable.definition == Reference("time_step")
        if variable.kind is Kind.CONTROL and not isinstance(variable.definition, Number) and not same_as_step:
            faults.append(
                Fault(
                    _place(text, variable),
                    "an equation whose value may change",
                    "a number, or constants with + - * / between them",
                    "write the number",
                )
            )
    return faults


def _orders(text: ModelText, known: set[str], faults: list[Fault]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    running = {v.key: _needs(v, at_start=False, known=known) for v in text.variables}
    starting = {v.key: _needs(v, at_start=True, known=known) for v in text.variables}
    names = {v.key: v.name for v in text.variables}
    for found, what, cure in (
        (graph.loops(running), "an algebraic loop", "let the loop pass through a stock (INTEG)"),
        (
            graph.loops(starting),
            "a loop among initial values",
            "give one of the stocks an initial value of its own",
        ),
    ):
        for loop in found:
            shown = " -> ".join(names[name] for name in (*loop, loop[0]))
            expected = "equations that can be computed one after another"
            at = next((one for name in loop if not (one := text.by_key[name]).hidden), text.by_key[loop[0]])
            faults.append(Fault(_place(text, at), f"{what}: {shown}", expected, cure))
        if found:
            return (), ()
    return graph.ordered(running), graph.ordered(starting)


def _needs(variable: Variable, at_start: bool, known: set[str]) -> tuple[str, ...]:
    """What must be computed before a variable; before a stock or a held value, nothing but at the start."""
    match variable.definition:
        case Stock(_, initial) | Held(initial):
            needs = references(initial) if at_start else ()
        case Starting(active, initial):
            needs = references(initial if at_start else active)
        case other:
            needs = references(other)
    return tuple(need for need in needs if need in known and need != TIME)


def _changing_delays(draft: Draft) -> list[Fault]:
    """DELAY N, in Vensim, keeps the times at which material came in: the same only where time is constant."""
    faults: list[Fault] = []
    if not draft.fixed:
        return faults
    changing = _changing(draft.text)
    for owner, function, time in draft.fixed:
        over_time = any(isinstance(node, Call) and node.function in OF_TIME for node in walk(time))
        if over_time or any(need == TIME or need in changing for need in references(time)):
            faults.append(
                Fault(
                    _place(draft.text, owner),
                    f"{function} with a delay time that changes during the run",
                    "a constant delay time",
                    "write DELAY1 or DELAY3",
                )
            )
    return faults


def _changing(text: ModelText) -> set[str]:
    """What may change during a run: itself, or by what it reads."""
    readers: dict[str, list[str]] = {}
    for variable in text.variables:
        if not isinstance(variable.definition, Held):
            for need in references(variable.definition):
                readers.setdefault(need, []).append(variable.key)
    waiting = [TIME, *(variable.key for variable in text.variables if _changes(variable))]
    changing: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in changing:
            changing.add(name)
            waiting += readers.get(name, ())
    return changing


def _changes(variable: Variable) -> bool:
    node = variable.definition
    if isinstance(node, Stock | Starting):
        return True
    return not isinstance(node, Held) and any(
        isinstance(inner, Call) and inner.function in OF_TIME for inner in walk(node)
    )
