"""A small study: two rows, two levers, two countries; everything of it can be checked by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from latecomer.data.lock import write_lock
from latecomer.study.fits import Fit, save_fit
from tests.outcomes import outcomes_text, tables

SHOWN = ["output per head", "capability"]
OUTCOMES = outcomes_text(
    outcomes={name: tables()["outcomes"][name] | {"made_of": {}} for name in SHOWN},
    pages={"ensemble": SHOWN, "scenario": SHOWN, "runs": SHOWN, "live": SHOWN, "head": SHOWN[0]},
)
MODEL = """{UTF-8}
********************************************************
	.Policy
********************************************************~
		What the state does.
	|

support = support table(Time)
	~	Dmnl
	~	Support of industry. (A2)
	|

openness = openness table(Time)
	~	Dmnl
	~	Openness to imports.
	|

support table((1990,0.5),(2010,0.5))
	~	Dmnl
	~	Levels of support.
	|

openness table((1960,1),(2050,1))
	~	Dmnl
	~	Levels of openness.
	|

********************************************************
	.Capability
********************************************************~
		How fast
		firms learn.
	|

capability = INTEG(learning, initial capability)
	~	Dmnl
	~	What firms can do. (A1)
	|

learning = learning switch*learning rate*capability*(1+support switch*support)
	~	1/Year
	~	Growth by doing, *not* by waiting. (A1, A2)
	|

output per head = capability*openness
	~	Dmnl
	~	What there is.
	|

learning rate = 0.1
	~	1/Year
	~	Pace.
	|

initial capability = 1
	~	Dmnl
	~	Start.
	|

learning switch = 1
	~	Dmnl
	~	0 removes learning.
	|

support switch = 1
	~	Dmnl
	~	0 removes support.
	|

rival switch = 1
	~	Dmnl
	~	Of a variant.
	|

rival = rival switch*capability
	~	Dmnl
	~	Moves nothing.
	|

********************************************************
	.Control
********************************************************~
		Time.
	|

INITIAL TIME = 1990 ~ Year ~ First. |
FINAL TIME = 2010 ~ Year ~ Last. |
TIME STEP = 0.25 ~ Year ~ Step. |
SAVEPER = 1 ~ Year ~ Saved. |
"""
PARAMETERS = """
["learning rate"]
value = 0.1
unit = "1/Year"
range = [0.0, 1.0]
note = "Pace"
source = "judgement"

["learning switch"]
value = 1.0
unit = "Dmnl"
choices = [0.0, 1.0]
note = "0 removes learning"
source = "switch"

["support switch"]
value = 1.0
unit = "Dmnl"
choices = [0.0, 1.0]
note = "0 removes support"
source = "switch"

["rival switch"]
value = 1.0
unit = "Dmnl"
choices = [0.0, 1.0]
note = "Of a variant"
source = "switch"

[variants."with it"]
note = "It moves"
source = "judgement"
fit = "reference"
switches = {"rival switch" = 1.0}

[variants."without it"]
note = "It does not"
source = "judgement"
switches = {"rival switch" = 0.0}
"""
COUNTRY = """
iso3 = "{iso3}"
name = "{iso3}"
window = {{start = {start}, end = 2010}}

[parameters."initial capability"]
value = {capability}
unit = "Dmnl"
range = [0.1, 9.0]
note = "Start"
source = "judgement"

[policy."support"]
regimes = [
  {{year = 1990, level = 0.5, event = "support", source = "someone1990"}},
  {{year = 2010, level = 0.5, event = "support", source = "someone1990"}},
]
"""
LEVERS = """
["support"]
level = 0.5
rows = ["A2"]
note = "Support"
source = "scale"

["openness"]
level = 1.0
rows = ["A1"]
note = "Openness"
source = "scale"
"""
MECHANISMS = """
[A1]
title = "Firms learn"
seeds = ["someone1990"]
switch = "learning switch"
levers = ["openness"]
shows = "no learning, no growth"
indicator = "learning"
case = {country = "KHM", year = 2000}

[A2]
title = "Support speeds learning"
seeds = ["someone1990"]
switch = "support switch"
levers = ["support"]
shows = "support is worth having"
indicator = "capability"

[A2.case]
country = "VNM"
year = 2010
levers = {support = {year = 1991, level = 1}}
parameters = {"learning rate" = 0.2}
"""
TARGETS = """
[window]
start = 1990
end = 2010

