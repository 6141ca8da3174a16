"""The predicted debt crisis, on a small study in which who falls, and when, is worked out by hand."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from latecomer.data.observations import Observations
from latecomer.errors import InputError
from latecomer.evaluation import crisis_forecast
from latecomer.evaluation.credit_loss import Event, credit_loss, event, rules_of_thumb
from latecomer.evaluation.crisis_forecast import (
    Breakdown,
    breakdown,
    reference_variant,
    variants_at_cutoff,
    window_after,
    with_panel,
)
from latecomer.evaluation.crisis_scores import CountryCrisis, criteria, ordering, source_scores
from latecomer.evaluation.hindcast import Pooled, past_error_scales
from latecomer.inference.proper_scores import Coverage
from latecomer.study.content import as_of
from latecomer.study.study import Study
from tests.conftest import Laid
from tests.evaluation.crisis import BORROWING, LATE, NEW, crisis_panel, fitted_crisis, newcomers, table
from tests.outcomes import EVENT, FORECAST, OUTCOMES, RECORD, WINDOW
from tests.study.studies import edit, edit_observations

pytestmark = pytest.mark.usefixtures("briefly")

CUT_OFF, DRAWS = 1979, 40
CREDIT, RULES = EVENT.variable, OUTCOMES.rules
SOURCES = {key: one.series for key, one in RECORD.catalogues.items()}
assert FORECAST.case is not None
CASE = FORECAST.case
RATE = FORECAST.asked.false_alarms


@pytest.fixture(scope="module")
def folder(laid_once: Laid) -> Path:
    return laid_once("crisis", fitted_crisis)


@pytest.fixture(scope="module")
def told() -> list[tuple[str, int, int]]:
    return []


@pytest.fixture(scope="module")
def found(folder: Path, told: list[tuple[str, int, int]]) -> Breakdown:
    return breakdown(Study(folder), draws=DRAWS, progress=lambda *how: told.append(how))


def test_those_fall_whose_debt_passes_one_half_in_the_window(found: Breakdown) -> None:
    said = {one.loss.iso3: one.loss for one in found.countries}
    assert set(said) == set(BORROWING)  # the one that begins in 1985 is no part of it
    assert (said["BRA"].median_year, said["MEX"].median_year) == (1982, 1984)
    assert (said["IND"].median_year, said["KOR"].median_year) == (None, None)
    assert [one.loss.iso3 for one in found.countries[:2]] == ["BRA", "MEX"]
    assert said["MEX"].probability > 0.95
    assert said["KOR"].probability < 0.05


def test_the_contract_of_its_data(found: Breakdown, told: list[tuple[str, int, int]]) -> None:
    data = found.as_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert (data["until"], data["window"]) == (1979, [1980, 1986])
    for one in data["countries"]:
        assert {"iso3", "probability", "median_year", "lv", "rr"} <= set(one)
        assert one["lv"] in (0, 1)
    for source in ("lv", "rr"):
        assert {"value", "low", "high"} <= set(data["auc"][source])
        assert set(data["events"][source]["defaulters"]) == {"BRA", "MEX"}
        assert set(data["events"][source]["others"]) == {"IND", "KOR"}
    assert set(data["hindcast"]) == {"log output", "log exports", "debt/output"}
    for one in data["hindcast"].values():
        assert one["best naive"] == min(one["naive"].values())
        assert one["ratio"] == pytest.approx(one["model"] / one["best naive"])
    assert list(data["rules"]) == list(RULES)
    assert told == [("with it: runs of 4 countries", 0, 1), ("with it: runs are there", 1, 1)]


def test_a_perfect_order_has_an_area_of_one_with_an_interval(found: Breakdown) -> None:
    for scores in found.scores.values():
        assert scores.auc is not None
        assert scores.auc.value == 1.0
        assert 0.0 < scores.auc.low < 0.5
        assert scores.hits is not None
        assert (scores.hits.k, scores.hits.n) == (2, 2)
        assert scores.lead == {"BRA": 4, "MEX": 3}
        assert scores.error == {"BRA": -1, "MEX": 2}
        assert scores.brier is not None
        assert scores.brier.base == 0.25


def test_rules_without_figures_are_not_scored_and_say_so(found: Breakdown) -> None:
    rules = {one.rule: one for one in found.rules}
    assert rules["debt service/exports"].auc == {"lv": None, "rr": None}
    assert set(rules["debt service/exports"].missing) == set(BORROWING)
    debt = rules["debt/output"]
    assert debt.missing == ()
    assert debt.auc["lv"] is not None
    assert debt.auc["lv"].value == 1.0


def test_the_asked_is_judged(found: Breakdown) -> None:
    verdicts = [one.holds for one in found.criteria]
    assert verdicts[:4] == [True] * 4
    assert {one.statement: one.holds for one in found.criteria}["hits at 20% false alarms, lv"] is True


def test_bands_of_the_small_study_cover_what_they_say(found: Breakdown) -> None:
    """Errors are independent and normal there: four countries, three series of eleven years."""
    assert found.coverage is not None
    assert found.coverage.n == 132
    assert 0.65 < found.coverage.share < 0.92


@pytest.mark.slow
def test_figures_after_the_cut_off_move_scores_and_no_probability(
    folder: Path, found: Breakdown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = Path(shutil.copytree(folder, tmp_path / "changed"))
    for iso3 in BORROWING:
        for name in ("output", "exports", "debt/output"):
            edit_observations(
                changed, f"{iso3}.csv", rf"^({iso3},19[89]\d,{name}),[^,]+", r"\1,7.0", lock=True
            )
        for name in SOURCES.values():
            edit_observations(changed, f"{iso3}.csv", rf"^({iso3},198\d,{name}),[^,]+", r"\1,0.0", lock=True)
    study = Study(changed)
    monkeypatch.setattr("latecomer.study.fits.Fit.refuse_stale", lambda self, study: None)
    other = breakdown(study, draws=DRAWS)
    assert [one.loss.iso3 for one in other.countries] == [one.loss.iso3 for one in found.countries]
    for one, same in zip(found.countries, other.countries, strict=True):
        assert one.loss.probability == same.loss.probability
        np.testing.assert_array_equal(one.loss.access, same.loss.access)
    assert other.hindcast[0].rmse > 2.0 * found.hindcast[0].rmse
    assert all(scores.auc is None for scores in other.scores.values())  # nobody defaults now
    assert other.rules[0].auc["lv"] is None


def test_no_later_figure_can_be_had_from_a_study_as_it_stood(folder: Path) -> None:
    study = Study(folder)
    early = as_of(study, 1979)
    assert int(early.observations.frame["year"].max()) == 1979
    with pytest.raises(InputError, match="got the year 1980; expected a year up to 1979"):
        early.observations.value("BRA", "debt/output", 1980)
    assert study.observations.value("BRA", "debt/output", 1980) > 0.0  # the study itself is as it was
    assert early.targets is study.targets


@pytest.mark.slow
def test_variants_are_pooled_with_equal_weights(folder: Path, found: Breakdown) -> None:
    study = Study(folder)
    assert variants_at_cutoff(study, CUT_OFF) == ["with it", "without it"]
    both = breakdown(study, draws=DRAWS, variants=["with it", "without it"])
    assert both.variants == ("with it", "without it")
    assert {len(one.loss.lowest) for one in both.countries} == {2 * DRAWS}
    # the two differ in nothing that counts: the same draws twice
    for one, two in zip(found.countries, both.countries, strict=True):
        np.testing.assert_allclose(np.sort(two.loss.lowest)[::2], np.sort(one.loss.lowest), rtol=0.05)


def test_a_cut_off_without_a_fit_is_refused_with_the_command(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        breakdown(Study(folder), until=1978)
    assert str(caught.value) == (
        "variant 'with it', fit 'reference-until-1978': got no such fit; expected one until 1978. Cure: make "
        'it: latecomer calibrate ISO3... --until 1978 --variant "with it" --name reference-until-1978.'
    )


def test_a_window_opens_after_a_late_cut_off_and_closes() -> None:
    assert window_after(FORECAST, 1973) == (1980, 1986)
    assert window_after(FORECAST, 1981) == (1982, 1986)
    assert window_after(FORECAST, 1985) == (1986, 1986)
    with pytest.raises(InputError, match="--until: got 1986; expected a year before 1986"):
        window_after(FORECAST, 1986)


def test_a_study_without_a_reference_variant_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    edit(copy / "model" / "parameters.toml", 'fit = "reference"\n', "")
    with pytest.raises(InputError, match="variants: got none with that fit; expected one whose fit is 'refe"):
        reference_variant(Study(copy))


def test_a_stale_fit_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "stale"))
    edit(copy / "calibration" / "targets.toml", r"scale = 0\.03", "scale = 0.04")
    with pytest.raises(InputError, match=r"fit 'reference-until-1979': got another"):
        breakdown(Study(copy))


def test_runs_that_all_blow_up_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(study: Any, problem: Any, variables: Any, draws: Any) -> dict[str, xr.Dataset]:
        years = np.arange(1960.0, 1991.0)
        levels = np.full((len(draws), len(years)), np.nan)
        one = xr.Dataset(dict.fromkeys(variables, (("draw", "time"), levels)), {"time": years})
        return {"BRA": one.assign_coords(draw=np.arange(len(draws)))}

    monkeypatch.setattr(crisis_forecast, "runs_of_draws", broken)
    with pytest.raises(InputError, match=r"breakdown: got no finite run of BRA in 5 draws; expected one"):
        breakdown(Study(folder), draws=5)


# --- countries of a panel


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A reader of panels that makes countries of the small study; the paths that it was given."""
    seen: list[Path] = []

    def read(study: Study, panel: Path, least: int = 10) -> Any:
        seen.append(panel)
        return newcomers(study, panel)

    stand_in = SimpleNamespace(make_new_countries=read)
    monkeypatch.setitem(sys.modules, "latecomer.new_countries.build", stand_in)
    return seen


