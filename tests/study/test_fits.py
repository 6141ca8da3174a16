"""Fits on disk: whole, exact, the same bytes; and stale when what they were made from has changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.study.fits import HELD, Fit, Fits, drop_checkpoints, held_hash, load_fit, save_fit
from latecomer.study.reference import MARK
from latecomer.study.study import Study
from tests.study.small import lay_estimated
from tests.study.studies import edit, edit_observations, pretend_fit

VALUES = st.dictionaries(st.text(min_size=1, max_size=8), st.floats(allow_nan=False, allow_infinity=False))


FORMS: list[tuple[str, Any, str]] = [
    ("countries", [5], "parameters.json, countries: got [5]; expected a list of the codes of countries"),
    ("countries", "KOR", "parameters.json, countries: got 'KOR'; expected a list of the codes of countries"),
    (
        "countries",
        ["kor"],
        "parameters.json, countries: got ['kor']; expected a list of the codes of countries",
    ),
    ("countries", ["KOR", "KOR"], "parameters.json, countries: got KOR 2 times; expected each country once"),
    ("until", "x", "parameters.json, until: got 'x'; expected a year, or null"),
    ("until", True, "parameters.json, until: got True; expected a year, or null"),
    ("until", 1979.5, "parameters.json, until: got 1979.5; expected a year, or null"),
    ("until", 10**20, "parameters.json, until: got 100000000000000000000; expected a year, or null"),
    ("shared", [], "parameters.json, shared: got []; expected an object of names and numbers"),
    ("shared", {"a": "1"}, "parameters.json, shared, a: got '1'; expected a finite number"),
    ("shared", {"a": True}, "parameters.json, shared, a: got True; expected a finite number"),
    ("shared", {"a": None}, "parameters.json, shared, a: got None; expected a finite number"),
    ("shared", {"a": 10**299 * 10**10}, "parameters.json: got a number of 310 digits"),
    ("by_country", 3, "parameters.json, by_country: got 3; expected an object for each country"),
    ("by_country", {"KOR": 3}, "parameters.json, KOR: got 3; expected an object of names and numbers"),
    ("by_country", {"BRA": {}}, "by_country: got the country 'BRA'; expected one of its countries: KOR"),
    ("extra", 1, "parameters.json, extra: got an unknown key; expected one of countries, until, shared"),
]


def told(**changed: Any) -> str:
    """The text of a fit's parameters, some of it told otherwise."""
    plain = {"countries": ["KOR"], "until": None, "shared": {"a": 1.0}, "by_country": {"KOR": {"b": 2.0}}}
    return json.dumps(plain | changed)


@pytest.mark.slow
@given(shared=VALUES, own=VALUES)
def test_what_is_read_is_what_was_kept(
    shared: dict[str, float], own: dict[str, float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    fit = Fit("a fit", ("KOR",), 1979, shared, {"KOR": own}, {"seed": 1})
    folder = save_fit(fit, tmp_path_factory.mktemp("fits") / "a fit")
    assert load_fit(folder) == fit


def test_the_same_fit_gives_the_same_bytes_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    one = Fit("one", ("KOR",), None, {"b": 0.1, "a": 1e-17}, {"KOR": {}}, {"z": 1, "y": 2})
    other = Fit("one", ("KOR",), None, {"a": 1e-17, "b": 0.1}, {"KOR": {}}, {"y": 2, "z": 1})
    first = {path.name: path.read_bytes() for path in save_fit(one, tmp_path / "one").iterdir()}
    again = {path.name: path.read_bytes() for path in save_fit(other, tmp_path / "one").iterdir()}
    assert first == again
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_a_failed_write_leaves_the_old_fit(tmp_path: Path) -> None:
    fit = Fit("one", ("KOR",), None, {"a": 1.0}, {})
    save_fit(fit, tmp_path / "one")
    with pytest.raises(ValueError, match="JSON compliant"):
        save_fit(Fit("one", ("KOR",), None, {"a": float("nan")}, {}), tmp_path / "one")
    assert load_fit(tmp_path / "one") == fit


def test_a_country_outside_the_fit_is_refused() -> None:
    with pytest.raises(
        InputError, match="fit 'one': got the country 'IND'; expected one of its countries: KOR, BRA"
    ):
        Fit("one", ("KOR", "BRA"), None, {}, {}).values("IND")


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("parameters.json", None, "parameters.json: got no such file"),
        ("parameters.json", "{", "parameters.json: got text that is not JSON"),
        ("parameters.json", "[]", "parameters.json: got a list; expected a JSON object"),
        ("parameters.json", "{}", "expected the keys countries, until, shared and by_country"),
        (
            "parameters.json",
            '{"countries": [], "until": null, "shared": {"a": NaN}, "by_country": {}}',
            "parameters.json: got the number NaN, which is not finite; expected the parameters",
        ),
        ("manifest.json", None, "manifest.json: got no such file"),
        ("manifest.json", '{"hashes": []}', "manifest.json, hashes: got []; expected an object"),
        ("manifest.json", '{"variant": 3}', "manifest.json, variant: got 3; expected a name"),
        ("manifest.json", '{"scores": [1]}', "scores: got [1]; expected a list of scores with country"),
        ("manifest.json", '{"seed": 1, "seed": 2}', "manifest.json: got 'seed' twice in one object"),
        *[("parameters.json", told(**{key: value}), said) for key, value, said in FORMS],
        (
            "parameters.json",
            told().replace('"a": 1.0', '"a": 1.0, "a": 2.0'),
            "parameters.json: got 'a' twice in one object; expected the parameters",
        ),
    ],
)
def test_a_damaged_fit_is_refused(tmp_path: Path, file: str, content: str | None, said: str) -> None:
    folder = save_fit(Fit("one", ("KOR",), None, {"a": 1.0}, {}), tmp_path / "one")
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_fit(folder)
    assert said in str(error.value)


