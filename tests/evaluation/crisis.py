"""A small study of four countries with debts: who falls, and when, can be worked out by hand.

debt/output = .1 + borrowing * (year - 1960);  credit access falls below one half where it passes one half
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from latecomer.data.lock import write_lock
from latecomer.data.observations import Observations
from latecomer.inference.fit import calibrate
from latecomer.study.countries import Countries, Country, country_of
from latecomer.study.fits import save_fit
from latecomer.study.study import Study
from tests.outcomes import outcomes_text

TEXT = """{UTF-8}
********************************************************
	.Debt
********************************************************~
		What is owed.
	|

output = INTEG(growth rate*output, initial output)
	~	Dmnl
	~	Grows.
	|

exports = export share*output
	~	Dmnl
	~	Part of it.
	|

debt to output = INTEG(borrowing, initial debt)
	~	Dmnl
	~	Grows by borrowing.
	|

credit access = 1/(1+EXP((debt to output-0.5)/credit width))
	~	Dmnl
	~	Ends where debt is high.
	|

growth rate = 0.05
	~	1/Year
	~	Pace.
	|

borrowing = 0.01
	~	1/Year
	~	Of the country.
	|

export share = 0.2
	~	Dmnl
	~	Fixed.
	|

initial debt = 0.1
	~	Dmnl
	~	Fixed.
	|

credit width = 0.05
	~	Dmnl
	~	How sharp.
	|

initial output = 1
	~	Dmnl
	~	Start.
	|

rival switch = 1
	~	Dmnl
	~	Of a variant.
	|

rival = rival switch*output
	~	Dmnl
	~	Moves nothing.
	|

********************************************************
	.Control
********************************************************~
		Time.
	|

INITIAL TIME = 1960 ~ Year ~ First. |
FINAL TIME = 1990 ~ Year ~ Last. |
TIME STEP = 0.25 ~ Year ~ Step. |
SAVEPER = 1 ~ Year ~ Saved. |
"""
_SHARED = """
["{name}"]
value = {value}
unit = "{unit}"
{more}
note = "fixed"
source = "judgement"
"""
VARIANTS = """
[variants."with it"]
note = "It moves"
source = "judgement"
fit = "reference"
switches = {"rival switch" = 1.0}

[variants."without it"]
note = "It does not"
source = "judgement"
fit = "other"
switches = {"rival switch" = 0.0}
"""
COUNTRY = """
iso3 = "{iso3}"
name = "{iso3}"
window = {{start = {start}, end = 1990}}

[parameters."borrowing"]
value = 0.01
unit = "1/Year"
range = [0.0001, 9.0]
prior = {{family = "lognormal", spread = 0.6}}
note = "Of the country"
source = "judgement"

[parameters."initial output"]
value = 1.0
unit = "Dmnl"
range = [0.1, 9.0]
note = "Start"
source = "judgement"
"""
TARGETS = """
[window]
start = 1960
end = 1990

[[target]]
series = "log output"
variable = "output"
observation = "output"
transformation = "log"
error = {scale = 0.02, on = "log", family = "normal"}

[[target]]
series = "log exports"
variable = "exports"
observation = "exports"
transformation = "log"
error = {scale = 0.02, on = "log", family = "normal"}

