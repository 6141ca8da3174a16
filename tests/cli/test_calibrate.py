"""The commands that fit: what they print and keep, how they go on, and how they end."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from latecomer.cli import app, tables
from latecomer.inference import fit as fitting
from latecomer.inference import posterior
from latecomer.study.fits import Fit
from latecomer.study.study import Study
from tests.outcomes import outcomes_text
from tests.study.small import lay_estimated

SAMPLES = 5


def invoke(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--study", str(folder)])


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study without a fit that no test changes."""
    folder = lay_estimated(tmp_path_factory.mktemp("fresh") / "study")
    (folder / "model" / "outcomes.toml").write_text(outcomes_text("permutation_test"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def fitted(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The study with a joint fit of two starts and its posterior, and how that command ended."""
    folder = Path(shutil.copytree(fresh, tmp_path_factory.mktemp("fitted") / "study"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(posterior, "WARM_UP", 10)
        words = ("--starts", "2", "--samples", str(SAMPLES), "--seed", "2", "--name", "joint")
        return folder, invoke(folder, "calibrate", "KHM", "VNM", *words)


def test_calibrate_prints_scores_starts_and_what_is_identified(fitted: tuple[Path, Result]) -> None:
    folder, done = fitted
    assert done.exit_code == 0, done.output
    assert re.search(r"^KHM +log output +1993-2010 ", done.stdout, re.MULTILINE)
    assert re.search(r"^VNM +log output +1990-2010 ", done.stdout, re.MULTILINE)
    rows = Study(folder).fits["joint"].manifest["starts"]
    for number, row in enumerate(rows, start=1):
        said = f"start {number}: loss {row['loss']:.3f} after {row['iterations']} iterations, slope "
        assert said in done.stdout
    assert "prior standard deviations from the best" in done.stdout
    assert "5 parameters: 3 identified, 0 sloppy, 2 flat" in done.stdout
    assert "flat: institutional quality [KHM]; institutional quality [VNM]" in done.stdout
    assert done.stdout.splitlines()[-1] == f"fit 'joint' in {folder / 'calibration' / 'fits' / 'joint'}"


def test_calibrate_samples_where_it_is_asked_to(fitted: tuple[Path, Result]) -> None:
    folder, done = fitted
    assert f"posterior: 4 chains of {SAMPLES} draws, 0 divergences" in done.stdout
    for name in ("R-hat", "bulk ESS", "tail ESS"):
        assert f"worst {name}: " in done.stdout
    assert re.search(r"^fast approximation: may be weighted \(k-hat ", done.stdout, re.MULTILINE)
    assert re.search(
        r"^80 % bands cover \d+\.\d % of 39 figures \(\d+\.\d % as stated\)$", done.stdout, re.MULTILINE
    )
    assert "the posterior does not hold: see above" in done.stdout  # twenty draws
    assert "sampling, acceptance " in done.stderr
    assert f"({10 + SAMPLES}/{10 + SAMPLES})" in done.stderr
    fits = folder / "calibration" / "fits"
    assert sorted(path.name for path in (fits / "joint").iterdir()) == [
        "manifest.json",
        "parameters.json",
        "posterior.nc",
    ]
    assert [path.name for path in fits.iterdir()] == ["joint"]  # nothing of the way there is left


@pytest.mark.slow
def test_calibrate_says_how_it_goes(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(fresh, tmp_path / "study"))
    plain = fitting.calibrate

    def slow(study: Study, countries: list[str], **asked: Any) -> Fit:
        for iteration in range(60):
            asked["report"](2, iteration, 10.0 / (1 + iteration))
        assert (asked["until"], asked["starts"], asked["seed"]) == (2000, 2, 5)
        return plain(study, countries, **{**asked, "starts": 1, "report": None})

    monkeypatch.setattr(fitting, "calibrate", slow)
    done = invoke(folder, "calibrate", "VNM", "--until", "2000", "--starts", "2", "--seed", "5")
    assert done.exit_code == 0
    assert done.stderr.splitlines() == [
        "start 2 of 2, iteration 0: loss 10.000",
        "start 2 of 2, iteration 25: loss 0.385",
        "start 2 of 2, iteration 50: loss 0.196",
    ]
    kept = Study(folder).fits["VNM-until-2000"]
    assert (kept.countries, kept.until, kept.manifest["figures"]) == (("VNM",), 2000, 11)


@pytest.mark.slow  # names are looked at in tests/study/test_fits.py
def test_a_variant_is_kept_under_its_own_name_or_that_of_its_countries(fresh: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(fresh, tmp_path / "study"))
    table = folder / "model" / "parameters.toml"
    head, tail = table.read_text(encoding="utf-8").split('[variants."institutions"]\n')
    for before, name in (("", "VNM"), ('fit = "of-institutions"\n', "of-institutions")):
        table.write_text(f'{head}[variants."institutions"]\n{before}{tail}', encoding="utf-8")
        done = invoke(folder, "calibrate", "VNM", "--variant", "institutions", "--starts", "1")
        assert done.exit_code == 0, done.output
        assert Study(folder).fits[name].manifest["variant"] == "institutions"


def test_within_a_fit_only_the_countrys_own_move_and_nothing_is_labelled(
    fitted: tuple[Path, Result], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(fitted[0], tmp_path / "study"))
    done = invoke(folder, "calibrate", "VNM", "--within", "joint", "--name", "alone")
    assert done.exit_code == 0, done.output
    assert "start 1: loss " in done.stdout
    assert "start 2" not in done.stdout
    assert "identified" not in done.stdout
    joint, alone = (Study(folder).fits[name] for name in ("joint", "alone"))
    assert (alone.countries, alone.manifest["within"], alone.shared) == (("VNM",), "joint", joint.shared)
    assert alone.by_country["VNM"] == pytest.approx(joint.by_country["VNM"], rel=1e-4)


@pytest.fixture
def cut_off(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the next calibration be stopped in its second start; afterwards all is as it was."""
    plain = tables.losses

    @contextmanager
    def stopped(starts: int) -> Iterator[Callable[[int, int, float], None]]:
        def tell(start: int, iteration: int, loss: float) -> None:
            if (start, iteration) == (2, 3):
                monkeypatch.setattr(tables, "losses", plain)
                raise KeyboardInterrupt

        yield tell

    return lambda: monkeypatch.setattr(tables, "losses", stopped)


@pytest.mark.slow  # test_optimise goes on from a cut without the command
def test_what_was_cut_off_goes_on_to_the_same_fit(
    fresh: Path, fitted: tuple[Path, Result], tmp_path: Path, cut_off: Callable[[], None]
) -> None:
    folder = Path(shutil.copytree(fresh, tmp_path / "study"))
    words = ("calibrate", "KHM", "VNM", "--starts", "2", "--seed", "2", "--name", "joint")
    cut_off()
    stopped = invoke(folder, *words)
    assert stopped.exit_code == 130
    said = "stopped; nothing was left half-written; to go on: the same command with --resume\n"
    assert stopped.stderr == said
    fits = folder / "calibration" / "fits"
    assert [path.name for path in fits.iterdir()] == [".joint"]
    assert Study(folder).fits.names() == []
    done = invoke(folder, *words, "--resume")
    assert done.exit_code == 0, done.output
    assert [path.name for path in fits.iterdir()] == ["joint"]
    same = Path("calibration") / "fits" / "joint" / "parameters.json"
    assert (folder / same).read_bytes() == (fitted[0] / same).read_bytes()


@pytest.mark.slow  # test_fit begins again without the command
def test_without_resume_it_begins_again(fresh: Path, tmp_path: Path, cut_off: Callable[[], None]) -> None:
    folder = Path(shutil.copytree(fresh, tmp_path / "study"))
    kept = folder / "calibration" / "fits" / ".VNM"
    cut_off()
    invoke(folder, "calibrate", "VNM", "--starts", "2")
    (kept / "start-1").write_bytes(b"of another problem")
    refused = invoke(folder, "calibrate", "VNM", "--starts", "2", "--resume")
    assert refused.exit_code == 2
    assert "start-1: got evaluations of another problem; expected those of this fit." in refused.stderr
    done = invoke(folder, "calibrate", "VNM", "--starts", "1")
    assert done.exit_code == 0, done.output
    assert not kept.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([""], "countries: got ''; expected letters, digits"),
        (["/"], "countries: got '/'; expected letters, digits"),
        (["."], "countries: got '.'; expected letters, digits"),
        (["./observations"], "countries: got './observations'; expected letters, digits"),
        (["./../../victim"], "countries: got './../../victim'; expected letters, digits"),
        (["VNM", "--name", "./../../victim"], "--name: got './../../victim'; expected letters, digits"),
        (["VNM", "--within", "nosuch"], "fit 'nosuch': got no such fit"),
        (["VNM", "--within", "../fits"], "fit '../fits': got no such fit"),
        (["VNM", "--variant", "nosuch"], "variant 'nosuch': got no such variant"),
        (["VNM", "--until", "1000"], "--until: got 1000"),
        (["VNM", "VNM"], "calibrate: got VNM VNM"),
        (["XXX"], "country 'XXX': got no country file"),
    ],
)
def test_a_request_that_is_refused_removes_nothing(
    fresh: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    folder = Path(shutil.copytree(fresh, tmp_path / "study"))
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "thesis.txt").write_text("thesis", encoding="utf-8")
    for name in (".VNM", ".XXX", ".VNM-VNM", ".VNM-until-1000"):
        (folder / "calibration" / "fits" / name).mkdir(parents=True, exist_ok=True)
        (folder / "calibration" / "fits" / name / "start-1").write_bytes(b"hours of work")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = invoke(folder, "calibrate", *words)
    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_variant_whose_fit_is_a_path_is_refused_and_removes_nothing(fresh: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(fresh, tmp_path / "study"))
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "thesis.txt").write_text("thesis", encoding="utf-8")
    file = folder / "model" / "parameters.toml"
    text = file.read_text(encoding="utf-8")
    head = '[variants."institutions"]\n'
    assert head in text
    file.write_text(text.replace(head, f'{head}fit = "./../../victim"\n'), encoding="utf-8")
    done = invoke(folder, "calibrate", "VNM", "--variant", "institutions")
    assert done.exit_code == 2, done.output
    assert "institutions, fit: got './../../victim'; expected letters, digits, hyphens" in done.stderr
    assert (tmp_path / "victim" / "thesis.txt").exists()


