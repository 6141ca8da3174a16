"""The lock of the published numbers: what it keeps, what it finds moved, what it refuses; quoted figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.data.lock import write_lock
from latecomer.errors import InputError
from latecomer.evaluation.published_numbers import (
    Figure,
    Moved,
    NumbersLock,
    changed_parts,
    lock_text,
    moved_figures,
    part_hashes,
    read_numbers,
    response_hashes,
    stale_fits,
    target_tolerances,
)
from latecomer.evaluation.quoted_figures import quotes
from latecomer.study.study import Study
from tests.study.small import lay_small

LOCK = NumbersLock(
    "reference",
    {"targets": "ab", "model text": "cd"},
    {"early": ("targets",)},
    {
        "KOR, log output, nrmsd": Figure(0.25, ("README.md",)),
        "KOR, credit access, below 0.5": Figure(None),
    },
)
README = """
## Before

BRA 1999: 0.11 is no figure of ours.

## What came out

| NRMSD, free run | KOR | BRA |
|---|---|---|
| log output | 0.009 | 0.073* |
| debt/output, one denominator | 0.176 |  |
| U2 of labour share | 1.01 | 1,234.50 |

It falls: BRA 1982: 0.40, KOR 1982: 0.95.

| Other | Words |
|---|---|
| log output | 7 |

## After

