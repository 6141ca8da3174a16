"""Which variables a report on runs shows: outcomes, and the main ones of each sector of the model text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from latecomer.language import Kind, ModelText, Variable
from latecomer.session.material import CREDIT


@dataclass(frozen=True, slots=True)
class Outcome:
    """A variable that runs are compared by; `relative`: differences are told in per cent of the other run."""

    name: str
    relative: bool


OUTCOMES: Final = (
    Outcome("output per head", relative=True),
    Outcome("capability", relative=True),
    Outcome("exports", relative=True),
    Outcome("debt to output", relative=False),
    Outcome("labour share", relative=True),
    Outcome("emissions", relative=True),
)
MAIN: Final = frozenset(
    name
    for line in (
        "world exports; world output; oil price ratio; commodity price; real world rate",
        "frontier productivity; population; employment; human capital; export orientation",
        "industrial support; import openness; special economic zones; cluster policy",
        "knowledge commons; generic policy; green policy; export subsidy in use; local content in use",
        "import openness in use; discipline; state capability; capture; mobilisation; high road",
        "capability; relative capability; learning; absorptive capacity; technology gap; output",
        "output per head; capital; investment share; utilisation; private consumption; labour share",
        "wage; manufacturing employment share; relative unit labour cost; emissions",
        "consumption emissions; carbon intensity; local pollution; inequality; real exchange rate",
        "exports; exports to output; imports to output; manufactures share of exports",
        "import compression; chain participation; process upgrading; functional upgrading",
        "value captured per worker; domestic linkages; block exports[garments]",
        "block exports[electronics]; block exports[automotive]; institutional foundations",
        "cluster maturity; tax revenue; support spending; fiscal gap; domestic public debt",
        "public interest; challenge progress; commercial technologies; condition delivery",
        "coercion loss; current account to output; new lending; direct investment to output",
        "capital flight; compressed imports; debt to output; debt service ratio; credit access",
        "average interest rate; reserves to output; arrears",
    )
    for name in line.split("; ")
)
FEW: Final = 5
WITH_PATH: Final = (Kind.STOCK, Kind.FLOW, Kind.AUXILIARY)


def sectors(text: ModelText, asked: Sequence[str] = ()) -> dict[str, list[Variable]]:
    """The variables shown of each sector, in the order of the text; `asked` are shown where they have a path.

    A sector without any of `MAIN` shows its first five, stocks first.
    """
    found: dict[str, list[Variable]] = {}
    for sector in dict.fromkeys(variable.sector for variable in text.variables):
        inside = list(_with_path(text, sector))
        chosen = [one for one in inside if one.name in MAIN or one.name in asked]
        first = sorted(inside, key=lambda one: one.kind is not Kind.STOCK)[:FEW]
        if inside:
            found[sector] = chosen or first
    return found


def _with_path(text: ModelText, sector: str) -> Iterator[Variable]:
    for variable in text.variables:
        if variable.sector == sector and variable.kind in WITH_PATH and not variable.hidden:
            yield variable


def wanted(text: ModelText, targets: Sequence[str], asked: Sequence[str]) -> list[str]:
    """The names of every variable that a report reads, each once."""
    shown = [one.name for part in sectors(text, asked).values() for one in part]
    return list(dict.fromkeys([CREDIT, *(one.name for one in OUTCOMES), *targets, *shown]))


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
