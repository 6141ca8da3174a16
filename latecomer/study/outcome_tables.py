"""The tables of outcomes.toml: what each of them holds, and what makes one of them faulty."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Final, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, Field, field_validator, model_validator

from latecomer.errors import nearest
from latecomer.study.schema import Strict, unless

MOST: Final = 1e12
"""The largest number that is told or drawn."""
Number: TypeAlias = Annotated[float, Field(ge=-MOST, le=MOST)]
Pair: TypeAlias = Annotated[tuple[Number, Number], Field(strict=False)]
Year: TypeAlias = Annotated[int, Field(ge=0, le=9999)]
Years: TypeAlias = Annotated[tuple[Year, Year], Field(strict=False)]
T = TypeVar("T")
Names: TypeAlias = Annotated[tuple[str, ...], Field(strict=False)]


def in_order(years: tuple[int, int]) -> tuple[int, int]:
    """Two years; raises what `validated` turns into a fault where the first is after the last."""
    first, last = years
    unless(first <= last, f"the years {first} to {last}", "the first year, then the last", "swap them")
    return years


def some(values: tuple[T, ...]) -> tuple[T, ...]:
    """A list with something in it; raises what `validated` turns into a fault for an empty one."""
    unless(bool(values), "an empty list", "one entry at least", "add one, or leave the table out")
    return values


def with_place(text: str, known: str, *forms: str) -> str:
    """A sentence with one place such as {until}, in one of some forms such as .2f.

    Raises what `validated` turns into a fault for any other.
    """
    allowed = [f"{{{known}{form and f':{form}'}}}" for form in forms]
    try:
        found = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    except ValueError:
        found = [("", "", None)]
    sound = all(name == known and form in forms and turn is None for name, form, turn in found)
    expected = f"{' or '.join(allowed)} alone in braces"
    unless(sound, f"the sentence {text[:40]!r}", expected, "mend what stands in braces")
    return text


class Outcome(Strict):
    """A variable that readers are shown: value shown = value of the model * times, in `unit`.

    `relative`: differences of runs are told in per cent; `ends`: what its axis shows at least; `made_of`:
    series of figures and powers whose product it is, where no series holds it; `note`: what the word means,
    for pages.
    """

    title: str = ""
    unit: str = ""
    times: Annotated[float, Field(gt=0.0, le=MOST)] = 1.0
    relative: bool = True
    ends: Pair | None = None
    made_of: dict[str, int] = Field(default_factory=dict)
    note: str = ""


class Pages(Strict):
    """Which outcomes a page, a table or a figure shows, in order.

    `head`, `highest`: what a summary tells the growth and the highest value of; `other`: the variable that
    the live page shows beside its outcomes at first; `fit`: series of the figure of that name, with what they
    are in `fit_words`; `denominator`: what a series with a comma in its name is over; `open`: sectors whose
    charts are open at first; `sectors`: the main variables of sectors.
    """

    ensemble: Names = ()
    scenario: Names = ()
    runs: Names = ()
    live: Names = ()
    head: str | None = None
    highest: str | None = None
    other: str | None = None
    fit: Names = ()
    fit_words: str = "the main series"
    denominator: str = ""
    open: Names = ()
    sectors: Names = ()


class EventWords(Strict):
    """How a breakdown is told; what is left out is made of the variable and its level."""

    level: str = "{below:g}"
    short: str = "{variable}"
    name: str = "{variable} below {level}"
    noun: str = "{variable} below {level}"
    happens: str = "{variable} falls below {level}"
    kept: str = "does not"
    loss: str = "a fall of {variable} below {level}"
    losing: str = "{variable} falling below {level}"
    loses: str = "falls below {level}"
    had: str = "had {variable} below {level}"
    who: str = "values of {variable}"
    do: str = "fall below {level}"
    without: str = "with {variable} below {level}"
    regains: str = "first rose above it"
    never: str = "never rose above it"
    ends: str = ""
    axis: str = ""
    line: str = "{level}"
    heading: str = "When {happens}"
    page: str = "values of {variable}"
    stop: str = "fall below {level}"
    unread: str = ""
    own: str = ""
    about: str = ""


class ThresholdEvent(Strict):
    """The breakdown of a study: its `variable` is below a level.

    `scale`: that on which its probability is smoothed over draws; `drawn`: the years that charts of it show;
    `begun`: the year by which a run has begun whose fall is compared with others.

    >>> one = ThresholdEvent.model_validate({"variable": "hares", "below": 2.0})
    >>> one.words.happens, one.file
    ('hares falls below 2', 'hares')
    """

    variable: str
    below: Number
    scale: Literal["logit", "linear"] = "linear"
    drawn: Years | None = None
    begun: Year | None = None
    words: EventWords = Field(default_factory=EventWords)

    @field_validator("drawn")
    @classmethod
    def _check_drawn(cls, drawn: tuple[int, int] | None) -> tuple[int, int] | None:
        return None if drawn is None else in_order(drawn)

    @model_validator(mode="after")
    def _check(self) -> ThresholdEvent:
        share = self.scale != "logit" or 0.0 < self.below < 1.0
        cure = 'correct the level, or write scale = "linear"'
        unless(share, f"the level {self.below:g} on a logit scale", "a level between 0 and 1", cure)
        places = {"variable": self.variable, "below": self.below}
        made: dict[str, str] = {}
        for name in EventWords.model_fields:  # in order: what stands in braces has been made before
            text = getattr(self.words, name)
            made[name] = text if name in self.words.model_fields_set else text.format(**{**places, **made})
        object.__setattr__(self, "words", EventWords.model_validate(made))
        return self

    @property
    def file(self) -> str:
        """The name of files and figures that draw it."""
        return self.variable.replace(" ", "-")

    @property
    def told(self) -> str:
        """The variable below its level, in words."""
        return f"{self.variable} below {self.words.level}"


class Catalogue(Strict):
    """One count of who was struck and when: a series that is above nought in such a year."""

    series: str
    name: str
    authors: str = ""


class Record(Strict):
    """What is on record of the breakdown, by catalogue, and what it is called there.

    `since`: a state that began in that year or later counts as under way when the window opens.
    """

    noun: str = "event"
    plural: str = "events"
    struck: str = "was struck"
    not_struck: str = "was not struck"
    people: str = "struck"
    state: str = "struck"
    since: Year | None = None
    catalogues: dict[str, Catalogue] = Field(default_factory=dict)

    def authors(self, key: str) -> str:
        """Who counted, as a text names them."""
        return self.catalogues[key].authors or self.catalogues[key].name


class TellingCase(Strict):
    """The country that breaks down and those that stand: compared in `year`, it falls in some `years`."""

    falls: str
    stands: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(some)]
    year: Year
    years: Years

    @field_validator("years")
    @classmethod
    def _check_years(cls, years: tuple[int, int]) -> tuple[int, int]:
        return in_order(years)


class ForecastCriteria(Strict):
    """What is asked of a forecast of the breakdown.

    At least: draws in which the case is below those that stand, in which it falls, and events hit at a rate
    of false alarms; at most: draws in which one that stands falls, the error over the best naive one's; the
    share of figures covered by 80 % bands lies between two.
    """

    ordered: float = 0.95
    falls: float = 0.8
    stands: float = 0.1
    error: float = 0.7
    hits: float = 0.7
    false_alarms: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.2
    covered: Pair = (0.7, 0.9)


class LeaveOneOutCriteria(Strict):
    """What is asked where each country is foretold by the others: area, hits, rules met, pooled errors."""

    area: float = 0.9
    hits: float = 0.7
    beats: str | None = None
    matches: str | None = None
    errors: dict[str, float] = Field(default_factory=dict)


class Forecast(Strict):
    """A forecast from figures up to the year `cutoff`, held against those up to `end`.

    `window`: the years of the breakdown; `series`: those that it is judged by, all without any; `what`: the
    breakdown in words.
    """

    cutoff: Year
    end: Year
    window: Years | None = None
    series: Names = ()
    what: str = "the breakdown"
    case: TellingCase | None = None
    asked: ForecastCriteria = Field(default_factory=ForecastCriteria)
    left_out: LeaveOneOutCriteria = Field(default_factory=LeaveOneOutCriteria)

    @model_validator(mode="after")
    def _check(self) -> Forecast:
        got = f"the end {self.end} of a forecast from {self.cutoff}"
        unless(self.end > self.cutoff, got, "a year after the cut-off", "correct one of the two")
        if self.window is not None:
            first, last = in_order(self.window)
            got = f"the window {first} to {last} of a forecast from {self.cutoff}"
            unless(first > self.cutoff, got, "years after the cut-off", "correct one of the two")
        return self

    @property
    def years(self) -> tuple[int, int]:
        """The window of the breakdown; without one all years that are foretold."""
        return self.window or (self.cutoff + 1, self.end)


class Term(Strict):
    """The mean of a series before a cut-off, over that of another, or of each year's ratio to another.

    `less`: a smaller value is more risk.
    """

    series: str
    over: str | None = None
    per: str | None = None
    less: bool = False

    @model_validator(mode="after")
    def _check(self) -> Term:
        expected = "a ratio of means, or the mean of ratios"
        unless(self.over is None or self.per is None, "both over and per", expected, "keep one")
        return self


class Rule(Strict):
    """A rule of thumb for who will be struck: one term, or the sum of the ranks of several."""

    says: str
    terms: Annotated[tuple[Term, ...], Field(strict=False), AfterValidator(some)]


class ChapterWords(Strict):
    """The sentences of the chapter that are about the breakdown of the study; {until} is the cut-off."""

    title: str = "The breakdown"
    told: str = "From figures up to {until} the model says which country would break down."
    why: str = ""
    not_blind: str = ""

    @field_validator("told", "why")
    @classmethod
    def _check_places(cls, text: str) -> str:
        return with_place(text, "until", "")


class Below(Strict):
    """A variable below a level, or below so many times another variable."""

    variable: str
    below: Number
    of: str | None = None


class Part(Strict):
    """A part of the statement of when a run is in crisis: all of it holds at the same moment."""

    name: str
    all: Annotated[tuple[Below, ...], Field(strict=False), AfterValidator(some)]


class Low(Strict):
    """The lowest value of a variable, or of its ratio to another times a factor, told in `words`."""

    name: str
    variable: str
    of: str | None = None
    times: Annotated[float, Field(gt=0.0, le=MOST)] = 1.0
    words: str

    @field_validator("words")
    @classmethod
    def _check_places(cls, text: str) -> str:
        return with_place(text, "value", *(f".{digits}f" for digits in range(4)))


class EpisodeStatement(Strict):
    """When a run is in crisis, and what is asked of the dates: see `latecomer episodes`.

    `named`: breakdowns to be dated, years by country, of which so many `at_least` are to be; `alarms`: false
    alarms in ten country-decades at most; `lacks`: what no equation says, and the equation that would.
    """

    span: Years
    parts: Annotated[tuple[Part, ...], Field(strict=False), AfterValidator(some)]
    lows: Annotated[tuple[Low, ...], Field(strict=False)] = ()
    at_least: int = 0
    alarms: float = 1.0
    named: dict[str, Annotated[tuple[Year, ...], Field(strict=False)]] = Field(default_factory=dict)
    lacks: dict[str, str] = Field(default_factory=dict)

    @field_validator("span")
    @classmethod
    def _check_span(cls, span: tuple[int, int]) -> tuple[int, int]:
        return in_order(span)


class SwapOutcome(Strict):
    """A number taken from a run: a lowest value, a growth over some years, or a sum over another."""

    name: str
    years: Years
    lowest: str | None = None
    growth: str | None = None
    sum: Names = ()
    over: str | None = None

    @model_validator(mode="after")
    def _check(self) -> SwapOutcome:
        in_order(self.years)
        kinds = sum([self.lowest is not None, self.growth is not None, bool(self.sum)])
        expected = "one of lowest, growth and sum"
        unless(kinds == 1, f"{kinds} of lowest, growth and sum", expected, "keep one")
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables that it is made of."""
        return tuple(one for one in (self.lowest, self.growth, *self.sum, self.over) if one is not None)


