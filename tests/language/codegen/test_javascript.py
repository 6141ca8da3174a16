"""The equations as JavaScript: names and bytes; their numbers are in tests/browser/test_equations.py."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from latecomer.language import read_text, write_program
from latecomer.language.codegen.javascript import FUNCTIONS, names_of, write_javascript
from tests.language.flat import vensim

AWKWARD = """
new = 2 ~~|
delete = new * 3 ~~|
this table((0,1),(10,2)) ~~|
class = this table(Time) ~~|
power = delete ^ 2 + MAX(class, 1) ~~|
tables = INTEG(power - tables / new, 1) ~~|
"""


def test_nothing_of_a_file_stands_in_the_script(tmp_path: Path) -> None:
    text = read_text(vensim(tmp_path, AWKWARD))
    script = write_javascript(text)
    own = FUNCTIONS.read_text(encoding="utf-8")
    written = script.replace(own.rstrip(), "")
    given = set(re.findall(r"^  const (\w+) =", written, flags=re.MULTILINE))
    assert given
    assert all(re.fullmatch(r"v[0-9]+", name) for name in given)
    assert "tables[0]" in written
    assert re.findall(r"['\"`].*", written) == ['"use strict";']
    assert not re.search("delete|class|new|this", written)
    names = names_of(write_program(text))
    assert names["constants"] == ("new",)
    assert names["tables"] == ("this table",)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="no node to read JavaScript with")
def test_node_reads_the_text(tmp_path: Path) -> None:
    for number, text in enumerate((vensim(tmp_path, AWKWARD), Path("model/latecomer.mdl"))):
        script = tmp_path / f"{number}.js"
        script.write_text(write_javascript(read_text(text)), encoding="utf-8")
        assert subprocess.run(["node", "--check", script], check=False).returncode == 0


def test_the_text_depends_on_the_model_text_alone(tmp_path: Path) -> None:
    told = {write_javascript(read_text(vensim(tmp_path, AWKWARD))) for _ in range(2)}
    assert len(told) == 1


def test_no_name_can_end_the_script_that_it_stands_in(tmp_path: Path) -> None:
    text = read_text(vensim(tmp_path, '"</script><b>" = 3 ~~|\nx = "</script><b>" * 2 ~~|\n'))
    assert "script>" not in write_javascript(text)
