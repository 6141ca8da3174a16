"""A revised vintage on a study of one stock, whose runs, scores and fit are known in closed form."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from latecomer.data.lock import write_lock
from latecomer.errors import InputError
from latecomer.evaluation.data_revision import DataDiff, data_diff, load_vintage
from latecomer.study.fits import Fit, save_fit
from latecomer.study.study import Study
from tests.outcomes import outcomes_text

FIRST, LAST = 1975, 1990
RATE, FASTER, SPREAD = 0.03, 0.045, 0.5
TEXT = """{UTF-8}
output = INTEG(growth rate*demand*output, initial output)
\t~\tDmnl
\t~\tGrows with demand.
\t|
demand = demand table(Time)
\t~\tDmnl
\t~\tFrom outside.
\t|
demand table((1975,1),(1990,1))
\t~\tDmnl
\t~\tFigures.
\t|
credit access = 1/(1+output/3.5)
\t~\tDmnl
\t~\tFalls as output grows.
\t|
growth rate = 0.03
\t~\t1/Year
\t~\tShared.
\t|
initial output = 2
\t~\tDmnl
\t~\tOf the country.
\t|
INITIAL TIME = 1975 ~ Year ~ First. |
FINAL TIME = 1990 ~ Year ~ Last. |
TIME STEP = 0.25 ~ Year ~ Step. |
SAVEPER = 1 ~ Year ~ Saved. |
"""
PARAMETERS = f"""
["growth rate"]
value = {RATE}
unit = "1/Year"
range = [0.001, 0.9]
prior = {{family = "lognormal", centre = {RATE}, spread = {SPREAD}}}
note = "Pace"
source = "judgement"
"""
COUNTRY = """
iso3 = "{iso3}"
name = "{iso3}"
window = {{start = 1975, end = 1990}}

[parameters."initial output"]
value = 2.0
unit = "Dmnl"
range = [0.5, 5.0]
note = "Start"
source = "observations"
"""
TARGETS = """
[window]
start = 1975
end = 1990

