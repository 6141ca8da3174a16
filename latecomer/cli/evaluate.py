"""The command that predicts the breakdown of a study and holds it against what is on record.

Also here:
- The command that dates crises in the runs of a fit and holds them against the record.
- The commands that hold the study against what it had not seen: later years, countries, a mechanism less.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeVar

import typer

from latecomer.cli import tables
from latecomer.cli.commands import (
    GOOD,
    SHORT,
    AsJson,
    End,
    FitName,
    Save,
    Scheduler,
    Until,
    VariantName,
    Where,
    app,
    cluster,
    message,
    opened,
)
from latecomer.errors import refuse

if TYPE_CHECKING:
    from latecomer.evaluation.classification import Auc, Proportion
    from latecomer.evaluation.crisis_dating import Episodes
    from latecomer.evaluation.crisis_forecast import Breakdown
    from latecomer.evaluation.crisis_scores import SourceScores
    from latecomer.study.outcome_tables import Record


@app.command()
def breakdown(
    until: Until = None,
    panel: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Further countries: iso3, year, variable, value.")
    ] = None,
    draws: Annotated[int, typer.Option(min=2, help="Draws of each fit.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    variants: Annotated[
        bool, typer.Option("--variants", help="Pool all rival structures that have a fit to this year.")
    ] = False,
    as_json: AsJson = False,
    figure: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Draw the countries into a file.")
    ] = None,
    save: Save = False,
    where: Where = None,
) -> None:
    """Predict who breaks down from the figures before, and score it against what is on record."""
    from latecomer.evaluation.crisis_forecast import breakdown as made
    from latecomer.evaluation.crisis_forecast import save_breakdown, variants_at_cutoff
    from latecomer.report.charts.crisis import draw_breakdown

    study = opened(where)
    chosen = None
    if variants:
        year = study.outcomes.cutoff(until, "breakdown")
        if not (chosen := variants_at_cutoff(study, year)):
            got, expected = f"no variant with a fit until {year}", "one at least"
            raise refuse("--variants", got, expected, "make one with latecomer calibrate --until")
    if save and panel is not None:
        raise refuse("--save", "a panel beside it", "the study's own countries", "leave one of them out")
    if figure is not None and figure.suffix != ".svg":
        raise refuse("--figure", f"'{figure.name}'", "the name of an svg file", "end it in .svg")
    if figure is not None:
        from latecomer.outputs import refuse_output

        refuse_output(figure)
    with tables.progress(quiet=as_json) as tick:
        found = made(study, until, panel, draws, seed, chosen, tick)
    if figure is not None:
        draw_breakdown(found, figure)
    if as_json:
        tables.json_text(found.as_dict())
    else:
        show_breakdown(found)
        if figure is not None:
            tables.line(f"\nfigure: {figure}")
    if save:
        message(f"result in {save_breakdown(study, found)}", as_json)


def show_breakdown(found: Breakdown) -> None:
    """The prediction as tables and sentences."""
    outcomes = found.outcomes
    (first, last), record = found.window, outcomes.record
    read = f"; no {record.noun} is read but to score" if record.catalogues else ""
    tables.line(
        f"{outcomes.needed_event('breakdown').told} within {first}-{last}, from figures up to {found.until}; "
        f"{found.draws} draws of {', '.join(found.variants)}{read}\n"
    )
    opens = outcomes.needed_forecast("breakdown").years[0]
    if first > opens:
        tables.line(f"the window opens in {first}, the year after the cut-off, and not in {opens}\n")
    countries(found)
    for source, scores in found.scores.items():
        events(source, scores, record)
    rules(found)
    show_hindcast(found)
    verdicts(found)
    for iso3, why in found.refused.items():
        tables.line(f"not run: {iso3}: {why}")
    for iso3, lacks in found.lacks.items():
        if lacks:
            tables.line(f"{iso3} lacks {'; '.join(lacks)}")
    if any(one.newcomer for one in found.countries):
        tables.line("* of the panel: shared numbers held at the fit, so their bands are too narrow by these")


def countries(found: Breakdown) -> None:
    """A row for each country, from the likeliest down."""
    from latecomer.evaluation.crisis_scores import before_key, lowest_key

    table = tables.Table()
    record = found.outcomes.record
    lowest = lowest_key(found.outcomes.needed_event("breakdown"))
    sources = [source.upper() for source in record.catalogues]
    for name in ("country", "probability", "median year", lowest, *sources):
        table.add_column(name, justify="left" if name == "country" else "right")
    table.add_column("")
    for one in found.countries:
        said = one.as_dict()
        low, median, high = (said[lowest][name] for name in ("low", "median", "high"))
        years = [str(e.year or ("-" if e.known else "?")) for e in one.events.values()]
        name = f"{one.loss.iso3}{'*' if one.newcomer else ''}"
        span = f"{median:.2f} ({low:.2f} to {high:.2f})"
        when = str(one.loss.median_year or "-")
        flag = before_key(record) if one.before else ""
        table.add_row(name, f"{one.loss.probability:.3f}", when, span, *years, flag)
    tables.console().print(table)


def events(source: str, scores: SourceScores, record: Record) -> None:
    """How the prediction meets the events of one source."""
    tables.line("")
    tables.line(
        f"{record.catalogues[source].name}: {len(scores.defaulters)} {record.people} "
        f"({' '.join(scores.defaulters) or 'none'}), "
        f"{len(scores.others)} others ({' '.join(scores.others) or 'none'})"
    )
    if scores.unknown:
        tables.line(f"no figures of this source, left out: {' '.join(scores.unknown)}")
    tables.line(f"area under the curve {area(scores.auc)}")
    tables.line(f"  without those {record.state} before the window {area(scores.without_earlier)}")
    tables.line(f"  with those as events {area(scores.earlier_as_events)}")
    if scores.hits is not None and scores.false_alarms is not None and scores.hits_at_rate is not None:
        tables.line(
            f"at probability one half: hits {share(scores.hits)}, false alarms {share(scores.false_alarms)}"
        )
        tables.line(f"hits at 20 % false alarms {share(scores.hits_at_rate)}")
    if scores.brier is not None:
        tables.line(f"Brier score {scores.brier.value:.3f}, of the base rate {scores.brier.base:.3f}")
    if scores.lead:
        leads = ", ".join(f"{iso3} {years}" for iso3, years in scores.lead.items())
        errors = ", ".join(f"{iso3} {years:+d}" for iso3, years in scores.error.items()) or "none foreseen"
        tables.line(
            f"years from the cut-off to the {record.noun}: {leads}; predicted less true year: {errors}"
        )


def area(found: Auc | None) -> str:
    """An area with its interval and its cases.

    >>> from latecomer.evaluation.classification import Auc
    >>> area(Auc(0.75, 0.5, 0.9, 4, 5))
    '0.75 (90 %: 0.50 to 0.90; 4 events, 5 others)'
    """
    if found is None:
        return "not judged: no event, or nothing else"
    cases = f"{found.n_events} events, {found.n_quiet} others"
    return f"{found.value:.2f} (90 %: {found.low:.2f} to {found.high:.2f}; {cases})"


def share(found: Proportion) -> str:
    """A share with its interval and its cases.

    >>> from latecomer.evaluation.classification import Proportion
    >>> share(Proportion(0.5, 0.1, 0.9, 1, 2))
    '1 of 2 (90 %: 0.10 to 0.90)'
    """
    return f"{found.k} of {found.n} (90 %: {found.low:.2f} to {found.high:.2f})"


def rules(found: Breakdown) -> None:
    """Each rule of thumb beside the model over the same countries."""
    tables.line(
        "\nRules of thumb on the means of the last three years, beside the model over the same countries"
    )
    table = tables.Table()
    table.add_column("rule")
    for source in found.scores:
        for name in (source.upper(), "90 %", "n", "model"):
            table.add_column(name, justify="right")
    table.add_column("no figures")
    for one in found.rules:
        cells: list[str] = []
        for source in found.scores:
            own, model = one.auc[source], one.model[source]
            if own is None or model is None:
                cells += ["", "", "", ""]
            else:
                n = f"{own.n_events}+{own.n_quiet}"
                cells += [f"{own.value:.2f}", f"{own.low:.2f}-{own.high:.2f}", n, f"{model.value:.2f}"]
        table.add_row(one.rule, *cells, " ".join(one.missing) or "none")
    tables.console().print(table)


def show_hindcast(found: Breakdown) -> None:
    """Errors after the cut-off beside the best naive forecast's, and what the bands cover."""
    tables.line(f"\nHindcast {found.until + 1}-{found.end}, pooled over countries")
    table = tables.Table()
    for name in ("series", "countries", "RMSE", "rebased", "best naive", "ratio", "ratio rebased"):
        table.add_column(name, justify="left" if name in ("series", "best naive") else "right")
    for one in found.hindcast:
        rebased = "" if one.rebased is None else f"{one.rebased:.3f}"
        ratio = "" if one.ratio_rebased is None else f"{one.ratio_rebased:.2f}"
        best = f"{one.best} {one.naive[one.best]:.3f}"
        table.add_row(one.series, str(one.n), f"{one.rmse:.3f}", rebased, best, f"{one.ratio:.2f}", ratio)
    tables.console().print(table)
    if found.coverage is not None:
        one_band = found.coverage
        tables.line(
            f"80 % bands cover {one_band.share:.2f} of {one_band.n} figures "
            f"(90 %: {one_band.low:.2f} to {one_band.high:.2f} were they independent)"
        )


