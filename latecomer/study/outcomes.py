"""What a study shows and asks of its model: outcomes, breakdown, record, experiments, words for readers.

Nothing of it enters an equation, a run or a fit. A study without outcomes.toml, or without one of its tables,
runs all the same: what the table is for is left out.

Also here:
- Which variables a page or a table shows: those that outcomes.toml names, or stocks of the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import Field, model_validator

from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.language import Kind, ModelText
from latecomer.study.outcome_tables import (
    ChapterWords,
    Covariate,
    EpisodeStatement,
    Forecast,
    Instrument,
    Names,
    Outcome,
    Pages,
    Record,
    Rule,
    Swap,
    ThresholdEvent,
)
from latecomer.study.schema import Strict, read_toml, unless, validated

FILE: Final = "outcomes.toml"


class Outcomes(Strict):
    """The content of outcomes.toml; all of it may be lacking. `about`: what the model is, in paragraphs.

    >>> Outcomes().event is None, Outcomes(event=ThresholdEvent(variable="hares", below=2.0)).event.below
    (True, 2.0)
    """

    name: str = ""
    subject: str = "a system-dynamics model"
    about: Names = ()
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    pages: Pages = Field(default_factory=Pages)
    lever_groups: dict[str, Names] = Field(default_factory=dict)
    event: ThresholdEvent | None = None
    record: Record = Field(default_factory=Record)
    forecast: Forecast | None = None
    rules: dict[str, Rule] = Field(default_factory=dict)
    chapter: ChapterWords = Field(default_factory=ChapterWords)
    episodes: EpisodeStatement | None = None
    swap: Swap | None = None
    policy_space: dict[str, Instrument] = Field(default_factory=dict)
    permutation_test: Covariate | None = None
    units: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _name_instruments(cls, data: Any) -> Any:
        space = data.get("policy_space")
        if not isinstance(space, dict):
            return data
        named = {k: {"name": k, **one} if isinstance(one, dict) else one for k, one in space.items()}
        return {**data, "policy_space": named}

    @model_validator(mode="after")
    def _check_pages(self) -> Outcomes:
        pages = self.pages
        shown = (*pages.ensemble, *pages.scenario, *pages.runs, *pages.live, pages.head, pages.highest)
        for name in (one for one in shown if one is not None and one not in self.outcomes):
            unless(False, f"the outcome '{name}' of pages", "one of outcomes", nearest(name, self.outcomes))
        return self

    def titled(self, words: str) -> str:
        """The title of a page: what the study is called, and what the page is.

        >>> Outcomes().titled("model and history"), Outcomes(name="Hares").titled("model and history")
        ('Model and history', 'Hares: model and history')
        """
        return f"{self.name}: {words}" if self.name else words[:1].upper() + words[1:]

    @property
    def glossary(self) -> dict[str, str]:
        """What the words of the study mean, for its pages."""
        return {name: one.note for name, one in self.outcomes.items() if one.note}

    def needed_event(self, what: str) -> ThresholdEvent:
        """The breakdown. Raises InputError for a study without one; `what` needs it."""
        if self.event is None:
            raise lacking("event", what, "what breaks down, and below which level")
        return self.event

    def needed_forecast(self, what: str) -> Forecast:
        """The forecast. Raises InputError for a study without one; `what` needs it."""
        if self.forecast is None:
            raise lacking("forecast", what, "from which year on what is forecast")
        return self.forecast

    def needed_swap(self, what: str) -> Swap:
        """What is told of a swap. Raises InputError for a study without that; `what` needs it."""
        if self.swap is None:
            raise lacking("swap", what, "what is told of two countries with each other's policy")
        return self.swap

    def needed_episodes(self, what: str) -> EpisodeStatement:
        """When a run is in crisis. Raises InputError for a study that does not say; `what` needs it."""
        if self.episodes is None:
            raise lacking("episodes", what, "when a run is in crisis")
        return self.episodes

    def cutoff(self, year: int | None, what: str) -> int:
        """The last year of figures of a forecast: the one asked for, or that of the study.

        Raises InputError where there is neither.
        """
        if year is not None:
            return year
        if self.forecast is None:
            raise refuse(
                what,
                "no year, and no [forecast] in " + FILE,
                "the last year of figures",
                "name it: --until YEAR",
            )
        return self.forecast.cutoff

    def end(self, year: int | None, what: str) -> int:
        """The last year that a forecast is held against: the one asked for, or that of the study.

        Raises InputError where there is neither.
        """
        if year is not None:
            return year
        if self.forecast is None:
            raise refuse(
                what, "no year, and no [forecast] in " + FILE, "the last year foretold", "name it: --end YEAR"
            )
        return self.forecast.end


def lacking(table: str, what: str, says: str) -> InputError:
    """The fault of a study without a table of outcomes.toml that something needs."""
    return refuse(f"model/{FILE}", f"no [{table}], which {what} needs", says, f"add the table [{table}]")


def load_outcomes(path: Path) -> Outcomes:
    """The content of model/outcomes.toml, nothing without it. Raises InputError with every fault of it."""
    if not path.exists():
        return Outcomes()
    faults: list[Fault] = []
    raw = read_toml(path, "what readers are shown and what is asked of the model")
    found = validated(Outcomes, raw, path.name, faults)
    if found is None:
        raise InputError(faults)
    return found


def outcome_faults(outcomes: Outcomes, variables: Iterable[str], tables: Iterable[str]) -> Iterator[Fault]:
    """Names that the model text does not know, of variables and of tables.

    An element of an array may stand for a variable: name[element]. A country that the study lacks is no
    fault: what is told of it is left out.
    """
    known, fed = set(variables), set(tables)
    for place, name in _variables(outcomes):
        if name not in known and name.partition("[")[0] not in known:
            yield Fault(place, f"the variable '{name}'", "one of the model text", nearest(name, known))
    for place, name in _tables(outcomes):
        if name not in fed:
            yield Fault(place, f"the table of '{name}'", "one of the model text", nearest(name, fed))


def _variables(outcomes: Outcomes) -> Iterator[tuple[str, str]]:
    yield from ((f"{FILE}, outcomes", name) for name in outcomes.outcomes)
    pages = outcomes.pages
    yield from ((f"{FILE}, pages, sectors", name) for name in pages.sectors)
    if pages.other is not None:
        yield f"{FILE}, pages, other", pages.other
    if outcomes.event is not None:
        yield f"{FILE}, event, variable", outcomes.event.variable
    if outcomes.episodes is not None:
        for part in outcomes.episodes.parts:
            place = f"{FILE}, episodes, {part.name}"
            yield from ((place, each) for one in part.all for each in (one.variable, one.of) if each)
        for low in outcomes.episodes.lows:
            place = f"{FILE}, episodes, {low.name}"
            yield from ((place, each) for each in (low.variable, low.of) if each)
    if outcomes.swap is not None:
        yield from ((f"{FILE}, swap", name) for name in outcomes.swap.variables)
        yield from ((f"{FILE}, swap, numbers", name) for name in outcomes.swap.numbers)
        for name, shock in outcomes.swap.shocks.items():
            yield from ((f"{FILE}, swap, shocks, {name}", each) for each in shock.parameters)
        yield from (
            (f"{FILE}, swap, limits, {name}", one.parameter) for name, one in outcomes.swap.limits.items()
        )
    for name, one in outcomes.policy_space.items():
        yield from ((f"{FILE}, policy_space, {name}", each) for each in (one.in_use, one.permitted))
    if outcomes.permutation_test is not None:
        test = outcomes.permutation_test
        yield from ((f"{FILE}, permutation_test", name) for name in (test.parameter, test.switch))


def _tables(outcomes: Outcomes) -> Iterator[tuple[str, str]]:
    yield from ((f"{FILE}, lever_groups", name) for names in outcomes.lever_groups.values() for name in names)
    yield from ((f"{FILE}, policy_space, {name}", one.lever) for name, one in outcomes.policy_space.items())
    if outcomes.swap is not None:
        for name, shock in outcomes.swap.shocks.items():
            yield from ((f"{FILE}, swap, shocks, {name}", each) for each in shock.tables)


UNITS: Final = {"Dmnl": "a ratio", "1/Year": "a ratio per year"}


def in_words(unit: str, outcomes: Outcomes) -> str:
    """A unit of the model text as a reader of the report knows it; an unknown one as it is.

    >>> in_words("Dmnl", Outcomes()), in_words("Year", Outcomes(units={"Year": "years of output"}))
    ('a ratio', 'years of output')
    """
    return outcomes.units.get(unit) or UNITS.get(unit, unit)


MOST: Final = 6
"""Stocks that stand in for outcomes where a study names none."""


def shown(text: ModelText, named: Sequence[str]) -> tuple[str, ...]:
    """The outcomes that are named for a place, or the first stocks of the text where none is."""
    if named:
        return tuple(named)
    stocks = [one.name for one in text.of_kind(Kind.STOCK) if not one.hidden]
    return tuple(stocks[:MOST])
