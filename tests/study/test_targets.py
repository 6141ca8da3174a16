"""Targets: what their file may hold, whose windows and scales hold where, and what makes a fit stale."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.language import ModelText, read_text
from latecomer.study.countries import Window
from latecomer.study.provenance import target_hash
from latecomer.study.targets import Error, Own, Target, Targets, load_targets, target_faults

SOUND = """
[window]
start = 1960
end = 2010

[events]
observation = "default"
variable = "credit access"
threshold = 0.5
width = 0.1
false_alarm = 0.01
weight = 1.0

[[target]]
series = "log output"
variable = "output"
observation = "gross output"
transformation = "log"
error = {scale = 0.03, on = "log", family = "laplace", autocorrelation = 0.5, spread = 0.2}
tolerance = {KOR = 0.05}
short = {KOR = "a war"}
window = {start = 1965, end = 2005}

[target.country.KOR]
scale = 0.1
window = {start = 1970, end = 2010}
breaks = [{year = 1980, shift = 0.1, event = "a new base", source = "the office"}]
"""
MODEL = """{UTF-8}
output = 1 ~~|
credit access = ages(Time) ~~|
ages((0, 1), (9, 2)) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = 9 ~~|
TIME STEP = 1 ~~|
SAVEPER = 1 ~~|
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "targets.toml"


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> ModelText:
    file = tmp_path_factory.mktemp("text") / "small.mdl"
    file.write_text(MODEL, encoding="utf-8")
    return read_text(file)


OBSERVED: Any = SimpleNamespace(
    countries=lambda: ["KOR", "WLD"],
    variables=lambda iso3: ["gross output", "default"] if iso3 == "KOR" else ["oil price"],
)


def read(path: Path, *changes: tuple[str, str]) -> Targets:
    content = SOUND
    for before, after in changes:
        assert content.count(before) == 1, before
        content = content.replace(before, after)
    path.write_text(content, encoding="utf-8")
    return load_targets(path)


def test_what_the_file_says_is_read(path: Path) -> None:
    (target,) = read(path).targets
    assert target.error == Error(scale=0.03, on="log", family="laplace", autocorrelation=0.5, spread=0.2)
    assert (target.scale("KOR"), target.scale("BRA")) == (0.1, 0.03)
    assert [(one.year, one.shift) for one in target.own("KOR").breaks] == [(1980, 0.1)]
    assert target.own("BRA") == Own()


def test_an_error_is_of_students_family_with_neither_memory_nor_a_size_to_find() -> None:
    plain = Error(scale=0.1, on="level")
    assert (plain.family, plain.degrees, plain.autocorrelation, plain.spread) == ("student", 7.0, 0.0, 0.0)


def test_events_are_off_unless_they_are_given_a_weight(path: Path) -> None:
    held = read(path, ("weight = 1.0\n", "")).events
    assert held is not None
    assert held.weight == 0.0