class SwapLevel(Strict):
    """A level in the last year: over that of the baseline, over another variable, or over the frontier's.

    `per`: the series that both a country and the frontier are divided by, on record.
    """

    name: str
    variable: str
    over: str | None = None
    per: str | None = None
    frontier: str | None = None

    @model_validator(mode="after")
    def _check(self) -> SwapLevel:
        both = (self.per is None) == (self.frontier is None)
        unless(both, "one of per and frontier alone", "both of them or neither", "write down the other")
        return self


class Shock(Strict):
    """A shock that can be taken away: tables held at a mean after a year, parameters at a value."""

    tables: Names = ()
    after: Year | None = None
    mean: Years | None = None
    parameters: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Shock:
        whole = not self.tables or (self.after is not None and self.mean is not None)
        unless(whole, "tables without after or mean", "the years of both", "write them down")
        if self.mean is not None:
            in_order(self.mean)
        unless(bool(self.tables or self.parameters), "nothing", "tables or parameters", "name some")
        return self


class Limit(Strict):
    """A parameter that sets a limit, and the value at which the limit is gone."""

    parameter: str
    value: float


class Swap(Strict):
    """Two countries with each other's policy, and a calmer world: see `latecomer swap`.

    `needs`: years that every run must hold, the swap before the first of them; `years`: those whose values
    are told, of the variables `paths`, on a screen of those `told` alone; `size`: the variable that a limit
    holds back; `numbers`: parameters that a government chooses and no lever dates; `world`: the shocks whose
    absence is the calm world.
    """

    pair: Annotated[tuple[str, str], Field(strict=False)] | None = None
    year: Year
    needs: Years
    years: Annotated[tuple[Year, ...], Field(strict=False)] = ()
    paths: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(some)]
    told: Names = ()
    size: str
    numbers: Names = ()
    numbers_words: str = "numbers of its government"
    world: Names = ()
    outcomes: Annotated[tuple[SwapOutcome, ...], Field(strict=False), AfterValidator(some)]
    levels: Annotated[tuple[SwapLevel, ...], Field(strict=False)] = ()
    shocks: dict[str, Shock] = Field(default_factory=dict)
    limits: dict[str, Limit] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Swap:
        in_order(self.needs)
        for name in self.world:
            unless(
                name in self.shocks,
                f"the shock '{name}' of world",
                "one of shocks",
                nearest(name, self.shocks),
            )
        return self

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable that a run of it saves."""
        made = (name for one in self.outcomes for name in one.variables)
        levels = (name for one in self.levels for name in (one.variable, one.over) if name is not None)
        return tuple(dict.fromkeys([*self.paths, *self.told, self.size, *made, *levels]))


class Instrument(Strict):
    """A lever that rules bound: its variable in use, what is permitted, and by which rules.

    `protection`: the lever is openness, and what is bound is the protection that it leaves, 1 - openness.
    """

    name: str
    lever: str
    in_use: str
    permitted: str
    rules: str
    protection: bool = False


class Covariate(Strict):
    """What the permutation test shuffles over countries, and the switch of the variant that reads it."""

    parameter: str
    switch: str
