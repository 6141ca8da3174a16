"""A small study with credit: six countries, three of which lose it and default, and a fit to a cut-off."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from latecomer.data.lock import write_lock
from latecomer.inference.fit import calibrate
from latecomer.study.study import Study
from tests.outcomes import outcomes_text
from tests.study import small

CUT_OFF, END = 2002, 2009
VARIANT = "without it"
BEGIN = {"AAA": 0.8, "BBB": 1.0, "CCC": 1.2, "DDD": 2.4, "EEE": 2.8, "FFF": 3.2}
"""Initial capability; the debt that goes with it makes the last three lose their credit."""
LATE = "GGG"
"""A country that begins after the cut-off."""
START, LATE_START = 1990, 2004
RATE, SUPPORT, SCALE = 0.05, 0.5, 0.03
MODEL = small.WITH_INSTITUTIONS.replace(
    "learning rate = 0.05\n",
    "debt effect = 1\n\t~\tDmnl\n\t~\tHow debt counts.\n\t|\n\n"
    "idle effect = 1\n\t~\tDmnl\n\t~\tCounts with learning alone.\n\t|\n\n"
    "lending switch = 1\n\t~\tDmnl\n\t~\t0 removes lending.\n\t|\n\n"
    "credit access = 1/(1+EXP(6*(debt effect*lending switch*capability-5.5)))\n"
    "\t~\tDmnl\n\t~\tFalls with debt.\n\t|\n\n"
    "learning rate = 0.05\n",
).replace("capability*(1+support switch*support)", "capability*(1+support switch*support)*idle effect^0.01")
PRIOR = """
["{name}"]
value = {value}
unit = "{unit}"
range = [{low}, 3.0]
prior = {{family = "lognormal", spread = 0.05}}
note = "Of credit"
source = "judgement"
"""
PARAMETERS = small.PRIORS.replace(
    "[variants.",
    PRIOR.format(name="debt effect", value=1.0, unit="Dmnl", low=0.5)
    + PRIOR.format(name="idle effect", value=1.0, unit="Dmnl", low=0.5)
    + '\n["lending switch"]\nvalue = 1.0\nunit = "Dmnl"\nchoices = [0.0, 1.0]\nnote = "0 removes lending"\n'
    'source = "switch"\n\n[variants.',
    1,
).replace('[variants."without it"]', '[variants."without it"]\nfit = "reference"')
MECHANISMS = (
    small.MECHANISMS
    + """
[A6]
title = "Borrowing ends"
seeds = ["someone1990"]
switch = "lending switch"
levers = ["openness"]
shows = "credit is lost"
indicator = "credit access"
case = {country = "FFF", year = 2005}
"""
)
SERIES = {"lv": "sovereign default Laeven-Valencia", "rr": "external default Reinhart-Rogoff 1"}


def lay_lent(folder: Path) -> Path:
    """The study in `folder`, without a fit."""
    starts = {iso3: (START, capability) for iso3, capability in BEGIN.items()} | {LATE: (LATE_START, 1.0)}
    countries = {
        iso3: small.ESTIMATED.format(iso3=iso3, start=first, capability=capability, quality=0.6)
        for iso3, (first, capability) in starts.items()
    }
    small._lay(folder, MODEL, PARAMETERS, countries, small.NORMAL)
    (folder / "model" / "mechanisms.toml").write_text(MECHANISMS, encoding="utf-8")
    told = outcomes_text("event", "record", "forecast", "rules")
    (folder / "model" / "outcomes.toml").write_text(told, encoding="utf-8")
    (folder / "model" / "text.toml").write_text('country = "BBB"\n', encoding="utf-8")
    tables = folder / "calibration" / "observations"
    tables.mkdir()
    (tables / "units.toml").write_text('"Dmnl" = "a pure number"\n', encoding="utf-8")
    for k, (iso3, (first, capability)) in enumerate(starts.items()):
        head = "iso3,year,variable,value,unit,source,series,vintage,transformation"
        rows = [f"{iso3},{y},output,{v!r},Dmnl,made up,a,b,none" for y, v in figures(k, first, capability)]
        for series in SERIES.values():
            falls = iso3 in ("DDD", "EEE", "FFF")
            rows += [
                f"{iso3},{y},{series},{float(falls and y >= 2005)},Dmnl,made up,a,b,none"
                for y in range(START, 2011)
            ]
        (tables / f"{iso3}.csv").write_text("\n".join([head, *sorted(rows)]) + "\n", encoding="utf-8")
    write_lock(tables)
    return folder


def figures(seed: int, first: int, capability: float) -> list[tuple[int, float]]:
    """Years and figures of output: a straight line in logarithms with noise."""
    years = np.arange(first, 2011)
    noise = SCALE * np.random.default_rng(seed).standard_normal(len(years))
    values = capability * np.exp(RATE * (1 + SUPPORT) * (years - first) + noise)
    return [(int(year), float(value)) for year, value in zip(years, values, strict=True)]


def with_early_fit(folder: Path) -> Path:
    """The study with the fit of its reference variant to the cut-off."""
    from latecomer.study.fits import save_fit

    study = Study(folder)
    name = f"reference-until-{CUT_OFF}"
    made = calibrate(study, list(BEGIN), CUT_OFF, starts=1, name=name, variant=VARIANT)
    save_fit(made, study.fits.folder / name)
    return folder
