"""A small study: two rows, two levers, two countries; everything of it can be checked by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

from latecomer.study.fits import Fit, save_fit

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


def lay_small(root: Path, folder: Path) -> Path:
    """The small study in `folder`, with the observations of the study in `root` and a fit of one country."""
    model, calibration = folder / "model", folder / "calibration"
    files = {
        model / "latecomer.mdl": MODEL,
        model / "parameters.toml": PARAMETERS,
        model / "levers.toml": LEVERS,
        model / "drivers.toml": "",
        model / "mechanisms.toml": MECHANISMS,
        model / "references.bib": "@book{someone1990, title = {Work}}\n",
        model / "countries" / "KHM.toml": COUNTRY.format(iso3="KHM", start=1993, capability=2.0),
        model / "countries" / "VNM.toml": COUNTRY.format(iso3="VNM", start=1990, capability=1.0),
        calibration / "targets.toml": TARGETS,
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    shutil.copytree(root / "calibration" / "observations", calibration / "observations")
    save_fit(
        Fit("reference", ("VNM",), None, {"learning rate": 0.15}, {"VNM": {}}),
        calibration / "fits" / "reference",
    )
    return folder
