"""Templates of a study: a fault in one is told as that of any other file, whatever it comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.report.templates import Templates


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ 'x' + 1 }}", "TypeError"),
        ("{{ range(10**9) | list }}", "OverflowError"),
        ("{{ missing }}", "UndefinedError"),
        ("{{ ''.__class__ }}", "SecurityError"),
        ("{% for", "TemplateSyntaxError"),
        ("{% include 'page.j2' %}", "RecursionError"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "Error"),
    ],
)
def test_a_template_that_fails_is_told_with_its_folder(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "page.j2").write_text(text)
    with pytest.raises(InputError) as caught:
        Templates(tmp_path).get_template("page.j2").render()
    told = str(caught.value)
    assert told.startswith(f"{tmp_path}: got ")
    assert words in told
    assert "expected templates of pages. Cure: mend it, or copy it anew" in told