@pytest.mark.slow  # test_fit holds shared parameters too
def test_a_newcomer_is_fitted_within_the_fit(
    folder: Path, found: Breakdown, tmp_path: Path, lent: list[Path]
) -> None:
    """It borrows as Brazil does, falls as Brazil does, and has no label of either source."""
    told: list[tuple[str, int, int]] = []
    panel = crisis_panel(tmp_path / "panel.csv", NEW)
    made = breakdown(Study(folder), panel=panel, draws=DRAWS, progress=lambda *how: told.append(how))
    one = next(one for one in made.countries if one.loss.iso3 == NEW)
    assert (one.newcomer, one.loss.median_year) == (True, 1982)
    assert one.loss.probability > 0.95
    assert {event.label for event in one.events.values()} == {None}
    assert made.scores["lv"].unknown == (NEW,)
    assert made.scores["lv"].auc == found.scores["lv"].auc
    assert made.hindcast[0].n == found.hindcast[0].n + 1
    assert made.lacks == {NEW: ("a stand-in",)}
    assert told[1] == ("with it: fit and runs of 1 countries of the panel", 1, 2)
    same = {one.loss.iso3: one.loss.probability for one in made.countries}
    for before in found.countries:
        assert same[before.loss.iso3] == before.loss.probability  # newcomers move nobody else


