"""A study of two debtors whose every path can be worked out by hand; its observations are made up.

log output = log initial output + growth * years + push effect * integral of push
- oil drag * integral of oil / 10 - .01 * (tax share - .2) * years + demand shock
debt = initial debt * (oil / 10)^petrodollar elasticity;  access = exp(-strain * real rate * debt / exports)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from latecomer.data.lock import write_lock
from latecomer.study.fits import Fit
from latecomer.study.study import Study
from tests.outcomes import outcomes_text, tables

CONSTANTS = {
    "growth": (0.04, "1/Year"),
    "push effect": (0.02, "1/Year"),
    "oil drag": (0.001, "1/Year"),
    "export share": (0.2, "Dmnl"),
    "strain": (2.0, "Dmnl"),
    "petrodollar elasticity": (0.1, "Dmnl"),
    "demand shock volatility": (0.02, "Dmnl"),
    "reserve share": (0.1, "Dmnl"),
    "tax share": (0.2, "Dmnl"),
    "initial output": (100.0, "Dmnl"),
    "initial debt": (40.0, "Dmnl"),
}
OWN = ("initial output", "initial debt", "tax share")
EQUATIONS = {
    "push": "push table(Time)",
    "oil": "oil price table(Time)/10",
    "real rate": "world interest rate table(Time)-world inflation table(Time)",
    "trend": "INTEG(growth+push effect*push-oil drag*oil-0.01*(tax share-0.2), 0)",
    "demand shock": "INTEG(-demand shock, 0)",
    "output": "initial output*EXP(trend+demand shock)",
    "exports": "export share*output",
    "imports": "exports",
    "external debt": "initial debt*oil^petrodollar elasticity",
    "arrears": "0*external debt",
    "amortisation due": "0.1*external debt",
    "reserves": "reserve share*output",
    "world exports": "10000+0*output",
    "credit access": "EXP(-strain*MAX(0,real rate)*external debt/exports)",
}
LEVELS = {"BRA": (0.2, 0.2, 0.5), "KOR": (0.2, 1.0, 0.5)}
"""The level of push in 1960, from 1973 to 1990, and from 1991."""
STARTS = {"BRA": (100.0, 40.0, 0.2), "KOR": (100.0, 40.0, 0.2)}
WORLD: dict[str, tuple[str, Callable[[int], float]]] = {
    "world interest rate": ("1/Year", lambda y: 0.15 if 1980 <= y < 1986 else 0.06),
    "world inflation": ("1/Year", lambda y: 0.05),
    "oil price": ("dollars/barrel", lambda y: 10.0 if y < 1973 else 40.0),
}
TARGETS = """
[window]
start = 1960
end = 2010

