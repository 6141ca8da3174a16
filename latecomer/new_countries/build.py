"""Countries that no one has studied, from a panel of figures: tables, files by rule, and a study with them.

No rule knows a country by name. What a country lacks has a stand-in, which is told, or it is refused.

Also here:
- A country from a panel put into a study: its file, its observation table and its lock entry, or nothing.
- Where a new country lies, and which hub of the study's production networks is the nearest.
  capitals.csv has the present capital of each country to a hundredth of a degree, and its name, from
  GeoNames (geonames.org, read in 2026, Creative Commons Attribution 4.0).
- Policy regimes of a country that nobody has dated: the mean of the study's own countries stands in.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from latecomer.changes import changing
from latecomer.data.lock import LOCK, lock_of_bytes, lock_text, read_lock
from latecomer.data.observations import Observations
from latecomer.data.panel import Panel
from latecomer.errors import Fault, InputError, nearest, refuse
from latecomer.files import WRITABLE, parse_toml, read_bytes
from latecomer.new_countries.country_file import Place, country_parameters, country_text, link_distance
from latecomer.new_countries.panel import WORLD, panel_variables, read_new_countries
from latecomer.new_countries.rules.figures import (
    Figures,
    NamedFigure,
    first_complete_year,
    fixed,
    great_circle,
)
from latecomer.new_countries.series import PRICES, make_tables
from latecomer.study.countries import STAND_IN, Countries, Country, country_of
from latecomer.study.drivers import Drivers, table_spans
from latecomer.study.levers import Levers
from latecomer.study.parameters import Parameter
from latecomer.study.schema import read_toml
from latecomer.study.study import Study

DISTANCE = "link distance"


@dataclass(frozen=True)
class Capital:
    """The name of a country and where its capital lies, degrees, north and east positive."""

    name: str
    position: tuple[float, float]


@cache
def capitals() -> Mapping[str, Capital]:
    """The capitals of capitals.csv by iso3.

    >>> capitals()["FJI"].name
    'Fiji'
    """
    path = Path(__file__).parent / "capitals.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["iso3"]: Capital(row["name"], (float(row["latitude"]), float(row["longitude"])))
            for row in csv.DictReader(file)
        }


def nearest_hub(iso3: str, hubs: Iterable[str]) -> str | None:
    """The hub whose capital is nearest to a country's by great circle; None where its place is unknown.

    No country is its own hub. Raises InputError where no hub has a known place.

    >>> nearest_hub("FJI", ["USA", "JPN"]), nearest_hub("XAA", ["JPN"])
    ('JPN', None)
    """
    known = capitals()
    placed = sorted(hub for hub in set(hubs) if hub in known and hub != iso3)
    if not placed:
        got = f"no hub with a known place for {iso3}"
        raise refuse("definitions.toml, hubs", got, "one at least", "name a hub by its iso3")
    if iso3 not in known:
        return None
    return min(placed, key=lambda hub: great_circle(known[iso3].position, known[hub].position))


def place_of(iso3: str, study_hubs: Mapping[str, str]) -> tuple[Place, str, tuple[str, ...]]:
    """The place of a country, its hub, and in words what stands in for a place that nobody knows.

    `study_hubs`: the hub of each of the study's countries; the commonest where the place is unknown.
    """
    hub = nearest_hub(iso3, study_hubs.values())
    if hub is not None:
        here, there = capitals()[iso3], capitals()[hub]
        return Place(iso3, here.name, here.position, there.name, there.position), hub, ()
    hub = min(Counter(study_hubs.values()).most_common(), key=lambda one: (-one[1], one[0]))[0]
    there = capitals().get(hub, Capital(hub, (0.0, 0.0)))
    said = (
        f"place: '{iso3}' is in no table of capitals; its code is its name, {there.name} its hub, as that of "
        "most of the study's countries, and its link distance their median"
    )
    return Place(iso3, iso3, there.position, there.name, there.position), hub, (said,)


def distance(place: Place, known: bool, others: Iterable[float]) -> Parameter:
    """The link distance of a country; the median of the others where its place is unknown."""
    if known:
        return link_distance(place)
    source = "judgement: no place on record; the median of the study's own countries"
    said = NamedFigure(DISTANCE, "Dmnl", f"Distance to the hub, {place.hub}", source)
    return fixed(said, float(np.median(list(others))), (0.1, 5.0))


EVERY = 5

SOURCE = f"{STAND_IN}no regime on record; mean level of the study's own countries, every fifth year"

HEADING = "# Policy levers: dated regimes; between two dates the level is linear."

TOLD = (
    "# Nobody has dated the policy of this country: each level is the mean over the study's own countries,\n"
    "# a stand-in. A lever that fewer than half of them have dated stays at its level of levers.toml."
)


def mean_level(countries: Iterable[Country], lever: str, year: float, unused: float | None) -> float | None:
    """The mean level of a lever in a year over the countries that have a regime of it by then.

    level = mean over countries of the level between two regimes, linear, the last one held

    `unused`: the level of a country without any regime of the lever, which counts then; None leaves it out.
    Result: 0 to 1; the mean of the first regimes where none begins so early; None where no country has any.
    """
    every = list(countries)
    dated = [country.policy[lever] for country in every if lever in country.policy]
    begun = [regimes for regimes in dated if regimes[0].year <= year] or dated
    levels = [
        float(np.interp(year, [one.year for one in regimes], [one.level for one in regimes]))
        for regimes in begun
    ]
    levels += [] if unused is None else [unused] * (len(every) - len(dated))
    return float(np.mean(levels)) if levels else None


def levers_that_stand_in(countries: Mapping[str, Country], levers: Levers) -> list[str]:
    """The levers that a new country needs: those without a level, or dated by half of the countries."""
    names = list(levers) or sorted({lever for one in countries.values() for lever in one.policy})
    dated = {name: sum(name in one.policy for one in countries.values()) for name in names}
    return [name for name in names if name not in levers.levels or 2 * dated[name] >= len(countries)]


def policy_text(countries: Mapping[str, Country], levers: Levers, start: int, end: int) -> str:
    """The policy regimes of a new country as they stand in its file, from `start` to `end`.

    Every fifth year has a level, and the last one; a country file has two at least.
    """
    first = start - start % EVERY
    years = sorted({*range(first, end + 1, EVERY), end})
    parts = [f"{HEADING}\n{TOLD}"]
    for lever in levers_that_stand_in(countries, levers):
        unit = levers[lever].unit if lever in levers else "Dmnl"
        unused = levers.levels.get(lever)
        levels = [mean_level(countries.values(), lever, year, unused) for year in years]
        rows = [
            f'  {{year = {year}, level = {round(level, 3)}, event = "Stand-in", source = "{SOURCE}"}},'
            for year, level in zip(years, levels, strict=True)
            if level is not None
        ]
        if rows:
            body = "\n".join(rows)
            parts.append(f'[policy."{lever}"]\nunit = "{unit}"\nregimes = [\n{body}\n]')
    return "\n\n".join(parts) + "\n"


DEFINITIONS = Path("calibration") / "observations" / "definitions.toml"

LAST = 2010

LEAST_YEARS = 10

STOOD_IN = re.compile(r"judgement: (no (figure|index|labour|place|series|state) |PWT has no|half the trade)")

POLICY = "policy: nobody has dated it; the mean levels of the study's own countries stand in"


@dataclass(frozen=True)
class Texts:
    """A new country as it stands in a study: its country file and its observation table."""

    country: str
    table: str


@dataclass(frozen=True)
class NewCountries:
    """A study with new countries beside its own, in memory; nothing is written.

    `countries`: those that can be run; `lacks`: what each lacks and what stands in; `refused`: the others and
    why; `said`: what of the panel was set aside; `texts`: the files of each country that can be run.
    """

    study: Study
    countries: tuple[str, ...]
    lacks: Mapping[str, tuple[str, ...]]
    refused: Mapping[str, str]
    said: tuple[str, ...]
    texts: Mapping[str, Texts]


def make_new_countries(study: Study, panel: Path, least: int = LEAST_YEARS) -> NewCountries:
    """The study with the countries of a panel that it lacks, each by the rules of `country_parameters`.

    `panel`: a csv file with iso3, year, variable, value, named as in definitions.toml of the study's tables.
    The world, the USA, consumer prices and hub wages are those of the study. `least`: years between the first
    and the last of a country's runs, below which it is refused. Raises InputError with every
    fault of the panel; a country that lacks what has no stand-in is refused alone.
    """
    panel = Path(panel)
    definitions = read_toml(study.root / DEFINITIONS, "what the observation tables take from a panel")
    brought = read_new_countries(panel, study.countries, panel_variables(definitions))
    content = read_bytes(panel, "a csv file of figures", "mend the path")
    release = f"{panel.name}, sha256 {sha256(content).hexdigest()[:10]}"
    prices = study.observations.source(*PRICES)[0].vintage
    figures = Panel.of_table(brought.rows, release, {"us_cpi": prices})
    places = {iso3: place_of(iso3, definitions["hubs"]) for iso3 in brought.countries}
    hubs = {iso3: hub for iso3, (_, hub, _) in places.items()}
    tables = make_tables(figures, definitions, study.observations, hubs)
    world = _world(study)
    found: dict[str, Country] = {}
    texts, lacks, refused = {}, {}, {}
    for iso3, (place, _, details) in places.items():
        try:
            observed = _with(world, tables.frame(iso3))
            country, text = _country(study, observed, place, not details, least)
        except InputError as error:
            refused[iso3] = str(error)
            continue
        found[iso3], texts[iso3] = country, Texts(text, tables.text(iso3))
        lacks[iso3] = (*details, *tables.said[iso3], POLICY, *gaps(study, observed, country))
    frames = [tables.frame(iso3) for iso3 in found]
    other = _beside(study, _with(study.observations, *frames), found, texts)
    return NewCountries(other, tuple(found), lacks, refused, brought.said, texts)


def _world(study: Study) -> Observations:
    """The study's tables that every run reads: small, so that each new country is looked at beside them."""
    read = {source.iso3 for source in study.drivers.sources.values()} | set(WORLD)
    frame = study.observations.frame
    return Observations(frame[frame["iso3"].isin(read)], study.observations.until)


