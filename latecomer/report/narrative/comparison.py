"""The runs of one country side by side: what each is called, and what two of them have in common.

Also here:
- Which variables a report on runs shows: outcomes, and the main ones of each sector of the model text.
- What draws say: bands, chances, and whether two runs can be told apart. Every number is of kept draws.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from latecomer.errors import refuse
from latecomer.language import Kind, ModelText, Variable
from latecomer.report.content import Band, RunLine
from latecomer.runs.store import LoadedRun
from latecomer.study.fits import NONE
from latecomer.study.outcomes import Outcomes, in_words, shown
from latecomer.study.study import Study

Floats = NDArray[np.float64]

BAND: Final = (0.1, 0.5, 0.9)

WIDER: Final = (0.05, 0.95)

THIN: Final = 200
"""So many evenly spaced quantiles stand for a distribution where two independent ones are subtracted."""

CLEAR, LIKELY = 0.10, 0.20


@dataclass(frozen=True, slots=True)
class Ends:
    """A sample of values: its middle, its 80 % and its 90 % interval."""

    middle: float
    low: float
    high: float
    lower: float
    higher: float

    @property
    def verdict(self) -> str:
        """Whether the interval excludes nought: the 90 % one clearly, the 80 % one probably.

        >>> Ends(2.0, 0.5, 3.0, -0.1, 4.0).verdict, Ends(2.0, 0.5, 3.0, 0.1, 4.0).verdict
        ('probably higher', 'clearly higher')
        >>> Ends(0.0, 0.0, 0.0, 0.0, 0.0).verdict
        'the same'
        """
        if self.lower == self.higher == 0.0:
            return "the same"
        for word, low, high in (("clearly", self.lower, self.higher), ("probably", self.low, self.high)):
            if low > 0 or high < 0:
                return f"{word} {'higher' if low > 0 else 'lower'}"
        return "not distinguishable"


def band(years: Floats, values: Floats) -> Band:
    """The middle of values over ([draw,] time) and, over draws, their 80 % band."""
    if values.ndim == 1:
        return Band(years, values)
    low, middle, high = np.quantile(values, BAND, axis=0)
    return Band(years, middle, low, high)


def ends(sample: Floats) -> Ends:
    """The intervals of a sample.

    >>> one = ends(np.arange(101.0))
    >>> one.low, one.middle, one.high, one.lower, one.higher
    (10.0, 50.0, 90.0, 5.0, 95.0)
    """
    low, middle, high = np.quantile(sample, BAND)
    lower, higher = np.quantile(sample, WIDER)
    return Ends(float(middle), float(low), float(high), float(lower), float(higher))


def differences(one: Floats, base: Floats, paired: bool, relative: bool) -> Floats:
    """By how much draws of one run exceed those of another, over (sample, time).

    paired:    d_k = x_k - b_k, draw by draw; both over the same draws
    otherwise: d_ij = x_i - b_j, over every pair of evenly spaced quantiles of the two
    relative:  d = 100 (x / b - 1), per cent; NaN where b is not above nought

    >>> differences(np.array([[2.0], [6.0]]), np.array([[1.0], [4.0]]), True, True).tolist()
    [[100.0], [50.0]]
    >>> sorted(differences(np.array([[2.0], [6.0]]), np.array([[1.0], [4.0]]), False, False)[:, 0].tolist())
    [-2.0, 1.0, 2.0, 5.0]
    """
    if not paired:
        many, few = thinned(one), thinned(base)
        one = np.repeat(many, len(few), axis=0)
        base = np.tile(few, (len(many), 1))
    if not relative:
        return one - base
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(base > 0, 100 * (one / base - 1), np.nan)


def thinned(values: Floats, most: int = THIN) -> Floats:
    """Values over (draw, time), or their quantiles (i + 1/2) / most where there are more than `most`.

    >>> thinned(np.arange(5.0)[:, None], most=2)[:, 0].tolist()
    [1.0, 3.0]
    """
    if len(values) <= most:
        return values
    return np.asarray(np.quantile(values, (np.arange(most) + 0.5) / most, axis=0))


def share_interval(k: int, n: int, level: float = 0.9) -> tuple[float, float]:
    """The exact interval of a probability of which k of n draws speak (Clopper and Pearson 1934).

    low = Beta^-1((1 - level) / 2; k, n - k + 1);  high = Beta^-1((1 + level) / 2; k + 1, n - k)

    >>> share_interval(0, 10)[0], round(share_interval(1, 1)[0], 9)  # one of one: low**1 = 0.05
    (0.0, 0.05)
    """
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else float(stats.beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(stats.beta.ppf(1 - tail, k + 1, n - k))
    return low, high


def uneven(only_one: int, only_base: int) -> float:
    """How likely so uneven a split is by luck: the exact test of McNemar, two-sided.

    p = min(1, 2 Binomial(min(b, c); b + c, 1/2)), of draws in which the event happens in one run only

    >>> uneven(3, 0), uneven(0, 0)
    (0.25, 1.0)
    """
    n = only_one + only_base
    return 1.0 if n == 0 else float(min(1.0, 2 * stats.binom.cdf(min(only_one, only_base), n, 0.5)))


def apart(k: int, n: int, k_base: int, n_base: int) -> float:
    """How likely so different shares of independent draws are by luck: the exact test of Fisher, two-sided.

    >>> round(apart(3, 3, 0, 3), 9)  # 2 of the 20 ways to place three events
    0.1
    """
    table = np.array([[k, n - k], [k_base, n_base - k_base]])
    return float(stats.fisher_exact(table)[1])


def chance_verdict(p: float, more: int, same: bool) -> str:
    """The verdict on two shares from the chance of their difference by luck; `more`: its sign.

    >>> chance_verdict(0.05, 3, False), chance_verdict(0.15, -3, False), chance_verdict(1.0, 0, True)
    ('clearly higher', 'probably lower', 'the same')
    """
    if same:
        return "the same"
    if more == 0 or p >= LIKELY:
        return "not distinguishable"
    return f"{'clearly' if p < CLEAR else 'probably'} {'higher' if more > 0 else 'lower'}"


LETTERS: Final = "ABCDEFGH"

RECORD: Final = "the record"

TOLD: Final = {
    "variant": "{}",
    "fit": "fit {}",
    "set": "{}",
    "years": "{}",
    "draws": "{}",
    "seed": "seed {}",
}


@dataclass(frozen=True)
class ComparedRun:
    """A run among the runs of its country."""

    run: LoadedRun
    number: int
    letter: str
    name: str
    outcomes: Outcomes

    def values(self, name: str) -> Floats | None:
        """A variable over ([draw,] time); None where the run lacks it."""
        return np.asarray(self.run.data[name].values, float) if name in self.run.data else None

    def line(self, name: str) -> RunLine | None:
        """A variable with its band; None where the run lacks it."""
        values = self.values(name)
        return None if values is None else self.drawn(band(self.run.years, values))

    def drawn(self, made: Band) -> RunLine:
        """A band as the line of this run."""
        return RunLine(self.number, self.letter, self.name, made)

    def unit(self, name: str) -> str:
        """The unit of a variable in words."""
        return plain_unit(str(self.run.data[name].attrs.get("units", "")), self.outcomes)


def plain_unit(unit: str, outcomes: Outcomes) -> str:
    """A unit of the model text in words.

    >>> plain_unit("billion dollars/Year", Outcomes()), plain_unit("Dmnl", Outcomes())
    ('billion dollars a year', 'a ratio')
    >>> plain_unit("million tonnes/(Year*million persons)", Outcomes())
    'million tonnes a year per million persons'
    """
    above, _, below = in_words(unit, outcomes).partition("/")
    parts = [part.strip() for part in below.strip("()").split("*") if part.strip()]
    return "".join([above, *(" a year" if part == "Year" else f" per {part}" for part in parts)])


def sides(runs: Sequence[LoadedRun], outcomes: Outcomes) -> list[ComparedRun]:
    """The runs of one country with their letters and names. Raises InputError for more than eight."""
    if len(runs) > len(LETTERS):
        got = f"{len(runs)} runs of {runs[0].iso3}"
        raise refuse("RUN", got, f"at most {len(LETTERS)} of one country", "name fewer runs")
    names = run_names(runs)
    each = enumerate(zip(runs, names, strict=True))
    return [ComparedRun(run, k, LETTERS[k], name, outcomes) for k, (run, name) in each]


def run_names(runs: Sequence[LoadedRun]) -> list[str]:
    """A name for each run: its scenario, and beside it whatever tells it from the others."""
    names = [plain_scenario(str(run.manifest["scenario"])) for run in runs]
    for key, words in TOLD.items():
        details = [_run_text(run, key) for run in runs]
        if len(set(names)) < len(names) and len(set(details)) > 1:
            names = [
                f"{name}, {words.format(one)}" if one else name
                for name, one in zip(names, details, strict=True)
            ]
    if len(set(names)) < len(names):
        names = [f"{name}, {run.folder.name}" for name, run in zip(names, runs, strict=True)]
    if len(set(names)) < len(names):
        names = [f"{name}, number {k}" for k, name in enumerate(names, 1)]
    return names


def plain_scenario(name: str) -> str:
    """The name of a scenario in words.

    >>> plain_scenario("zones-first"), plain_scenario("none")
    ('zones first', 'the record')
    """
    return RECORD if name == NONE else name.replace("-", " ")


def _run_text(run: LoadedRun, key: str) -> str:
    if key == "draws":
        return "without draws" if run.draws is None else f"{run.draws} draws"
    value: Any = run.manifest.get(key, "")
    if key == "years":
        return "{:g}–{:g}".format(*value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {number:g}" for name, number in value.items())
    return str(value)


def common_years(runs: Iterable[ComparedRun]) -> Floats:
    """The saved times that all runs have. Raises InputError where there is none."""
    first, *others = runs
    years = first.run.years
    for other in others:
        years = np.intersect1d(years, other.run.years)
    if not years.size:
        cure = "run them over the same years"
        raise refuse("RUN", "runs without a year in common", "years that overlap", cure)
    return np.asarray(years, dtype=np.float64)


def paired(one: ComparedRun, base: ComparedRun) -> bool:
    """Whether the same draw of two runs has the same shocks."""
    return one.run.draws is not None and one.run.shocks == base.run.shocks


def together(one: ComparedRun, base: ComparedRun, name: str, years: Floats) -> tuple[Floats, Floats] | None:
    """A variable of two runs over ([draw,] time) in some years, over the same draws where these are paired.

    None where one of them lacks it.
    """
    if name not in one.run.data or name not in base.run.data:
        return None
    here, there = (side.run.data[name].sel(time=years) for side in (one, base))
    if paired(one, base):
        here, there = xr.align(here, there, join="inner")
    return np.asarray(here.values, float), np.asarray(there.values, float)


def hows(base: ComparedRun, others: Sequence[ComparedRun]) -> list[str]:
    """How runs are held against the first; in one sentence where all have the same shocks."""
    if len(others) > 1 and all(paired(one, base) for one in others):
        alike = (
            "All runs have the same shocks draw by draw: they share draws, seed and years. A draw of one is "
            f"held against the same draw of {base.letter}, so what differs is what was decided, not luck."
        )
        return [alike]
    return [how(one, base) for one in others]


def how(one: ComparedRun, base: ComparedRun) -> str:
    """How a run is held against the first, in a sentence."""
    if one.run.draws is None or base.run.draws is None:
        which = [side.letter for side in (base, one) if side.run.draws is None]
        lacks = "has" if len(which) == 1 else "have"
        return (
            f"{one.letter} against {base.letter}: {' and '.join(which)} {lacks} no draws, so one number is "
            "held against another and nothing can be said about luck. Run with --draws 200 for bands."
        )
    if paired(one, base):
        alike = "A draw of the one is held against the same draw of the other"
        return f"{one.letter} against {base.letter}: the same shocks draw by draw. {alike}."
    why = ", ".join(unlike(one, base)) or "other saved years"
    return (
        f"{one.letter} against {base.letter}: not the same shocks ({why}), so the two are compared as "
        "independent distributions; luck blurs the difference more than it would need to."
    )


def unlike(one: ComparedRun, base: ComparedRun) -> list[str]:
    """What two runs would have to share and do not, in words."""
    details = [side.run.manifest for side in (base, one)]
    pairs: dict[str, list[Any]] = {
        "draws": [side.run.draws for side in (base, one)],
        "seed": [one.get("seed") for one in details],
        "years": ["{:g}–{:g}".format(*one["years"]) for one in details],
        "step": [one.get("dt") for one in details],
        "method": [one.get("method") for one in details],
    }
    said = [f"{name} {a} and {b}" for name, (a, b) in pairs.items() if a != b]
    texts = [one["hashes"].get("model text") for one in details]
    return said if texts[0] == texts[1] else [*said, "two model texts"]


def middle_only(line: RunLine) -> RunLine:
    """A line without its band."""
    return replace(line, band=Band(line.band.years, line.band.middle))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A variable that runs are compared by; `relative`: differences are told in per cent of the other run."""

    name: str
    relative: bool


