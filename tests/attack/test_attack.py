"""The attack: no input runs as code, loses a file, hangs, ends in a traceback or is silently wrong."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.attack.cases import GROUPS, made
from tests.attack.conftest import PROPERTY
from tests.attack.outcomes import Outcome, Result
from tests.attack.worker import attacked
from tests.conftest import Once

# one of so many: all are for `python -m tests.attack`; `explore` looks at ten times as many as that
EVERY = 3
# and of those each tenth, which is of every kind, stands for the others where slow tests are left out
QUICK = 10 * EVERY
MANY = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
WORKERS = 1 if "PYTEST_XDIST_WORKER" in os.environ else 2
NEVER = tuple(outcome for outcome in Outcome if outcome not in (Outcome.FAULT, Outcome.ACCEPTED))


PARTS = [pytest.param((group, QUICK, None), id=group) for group in GROUPS] + [
    pytest.param((group, EVERY, QUICK), id=f"{group}, the others", marks=pytest.mark.slow) for group in GROUPS
]


@pytest.fixture(scope="module", params=PARTS)
def results(request: pytest.FixtureRequest, once: Once) -> list[Result]:
    """What came of the inputs of a group, or of a part of them."""
    group, every, but = request.param

    def found() -> list[Result]:
        if MANY and but is None:
            return attacked(made(group, 0, 10 * sum(GROUPS[group].values())), WORKERS)
        return attacked(made(group, every=every, but=but), WORKERS)

    return once(f"attack {group} {every}", found)


@pytest.mark.parametrize("group", ["study", "runs", "commands"])
def test_the_parts_of_a_group_are_all_of_its_inputs(group: str) -> None:
    parts = [made(group, every=QUICK), made(group, every=EVERY, but=QUICK)]
    names = [(one.kind, one.name) for part in parts for one in part]
    whole = [(one.kind, one.name) for one in made(group, every=EVERY)]
    assert sorted(names) == sorted(whole)
    assert {one.kind for one in parts[0]} == {kind for kind, _ in whole}


@pytest.mark.parametrize("never", NEVER)
def test_what_is_never_right_comes_of_no_input(results: list[Result], never: Outcome) -> None:
    found = [str(one) for one in results if one.outcome is never]
    assert not found, f"{len(found)} of {len(results)}:\n" + "\n".join(found)


def test_every_kind_has_inputs_that_are_refused_or_accepted(
    results: list[Result], record_property: Callable[[str, object], None]
) -> None:
    record_property(PROPERTY, [(one.kind, str(one.outcome)) for one in results])
    kinds = {one.kind for one in results}
    stood = {one.kind for one in results if one.right}
    assert kinds == stood