def _with(observed: Observations, *frames: pd.DataFrame) -> Observations:
    frame = pd.concat([observed.frame, *frames])
    return Observations(frame.sort_values(["iso3", "variable", "year"], ignore_index=True), observed.until)


def _country(
    study: Study, observed: Observations, place: Place, placed: bool, least: int
) -> tuple[Country, str]:
    """One country and the text of its file; raises InputError where it cannot be run."""
    iso3 = place.iso3
    start, end = window(observed, iso3, least)
    own = study.countries.values()
    far = [one.parameters[DISTANCE].value for one in own if DISTANCE in one.parameters]
    try:
        made = country_parameters(observed, place, start, end)
        made = tuple(distance(place, placed, far) if one.name == DISTANCE else one for one in made)
    except ValidationError as error:
        raise InputError(list(_parameter_faults(iso3, error))) from None
    policy = policy_text(study.countries, study.levers, start, end)
    text = country_text(place, start, end, made, policy)
    faults: list[Fault] = []
    country = country_of(parse_toml(text, "a country file", "mend the panel", f"{iso3}.toml"), iso3, faults)
    if country is None or faults:
        raise InputError(faults)
    spans = table_spans(study.model.text)
    alone = Countries({iso3: country})
    Drivers(study.drivers.sources, alone, observed, spans, study.levers).tables(iso3)
    return country, text


