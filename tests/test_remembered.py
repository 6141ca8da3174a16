"""What is remembered is what would have been worked out, and nobody's changes to it reach another."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Once
from tests.remembered import remembering

TEXT = 'a = [1, 2.5, "x"]\nday = 2020-01-02\n[b]\nc = {d = true, e = [[1], []]}\n'


def counted(texts: list[str]) -> Any:
    def loads(text: str, **options: Any) -> dict[str, Any]:
        texts.append(text)
        return tomllib.loads(text, **options)

    return remembering(loads)


def test_a_text_is_worked_out_once_and_given_out_as_own_tables() -> None:
    asked: list[str] = []
    loads = counted(asked)
    first, second = loads(TEXT), loads(TEXT)
    assert (
        first
        == second
        == {
            "a": [1, 2.5, "x"],
            "day": date(2020, 1, 2),
            "b": {"c": {"d": True, "e": [[1], []]}},
        }
    )
    first["b"]["c"]["e"].append(1)
    assert loads(TEXT) == second
    assert asked == [TEXT]


def test_what_is_refused_is_refused_each_time_and_options_are_obeyed() -> None:
    asked: list[str] = []
    loads = counted(asked)
    for _ in range(2):
        with pytest.raises(tomllib.TOMLDecodeError, match="Invalid value"):
            loads("a = ")
    assert loads("a = 0.1", parse_float=Decimal) == {"a": Decimal("0.1")}
    assert loads("a = 0.1") == {"a": 0.1}
    assert asked == ["a = ", "a = ", "a = 0.1", "a = 0.1"]


def test_what_takes_long_is_made_once_and_each_reader_has_its_own(once: Once) -> None:
    made: list[int] = []

    def make() -> list[int]:
        made.append(1)
        return [len(made)]

    first = once("a list of this test", make)
    first.append(7)
    assert once("a list of this test", make) == [1]
    assert once("another of this test", make) == [2]


def test_what_cannot_be_made_is_tried_again(once: Once) -> None:
    def fails() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        once("what fails in this test", fails)
    assert once("what fails in this test", lambda: 3) == 3
