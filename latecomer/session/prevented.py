"""What would have prevented the breakdown: policies swapped, mechanisms removed, as far as they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from latecomer.report.content import PlainTable
from latecomer.session.breakdown_scores import lowest_key
from latecomer.session.swap_outcomes import lowest_of
from latecomer.study.outcomes import Outcomes

SURE: Final = 2.0
"""Standard errors beyond which a difference of forecasts is told."""
Names = Mapping[str, str]


def prevented(
    swap: Mapping[str, Any] | None, reasons: Mapping[str, Any] | None, names: Names, outcomes: Outcomes
) -> Iterator[str]:
    """The counterfactuals and removals that are kept; what cannot be decided is said to be so."""
    if swap is not None:
        yield from swapped(swap, names, outcomes)
    if reasons is not None:
        yield from removed(reasons)
    if swap is None and reasons is None:
        yield "Nothing has been kept on this yet."


def swapped(swap: Mapping[str, Any], names: Names, outcomes: Outcomes) -> Iterator[str]:
    """What the experiments are, where the structures disagree, and what accounts for the difference."""
    one, other = (names.get(iso3, iso3) for iso3 in swap["countries"])
    variants = swap["variants"]
    yield (
        f"The table holds experiments with {one} in the model, in {len(variants)} rival "
        f"{'structure' if len(variants) == 1 else 'structures'}: what they say is an assumption of the "
        "structure, not an observation."
    )
    for said in swap["disagree"]:
        yield f"The structures disagree: {spelt(said, names)}."
    event, lowest = outcomes.event, lowest_of(outcomes)
    if event is None or lowest is None:
        return
    gaps = [next(row for row in each["shared"] if row["outcome"] == lowest.name) for each in variants]
    players = [part["player"] for part in gaps[0]["shares"]]
    means = [{part["player"]: part["mean"] for part in gap["shares"]} for gap in gaps]
    parts = [f"{player} {span([one[player] for one in means])}" for player in players]
    yield (
        f"Of the gap in {event.variable} between {one} and {other} "
        f"({span([gap['difference']['mean'] for gap in gaps])}): {', '.join(parts)}."
    )


def experiments(swap: Mapping[str, Any] | None, names: Names, outcomes: Outcomes) -> PlainTable | None:
    """Every counterfactual of the first country, its lowest value and where that is a breakdown."""
    event, lowest_outcome = outcomes.event, lowest_of(outcomes)
    if swap is None or event is None or lowest_outcome is None:
        return None
    one, variants = swap["countries"][0], swap["variants"]
    rows = []
    for name in [row["name"] for row in variants[0]["rows"] if row["country"] == one]:
        lowest = [
            row["outcomes"][lowest_outcome.name]["value"]
            for each in variants
            for row in each["rows"]
            if (row["country"], row["name"]) == (one, name)
        ]
        fallen = sum(value < event.below for value in lowest)
        rows.append((spelt(name, names), span(lowest), f"{fallen} of {len(lowest)}"))
    first, last = lowest_outcome.years
    what = f"lowest {event.variable} of {first}-{last % 100:02d} over the structures"
    caption = f"Experiments with {names.get(one, one)}, {what}"
    return PlainTable(caption, ("experiment", lowest_key(event), "breakdown in"), rows)


def removed(reasons: Mapping[str, Any]) -> Iterator[str]:
    """What the breakdown needs, what cannot be decided, and what the forecast gains or loses by it."""
    needed = [one for one in reasons["reasons"] if one["fails"]]
    open_ = [one["title"] for one in reasons["reasons"] if not one["fails"]]
    for one in needed:
        yield f"{one['statement'][0].upper()}{one['statement'][1:]}."
    if open_:
        yield (
            f"Taken out one at a time, with the model fitted again to {reasons['cut_off']}, {len(open_)} "
            f"mechanisms leave the breakdown as it is: {', '.join(open_)}. Which of them it needs cannot be "
            "decided by these figures."
        )
    for one in reasons["reasons"]:
        if one["se"] and abs(one["gain"]) > SURE * one["se"]:
            word = "worse" if one["gain"] > 0 else "better"
            yield (
                f"The forecast of the years after is {word} without {one['title']} (log score "
                f"{-one['gain']:+.0f}, standard error {one['se']:.0f})."
            )


def span(values: Sequence[float]) -> str:
    """One number, or the smallest and the largest of several.

    >>> span([0.47, 0.471]), span([-0.19, -0.13])
    ('0.47', '-0.19 to -0.13')
    """
    low, high = (f"{one:.2f}".replace("-0.00", "0.00") for one in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def spelt(text: str, names: Names) -> str:
    """A text with the names of countries for their codes.

    >>> spelt("policy of AAA from 1973", {"AAA": "South Korea"})
    'policy of South Korea from 1973'
    """
    for iso3, name in names.items():
        text = text.replace(iso3, name)
    return text
