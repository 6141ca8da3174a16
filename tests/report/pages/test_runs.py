"""The page of some runs as a reader gets it: one file, whole, nothing fetched, nothing slipped in."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from markupsafe import Markup

from latecomer.errors import InputError
from latecomer.outputs import write_output
from latecomer.report.content import VERDICTS
from latecomer.report.pages.glossary import glossary, marked, term
from latecomer.report.pages.runs import PAGE, render_runs
from tests.outcomes import OUTCOMES
from tests.report.made_up import SHARP
from tests.report.made_up_runs import part, runs_page
from tests.report.pages.test_study import Page

KNOWN = glossary(OUTCOMES.glossary)


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return render_runs(runs_page(), None, root / "reports" / "templates")


def words(page: str) -> str:
    return " ".join(" ".join(data for _, data in Page(page).text).split())


@pytest.mark.parametrize("countries", [("KOR",), ("KOR", "BRA")])
def test_every_tag_closes_every_link_has_its_target_and_no_id_stands_twice(
    root: Path, countries: tuple[str, ...]
) -> None:
    page = Page(render_runs(runs_page(*countries), Markup("<p>live</p>"), root / "reports" / "templates"))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [str(attrs["href"]) for tag, attrs in page.tags if tag == "a"]
    described = [str(attrs["aria-describedby"]) for _, attrs in page.tags if "aria-describedby" in attrs]
    assert {link.removeprefix("#") for link in links} | set(described) <= set(ids)
    assert described


def test_nothing_is_fetched_and_markup_in_words_stays_words(text: str) -> None:
    assert not re.search(r"https?:|//[a-z]", text.split("<body>")[1])
    assert "<script>alert" not in text
    assert "<tag>" not in text
    assert SHARP in words(text)


def test_the_policy_permits_the_scripts_of_the_page_alone(text: str) -> None:
    policy = next(str(a["content"]) for tag, a in Page(text).tags if tag == "meta" and "http-equiv" in a)
    directives = dict(one.split(" ", 1) for one in policy.split("; "))
    assert directives["default-src"] == "'none'"
    for tag, directive in (("script", "script-src"), ("style", "style-src")):
        held = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", text, re.DOTALL)
        hashes = {f"'sha256-{base64.b64encode(sha256(one.encode()).digest()).decode()}'" for one in held}
        assert set(directives[directive].split()) == hashes
    assert not re.search(r"\son[a-z]+=", re.sub(r"data-tip=\"[^\"]*\"", "", text.split("</style>")[1]))


def test_the_live_model_stands_between_the_summary_and_the_countries(root: Path) -> None:
    live = Markup("<script>let live = 1;</script>")
    text = render_runs(runs_page(), live, root / "reports" / "templates")
    assert text.index('id="summary"') < text.index("let live") < text.index('id="KOR"')
    digest = base64.b64encode(sha256(b"let live = 1;").digest()).decode()
    assert f"sha256-{digest}" in text


def test_a_verdict_stands_in_words_with_a_sign_of_its_own(text: str) -> None:
    assert len(set(VERDICTS.values())) == len(VERDICTS)
    assert "▲▲ clearly higher" in words(text)
    assert "= the same" in words(text)


def test_a_slight_difference_is_told_as_one(root: Path) -> None:
    one = part()
    row = replace(one.outcomes[0], cells=[replace(cell, slight=True) for cell in one.outcomes[0].cells])
    page = replace(runs_page(), countries=[replace(one, outcomes=[row])])
    assert "clearly higher, but slight" in words(render_runs(page, None, root / "reports" / "templates"))


def test_everything_that_is_told_stands_on_the_page(text: str) -> None:
    said = words(text)
    for one in (
        "Output per head grows.",
        "a note",
        "India 1991 is missed.",
        "NRMSD 0.050, tolerance 0.040",
        "✗ falls short",
        "Not a forecast.",
        "f" * 64,
        "1 of 2",
        "+50 % (+40 % to +60 %)",
    ):
        assert one in said


def test_bands_are_drawn_behind_the_lines_of_their_own_colour(text: str) -> None:
    card = text[text.index('data-series="KOR path output per head"') :].split("</figure>")[0]
    found = re.findall(r'<path class="(band|line) (ink\d)"', card)
    assert found == [("band", "ink0"), ("band", "ink1"), ("line", "ink0"), ("line", "ink1")]


def test_every_word_of_the_list_has_a_sentence_and_is_explained_once_in_a_sentence(text: str) -> None:
    page = Page(text)
    assert all(said.strip().endswith(".") for said in KNOWN.values())
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    assert {str(term(name, known=KNOWN)).split('"')[3].removeprefix("#") for name in KNOWN} <= ids
    twice = marked("Credit access, CREDIT ACCESS and the debt service ratio of a redraw <b>", KNOWN)
    assert [one.lower() for one in re.findall(r">([^<]+)</a>", twice)] == [
        "credit access",
        "debt service ratio",
    ]
    assert twice.endswith(" of a redraw &lt;b&gt;")


def test_an_unknown_word_is_an_error() -> None:
    with pytest.raises(KeyError):
        term("no such word")


def test_the_page_is_the_same_twice_and_written_whole(tmp_path: Path) -> None:
    text = render_runs(runs_page())
    assert render_runs(runs_page()) == text
    one = write_output(tmp_path / "a" / PAGE, text.encode())
    assert one.read_text(encoding="utf-8").startswith(text)
    assert [path.name for path in one.parent.iterdir()] == ["report.html"]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="a folder that can be written to"):
        write_output(tmp_path / "file" / PAGE, text.encode())
