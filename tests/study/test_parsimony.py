"""Nothing that moves nothing: each parameter of the study moves some other variable of some run."""

from __future__ import annotations

import numpy as np
import pytest

from latecomer.language import Kind
from latecomer.study.study import Study

MOVED = 1e-7
# levers in use, in part, so that what acts only with them can act
IN_USE = 0.7
# limits of numbers, met in slumps of the world and at the worst of credit only
AT_EXTREMES = {"smallest growth", "largest credit strain"}


@pytest.mark.slow  # each parameter alone; that it is read at all is quick
def test_every_parameter_moves_something(study: Study) -> None:
    text = study.model.text
    fixed = (Kind.CONSTANT, Kind.TABLE, Kind.CONTROL)
    paths = [v.name for v in text.variables if v.kind not in fixed and not v.hidden]
    switches = [name for name, one in study.parameters.items() if one.choices is not None]
    # what stands in for a mechanism acts where it is taken out, institutions in the variant of their own
    without = dict.fromkeys(switches, 0.0) | {"institutions switch": 1.0}
    still = set(study.parameters)
    for iso3, changed in (("KOR", {}), ("MMR", {}), ("KOR", without)):
        still &= _still(study, iso3, paths, changed)
    assert {name for name in still if "shock" not in name} == AT_EXTREMES


def _still(study: Study, iso3: str, paths: list[str], changed: dict[str, float]) -> set[str]:
    """The parameters that move no path of a country, some values changed."""
    table = {**study.parameters, **study.countries[iso3].parameters}
    window = study.countries[iso3].window
    years = float(window.start), float(window.end)
    moved = _moved(study, iso3, list(table), paths, years, changed)
    return {name for name, far in moved.items() if not far > MOVED}


def _moved(
    study: Study,
    iso3: str,
    names: list[str],
    paths: list[str],
    years: tuple[float, float],
    changed: dict[str, float],
) -> dict[str, float]:
    """How far each parameter, moved by a part of its range, moves any path: relative, Dmnl."""
    table = {**study.parameters, **study.countries[iso3].parameters}
    base = study.parameter_values(iso3) | {"rival followers": 5.0} | changed
    drivers = dict(study.tables(iso3))
    for lever in study.drivers.levers:
        x, y = drivers[f"{lever} table"]
        ramp = np.linspace(years[0], years[1], 9)
        drivers[f"{lever} table"] = ramp, np.maximum(np.interp(ramp, x, y), IN_USE * (ramp > years[0] + 2))
    values = {name: np.full(len(names) + 1, base[name]) for name in names}
    for place, name in enumerate(names):
        values[name][place + 1] = _elsewhere(table[name], base[name])
    run = study.model.ensemble(
        len(names) + 1,
        parameters=values,
        drivers=drivers,
        noise=False,
        years=years,
        dt=0.25,
        variables=paths,
    )
    far = np.zeros(len(names) + 1)
    for name in run.data_vars:
        values = np.moveaxis(run[name].to_numpy(), run[name].dims.index("draw"), 0).reshape(len(far), -1)
        scale = np.maximum(np.abs(values[0]), 1e-6)
        far = np.maximum(far, np.max(np.abs(values - values[0]) / scale, axis=1))
    return {name: float(far[place + 1]) for place, name in enumerate(names)}


def _elsewhere(parameter: object, value: float) -> float:
    choices = getattr(parameter, "choices", None)
    if choices is not None:
        return float(next(one for one in choices if one != value))
    low, high = parameter.range  # type: ignore[attr-defined]
    return float(0.7 * value + 0.3 * (high if high - value > value - low else low))