[[target]]
series = "log output"
variable = "output per head"
observation = "output"
transformation = "log"
error = {scale = 0.03, on = "log", degrees = 15.0}
"""

STARTS = {"KHM": (1993, 2.0), "VNM": (1990, 1.0)}
QUALITY = {"KHM": 0.2, "VNM": 0.6}
TRUE_RATE, SCALE = 0.06, 0.03
RATE_PRIOR, CAPABILITY_SPREAD = (0.05, 0.01), 0.3
WITH_INSTITUTIONS = (
    MODEL.replace(
        "learning rate*capability", "learning rate*(1+institutions switch*institutional quality)*capability"
    )
    .replace("learning rate = 0.1\n", "learning rate = 0.05\n")
    .replace(
        "learning switch = 1\n",
        "institutions switch = 0\n\t~\tDmnl\n\t~\t1 lets them count.\n\t|\n\n"
        "institutional quality = 0.6\n\t~\tDmnl\n\t~\tHow good they are.\n\t|\n\n"
        "learning switch = 1\n",
    )
)
PRIORS = (
    PARAMETERS.replace(
        "value = 0.1\n",
        "value = 0.05\nprior = {{family = 'normal', centre = {}, spread = {}}}\n".format(*RATE_PRIOR),
    )
    .replace("[variants.", """
["institutions switch"]
value = 0.0
unit = "Dmnl"
choices = [0.0, 1.0]
note = "1 lets them count"
source = "switch"

[variants.""", 1)
    .replace('fit = "reference"\n', "")
    .replace("with it", "institutions")
    .replace('"rival switch" = 1.0}', '"institutions switch" = 1.0}')
    .replace('"rival switch" = 0.0}', '"institutions switch" = 0.0}')
)  # fmt: skip
ESTIMATED = COUNTRY.replace(
    "range = [0.1, 9.0]\n",
    f"range = [0.1, 9.0]\nprior = {{{{family = 'lognormal', spread = {CAPABILITY_SPREAD}}}}}\n",
).replace(
    '[policy."support"]',
    """[parameters."institutional quality"]
value = {quality}
unit = "Dmnl"
range = [-1.0, 2.0]
prior = {{family = "normal", spread = 0.1}}
note = "How good they are"
source = "a survey of 1990"

[policy."support"]""",
)
NORMAL = TARGETS.replace("degrees = 15.0", 'family = "normal"')


def lay_small(root: Path, folder: Path) -> Path:
    """The small study in `folder`, with the observations of the study in `root` and a fit of one country."""
    _lay(folder, MODEL, PARAMETERS, {iso3: _country(COUNTRY, iso3) for iso3 in STARTS}, TARGETS)
    shutil.copytree(root / "calibration" / "observations", folder / "calibration" / "observations")
    fit = Fit("reference", ("VNM",), None, {"learning rate": 0.15}, {"VNM": {}})
    save_fit(fit, folder / "calibration" / "fits" / "reference")
    return folder


def lay_estimated(folder: Path) -> Path:
    """The small study with priors and figures of its own, and no fit: a straight line in logarithms.

    log output = log initial capability + 1.5 * learning rate * (1 + quality where it counts) * years
    """
    countries = {iso3: _country(ESTIMATED, iso3) for iso3 in STARTS}
    _lay(folder, WITH_INSTITUTIONS, PRIORS, countries, NORMAL)
    tables = folder / "calibration" / "observations"
    tables.mkdir()
    (tables / "units.toml").write_text('"Dmnl" = "a pure number"\n', encoding="utf-8")
    for iso3 in STARTS:
        rows = [f"{iso3},{year},output,{figure!r},Dmnl,made up,a,b,none" for year, figure in figures(iso3)]
        head = "iso3,year,variable,value,unit,source,series,vintage,transformation"
        (tables / f"{iso3}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    write_lock(tables)
    return folder


def figures(iso3: str) -> list[tuple[int, float]]:
    """Years and figures of output of a country in that study, the same whenever they are asked for."""
    first, capability = STARTS[iso3]
    years = np.arange(first, 2011)
    noise = SCALE * np.random.default_rng(first).standard_normal(len(years))
    values = capability * np.exp(1.5 * TRUE_RATE * (years - first) + noise)
    return [(int(year), float(value)) for year, value in zip(years, values, strict=True)]


def _country(form: str, iso3: str) -> str:
    start, capability = STARTS[iso3]
    return form.format(iso3=iso3, start=start, capability=capability, quality=QUALITY[iso3])


def _lay(folder: Path, text: str, parameters: str, countries: dict[str, str], targets: str) -> None:
    model, calibration = folder / "model", folder / "calibration"
    files = {
        model / "latecomer.mdl": text,
        model / "parameters.toml": parameters,
        model / "text.toml": f'country = "{max(countries)}"\n',
        model / "levers.toml": LEVERS,
        model / "drivers.toml": "",
        model / "mechanisms.toml": MECHANISMS,
        model / "outcomes.toml": OUTCOMES,
        model / "references.bib": "@book{someone1990, title = {Work}}\n",
        **{model / "countries" / f"{iso3}.toml": content for iso3, content in countries.items()},
        calibration / "targets.toml": targets,
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
