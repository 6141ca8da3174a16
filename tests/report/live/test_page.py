"""The live page as a file: nothing fetched, nothing slipped in, nothing run but its own scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from latecomer.report.live.page import live_section, render_explorer, settings
from latecomer.report.live.payload import live_shown
from latecomer.study.study import Study
from tests.report.made_up import SHARP
from tests.report.pages.test_study import Page

SHOWN = live_shown(Study(Path(__file__).parents[3]))
SCRIPTS = ("live_state.js", "live_charts.js", "live_dom.js", "live_words.js", "live_levers.js", "live.js")


@dataclass
class Made:
    """A payload that is made up: the page shows it, no test here runs it."""

    data: str = '{"note":"\\u003c/script>"}'
    equations: str = "const LATECOMER_MODEL = {};\n"

    def json(self) -> str:
        return self.data

    def script(self) -> str:
        return self.equations


@pytest.fixture(scope="module")
def templates(root: Path) -> Path:
    return root / "reports" / "templates"


@pytest.fixture(scope="module")
def text(templates: Path) -> str:
    return render_explorer(Made(), SHOWN, SHARP, "Made on Sunday.", templates)


@pytest.fixture(scope="module")
def reference(root: Path) -> Study:
    return Study(root)


def digests(texts: list[str]) -> set[str]:
    return {base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in texts}


def test_every_tag_closes_in_order_and_every_name_leads_to_its_element(text: str) -> None:
    page = Page(text)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for kind in ("for", "aria-describedby", "aria-labelledby"):
        assert {attrs[kind] for _, attrs in page.tags if kind in attrs} <= set(ids), kind


def test_every_control_that_is_written_has_words(text: str) -> None:
    page = Page(text)
    labelled = {attrs["for"] for tag, attrs in page.tags if tag == "label"}
    controls = [attrs.get("id") for tag, attrs in page.tags if tag in ("input", "select", "textarea")]
    assert len(controls) == 5
    assert set(controls) <= labelled


def test_nothing_is_fetched(text: str) -> None:
    for tag, attrs in Page(text).tags:
        assert not {"src", "href", "srcset", "action", "style", "onclick", "onload"} & set(attrs), tag
        assert tag not in {"link", "iframe", "object", "embed", "base", "form", "img"}
    assert "http:" not in text
    assert "https:" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_the_policy_of_the_page_names_its_scripts_and_styles_and_no_host(text: str) -> None:
    (policy,) = [a["content"] or "" for _, a in Page(text).tags if a.get("http-equiv") is not None]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert set(rules) == {"default-src", "style-src", "script-src", "base-uri", "form-action"}
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inline
        assert set(re.findall(r"'sha256-([^']+)'", rules[rule])) == digests(inline)
        assert "unsafe" not in rules[rule]


def test_markup_in_words_and_data_is_shown_and_not_run(text: str) -> None:
    page = Page(text)
    assert SHARP not in text
    assert "".join(data for tag, data in page.text if tag == "h1") == SHARP
    kinds = [attrs.get("type", "run") for tag, attrs in page.tags if tag == "script"]
    assert kinds == ["application/json"] * 2 + ["run"] * (2 + len(SCRIPTS))
    (data,) = re.findall(r'<script type="application/json" id="live-data">(.*?)</script>', text)
    assert json.loads(data) == {"note": "</script>"}


@pytest.mark.parametrize("broken", ["x</script>", "x</SCRIPT\n>", "<!-- x", 'a="<script>"'])
@pytest.mark.parametrize("place", ["data", "equations"])
def test_a_payload_that_would_end_its_element_is_refused(templates: Path, place: str, broken: str) -> None:
    with pytest.raises(ValueError, match="a script that ends or hides its own element"):
        live_section(Made(**{place: broken}), SHOWN, templates)


def test_only_the_date_line_differs_between_two_pages(templates: Path) -> None:
    first, second = (
        render_explorer(Made(), SHOWN, "T", f"Made on {day}.", templates).splitlines()
        for day in ("Sunday", "Monday")
    )
    assert [(a, b) for a, b in zip(first, second, strict=True) if a != b] == [
        ('<p class="generated">Made on Sunday.</p>', '<p class="generated">Made on Monday.</p>')
    ]


def test_the_block_brings_its_style_and_scripts_once(templates: Path) -> None:
    block = str(live_section(Made(), SHOWN, templates))
    page = Page(block)
    assert [tag for tag, _ in page.tags].count("style") == 1
    assert [attrs.get("id") for tag, attrs in page.tags if tag == "section"] == ["live"]
    assert block.count("const LATECOMER_MODEL") == 1
    for name in ("engine.js", *SCRIPTS):
        assert block.count((templates / name).read_text(encoding="utf-8")) == 1, name


def test_words_are_only_ever_written_as_words(templates: Path) -> None:
    ways = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch(")
    ways += ("XMLHttpRequest", "import(", "setAttribute('on", "javascript:", "localStorage", "cookie")
    for name in SCRIPTS:
        script = (templates / name).read_text(encoding="utf-8")
        assert [way for way in ways if way in script] == [], name


def test_a_study_without_such_templates_gets_those_of_the_reference(tmp_path: Path, text: str) -> None:
    assert render_explorer(Made(), SHOWN, SHARP, "Made on Sunday.", tmp_path) == text
    assert render_explorer(Made(), SHOWN, SHARP, "Made on Sunday.") == text


def test_a_study_s_own_templates_go_first(tmp_path: Path, templates: Path) -> None:
    for path in templates.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "explore.html.j2").write_text("mine: {{ title }}", encoding="utf-8")
    assert render_explorer(Made(), SHOWN, "<b>", "", tmp_path) == "mine: &lt;b&gt;"


def test_every_lever_of_the_study_stands_in_one_group(reference: Study) -> None:
    grouped = [name for _, names in SHOWN.groups for name in names]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == set(reference.levers)


def test_every_outcome_is_a_variable_and_only_ratios_are_per_cent(reference: Study) -> None:
    text = reference.model.text
    for one in SHOWN.outcomes:
        found = text.find(one.name)
        assert found is not None, one.name
        shown_as_share = one.unit.startswith("%")
        assert (one.times == 100.0) is shown_as_share
        assert found.unit in ("Dmnl", "Year") or not shown_as_share
    assert text.find(SHOWN.show) is not None


def test_what_points_are_made_of_is_what_the_variable_is(reference: Study) -> None:
    run = reference.run("BRA")
    made = [one for one in SHOWN.outcomes if one.made_of]
    assert made
    for one in made:
        product = np.prod([run[name].to_numpy() ** power for name, power in one.made_of], axis=0)
        np.testing.assert_allclose(product, run[one.name].to_numpy(), rtol=1e-12)


def test_the_settings_are_json_that_ends_no_element() -> None:
    assert "<" not in settings(SHOWN)
    read = json.loads(settings(SHOWN))
    assert [one["name"] for one in read["outcomes"]] == [one.name for one in SHOWN.outcomes]
    assert read["groups"] == [[title, list(names)] for title, names in SHOWN.groups]
