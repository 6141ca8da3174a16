"""The chapter on the breakdown of the 1980s, in words that need no training, from results that are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from latecomer.report.content import Chapter, Passage, PlainTable
from latecomer.session.evidence import Evidence, load_evidence
from latecomer.session.prevented import Names, experiments, prevented
from latecomer.study.rooms import Rooms

TITLE: Final = "The breakdown of the 1980s"
COMMANDS: Final = {
    "breakdown-1979": "latecomer breakdown --save",
    "left-out-1979": "latecomer left-out --save",
    "reasons-1979": "latecomer reasons --save",
    "swap-BRA-KOR": "latecomer swap BRA KOR --save",
    "episodes": "latecomer episodes --save",
}
SOURCES: Final = {"lv": "Laeven and Valencia", "rr": "Reinhart and Rogoff"}
HEAD: Final = ("country", "probability", "year foretold", "default, LV", "default, RR")
HALF: Final = 0.5
SMALL: Final = 1e-6
MOST_FAILS: Final = 6
NOT_BLIND: Final = (
    "The forecast is not quite blind: the structure was written knowing 1982, and some numbers of country "
    "files (capital formed per investment, shares of fuels in exports) rest on later figures too."
)


def chapter(rooms: Rooms) -> Chapter | None:
    """The chapter, with what is missing or out of date said in it; None for a study that keeps no result.

    Raises InputError for a damaged result.
    """
    kept = {name: load_evidence(rooms, name) for name in COMMANDS}
    found = {name: one for name, one in kept.items() if one is not None}
    if not found:
        return None
    results = {name: one.result for name, one in found.items()}
    names = {iso3: one.name.partition(",")[0] for iso3, one in rooms.countries.items()}
    told, swap = results.get("breakdown-1979"), results.get("swap-BRA-KOR")
    passages = [
        Passage("What happened", list(happened(results, names)), by_country(told, names)),
        Passage("How sure this is", list(sure(results))),
        Passage("What would have prevented it", list(prevented(results, names)), experiments(swap, names)),
        Passage("What the model gets wrong", list(wrong(results))),
    ]
    state = list(out_of_date(rooms, kept))
    if state:
        passages.append(Passage("What is missing or out of date", state))
    return Chapter(TITLE, passages)


def out_of_date(rooms: Rooms, kept: Mapping[str, Evidence | None]) -> Iterator[str]:
    """What the study lacks or has changed since, with the command that makes it."""
    for name, one in kept.items():
        if one is None:
            yield f"no result of {name}; make it: {COMMANDS[name]}"
        elif changed := one.stale(rooms):
            yield f"{name} is older than {', '.join(changed)}; make it anew: {COMMANDS[name]}"


def happened(results: Mapping[str, Mapping[str, Any]], names: Names) -> Iterator[str]:
    """Who broke down, and whom the model names from figures up to the cut-off; its failures come first."""
    told, others = results.get("breakdown-1979"), results.get("episodes")
    if others is not None:
        dated = sum(one["why"] is None for one in others["named"])
        yield (
            f"This model explains one breakdown, not all: of {len(others['named'])} later ones it dates "
            f"{dated}."
        )
    if told is None:
        return
    first, last = told["window"]
    yield (
        f"From figures up to {told['until']}, and told only what the world did afterwards – interest rates, "
        "oil, trade –, the model says which country would lose the trust of its lenders."
    )
    yield (
        "States had built industry behind subsidies and tariffs on borrowed dollars. Where exports grew too "
        "little to pay for imports and interest, debt grew faster than what served it; when world interest "
        f"rates rose after {told['until']}, lenders stopped."
    )
    named = [one for one in told["countries"] if one["probability"] >= HALF]
    yield (
        f"It puts the probability of losing credit in {first}-{last % 100:02d} at one half or more for "
        f"{listed(named, names) or 'no country'}."
    )
    for key, name in SOURCES.items():
        struck = [one for one in told["countries"] if one[key] == 1]
        right = [one for one in named if one[key] == 1]
        yield (
            f"By the list of {name}, {len(struck)} of these countries first defaulted then "
            f"({listed(struck, names)}): {len(right)} of them are among those named."
        )


def listed(countries: Sequence[Mapping[str, Any]], names: Names) -> str:
    """The names of some countries, or their codes where they have none."""
    return ", ".join(names.get(one["iso3"], one["iso3"]) for one in countries)


def by_country(told: Mapping[str, Any] | None, names: Names) -> PlainTable | None:
    """Every country with its probability, the year foretold and its defaults on record."""
    if told is None:
        return None
    rows = [
        (
            listed([one], names),
            f"{one['probability']:.2f}",
            "–" if one["median_year"] is None else str(one["median_year"]),
            *(
                "not known" if one[key] is None else str(one[f"{key} year"]) if one[key] else "none"
                for key in SOURCES
            ),
        )
        for one in told["countries"]
    ]
    caption = f"Probability of losing credit, from figures up to {told['until']}, and defaults on record"
    return PlainTable(caption, HEAD, rows)


def sure(results: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """How well those who broke down are told from those who stood, with the rules that ask no model."""
    told, left = results.get("breakdown-1979"), results.get("left-out-1979")
    if told is not None:
        for key, name in SOURCES.items():
            yield from _areas(told, key, name)
    if left is not None:
        for key, name in SOURCES.items():
            area = left["events"][key]["auc"]
            if area is not None:
                yield (
                    f"Each country foretold by what the others taught alone, by the list of {name}: "
                    f"{_interval(area)}."
                )
    if told is not None:
        for series, one in told["hindcast"].items():
            ratio, best = one["model"] / one["best naive"], one["best"]
            better = "smaller" if ratio < 1 else "larger"
            yield (
                f"As a forecast of 1980-90, its error for {series} is {ratio:.2f} times that of the best "
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


def wrong(results: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What was asked and falls short, and the breakdowns that the model misses."""
    for name, words in (("breakdown-1979", ""), ("left-out-1979", "left out: ")):
        for one in results.get(name, {}).get("criteria", ()):
            if one["holds"] is False:
                yield f"{words}{one['statement']}: {one['value']:.2f}, asked {_asked(one)}"
    if "breakdown-1979" in results:
        yield NOT_BLIND
    others = results.get("episodes")
    if others is not None:
        yield from others["fails"][:MOST_FAILS]
        rest = len(others["fails"]) - MOST_FAILS
        if rest > 0:
            yield f"and {rest} more years on record that no run of the model repeats"
        for lack, equation in others["lacks"].items():
            yield f"What it has no equation for: {lack} ({equation})."


def _asked(one: Mapping[str, float]) -> str:
    """The bound of a criterion that is not kept, in words.

    >>> _asked({"value": 1.1, "low": 0.0, "high": 0.7}), _asked({"value": -0.1, "low": 0.0, "high": 1.0})
    ('0.7 at most', '0 at least')
    >>> _asked({"value": 0.0, "low": 1e-9, "high": 1.0})
    'more than 0'
    """
    if one["value"] > one["high"]:
        return f"{one['high']:g} at most"
    return "more than 0" if 0.0 < one["low"] < SMALL else f"{one['low']:g} at least"
