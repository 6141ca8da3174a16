"""The chapter on the breakdown of a study, in words that need no training, from results that are kept.

Also here:
- What would have prevented the breakdown: policies swapped, mechanisms removed, as far as they hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from latecomer.evaluation.crisis_scores import lowest_key
from latecomer.explain.policy_swap import lowest_of
from latecomer.report.content import Chapter, Passage, PlainTable
from latecomer.runs.results import Evidence, load_evidence
from latecomer.study.outcomes import Outcomes
from latecomer.study.study import Study

SURE: Final = 2.0
"""Standard errors beyond which a difference of forecasts is told."""

Names = Mapping[str, str]


def counterfactual_summary(
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


HALF: Final = 0.5

SMALL: Final = 1e-6

MOST_FAILS: Final = 6

Result: TypeAlias = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class ResultNames:
    """What the results of a study are called: of the forecast, without a country, of reasons, of a swap."""

    told: str
    left_out: str
    reasons: str
    swap: str | None
    dated: str = "episodes"


def result_names(outcomes: Outcomes) -> ResultNames | None:
    """The names of the results that the chapter is made from; None without a forecast of an event."""
    forecast, swap = outcomes.forecast, outcomes.swap
    if forecast is None or outcomes.event is None:
        return None
    pair = None if swap is None or swap.pair is None else "-".join(["swap", *swap.pair])
    year = forecast.cutoff
    return ResultNames(f"breakdown-{year}", f"left-out-{year}", f"reasons-{year}", pair)


def commands(outcomes: Outcomes, kept: ResultNames) -> dict[str, str]:
    """The command that makes each result."""
    made = {
        kept.told: "latecomer breakdown --save",
        kept.left_out: "latecomer left-out --save",
        kept.reasons: "latecomer reasons --save",
    }
    if outcomes.swap is not None and outcomes.swap.pair is not None and kept.swap is not None:
        made[kept.swap] = f"latecomer swap {' '.join(outcomes.swap.pair)} --save"
    if outcomes.episodes is not None:
        made[kept.dated] = "latecomer episodes --save"
    return made


def chapter(study: Study) -> Chapter | None:
    """The chapter, with what is missing or out of date said in it; None for a study that keeps no result.

    Raises InputError for a damaged result.
    """
    outcomes = study.outcomes
    called = result_names(outcomes)
    if called is None:
        return None
    made = commands(outcomes, called)
    kept = {name: load_evidence(study, name) for name in made}
    found = {name: one for name, one in kept.items() if one is not None}
    if not found:
        return None
    results = {name: one.result for name, one in found.items()}
    names = {iso3: one.name.partition(",")[0] for iso3, one in study.countries.items()}
    told, dated, left = (results.get(name) for name in (called.told, called.dated, called.left_out))
    swap = None if called.swap is None else results.get(called.swap)
    stopped = list(counterfactual_summary(swap, results.get(called.reasons), names, outcomes))
    passages = [
        Passage(
            "What happened", list(happened(told, dated, names, outcomes)), by_country(told, names, outcomes)
        ),
        Passage("How sure this is", list(sure(told, left, outcomes))),
        Passage("What would have prevented it", stopped, experiments(swap, names, outcomes)),
        Passage("What the model gets wrong", list(wrong(told, left, dated, outcomes))),
    ]
    state = list(out_of_date(study, kept, made))
    if state:
        passages.append(Passage("What is missing or out of date", state))
    return Chapter(outcomes.chapter.title, passages)


def out_of_date(study: Study, kept: Mapping[str, Evidence | None], made: Mapping[str, str]) -> Iterator[str]:
    """What the study lacks or has changed since, with the command that makes it."""
    for name, one in kept.items():
        if one is None:
            yield f"no result of {name}; make it: {made[name]}"
        elif changed := one.stale(study):
            yield f"{name} is older than {', '.join(changed)}; make it anew: {made[name]}"


def happened(told: Result, others: Result, names: Names, outcomes: Outcomes) -> Iterator[str]:
    """Who broke down, and whom the model names from figures up to the cut-off; its failures come first."""
    if others is not None:
        dated = sum(one["why"] is None for one in others["named"])
        yield (
            f"This model explains one breakdown, not all: of {len(others['named'])} later ones it dates "
            f"{dated}."
        )
    if told is None or outcomes.event is None:
        return
    first, last = told["window"]
    words, record = outcomes.chapter, outcomes.record
    yield words.told.format(until=told["until"])
    if words.why:
        yield words.why.format(until=told["until"])
    named = [one for one in told["countries"] if one["probability"] >= HALF]
    yield (
        f"It puts the probability of {outcomes.event.words.losing} in {first}-{last % 100:02d} at one half "
        f"or more for {listed(named, names) or 'no country'}."
    )
    for key in record.catalogues:
        struck = [one for one in told["countries"] if one[key] == 1]
        right = [one for one in named if one[key] == 1]
        yield (
            f"By the list of {record.authors(key)}, {len(struck)} of these countries first {record.struck} "
            "then "
            f"({listed(struck, names)}): {len(right)} of them are among those named."
        )


def listed(countries: Sequence[Mapping[str, Any]], names: Names) -> str:
    """The names of some countries, or their codes where they have none."""
    return ", ".join(names.get(one["iso3"], one["iso3"]) for one in countries)


def by_country(told: Result, names: Names, outcomes: Outcomes) -> PlainTable | None:
    """Every country with its probability, the year foretold and what is on record of it."""
    if told is None or outcomes.event is None:
        return None
    record = outcomes.record
    rows = [
        (
            listed([one], names),
            f"{one['probability']:.2f}",
            "–" if one["median_year"] is None else str(one["median_year"]),
            *(
                "not known" if one[key] is None else str(one[f"{key} year"]) if one[key] else "none"
                for key in record.catalogues
            ),
        )
        for one in told["countries"]
    ]
    what = f"Probability of {outcomes.event.words.losing}, from figures up to {told['until']}"
    caption = f"{what}, and {record.plural} on record" if record.catalogues else what
    dated = (f"{record.noun}, {key.upper()}" for key in record.catalogues)
    return PlainTable(caption, ("country", "probability", "year foretold", *dated), rows)


def sure(told: Result, left: Result, outcomes: Outcomes) -> Iterator[str]:
    """How well those who broke down are told from those who stood, with the rules that ask no model."""
    authors = {key: outcomes.record.authors(key) for key in outcomes.record.catalogues}
    if told is not None:
        for key, name in authors.items():
            yield from _areas(told, key, name)
    if left is not None:
        for key, name in authors.items():
            area = left["events"][key]["auc"]
            if area is not None:
                yield (
                    f"Each country foretold by what the others taught alone, by the list of {name}: "
                    f"{_interval(area)}."
                )
    if told is not None:
        span = f"{told['until'] + 1}-{told['end'] % 100:02d}"
        for series, one in told["hindcast"].items():
            ratio, best = one["model"] / one["best naive"], one["best"]
            better = "smaller" if ratio < 1 else "larger"
            yield (
                f"As a forecast of {span}, its error for {series} is {ratio:.2f} times that of the best "
                f"naive forecast ({best}): {better}."
            )


def _areas(told: Mapping[str, Any], key: str, name: str) -> Iterator[str]:
    area = told["auc"][key]
    if area is None:
        return
    yield (
        f"By the list of {name}, a country that broke down has the higher probability in "
        f"{100 * area['value']:.0f} % of pairs with one that did not ({_interval(area)}); "
        f"{area['n_events']} against {area['n_quiet']} countries: few."
    )
    rules = {rule: one[key]["value"] for rule, one in told["rules"].items() if one[key] is not None}
    best = max(rules, key=rules.__getitem__, default=None)
    if best is not None:
        own = told["rules"][best]["model"][key]["value"]
        verdict = "more than" if own > rules[best] else "as much as" if own == rules[best] else "less than"
        yield (
            f"The best rule of thumb there, {best}, reaches {rules[best]:.2f}; for the same countries the "
            f"model tells {verdict} that ({own:.2f})."
        )


def _interval(area: Mapping[str, float]) -> str:
    return f"area under the curve {area['value']:.2f}, 90 % interval {area['low']:.2f} to {area['high']:.2f}"


def wrong(told: Result, left: Result, others: Result, outcomes: Outcomes) -> Iterator[str]:
    """What was asked and falls short, and the breakdowns that the model misses."""
    for result, words in ((told, ""), (left, "left out: ")):
        for one in () if result is None else result.get("criteria", ()):
            if one["holds"] is False:
                yield f"{words}{one['statement']}: {one['value']:.2f}, asked {_bound_text(one)}"
    if told is not None and outcomes.chapter.not_blind:
        yield outcomes.chapter.not_blind
    if others is not None:
        yield from others["fails"][:MOST_FAILS]
        rest = len(others["fails"]) - MOST_FAILS
        if rest > 0:
            yield f"and {rest} more years on record that no run of the model repeats"
        for lack, equation in others["lacks"].items():
            yield f"What it has no equation for: {lack} ({equation})."


def _bound_text(one: Mapping[str, float]) -> str:
    """The bound of a criterion that is not kept, in words.

    >>> (
    ...     _bound_text({"value": 1.1, "low": 0.0, "high": 0.7}),
    ...     _bound_text({"value": -0.1, "low": 0.0, "high": 1.0}),
    ... )
    ('0.7 at most', '0 at least')
    >>> _bound_text({"value": 0.0, "low": 1e-9, "high": 1.0})
    'more than 0'
    """
    if one["value"] > one["high"]:
        return f"{one['high']:g} at most"
    return "more than 0" if 0.0 < one["low"] < SMALL else f"{one['low']:g} at least"
