"""A file that was read in this process is not read again, wherever it lies; a changed one is."""

from __future__ import annotations

from pathlib import Path

from latecomer.simulate import load_model
from tests.simulate import texts

TEXT = texts.text("x = INTEG(rate * x, 1) ~ w ~ Grows. |\nrate = 0.1 ~ 1/year ~ Constant. |\n", t1=2, dt=0.25)


def test_the_same_file_elsewhere_is_the_same_model_under_its_own_path(tmp_path: Path) -> None:
    places = [tmp_path / name / "same.mdl" for name in ("a", "b")]
    for place in places:
        place.parent.mkdir()
        place.write_text(TEXT, encoding="utf-8")
    one, other = map(load_model, places)
    assert one.program is other.program
    assert [one.text.path, other.text.path] == places
    assert one.run()["x"].equals(other.run()["x"])


def test_a_changed_file_is_another_model(tmp_path: Path) -> None:
    path = tmp_path / "same.mdl"
    path.write_text(TEXT, encoding="utf-8")
    before = load_model(path).parameters["rate"]
    path.write_text(TEXT.replace("0.1", "0.3"), encoding="utf-8")
    assert (before, load_model(path).parameters["rate"]) == (0.1, 0.3)
