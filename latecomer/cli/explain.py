"""The command that swaps the policies of two countries, and calms the world.

Also here:
- The command that opens the live model in a browser.
"""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latecomer.cli import commands, tables
from latecomer.cli.commands import (
    OF_STUDY,
    OTHER,
    AsJson,
    Iso3,
    Save,
    VariantName,
    Where,
    app,
    message,
    opened,
)
from latecomer.errors import refuse

if TYPE_CHECKING:
    from latecomer.explain.policy_swap import PolicySwap, Spread, VariantSwap
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
    as_json: AsJson = False,
    save: Save = False,
    where: Where = None,
) -> None:
    """Give each of two countries the other's policy, take shocks away, and share out the difference."""
    from latecomer.explain.policy_swap import rival_fits, save_swap
    from latecomer.explain.policy_swap import swap as swapped

    study = opened(where)
    with tables.progress(quiet=as_json) as tick:
        made = swapped(study, one, other, rival_fits(study, fit), year, draws, seed, not at_mode, tick)
    if as_json:
        tables.json_text(made.as_dict())
    else:
        show_swap(made, study.outcomes)
    if save:
        message(f"result in {save_swap(study, made)}", as_json)


def show_swap(made: PolicySwap, outcomes: Outcomes) -> None:
    """The warning first, then every variant."""
    tables.line("What a swap says is an assumption of the structure where variants disagree.")
    for said in made.disagree:
        tables.line(f"- {said}")
    if not made.disagree:
        count = len(made.variants)
        tables.line(f"- {count} variants agree" if count > 1 else "- one variant alone was asked")
    for one in made.variants:
        show_variant(one, made, outcomes)
    source = "the fast approximation" if made.uncertain else "the shocks alone: the fit is left as it is"
    tables.line(f"\nbands: 80 %, over draws of {source}")


def show_variant(one: VariantSwap, made: PolicySwap, outcomes: Outcomes) -> None:
    """The counterfactuals of a variant, its paths at key years, and the shares of the difference."""
    tables.line(f"\n{one.variant} (fit {one.fit}, {one.draws} draws, {one.lost} left out)")
    for row in one.rows:
        tables.line(f"{row.country}, {row.name}")
        for spreads in (row.outcomes, row.levels):
            tables.line("  " + "; ".join(f"{name} {words(each)}" for name, each in spreads.items()))
        if outcomes.event is not None and row.below is not None:
            tables.line(f"  {outcomes.event.told} in {100 * row.below:.0f} % of draws")
        for variable in outcomes.needed_swap("a swap").told:
            path = ", ".join(f"{year} {value:.4g}" for year, value in row.paths[variable].items())
            tables.line(f"  {variable}: {path}")
    for brake in one.brakes:
        ends = (brake.swapped, brake.baseline)
        swapped, own = ("not finite" if end is None else f"{end:.2f}-fold" for end in ends)
        size = outcomes.needed_swap("a swap").size
        said = f"{size} {swapped} with the other's policy, {own} with its own"
        tables.line(f"{brake.country} if it were not so that {brake.limit}: {said}")
    for shared in one.shared:
        whole = shared.difference
        tables.line(
            f"{shared.outcome}, {made.countries[0]} - {made.countries[1]}: {whole.mean:+.3f}, of which"
        )
        for part in shared.shares:
            tables.line(f"  {part.player} {part.mean:+.3f} ({part.low:+.3f} to {part.high:+.3f})")


def words(one: Spread) -> str:
    """A number with its band, or alone where it has none.

    >>> from latecomer.explain.policy_swap import Spread
    >>> words(Spread(0.5, 0.25, 0.75)), words(Spread(0.5, 0.5, 0.5))
    ('0.50 (0.25 to 0.75)', '0.50')
    """
    alone = f"{one.value:.2f}"
    return alone if one.low == one.high else f"{alone} ({one.low:.2f} to {one.high:.2f})"


FILE = "explore.html"


@app.command()
def explore(
    countries: Annotated[
        list[str] | None, typer.Argument(metavar="[ISO3]...", help="Countries; by default all of the fit.")
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", metavar="NAME", help="A scenario to begin with; may be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where the page goes.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Serve the page on this machine only.")] = False,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port of --serve; by default a free one.")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Leave the browser alone.")] = False,
    fit: Annotated[
        str | None, typer.Option("--fit", metavar="NAME", help="A fit, or none; by default the variant's.")
    ] = None,
    variant: VariantName = None,
    where: Where = None,
) -> None:
    """Write the live model as a page and open it: move a policy, see what follows."""
    if port is not None and not serve:
        raise refuse("--port", f"{port} without --serve", "--serve beside it", "add --serve, or leave it out")
    from latecomer.outputs import refuse_output
    from latecomer.report.live.payload import explorer
    from latecomer.study.run_spec import OWN_FIT

    study = opened(where)
    target = out or commands.output(study.root, "reports") / FILE
    if out is not None or not serve:
        refuse_output(target, OTHER)
    page = explorer(study, countries, scenario, OWN_FIT if fit is None else fit, variant)
    if out is not None or not serve:
        written(target, page)
        if not serve:
            visit(target.resolve().as_uri(), no_open)
            return
    served(page, port or 0, no_open)


def written(target: Path, page: str) -> None:
    """Write the page and say where it is."""
    from latecomer.outputs import write_output

    write_output(target, page.encode(), OTHER)
    tables.line(f"page: {target}")


def served(page: str, port: int, no_open: bool) -> None:
    """Serve the page on this machine until Ctrl-C."""
    from latecomer.report.live.server import LiveServer, serve

    def ready(address: str) -> None:
        tables.line(f"the live model is at {address} for this machine only; Ctrl+C stops it")
        visit(address, no_open)

    serve(LiveServer(page, port), ready)


def visit(address: str, no_open: bool) -> None:
    """Open an address in the reader's browser, or say that there is none."""
    if not no_open and not webbrowser.open(address):
        tables.problem(f"note: no browser was found; open {address} in one")