def test_identify_prints_json(fitted: tuple[Path, Result]) -> None:
    done = invoke(fitted[0], "identify", "--fit", "joint", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    content = json.loads(done.stdout)
    assert content["counts"] == {"identified": 3, "sloppy": 0, "flat": 2}
    labels = {row["name"]: row["label"] for row in content["parameters"]}
    assert labels["learning rate"] == "identified"
    assert labels["institutional quality [VNM]"] == "flat"
    assert content["agreements"] == {}


@pytest.mark.slow
def test_identify_says_what_to_do_about_what_is_flat(fitted: tuple[Path, Result]) -> None:
    done = invoke(fitted[0], "identify", "--fit", "joint", "--profile", "learning rate")
    assert done.exit_code == 0, done.output
    said = done.stdout.splitlines()
    assert said[0] == "5 parameters: 3 identified, 0 sloppy, 2 flat"
    assert said[-2:] == [
        "flat with a source to fix them by: institutional quality [KHM], institutional quality [VNM]",
        "flat without one: none",
    ]


@pytest.mark.slow  # test_identifiability looks at the result
def test_identify_tests_institutions_where_a_fit_has_them(fresh: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(fresh, tmp_path / "study"))
    words = ("--variant", "institutions", "--name", "with", "--starts", "1")
    assert invoke(folder, "calibrate", "KHM", "VNM", *words).exit_code == 0
    done = invoke(folder, "identify", "--fit", "with", "--shuffle", "3")
    assert done.exit_code == 0, done.output
    assert re.search(r"^p = (1|0\.5): [01] of 1 shuffles fit no worse", done.stdout, re.MULTILINE)
    assert "1 shuffles made, 3 asked for, 1 possible" in done.stdout
    assert "shuffled institutions (2/2)" in done.stderr
    quiet = invoke(folder, "identify", "--fit", "with", "--shuffle", "1", "--json")
    assert quiet.stderr == ""
    assert json.loads(quiet.stdout)["shuffled institutions"]["made"] == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("identify", "--fit", "jiont"), "Cure: write the nearest name: 'joint', or run without a fit"),
        (("identify", "--fit", "joint", "--profile", "rate"), "profile of 'rate': got an unknown name;"),
        (("identify", "--fit", "joint", "--shuffle", "1"), "fit 'joint': got a fit without institutions;"),
        (("calibrate", "VNM", "--within", "jiont"), "fit 'jiont': got no such fit; expected one of joint."),
        (("calibrate", "VNM", "--variant", "institution"), "variant 'institution': got no such variant;"),
        (("calibrate", "VNM", "--until", "1990"), "--until: got 1990; expected a year after 1990, where VNM"),
        (("calibrate", "VNM", "VNM"), "calibrate: got VNM VNM; expected each country once."),
    ],
)
def test_bad_input_is_said_in_a_line_and_ends_with_two(
    fitted: tuple[Path, Result], words: tuple[str, ...], said: str
) -> None:
    done = invoke(fitted[0], *words)
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert said in line


