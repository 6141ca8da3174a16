"""Model texts written as XMILE: the same numbers in this program and in two others, or a refusal by name."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.language import read_text
from latecomer.language.xmile.writer import NAMESPACE, xmile
from latecomer.simulate.model import Model, load_model
from tests.language.flat import series, write_xmile
from tests.simulate import oracles
from tests.simulate.texts import ALL, NOISY, text

NS = {"x": NAMESPACE}
EVERYTHING = text(
    """
Level = INTEG(inflow - Level * drain - 0.1, 3) ~ w ~ Not a plain sum. |
Twin = INTEG(inflow - outflow, 1) ~ w ~ Shares a flow. |
Sink = INTEG(outflow + outflow - Twin, 0) ~ w ~ A flow taken twice and a stock. |
Still = INTEG(0, 4) ~ w ~ No flow. |
"1st inflow/outflow" = Still * 2 ~ w ~ A name in need of quotes. |
notional value = "1st inflow/outflow" + Level ~ w ~ Opens with a word of the language. |
inflow = 0.5 ~ w/year ~ A constant flow. |
outflow = notional value / 100 ~ w/year ~ An equation. |
drain = -0.05 ~ 1/year ~ Negative. |
swing = SIN(Time * 2) * 7.3 ~ Dmnl ~ Of both signs. |
divisor = COS(Time * 1.5) * 3.1 ~ Dmnl ~ Of both signs. |
rest = MODULO(swing, 2) + MODULO(swing, ABS(divisor)) + MODULO(-Level, 1.5) ~ Dmnl ~ Signs of remainders. |
whole = INTEGER(swing) + INTEGER(-2.5) * 10 + QUANTUM(swing, 0.3) + QUANTUM(swing, divisor) ~ Dmnl ~ Down. |
tiny = (Time - 5) * 1e-07 ~ Dmnl ~ Small, but not nought. |
guarded = ZIDZ(Level, tiny) + XIDZ(1, tiny, swing) + ZIDZ(3, 4) + ZIDZ(3, 1e-09) ~ Dmnl ~ Guarded. |
ramps = RAMP(0.5, 2, 5) + RAMP(-1, 3, 1) + RAMP(swing, drain + 3, Level) ~ Dmnl ~ Ramps with an end. |
pulses = PULSE(1, 0.1) + PULSE(3, 2) * swing + PULSE(drain + 4, Level / 10) ~ Dmnl ~ Rectangles. |
steps = STEP(swing, 4) + STEP(1, 2.125) ~ Dmnl ~ Steps. |
curves = SINH(swing / 9) + COSH(drain) + TANH(swing) + ARCSIN(drain) + ARCCOS(drain) ~ Dmnl ~ Curves. |
powers = POWER(Level, -1.5) + LOG(Level, 3) + (2 ^ swing) ^ 0.5 - 2 ^ (swing ^ 2 / 20) ~ Dmnl ~ Powers. |
signs = 3 - (2 - (1 - Time)) - -4 * -(Time - 2) / (3 / (2 / (5 + Time))) - (-Time) ~ Dmnl ~ Order. |
choice = IF THEN ELSE(swing, 1, IF THEN ELSE(:NOT: (drain > 0 :OR: Time >= 7), -2, 3)) ~ Dmnl ~ Choices. |
truth = (swing > 0) * 3 - (Time < 4 :AND: Level) + (Level <> 3) + (Time = 4) ~ Dmnl ~ Truth. |
held = INITIAL(Level + swing + 4) ~ w ~ Held. |
span = INITIAL TIME + FINAL TIME * 10 + TIME STEP * 100 + SAVEPER * 1000 ~ year ~ Control variables. |
points((-2,0),(0,1),(0.5,-2)) ~ Dmnl ~ A table. |
read = points(swing / 4) * points(INITIAL TIME) ~ Dmnl ~ Read twice, also beyond its ends. |
inline = WITH LOOKUP(Level - 2, ([(0,0)-(9,9)],(0,2),(1,-3),(4,1e-05))) ~ Dmnl ~ Read in place. |
""",
    save="0.5",
)
ARRAYS = text(
    """
