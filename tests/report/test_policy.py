"""Every page has a policy without a host; a study's own templates see nothing of the machine."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import latecomer.report
from latecomer.errors import InputError
from latecomer.report.live.page import live_section, render_explorer
from latecomer.report.pages.runs import render_runs, typeset
from latecomer.report.pages.scenario import ChangedPath, RegressionReport, render_regression, render_scenario
from latecomer.report.pages.study import render
from latecomer.report.templates import content_policy, sealed
from tests.report.live.test_page import SHOWN, Made
from tests.report.made_up import SHARP, report
from tests.report.made_up_runs import runs_page
from tests.report.pages.test_scenario import made_up

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
HASH = r"'sha256-[A-Za-z0-9+/]{43}='"


def accepted() -> str:
    path = ChangedPath(SHARP, "KOR", "output", "", {2000.0: 1.0, 2001.0: 2.0}, {2000.0: 1.0, 2001.0: 3.0})
    return render_regression(RegressionReport(3, "reference", [path], [SHARP], "today"))


PAGES: dict[str, Callable[[], str]] = {
    "pages/study.py": lambda: render(report()),
    "pages/scenario.py": lambda: render_scenario(made_up()),
    "pages/scenario.py of what was accepted": accepted,
    "pages/runs.py": lambda: render_runs(runs_page("KOR")),
    "pages/runs.py with the live model": lambda: render_runs(runs_page("KOR"), live_section(Made(), SHOWN)),
    "live/page.py": lambda: render_explorer(Made(), SHOWN, SHARP, "today"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs_what_it_was_made_with_and_reaches_no_host(name: str) -> None:
    text = PAGES[name]()
    (found,) = POLICY.findall(text.partition("</head>")[0])
    rules = dict(rule.split(" ", 1) for rule in html.unescape(found).split("; "))
    assert set(rules) == {"default-src", "style-src", "script-src", "base-uri", "form-action"}
    assert {rules[one] for one in ("default-src", "base-uri", "form-action")} == {"'none'"}
    for tag in ("style", "script"):
        assert re.fullmatch(rf"{HASH}( {HASH})*", rules[f"{tag}-src"])
        inside = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert content_policy(inside, []).split("; ")[1].removeprefix("style-src ") == rules[f"{tag}-src"]
    # the policy stands before all that it is about, and no attribute asks for a style or a script of its own
    assert text.index(found) < text.index("<style")
    assert not re.search(r"<[^>]*\s(style|on\w+)=", text)


def test_every_module_that_makes_a_page_is_looked_at() -> None:
    folder = Path(latecomer.report.__file__).parent
    makers = {path for path in folder.rglob("*.py") if ".html.j2" in path.read_text(encoding="utf-8")}
    assert {path.relative_to(folder).as_posix() for path in makers} == {name.split()[0] for name in PAGES}


def test_a_template_without_a_policy_gets_one() -> None:
    made = sealed("<!doctype html>\n<html><HEAD lang='en'>\n<script>1</script>".replace("HEAD", "head"))
    assert made.startswith("<!doctype html>\n<html><head lang='en'>\n<meta http-equiv=")
    assert made.count("sha256-") == 1


@pytest.mark.parametrize(
    "code",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ report.__class__.__init__.__globals__ }}",
        "{{ self.__init__.__globals__.__builtins__.open('/etc/passwd').read() }}",
        "{% set x = cycler.__init__.__globals__ %}{{ x.os.popen('id').read() }}",
    ],
)
def test_a_template_of_a_study_reaches_nothing_of_python(code: str, root: Path, tmp_path: Path) -> None:
    templates = Path(shutil.copytree(root / "reports" / "templates", tmp_path / "templates"))
    (templates / "index.html.j2").write_text(f"<head></head>{code}", encoding="utf-8")
    with pytest.raises(InputError, match=r"templates: got SecurityError \(.*\); expected templates of pages"):
        render(report(), templates)


@pytest.mark.parametrize("place", ["/etc/passwd", "../secret.txt", "secret.txt"])
def test_a_typst_template_of_a_study_reads_no_file(
    place: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("typst")
    templates = Path(shutil.copytree(root / "reports" / "templates", tmp_path / "templates"))
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (templates / "runs.typ").write_text(f'#read("{place}")', encoding="utf-8")
    with pytest.raises(InputError, match=r"runs\.typ: got no page \(.*\); expected a template of Typst"):
        typeset(runs_page("KOR"), templates)


def test_a_template_that_is_none_is_refused(root: Path, tmp_path: Path) -> None:
    templates = Path(shutil.copytree(root / "reports" / "templates", tmp_path / "templates"))
    (templates / "index.html.j2").write_text("{% for %}", encoding="utf-8")
    with pytest.raises(InputError, match=r"templates: got TemplateSyntaxError \(.*\); expected templates"):
        render(report(), templates)
    (templates / "index.html.j2").unlink()
    with pytest.raises(
        InputError, match=r"templates: got TemplateNotFound \('?index\.html\.j2.*copy it anew"
    ):
        render(report(), templates)
    (templates / "style.css").unlink()
    with pytest.raises(InputError, match=r"style\.css: got no such file; expected a part of the pages"):
        render_runs(runs_page("KOR"), templates=templates)
