"""The key of a figure for papers: what its lines, points and bands mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from latecomer.report.paper import LETTER, SMALL, Spec
from latecomer.report.paper_parts import axis, band, dotted, line, points, points_of, sign, tidy

Kind = Literal["line", "points", "signs", "band", "level"]
Entry = tuple[str, Kind, int]
"""Words, what they stand beside, and the number of its ink."""
SAMPLE: Final = 16.0
FULL: Final = 0.92
"""The share of the width that a row of a key fills at most."""
ROW: Final = 10.0


def key(entries: Sequence[Entry], width: float) -> Spec:
    """What lines, points and bands mean: a sample and words each, in as many rows as the width asks for."""
    layers, at, row, most = [], 0.0, 0, 0.0
    for words, kind, k in entries:
        long = SAMPLE + 4.0 + len(words) * LETTER * SMALL
        if at > 0.0 and at + long > FULL * width:
            at, row = 0.0, row + 1
        layers += [*sample(kind, k, at, row), lettered(words, at + SAMPLE + 4.0, row)]
        most, at = max(most, at + long), at + long + 10.0
    height = ROW * (row + 1)
    return {
        "width": round(most, 2),
        "height": height,
        "encoding": {"x": axis("x", (0.0, most), None), "y": axis("y", (height, 0.0), None)},
        "layer": layers,
    }


def sample(kind: Kind, k: int, at: float, row: int) -> list[Spec]:
    """A short piece of a line, a point or a band at a place of a key."""
    middle = ROW * (row + 0.5)
    if kind in ("points", "signs"):
        one = points([at + SAMPLE / 2], [middle], k)
        return [{**one, "mark": {**sign(k, filled=kind == "signs"), "size": 20}}]
    if kind == "band":
        return [band([at, at + SAMPLE], [middle - 3] * 2, [middle + 3] * 2, k)]
    if kind == "level":
        rows = points_of([at, at + SAMPLE], [middle] * 2)
        return [{"data": {"values": rows}, "mark": {**dotted(), "type": "line"}}]
    return [line([at, at + SAMPLE], [middle] * 2, k)]


def lettered(words: str, at: float, row: int) -> Spec:
    """The words of a key at a place."""
    rows = [{"x": tidy(at), "y": ROW * (row + 0.5), "words": words}]
    mark = {"type": "text", "align": "left", "baseline": "middle"}
    return {"data": {"values": rows}, "mark": mark, "encoding": {"text": {"field": "words"}}}
