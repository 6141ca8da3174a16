"""Names of ranges and elements as numbers: the places of elements in their full ranges."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.language import read_text
from tests.language.flat import CASES, ours, vensim, xmile


def test_the_place_is_that_in_the_full_range() -> None:
    values = ours(CASES / "array_place_as_number.mdl")
    first = {name: float(series[0]) for name, series in values.items()}
    assert [first[f"inner[{element}]"] for element in ("second", "third")] == [4, 9]
    assert [first[f"copied[{element}]"] for element in ("early", "second", "third", "late")] == [
        10,
        20,
        30,
        40,
    ]
    assert first["one"] == 6
    assert [name for name in values if name.startswith("diagonal") and first[name] == 1] == [
        "diagonal[north,early]",
        "diagonal[south,second]",
        "diagonal[east,third]",
        "diagonal[west,late]",
    ]
    assert first["total"] == 4


def test_elements_in_another_order_keep_the_places_of_the_first_range(tmp_path: Path) -> None:
    equations = "Q: north, south, east ~~|\nR: east, north, south ~~|\nx[R] = R ~~|"
    values = ours(vensim(tmp_path, equations))
    assert [float(values[f"x[{element}]"][0]) for element in ("north", "south", "east")] == [1, 2, 3]


DIMENSIONS = """<dimensions><dim name="Sector"><elem name="a"/><elem name="b"/></dim>
<dim name="Region"><elem name="b"/><elem name="c"/></dim></dimensions>"""


@pytest.mark.parametrize(
    ("equations", "words"),
    [
        (
            "Q: a, b ~~|\nR: c, d ~~|\nx[Q] = R * 2 ~~|",
            "line 7, x: got the range 'R' as a number, which is not on the left-hand side",
        ),
        (
            "Q: a, b ~~|\nR: b, c ~~|\nx[Q] = Q ~~|",
            "line 7, x: got 'Q' as a number, which stands at different places in its ranges",
        ),
        (
            "R: a, b ~~|\nQ: b, a ~~|\nx[Q] = Q ~~|",
            "line 7, x: got 'Q' as a number, which stands at different places in its ranges",
        ),
        ("Q: a, b ~~|\nx = Q ~~|", "line 6, x: got the range 'Q' as a number"),
    ],
)
def test_a_place_in_doubt_is_refused_once(equations: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_text(vensim(tmp_path, equations))
    assert len(caught.value.faults) == 1
    assert f"small.mdl, {words}" in str(caught.value)


@pytest.mark.parametrize(
    ("equations", "words"),
    [
        (
            "Z: ~~|\nx[Z] = 1 ~~|\ny = SUM(x[Z!]) ~~|",
            "line 5, Z: got a range without elements; expected elements",
        ),
        (
            "A: a1, a2, a3 ~~|\nA2 <-> A ~~|\nm[A] = 1 ~~|\nt = SUM(m[A2!]) ~~|",
            "line 5, A: got the name of a range and of an element of 'A'; expected a name of its own",
        ),
        (
            "A: f, g -> B ~~|\nB: c, d, e ~~|\nx[A] = 1 ~~|\ny[B] = x[A] ~~|",
            "line 5, A: got the mapping to 'B'; expected as many elements",
        ),
        (
            "A: (a1-b2) ~~|\nx[A] = 1 ~~|\ny = SUM(x[A!]) ~~|",
            "line 5, A: got the elements (a1-b2); expected a row",
        ),
    ],
)
def test_a_refused_range_is_the_only_fault(equations: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_text(vensim(tmp_path, equations))
    assert len(caught.value.faults) == 1
    assert f"small.mdl, {words}" in str(caught.value)


def test_places_in_two_dimensions_of_xmile_are_not_compared(tmp_path: Path) -> None:
    path = xmile(
        tmp_path,
        '<aux name="x"><dimensions><dim name="Sector"/><dim name="Region"/></dimensions>'
        "<eqn>IF Sector = Region THEN 1 ELSE 0</eqn></aux>",
    )
    text = path.read_text()
    start, end = text.index("<dimensions>"), text.index("<model>")
    path.write_text(text[:start] + DIMENSIONS + "\n" + text[end:])
    with pytest.raises(InputError, match="got 'Sector' beside 'Region', places in different dimensions"):
        read_text(path)