ESTIMATED = {
    "coordinates": {
        "a": 0.1, "b [KOR]": 0.2, "b [BRA]": 0.0, "size of the error of x [KOR]": 0.0,
        "common centre of b": 0.3,
    },
    "sizes of errors": {"size of the error of x [KOR]": 0.2},
    "populations": {"common centre of b": 0.3},
}  # fmt: skip
HELD_ENTRIES: dict[str, Any] = {
    "countries": ["KOR", "BRA"],
    "shared": {"a": 1.0},
    "by_country": {"KOR": {"b": 2.0}, "BRA": {"b": 3.0}},
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"shared": {}}, ["shared, a: got no such entry; expected each parameter that the fit estimated"]),
        ({"by_country": {"KOR": {"b": 2.0}, "BRA": {}}}, ["BRA, b: got no such entry"]),
        ({"by_country": {"KOR": {"b": 2.0}}}, ["BRA, b: got no such entry"]),
        (
            {"shared": {"A": 1.0}},
            ["shared, a: got no such entry", "shared, A: got an entry that the fit did not estimate"],
        ),
        (
            {"shared": {"a": 1.0, "c": 1.0}},
            ["shared, c: got an entry that the fit did not estimate; expected none. Cure: remove it."],
        ),
        (
            {"countries": ["KOR", "BRA", "XXX"]},
            ["countries: got XXX, of which nothing was estimated; expected none such. Cure: remove it."],
        ),
    ],
)
def test_each_entry_that_was_estimated_is_there_and_no_other(
    tmp_path: Path, changed: dict[str, Any], said: list[str]
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "parameters.json").write_text(told(**(HELD_ENTRIES | changed)), encoding="utf-8")
    (tmp_path / "one" / "manifest.json").write_text(json.dumps(ESTIMATED), encoding="utf-8")
    if not said:
        assert load_fit(tmp_path / "one").values("BRA") == {"a": 1.0, "b": 3.0}
        return
    with pytest.raises(InputError) as error:
        load_fit(tmp_path / "one")
    found = [str(fault) for fault in error.value.faults]
    assert len(found) == len(said)
    for words, fault in zip(said, found, strict=True):
        assert f"fit 'one', parameters.json, {words}" in fault


def test_a_fit_within_another_may_hold_the_shared_ones_of_that(tmp_path: Path) -> None:
    manifest = {"coordinates": {"b [KOR]": 0.1}, "within": "joint"}
    fit = Fit("one", ("KOR",), None, {"a": 1.0}, {"KOR": {"b": 2.0}}, manifest)
    assert load_fit(save_fit(fit, tmp_path / "one")) == fit


