"""Nothing that moves nothing: each parameter of the study moves some other variable of some run."""

from __future__ import annotations

import numpy as np

from latecomer.language import Kind
from latecomer.study.rooms import Rooms

MOVED = 1e-7
# levers in use, in part, so that what acts only with them can act
IN_USE = 0.4


def test_every_parameter_moves_something(rooms: Rooms) -> None:
    text = rooms.model.text
    stocks = [v.name for v in text.of_kind(Kind.STOCK) if not v.hidden]
    still: set[str] | None = None
    for iso3 in ("KOR", "VNM"):
        table = {**rooms.parameters, **rooms.countries[iso3].parameters}
        window = rooms.countries[iso3].window
        moved = _moved(rooms, iso3, list(table), stocks, (float(window.start), float(window.end)))
        found = {name for name, far in moved.items() if not far > MOVED}
        still = found if still is None else still & found
    assert not still


def _moved(
    rooms: Rooms, iso3: str, names: list[str], stocks: list[str], years: tuple[float, float]
) -> dict[str, float]:
    """How far each parameter, moved by a part of its range, moves any stock: relative, Dmnl."""
    table = {**rooms.parameters, **rooms.countries[iso3].parameters}
    base = rooms.parameter_values(iso3) | {"rival followers": 5.0, "institutions switch": 0.0}
    drivers = dict(rooms.tables(iso3))
    for lever in rooms.drivers.levers:
        x, y = drivers[f"{lever} table"]
        ramp = np.linspace(years[0], years[1], 9)
        drivers[f"{lever} table"] = ramp, np.maximum(np.interp(ramp, x, y), IN_USE * (ramp > years[0] + 2))
    values = {name: np.full(len(names) + 1, base[name]) for name in names}
    for place, name in enumerate(names):
        values[name][place + 1] = _elsewhere(table[name], base[name])
    run = rooms.model.ensemble(
        len(names) + 1,
        parameters=values,
        drivers=drivers,
        noise=False,
        years=years,
        dt=0.25,
        variables=stocks,
    )
    far = np.zeros(len(names) + 1)
    for name in run.data_vars:
        paths = np.moveaxis(run[name].to_numpy(), run[name].dims.index("draw"), 0).reshape(len(far), -1)
        scale = np.maximum(np.abs(paths[0]), 1e-6)
        far = np.maximum(far, np.max(np.abs(paths - paths[0]) / scale, axis=1))
    return {name: float(far[place + 1]) for place, name in enumerate(names)}


def _elsewhere(parameter: object, value: float) -> float:
    choices = getattr(parameter, "choices", None)
    if choices is not None:
        return float(next(one for one in choices if one != value))
    low, high = parameter.range  # type: ignore[attr-defined]
    return float(0.7 * value + 0.3 * (high if high - value > value - low else low))