def window(observed: Observations, iso3: str, least: int = LEAST_YEARS) -> tuple[int, int]:
    """The first and the last year of a country's runs: all figures that a run starts from, and 2010 or the
    last figure of output.

    Raises InputError where a figure is missing in every year, or the window is shorter than `least` years.
    """
    start = first_complete_year(observed, iso3)
    end = min(LAST, int(observed.series(iso3, "output").index[-1]))
    if end - start < least:
        got, expected = f"figures from {start} to {end}", f"{least} years at least up to {LAST}"
        raise refuse(f"{iso3}, window", got, expected, "add earlier figures to the panel")
    return start, end


def _parameter_faults(iso3: str, error: ValidationError) -> Iterator[Fault]:
    """What a rule made that no parameter may be, such as a range without width."""
    for one in error.errors():
        given = one["input"]
        name = given.get("name", "a parameter") if isinstance(given, Mapping) else "a parameter"
        details = one.get("ctx", {}).get("error")
        got, expected = details.args[:2] if isinstance(details, ValueError) else (one["msg"], "a sound value")
        cure = "look at the figures that the rule reads; one of them is out of bounds"
        yield Fault(f"{iso3}, {name}, by rule", got, expected, cure)


def gaps(study: Study, observed: Observations, country: Country) -> Iterator[str]:
    """What a country lacks, in words: late years, series that no target meets, parameters by judgement."""
    figures = Figures(observed, country.iso3, country.window.start, country.window.end)
    if country.window.start > 1960:
        yield f"runs start in {country.window.start}, the first year with all figures that a run starts from"
    if country.window.end < LAST:
        yield f"runs end in {country.window.end}, the last figure of output"
    for target in study.targets.targets:
        if figures.in_window(target.observation).empty:
            yield f"no figure of {target.observation}: the target '{target.series}' says nothing of it"
    for name, one in country.parameters.items():
        if STOOD_IN.match(one.source):
            yield f"{name}: {one.source.removeprefix('judgement: ')}"


