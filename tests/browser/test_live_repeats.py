"""The scenario file of the live page, saved in the study, gives the run that the page shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from latecomer.report.live.page import render_explorer
from latecomer.report.live.payload import live_payload, live_shown
from latecomer.study.study import Study

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAMES = ("output per head", "credit access", "debt to output", "export orientation", "wage conditions")
WHOLE, PAST = "scenario=baseline&start=1972&last=2000", "scenario=labour-high-road&start=2030&last=2045"
# what the page's own engine makes of the page's own state
RUN = """names => {
  const data = JSON.parse(document.getElementById("live-data").textContent);
  const engine = LatecomerEngine.create(data, LATECOMER_MODEL);
  const {state} = LatecomerState.fromFragment(engine, location.hash.slice(1));
  const levers = {};
  for (const [name, level] of Object.entries(state.levers)) levers[name] = {year: state.start, level};
  const run = engine.simulate({country: state.country, scenario: state.scenario, last: state.last, levers});
  return [[...run.time], ...names.map((name) => [...run.values(name)])];
}"""


def saved(folder: Path, text: str, base: str) -> None:
    """Do with the text of the page what its first lines say."""
    scenarios = folder / "runs" / "scenarios"
    if base != "baseline":
        own = (scenarios / f"{base}.toml").read_text(encoding="utf-8")
        listed, found = re.subn(r"^(overrides = \[.*)\]$", r'\1, "live page"]', own, flags=re.MULTILINE)
        assert found == 1
        text = f"{listed}\n{text}"
    (scenarios / "live-page.toml").write_text(text, encoding="utf-8")


@pytest.mark.slow  # the page runs a country as the command does in test_equations
@pytest.mark.parametrize(
    ("asked", "base"),
    [
        (f"{WHOLE}&lever.export+orientation=0.9&lever.import+openness=0.25", "baseline"),
        # a lever that the scenario has moved before: its way there must not be lost
        (f"{PAST}&lever.wage+conditions=0.1&lever.coercion=0.3", "labour-high-road"),
    ],
)
def test_the_file_repeats_the_run(page: Page, copied: Path, tmp_path: Path, asked: str, base: str) -> None:
    payload = live_payload(Study(copied), ["BRA"])
    path = tmp_path / "page.html"
    path.write_text(
        render_explorer(payload, live_shown(Study(copied)), "Live", "Made today."), encoding="utf-8"
    )
    page.goto(f"{path.as_uri()}#live=1&country=BRA&{asked}&show=output")
    page.click("#live-copy-file")
    text = page.input_value("#live-copied-text")
    time, *shown = page.evaluate(RUN, list(NAMES))

    saved(copied, text, base)
    years = re.search(r"--years (\d+):(\d+)", text)
    span = (float(years[1]), float(years[2])) if years else None
    run = Study(copied).run("BRA", "live-page", years=span)
    assert run["time"].to_numpy().tolist() == time
    for name, values in zip(NAMES, shown, strict=True):
        np.testing.assert_allclose(values, run[name].to_numpy(), rtol=1e-11, atol=1e-13, err_msg=name)
    unchanged = Study(copied).run("BRA", "baseline", years=(time[0], time[-1]))
    assert not np.allclose(unchanged["output per head"].to_numpy(), run["output per head"].to_numpy())