@pytest.mark.slow  # a later figure of a country of the fit does not
def test_a_later_figure_of_a_newcomer_does_not_move_it(
    folder: Path, tmp_path: Path, lent: list[Path]
) -> None:
    one = crisis_panel(tmp_path / "one.csv", NEW)
    lines = one.read_text(encoding="utf-8").splitlines()
    later = [
        line if line.startswith("iso3") or int(line.split(",")[1]) <= CUT_OFF
        else ",".join([*line.split(",")[:3], "9.0"])
        for line in lines
    ]  # fmt: skip
    other = tmp_path / "other.csv"
    other.write_text("\n".join(later) + "\n", encoding="utf-8")
    assert later != lines
    losses = []
    for panel in (one, other):
        made = breakdown(Study(folder), panel=panel, draws=10)
        losses.append(next(each.loss for each in made.countries if each.loss.iso3 == NEW))
    np.testing.assert_array_equal(losses[0].access, losses[1].access)
    assert losses[0].log_odds == losses[1].log_odds


def test_countries_of_a_panel_are_made_of_early_rows_with_the_whole_window(
    folder: Path, tmp_path: Path, lent: list[Path]
) -> None:
    panel = crisis_panel(tmp_path / "panel.csv", NEW, "PAN", late=("PAN",), broken=("XXX",))
    got = with_panel(Study(folder), panel, CUT_OFF)
    assert got.countries == (NEW,)
    assert got.refused == {"PAN": "begins in 1985, not before 1979", "XXX": "no output"}
    window = got.study.countries[NEW].window
    assert (window.start, window.end) == (1960, 1990)
    assert len(lent) == 2
    assert lent[0] == panel
    # what a rule makes of its figures is made of the early ones: the toy's centre is its last debt
    assert got.study.countries[NEW].parameters["borrowing"].value == pytest.approx(0.4 / 21.5, rel=0.05)


