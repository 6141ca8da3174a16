"""A mechanism taken out of a study: what is nought, what goes idle, and what stays as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from latecomer.errors import InputError
from latecomer.evaluation.ablation import idle_without, taken_out, without, zeroed
from latecomer.inference.problem import country_parameter_vector
from latecomer.language import key
from latecomer.study.mechanisms import Removal
from latecomer.study.study import Study
from tests.runs.lent import BEGIN, VARIANT, lay_lent
from tests.study.studies import edit

LEARNING = Removal(name="learning", title="learning", rows=("A1",))
INSTITUTIONS = Removal(name="institutions", title="institutions", parameters=("Institutions  switch",))


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return Study(lay_lent(tmp_path_factory.mktemp("lent") / "study"))


def test_a_study_without_learning_does_not_grow(lent: Study) -> None:
    other = without(lent, LEARNING, VARIANT)
    run = other.simulate("DDD", variant=VARIANT)["capability"].to_numpy()
    assert np.all(run == run[0])
    whole = lent.simulate("DDD", variant=VARIANT)["capability"].to_numpy()
    assert np.all(np.diff(whole) > 0.0)


def test_what_goes_idle_is_not_estimated(lent: Study) -> None:
    names = [
        [one.name for one in country_parameter_vector(study, list(BEGIN), VARIANT).entries]
        for study in (lent, without(lent, LEARNING, VARIANT))
    ]
    assert set(names[0]) - set(names[1]) == {"learning rate", "idle effect"}
    assert set(names[1]) < set(names[0])


def test_a_parameter_is_fixed_at_nought_even_outside_its_range(lent: Study) -> None:
    one = without(lent, Removal(name="debt", title="debt", parameters=("debt effect",)), VARIANT).parameters
    assert (one["debt effect"].value, one["debt effect"].range, one["debt effect"].prior) == (
        0.0,
        (0.0, 3.0),
        None,
    )
    assert one["learning rate"] == lent.parameters["learning rate"]


def test_one_of_countries_is_nought_in_each(lent: Study) -> None:
    other = without(
        lent, Removal(name="quality", title="quality", parameters=("institutional quality",)), "institutions"
    )
    tables = [one.parameters for one in other.countries.values()]
    assert {one["institutional quality"].value for one in tables} == {0.0}
    assert all("institutional quality" not in one.priors for one in tables)
    assert other.hashes(["AAA"])["country file of AAA"] != lent.hashes(["AAA"])["country file of AAA"]


def test_no_variant_puts_it_back(lent: Study) -> None:
    other = without(lent, INSTITUTIONS, "institutions")
    assert other.parameter_values("AAA", variant="institutions")["institutions switch"] == 0.0
    assert lent.parameter_values("AAA", variant="institutions")["institutions switch"] == 1.0


def test_what_is_off_already_leaves_all_as_it_is(lent: Study) -> None:
    other = without(lent, INSTITUTIONS, VARIANT)
    assert idle_without(lent, zeroed(lent, INSTITUTIONS), VARIANT) == frozenset()
    assert other.hashes() == lent.hashes()
    assert dict(other.parameters) == dict(lent.parameters)
    assert {name: dict(one.parameters) for name, one in other.countries.items()} == {
        name: dict(one.parameters) for name, one in lent.countries.items()
    }


def test_nothing_is_written_and_the_study_stays(lent: Study) -> None:
    before = {path: path.read_bytes() for path in lent.root.rglob("*") if path.is_file()}
    hashes = lent.hashes()
    other = without(lent, LEARNING, VARIANT)
    assert other.hashes()["parameters"] != hashes["parameters"] == lent.hashes()["parameters"]
    assert before == {path: path.read_bytes() for path in lent.root.rglob("*") if path.is_file()}


def test_an_unknown_parameter_is_refused(lent: Study) -> None:
    with pytest.raises(InputError) as caught:
        without(lent, Removal(name="debts", title="debts", parameters=("debt effects",)))
    assert str(caught.value) == (
        "without debts, parameter 'debt effects': got an unknown name; expected the name of a parameter. "
        "Cure: write the nearest name: 'debt effect'."
    )


def test_an_unknown_row_is_refused(lent: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 'A3': got no such row; expected one of A1, A2, A6"):
        without(lent, Removal(name="gap", title="the gap", rows=("A3",)))
    folder = lay_lent(tmp_path / "study")
    edit(folder / "model" / "mechanisms.toml", r"\[A6\]", "[A3]")
    assert zeroed(Study(folder), Removal(name="gap", title="the gap", rows=("A3",))) == ("lending switch",)


@pytest.mark.slow  # each compiled anew
def test_each_of_the_study_takes_out_what_it_is_named_after(root: Path) -> None:
    study = Study(root)
    held = {
        "rate-shock-response": "real rate strain",
        "import-compression": "compression effect",
        "capital-flight": "flight half pressure",
        "learning-by-producing": "experience elasticity",
        "discipline": "discipline time",
        "labour-mobilisation": "mobilisation time",
    }
    assert set(held) == {one.name for one in taken_out(study)}
    for one in taken_out(study):
        names = zeroed(study, one)
        gone = {*names, *idle_without(study, names)}
        assert held[one.name] in gone or key(held[one.name]) in gone, one.name
