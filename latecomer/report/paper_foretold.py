"""Figures for papers on what was foretold: breakdowns with their intervals, the coverage of bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from latecomer.report.breakdown_figure import KINDS, Mark, Row, marks
from latecomer.report.paper import PLAIN, Build, Spec
from latecomer.report.paper_key import Entry, key
from latecomer.report.paper_parts import axis, dotted, look, sign, stack, starred, tidy, wrapped
from latecomer.study.outcomes import Record, ThresholdEvent

STEP: Final = 10.5
"""The height of a row, points."""
SIGNS: Final[Mapping[Mark, tuple[int, bool]]] = {
    "both": (0, True),
    "one": (1, True),
    "none": (2, False),
    "earlier": (3, True),
}
"""Shape and ink of a country by what happened, and whether it is filled."""


def breakdown_paper(
    rows: Sequence[Row], event: ThresholdEvent, record: Record, window: tuple[int, int]
) -> Build:
    """Countries from top to bottom: probability of the event, lowest value, what happened."""
    used = [mark for mark in KINDS if any(one.mark == mark for one in rows)]
    values = [breakdown_row(one, event) for one in rows]
    order = [one.name for one in rows]

    def build(width: float) -> Spec:
        room = width - 34.0 - 70.0
        loss = f"probability of {event.words.loss} {window[0]}–{window[1]}"
        parts = [dots(values, order, loss, 0.42 * room), ranges(values, order, event, 0.58 * room)]
        row = {"hconcat": [*parts, words(values, order)], "bounds": "flush", "spacing": 14}
        return stack([marks_key(used, marks(record), width), row])

    return build


def breakdown_row(one: Row, event: ThresholdEvent) -> dict[str, Any]:
    """A country as the row of a specification; a share above one is drawn as one."""
    least, most = (0.0, 1.0) if event.scale == "logit" else (-np.inf, np.inf)
    low, median, high = (tidy(min(max(v, least), most)) for v in (one.low, one.median, one.high))
    numbers = {"p": tidy(one.probability), "low": low, "median": median, "high": high}
    return {"name": one.name, "words": one.words, "mark": one.mark, **numbers}


def by_name(order: Sequence[str]) -> Spec:
    """The channel of rows, in an order."""
    scale = {"type": "point", "domain": list(order), "padding": 0.5}
    return {"field": "name", "type": "ordinal", "sort": None, "scale": scale, "axis": None}


def share(field: str, title: str, width: float) -> Spec:
    """The channel of a number from nought to one, with room for a sign at either end."""
    values = [0, 0.25, 0.5, 0.75, 1] if width >= 100.0 else [0, 0.5, 1]
    lines = wrapped(title, width, PLAIN)
    style = {"values": values, "format": ".2~f", "title": lines, "grid": True, "labelFlush": False}
    scale = {"domain": [-0.04, 1.04], "nice": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": style}


def signs(values: Sequence[Spec]) -> list[Spec]:
    """A layer of points for each mark."""
    return [
        {"data": {"values": kept}, "mark": {**sign(*SIGNS[mark]), "size": 26}}
        for mark in KINDS
        if (kept := [one for one in values if one["mark"] == mark])
    ]


def dots(values: Sequence[Spec], order: Sequence[str], title: str, width: float) -> Spec:
    """The probability of each row as a point, with the names of the rows."""
    names = by_name(order) | {"axis": {"domain": False, "ticks": False, "title": None}}
    encoding = {"y": names, "x": share("p", title, width)}
    return {**framed(order, width), "encoding": encoding, "layer": signs(values)}


def lowest(field: str, event: ThresholdEvent, width: float) -> Spec:
    """The channel of the lowest values: that of a share, or as wide as they are."""
    title = f"lowest {event.variable}: median and 80 % interval of the draws"
    if event.scale == "logit":
        return share(field, title, width)
    style = {"tickCount": 4, "title": wrapped(title, width, PLAIN), "grid": True, "labelFlush": False}
    return {"field": field, "type": "quantitative", "scale": {"zero": False}, "axis": style}


def ranges(values: Sequence[Spec], order: Sequence[str], event: ThresholdEvent, width: float) -> Spec:
    """The lowest value of each row: median and 80 % interval, with the level of the event drawn."""
    bars: list[Spec] = [
        {
            "data": {"values": [one for one in values if one["mark"] == mark]},
            "mark": {"type": "rule", "strokeWidth": 1.2, "color": look(SIGNS[mark][0])["color"]},
            "encoding": {"x": lowest("low", event, width), "x2": {"field": "high"}},
        }
        for mark in KINDS
    ]
    half: Spec = {"data": {"values": [{"median": event.below}]}, "mark": dotted(), "encoding": {"y": None}}
    encoding = {"y": by_name(order), "x": lowest("median", event, width)}
    return {**framed(order, width), "encoding": encoding, "layer": [half, *bars, *signs(values)]}


def framed(order: Sequence[str], width: float) -> Spec:
    """The size of a drawing of rows."""
    return {"width": round(width, 2), "height": STEP * len(order)}


def words(values: Sequence[Spec], order: Sequence[str]) -> Spec:
    """What happened in each row, in words."""
    return {
        "width": 56.0,
        "height": STEP * len(order),
        "data": {"values": list(values)},
        "mark": {"type": "text", "align": "left", "baseline": "middle"},
        "encoding": {"y": by_name(order), "x": {"value": 0}, "text": {"field": "words"}},
    }


def marks_key(used: Sequence[Mark], meaning: Mapping[Mark, str], width: float) -> Spec:
    """What the signs of a breakdown mean."""
    entries: list[Entry] = [
        (meaning[mark], "signs" if SIGNS[mark][1] else "points", SIGNS[mark][0]) for mark in used
    ]
    return key(entries, width)


def coverage_paper(level: float, groups: Mapping[str, Mapping[str, float]]) -> Build:
    """The share of figures inside the bands, by groups such as series and countries, with what was asked."""
    entries: list[Entry] = [
        ("share of figures inside", "signs", 1),
        (f"asked: {level:g}", "level", 0),
    ]

    def build(width: float) -> Spec:
        wide = width >= 300.0
        each = width / len(groups) - 40.0 if wide else width - 40.0
        parts = [inside(title, of, level, each) for title, of in groups.items()]
        drawn = {"hconcat": parts, "spacing": 14} if wide else {"vconcat": parts, "spacing": 10}
        return stack([key(entries, width), drawn])

    return build


def inside(title: str, of: Mapping[str, float], level: float, width: float) -> Spec:
    """The shares of one group, from the largest down, each as a point at the end of its distance."""
    order = sorted(of, key=lambda name: -of[name])
    values = [{"name": starred(name), "p": tidy(of[name]), "asked": level} for name in order]
    x = axis("p", (min(0.5, *of.values()) - 0.01, 1.0), {"tickCount": 5, "format": ".1f", "title": None})
    y = by_name([starred(name) for name in order]) | {
        "axis": {"domain": False, "ticks": False, "title": None}
    }
    rule: Spec = {"data": {"values": [{"p": level}]}, "mark": dotted(), "encoding": {"y": None}}
    stem: Spec = {"mark": {"type": "rule", "strokeWidth": 0.8}, "encoding": {"x2": {"field": "asked"}}}
    return {
        **framed(order, width),
        "title": {"text": title},
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": [rule, stem, {"mark": {**sign(1, filled=True), "size": 20}}],
    }