def test_a_panel_of_late_figures_only_is_refused_country_by_country(
    folder: Path, tmp_path: Path, lent: list[Path]
) -> None:
    panel = crisis_panel(tmp_path / "panel.csv", "PAN", late=("PAN",))
    got = with_panel(Study(folder), panel, CUT_OFF)
    assert got.countries == ()
    assert got.refused == {"PAN": "begins in 1985, not before 1979"}
    assert LATE in got.study.countries


# --- labels, rules and what is asked, by hand


def observed(*rows: tuple[str, int, str, float]) -> Observations:
    import pandas as pd

    names = ["iso3", "year", "variable", "value"]
    return Observations(pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows]))


def states(iso3: str, source: str, on: list[int], first: int = 1976, last: int = 1986) -> list[Any]:
    return [(iso3, year, SOURCES[source], float(year in on)) for year in range(first, last + 1)]


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ([1982, 1983], Event(1982, known=True, before=False)),
        ([1978, 1979, 1980, 1981], Event(None, known=True, before=True)),  # under way: it began before
        ([1978, 1982], Event(1982, known=True, before=True)),
        ([1976, 1977], Event(None, known=True, before=False)),
        ([1980], Event(1980, known=True, before=False)),
        ([], Event(None, known=True, before=False)),
    ],
)
def test_an_event_is_the_first_year_of_a_default_that_begins_in_the_window(
    on: list[int], expected: Event
) -> None:
    assert event(observed(*states("PER", "rr", on)), "PER", "rr", RECORD, WINDOW) == expected


def test_a_country_that_a_source_is_silent_on_has_no_label() -> None:
    some = observed(*states("PER", "rr", [1982], last=1984), *states("PAK", "rr", [], last=1984))
    assert event(some, "PER", "rr", RECORD, WINDOW).label == 1
    assert event(some, "PAK", "rr", RECORD, WINDOW).label is None  # it may have defaulted in 1985
    assert event(some, "PER", "lv", RECORD, WINDOW).label is None
    assert event(some, "KOR", "rr", RECORD, WINDOW).label is None


def test_rules_take_means_of_three_years_and_the_signs_that_they_say() -> None:
    rows = [("BRA", year, "debt/output", 0.1 * (year - 1975)) for year in range(1976, 1982)]
    rows += [("BRA", 1979, "exports/output", 0.2), ("BRA", 1978, "current account/output", -0.05)]
    rows += [("IND", 1979, "debt/output", 0.2), ("IND", 1976, "exports/output", 0.1)]
    for iso3, output in (("BRA", 8.0), ("IND", 2.0)):
        rows += [(iso3, 1979, "output at current dollars", output), (iso3, 1979, "population", 4.0)]
    found = rules_of_thumb(observed(*rows).cut(1979), ["BRA", "IND", "KOR"], 1979, RULES)
    assert found["debt/output"]["BRA"] == pytest.approx(0.3)  # of .2, .3, .4
    assert found["debt/exports"] == {"BRA": pytest.approx(1.5)}  # India's exports are too old
    assert found["current account/output"] == {"BRA": 0.05}
    assert found["debt/output and income"] == {"BRA": 4.0, "IND": 2.0}
    assert found["debt service/exports"] == {}