[[target]]
series = "log output"
variable = "output"
observation = "output"
transformation = "log"
error = {scale = 0.03, on = "log", family = "normal"}
"""
PRIOR = "prior = {family = 'normal', centre = 0.04, spread = 0.01}\n"


def lay_debtors(
    folder: Path,
    starts: dict[str, tuple[float, float, float]] = STARTS,
    levels: dict[str, tuple[float, float, float]] = LEVELS,
    windows: dict[str, tuple[int, int]] | None = None,
    drop: str | None = None,
    limits: dict[str, tuple[str, float]] | None = None,
) -> Study:
    """The study in `folder`; `starts`: of `OWN`, by country; `drop`: a variable that the text lacks.

    `limits`: parameters that set one, and the value at which it is gone, by what it is called.
    """
    spans = dict.fromkeys(starts, (1960, 2010)) | (windows or {})
    files = {
        "model/latecomer.mdl": text(next(iter(sorted(levels.items())))[1], drop),
        "model/parameters.toml": "".join(parameter(name) for name in CONSTANTS if name not in OWN),
        "model/text.toml": f'country = "{min(levels)}"\n',
        "model/levers.toml": '["push"]\nlevel = 0.2\nrows = ["A3"]\nnote = "Push"\nsource = "scale"\n',
        "model/drivers.toml": "".join(
            f'["{name} table"]\niso3 = "WLD"\nvariable = "{name}"\n\n' for name in WORLD
        ),
        "model/mechanisms.toml": "",
        "model/outcomes.toml": outcomes(limits or {}),
        "model/references.bib": "@book{someone1990, title = {Work}}\n",
        "calibration/targets.toml": TARGETS,
    }
    files |= {
        f"model/countries/{iso3}.toml": country(iso3, spans[iso3], starts[iso3], levels[iso3])
        for iso3 in starts
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    observations(folder / "calibration" / "observations", list(starts))
    return Study(folder)


def outcomes(limits: dict[str, tuple[str, float]]) -> str:
    """What is told of the study: as of the reference study, with the numbers that it has."""
    swap = tables()["swap"] | {"numbers": ["tax share"]}
    swap["limits"] = {name: {"parameter": one, "value": value} for name, (one, value) in limits.items()}
    return outcomes_text("event", "record", "forecast", "episodes", swap=swap)


def text(levels: tuple[float, float, float], drop: str | None = None) -> str:
    """The model text, with the tables of the first country."""
    world = {name: [(year, made(year)) for year in range(1960, 2011)] for name, (_, made) in WORLD.items()}
    tables = {"push": list(dated(levels)), **world}
    parts = [f"{name} = {equation}" for name, equation in EQUATIONS.items() if name != drop]
    parts += [f"{name} = {value:g}" for name, (value, _) in CONSTANTS.items()]
    parts += [
        f"{name} table({','.join(f'({year},{level})' for year, level in points)})"
        for name, points in tables.items()
    ]
    units = {name: unit for name, (_, unit) in CONSTANTS.items()}
    units |= {f"{name} table": unit for name, (unit, _) in WORLD.items()}
    bodies = []
    for part in parts:
        name = part.partition(" =")[0].partition("((")[0]
        bodies.append(f"{part}\n\t~\t{units.get(name, 'Dmnl')}\n\t~\tNote; it may be negative.\n\t|\n")
    controls = [("INITIAL TIME", 1960), ("FINAL TIME", 2010), ("TIME STEP", 0.125), ("SAVEPER", 1)]
    bodies += [f"{name} = {value:g} ~ Year ~ Control. |\n" for name, value in controls]
    bar = "*" * 56
    return f"{{UTF-8}}\n{bar}\n\t.Debtors\n{bar}~\n\t\tAll.\n\t|\n\n" + "\n".join(bodies)


def parameter(name: str, value: float | None = None) -> str:
    """The table of a parameter, shared or of a country."""
    usual, unit = CONSTANTS[name]
    chosen = usual if value is None else value
    head = f'["{name}"]' if value is None else f'[parameters."{name}"]'
    prior = PRIOR if name == "growth" else ""
    limits = f'value = {chosen}\nunit = "{unit}"\nrange = [{-1.0}, {1000.0}]\n'
    return f'{head}\n{limits}{prior}note = "Made up"\nsource = "judgement: made up"\n\n'


def dated(levels: tuple[float, float, float]) -> Iterator[tuple[int, float]]:
    """Years and levels of push."""
    yield from zip((1960, 1972, 1973, 1990, 1991, 2010), map(float, np.repeat(levels, 2)), strict=True)


def country(
    iso3: str, span: tuple[int, int], start: tuple[float, float, float], levels: tuple[float, float, float]
) -> str:
    """A country file."""
    own = "".join(parameter(name, value) for name, value in zip(OWN, start, strict=True))
    regimes = "".join(
        f'  {{year = {year}, level = {level}, event = "Push", source = "someone1990"}},\n'
        for year, level in dated(levels)
    )
    window = f"[window]\nstart = {span[0]}\nend = {span[1]}\n\n"
    return f'iso3 = "{iso3}"\nname = "{iso3}"\n\n{window}{own}[policy."push"]\nregimes = [\n{regimes}]\n'


def observations(folder: Path, countries: list[str]) -> None:
    """Made-up figures: the world's, output of each country, output and population of the frontier."""
    folder.mkdir(parents=True, exist_ok=True)
    units = {unit for unit, _ in WORLD.values()} | {"Dmnl"}
    (folder / "units.toml").write_text("".join(f'"{one}" = "a unit"\n' for one in sorted(units)), "utf-8")
    series: dict[tuple[str, str], tuple[str, Callable[[int], float]]] = {
        ("WLD", name): told for name, told in WORLD.items()
    }
    for iso3 in countries:
        series[iso3, "output"] = ("Dmnl", lambda y: 100.0 * np.exp(0.04 * (y - 1960)))
        series[iso3, "population"] = ("Dmnl", lambda y: 4.0)
    series |= {("USA", "output"): ("Dmnl", lambda y: 500.0), ("USA", "population"): ("Dmnl", lambda y: 2.0)}
    rows: dict[str, list[str]] = {}
    for (iso3, name), (unit, made) in series.items():
        for year in range(1960, 2011):
            row = f"{iso3},{year},{name},{float(made(year))!r},{unit},made up,a,b,none"
            rows.setdefault(iso3, []).append(row)
    head = "iso3,year,variable,value,unit,source,series,vintage,transformation"
    for iso3, lines in rows.items():
        (folder / f"{iso3}.csv").write_text("\n".join([head, *sorted(lines)]) + "\n", encoding="utf-8")
    write_lock(folder)


def bare_fit(study: Study, name: str = "reference") -> Fit:
    """A fit that leaves every number as the tables have it, made from the study as it is."""
    hashes = study.hashes(list(study.countries))
    return Fit(name, tuple(study.countries), None, {}, {}, {"hashes": hashes})