[[target]]
series = "debt/output, one denominator"
variable = "debt to output"
observation = "debt/output"
transformation = "none"
error = {scale = 0.03, on = "level", family = "normal"}
"""
BORROWING = {"BRA": 0.4 / 21.5, "MEX": 0.4 / 23.5, "IND": 0.008, "KOR": 0.009}
"""BRA passes one half in the middle of 1981, MEX two years later, the others after the window."""
DEFAULTS = {"BRA": {"lv": 1983, "rr": 1983}, "MEX": {"lv": 1982, "rr": 1982}}
HEAD = "iso3,year,variable,value,unit,source,series,vintage,transformation"
LATE = "VNM"
NEW = "CHL"


def lay_crisis(folder: Path, countries: tuple[str, ...] = tuple(BORROWING)) -> Path:
    """The study in `folder`, without a fit; VNM begins after any cut-off."""
    shared = [
        ("growth rate", 0.05, "1/Year", 'range = [0.0, 1.0]\nprior = {family = "normal", spread = 0.01}'),
        ("export share", 0.2, "Dmnl", "range = [0.0, 1.0]"),
        ("initial debt", 0.1, "Dmnl", "range = [0.0, 1.0]"),
        ("credit width", 0.05, "Dmnl", "range = [0.001, 1.0]"),
        ("rival switch", 1.0, "Dmnl", "choices = [0.0, 1.0]"),
    ]
    tables = [
        _SHARED.format(name=name, value=value, unit=unit, more=more) for name, value, unit, more in shared
    ]
    files = {
        "model/latecomer.mdl": TEXT,
        "model/parameters.toml": "".join(tables) + VARIANTS,
        "model/text.toml": f'country = "{min(*countries, LATE)}"\n',
        "model/levers.toml": "",
        "model/drivers.toml": "",
        "model/references.bib": "",
        "model/outcomes.toml": outcomes_text("event", "record", "forecast", "rules"),
        "calibration/targets.toml": TARGETS,
        "calibration/observations/units.toml": '"Dmnl" = "a pure number"\n',
        **{f"model/countries/{iso3}.toml": COUNTRY.format(iso3=iso3, start=1960) for iso3 in countries},
        **{f"calibration/observations/{iso3}.csv": table(iso3) for iso3 in countries},
        f"model/countries/{LATE}.toml": COUNTRY.format(iso3=LATE, start=1985),
        f"calibration/observations/{LATE}.csv": table(LATE),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")
    write_lock(folder / "calibration" / "observations")
    return folder


def table(iso3: str) -> str:
    """The observation table of a country: growth at .05 with noise, debts by its borrowing, its defaults.

    A country that is not among BORROWING borrows as BRA does and has no label of either source.
    """
    first = 1985 if iso3 == LATE else 1960
    years = np.arange(first, 1991)
    noise = 0.02 * np.random.default_rng(sum(map(ord, iso3))).standard_normal((2, len(years)))
    output = np.exp(0.05 * (years - first) + noise[0])
    debt = 0.1 + BORROWING.get(iso3, BORROWING["BRA"]) * (years - first) + 0.3 * noise[1]
    rows = {
        "output": output,
        "exports": 0.2 * output,
        "exports/output": np.full(len(years), 0.2),
        "debt/output": debt,
        "current account/output": -debt / 10.0,
        "output at current dollars": output,
        "population": np.ones(len(years)),
    }
    if iso3 in BORROWING:
        on = DEFAULTS.get(iso3, {})
        rows["sovereign default Laeven-Valencia"] = (years == on.get("lv", 0)).astype(float)
        since = on.get("rr", 9999)
        rows["external default Reinhart-Rogoff 1"] = (years >= since).astype(float)
    lines = [
        f"{iso3},{year},{name},{float(value)!r},Dmnl,made up,a,b,none"
        for name, values in rows.items()
        for year, value in zip(years, values, strict=True)
    ]
    return "\n".join([HEAD, *sorted(lines)]) + "\n"


def fitted_crisis(folder: Path) -> Path:
    """The study with fits of both variants to figures up to 1979."""
    lay_crisis(folder)
    study = Study(folder)
    for name, variant in study.variants.items():
        label = f"{variant.fit}-until-1979"
        made = calibrate(study, list(BORROWING), 1979, starts=1, name=label, variant=name)
        save_fit(made, study.fits.folder / label)
    return folder


def crisis_panel(
    path: Path, *countries: str, late: tuple[str, ...] = (), broken: tuple[str, ...] = ()
) -> Path:
    """A panel of further countries; `late`: with figures from 1985 on; `broken`: without output."""
    rows = []
    for iso3 in (*countries, *broken):
        lines = [line.split(",") for line in table(iso3).splitlines()[1:]]
        kept = [one for one in lines if int(one[1]) >= 1985 or iso3 not in late]
        rows += [one[:4] for one in kept if one[2] != "output" or iso3 not in broken]
    text = "\n".join(["iso3,year,variable,value", *(",".join(row) for row in rows)])
    path.write_text(text + "\n", encoding="utf-8")
    return path


def newcomers(study: Study, panel: Path, least: int = 10) -> Any:
    """What a reader of panels hands over; a country's borrowing is that of its last figure of debt."""
    figures = pd.read_csv(panel)
    made: dict[str, Country] = {}
    refused: dict[str, str] = {}
    for iso3, rows in figures.groupby("iso3"):
        series = {name: one.set_index("year")["value"] for name, one in rows.groupby("variable")}
        if "output" not in series:
            refused[str(iso3)] = "no output"
            continue
        debt, faults = series["debt/output"], []
        start, end = int(debt.index[0]), int(debt.index[-1])
        text = COUNTRY.format(iso3=iso3, start=start).replace("end = 1990", f"end = {end}")
        borrowing = (float(debt.iloc[-1]) - 0.1) / (end - start)
        country = country_of(tomllib.loads(text.replace("0.01\n", f"{borrowing!r}\n")), str(iso3), faults)
        assert country is not None
        assert not faults
        made[str(iso3)] = country
    whole = figures[figures["iso3"].isin(made)].assign(unit="Dmnl", source="", series="", vintage="")
    frame = pd.concat([study.observations.frame, whole.assign(transformation="none")])
    other = Study(study.root)
    vars(other).update(
        observations=Observations(frame.sort_values(["iso3", "variable", "year"], ignore_index=True)),
        countries=Countries({**study.countries, **made}),
    )
    lacks = dict.fromkeys(made, ("a stand-in",))
    return SimpleNamespace(study=other, countries=tuple(made), lacks=lacks, refused=refused)