def crisis(iso3: str, low: float, year: int | None, before: bool = False) -> CountryCrisis:
    years = np.arange(1980.0, 1987.0)
    runs = xr.DataArray(np.full((4, 7), low), {"time": years}, ["draw", "time"])
    each = {source: Event(year, known=True, before=before) for source in SOURCES}
    return CountryCrisis(credit_loss(iso3, runs, EVENT, WINDOW), each, newcomer=False, record=RECORD)


def test_earlier_defaults_are_scored_three_ways() -> None:
    """Peru, the likeliest, was in default in 1978: quiet in the window, left out, or an event."""
    said = [crisis("PER", 0.1, None, before=True), crisis("BRA", 0.3, 1983), crisis("KOR", 0.9, None)]
    scores = source_scores(said, "lv", 1979, RATE)
    areas = [scores.auc, scores.without_earlier, scores.earlier_as_events]
    assert [one and (one.value, one.n_events, one.n_quiet) for one in areas] == [
        (0.5, 1, 2),
        (1.0, 1, 1),
        (1.0, 2, 1),
    ]
    assert scores.false_alarms is not None
    assert (scores.false_alarms.k, scores.false_alarms.n) == (1, 2)


def access(levels: list[float], draws: list[int] | None = None) -> xr.Dataset:
    years = np.arange(1960.0, 1991.0)
    values = np.repeat(np.array(levels)[:, None], len(years), axis=1)
    numbers = np.arange(len(levels)) if draws is None else np.array(draws)
    return xr.Dataset({CREDIT: (("draw", "time"), values)}, {"draw": numbers, "time": years})


def test_the_order_is_told_draw_by_draw() -> None:
    runs = {
        "BRA": access([0.1, 0.6, 0.2], [0, 1, 3]),
        "KOR": access([0.5, 0.5, 0.9, 0.1]),
        "IND": access([0.9, 0.9, 0.9, 0.9]),
    }
    told = {iso3: one[CREDIT] for iso3, one in runs.items()}
    assert ordering(told, CASE, (1980, 1986)) == pytest.approx(1 / 3)  # draw 0 alone of 0, 1, 3
    assert ordering(told, CASE, (1983, 1986)) is None
    assert ordering({"BRA": told["BRA"]}, CASE, (1980, 1986)) is None
    assert ordering({**told, "IND": access([0.9], [7])[CREDIT]}, CASE, (1980, 1986)) is None


def test_what_is_asked_holds_or_falls_short_or_is_not_judged() -> None:
    row = Pooled("log output", 1979, 4, 0.6, None, {"no change": 1.0}, "no change", 0.6, None)
    poor = replace(row, series="log exports", ratio=0.8)
    runs = {"BRA": access([0.1, 0.6]), "KOR": access([0.9, 0.4])}
    asked = criteria(runs, EVENT, FORECAST, WINDOW, [row, poor], Coverage(0.95, 0.9, 1.0, 95, 100), {})
    assert [(one.value, one.holds) for one in asked] == [
        (None, None),  # India has no run
        (0.5, False),
        (0.5, False),
        (None, None),
        (0.6, True),
        (0.8, False),
        (0.95, False),
    ]


def test_sizes_of_errors_come_from_figures_up_to_the_cut_off(folder: Path) -> None:
    study = Study(folder)
    years = np.arange(1960.0, 1991.0)
    figures = study.observations.series("KOR", "output").to_numpy()
    wrong = np.where(years <= 1979, 1.1, 9.0)  # a tenth off before the cut-off
    runs = xr.Dataset(
        dict.fromkeys(("output", "exports", "debt to output"), (("draw", "time"), (figures * wrong)[None])),
        {"draw": [0], "time": years},
    )
    size = past_error_scales(study, "KOR", runs, 1979)["log output"]
    assert size == pytest.approx([np.log(1.1)])


def test_the_small_study_is_what_its_words_say() -> None:
    rows = [line.split(",") for line in table("BRA").splitlines()[1:]]
    debt = {int(row[1]): float(row[3]) for row in rows if row[2] == "debt/output"}
    assert debt[1981] == pytest.approx(0.5, abs=0.03)