def verdicts(found: Breakdown) -> None:
    """What is asked of the prediction, and whether it holds."""
    tables.line("")
    for one in found.criteria:
        if one.low <= 0.0:
            bound = f"at most {one.high:.2f}"
        else:
            bound = f"at least {one.low:.2f}" if one.high >= 1.0 else f"{one.low:.2f} to {one.high:.2f}"
        value = "none" if one.value is None else f"{one.value:.3f}"
        tables.line(f"{tables.VERDICTS[one.holds]}: {one.statement}: {value}, asked for {bound}")


Kept = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the fits are kept on the way, and found again.")
]


class HeldOut(Protocol):
    """A result of figures held out."""

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        ...


Found = TypeVar("Found", bound=HeldOut)


def answer(found: Found, show: Callable[[Found], None], as_json: bool) -> None:
    """Print a result as JSON, or as `show` does."""
    from latecomer.runs.results import plain

    if as_json:
        tables.json_text(plain(found.as_dict()))
    else:
        show(found)


@app.command()
def hindcast(
    until: Until = None,
    end: End = None,
    variant: VariantName = None,
    save: Save = False,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Hold the fit to a cut-off against the years after it, beside naive forecasts of the same day."""
    from latecomer.evaluation.hindcast import hindcast as made
    from latecomer.evaluation.hindcast import save_hindcast

    study = opened(where)
    with tables.progress(quiet=as_json) as tick:
        found = made(study, until, end, variant, tick)
    answer(found, tables.hindcast, as_json)
    if save:
        message(f"result in {save_hindcast(study, found)}", as_json)


@app.command("left-out")
def leave_one_out(
    countries: Annotated[
        list[str] | None, typer.Argument(metavar="[ISO3]...", help="Those left out, one at a time; all.")
    ] = None,
    until: Until = None,
    end: End = None,
    variant: VariantName = None,
    kept: Kept = None,
    scheduler: Scheduler = None,
    save: Save = False,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Foretell each country from the fit of all others: exit 0 all that is asked holds, 1 it falls short."""
    from latecomer.evaluation.leave_one_out import leave_out, save_leave_one_out

    study = opened(where)
    with tables.progress(quiet=as_json) as tick:
        far = cluster(scheduler)
        found = leave_out(study, countries or None, until, end, variant, kept, tick, far)
    answer(found, tables.leave_one_out_table, as_json)
    if save:
        message(f"result in {save_leave_one_out(study, found)}", as_json)
    short = any(one.holds is False for one in found.criteria)
    raise typer.Exit(SHORT if short else GOOD)


@app.command("reasons")
def ablation(
    until: Until = None,
    end: End = None,
    variant: VariantName = None,
    kept: Kept = None,
    save: Save = False,
    as_json: AsJson = False,
    where: Where = None,
) -> None:
    """Remove one mechanism at a time, fit again to a cut-off, and tell which of them the breakdown needs."""
    from latecomer.evaluation.ablation import ablate as made
    from latecomer.evaluation.ablation import save_ablation

    study = opened(where)
    with tables.progress(quiet=as_json) as tick:
        found = made(study, until, end, variant, kept, progress=tick)
    answer(found, tables.ablation_table, as_json)
    if save:
        message(f"result in {save_ablation(study, found)}", as_json)


@app.command()
def episodes(
    fit: FitName = "reference",
    as_json: AsJson = False,
    save: Save = False,
    where: Where = None,
) -> None:
    """Date crises of all countries and years: exit 0 the other breakdowns are dated, 1 they are not."""
    from latecomer.evaluation.crisis_dating import episodes as dated_episodes
    from latecomer.evaluation.crisis_dating import save_episodes

    study = opened(where)
    with tables.progress(quiet=as_json) as tick:
        found = dated_episodes(study, fit, tick)
    if as_json:
        tables.json_text(found.as_dict())
    else:
        show_episodes(found)
    if save:
        message(f"result in {save_episodes(study, found)}", as_json)
    raise typer.Exit(GOOD if found.holds else SHORT)


def show_episodes(found: Episodes) -> None:
    """What fails, then the dates of every country, then what the statement is worth."""
    for said in found.fails or ("nothing fails",):
        tables.line(f"- {said}")
    for name, equation in found.lacks.items():
        tables.line(f"the text lacks {name}: {equation}")
    table = tables.Table()
    for name in ("country", "years", "onsets of the run", "on record", "hit", "missed", "false"):
        table.add_column(name)
    for one in found.countries:
        hits = ", ".join(f"{year} in {onset}" for year, onset in one.hits.items())
        rest = (", ".join(map(str, each)) for each in (one.model, one.record))
        ends = (", ".join(map(str, each)) for each in (one.missed, one.false))
        table.add_row(one.iso3, f"{one.first}-{one.last}", *rest, hits, *ends)
    tables.console().print(table)
    if found.hits is not None:
        interval = f"{found.hits.low:.2f} to {found.hits.high:.2f}"
        tables.line(f"{found.hits.k} of {found.hits.n} onsets on record hit (share {interval})")
    false = sum(len(one.false) for one in found.countries)
    tables.line(
        f"{false} false alarms in {found.years} country-years: {found.alarms:.2f} in ten country-decades"
    )
    for name, (hit, alarms) in found.by_part.items():
        tables.line(f"{name} alone: {hit} hit, {alarms} false")
