"""Which variables a report on runs shows: outcomes, and the main ones of each sector of the model text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from latecomer.language import Kind, ModelText, Variable
from latecomer.session.shown import shown
from latecomer.study.study import Study


@dataclass(frozen=True, slots=True)
class Outcome:
    """A variable that runs are compared by; `relative`: differences are told in per cent of the other run."""

    name: str
    relative: bool


FEW: Final = 5
WITH_PATH: Final = (Kind.STOCK, Kind.FLOW, Kind.AUXILIARY)


def outcomes(study: Study) -> list[Outcome]:
    """What the runs of a study are compared by."""
    known = study.outcomes.outcomes
    names = shown(study, study.outcomes.pages.runs)
    return [Outcome(name, known[name].relative if name in known else True) for name in names]


def sectors(
    text: ModelText, main: Collection[str] = (), asked: Sequence[str] = ()
) -> dict[str, list[Variable]]:
    """The variables shown of each sector, in the order of the text; `asked` are shown where they have a path.

    A sector without any of the `main` ones shows its first five, stocks first.
    """
    found: dict[str, list[Variable]] = {}
    for sector in dict.fromkeys(variable.sector for variable in text.variables):
        inside = list(_with_path(text, sector))
        chosen = [one for one in inside if one.name in main or one.name in asked]
        first = sorted(inside, key=lambda one: one.kind is not Kind.STOCK)[:FEW]
        if inside:
            found[sector] = chosen or first
    return found


def _with_path(text: ModelText, sector: str) -> Iterator[Variable]:
    for variable in text.variables:
        if variable.sector == sector and variable.kind in WITH_PATH and not variable.hidden:
            yield variable


def wanted(study: Study, asked: Sequence[str]) -> list[str]:
    """The names of every variable that a report reads, each once."""
    event, pages = study.outcomes.event, study.outcomes.pages
    first = [*([] if event is None else [event.variable]), *(one.name for one in outcomes(study))]
    told = [name for name in (pages.head, pages.highest) if name is not None]
    targets = [target.variable for target in study.targets.targets]
    by_sector = sectors(study.model.text, pages.sectors, asked).values()
    return list(dict.fromkeys([*first, *told, *targets, *(one.name for part in by_sector for one in part)]))


def changed_names(changes: Sequence[str]) -> list[str]:
    """What the lines of a scenario change: the words before the colon of each.

    >>> changed_names(["cluster policy: 0 in 2020, 0.6 in 2040", "whole"])
    ['cluster policy']
    """
    return list(dict.fromkeys(line.partition(":")[0].strip() for line in changes if ":" in line))


def plain_note(note: str) -> str:
    """A note of the model text without the codes of mechanisms at its end.

    >>> plain_note("Labour's part of output. (A5, C1)")
    "Labour's part of output."
    """
    return re.sub(r"\s*\([A-Z]\d+(, [A-Z]\d+)*\)\s*$", "", note)
