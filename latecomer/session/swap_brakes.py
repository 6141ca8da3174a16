"""What keeps the levels of a swap believable: the same swap with each limit of the model taken away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from latecomer.explain.counterfactuals import Setting, parameters_of, sizes_of_noise, tables_of
from latecomer.faults import InputError
from latecomer.study.levers import TABLE
from latecomer.study.outcomes import Swap
from latecomer.study.run_spec import METHOD, CountrySetup, RunSpec
from latecomer.study.study import Study


@dataclass(frozen=True)
class Brake:
    """What a limit holds back: the size of a country in the last year without it over that with it.

    `swapped`: of a country with the other's policy; `baseline`: with its own. None where the run without the
    limit does not stay finite. A limit holds a swap back where `swapped` is above one.
    """

    country: str
    limit: str
    swapped: float | None
    baseline: float | None


def brakes(study: Study, spec: RunSpec, country: str, other: str, year: int) -> tuple[Brake, ...]:
    """What each limit of the text holds back in a swap of a country's policy, without shocks.

    A text without a limit has no brake of that name. Raises InputError as runs do.
    """
    asked = study.outcomes.needed_swap("a swap")
    known = set(study.model.parameter_names)
    limits = {limit: one for limit, one in asked.limits.items() if one.parameter in known}
    swapped, baseline = (Setting(country, whose, country) for whose in (other, country))
    found: dict[str, list[float | None]] = {}
    for setting in (swapped, baseline) if limits else ():
        whole = _last(study, spec.setups, setting, year, asked, {})
        assert whole is not None
        for limit, one in limits.items():
            without = _last(study, spec.setups, setting, year, asked, {one.parameter: one.value})
            found.setdefault(limit, []).append(None if without is None else without / whole)
    return tuple(Brake(country, limit, *ratios) for limit, ratios in found.items())


def _last(
    study: Study,
    setups: Mapping[str, CountrySetup],
    setting: Setting,
    year: int,
    asked: Swap,
    changed: Mapping[str, float],
) -> float | None:
    """The size in the last year of a run; None where a run that is changed does not stay finite."""
    parameters = {iso3: one.parameters for iso3, one in setups.items()}
    tables = {iso3: one.tables for iso3, one in setups.items()}
    levers, quiet = [name + TABLE for name in study.levers], sizes_of_noise(study.model.text)
    try:
        run = study.model.run(
            years=setups[setting.state].years,
            method=METHOD,
            parameters=parameters_of(setting, parameters, quiet, asked) | dict(changed),
            drivers=tables_of(setting, tables, levers, year, asked),
            save_every=1.0,
            backend="numpy",
        )
    except InputError:
        if not changed:
            raise
        return None
    return float(run[asked.size][-1])
