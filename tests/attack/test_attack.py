"""The attack: no input runs as code, loses a file, hangs, ends in a traceback or is silently wrong."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.attack.cases import GROUPS, made
from tests.attack.conftest import PROPERTY
from tests.attack.outcomes import Outcome, Result
from tests.attack.worker import attacked

# one of so many: all are for `python -m tests.attack`; `explore` looks at ten times as many as that
EVERY = 3
MANY = os.environ.get("HYPOTHESIS_PROFILE") == "explore"
WORKERS = 1 if "PYTEST_XDIST_WORKER" in os.environ else 2
NEVER = tuple(outcome for outcome in Outcome if outcome not in (Outcome.FAULT, Outcome.ACCEPTED))


@pytest.fixture(scope="module", params=GROUPS)
def results(request: pytest.FixtureRequest) -> list[Result]:
    """What came of the inputs of a group."""
    group = request.param
    usual = sum(GROUPS[group].values())
    cases = made(group, 0, 10 * usual) if MANY else made(group, every=EVERY)
    return attacked(cases, WORKERS)


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