FEW: Final = 5

WITH_PATH: Final = (Kind.STOCK, Kind.FLOW, Kind.AUXILIARY)


def outcomes(study: Study) -> list[Outcome]:
    """What the runs of a study are compared by."""
    known = study.outcomes.outcomes
    names = shown(study.model.text, study.outcomes.pages.runs)
    return [Outcome(name, known[name].relative if name in known else True) for name in names]


def sectors(
    text: ModelText, main: Collection[str] = (), asked: Sequence[str] = ()
) -> dict[str, list[Variable]]:
    """The variables shown of each sector, in the order of the text; `asked` are shown where they have a path.

    A sector without any of the `main` ones shows its first five, stocks first.
    """
    found: dict[str, list[Variable]] = {}
    for sector in dict.fromkeys(variable.sector for variable in text.variables):
        inside = list(_with_path(text, sector))
        chosen = [one for one in inside if one.name in main or one.name in asked]
        first = sorted(inside, key=lambda one: one.kind is not Kind.STOCK)[:FEW]
        if inside:
            found[sector] = chosen or first
    return found


def _with_path(text: ModelText, sector: str) -> Iterator[Variable]:
    for variable in text.variables:
        if variable.sector == sector and variable.kind in WITH_PATH and not variable.hidden:
            yield variable


def wanted(study: Study, asked: Sequence[str]) -> list[str]:
    """The names of every variable that a report reads, each once."""
    event, pages = study.outcomes.event, study.outcomes.pages
    first = [*([] if event is None else [event.variable]), *(one.name for one in outcomes(study))]
    details = [name for name in (pages.head, pages.highest) if name is not None]
    targets = [target.variable for target in study.targets.targets]
    by_sector = sectors(study.model.text, pages.sectors, asked).values()
    return list(
        dict.fromkeys([*first, *details, *targets, *(one.name for part in by_sector for one in part)])
    )


def changed_names(changes: Sequence[str]) -> list[str]:
    """What the lines of a scenario change: the words before the colon of each.

    >>> changed_names(["cluster policy: 0 in 2020, 0.6 in 2040", "whole"])
    ['cluster policy']
    """
    return list(dict.fromkeys(line.partition(":")[0].strip() for line in changes if ":" in line))


def plain_note(note: str) -> str:
    """A note of the model text without the codes of mechanisms at its end.

    >>> plain_note("Labour's part of output. (A5, C1)")
    "Labour's part of output."
    """
    return re.sub(r"\s*\([A-Z]\d+(, [A-Z]\d+)*\)\s*$", "", note)