[[target]]
series = "log output"
variable = "output"
observation = "output"
transformation = "log"
error = {scale = 0.001, on = "log", degrees = 15.0}
tolerance = {AAA = 0.05, BBB = 0.05}
"""
END = ",Dmnl,A bureau,CODE,{vintage},none"
Shape = Callable[[str, str, int], float | None]


def original(iso3: str, variable: str, year: int) -> float | None:
    return 1.0 if variable == "demand" else 2.0 * math.exp(RATE * (year - FIRST))


def lay_tables(folder: Path, shape: Shape = original, vintage: str = "2020") -> Path:
    """Observation tables of two countries with the figures of `shape`, None for a missing one."""
    folder.mkdir(parents=True)
    (folder / "units.toml").write_text('"Dmnl" = "a pure number"\n', encoding="utf-8")
    for iso3 in ("AAA", "BBB"):
        told = [
            (year, variable, shape(iso3, variable, year))
            for variable in ("demand", "output")
            for year in (range(FIRST, LAST + 1) if variable == "output" else (FIRST, LAST))
        ]
        end = END.format(vintage=vintage)
        rows = [f"{iso3},{year},{name},{value!r}{end}" for year, name, value in told if value is not None]
        if rows:
            header = "iso3,year,variable,value,unit,source,series,vintage,transformation"
            (folder / f"{iso3}.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    write_lock(folder)
    return folder


def lay_toy(folder: Path) -> Path:
    """The study of one stock, with a fit that meets its figures."""
    files = {
        "model/latecomer.mdl": TEXT,
        "model/parameters.toml": PARAMETERS,
        "model/text.toml": 'country = "AAA"\n',
        "model/drivers.toml": '["demand table"]\niso3 = "country"\nvariable = "demand"\n',
        "model/countries/AAA.toml": COUNTRY.format(iso3="AAA"),
        "model/countries/BBB.toml": COUNTRY.format(iso3="BBB"),
        "calibration/targets.toml": TARGETS,
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    lay_tables(folder / "calibration" / "observations")
    told = outcomes_text("event", "record", "forecast")
    (folder / "model" / "outcomes.toml").write_text(told, encoding="utf-8")
    fit = Fit("reference", ("AAA", "BBB"), None, {"growth rate": RATE}, {"AAA": {}, "BBB": {}})
    save_fit(fit, folder / "calibration" / "fits" / "reference")
    return folder


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_toy(tmp_path_factory.mktemp("toy") / "study")


@pytest.fixture
def diff(toy: Path, tmp_path: Path) -> Callable[..., DataDiff]:
    def made(shape: Shape, refit: bool = False) -> DataDiff:
        new = lay_tables(tmp_path / "new", shape, "2021")
        return data_diff(Study(toy), toy / "calibration" / "observations", new, again=refit)

    return made


def grown(rate: float) -> Shape:
    def shape(iso3: str, variable: str, year: int) -> float | None:
        faster = iso3 == "AAA" and variable == "output"
        return 2.0 * math.exp(rate * (year - FIRST)) if faster else original(iso3, variable, year)

    return shape


def test_a_vintage_beside_itself_changes_nothing(diff: Callable[..., DataDiff]) -> None:
    found = diff(original)
    assert found.holds
    assert found.vintages.figures == (0, 0, 0)
    assert all(score.old == score.new and score.holds for score in found.scores)
    assert max(score.old or 1.0 for score in found.scores) < 1e-6
    assert found.shifts is None
    json.dumps(found.as_dict(), allow_nan=False)


def test_the_order_of_rows_changes_nothing(toy: Path, tmp_path: Path) -> None:
    turned = Path(shutil.copytree(toy / "calibration" / "observations", tmp_path / "turned"))
    header, *rows = (turned / "AAA.csv").read_text(encoding="utf-8").splitlines()
    (turned / "AAA.csv").write_text("\n".join([header, *reversed(rows)]) + "\n", encoding="utf-8")
    write_lock(turned)
    found = data_diff(Study(toy), toy / "calibration" / "observations", turned)
    assert found.holds
    assert found.vintages.revisions == ()


def test_figures_that_grow_faster_cross_the_tolerance_of_their_country_alone(
    diff: Callable[..., DataDiff],
) -> None:
    found = diff(grown(FASTER))
    by_country = {score.country: score for score in found.scores}
    # (r' - r) t against a range of r' T: root mean square of k/T, k = 0 to T, times (r' - r) / r'
    span = LAST - FIRST
    rms = math.sqrt(sum(k * k for k in range(span + 1)) / (span + 1)) / span
    assert by_country["AAA"].new == pytest.approx(rms * (1 - RATE / FASTER), rel=1e-5)
    assert (by_country["AAA"].held, by_country["AAA"].holds) == (True, False)
    assert by_country["BBB"].new == by_country["BBB"].old
    (flip,) = found.flips
    assert (flip.conclusion, flip.was, flip.now) == ("AAA, log output: the tolerance", "holds", "falls short")
    assert not found.holds


def test_figures_all_twice_as_large_change_no_score_of_a_linear_model(diff: Callable[..., DataDiff]) -> None:
    found = diff(lambda iso3, variable, year: original(iso3, variable, year) * (1 + (variable == "output")))
    assert found.initial == {"AAA": {"initial output": 2.0}, "BBB": {"initial output": 2.0}}
    assert max(score.new or 1.0 for score in found.scores) < 1e-6


def test_a_driver_twice_as_strong_turns_the_statement_on_credit(diff: Callable[..., DataDiff]) -> None:
    # 2 exp(0.03 * 11) is below 3.5, where credit access is one half; 2 exp(0.06 * 11) is above
    found = diff(lambda iso3, variable, year: 2.0 if (iso3, variable) == ("BBB", "demand")
                 else original(iso3, variable, year))  # fmt: skip
    turned = {flip.conclusion: (flip.was, flip.now) for flip in found.flips}
    assert turned["BBB: credit access below one half in 1980-1986"] == ("no", "yes")
    assert not any("AAA" in conclusion for conclusion in turned)


def test_a_country_without_figures_is_said_and_is_no_error(diff: Callable[..., DataDiff]) -> None:
    found = diff(lambda iso3, variable, year: original(iso3, variable, year) if iso3 == "AAA" else None)
    assert found.vintages.countries_removed == ("BBB",)
    assert list(found.without["new"]) == ["BBB"]
    assert found.without["old"] == {}
    turned = {flip.conclusion: flip.now for flip in found.flips}
    assert turned["BBB, log output: the tolerance"] == "cannot be told"


def test_a_variable_without_figures_is_said_and_is_no_error(diff: Callable[..., DataDiff]) -> None:
    found = diff(lambda iso3, variable, year: None if (iso3, variable) == ("BBB", "output")
                 else original(iso3, variable, year))  # fmt: skip
    assert found.vintages.variables_removed == (("BBB", "output"),)
    assert found.without == {"old": {}, "new": {}}


@pytest.mark.slow
def test_a_refit_finds_the_new_growth_and_says_how_far_it_is_in_standard_deviations(
    diff: Callable[..., DataDiff],
) -> None:
    found = diff(lambda iso3, variable, year: grown(FASTER)("AAA", variable, year), refit=True)
    assert found.shifts is not None
    (shift,) = found.shifts
    assert (shift.parameter, shift.iso3, shift.was) == ("growth rate", None, RATE)
    assert shift.now == pytest.approx(FASTER, rel=1e-3)
    assert shift.change == pytest.approx(math.log(FASTER / RATE) / SPREAD, rel=1e-2)
    assert all(score.holds is False and score.holds_refit for score in found.scores)
    assert {flip.runs for flip in found.flips} == {"the fit as it is"}


def test_a_quoted_figure_that_would_be_printed_otherwise_is_said(tmp_path: Path) -> None:
    study = lay_toy(tmp_path / "study")
    access = [1 / (1 + original("AAA", "output", year) / 3.5) for year in (1975, 1980)]  # type: ignore[operator]
    told = f"## What came out\n\nAAA 1975: {access[0]:.2f}, AAA 1980: {access[1]:.2f}.\n"
    (study / "README.md").write_text(told, encoding="utf-8")
    faster = lay_tables(tmp_path / "new", lambda iso3, variable, year: 1.3 if variable == "demand"
                        else original(iso3, variable, year))  # fmt: skip
    found = data_diff(Study(study), study / "calibration" / "observations", faster)
    (moved,) = found.published
    assert (moved.figure, moved.where) == ("AAA, credit access, 1980", ("README.md",))
    assert moved.now == pytest.approx(1 / (1 + 2 * math.exp(1.3 * RATE * 5) / 3.5), rel=1e-6)


def test_a_table_that_cannot_be_read_is_refused_with_its_folder_and_cure(toy: Path, tmp_path: Path) -> None:
    broken = lay_tables(tmp_path / "broken")
    table = broken / "AAA.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("1.0,Dmnl", "one,Dmnl", 1), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        data_diff(Study(toy), toy / "calibration" / "observations", broken)
    assert f"{broken}, AAA.csv, row 2 (AAA, 1975, demand): got the value 'one'" in str(raised.value)
    assert "Cure: restore the figure." in str(raised.value)


def test_a_folder_that_is_not_there_is_refused_once_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder") as raised:
        load_vintage(tmp_path / "nowhere")
    assert str(raised.value).count("nowhere") == 1


def test_a_parameter_of_the_fit_that_the_study_lacks_is_refused(toy: Path, tmp_path: Path) -> None:
    tables = toy / "calibration" / "observations"
    other = Fit("reference", ("AAA",), None, {"growht rate": RATE}, {"AAA": {}})
    with pytest.raises(InputError, match="parameter 'growht rate': got an unknown name"):
        data_diff(Study(toy), tables, tables, other)
