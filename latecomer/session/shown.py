"""Which variables a page or a table shows: those that outcomes.toml names, or stocks of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from latecomer.language import Kind
from latecomer.study.study import Study

MOST: Final = 6
"""Stocks that stand in for outcomes where a study names none."""


def shown(study: Study, named: Sequence[str]) -> tuple[str, ...]:
    """The outcomes that are named for a place, or the first stocks of the text where none is."""
    if named:
        return tuple(named)
    stocks = [one.name for one in study.model.text.of_kind(Kind.STOCK) if not one.hidden]
    return tuple(stocks[:MOST])
