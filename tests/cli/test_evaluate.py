"""The command that predicts the debt crisis: what it prints, its data, its figure and its refusals."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from latecomer.cli import app
from latecomer.cli.evaluate import show_breakdown
from latecomer.evaluation.credit_loss import Event
from latecomer.evaluation.crisis_forecast import breakdown
from latecomer.evaluation.crisis_scores import CountryCrisis
from latecomer.report.charts.crisis import mark, words
from latecomer.runs.results import load_evidence
from latecomer.study.study import Study
from tests.conftest import Laid
from tests.evaluation.crisis import NEW, crisis_panel, fitted_crisis, newcomers
from tests.outcomes import RECORD

pytestmark = pytest.mark.usefixtures("briefly")


@pytest.fixture(scope="module")
def folder(laid_once: Laid) -> Path:
    return laid_once("crisis", fitted_crisis)


def call(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["breakdown", "--draws", "20", *words, "--study", str(folder)])


def test_it_prints_who_falls_who_defaulted_and_what_holds(folder: Path) -> None:
    result = call(folder)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    first = "credit access below one half within 1980-1986, from figures up to 1979; 20 draws of with it"
    assert lines[0].startswith(first)
    assert "Laeven-Valencia: 2 defaulters (BRA MEX), 2 others (KOR IND)" in lines
    assert "area under the curve 1.00 (90 %: 0.22 to 1.00; 2 events, 2 others)" in lines
    called = "hits 2 of 2 (90 %: 0.22 to 1.00), false alarms 0 of 2 (90 %: 0.00 to 0.78)"
    assert f"at probability one half: {called}" in lines
    brazil = next(line for line in lines if line.startswith("BRA"))
    assert brazil.split()[2] == "1982"
    asked = "holds: BRA has less credit access than KOR and IND in 1982: "
    assert any(line.startswith(asked) for line in lines)
    assert "with it: runs of 4 countries (0/1)" in result.stderr.splitlines()


@pytest.fixture(scope="module")
def plain(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """What the command says in JSON, and its figure."""
    figure = tmp_path_factory.mktemp("figure") / "new" / "crisis.svg"
    return call(folder, "--json", "--figure", str(figure)), figure


@pytest.mark.slow
def test_its_data_alone_stand_on_the_output(plain: tuple[Result, Path]) -> None:
    result, figure = plain
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert data["draws"] == 20
    assert data["variants"] == ["with it"]
    assert [one["iso3"] for one in data["countries"]][:2] == ["BRA", "MEX"]
    assert result.stderr == ""
    assert figure.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.slow  # the same result gives the same bytes in test_results
def test_the_same_command_gives_the_same_data(folder: Path, plain: tuple[Result, Path]) -> None:
    assert call(folder, "--json").stdout == plain[0].stdout
    other = json.loads(call(folder, "--json", "--seed", "1").stdout)
    assert other["seed"] == 1


@pytest.mark.slow  # test_crisis_forecast pools without the command
def test_all_variants_with_a_fit_are_pooled_on_request(folder: Path) -> None:
    data = json.loads(call(folder, "--json", "--variants").stdout)
    assert data["variants"] == ["with it", "without it"]
    assert {one["draws"] for one in data["countries"]} == {40}


@pytest.mark.slow  # test_crisis_forecast looks at the panel
def test_countries_of_a_panel_are_marked(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = SimpleNamespace(make_new_countries=newcomers)
    monkeypatch.setitem(sys.modules, "latecomer.new_countries.build", stand_in)
    panel = crisis_panel(tmp_path / "panel.csv", NEW, broken=("XXX",))
    lines = call(folder, "--panel", str(panel)).stdout.splitlines()
    assert any(line.startswith(f"{NEW}*") for line in lines)
    assert f"no figures of this source, left out: {NEW}" in lines
    assert "not run: XXX: no output" in lines
    assert f"{NEW} lacks a stand-in" in lines


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--until", "1978"], "fit 'reference-until-1978': got no such fit; expected one until 1978."),
        (["--until", "1990"], "--until: got 1990; expected a year before 1986, where the window ends."),
        (["--figure", "crisis.png"], "--figure: got 'crisis.png'; expected the name of an svg file."),
        (["--until", "1978", "--variants"], "--variants: got no variant with a fit until 1978; expected one"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_runs(
    folder: Path, asked: list[str], said: str
) -> None:
    result = call(folder, *asked)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "runs of" not in result.stderr


@pytest.mark.slow  # test_crisis_forecast looks at windows without the command
def test_a_window_that_opens_late_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = breakdown(Study(folder), draws=5)
    show_breakdown(replace(made, until=1981, window=(1982, 1986)))
    said = "the window opens in 1982, the year after the cut-off, and not in 1980"
    assert said in capsys.readouterr().out.splitlines()
    show_breakdown(made)
    assert "the window opens" not in capsys.readouterr().out


def crisis(lv: Event, rr: Event) -> CountryCrisis:
    return CountryCrisis(
        SimpleNamespace(iso3="AAA"), dict(zip(RECORD.catalogues, (lv, rr), strict=True)), False, RECORD
    )


@pytest.mark.parametrize(
    ("lv", "rr", "sign", "said"),
    [
        (Event(1983, True, False), Event(1983, True, False), "both", "LV 1983, RR 1983"),
        (Event(1983, True, False), Event(None, True, False), "one", "LV 1983"),
        (Event(1983, True, False), Event(None, False, False), "one", "LV 1983, RR no figures"),
        (Event(None, True, False), Event(None, False, False), "none", "RR no figures"),
        (Event(None, True, True), Event(1982, True, False), "earlier", "RR 1982"),
    ],
)
def test_a_country_has_the_sign_of_what_its_sources_say(lv: Event, rr: Event, sign: str, said: str) -> None:
    one = crisis(lv, rr)
    assert (mark(one), words(one)) == (sign, said)


@pytest.mark.slow
def test_a_prediction_is_kept_for_reports_on_request(folder: Path) -> None:
    result = call(folder, "--json", "--save")
    assert result.exit_code == 0, result.output
    kept = load_evidence(Study(folder), "breakdown-1979")
    assert kept is not None
    assert result.stderr.startswith("result in ")
    assert result.stderr.strip().endswith("breakdown-1979.json")
    assert kept.stale(Study(folder)) == []
    told = json.loads(result.stdout)
    assert [one["iso3"] for one in kept.result["countries"]] == [one["iso3"] for one in told["countries"]]
    assert kept.result["auc"]["lv"]["value"] == told["auc"]["lv"]["value"]


def test_a_prediction_with_a_panel_is_not_kept(folder: Path, tmp_path: Path) -> None:
    result = call(folder, "--save", "--panel", str(tmp_path / "panel.csv"))
    assert result.exit_code == 2
    assert "--save: got a panel beside it; expected the study's own countries" in result.stderr
