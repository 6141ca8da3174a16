"""Parts of an XMILE file that could change the numbers are read or refused, never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.language import read_text
from latecomer.simulate import load_model
from tests.language.flat import XMILE, ours, write_xmile, written, xmile

S = '<dimensions><dim name="Sector"/></dimensions>'
GF = "<gf><xpts>0,1</xpts><ypts>1,2</ypts></gf>"
PLAIN = '<aux name="x"><eqn>1</eqn></aux>'


def element(subscript: str, inside: str) -> str:
    return f'<element subscript="{subscript}">{inside}</element>'


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_text(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("variables", "place", "words"),
    [
        (
            f'<aux name="x">{S}<eqn>7</eqn>{element("a", "<eqn>1</eqn>")}</aux>',
            "line 5, x",
            "an eqn for the whole array beside one for an element; expected one or the other",
        ),
        (
            f'<aux name="x">{S}{element("a", "<eqn>1</eqn>")}</aux>',
            "line 5, x",
            "an array without an equation for b; expected an equation for each element of its dimensions",
        ),
        (
            f'<aux name="x">{S}{element("a", "<eqn>1</eqn>")}{element("z", "<eqn>1</eqn>")}</aux>',
            "line 5, x",
            "the element 'z', which 'Sector' does not have; expected one of a, b",
        ),
        (
            f'<aux name="x">{S}{element("a, b", "<eqn>1</eqn>")}</aux>',
            "line 5, x",
            "an element with 2 subscripts; expected 1 subscripts, one for each dimension",
        ),
        (
            '<aux name="x"><dimensions><dim name="Region"/></dimensions><eqn>1</eqn></aux>',
            "line 5, x",
            "the dimension 'Region', which is not declared; expected a dimension of this file",
        ),
        (
            f'<aux name="x">{S}{element("a", "<eqn>1</eqn>") * 2}{element("b", "<eqn>1</eqn>")}</aux>',
            "line 5, x",
            "the element 'a' twice; expected each element once",
        ),
        (
            '<aux name="x"><eqn>MAX(3)</eqn></aux>',
            "line 5, x",
            "MAX without a range to run over; expected an array, such as MAX(x[*])",
        ),
        (
            f'<stock name="x">{S}{element("a", "<eqn>1</eqn><non_negative/>")}</stock>',
            "line 5, x",
            "a non_negative of one element; expected its equation",
        ),
        (
            f'<stock name="x"><eqn>1</eqn>{GF}</stock>',
            "line 5, x",
            "a table (gf) on a stock; expected the initial value as an equation",
        ),
        (
            '<stock name="x"><eqn>1</eqn><init_eqn>5</init_eqn></stock>',
            "line 5, x",
            "init_eqn beside an initial value; expected the initial value as an equation",
        ),
        (
            '<aux name="x"><eqn>1 AND 0 OR 1</eqn></aux>',
            "line 5, x",
            (
                "AND and OR side by side without parentheses; expected an order of evaluation that is beyond "
                "doubt. Cure: set parentheses around the AND or the OR."
            ),
        ),
        (
            '<aux name="x"><eqn>1 &lt; TIME &lt; 3</eqn></aux>',
            "line 5, x",
            (
                "a chain of comparisons such as a < b < c; expected an order of evaluation that is beyond "
                "doubt. Cure: write a < b AND b < c, or set parentheses."
            ),
        ),
        ("<aux><eqn>1</eqn></aux>", "line 5, element", "an aux without a name; expected a name"),
        ('<aux name="x"><eqn>1</eqn><eqn>2</eqn></aux>', "line 5, x", "2 eqn; expected one eqn"),
        ('<isee:stock name="x"><eqn>1</eqn></isee:stock>', "line 5, x", "a stock; expected a construct of"),
        ('<isee:delay name="x"><eqn>1</eqn></isee:delay>', "line 5, x", "a delay; expected a construct of"),
        ('<aux name="x"><isee:eqn>1</isee:eqn></aux>', "line 5, x", "an eqn; expected a plain stock, flow"),
        ('<aux name="x"><eqn>1</eqn><inflow>y</inflow></aux>', "line 5, x", "an inflow; expected a plain"),
        ('<aux name="x"><eqn>1</eqn><non_negative/></aux>', "line 5, x", "a non_negative; expected a plain"),
        ('<foo name="x"/>', "line 5, x", "a foo; expected a construct of the supported language"),
        (
            '<aux name="x"><eqn>1</eqn><gf><xscale max="2"/><ypts>1,2</ypts></gf></aux>',
            "line 5, x",
            "'' for the min of xscale; expected a number",
        ),
    ],
)
def test_a_part_that_could_change_the_numbers(variables: str, place: str, words: str, tmp_path: Path) -> None:
    assert f"small.xmile, {place}: got {words}" in refusal(xmile(tmp_path, variables))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<model>", "<model><foo/>", "line 4, foo: got a foo; expected a construct"),
        (
            "<model>",
            '<model resource="other.xmile">',
            "line 4, model: got the model in the file 'other.xmile'; expected a construct",
        ),
        ("</model>", "</model>\n<model/>", "line 7: got 2 model (in lines 4, 7); expected one model"),
        ("<model>", "<model><sim_specs/>", "line 4: got 2 sim_specs (in lines 2, 4); expected one sim_specs"),
        ("<dt>0.25</dt>", "", "line 2, TIME STEP: got no dt in sim_specs; expected start, stop and dt"),
        ("<dt>0.25</dt>", "<dt>1</dt><method>RK4</method>", "line 2, method: got a method; expected a"),
        ('<dim name="Sector">', '<dim name="Sector" size="3">', "a dimension of size 3 with 2 elements"),
        ("<dimensions>", '<dimensions><dim name="Q"/>', "a dimension without elements or size"),
        (
            "</dim>",
            '</dim>\n<dim name="sector" size="2"/>',
            "line 4, sector: got the dimension 'sector' a second time (first in line 3)",
        ),
        ('method="Euler"', 'method="RK2"', "line 2, settings: got method RK2; expected Euler or RK4"),
    ],
)
def test_a_part_of_the_file_that_could_change_the_numbers(
    old: str, new: str, words: str, tmp_path: Path
) -> None:
    text = XMILE.format(variables=PLAIN, method="Euler").replace(old, new, 1)
    message = refusal(written(tmp_path, text, "small.xmile"))
    assert words in message
    assert "SAVEPER" not in message.split("; expected")[0]


def test_what_programs_add_for_their_windows_does_not_matter(tmp_path: Path) -> None:
    text = XMILE.format(
        variables=PLAIN + '<isee:dependencies><var name="x"/></isee:dependencies>', method="Euler"
    )
    text = text.replace(
        "<dimensions>", "<default_format/><isee:extra_collection_variables/><dimensions>", 1
    ).replace("</variables>", "</variables><views><style/><view/></views>", 1)
    assert "x" in ours(written(tmp_path, text, "small.xmile"))


ARRAYS = (
    f'<aux name="price">{S}{element("a", "<eqn>2</eqn>")}{element("b", "<eqn>3</eqn>")}</aux>\n'
    f'<aux name="number">{S}<eqn>10</eqn></aux>\n'
)


def test_an_equation_of_a_whole_array_may_leave_its_own_subscripts_out(tmp_path: Path) -> None:
    found = ours(xmile(tmp_path, ARRAYS + f'<aux name="x">{S}<eqn>price * number / SUM(price)</eqn></aux>'))
    assert (found["x[a]"][0], found["x[b]"][0]) == (4.0, 6.0)


def test_any_other_equation_must_name_the_element(tmp_path: Path) -> None:
    one = f'<aux name="x">{S}{element("a", "<eqn>price</eqn>")}{element("b", "<eqn>1</eqn>")}</aux>'
    for wrong in ('<aux name="x"><eqn>price</eqn></aux>', one):
        message = refusal(xmile(tmp_path, ARRAYS + wrong))
        assert "line 7, x: got the array 'price' without subscripts" in message


def test_an_element_may_be_counted(tmp_path: Path) -> None:
    found = ours(xmile(tmp_path, ARRAYS + '<aux name="x"><eqn>price[2] - price[1]</eqn></aux>'))
    assert found["x"][0] == 1.0
    message = refusal(xmile(tmp_path, ARRAYS + '<aux name="x"><eqn>price[3]</eqn></aux>'))
    assert "line 7, x: got the element 'price[3]', which is not defined" in message


def test_a_group_is_the_sector_of_its_variables(tmp_path: Path) -> None:
    group = '<group name="Goods"><entity name="x"/></group>'
    text = read_text(xmile(tmp_path, PLAIN + group + '<aux name="y"><eqn>2</eqn></aux>'))
    assert {v.name: v.sector for v in text.variables if v.name in "xy"} == {"x": "Goods", "y": ""}


def test_an_array_without_all_its_equations_is_one_fault(tmp_path: Path) -> None:
    broken = f'<aux name="x">{S}{element("a", "<eqn>1</eqn>")}</aux><aux name="y"><eqn>SUM(x)</eqn></aux>'
    assert len(refusal(xmile(tmp_path, broken)).splitlines()) == 1


def test_size_and_mean_of_what_is_named(tmp_path: Path) -> None:
    calls = {
        "n": "SIZE(price)",
        "m": "SIZE(price[*])",
        "mean": "MEAN(1, number[a], 2 * 2)",
        "all": "MEAN(price)",
    }
    equations = "".join(f'<aux name="{name}"><eqn>{call}</eqn></aux>' for name, call in calls.items())
    found = ours(xmile(tmp_path, ARRAYS + equations))
    assert [found[name][0] for name in calls] == [2.0, 2.0, 5.0, 2.5]


@pytest.mark.parametrize(
    ("variables", "method", "words"),
    [
        (
            '<aux name="x"><eqn>(TIME - 2) MOD 3</eqn></aux>',
            "Euler",
            "MOD has no value where a side is negative",
        ),
        (
            (
                '<stock name="x"><eqn>1</eqn><outflow>f</outflow><non_negative/></stock>'
                '<flow name="f"><eqn>1</eqn></flow>'
            ),
            "RK4",
            "a non-negative stock has no value where a limit bites under RK4",
        ),
    ],
)
def test_a_run_that_fails_on_purpose_says_why(
    variables: str, method: str, words: str, tmp_path: Path
) -> None:
    model = load_model(xmile(tmp_path, variables, method))
    with pytest.raises(InputError) as caught:
        model.run(backend="numpy")
    assert words in str(caught.value)


def test_delay_is_what_came_in_before(tmp_path: Path) -> None:
    both = '<aux name="x"><eqn>DELAY(TIME + 3, 1)</eqn></aux><aux name="y"><eqn>DELAY(TIME, 1, 7)</eqn></aux>'
    found = ours(xmile(tmp_path, both))
    assert list(found["x"][:7]) == [3, 3, 3, 3, 3, 3.25, 3.5]
    assert list(found["y"][:7]) == [7, 7, 7, 7, 0, 0.25, 0.5]


def test_groups_come_back_as_sectors(tmp_path: Path) -> None:
    group = '<group name="Goods &amp; services"><entity name="x"/></group>'
    text = read_text(xmile(tmp_path, PLAIN + group))
    back = read_text(write_xmile(text, tmp_path / "back.xmile")).find("x")
    assert back is not None
    assert back.sector == "Goods & services"
