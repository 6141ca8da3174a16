"""The ranges along which the elements of one array lie."""

from __future__ import annotations

from collections.abc import Sequence

from latecomer.language.arrays import Element
from latecomer.language.ranges import Ranges
from latecomer.language.syntax import key


def dimensions(elements: Sequence[Element], ranges: Ranges) -> tuple[str, ...]:
    """The name of one range for each subscript: the one written, or the smallest that holds all elements.

    Nothing where the elements of a subscript have no range in common; they then stay variables of their own.
    """
    count = len(elements[0].subscripts)
    found = [_dimension(elements, position, ranges) for position in range(count)]
    return tuple(found) if all(found) else ()


def _dimension(elements: Sequence[Element], position: int, ranges: Ranges) -> str:
    used = {element.subscripts[position] for element in elements}
    written = {key(element.entry.subscripts[position]) for element in elements}
    if len(written) == 1 and (only := ranges.by_key.get(next(iter(written)))) is not None:
        return only.name
    holding = [known for known in ranges.by_key.values() if used <= set(known.elements)]
    return min(holding, key=lambda known: len(known.elements)).name if holding else ""