def test_every_shipped_fit_holds_what_it_estimated(root: Path) -> None:
    folders = sorted((root / "calibration" / "fits").iterdir())
    assert len(folders) >= 10
    for folder in folders:
        fit = load_fit(folder)
        assert fit.manifest["coordinates"]
        assert set(fit.by_country) == set(fit.countries)


@pytest.mark.slow
def test_a_parameter_that_the_study_no_longer_has_is_said_with_the_command_for_a_new_fit(
    folder: Path,
) -> None:
    fit = pretend_fit(folder)
    older = replace(fit, shared={**fit.shared, "drawdown tiem": 2.0})
    with pytest.raises(InputError) as error:
        Study(folder).simulate("KOR", older)
    assert str(error.value) == (
        "fit 'reference', parameter 'drawdown tiem': got an unknown name; expected the name of a parameter. "
        "Cure: calibrate again: latecomer calibrate KOR BRA --name reference, or run without a fit "
        "(--fit none)."
    )


@pytest.mark.slow
def test_an_unknown_fit_is_refused_with_the_nearest(folder: Path) -> None:
    with pytest.raises(
        InputError, match=r"got no such fit; expected a fit; this study has none\. Cure: make one"
    ):
        Study(folder).fits["reference"]
    pretend_fit(folder)
    with pytest.raises(
        InputError, match=r"expected one of reference\. Cure: write the nearest name: 'reference'"
    ):
        Study(folder).fits["refrence"]


def test_what_has_changed_since_is_named(folder: Path) -> None:
    fit = pretend_fit(folder)
    assert fit.stale(Study(folder)) == []
    edit(folder / "calibration" / "targets.toml", r"scale = 0\.15", "scale = 0.2")
    edit(folder / MARK, r"\nwage bill =\n\twage\*employment", "\nwage bill =\n\temployment*wage")
    edit_observations(folder, "BRA.csv", r"^(BRA,1960,output),[^,]+", r"\1,123.5", lock=True)
    assert fit.stale(Study(folder)) == ["targets", "model text", "observations of BRA"]
    with pytest.raises(InputError) as error:
        fit.refuse_stale(Study(folder))
    assert str(error.value) == (
        "fit 'reference': got another targets and model text and observations of BRA than the fit was made "
        "from; expected the content that the fit was made from. "
        "Cure: restore it, or calibrate again: latecomer calibrate KOR BRA --name reference."
    )


@pytest.mark.slow
def test_notes_tolerances_and_other_countries_make_no_fit_stale(folder: Path) -> None:
    fit = pretend_fit(folder)
    edit(folder / "calibration" / "targets.toml", r"KOR = 9\.0", "KOR = 8.0")
    edit(folder / MARK, r"\n\t~\tMarkets forget within a decade\.", "\n\t~\tAnother note.")
    edit(folder / "model" / "countries" / "IND.toml", r"end = 2010", "end = 2009")
    edit_observations(folder, "IND.csv", r"^(IND,1960,output),[^,]+", r"\1,123.5", lock=True)
    assert fit.stale(Study(folder)) == []


def test_a_fit_hands_on_shared_parameters_and_populations_and_nothing_else() -> None:
    populations = {"pace": {"centre": 0.1, "spread": 0.02}}
    fit = Fit("one", ("KOR",), None, {"a": 1.0, "b": 2.0}, {"KOR": {"c": 3.0}}, {"populations": populations})
    same = [
        replace(fit, name="other", shared={"b": 2.0, "a": 1.0}),
        replace(fit, until=1979, by_country={"KOR": {"c": 4.0}}),
        replace(fit, manifest={"populations": populations, "loss": 5.0}),
    ]
    others = [
        replace(fit, shared={"a": 1.0, "b": 2.0000000000000004}),
        replace(fit, shared={"a": 2.0, "b": 1.0}),
        replace(fit, manifest={"populations": {"pace": {"centre": 0.1, "spread": 0.03}}}),
        replace(fit, manifest={}),
    ]
    assert {held_hash(one) for one in same} == {held_hash(fit)}
    assert len({held_hash(one) for one in (fit, *others)}) == 5