def test_a_stale_fit_holds_nothing_for_another(fitted: tuple[Path, Result], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(fitted[0], tmp_path / "study"))
    targets = folder / "calibration" / "targets.toml"
    targets.write_text(targets.read_text(encoding="utf-8").replace("0.03", "0.04"), encoding="utf-8")
    for words in (
        ("calibrate", "VNM", "--within", "joint", "--name", "alone"),
        ("identify", "--fit", "joint"),
    ):
        done = invoke(folder, *words)
        assert done.exit_code == 2
        assert "fit 'joint': got another targets than the fit was made from" in done.stderr


def test_coverage_tells_the_shares_of_countries_and_series(fitted: tuple[Path, Result]) -> None:
    folder, _ = fitted
    shown, plain = (
        invoke(folder, "coverage", "--fit", "joint"),
        invoke(folder, "coverage", "--fit", "joint", "--json", "--save"),
    )
    assert (shown.exit_code, plain.exit_code) == (0, 0), shown.output
    told = json.loads(plain.stdout)
    assert (told["source"], told["draws"], told["figures"]) == ("posterior", 4 * SAMPLES, 39)
    kept = json.loads((folder / "calibration" / "fits" / "joint" / "manifest.json").read_text())
    assert told["by_country"] == kept["posterior"]["bands"]["by country"]
    for name, share in [*told["by_country"].items(), *told["by_series"].items()]:
        assert re.search(rf"^{name} +{share:.2f}$", shown.stdout, re.MULTILINE)
    assert "runs of the draws (2/2)" in shown.stderr
    assert plain.stderr.strip().endswith("coverage-joint.json")
    last = f"80 % bands of {4 * SAMPLES} draws of the posterior: {told['share']:.3f} of 39 figures within"
    assert last in shown.stdout.splitlines()
    assert shown.stdout.splitlines()[-1].endswith(f"from year to year: {told['stated']:.3f}.")
    assert told["stated"] == kept["posterior"]["bands"]["as stated"]


