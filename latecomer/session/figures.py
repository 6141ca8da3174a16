"""The published figures by name, each made from runs that are there or told by the manifest of a fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol

import numpy as np
import xarray as xr

from latecomer.calibrate.score import Score
from latecomer.study.outcomes import ThresholdEvent
from latecomer.study.quoted import BEYOND
from latecomer.study.study import Study

SCORED: Final = ("nrmsd", "mape", "u2")
TOLD_BY_FIT: Final = ("loss", "estimated", "figures")
FORMS: Final = (
    "'ISO3, SERIES, nrmsd' (or mape, u2), 'ISO3, VARIABLE, YEAR', 'ISO3, VARIABLE, YEAR against YEAR', "
    "'ISO3, VARIABLE, lowest A-B' (or highest), 'ISO3, VARIABLE, below LEVEL' or 'fit NAME, loss'"
)


def drawn(event: ThresholdEvent) -> tuple[str, str]:
    """What the drawing of the event shows of each country, by its years and its level.

    >>> from latecomer.study.outcomes import ThresholdEvent
    >>> drawn(ThresholdEvent(variable="hares", below=2.0, drawn=(1975, 1995)))
    ('lowest 1975-1995', 'below 2')
    """
    span = "" if event.drawn is None else f" {event.drawn[0]}-{event.drawn[1]}"
    return f"lowest{span}", f"below {event.below:g}"


class Ran(Protocol):
    """A country that has been run and scored."""

    @property
    def iso3(self) -> str:
        """Which country."""

    @property
    def run(self) -> xr.Dataset:
        """Its free run."""

    @property
    def scores(self) -> Sequence[Score]:
        """Its scores."""


def standing_figures(study: Study, runs: Sequence[Ran]) -> Iterator[str]:
    """The figures that are always locked: all scores and verdicts, the event, losses of the fits."""
    event = study.outcomes.event
    for one in runs:
        for score in one.scores:
            measures = [name for name in SCORED if getattr(score, name) is not None]
            measures += [BEYOND] if score.holds is not None else []
            yield from (f"{one.iso3}, {score.series}, {measure}" for measure in measures)
        if event is not None and event.variable in one.run:
            yield from (f"{one.iso3}, {event.variable}, {measure}" for measure in drawn(event))
    for name in study.fits.names():
        yield from (f"fit {name}, {told}" for told in TOLD_BY_FIT)


def figure_value(study: Study, runs: Mapping[str, Ran], name: str) -> float | None:
    """A figure by its name, see `FORMS`; None where there is no such number.

    Raises KeyError for a name of no known form, country, series, variable or fit.
    """
    subject, _, rest = name.partition(", ")
    if subject.startswith("fit "):
        return fit_value(study, subject.removeprefix("fit "), rest)
    what, _, measure = rest.rpartition(", ")
    one = runs[subject]
    if measure in (*SCORED, BEYOND):
        if what not in {target.series for target in study.targets.targets}:
            raise KeyError(name)
        score = next((score for score in one.scores if score.series == what), None)
        if score is None:
            return None
        value = float(score.holds is False) if measure == BEYOND else getattr(score, measure)
        return None if value is None else float(value)
    return path_value(one.run[what], measure)


def path_value(path: xr.DataArray, measure: str) -> float | None:
    """A number taken from the path of a variable (dimension time): at a year, an extreme, a first fall.

    value(t1) / value(t0) - 1 for "t1 against t0"; the first year with value < level for "below level".
    Raises KeyError for a measure of no known form.

    >>> path = xr.DataArray([1.0, 0.8, 0.4], coords={"time": [1980.0, 1981.0, 1982.0]}, dims="time")
    >>> [path_value(path, told) for told in ("1981", "lowest 1980-1981", "below 0.5", "below 0.1", "1999")]
    [0.8, 0.8, 1982.0, None, None]
    >>> path_value(path, "1982 against 1981")
    -0.5
    """
    years, values = path["time"].to_numpy(), path.to_numpy().astype(float)
    if found := re.fullmatch(r"(\d{4})(?: against (\d{4}))?", measure):
        late, early = (None if year is None else values[years == float(year)] for year in found.groups())
        if late is None or not late.size or (early is not None and not early.size):
            return None
        return float(late[0]) if early is None else float(late[0] / early[0] - 1)
    if found := re.fullmatch(r"(lowest|highest)(?: (\d{4})-(\d{4}))?", measure):
        first, last = float(found[2] or years[0]), float(found[3] or years[-1])
        inside = values[(years >= first) & (years <= last)]
        extreme: Callable[..., float] = np.min if found[1] == "lowest" else np.max
        return float(extreme(inside)) if inside.size else None
    if found := re.fullmatch(r"below (\d+(?:\.\d+)?)", measure):
        fallen = years[values < float(found[1])]
        return float(fallen[0]) if fallen.size else None
    raise KeyError(measure)


def fit_value(study: Study, name: str, told: str) -> float | None:
    """A number of the manifest of a fit. Raises KeyError for an unknown fit or number."""
    if name not in study.fits or told not in TOLD_BY_FIT:
        raise KeyError(name)
    value = study.fits[name].manifest.get(told)
    return float(value) if isinstance(value, int | float) else None
