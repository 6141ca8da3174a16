"""Arrays: element by element in the text, whole in the results, and by element or at once as inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.language import Kind, read_text
from latecomer.simulate import load_model
from latecomer.simulate.run import assemble
from tests.language.flat import CASES, vensim

SECTORS = """Sector: garments, steel ~~|
Region: north, south, east ~~|
learning[Sector] = 0.1, 0.2 ~ 1/year ~ Rates. |
share[Region, Sector] = 1, 2; 3, 4; 5, 6; ~ Dmnl ~ Shares. |
Skill[Sector] = INTEG(learning[Sector] * Skill[Sector], 1) ~ hour ~ Skills. |
output[Region, Sector] = share[Region, Sector] * Skill[Sector] ~ hour ~ Output. |
policy[Sector] = points[Sector](Time) ~ Dmnl ~ Levers. |
points[Sector]((0, 0), (8, 1)) ~ Dmnl ~ Points. |
"""


def test_each_element_is_a_variable_that_knows_its_place(tmp_path: Path) -> None:
    text = read_text(vensim(tmp_path, SECTORS))
    element = text.find("Output [south, STEEL]")
    assert element is not None
    assert (element.name, element.base, element.key) == (
        "output[south,steel]",
        "output",
        "output[south,steel]",
    )
    assert (element.subscripts, element.ranges) == (("south", "steel"), ("Region", "Sector"))
    assert element.dependencies == ("share[south,steel]", "skill[steel]")
    assert [v.name for v in text.elements("learning")] == ["learning[garments]", "learning[steel]"]
    assert {v.kind for v in text.elements("LEARNING")} == {Kind.CONSTANT}
    assert text.ranges == {"Sector": ("garments", "steel"), "Region": ("north", "south", "east")}
    assert text.elements("nothing") == ()


def test_a_run_gives_arrays_over_time_and_their_ranges(tmp_path: Path) -> None:
    run = load_model(vensim(tmp_path, SECTORS)).run()
    assert run["output"].dims == ("time", "Region", "Sector")
    assert run["Region"].to_numpy().tolist() == ["north", "south", "east"]
    assert run["output"].attrs == {"units": "hour", "long_name": "Output."}
    np.testing.assert_allclose(
        run["output"].sel(Region="east"), run["Skill"] * np.array([5.0, 6.0]), rtol=1e-15
    )
    assert run["share"].isel(time=0).to_numpy().tolist() == [[1, 2], [3, 4], [5, 6]]


def test_parameters_go_by_element_by_array_or_with_one_number_for_all(tmp_path: Path) -> None:
    model = load_model(vensim(tmp_path, SECTORS))

    def last(**parameters: object) -> list[float]:
        run = model.run(method="euler", parameters=dict(parameters))  # type: ignore[arg-type]
        return [float(value) for value in run["Skill"][-1]]

    grown = {rate: (1 + rate / 4) ** 32 for rate in (0.1, 0.2, 0.3, 0.4)}
    assert last() == pytest.approx([grown[0.1], grown[0.2]])
    assert last(**{"learning[steel]": 0.4}) == pytest.approx([grown[0.1], grown[0.4]])
    assert last(learning=0.3) == pytest.approx([grown[0.3], grown[0.3]])
    assert last(learning=[0.3, 0.4]) == pytest.approx([grown[0.3], grown[0.4]])
    with pytest.raises(InputError, match="parameter 'learning': got 3 values; expected one value, or 2"):
        last(learning=[1, 2, 3])
    with pytest.raises(InputError, match=r"parameter 'Skill\[garments\]': got the name of a stock"):
        last(Skill=3)


def test_drivers_go_by_element_or_by_array(tmp_path: Path) -> None:
    model = load_model(vensim(tmp_path, SECTORS))
    one = model.run(drivers={"policy[steel]": ([0, 8], [2, 2])})["policy"]
    assert one[-1].to_numpy().tolist() == [1.0, 2.0]
    both = model.run(drivers={"points": ([0, 8], [3, 3])})["policy"]
    assert set(both.to_numpy().ravel()) == {3.0}


def test_a_sum_over_many_elements_is_no_deep_tree(tmp_path: Path) -> None:
    equations = "Firm: (f1-f600) ~~|\nx[Firm] = 2 ~~|\ntotal = SUM(x[Firm!] * Time) ~~|\n"
    run = load_model(vensim(tmp_path, equations)).run(backend="numpy")
    assert float(run["total"][-1]) == 600 * 2 * 8


def test_part_of_an_array_stays_on_its_own(tmp_path: Path) -> None:
    text = read_text(vensim(tmp_path, SECTORS))
    values = {"Skill[steel]": np.ones((5, 2)), "learning[garments]": np.ones((5, 2))}
    columns, coordinates = assemble(text, values, ("draw", "time"))
    assert set(columns) == {"Skill[steel]", "learning[garments]"}
    assert columns["Skill[steel]"][0] == ("draw", "time")
    assert coordinates == {}


def test_elements_that_are_not_defined_are_missing(tmp_path: Path) -> None:
    equations = "Sector: a, b, c ~~|\nx[a] = 1 ~~|\nx[b] = 2 ~~|\n"
    run = load_model(vensim(tmp_path, equations)).run()
    np.testing.assert_array_equal(run["x"][0], [1, 2, np.nan])


def test_a_range_for_two_subscripts_has_two_dimensions(tmp_path: Path) -> None:
    equations = "All: a, b ~~|\nFirst: a, b ~~|\nx[a, First] = 1, 2 ~~|\nx[b, First] = 3, 4 ~~|\n"
    text = read_text(vensim(tmp_path, equations))
    assert text.elements("x")[0].ranges == ("All", "First")
    twice = "All: a, b ~~|\nx[a, a] = 1 ~~|\nx[a, b] = 2 ~~|\nx[b, a] = 3 ~~|\nx[b, b] = 4 ~~|\n"
    run = load_model(vensim(tmp_path, twice)).run()
    assert run["x"].dims == ("time", "All", "All 2")
    assert run["x"][0].to_numpy().tolist() == [[1, 2], [3, 4]]


def test_the_ensemble_puts_arrays_together_too() -> None:
    model = load_model(CASES / "array_two_dimensions.mdl")
    paths = model.ensemble(3, noise=False, parameters={"rate[north]": np.array([0.0, 0.1, 0.2])})
    assert paths["Stocks"].dims == ("draw", "time", "Region", "Sector")
    alone = model.run(parameters={"rate[north]": 0.1})["Stocks"]
    np.testing.assert_allclose(paths["Stocks"].sel(draw=1), alone, rtol=1e-12)