industry : textiles, steel, Motor cars ~ ~ |
heavy : steel, Motor cars ~ ~ |
region : north, south ~ ~ |
Capital[industry] = INTEG(investment[industry] - scrapping[industry], first[industry]) ~ good ~ Machines. |
investment[industry] = share[industry] * SUM(output[industry!, north]) ~ good/year ~ New machines. |
scrapping[industry] = Capital[industry] / life ~ good/year ~ Worn out. |
output[industry, region] = Capital[industry] * yield[region] * effect[industry](Time) ~ good/year ~ Made. |
effect[textiles]((0,1),(10,2)) ~ Dmnl ~ Points. |
effect[steel]((0,1),(10,1.5)) ~ Dmnl ~ Points. |
effect[Motor cars]((0,0.5),(5,1.5),(10,0.25)) ~ Dmnl ~ Points. |
yield[region] = 0.3, 0.2 ~ 1/year ~ Output a machine. |
share[industry] = 0.2, 0.5, 0.3 ~ Dmnl ~ Shares. |
first[textiles] = 10 ~ good ~ At first. |
first[heavy] = 4 ~ good ~ At first. |
smoke[heavy] = Capital[heavy] * 0.1 ~ ton ~ Of some industries only. |
Soot[heavy] = INTEG(smoke[heavy] - Soot[heavy] / 3, 0) ~ ton ~ Gathers. |
total = SUM(Capital[industry!]) + output[Motor cars, south] ~ good ~ Sum. |
life = 8 ~ year ~ Life. |
"""
)
DELAYED = text(
    """
signal = 10 + STEP(5, 2) + RAMP(1, 4, 6) + PULSE TRAIN(1, 0.5, 2, 7.75) ~ w ~ Moves. |
smooth one = SMOOTH(signal, 3) ~ w ~ First order. |
smooth three = SMOOTH3I(signal, 2, 8) ~ w ~ Third order. |
late one = DELAY1(signal, 2) ~ w ~ First order. |
late three = DELAY3I(signal, slowness, 9) ~ w ~ Third order. |
growing = TREND(signal, 2, 0.01) ~ 1/year ~ Trend. |
slowness = 3 + SIN(Time) ~ year ~ Not constant. |
""",
    dt=0.125,
)
TEXTS = {**ALL, "everything": EVERYTHING, "arrays": ARRAYS, "delayed": DELAYED}


def both(folder: Path, content: str | Path, method: str = "rk4") -> tuple[Model, Model]:
    """A model, and the same written as XMILE and read back."""
    path = content if isinstance(content, Path) else folder / "small.mdl"
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    model = load_model(path)
    return model, load_model(write_xmile(model.text, folder / "small.xmile", method))


def assert_same(ours: xr.Dataset, theirs: xr.Dataset, tolerance: float = 1e-9) -> None:
    assert oracles.differences(ours, series(theirs), tolerance) == {}


@pytest.mark.parametrize("method", ["rk4", "euler"])
@pytest.mark.parametrize("name", TEXTS)
def test_what_is_written_reads_back_to_the_same_numbers(tmp_path: Path, name: str, method: str) -> None:
    model, back = both(tmp_path, TEXTS[name])
    assert_same(model.run(method=method, save_every=0.5), back.run(method=method, save_every=0.5))


CASES = sorted(Path(__file__).parent.glob("cases/*.*"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.name)
def test_each_construct_of_the_language_reads_back_to_the_same_numbers(tmp_path: Path, path: Path) -> None:
    model = load_model(path)
    if path.stem == "active_initial":
        with pytest.raises(InputError, match="got ACTIVE INITIAL"):
            xmile(model.text)
        return
    back = load_model(write_xmile(model.text, tmp_path / "small.xmile"))
    ours, theirs = (m.run(backend="numpy") for m in (model, back))
    assert theirs["time"].to_numpy().tolist() == ours["time"].to_numpy().tolist()
    for name, variable in ours.data_vars.items():
        other = theirs[name].sel(variable.coords) if variable.dims == theirs[name].dims else theirs[name]
        np.testing.assert_allclose(
            other.to_numpy(), variable.to_numpy(), rtol=1e-9, atol=1e-12, err_msg=str(name)
        )


@pytest.mark.slow
@pytest.mark.parametrize("method", ["rk4", pytest.param("euler", marks=pytest.mark.slow)])
def test_the_reference_model_reads_back_to_the_same_numbers(tmp_path: Path, root: Path, method: str) -> None:
    model, back = both(tmp_path, root / "model" / "latecomer.mdl")
    ours = model.run(method=method)
    assert len(ours.data_vars) > 300
    assert_same(ours, back.run(method=method, save_every=1.0))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["rk4", "euler"])
def test_simlin_reads_the_reference_model_to_the_same_numbers(
    tmp_path: Path, root: Path, method: str
) -> None:
    model, _ = both(tmp_path, root / "model" / "latecomer.mdl")
    path = as_simlin_spells_tables(tmp_path / "small.xmile")
    grid = model.grid()
    theirs = oracles.simlin_run(path, method, grid.t0, grid.t1, grid.dt, 1.0)
    assert oracles.differences(model.run(method=method), theirs) == {}


@pytest.mark.parametrize("name", ["growth", "teacup", "sir", "driven", "logic", "delayed"])
def test_simlin_reads_small_texts_to_the_same_numbers(tmp_path: Path, name: str) -> None:
    model, _ = both(tmp_path, TEXTS[name])
    path, grid = as_simlin_spells_tables(tmp_path / "small.xmile"), model.grid()
    theirs = oracles.simlin_run(path, "rk4", grid.t0, grid.t1, grid.dt, 0.5)
    assert oracles.differences(model.run(method="rk4", save_every=0.5), theirs) == {}


def as_simlin_spells_tables(path: Path) -> Path:
    """simlin knows a named table as a variable and reads it by LOOKUP(table, x)."""
    content = path.read_text(encoding="utf-8")
    for name in re.findall(r'<gf name="([^"]+)">', content):
        content = content.replace(f"{name.replace(' ', '_')}(", f"LOOKUP({name.replace(' ', '_')}, ")
    content = re.sub(
        r'<gf name="([^"]+)">(.*?)</ypts>',
        r'<aux name="\1"><gf>\2</ypts></gf>',
        content,
        flags=re.DOTALL,
    )
    content = re.sub(r"(</ypts></gf>(?:(?!</ypts>).)*?)</gf>", r"\1</aux>", content, flags=re.DOTALL)
    path.write_text(content, encoding="utf-8")
    return path


def test_noise_keeps_working(tmp_path: Path) -> None:
    model, back = both(tmp_path, NOISY)
    ours, theirs = (m.run((0, 5), noise=True, seed=3, save_every=0.25) for m in (model, back))
    assert float(np.std(ours["Shock"])) > 0
    assert_same(ours, theirs)


def test_stocks_have_flows_and_no_flow_serves_two_stocks(tmp_path: Path) -> None:
    both(tmp_path, EVERYTHING)
    variables = ElementTree.parse(tmp_path / "small.xmile").getroot().find("x:model/x:variables", NS)
    assert variables is not None
    ways = {
        stock.attrib["name"]: [
            (way, node.text) for way in ("inflow", "outflow") for node in stock.findall(f"x:{way}", NS)
        ]
        for stock in variables.findall("x:stock", NS)
    }
    assert ways == {
        "Level": [("inflow", "Level_net_flow")],
        "Twin": [("inflow", "inflow"), ("outflow", "outflow")],
        "Sink": [("inflow", "Sink_net_flow")],
        "Still": [],
    }
    flows = {
        flow.attrib["name"]: flow.findtext("x:units", "", NS) for flow in variables.findall("x:flow", NS)
    }
    assert flows == {
        "Level net flow": "w/year",
        "Sink net flow": "w/year",
        "inflow": "w/year",
        "outflow": "w/year",
    }


def test_times_units_notes_ranges_and_sectors_go_along(tmp_path: Path) -> None:
    content = text(
        """
