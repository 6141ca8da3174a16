"""Countries that no one has studied, from a panel of figures: tables, files by rule, and a study with them.

No rule knows a country by name. What a country lacks has a stand-in, which is told, or it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from latecomer.faults import Fault, InputError, refuse
from latecomer.files import parse_toml, read_bytes
from latecomer.study.countries import Countries, Country, country_of
from latecomer.study.country_rules import Place, country_parameters, country_text
from latecomer.study.country_rules_figures import Figures, first_complete_year
from latecomer.study.drivers import Drivers, table_spans
from latecomer.study.newcomer_panel import WORLD, panel_variables, read_newcomers
from latecomer.study.newcomer_places import DISTANCE, distance, place_of
from latecomer.study.newcomer_policy import policy_text
from latecomer.study.newcomer_tables import PRICES, make_tables
from latecomer.study.observation_lock import lock_of_bytes
from latecomer.study.observation_panel import Panel
from latecomer.study.observations import Observations
from latecomer.study.schema import read_toml
from latecomer.study.study import Study

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
class Newcomers:
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


def newcomers(study: Study, panel: Path, least: int = LEAST_YEARS) -> Newcomers:
    """The study with the countries of a panel that it lacks, each by the rules of `country_parameters`.

    `panel`: a csv file with iso3, year, variable, value, named as in definitions.toml of the study's tables.
    The world, the USA, consumer prices and hub wages are those of the study. `least`: years between the first
    and the last of a country's runs, below which it is refused. Raises InputError with every
    fault of the panel; a country that lacks what has no stand-in is refused alone.
    """
    panel = Path(panel)
    definitions = read_toml(study.root / DEFINITIONS, "what the observation tables take from a panel")
    brought = read_newcomers(panel, study.countries, panel_variables(definitions))
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
    for iso3, (place, _, told) in places.items():
        try:
            observed = _with(world, tables.frame(iso3))
            country, text = _country(study, observed, place, not told, least)
        except InputError as error:
            refused[iso3] = str(error)
            continue
        found[iso3], texts[iso3] = country, Texts(text, tables.text(iso3))
        lacks[iso3] = (*told, *tables.said[iso3], POLICY, *gaps(study, observed, country))
    frames = [tables.frame(iso3) for iso3 in found]
    other = _beside(study, _with(study.observations, *frames), found, texts)
    return Newcomers(other, tuple(found), lacks, refused, brought.said, texts)


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
        told = one.get("ctx", {}).get("error")
        got, expected = told.args[:2] if isinstance(told, ValueError) else (one["msg"], "a sound value")
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
