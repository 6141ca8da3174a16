"""What the commands of held-out figures print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latecomer.cli import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from latecomer.calibrate.event_scores import Auc
    from latecomer.calibrate.hindcast import Pooled
    from latecomer.session.breakdown_scores import Criterion
    from latecomer.session.hindcasts import Hindcast
    from latecomer.session.left_out import LeftOut
    from latecomer.session.reasons import Reasons
    from latecomer.study.outcomes import Record, ThresholdEvent


def hindcast(found: Hindcast) -> None:
    """The errors of each country and of all, and what the bands cover."""
    show.line(f"fit '{found.fit}' ({found.variant}): {found.cut_off + 1}-{found.end}, world drivers observed")
    table = grid("series", "country", "n", "RMSE", "rebased", *naive_names(found.pooled))
    for pool in found.pooled:
        for one in (row for row in found.scores if row.series == pool.series):
            numbers = [number(one.rmse), number(one.rebased), *(number(each) for each in one.naive.values())]
            table.add_row(one.series, one.country, str(one.n), *numbers)
    show.console().print(table)
    show.line("")
    pooled(found.pooled)
    for name in [*dict.fromkeys(one.series for one in found.held), None]:
        share = found.coverage(name)
        if share is not None:
            stated = sum(one.stated for one in found.held if name in (None, one.series)) / share.n
            show.line(
                f"80 % bands cover {100 * share.share:.1f} % of {share.n} later figures of {name or 'all'} "
                f"({100 * stated:.1f} % as stated)"
            )


def left_out(found: LeftOut) -> None:
    """What is foretold of each country without it, and what is asked of that."""
    show.line(f"each country without it ({found.variant}), figures up to {found.cut_off}")
    event, record = found.outcomes.event, found.outcomes.record
    if event is None:
        show.line("the study names no event that a country could be struck by")
    else:
        struck(found, event, record)
    show.line("")
    for source, scores in found.scores.items():
        show.line(
            f"{source}: area under the curve {area(scores.auc)}, "
            f"{len(scores.defaulters)} {record.people}: {' '.join(scores.defaulters) or 'none'}"
        )
        if scores.hits_at_rate is not None:
            hit = scores.hits_at_rate
            show.line(f"{source}: {hit.k} of {hit.n} hits at 20 % false alarms")
    for rule in found.rules:
        each = ", ".join(f"{name} {area(one)}" for name, one in rule.auc.items())
        show.line(f"rule {rule.rule}: {each}")
    pooled(found.pooled)
    criteria(found.criteria)
    for iso3, why in found.untested.items():
        show.line(f"{iso3}: no such test, it {why}")


def struck(found: LeftOut, event: ThresholdEvent, record: Record) -> None:
    """A row for each country: what is foretold of it, and what is on record."""
    from latecomer.session.breakdown_scores import lowest_key

    lowest, names = lowest_key(event), [one.name for one in record.catalogues.values()]
    table = grid("country", event.words.loses, "in", lowest, *names)
    for one in found.countries:
        row = one.as_dict()
        dated = [
            str(row[f"{source} year"] or ("-" if row[source] == 0 else "")) for source in record.catalogues
        ]
        low, middle, high = (row[lowest][name] for name in ("low", "median", "high"))
        span = f"{middle:.2f} ({low:.2f} to {high:.2f})"
        table.add_row(row["iso3"], f"{row['probability']:.2f}", str(row["median_year"] or "-"), span, *dated)
    show.console().print(table)


def reasons(found: Reasons) -> None:
    """The variant whole and without each mechanism, and what may be said of it."""
    series = list(found.whole.rmse)
    countries = list(found.whole.lowest)
    head = ("without", "loss", "log score", "(se)", *series, *found.whole.aucs, "falls")
    table = grid(*head, *(f"lowest {iso3}" for iso3 in countries))
    rows = [("nothing", found.whole, "")]
    rows += [(one.title, one.foresight, f"{-one.gain:+.1f} ({number(one.se, 1)})") for one in found.reasons]
    for title, seen, gain in rows:
        table.add_row(
            title,
            f"{seen.loss:.1f}",
            f"{seen.log_score:.1f}",
            gain,
            *(number(seen.rmse.get(name)) for name in series),
            *("-" if one is None else f"{one.value:.2f}" for one in seen.aucs.values()),
            number(seen.fallen, 2),
            *(number(seen.lowest.get(iso3), 2) for iso3 in countries),
        )
    show.line(f"{found.variant}, figures up to {found.cut_off}, {found.points} figures up to {found.end}")
    show.console().print(table)
    for one in found.reasons:
        show.line(one.statement)


def pooled(rows: Sequence[Pooled]) -> None:
    """Errors over countries beside those of each naive forecast."""
    table = grid("all countries", "n", "RMSE", "rebased", *naive_names(rows), "ratio to the best")
    for one in rows:
        naive = (number(value) for value in one.naive.values())
        ratio = f"{one.ratio:.2f}"
        table.add_row(one.series, str(one.n), number(one.rmse), number(one.rebased), *naive, ratio)
    show.console().print(table)


def criteria(rows: Sequence[Criterion]) -> None:
    """What is asked, what it comes to, and whether that holds."""
    for one in rows:
        value = "no value" if one.value is None else f"{one.value:.3f}"
        show.line(f"{show.VERDICTS[one.holds]}: {one.statement}: {value}")


def grid(*names: str) -> show.Table:
    """A table with these columns."""
    table = show.Table(pad_edge=True)
    for k, name in enumerate(names):
        table.add_column(name, justify="left" if k == 0 else "right")
    return table


def naive_names(rows: Sequence[Pooled]) -> list[str]:
    """The names of the naive forecasts."""
    return list(rows[0].naive) if rows else []


def area(one: Auc | None) -> str:
    """An area with its interval, a dash where there is none.

    >>> area(None)
    '-'
    """
    return "-" if one is None else f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


def number(value: float | None, digits: int = 3) -> str:
    """A number, a dash where there is none.

    >>> number(0.12345), number(None)
    ('0.123', '-')
    """
    return "-" if value is None else f"{value:.{digits}f}"
