"""Equations of known value: each term writes itself as Vensim does, and computes itself in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

Value = Callable[[Mapping[str, float], float], float]


@dataclass(frozen=True)
class Term:
    """An equation as written, and its value from those of other variables and the time."""

    written: str
    value: Value


def _constant(number: float) -> Term:
    return Term(f"{number!r}", lambda others, time: number)


def _reference(name: str) -> Term:
    return Term(name, lambda others, time: others[name])


CLOCK = Term("Time", lambda others, time: time)


def _of_one(head: str, function: Callable[[float], float]) -> Callable[[Term], Term]:
    return lambda one: Term(f"{head}({one.written})", lambda others, time: function(one.value(others, time)))


def _of_two(form: str, function: Callable[[float, float], float]) -> Callable[[Term, Term], Term]:
    return lambda one, other: Term(
        form.format(one.written, other.written),
        lambda others, time: function(one.value(others, time), other.value(others, time)),
    )


ONE = (
    _of_one("-", lambda x: -x),
    _of_one("ABS", abs),
    _of_one("SIN", math.sin),
    _of_one("INTEGER", lambda x: float(math.trunc(x))),
)
TWO = (
    _of_two("({} + {})", lambda x, y: x + y),
    _of_two("({} - {})", lambda x, y: x - y),
    _of_two("{} * ({})", lambda x, y: x * y),
    _of_two("MIN({}, {})", min),
    _of_two("MAX({}, {})", max),
    _of_two("({}) / (1 + ABS({}))", lambda x, y: x / (1 + abs(y))),
)


def random_term(rng: Random, names: tuple[str, ...], depth: int) -> Term:
    """An equation over some variables and the time, nested no deeper than that."""
    leaves = [CLOCK, _constant(rng.randrange(1, 50) / 8), *map(_reference, names)]
    if not depth or rng.random() < 0.2:
        return rng.choice(leaves)
    made = [random_term(rng, names, depth - 1) for _ in range(4)]
    match rng.randrange(4):
        case 0:
            return rng.choice(ONE)(made[0])
        case 1:
            return _chosen(*made)
        case _:
            first, second = made[:2]
            return rng.choice(TWO)(_whole(first), _whole(second))


def _whole(term: Term) -> Term:
    return Term(f"({term.written})", term.value)


def _chosen(a: Term, b: Term, yes: Term, no: Term) -> Term:
    def value(others: Mapping[str, float], time: float) -> float:
        return (yes if a.value(others, time) > b.value(others, time) else no).value(others, time)

    return Term(f"IF THEN ELSE({a.written} > {b.written}, {yes.written}, {no.written})", value)
