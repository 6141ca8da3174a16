"""Small texts, one construct each, against PySD and simlin; known answers where neither reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.simulate import load_model
from tests.language.flat import CASES, differing, ours, pysd_values, simlin_values, written

ALL = sorted(path.name for path in CASES.iterdir())
# what a foreign program cannot read, or reads in another way, and why
NOT_PYSD = {
    "array_mapping_of_groups.mdl": "no numbers for a range that is mapped to groups",
    "array_sums.xmile": "no *",
    "functions.xmile": "no nested IF",
    "growth.xmile": "no comments",
    "older_namespace.xmile": "no PI",
    "non_negative.xmile": "cuts the stock off, and leaves the flows as they are",
    "tables.xmile": "no LOOKUP",
    "without_variables_element.xmile": "finds no variables",
}
NOT_SIMLIN = {
    "array_one_dimension.mdl": "no power in a unit",
    "array_place.mdl": "no comparison of subscripts",
    "array_place_as_number.mdl": "no subscripts as numbers",
    "array_range_of_ranges.mdl": "no range of ranges",
    "array_reductions.mdl": "no PROD",
    "array_three_dimensions.mdl": "reads the second list as 0",
    "chains.mdl": "takes powers from the left",
    "control_constants.mdl": "ignores the first time",
    "delay.mdl": "no DELAY N",
    "delay_order_of_a_constant.mdl": "no DELAY N",
    "delays.xmile": "no SMTHN",
    "functions.mdl": "no POWER",
    "macros.mdl": "no macros",
    "names.mdl": "no apostrophe",
    "non_negative.xmile": "no limit",
    "order_at_the_start.mdl": "no SMOOTH N",
    "smooth.mdl": "no SMOOTH N",
    "step_by_step.mdl": "no SAMPLE IF TRUE",
    "stocks_inside.mdl": "no INTEG inside",
    "tables.mdl": "no range of another form",
    "tables.xmile": "no table as a function",
    "trend_and_forecast.mdl": "no FORECAST",
    "without_variables_element.xmile": "finds no variables",
}

# as programs on Windows write it: their line ends, their alphabet, no name of the encoding
LOOSE = r"""  Level= INTEG (
  inflow\
    -outflow,
    first level)
  ~
  ~    |

inflow=
  2 {per year}
  ~
  ~  |
first level==10 ~~|
outflow = Level * \
   wear rate ~~~ :SUPPLEMENTARY |
wear rate = .1|
café = 3 ~ cup [0,?,1] ~ A note with "quotation marks, a { brace and 5" of rain. |
after = café ~~|

FINAL TIME  = 4
  ~  Month
  ~  The final time for the simulation.
  |

INITIAL TIME  = 0 ~ Month ~|
SAVEPER  =
        TIME STEP
  ~  Month [0,?]
  ~  The frequency.
  |
TIME STEP  = 0.5 ~ Month ~|

\\\---/// Sketch information - do not modify anything except names
V300  Do not put anything below this section - it will be ignored
*View 1
///---\\\
:L<%^E!@
15:0,0,0,0,0,0
"""


# each takes PySD half a second: a third of the texts is quick
OF_PYSD = [name for name in ALL if name not in NOT_PYSD]
LATER = [pytest.param(name, marks=pytest.mark.slow) for name in OF_PYSD if name not in OF_PYSD[::3]]


@pytest.mark.parametrize("name", [*OF_PYSD[::3], *LATER])
def test_pysd_agrees(name: str, tmp_path: Path) -> None:
    assert differing(ours(CASES / name), pysd_values(CASES / name, tmp_path)) == {}


@pytest.mark.parametrize("name", [name for name in ALL if name not in NOT_SIMLIN])
def test_simlin_agrees(name: str) -> None:
    assert differing(ours(CASES / name), simlin_values(CASES / name)) == {}


@pytest.mark.parametrize("ends", ["\r\n", "\r", "\n"])
def test_loose_text_is_read_where_its_meaning_is_beyond_doubt(ends: str, tmp_path: Path) -> None:
    path = tmp_path / "loose.mdl"
    path.write_bytes(LOOSE.replace("\n", ends).encode("cp1252"))
    values = ours(path)
    np.testing.assert_allclose(values["level"], 20 - 10 * 0.95 ** np.arange(9), rtol=1e-13)
    assert set(values["café"]) == set(values["after"]) == {3.0}
    text = load_model(path).text
    assert text.by_key["café"].limits == (0, None)
    assert text.by_key["café"].note == 'A note with "quotation marks, a { brace and 5" of rain.'
    assert text.by_key["wear_rate"].unit == ""


def test_variables_may_stand_directly_in_the_model() -> None:
    assert ours(CASES / "without_variables_element.xmile")["level"].tolist() == [2.0**n for n in range(9)]


def test_tables_of_xmile() -> None:
    values, time = ours(CASES / "tables.xmile"), np.arange(33) / 4
    x, y = np.arange(5.0), np.arange(5.0) ** 2
    np.testing.assert_allclose(values["read"], np.interp(time, x, y) + np.interp(time / 2, x, y))
    np.testing.assert_allclose(values["uneven"], np.interp(time, [0, 1, 5], [2, 3, 1]))
    np.testing.assert_allclose(values["again"], np.interp(time / 2, [0, 1, 5], [2, 3, 1]))


def test_what_leaves_a_non_negative_stock_is_what_was_there() -> None:
    values, time = ours(CASES / "non_negative.xmile"), np.arange(33) / 4
    assert values["tank"].min() == 0.0
    leaked = np.concatenate([[0.0], np.cumsum(values["leak"][:-1]) * 0.25])
    np.testing.assert_allclose(values["tank"] + values["below"] + leaked, 10 + time, rtol=1e-13)
    # in the order in which they are listed: the first takes all that comes in, the second has nothing
    assert (values["use"][-1], values["leak"][-1]) == (1.0, 0.0)
    assert (values["use"][0], values["leak"][0]) == (3.0, 0.5)


def test_a_limit_that_bites_within_a_step_of_rk4_makes_the_run_fail(tmp_path: Path) -> None:
    text = (CASES / "non_negative.xmile").read_text().replace('method="Euler"', 'method="RK4"')
    model = load_model(written(tmp_path, text, "tank.xmile"))
    assert float(model.run(years=(0, 3))["Tank"][-1]) == pytest.approx(10 - 3 * 2.5)
    with pytest.raises(InputError, match="finite numbers throughout"):
        model.run()


def test_a_chain_of_powers_goes_from_the_right() -> None:
    values = ours(CASES / "chains.mdl")
    assert values["tower"][0] == 4.0**9
    assert values["small_tower"][0] == pytest.approx(2 ** -(2**-3), rel=1e-15)
    # a half, to the square, once more: (1 + Time)^(1/4)
    assert values["later"][-1] == pytest.approx(3**0.5, rel=1e-15)