********************************************************
	.Goods & services
********************************************************~
		What is made
	|
stock of goods = INTEG(output, 2) ~ good [0,100] ~ Kept <here> & there. |
output = 1 ~ good/year [0,?] ~ Made. |
""",
        dt=0.125,
        save="0.5",
    )
    both(tmp_path, content, "euler")
    root = ElementTree.parse(tmp_path / "small.xmile").getroot()
    times = root.find("x:sim_specs", NS)
    assert times is not None
    assert times.attrib == {
        "method": "Euler",
        "time_units": "year",
        "{http://iseesystems.com/XMILE}save_interval": "0.5",
    }
    assert [times.findtext(f"x:{tag}", "", NS) for tag in ("start", "stop", "dt")] == ["0", "10", "0.125"]
    back = read_text(tmp_path / "small.xmile").find("stock of goods")
    assert back is not None
    assert (back.unit, back.note, back.limits) == ("good", "Kept <here> & there.", (0, 100))
    groups = {
        group.attrib["name"]: [entity.attrib["name"] for entity in group]
        for group in root.findall("x:model/x:variables/x:group", NS)
    }
    assert groups == {"Goods & services": ["stock of goods", "output"]}


def test_arrays_are_written_as_dimensions(tmp_path: Path) -> None:
    both(tmp_path, ARRAYS)
    root = ElementTree.parse(tmp_path / "small.xmile").getroot()
    found = {
        dim.attrib["name"]: [element.attrib["name"] for element in dim]
        for dim in root.findall("x:dimensions/x:dim", NS)
    }
    assert found == {
        "industry": ["textiles", "steel", "Motor cars"],
        "heavy": ["steel", "Motor cars"],
        "region": ["north", "south"],
    }
    variables = {node.attrib["name"]: node for node in root.findall("x:model/x:variables/*", NS)}
    dims = {n: [d.attrib["name"] for d in v.findall("x:dimensions/x:dim", NS)] for n, v in variables.items()}
    assert (dims["output"], dims["smoke"], dims["total"]) == (["industry", "region"], ["heavy"], [])
    assert [flow.text for flow in variables["Capital"].findall("x:inflow", NS)] == ["investment"]
    soot = {
        element.attrib["subscript"]: element.findtext("x:eqn", "", NS)
        for element in variables["Soot net flow"].findall("x:element", NS)
    }
    assert soot["Motor cars"] == "smoke[Motor_cars] - Soot[Motor_cars] / 3"


def test_an_initial_value_beside_the_equation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "small.mdl"
    path.write_text(text("x = ACTIVE INITIAL(2 * Time, 1) ~ Dmnl ~ |"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        xmile(read_text(path))
    assert str(caught.value) == (
        "small.mdl, x: got ACTIVE INITIAL; expected what XMILE can say with the same meaning. "
        "Cure: break the loop with a stock."
    )


def test_an_array_with_gaps_is_refused(tmp_path: Path) -> None:
    content = "A: a1, a2 ~~|\nB: b1, b2 ~~|\nx[A, B] :EXCEPT: [a1, b1] = 1 ~ Dmnl ~ |"
    with pytest.raises(InputError, match="x: got an array without all elements of its ranges; expected what"):
        both(tmp_path, text(content))


def test_what_goes_from_step_to_step_is_written_for_euler_alone(tmp_path: Path) -> None:
    content = text("x = DELAY FIXED(Time, 2, 0) ~ Dmnl ~ |")
    both(tmp_path, content, "euler")
    with pytest.raises(InputError, match="DELAY FIXED of 'x', line 11, with the method rk4; expected"):
        both(tmp_path, content, "rk4")


def test_an_unknown_method_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"method: got 'heun'; expected euler or rk4\. Cure: choose one of them"
    ):
        both(tmp_path, ALL["sir"], "heun")


def test_what_xmile_cannot_name_is_refused_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "small.mdl"
    path.write_text(
        text("pi = 3 ~ Dmnl ~ |\ntrend((0,1),(1,2)) ~ Dmnl ~ |\nstep = pi ~ Dmnl ~ |"), encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        xmile(read_text(path))
    assert [str(fault) for fault in caught.value.faults] == [
        f"small.mdl, {name}: got the name '{name}', which XMILE keeps for itself; "
        "expected what XMILE can say with the same meaning. Cure: rename the variable."
        for name in ("pi", "trend")
    ]


NUMBERS = st.floats(-4, 4, allow_nan=False).map(lambda x: f"{x!r}" if x >= 0 else f"(0 - {-x!r})")


def expressions() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["a", "b", "Time"]) | NUMBERS
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(inner, st.sampled_from("+-*"), inner, st.sampled_from("+-*"), inner).map(
                lambda t: "(" + " ".join(t) + ")"
            ),
            inner.map(lambda x: f"(-{x})"),
            st.tuples(inner, inner).map(lambda t: f"ZIDZ({t[0]}, {t[1]})"),
            st.tuples(inner, inner).map(lambda t: f"MODULO({t[0]}, ABS({t[1]}) + 1)"),
            st.tuples(inner, st.sampled_from(["<", ">=", "<>"]), inner, inner, inner).map(
                lambda t: f"IF THEN ELSE({t[0]} {t[1]} {t[2]}, {t[3]}, {t[4]})"
            ),
            inner.map(lambda x: f"INTEGER({x})"),
        ),
        max_leaves=8,
    )


@given(expressions())
def test_any_expression_keeps_its_value(tmp_path_factory: pytest.TempPathFactory, expression: str) -> None:
    folder = tmp_path_factory.mktemp("expression")
    content = text(f"a = 1.75 ~ Dmnl ~ |\nb = -0.5 - Time ~ Dmnl ~ |\nx = {expression} ~ Dmnl ~ |\n", t1=2)
    model, back = both(folder, content + "s = INTEG(a, 0) ~ Dmnl ~ |")
    ours, theirs = (m.run(backend="numpy")["x"].to_numpy() for m in (model, back))
    np.testing.assert_allclose(theirs, ours, rtol=1e-12, atol=1e-12)
