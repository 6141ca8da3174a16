"""The equations printed as JavaScript, run in a browser, against the runs that Python makes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from latecomer import Study
from latecomer.errors import InputError
from latecomer.language.codegen.javascript import names_of, write_javascript
from latecomer.outputs import part
from latecomer.report.live.page import ENGINE, LiveCase, LiveCountry, LivePayload, LivePreset, LiveVariable
from latecomer.report.live.payload import live_payload
from latecomer.simulate import load_model
from latecomer.simulate.model import Model
from latecomer.study.reference import reference_root
from latecomer.study.scenarios import BASELINE, LeverChange, Override, Scenario
from tests.language.flat import CASES

if TYPE_CHECKING:
    from playwright.sync_api import Page

ALONE = "XXX"
RUN = """([payload, request]) => {
    const run = LatecomerEngine.create(JSON.parse(payload), LATECOMER_MODEL).simulate(request);
    const told = ({name}) => [name, Array.from(run.values(name), String)];
    const values = JSON.parse(payload).variables.map(told);
    return {time: Array.from(run.time), stopped: run.stopped, values};
}"""


def in_browser(page: Page, payload: LivePayload, request: Mapping[str, Any]) -> dict[str, Any]:
    """A run in the page: its times, every variable by name, and where it stopped."""
    page.goto("about:blank")
    engine = part(reference_root() / "reports" / "templates" / ENGINE)
    for script in (payload.script(), engine):
        page.add_script_tag(content=script)
    found: dict[str, Any] = page.evaluate(RUN, [payload.json(), dict(request)])
    values = {name: np.array([number(one) for one in told]) for name, told in found["values"]}
    return {**found, "values": values}


def number(told: str) -> float:
    """A number as JavaScript writes it."""
    return float(told.replace("Infinity", "inf"))


def alone(model: Model) -> LivePayload:
    """A model text without a study, as one country."""
    grid, program, text = model.grid(), model.program, model.text
    tables = [(x.tolist(), y.tolist()) for x, y in program.tables.values()]
    with_path = {name for name, _ in _named(model)}
    return LivePayload(
        equations=write_javascript(text),
        names=names_of(program),
        step=grid.dt,
        saving=grid.dt * grid.stride,
        horizon=grid.t1,
        countries=[LiveCountry(ALONE, "alone", grid.t0, grid.t1)],
        levers=[],
        presets=[LivePreset(BASELINE, "Baseline", "", [ALONE], grid.t1)],
        variables=[LiveVariable(v.name, "", "", "") for v in text.variables if v.name in with_path],
        figures={},
        tables=tables,
        constants={ALONE: list(program.parameter_values)},
        bases={ALONE: list(range(len(tables)))},
        cases={ALONE: {BASELINE: LiveCase({}, {})}},
        made={},
    )


def _named(model: Model) -> Iterable[tuple[str, None]]:
    p = model.program
    banks = (p.parameter_names, p.fixed_names, p.timed_names, p.state_names, p.auxiliary_names)
    return ((name, None) for bank in banks for name in bank)


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_every_construct_of_the_language_gives_the_same_numbers(name: str, page: Page) -> None:
    model = load_model(CASES / name)
    try:
        expected = model.run(method="rk4", backend="numpy")
    except InputError as error:
        assert "Euler's method" in str(error)  # noqa: PT017 - the construct follows no other method
        pytest.skip("goes from step to step: Euler's method alone")
    found = in_browser(page, alone(model), {"country": ALONE, "scenario": BASELINE, "last": model.grid().t1})
    np.testing.assert_allclose(found["time"], expected["time"].to_numpy(), rtol=1e-14)
    compared = [one for one in found["values"] if one.partition("[")[0] in expected or one in expected]
    assert compared
    for one in compared:
        np.testing.assert_allclose(found["values"][one], element(expected, one), rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def study() -> Study:
    return Study(Path())


@pytest.fixture(scope="module")
def payload(study: Study) -> LivePayload:
    return live_payload(study, ["KOR", "BRA", "VNM"])


@pytest.mark.parametrize(
    ("iso3", "scenario"),
    [
        ("KOR", BASELINE),
        pytest.param("BRA", "green-conditionality", marks=pytest.mark.slow),
        pytest.param("VNM", "coercion-shock", marks=pytest.mark.slow),
    ],
)
def test_the_page_runs_a_country_as_the_command_does(
    iso3: str, scenario: str, study: Study, payload: LivePayload, page: Page
) -> None:
    first = float(study.countries[iso3].window.start)
    expected = study.run(iso3, scenario, years=(first, 2050.0))
    found = in_browser(page, payload, {"country": iso3, "scenario": scenario, "last": 2050})
    assert found["stopped"] is None
    same_numbers(found, expected)


@pytest.mark.slow  # a country runs in the page as the command runs it
def test_levers_moved_in_the_page_are_those_of_a_scenario_file(
    study: Study, payload: LivePayload, page: Page
) -> None:
    moved = {"export orientation": (1974, 0.9), "import openness": (1974, 0.15), "green policy": (1974, 1.0)}
    levers = {name: LeverChange(year=year, level=level) for name, (year, level) in moved.items()}
    override = Override(name="moved", note="moved", source="moved", levers=levers)
    expected = study.run("BRA", Scenario("moved", "", (), (override,)), years=(1960.0, 2005.0))
    asked = {name: {"year": year, "level": level} for name, (year, level) in moved.items()}
    request = {"country": "BRA", "scenario": BASELINE, "last": 2005, "levers": asked}
    found = in_browser(page, payload, request)
    same_numbers(found, expected)
    base = in_browser(page, payload, {**request, "levers": {}})
    changed = found["values"]["output"] - base["values"]["output"]
    assert np.all(changed[:13] == 0)
    assert abs(changed[-1]) > 0.01 * base["values"]["output"][-1]


def same_numbers(found: Mapping[str, Any], expected: Any) -> None:
    """Every variable at every saved time to 1e-9 of its largest value, noughts of the books to 1e-12."""
    np.testing.assert_array_equal(found["time"], expected["time"].to_numpy())
    compared = 0
    for name, values in found["values"].items():
        wanted = element(expected, name)
        scale = np.max(np.abs(wanted))
        np.testing.assert_allclose(values, wanted, rtol=0, atol=max(1e-9 * scale, 1e-12), err_msg=name)
        compared += 1
    assert compared > 700


def element(run: Any, name: str) -> Any:
    """A variable of a run, or an element of an array, by the name that the equations give it."""
    base, _, subscripts = name.partition("[")
    if name in run:
        return run[name].to_numpy()
    words = [word.strip() for word in subscripts.rstrip("]").split(",")]
    array = run[base.strip()]
    return array.sel(dict(zip(array.dims[1:], words, strict=True))).to_numpy()


def test_a_run_without_finite_numbers_says_when(tmp_path: Path, page: Page) -> None:
    path = tmp_path / "bursts.mdl"
    controls = "INITIAL TIME = 0 ~~|\nFINAL TIME = 5 ~~|\nTIME STEP = 0.25 ~~|\nSAVEPER = 1 ~~|\n"
    path.write_text(f"{{UTF-8}}\nx = INTEG(x ^ 2, 1) ~~|\n{controls}", encoding="utf-8")
    request = {"country": ALONE, "scenario": BASELINE, "last": 5}
    found = in_browser(page, alone(load_model(path)), request)
    # 1 / (1 - t) leaves the finite numbers at 1; a scheme of fixed steps goes on a little longer
    assert 1 <= found["stopped"]["year"] <= 3
    assert "'x' has no finite value" in found["stopped"]["words"]


def test_what_the_page_does_not_know_is_refused(payload: LivePayload, page: Page) -> None:
    for request, words in (
        ({"country": "KOR", "scenario": "nowhere"}, "no case 'nowhere' of 'KOR'"),
        ({"country": "KOR", "scenario": BASELINE, "levers": {"magic": {"year": 2000, "level": 1}}}, "magic"),
    ):
        with pytest.raises(Exception, match=words):
            in_browser(page, payload, {"last": 2010, **request})


def test_the_numbers_of_the_page_are_json_that_cannot_end_a_script(payload: LivePayload) -> None:
    told = payload.json()
    assert "<" not in told
    assert json.loads(told)["horizon"] == 2050