@given(st.lists(st.tuples(st.integers(1950, 2020), st.integers(1, 60)), min_size=3, max_size=3))
def test_years_are_those_that_all_windows_share(spans: list[tuple[int, int]]) -> None:
    whole, of_target, own = (Window(start=first, end=first + length) for first, length in spans)
    one = Target(
        series="a", variable="a", observation="a", transformation="log", error=Error(scale=1.0, on="log"),
        window=of_target, country={"KOR": Own(window=own)},
    )  # fmt: skip
    for iso3, windows in (("KOR", (whole, of_target, own)), ("BRA", (whole, of_target))):
        shared = set.intersection(*(set(range(w.start, w.end + 1)) for w in windows))
        first, last = one.years(iso3, whole)
        assert set(range(first, last + 1)) == shared


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "autocorrelation = 0.5",
            "autocorrelation = 1.0",
            (
                "targets.toml, target, entry 1, error, autocorrelation: got the autocorrelation 1; expected "
                "from 0 to below 1. Cure: take the correlation of errors a year apart."
            ),
        ),
        (
            "autocorrelation = 0.5",
            "autocorrelation = -0.1",
            "got the autocorrelation -0.1; expected from 0 to below 1.",
        ),
        (
            'family = "laplace"',
            'family = "cauchy"',
            (
                "targets.toml, target, entry 1, error, family: got 'cauchy'; expected 'normal', 'student' or "
                "'laplace'. Cure: mend the value."
            ),
        ),
        (
            "spread = 0.2",
            "spread = -0.2",
            "targets.toml, target, entry 1, error, spread: got -0.2; expected greater than or equal to 0.",
        ),
        (
            "autocorrelation = 0.5",
            "autocorelation = 0.5",
            (
                "targets.toml, target, entry 1, error: got the unknown key 'autocorelation'; expected one of "
                "scale, on, family, degrees, autocorrelation, spread. "
                "Cure: write the nearest name: 'autocorrelation'."
            ),
        ),
        (
            "tolerance = {",
            "tolerence = {",
            "targets.toml, target, entry 1: got the unknown key 'tolerence'; expected one of ",
        ),
        ("tolerance = {", "tolerence = {", "Cure: write the nearest name: 'tolerance'."),
        (
            "scale = 0.1\n",
            "scal = 0.1\n",
            (
                "targets.toml, target, entry 1, country, KOR: got the unknown key 'scal'; expected one of "
                "window, scale, breaks. Cure: write the nearest name: 'scale'."
            ),
        ),
        (
            "shift = 0.1",
            "shifts = 0.1, shift = 0.1",
            (
                "targets.toml, target, entry 1, country, KOR, breaks, entry 1: got the unknown key 'shifts'; "
                "expected one of year, shift, event, source. Cure: write the nearest name: 'shift'."
            ),
        ),
        (
            ', source = "the office"',
            "",
            "country, KOR, breaks, entry 1: got no source; expected a value for source. Cure: write it down.",
        ),
        (
            "shift = 0.1",
            "shift = -0.1",
            "breaks, entry 1, shift: got -0.1; expected greater than or equal to 0.",
        ),
        (
            "start = 1970, end = 2010",
            "start = 2010, end = 1970",
            "country, KOR, window: got the years 2010 to 1970; expected a start before the end.",
        ),
        (
            "width = 0.1",
            "width = 0.0",
            "targets.toml, events, width: got 0; expected greater than 0. Cure: mend the value.",
        ),
        ("weight = 1.0", "weight = -1.0", "targets.toml, events, weight: got -1; expected greater than or"),
        (
            "false_alarm = 0.01",
            "false_alarm = 0.5",
            (
                "targets.toml, events, false_alarm: got the probability 0.5; expected one below 0.5. "
                "Cure: take that of a default with open credit."
            ),
        ),
        (
            "false_alarm = 0.01",
            "fals_alarm = 0.01",
            (
                "targets.toml, events: got the unknown key 'fals_alarm'; expected one of observation, "
                "variable, threshold, width, false_alarm, weight. "
                "Cure: write the nearest name: 'false_alarm'."
            ),
        ),
    ],
)
def test_what_is_wrong_is_told(path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(path, (before, after))
    assert said in str(caught.value)


def test_no_target_and_a_second_one_of_a_series_are_refused(path: Path) -> None:
    path.write_text("target = []\nwindow = {start = 1960, end = 2010}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"targets\.toml, target: got no target; expected one at least\. "):
        load_targets(path)
    path.write_text(SOUND + SOUND[SOUND.index("[[target]]") :], encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_targets(path)
    assert str(caught.value) == (
        "targets.toml, log output: got a second target of this series; expected one. "
        "Cure: keep the right one."
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            'variable = "credit access"',
            'variable = "credit acess"',
            (
                "targets.toml, events, variable: got the variable 'credit acess'; expected a variable of the "
                "model text. Cure: write the nearest name: 'credit access'."
            ),
        ),
        (
            'observation = "default"',
            'observation = "defaults"',
            (
                "targets.toml, events, observation: got the observation 'defaults'; expected a variable of "
                "the observation tables. Cure: write the nearest name: 'default'."
            ),
        ),
        (
            'variable = "output"',
            'variable = "ages"',
            "targets.toml, log output, variable: got the variable 'ages'; expected a variable of the model",
        ),
        (
            'observation = "gross output"',
            'observation = "gros output"',
            (
                "targets.toml, log output, observation: got the observation 'gros output'; expected a "
                "variable of the observation tables. Cure: write the nearest name: 'gross output'."
            ),
        ),
        (
            "tolerance = {KOR = 0.05}",
            "tolerance = {KOR = 0.05, KRO = 0.05}",
            (
                "targets.toml, log output, tolerance: got the country 'KRO'; expected one of KOR, BRA. "
                "Cure: write the nearest name: 'KOR'."
            ),
        ),
        (
            "[target.country.KOR]",
            "[target.country.BRR]",
            (
                "targets.toml, log output, country: got the country 'BRR'; expected one of KOR, BRA. "
                "Cure: write the nearest name: 'BRA'."
            ),
        ),
        (
            'short = {KOR = "a war"}',
            'short = {BRA = "a war"}',
            (
                "targets.toml, log output, short: got a shortfall of 'BRA'; expected a country with a "
                "tolerance. Cure: write the nearest name: 'KOR'."
            ),
        ),
    ],
)
def test_names_that_nobody_knows_are_told(
    path: Path, text: ModelText, before: str, after: str, said: str
) -> None:
    assert list(target_faults(read(path), text, ["KOR", "BRA"], OBSERVED)) == []
    (fault,) = target_faults(read(path, (before, after)), text, ["KOR", "BRA"], OBSERVED)
    assert said in str(fault)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("tolerance = {KOR = 0.05}", "tolerance = {KOR = 0.07}"),
        ('short = {KOR = "a war"}', 'short = {KOR = "a flood"}'),
        ('event = "a new base"', 'event = "another"'),
        ('source = "the office"', 'source = "somebody"'),
    ],
)
def test_words_and_tolerances_are_no_part_of_the_hash(path: Path, before: str, after: str) -> None:
    assert target_hash(read(path, (before, after))) == target_hash(read(path))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("scale = 0.03", "scale = 0.04"),
        ("scale = 0.1\n", "scale = 0.2\n"),
        ('family = "laplace"', 'family = "normal"'),
        ("autocorrelation = 0.5", "autocorrelation = 0.6"),
        ("spread = 0.2", "spread = 0.0"),
        ("shift = 0.1", "shift = 0.2"),
        ("year = 1980", "year = 1981"),
        ("start = 1970", "start = 1971"),
        ("start = 1965", "start = 1966"),
        ("start = 1960", "start = 1961"),
        ("threshold = 0.5", "threshold = 0.4"),
        ("weight = 1.0", "weight = 0.0"),
    ],
)
def test_what_a_fit_takes_is_part_of_the_hash(path: Path, before: str, after: str) -> None:
    assert target_hash(read(path, (before, after))) != target_hash(read(path))


def test_events_of_no_weight_are_no_part_of_the_hash(path: Path) -> None:
    off = ("weight = 1.0", "weight = 0.0")
    there = target_hash(read(path, off))
    assert target_hash(read(path, off, ("threshold = 0.5", "threshold = 0.4"))) == there
    head, tail = SOUND.index("[events]"), SOUND.index("[[target]]")
    path.write_text(SOUND[:head] + SOUND[tail:], encoding="utf-8")
    assert target_hash(load_targets(path)) == there