@pytest.fixture(scope="module")
def rivals(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study with two variants, each with a fit to 2002 made by the command that a refusal names."""
    folder = Path(shutil.copytree(fresh, tmp_path_factory.mktemp("rivals") / "study"))
    table = folder / "model" / "parameters.toml"
    for variant, fit in (("institutions", "with"), ("without it", "without")):
        head = f'[variants."{variant}"]\n'
        text = table.read_text(encoding="utf-8").replace(head, f'{head}fit = "{fit}"\n')
        table.write_text(text, encoding="utf-8")
    for variant in ("institutions", "without it"):
        refused = invoke(folder, "variants", "--until", "2002", "--end", "2008")
        assert refused.exit_code == 2
        (line,) = [said for said in refused.stderr.splitlines() if "make it: latecomer " in said]
        words = shlex.split(line.split("make it: latecomer ")[1].rstrip(".").replace("ISO3...", "KHM VNM"))
        assert words[words.index("--variant") + 1] == variant
        made = invoke(folder, *words, "--starts", "1")
        assert made.exit_code == 0, made.output
    return folder


@pytest.mark.slow  # the weights are looked at in test_compare_variants
@pytest.mark.usefixtures("briefly")
def test_variants_prints_weights_and_errors_beside_the_naive(rivals: Path) -> None:
    asked = ("variants", "--until", "2002", "--end", "2008")
    shown, plain = invoke(rivals, *asked), invoke(rivals, *asked, "--json")
    assert (shown.exit_code, plain.exit_code) == (0, 0), shown.output
    assert plain.stderr == ""
    assert "hindcast of institutions (0/2)" in shown.stderr
    data = json.loads(plain.stdout)
    assert (data["until"], data["end"]) == (2002, 2008)
    assert sum(one["weight"] for one in data["weights"]) == pytest.approx(1.0)
    for one in data["weights"]:
        span = f"{one['low']:.2f} to {one['high']:.2f}"
        words = (
            one["variant"],
            f"{one['weight']:.2f}",
            span,
            f"{one['pseudo_bma']:.2f}",
            f"{one['score']:.1f}",
        )
        assert re.search("^" + " +".join(map(re.escape, words)), shown.stdout, re.MULTILINE)
        (row,) = data["hindcast"][one["variant"]]
        naive = f"{row['best']} {row['naive'][row['best']]:.3f}"
        words = (one["variant"], "log output", f"{row['rmse']:.3f}", f"{row['rebased']:.3f}", naive)
        assert re.search("^" + " +".join(map(re.escape, words)), shown.stdout, re.MULTILINE)
    assert "figures of 2003-2008 of 2 countries, held out" in shown.stdout


def test_variants_of_a_study_without_fits_are_refused_in_a_line(fresh: Path) -> None:
    done = invoke(fresh, "variants", "--until", "2002", "--end", "2008")
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert "variants: got 0 with a fit; expected two at least." in line
