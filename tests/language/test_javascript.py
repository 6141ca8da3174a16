"""The equations as JavaScript: names and bytes; their numbers are in tests/browser/test_equations.py."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from latecomer.language import read_text
from latecomer.language.javascript import write_javascript
from tests.language.flat import vensim

AWKWARD = """
new = 2 ~~|
delete = new * 3 ~~|
this table((0,1),(10,2)) ~~|
class = this table(Time) ~~|
power = delete ^ 2 + MAX(class, 1) ~~|
tables = INTEG(power - tables / new, 1) ~~|
"""


def test_names_that_javascript_keeps_for_itself_get_others(tmp_path: Path) -> None:
    told = write_javascript(read_text(vensim(tmp_path, AWKWARD)))
    given = set(re.findall(r"^  const (\w+) =", told, flags=re.MULTILINE))
    assert {"delete_", "class_", "power_", "tables_"} <= given
    assert not given & {"new", "delete", "class", "power", "tables"}
    assert '"delete"' in told
    assert "tables[0]" in told


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
    told = write_javascript(text)
    assert "</script" not in told
    assert "\\u003c/script>\\u003cb>" in told
