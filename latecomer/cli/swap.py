"""The command that swaps the policies of two countries, and calms the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import show
from latecomer.cli.commands import OF_STUDY, Iso3, Save, Where, app, opened, told

if TYPE_CHECKING:
    from latecomer.session.swap_outcomes import Spread
    from latecomer.session.swaps import Swap, VariantSwap
    from latecomer.study.outcomes import Outcomes


@app.command()
def swap(
    one: Iso3,
    other: Iso3,
    year: Annotated[
        int | None,
        typer.Option(
            metavar="YEAR", help="The year from which each has the other's policy.", show_default=OF_STUDY
        ),
    ] = None,
    fit: Annotated[
        str | None, typer.Option("--fit", metavar="NAME", help="One fit; by default that of each variant.")
    ] = None,
    draws: Annotated[
        int, typer.Option(min=2, max=1_000_000, help="Draws of the fit and of the shocks together.")
    ] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    at_mode: Annotated[
        bool, typer.Option("--at-mode", help="Leave the fit as it is; only the shocks differ. Minutes less.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    save: Save = False,
    where: Where = None,
) -> None:
    """Give each of two countries the other's policy, take shocks away, and share out the difference."""
    from latecomer.session.swaps import rival_fits, save_swap
    from latecomer.session.swaps import swap as swapped

    study = opened(where)
    with show.progress(quiet=as_json) as tick:
        made = swapped(study, one, other, rival_fits(study, fit), year, draws, seed, not at_mode, tick)
    if as_json:
        show.json_text(made.as_dict())
    else:
        show_swap(made, study.outcomes)
    if save:
        told(f"result in {save_swap(study, made)}", as_json)


def show_swap(made: Swap, outcomes: Outcomes) -> None:
    """The warning first, then every variant."""
    show.line("What a swap says is an assumption of the structure where variants disagree.")
    for said in made.disagree:
        show.line(f"- {said}")
    if not made.disagree:
        count = len(made.variants)
        show.line(f"- {count} variants agree" if count > 1 else "- one variant alone was asked")
    for one in made.variants:
        show_variant(one, made, outcomes)
    source = "the fast approximation" if made.uncertain else "the shocks alone: the fit is left as it is"
    show.line(f"\nbands: 80 %, over draws of {source}")


def show_variant(one: VariantSwap, made: Swap, outcomes: Outcomes) -> None:
    """The counterfactuals of a variant, its paths at key years, and the shares of the difference."""
    show.line(f"\n{one.variant} (fit {one.fit}, {one.draws} draws, {one.lost} left out)")
    for row in one.rows:
        show.line(f"{row.country}, {row.name}")
        for spreads in (row.outcomes, row.levels):
            show.line("  " + "; ".join(f"{name} {words(each)}" for name, each in spreads.items()))
        if outcomes.event is not None and row.below is not None:
            show.line(f"  {outcomes.event.told} in {100 * row.below:.0f} % of draws")
        for variable in outcomes.needed_swap("a swap").told:
            path = ", ".join(f"{year} {value:.4g}" for year, value in row.paths[variable].items())
            show.line(f"  {variable}: {path}")
    for brake in one.brakes:
        ends = (brake.swapped, brake.baseline)
        swapped, own = ("not finite" if end is None else f"{end:.2f}-fold" for end in ends)
        size = outcomes.needed_swap("a swap").size
        said = f"{size} {swapped} with the other's policy, {own} with its own"
        show.line(f"{brake.country} if it were not so that {brake.limit}: {said}")
    for shared in one.shared:
        whole = shared.difference
        show.line(f"{shared.outcome}, {made.countries[0]} - {made.countries[1]}: {whole.mean:+.3f}, of which")
        for part in shared.shares:
            show.line(f"  {part.player} {part.mean:+.3f} ({part.low:+.3f} to {part.high:+.3f})")


def words(one: Spread) -> str:
    """A number with its band, or alone where it has none.

    >>> from latecomer.session.swap_outcomes import Spread
    >>> words(Spread(0.5, 0.25, 0.75)), words(Spread(0.5, 0.5, 0.5))
    ('0.50 (0.25 to 0.75)', '0.50')
    """
    alone = f"{one.value:.2f}"
    return alone if one.low == one.high else f"{alone} ({one.low:.2f} to {one.high:.2f})"