Output was 13 %<!-- figure: BRA, output, 1990 against 1980 --> higher,
at 3,386.2 <!-- figure: fit reference, loss -->.
"""
names = st.text(min_size=1, max_size=12)
values = st.none() | st.floats(-1e300, 1e300)


def written(lock: NumbersLock, folder: Path) -> Path:
    path = folder / "numbers.lock"
    path.write_text(lock_text(lock), encoding="utf-8")
    return path


def test_a_lock_reads_back_as_itself(tmp_path: Path) -> None:
    assert read_numbers(written(LOCK, tmp_path)) == LOCK


@given(st.dictionaries(names, values, max_size=5), st.dictionaries(names, names, max_size=5))
def test_any_lock_is_json_with_a_line_for_each_figure_and_does_not_move_from_itself(
    figures: dict[str, float | None], hashes: dict[str, str]
) -> None:
    lock = NumbersLock("a", hashes, {}, {name: Figure(value) for name, value in figures.items()})
    text = lock_text(lock)
    kept = {name: one["value"] for name, one in json.loads(text)["figures"].items()}
    assert set(kept) == set(figures)
    for name, value in figures.items():
        assert kept[name] == (None if value is None else pytest.approx(value, rel=1e-9))
    starts = [line for line in text.split("\n") if line.startswith(" ")]
    assert len(starts) == len(figures) + len(hashes)
    assert list(moved_figures(lock, lock)) == []
    assert changed_parts(lock, lock) == []


def test_the_text_does_not_depend_on_the_order_of_figures() -> None:
    turned = NumbersLock("reference", dict(reversed(LOCK.hashes.items())), LOCK.stale,
                         dict(reversed(LOCK.figures.items())))  # fmt: skip
    assert lock_text(turned) == lock_text(LOCK)


def test_a_planted_change_is_found_with_its_size_and_its_place() -> None:
    now = NumbersLock("reference", LOCK.hashes, LOCK.stale,
                      LOCK.figures | {"KOR, log output, nrmsd": Figure(0.375)})  # fmt: skip
    (one,) = moved_figures(LOCK, now)
    assert one == Moved("KOR, log output, nrmsd", 0.25, 0.375, ("README.md",))
    assert one.difference == 0.125


@pytest.mark.parametrize(("value", "moves"), [(0.25 * (1 + 5e-7), False), (0.25 * (1 + 2e-6), True)])
def test_a_millionth_is_no_move(value: float, moves: bool) -> None:
    now = NumbersLock("reference", {}, {}, LOCK.figures | {"KOR, log output, nrmsd": Figure(value)})
    assert bool(list(moved_figures(LOCK, now))) is moves


def test_a_fall_that_never_was_is_a_move() -> None:
    now = NumbersLock("reference", {}, {}, LOCK.figures | {"KOR, credit access, below 0.5": Figure(1997.0)})
    assert [(one.was, one.now, one.difference) for one in moved_figures(LOCK, now)] == [(None, 1997.0, None)]


def test_figures_that_are_gone_or_new_have_moved() -> None:
    gone = NumbersLock("reference", {}, {}, {})
    assert [(one.was, one.now) for one in moved_figures(LOCK, gone)] == [(0.25, None)]
    assert {one.figure for one in moved_figures(gone, LOCK)} == set(LOCK.figures)


def test_changed_parts_are_named() -> None:
    now = NumbersLock(
        "reference", {"targets": "ff", "levers": "00"}, {"reference": ("targets", "model text")}
    )
    assert changed_parts(LOCK, now) == [
        "levers: new",
        "model text: gone",
        "targets: changed",
        "fit reference: stale, it was made from another targets and model text",
    ]


def test_each_tolerance_that_moved_is_told_with_what_it_was() -> None:
    was = replace(LOCK, tolerances={"log output in KOR": 0.03, "log output in BRA": 0.03, "x in BRA": 0.1})
    now = replace(LOCK, tolerances={"log output in KOR": 0.05, "log output in BRA": 0.03, "y in BRA": 0.2})
    assert changed_parts(was, now) == [
        "tolerance of log output in KOR: was 0.03, is 0.05",
        "tolerance of x in BRA: was 0.1, is none",
        "tolerance of y in BRA: was none, is 0.2",
    ]
    assert changed_parts(was, was) == []


def test_a_lock_of_an_older_release_has_no_tolerances(tmp_path: Path) -> None:
    now = replace(LOCK, tolerances={"log output in KOR": 0.05})
    path = tmp_path / "numbers.lock"
    path.write_text(lock_text(LOCK).replace('"tolerances": {},\n', ""), encoding="utf-8")
    was = read_numbers(path)
    assert was is not None
    assert changed_parts(was, now) == ["tolerances: new"]
    path.write_text(lock_text(now), encoding="utf-8")
    again = read_numbers(path)
    assert again is not None
    assert again.tolerances == {"log output in KOR": 0.05}


def test_the_tolerances_and_explained_shortfalls_of_a_study_are_in_the_lock(small: Path) -> None:
    targets = small / "calibration" / "targets.toml"
    before, text = Study(small), targets.read_text(encoding="utf-8")
    assert target_tolerances(before) == {}
    name = before.targets.targets[0].series
    given = text.replace("[[target]]", "[[target]]\ntolerance = {KHM = 0.5}", 1)
    targets.write_text(given, encoding="utf-8")
    after = Study(small)
    assert target_tolerances(after) == {f"{name} in KHM": 0.5}
    assert part_hashes(after) == part_hashes(before)
    targets.write_text(given.replace("{KHM = 0.5}", '{KHM = 0.5}\nshort = {KHM = "so"}'), encoding="utf-8")
    was, now = part_hashes(after), part_hashes(Study(small))
    assert {one for one in now if now[one] != was.get(one)} == {f"target {name}"}


def test_responses_are_in_the_lock_as_soon_as_there_are_any(tmp_path: Path) -> None:
    path = tmp_path / "responses.toml"
    assert response_hashes(path) == {}
    path.write_text(
        '[[response]]\nrow = "A1"\nexperiment = "more support"\nlow = 0.1\nhigh = 0.2\n'
        '[[response]]\nrow = "A1"\nexperiment = "more support"\nlow = 1\n[[response]]\nlow = 3\n'
        "[window]\nstart = 1960\n",
        encoding="utf-8",
    )
    found = response_hashes(path)
    assert set(found) == {"response A1 more support", "response A1 more support (2)", "response 3", "window"}
    path.write_text(path.read_text(encoding="utf-8").replace("high = 0.2", "high = 0.9"), encoding="utf-8")
    moved = response_hashes(path)
    assert {one for one in moved if moved[one] != found[one]} == {"response A1 more support"}
    path.write_text("[[", encoding="utf-8")
    with pytest.raises(InputError, match=r"responses.toml: got text that is not TOML"):
        response_hashes(path)


def test_no_lock_is_none(tmp_path: Path) -> None:
    assert read_numbers(tmp_path / "numbers.lock") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "<<<<<<< ours",
            "numbers.lock: got text that is not JSON (Expecting value: line 1 column 1 (char 0)); ",
        ),
        ("[]", "numbers.lock: got a list; expected a JSON object. "),
        ("{}", "numbers.lock: got another form; expected the keys fit, hashes, stale and figures. "),
        (
            '{"fit": "a", "hashes": {}, "stale": {}, "figures": {}, "tolerances": {"x in KOR": "wide"}}',
            "got another form; ",
        ),
        ('{"fit": "a", "fit": "b"}', "numbers.lock: got 'fit' twice in one object; "),
        ('{"fit": "a", "hashes": {}, "stale": {}, "figures": {"x": 1}}', "got another form; "),
    ],
)
def test_a_damaged_lock_is_refused_with_its_cure(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "numbers.lock"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_numbers(path)
    assert said in str(raised.value)
    assert "Cure: restore the lock, or lock the present numbers: latecomer lock." in str(raised.value)


@pytest.fixture
def small(root: Path, tmp_path: Path) -> Path:
    folder = lay_small(root, tmp_path / "small")
    observations = folder / "calibration" / "observations"
    for table in observations.glob("*.csv"):
        if table.stem not in ("KHM", "VNM"):
            table.unlink()
    write_lock(observations)
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "parts"),
    [
        ("model/parameters.toml", "value = 0.1\n", "value = 0.2\n", {"parameters"}),
        ("model/countries/KHM.toml", "value = 2.0", "value = 2.5", {"country file of KHM"}),
        ("calibration/targets.toml", "scale = 0.03", "scale = 0.04", {"targets", "target log output"}),
        ("calibration/fits/reference/parameters.json", "0.15", "0.16", {"fit reference/parameters.json"}),
        ("calibration/targets.toml", "[[target]]", "# a note\n[[target]]", set()),
        ("model/parameters.toml", 'note = "Pace"', 'note = "The pace"', set()),
    ],
)
def test_each_part_has_its_hash_and_a_note_none(
    small: Path, file: str, old: str, new: str, parts: set[str]
) -> None:
    before = part_hashes(Study(small))
    text = (small / file).read_text(encoding="utf-8")
    assert old in text
    (small / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    after = part_hashes(Study(small))
    assert {name for name in before if before[name] != after[name]} == parts


def test_a_posterior_beside_a_fit_is_a_part_and_a_scratch_folder_is_none(small: Path) -> None:
    before = set(part_hashes(Study(small)))
    fits = small / "calibration" / "fits"
    for place in (fits / "reference" / "posterior.nc", fits / ".scratch" / "parameters.json"):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"draws")
    assert set(part_hashes(Study(small))) - before == {"fit reference/posterior.nc"}


def test_a_fit_of_other_content_is_stale_and_a_damaged_one_says_so(small: Path) -> None:
    study = Study(small)
    assert "model text" in stale_fits(study)["reference"]
    (small / "calibration" / "fits" / "reference" / "manifest.json").write_text("no JSON", encoding="utf-8")
    (said,) = stale_fits(Study(small))["reference"]
    assert said.startswith("fit 'reference', manifest.json: text that is not JSON")


def test_the_figures_of_a_text_are_found() -> None:
    found = {one.figure: one.value for one in quotes(README, "credit access")}
    assert found == {
        "KOR, log output, nrmsd": 0.009,
        "KOR, log output, beyond tolerance": 0.0,
        "BRA, log output, nrmsd": 0.073,
        "BRA, log output, beyond tolerance": 1.0,
        "KOR, debt/output, one denominator, nrmsd": 0.176,
        "KOR, debt/output, one denominator, beyond tolerance": 0.0,
        "KOR, labour share, u2": 1.01,
        "BRA, labour share, u2": 1234.5,
        "BRA, credit access, 1982": 0.40,
        "KOR, credit access, 1982": 0.95,
        "BRA, output, 1990 against 1980": 13.0,
        "fit reference, loss": 3386.2,
    }


@pytest.mark.parametrize(
    ("text", "value", "says"),
    [
        ("0.40<!-- figure: a -->", 0.3961, True),
        ("0.40<!-- figure: a -->", 0.3949, False),
        ("13 %<!-- figure: a -->", 0.1251, True),
        ("13 %<!-- figure: a -->", 0.1351, False),
        ("1982<!-- figure: a -->", None, False),
        ("-0.5 <!-- figure: a -->", -0.46, True),
    ],
)
def test_a_quote_is_held_to_what_it_prints_and_no_further(text: str, value: float | None, says: bool) -> None:
    (one,) = quotes(text)
    assert one.says(value) is says
