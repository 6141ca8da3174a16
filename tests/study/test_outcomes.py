"""What a study shows and asks: every name is known, every fault told, and all of it may be lacking."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import Fault, InputError
from latecomer.study.outcome_tables import Forecast, ThresholdEvent
from latecomer.study.outcomes import Outcomes, load_outcomes
from latecomer.study.study import Study
from tests.outcomes import EVENT, FILE, FORECAST, OUTCOMES, outcomes_text, tables, toml
from tests.study.small import lay_small
from tests.study.studies import edit


@pytest.fixture
def small(root: Path, tmp_path: Path) -> Path:
    """The folder of a small study, to break."""
    return lay_small(root, tmp_path / "small")


def told(folder: Path, text: str) -> list[str]:
    """The faults of a file."""
    path = folder / "outcomes.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_outcomes(path)
    return str(caught.value).splitlines()


def test_a_file_on_one_line_a_table_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.toml"
    path.write_text(outcomes_text(*tables()), encoding="utf-8")
    assert load_outcomes(path) == OUTCOMES


def test_a_study_without_the_file_has_nothing_to_show_or_ask(tmp_path: Path) -> None:
    assert load_outcomes(tmp_path / "outcomes.toml") == Outcomes()


def test_what_is_not_said_of_an_event_is_made_of_its_variable_and_level() -> None:
    words = ThresholdEvent.model_validate(
        {"variable": "hares", "below": 2.5, "words": {"noun": "hunger"}}
    ).words
    assert (words.level, words.noun, words.name) == ("2.5", "hunger", "hares below 2.5")
    assert f"{words.who} never {words.do}" == "values of hares never fall below 2.5"
    assert words.heading == "When hares falls below 2.5"
    level = ThresholdEvent.model_validate({"variable": "hares", "below": 0.5, "words": {"level": "one half"}})
    assert level.told == "hares below one half"


def test_the_event_of_the_reference_study_bears_its_name() -> None:
    assert (EVENT.file, EVENT.told) == ("credit-access", "credit access below one half")


def test_without_a_window_all_years_that_are_foretold_count() -> None:
    assert Forecast(cutoff=1979, end=1990).years == (1980, 1990)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            'event = {variable = "hares", below = 2.0, scale = "logit"}',
            Fault(
                "outcomes.toml, event",
                "the level 2 on a logit scale",
                "a level between 0 and 1",
                'correct the level, or write scale = "linear"',
            ),
        ),
        (
            'event = {variable = "hares", below = 2.0, drawn = [1990, 1980]}',
            Fault(
                "outcomes.toml, event, drawn",
                "the years 1990 to 1980",
                "the first year, then the last",
                "swap them",
            ),
        ),
        (
            "forecast = {cutoff = 1990, end = 1990}",
            Fault(
                "outcomes.toml, forecast",
                "the end 1990 of a forecast from 1990",
                "a year after the cut-off",
                "correct one of the two",
            ),
        ),
        (
            "forecast = {cutoff = 1979, end = 1990, window = [1979, 1986]}",
            Fault(
                "outcomes.toml, forecast",
                "the window 1979 to 1986 of a forecast from 1979",
                "years after the cut-off",
                "correct one of the two",
            ),
        ),
        (
            'forecast = {cutoff=1, end=2, case = {falls = "A", stands = ["B"], year = 1, years = [2, 1]}}',
            Fault(
                "outcomes.toml, forecast, case, years",
                "the years 2 to 1",
                "the first year, then the last",
                "swap them",
            ),
        ),
        (
            'rules = {"r" = {says = "", terms = [{series = "a", over = "b", per = "c"}]}}',
            Fault(
                "outcomes.toml, rules, r, terms, entry 1",
                "both over and per",
                "a ratio of means, or the mean of ratios",
                "keep one",
            ),
        ),
        (
            'chapter = {told = "up to {year}"}',
            Fault(
                "outcomes.toml, chapter, told",
                "the sentence 'up to {year}'",
                "{until} alone in braces",
                "mend what stands in braces",
            ),
        ),
        (
            'chapter = {why = "up to {"}',
            Fault(
                "outcomes.toml, chapter, why",
                "the sentence 'up to {'",
                "{until} alone in braces",
                "mend what stands in braces",
            ),
        ),
        (
            'episodes = {span = [2, 1], parts = [{name = "a", all = [{variable = "b", below = 1.0}]}]}',
            Fault(
                "outcomes.toml, episodes, span",
                "the years 2 to 1",
                "the first year, then the last",
                "swap them",
            ),
        ),
        (
            'outcomes = {}\npages = {live = ["hares"]}',
            Fault("outcomes.toml", "the outcome 'hares' of pages", "one of outcomes", "remove it"),
        ),
        (
            'rules = {"r" = {says = "", terms = []}}',
            Fault(
                "outcomes.toml, rules, r, terms",
                "an empty list",
                "one entry at least",
                "add one, or leave the table out",
            ),
        ),
        (
            'chapter = {told = "up to {until:9d}"}',
            Fault(
                "outcomes.toml, chapter, told",
                "the sentence 'up to {until:9d}'",
                "{until} alone in braces",
                "mend what stands in braces",
            ),
        ),
        (
            "evnet = {}",
            Fault(
                "outcomes.toml",
                "the unknown key 'evnet'",
                f"one of {', '.join(Outcomes.model_fields)}",
                "write the nearest name: 'event'",
            ),
        ),
    ],
)
def test_a_fault_is_told_with_its_place_and_its_cure(text: str, fault: Fault, tmp_path: Path) -> None:
    assert told(tmp_path, text) == [str(fault)]


def swap(**changed: object) -> str:
    """A small table of a swap."""
    one = {"name": "growth", "growth": "hares", "years": [1, 2]}
    whole = {"year": 1, "needs": [1, 2], "paths": ["hares"], "size": "hares", "outcomes": [one]}
    return f"swap = {toml(whole | changed)}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            swap(world=["drought"], shocks={"droughts": {"parameters": {"rain": 0.0}}}),
            Fault(
                "outcomes.toml, swap",
                "the shock 'drought' of world",
                "one of shocks",
                "write the nearest name: 'droughts'",
            ),
        ),
        (
            swap(needs=[2, 1]),
            Fault("outcomes.toml, swap", "the years 2 to 1", "the first year, then the last", "swap them"),
        ),
        (
            swap(outcomes=[{"name": "a", "years": [1, 2]}]),
            Fault(
                "outcomes.toml, swap, outcomes, entry 1",
                "0 of lowest, growth and sum",
                "one of lowest, growth and sum",
                "keep one",
            ),
        ),
        (
            swap(levels=[{"name": "a", "variable": "hares", "per": "b"}]),
            Fault(
                "outcomes.toml, swap, levels, entry 1",
                "one of per and frontier alone",
                "both of them or neither",
                "write down the other",
            ),
        ),
        (
            swap(shocks={"drought": {"tables": ["rain"]}}),
            Fault(
                "outcomes.toml, swap, shocks, drought",
                "tables without after or mean",
                "the years of both",
                "write them down",
            ),
        ),
        (
            swap(shocks={"drought": {}}),
            Fault("outcomes.toml, swap, shocks, drought", "nothing", "tables or parameters", "name some"),
        ),
    ],
)
def test_a_fault_of_a_swap_is_told(text: str, fault: Fault, tmp_path: Path) -> None:
    assert told(tmp_path, text) == [str(fault)]


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = 'event = {below = 0.5}\nforecast = {cutoff = "1979", end = 1990}\n'
    assert told(tmp_path, text) == [
        "outcomes.toml, event: got no variable; expected a value for variable. Cure: write it down.",
        "outcomes.toml, forecast, cutoff: got '1979'; expected a valid integer. Cure: mend the value.",
    ]


def test_names_that_the_model_text_lacks_are_all_told(small: Path) -> None:
    (small / "model" / "outcomes.toml").write_text(
        outcomes_text(
            outcomes={"capabilty": {}},
            event={"variable": "hares", "below": 0.5},
            lever_groups={"Policy": ["suport", "openness"]},
        ),
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        _ = Study(small).outcomes
    assert [str(fault).partition("; expected")[0] for fault in caught.value.faults] == [
        "outcomes.toml, outcomes: got the variable 'capabilty'",
        "outcomes.toml, event, variable: got the variable 'hares'",
        "outcomes.toml, lever_groups: got the table of 'suport'",
    ]
    assert str(caught.value.faults[0]).endswith("Cure: write the nearest name: 'capability'.")


@pytest.mark.slow
def test_every_name_of_the_reference_study_is_known(root: Path) -> None:
    study = Study(root)
    assert study.outcomes == OUTCOMES
    series = {one.series for one in study.targets.targets}
    assert {*OUTCOMES.pages.fit, *FORECAST.series} <= series
    held = {name for iso3 in study.countries for name in study.observations.variables(iso3)}
    assert {one.series for one in OUTCOMES.record.catalogues.values()} <= held
    terms = [term for rule in OUTCOMES.rules.values() for term in rule.terms]
    assert {name for one in terms for name in (one.series, one.over, one.per) if name} <= held


def test_it_is_no_part_of_what_a_fit_or_a_run_is_made_from(small: Path) -> None:
    before = Study(small).hashes()
    (small / "model" / "outcomes.toml").write_text("name = 'Another'\n", encoding="utf-8")
    assert Study(small).hashes() == before


def test_what_needs_a_table_says_which() -> None:
    bare = Outcomes()
    for table, asked in (
        ("event", bare.needed_event),
        ("forecast", bare.needed_forecast),
        ("swap", bare.needed_swap),
        ("episodes", bare.needed_episodes),
    ):
        with pytest.raises(InputError) as caught:
            asked("a page")
        assert str(caught.value).startswith(
            f"model/outcomes.toml: got no [{table}], which a page needs; expected "
        )
        assert str(caught.value).endswith(f". Cure: add the table [{table}].")


def test_a_year_is_that_asked_for_or_that_of_the_study() -> None:
    assert (OUTCOMES.cutoff(1973, "hindcast"), OUTCOMES.cutoff(None, "hindcast")) == (1973, 1979)
    assert (OUTCOMES.end(1985, "hindcast"), OUTCOMES.end(None, "hindcast")) == (1985, 1990)
    with pytest.raises(InputError) as caught:
        Outcomes().cutoff(None, "hindcast")
    assert str(caught.value) == (
        "hindcast: got no year, and no [forecast] in outcomes.toml; expected the last year of figures. Cure: "
        "name it: --until YEAR."
    )
    with pytest.raises(InputError) as late:
        Outcomes().end(None, "hindcast")
    assert str(late.value) == (
        "hindcast: got no year, and no [forecast] in outcomes.toml; expected the last year foretold. "
        "Cure: name "
        "it: --end YEAR."
    )


def test_the_guide_of_the_model_names_it(root: Path) -> None:
    assert FILE.name in (root / "model" / "README.md").read_text(encoding="utf-8")


def test_a_faulty_file_is_told_where_it_is_read(small: Path) -> None:
    edit(small / "model" / "outcomes.toml", "^outcomes = ", "evnet = ")
    with pytest.raises(InputError, match="the unknown key 'evnet'"):
        _ = Study(small).outcomes
