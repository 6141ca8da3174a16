"""The runs of one country side by side: what each is called, and what two of them have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from latecomer.faults import refuse
from latecomer.report.runs_content import Band, RunLine
from latecomer.session.material import in_words
from latecomer.session.run_folders import LoadedRun
from latecomer.session.run_statistics import band
from latecomer.study.outcomes import Outcomes
from latecomer.study.study import NO_FIT

Floats = NDArray[np.float64]
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
class Side:
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


def sides(runs: Sequence[LoadedRun], outcomes: Outcomes) -> list[Side]:
    """The runs of one country with their letters and names. Raises InputError for more than eight."""
    if len(runs) > len(LETTERS):
        got = f"{len(runs)} runs of {runs[0].iso3}"
        raise refuse("RUN", got, f"at most {len(LETTERS)} of one country", "name fewer runs")
    names = run_names(runs)
    each = enumerate(zip(runs, names, strict=True))
    return [Side(run, k, LETTERS[k], name, outcomes) for k, (run, name) in each]


def run_names(runs: Sequence[LoadedRun]) -> list[str]:
    """A name for each run: its scenario, and beside it whatever tells it from the others."""
    names = [plain_scenario(str(run.manifest["scenario"])) for run in runs]
    for key, words in TOLD.items():
        told = [_told(run, key) for run in runs]
        if len(set(names)) < len(names) and len(set(told)) > 1:
            names = [
                f"{name}, {words.format(one)}" if one else name for name, one in zip(names, told, strict=True)
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
    return RECORD if name == NO_FIT else name.replace("-", " ")


def _told(run: LoadedRun, key: str) -> str:
    if key == "draws":
        return "without draws" if run.draws is None else f"{run.draws} draws"
    value: Any = run.manifest.get(key, "")
    if key == "years":
        return "{:g}–{:g}".format(*value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {number:g}" for name, number in value.items())
    return str(value)


def common_years(runs: Iterable[Side]) -> Floats:
    """The saved times that all runs have. Raises InputError where there is none."""
    first, *others = runs
    years = first.run.years
    for other in others:
        years = np.intersect1d(years, other.run.years)
    if not years.size:
        cure = "run them over the same years"
        raise refuse("RUN", "runs without a year in common", "years that overlap", cure)
    return np.asarray(years, dtype=np.float64)


def paired(one: Side, base: Side) -> bool:
    """Whether the same draw of two runs has the same shocks."""
    return one.run.draws is not None and one.run.shocks == base.run.shocks


def together(one: Side, base: Side, name: str, years: Floats) -> tuple[Floats, Floats] | None:
    """A variable of two runs over ([draw,] time) in some years, over the same draws where these are paired.

    None where one of them lacks it.
    """
    if name not in one.run.data or name not in base.run.data:
        return None
    here, there = (side.run.data[name].sel(time=years) for side in (one, base))
    if paired(one, base):
        here, there = xr.align(here, there, join="inner")
    return np.asarray(here.values, float), np.asarray(there.values, float)


def hows(base: Side, others: Sequence[Side]) -> list[str]:
    """How runs are held against the first; in one sentence where all have the same shocks."""
    if len(others) > 1 and all(paired(one, base) for one in others):
        alike = (
            "All runs have the same shocks draw by draw: they share draws, seed and years. A draw of one is "
            f"held against the same draw of {base.letter}, so what differs is what was decided, not luck."
        )
        return [alike]
    return [how(one, base) for one in others]


def how(one: Side, base: Side) -> str:
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


def unlike(one: Side, base: Side) -> list[str]:
    """What two runs would have to share and do not, in words."""
    told = [side.run.manifest for side in (base, one)]
    pairs: dict[str, list[Any]] = {
        "draws": [side.run.draws for side in (base, one)],
        "seed": [one.get("seed") for one in told],
        "years": ["{:g}–{:g}".format(*one["years"]) for one in told],
        "step": [one.get("dt") for one in told],
        "method": [one.get("method") for one in told],
    }
    said = [f"{name} {a} and {b}" for name, (a, b) in pairs.items() if a != b]
    texts = [one["hashes"].get("model text") for one in told]
    return said if texts[0] == texts[1] else [*said, "two model texts"]


def middle_only(line: RunLine) -> RunLine:
    """A line without its band."""
    return replace(line, band=Band(line.band.years, line.band.middle))