def test_a_fit_made_within_another_is_stale_when_that_is_another(tmp_path: Path) -> None:
    study = Study(lay_estimated(tmp_path / "study"))
    joint = Fit("joint", ("KHM", "VNM"), None, {"learning rate": 0.06}, {"VNM": {"initial capability": 1.0}})
    save_fit(joint, study.fits.folder / "joint")
    made = {"hashes": study.hashes(("VNM",)), "within": "joint", HELD: held_hash(joint)}
    alone = Fit("alone", ("VNM",), 2000, joint.shared, {"VNM": {"initial capability": 1.1}}, made)
    assert alone.stale(study) == []
    alone.refuse_stale(study)
    own = replace(joint, by_country={"VNM": {"initial capability": 0.9}}, manifest={"loss": 1.0})
    save_fit(own, study.fits.folder / "joint")
    assert alone.stale(study) == []  # what it was handed is the same
    save_fit(replace(joint, shared={"learning rate": 0.061}), study.fits.folder / "joint")
    with pytest.raises(InputError) as error:
        alone.refuse_stale(study)
    assert str(error.value) == (
        "fit 'alone': got another fit 'joint' than the fit was made from; expected the content that the fit "
        "was made from. Cure: restore it, or calibrate again: latecomer calibrate VNM --name alone "
        "--until 2000 --within joint."
    )
    (study.fits.folder / "joint").rename(study.fits.folder / "another")
    assert alone.stale(study) == ["fit 'joint'"]


def test_a_posterior_is_kept_with_its_fit_and_goes_with_it(tmp_path: Path) -> None:
    fit = Fit("one", ("KOR",), None, {"a": 1.0}, {}, {"seed": 1})
    whole = replace(fit, manifest={"seed": 1, "posterior": {"draws": 4}})
    folder = save_fit(whole, tmp_path / "one", lambda path: path.write_bytes(b"draws"))
    (folder / "notes.txt").write_bytes(b"mine")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert load_fit(folder) == whole
    assert sorted(before) == ["manifest.json", "notes.txt", "parameters.json", "posterior.nc"]
    with pytest.raises(ValueError, match="JSON compliant"):
        save_fit(replace(fit, manifest={"loss": float("nan")}), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    save_fit(fit, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "notes.txt", "parameters.json"]


def test_a_fit_is_not_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "one").symlink_to(tmp_path / "victim")
    with pytest.raises(InputError, match="got a symbolic link; expected the folder of a fit"):
        save_fit(Fit("one", ("KOR",), None, {}, {}), tmp_path / "one")
    assert list((tmp_path / "victim").iterdir()) == []
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "results.nc").touch()
    (tmp_path / "file").touch()
    for name, kind in (("run", "the folder of a run"), ("file", "a file")):
        with pytest.raises(InputError, match=f"{name}: got {kind}; expected the folder of a fit"):
            save_fit(Fit(name, ("KOR",), None, {}, {}), tmp_path / name)


@pytest.mark.parametrize("name", ["", "/", ".", "..", "./observations", "../x", "a b", "none", "é" * 101])
def test_the_name_of_a_fit_is_a_plain_name(tmp_path: Path, name: str) -> None:
    fits = Fits(tmp_path)
    for use in (fits.place, fits.kept):
        with pytest.raises(InputError) as error:
            use(name)
        assert str(error.value) == (
            f"fit '{name}': got '{name}'; expected letters, digits, hyphens, points and underscores, the "
            "first a letter or a digit, and not 'none'. Cure: choose another name."
        )
    assert name not in fits


def test_only_what_a_fit_under_way_has_kept_is_forgotten(tmp_path: Path) -> None:
    kept, victim = tmp_path / ".one", tmp_path / "victim"
    (kept / "chains").mkdir(parents=True)
    victim.mkdir()
    for name in ("start-1", "start-12-rounded", "chains/checkpoint.npz"):
        (kept / name).write_bytes(b"x")
        (victim / Path(name).name).write_bytes(b"x")
    (kept / "thesis.txt").write_bytes(b"x")
    (kept / "start-2").symlink_to(victim / "start-1")
    drop_checkpoints(kept)
    assert sorted(path.name for path in kept.iterdir()) == ["start-2", "thesis.txt"]
    assert len(list(victim.iterdir())) == 3
    (tmp_path / ".two").symlink_to(victim)
    drop_checkpoints(tmp_path / ".two")
    assert len(list(victim.iterdir())) == 3
    drop_checkpoints(tmp_path / "nowhere")