def _beside(
    study: Study, observed: Observations, found: Mapping[str, Country], texts: Mapping[str, Texts]
) -> Study:
    """The study with more countries and their tables; the study's own are the same objects."""
    other = Study(study.root)
    locks = {f"{iso3}.csv": lock_of_bytes(f"{iso3}.csv", one.table.encode()) for iso3, one in texts.items()}
    vars(other).update(
        observations=observed,
        countries=Countries({**study.countries, **found}),
        unwritten={**study.unwritten, **locks},
        model=study.model,
        parameters=study.parameters,
        parameter_files=study.parameter_files,
        levers=study.levers,
        reference=study.reference,
        fits=study.fits,
    )
    return other


OBSERVATIONS = Path("calibration") / "observations"

COUNTRIES = Path("model") / "countries"


@dataclass(frozen=True)
class Added:
    """A country that a study now has: its window, what it lacks and what stands in, and the files written.

    `said`: what of the panel was set aside.
    """

    iso3: str
    name: str
    start: int
    end: int
    lacks: tuple[str, ...]
    said: tuple[str, ...]
    files: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def add_country(study: Study, iso3: str, panel: Path) -> Added:
    """Write one country of a panel into the study: model/countries, calibration/observations and their lock.

    Raises InputError, before anything is written, for a country that the study has, that the panel lacks or
    that cannot be run, and for what `make_new_countries` refuses; and, with nothing left behind, where the
    study cannot be written to.
    """
    if iso3 in study.countries:
        cure = "choose another code, or edit its files by hand"
        raise refuse(f"country '{iso3}'", "a country that the study has", "a new one", cure)
    made = make_new_countries(study, panel)
    if iso3 in made.refused:
        raise refuse(
            f"country '{iso3}'",
            f"figures that no run can start from ({made.refused[iso3].rstrip('.')})",
            "a country with the figures that have no stand-in",
            "add what is missing to the panel",
        )
    if iso3 not in made.countries:
        known = (*made.countries, *made.refused)
        expected = f"one of {', '.join(known)}"
        raise refuse(f"country '{iso3}'", f"no rows in {panel.name}", expected, nearest(iso3, known))
    files = written(study, iso3, made)
    country = made.study.countries[iso3]
    details = tuple(str(path.relative_to(study.root)) for path in files)
    window = country.window
    return Added(iso3, country.name, window.start, window.end, made.lacks[iso3], made.said, details)


def written(study: Study, iso3: str, made: NewCountries) -> list[Path]:
    """The files of a country, written as one step; the lock is read again where no other process changes it.

    Raises InputError where the study has got the country meanwhile, and where it cannot be written to.
    """
    name = f"{iso3}.csv"
    table, country, lock = OBSERVATIONS / name, COUNTRIES / f"{iso3}.toml", OBSERVATIONS / LOCK
    with changing(study.root, WRITABLE) as change:
        locks = read_lock(study.root / OBSERVATIONS)
        if name in locks or (study.root / country).exists() or (study.root / table).exists():
            cure = "choose another code, or edit its files by hand"
            raise refuse(f"country '{iso3}'", "a country that the study has by now", "a new one", cure)
        change.put(table, made.texts[iso3].table.encode())
        change.put(country, made.texts[iso3].country.encode())
        change.put(lock, lock_text({**locks, name: made.study.locked[name]}).encode())
    return [study.root / path for path in (table, country, lock)]
