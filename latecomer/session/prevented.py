"""What would have prevented the breakdown: policies swapped, mechanisms removed, as far as they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

LOWEST: Final = "lowest credit access 1980-86"
HALF: Final = 0.5


def prevented(results: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The counterfactuals and removals that are kept; what cannot be decided is said to be so."""
    swap, reasons = results.get("swap-BRA-KOR"), results.get("reasons-1979")
    if swap is not None:
        yield from swapped(swap)
    if reasons is not None:
        for one in reasons["reasons"]:
            statement = one["statement"]
            yield f"{statement[0].upper()}{statement[1:]}."
    if swap is None and reasons is None:
        yield "Nothing has been kept on this yet."


def swapped(swap: Mapping[str, Any]) -> Iterator[str]:
    """Each counterfactual of the first country, over the variants, and what accounts for the difference."""
    one, other = swap["countries"]
    variants = swap["variants"]
    yield (
        f"The following are experiments in the model, in {len(variants)} rival "
        f"{'structure' if len(variants) == 1 else 'structures'}: what they say is an assumption of the "
        "structure, not an observation."
    )
    names = [row["name"] for row in variants[0]["rows"] if row["country"] == one]
    for name in names:
        found = [
            row for each in variants for row in each["rows"] if (row["country"], row["name"]) == (one, name)
        ]
        yield f"{one}, {name}: {access(found)}"
    for said in swap["disagree"]:
        yield f"The structures disagree: {said}"
    for each in variants:
        shared = next(row for row in each["shared"] if row["outcome"] == LOWEST)
        parts = ", ".join(f"{part['player']} {part['mean']:+.2f}" for part in shared["shares"])
        yield (
            f"Of the gap in credit access between {one} and {other} ({shared['difference']['mean']:+.2f}), "
            f"in '{each['variant']}': {parts}."
        )


def access(rows: Sequence[Mapping[str, Any]]) -> str:
    """The lowest credit access of a counterfactual over the variants, and where it falls below one half."""
    lowest = [row["outcomes"][LOWEST]["value"] for row in rows]
    span = (
        f"{min(lowest):.2f}"
        if max(lowest) - min(lowest) < 0.005
        else f"{min(lowest):.2f} to {max(lowest):.2f}"
    )
    fallen = sum(value < HALF for value in lowest)
    told = {0: "no breakdown", len(lowest): "breakdown"}.get(
        fallen, f"breakdown in {fallen} of {len(lowest)}"
    )
    return f"credit access {span} at the lowest in 1980-86, {told}."
