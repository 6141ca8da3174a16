"""Which constants variables depend on: rules of nought, the tables of the study, runs that must not move."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latecomer.language import key
from latecomer.language.analysis import constants_behind, reduced
from latecomer.language.syntax import Arithmetic, Call, Negative, Number, Reference
from latecomer.study.study import Study
from tests.runs.lent import lay_lent

A, B = Reference("a"), Reference("b")
SWITCHES = ("learning switch", "support switch", "institutions switch", "lending switch", "rival switch")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (Arithmetic("*", A, Number(0.0)), (0.0, set())),
        (Arithmetic("/", Number(0.0), A), (0.0, set())),
        (Arithmetic("/", A, Number(0.0)), (None, {"a"})),
        (Arithmetic("/", Number(1.0), Number(0.0)), (None, set())),
        (Arithmetic("^", A, Number(0.0)), (1.0, set())),
        (Arithmetic("^", Number(0.0), A), (None, {"a"})),
        (Arithmetic("+", A, Number(0.0)), (None, {"a"})),
        (Arithmetic("-", Number(3.0), Negative(Number(1.0))), (4.0, set())),
        (Arithmetic("*", Arithmetic("-", Number(1.0), Number(1.0)), B), (0.0, set())),
        (Call("exp", (Arithmetic("*", Number(0.0), A), B)), (None, {"b"})),
    ],
)
def test_nought_takes_out_what_it_multiplies_and_nothing_else(node: object, expected: object) -> None:
    value, behind = reduced(node, {})  # type: ignore[arg-type]
    assert (value, set(behind)) == expected


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(lay_lent(tmp_path_factory.mktemp("lent") / "study"))


def test_a_stock_passes_on_what_its_flow_and_its_start_depend_on(lent: Study) -> None:
    whole = constants_behind(lent.model.text, ["output per head"], {"institutions switch": 0.0})
    assert {"learning_rate", "initial_capability", "support_switch", "idle_effect"} <= whole
    assert not {"institutional_quality", "debt_effect", "institutions_switch"} & whole
    off = constants_behind(lent.model.text, ["output per head"], {"learning switch": 0.0})
    assert off == {"initial_capability"}


def test_what_is_known_and_what_no_one_knows_is_not_told(lent: Study) -> None:
    told = constants_behind(lent.model.text, ["credit access", "no such"], {"Debt Effect": 2.0})
    assert "debt_effect" not in told
    assert "lending_switch" in told


@given(off=st.sets(st.sampled_from(SWITCHES)), factor=st.floats(0.6, 1.5))
def test_constants_that_are_not_behind_an_output_do_not_move_it(
    lent: Study, off: set[str], factor: float
) -> None:
    switches = {name: float(name not in off) for name in SWITCHES}
    behind = constants_behind(lent.model.text, ["output per head"], switches)
    plain = lent.parameter_values("DDD", overrides=switches)
    names = ("learning rate", "debt effect", "idle effect", "initial capability", "institutional quality")
    free = {name: plain[name] * factor for name in names if key(name) not in behind}
    one, other = (lent.simulate("DDD", overrides=switches | moved) for moved in ({}, free))
    assert np.array_equal(one["output per head"], other["output per head"])
    if "learning switch" not in off:
        held = {"learning rate": plain["learning rate"] * 1.1}
        moved = lent.simulate("DDD", overrides=switches | held)
        assert not np.array_equal(one["output per head"], moved["output per head"])


@pytest.mark.slow
def test_it_finds_the_idle_parameters_that_the_variants_of_the_study_name(root: Path) -> None:
    study = Study(root)
    assert study.targets.events is not None
    outputs = [*(one.variable for one in study.targets.targets), study.targets.events.variable]
    priors = [*study.parameters.priors, *study.countries[study.reference].parameters.priors]
    for name, variant in study.variants.items():
        values = study.parameter_values(study.reference, variant=name)
        known = {one: values[one] for one, how in study.parameters.items() if how.choices is not None}
        behind = constants_behind(study.model.text, outputs, known)
        assert {one for one in priors if key(one) not in behind} == set(variant.idle)
