"""Claims: the tests that show a mechanism, and that must turn red without it.

A row of model/mechanisms.toml, such as B1, has a file test_b1.py with at least one claim:

    @claim("KHM", "VNM")
    def test_below_the_threshold_promotion_buys_nothing(run: Runs, iso3: str) -> None:
        poor = run(iso3, {"initial capability": 0.1}, {"chain promotion": 1.0}, until=2010)
        assert ...

- `claim` runs the test for each of the countries, two at least, and records them; nothing else parametrises
  it, and it takes `run` and `iso3` alone. Every run in it is made with `run` (or with `run.variant(...)`).
- test_rows.py calls it once more for each country with `run.without("B1")`: every run then has the switch of
  the row at 0, whatever its overrides say. The claim must fail there with an `AssertionError`: in every
  country, each claim. An assertion that holds without the mechanism shows something else; so does a claim
  that stops with another error.
- A claim is not marked xfail or skip, and skips nothing inside.

What else a file holds (identities, other countries, details) is written as an ordinary test.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.outcomes import OutcomeException

from tests.mechanism_runs import Runs

Test = Callable[[Runs, str], None]
CLAIMED = "claimed"
ARGUMENTS = ["run", "iso3"]
EXCUSES = {"xfail", "skip", "skipif"}


@dataclass(frozen=True)
class Claim:
    """A test of a row with its countries, and the marks that excuse it."""

    row: str
    test: Test
    countries: tuple[str, ...]
    excuses: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the test."""
        return self.test.__name__


def claim(*countries: str) -> Callable[[Test], Test]:
    """Make a test the claim of its row in some countries, two at least; see the module."""
    if len(set(countries)) < 2:
        raise ValueError(f"a claim holds in two countries at least; got {', '.join(countries) or 'none'}")

    def decorate(test: Test) -> Test:
        if list(inspect.signature(test).parameters) != ARGUMENTS:
            raise TypeError(f"{test.__name__}: a claim takes run and iso3, and nothing else")
        marked: Test = pytest.mark.parametrize("iso3", countries)(test)
        setattr(marked, CLAIMED, countries)
        return marked

    return decorate


def file_of(row: str) -> Path:
    """The test file of a row, such as tests/mechanisms/test_a1.py."""
    return Path(__file__).parent / "mechanisms" / f"test_{row.lower()}.py"


def claims(row: str) -> list[Claim]:
    """The claims of a row, in the order of its file; none where there is no such file."""
    if not file_of(row).is_file():
        return []
    return list(claims_in(importlib.import_module(f"tests.mechanisms.test_{row.lower()}"), row))


def claims_in(module: ModuleType, row: str) -> Iterator[Claim]:
    """The claims of a module, with what excuses them."""
    everywhere = _marks(module)
    for name, test in vars(module).items():
        if name.startswith("test_") and hasattr(test, CLAIMED):
            excuses = tuple(mark for mark in (*everywhere, *_marks(test)) if mark in EXCUSES)
            yield Claim(row, test, getattr(test, CLAIMED), excuses)


def _marks(marked: object) -> list[str]:
    found = getattr(marked, "pytestmark", [])
    return [mark.name for mark in (found if isinstance(found, list) else [found])]


def turns_red(one: Claim, run: Runs, iso3: str) -> bool:
    """Whether a claim fails with an `AssertionError` in a country once its row is removed.

    Any other end than success is raised, a skip or an xfail inside as an error.
    """
    try:
        one.test(run.without(one.row), iso3)
    except AssertionError:
        return True
    except OutcomeException as outcome:
        raise RuntimeError(f"{one.name} ends with {type(outcome).__name__}: {outcome}") from None
    return False
