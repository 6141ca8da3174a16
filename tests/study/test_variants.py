"""Variants: named sets of switches, and how each fault is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from latecomer.errors import InputError
from latecomer.study.parameters import load_parameters
from latecomer.study.study import Study
from latecomer.study.variants import Variants, idle_faults, load_variants
from tests.study.small import lay_estimated
from tests.study.studies import edit

GOOD = """
["price memory"]
value = 8.0
unit = "Year"
range = [2.0, 20.0]
note = "A note"
source = "judgement"

["a switch"]
value = 1.0
unit = "Dmnl"
choices = [0.0, 1.0]
note = "A note"
source = "judgement"

[variants.plain]
note = "Without it"
source = "judgement"
switches = {"a switch" = 0.0}

[variants."with a switch"]
note = "With it"
source = "judgement"
fit = "switched"
switches = {"a switch" = 1.0}
"""


def variants_of(tmp_path: Path, text: str) -> Variants:
    path = tmp_path / "parameters.toml"
    path.write_text(text, encoding="utf-8")
    return load_variants(tmp_path, load_parameters(path))


def test_variants_are_no_parameters(tmp_path: Path) -> None:
    variants = variants_of(tmp_path, GOOD)
    assert list(load_parameters(tmp_path / "parameters.toml")) == ["price memory", "a switch"]
    assert {name: (one.switches, one.fit) for name, one in variants.items()} == {
        "plain": ({"a switch": 0.0}, None),
        "with a switch": ({"a switch": 1.0}, "switched"),
    }


def test_a_variant_is_found_by_its_fit_and_by_the_values_of_its_switches(tmp_path: Path) -> None:
    variants = variants_of(tmp_path, GOOD)
    assert variants.of_fit("switched") is variants["with a switch"]
    assert variants.of_fit("reference") is None
    assert variants.of_values({"a switch": 0.0, "price memory": 8.0}) is variants["plain"]
    assert variants.of_values({"a switch": 0.5}) is None


def test_a_file_without_variants_has_none(tmp_path: Path) -> None:
    assert dict(variants_of(tmp_path, GOOD[: GOOD.index("[variants")])) == {}


def test_variants_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    parameters, variants = GOOD.split("[variants.plain]")
    (tmp_path / "parameters.toml").write_text(parameters, encoding="utf-8")
    own = ("[plain]" + variants).replace('[variants."with', '["with')
    (tmp_path / "variants.toml").write_text(own, encoding="utf-8")
    table = load_parameters(tmp_path / "parameters.toml")
    assert list(load_variants(tmp_path, table)) == ["plain", "with a switch"]
    (tmp_path / "variants.toml").write_text(own.replace("= 0.0}", "= 0.5}"), encoding="utf-8")
    with pytest.raises(InputError, match=r"^variants\.toml, plain, switches, a switch: got 0\.5; expected"):
        load_variants(tmp_path, table)


def test_variants_in_two_places_are_refused(tmp_path: Path) -> None:
    (tmp_path / "variants.toml").write_text("", encoding="utf-8")
    with pytest.raises(InputError) as error:
        variants_of(tmp_path, GOOD)
    assert str(error.value) == (
        "variants.toml: got variants in parameters.toml too; expected them in one place. "
        "Cure: take [variants] out of parameters.toml."
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            '{"a switch" = 0.0}',
            '{"a swich" = 0.0, "a switch" = 0.0}',
            (
                "variants, plain, switches, a swich: got an unknown name; expected a parameter with choices. "
                "Cure: write the nearest name: 'a switch'."
            ),
        ),
        (
            '{"a switch" = 0.0}',
            '{"price memory" = 8.0, "a switch" = 0.0}',
            "switches, price memory: got a parameter with a range; expected one with choices.",
        ),
        (
            '{"a switch" = 0.0}',
            '{"a switch" = 0.5}',
            "variants, plain, switches, a switch: got 0.5; expected one of 0, 1. Cure: choose such a value.",
        ),
        ('{"a switch" = 0.0}', "{}", "variants, plain, switches: got a table; expected"),
        ("[variants.plain]\nnote", "[variants.plain]\nnotes", "got the unknown key 'notes'; expected one of"),
        ("[variants.plain]\n", "[variants]\nplain = 1\n[variants.another]\n", "variants, plain: got 1;"),
    ],
)
def test_each_fault_is_said_with_its_place(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert before in GOOD
    with pytest.raises(InputError, match=re.escape(said)):
        variants_of(tmp_path, GOOD.replace(before, after, 1))


def test_variants_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    text = "variants = 3\n" + GOOD[: GOOD.index("[variants")]
    said = r"parameters\.toml, variants: got 3; expected a table for each variant"
    with pytest.raises(InputError, match=said):
        variants_of(tmp_path, text)


def test_a_switch_that_one_variant_sets_and_another_leaves_is_said(tmp_path: Path) -> None:
    more = GOOD.replace('["a switch"]', '["b switch"]', 1).replace("[variants.plain]", "[variants.plain]", 1)
    second = GOOD[GOOD.index('["a switch"]') : GOOD.index("[variants.plain]")]
    text = more.replace("[variants.plain]", second + "[variants.plain]", 1).replace(
        'switches = {"a switch" = 1.0}', 'switches = {"a switch" = 1.0, "b switch" = 0.0}'
    )
    with pytest.raises(InputError) as error:
        variants_of(tmp_path, text)
    assert [str(fault) for fault in error.value.faults] == [
        (
            "parameters.toml, variants, plain, switches: got no 'b switch'; expected each switch that "
            "another variant sets. Cure: add it."
        )
    ]


def test_an_unknown_variant_is_refused_with_the_nearest_name(study: Study) -> None:
    said = "variant 'discipline in lerning': got no such variant.*nearest name: 'discipline in learning'"
    with pytest.raises(InputError, match=said):
        _ = study.variants["discipline in lerning"]


def test_no_two_variants_of_the_reference_study_are_the_same(study: Study) -> None:
    switches = [tuple(sorted(one.switches.items())) for one in study.variants.values()]
    assert len(set(switches)) == len(switches) >= 3


def test_an_idle_parameter_that_no_table_knows_is_said_with_the_nearest(tmp_path: Path) -> None:
    idle = GOOD.replace("[variants.plain]\n", '[variants.plain]\nidle = ["price memory", "trust in bank"]\n')
    found = variants_of(tmp_path, idle)
    assert found["plain"].idle == ("price memory", "trust in bank")
    assert found["with a switch"].idle == ()
    (fault,) = idle_faults(found, {"price memory", "a switch", "trust in banks"})
    assert str(fault) == (
        "parameters.toml, variants, plain, idle: got the name 'trust in bank'; expected the name of a "
        "parameter. Cure: write the nearest name: 'trust in banks'."
    )


def test_a_study_knows_idle_parameters_shared_and_of_its_countries_and_refuses_others(tmp_path: Path) -> None:
    folder = lay_estimated(tmp_path / "study")
    table = folder / "model" / "parameters.toml"
    head = r'\[variants\."without it"\]\n'
    edit(table, head, '[variants."without it"]\nidle = ["institutional quality", "learning rate"]\n')
    assert Study(folder).variants["without it"].idle == ("institutional quality", "learning rate")
    edit(table, '"institutional quality", ', '"institutional qualities", ')
    said = "without it, idle: got the name 'institutional qualities'.*nearest name: 'institutional quality'"
    with pytest.raises(InputError, match=said):
        _ = Study(folder).variants
