"""Discipline needs a countervailing force: organised labour, or dependence on foreign markets."""

from __future__ import annotations

import numpy as np
import pytest

from tests.mechanisms.runs import Change, Runs, at, over, since

EACH = pytest.mark.parametrize("iso3", ["KOR", "BRA", "IND"])
CLOSED = {"export dependence half share": 1e6}


def repression(level: float, first: float = 1961) -> dict[str, Change]:
    return {"labour repression": since(first, level)}


@EACH
@pytest.mark.parametrize("lever", ["labour repression", "corporatist integration"])
def test_demobilised_labour_disciplines_less(run: Runs, iso3: str, lever: str) -> None:
    free, bound = (run(iso3, levers={lever: since(1961, level)}, until=1985) for level in (0.0, 1.0))
    base = run(iso3, until=1985)
    for name in ("mobilisation", "discipline"):
        low, middle, high = (at(one, name, 1980) for one in (bound, base, free))
        assert low < middle < high
    assert at(bound, "discipline", 1980) < 0.98 * at(free, "discipline", 1980)


@EACH
def test_discipline_follows_with_a_lag(run: Runs, iso3: str) -> None:
    free, bound = (run(iso3, levers=repression(level, 1970), until=1985) for level in (0.0, 1.0))
    mobilisation = over(free, "mobilisation", 1970, 1985) - over(bound, "mobilisation", 1970, 1985)
    discipline = over(free, "discipline", 1970, 1985) - over(bound, "discipline", 1970, 1985)
    assert discipline[4] < 0.1 * discipline[40]
    # At each time discipline has come a smaller part of its way than mobilisation.
    part = [gap[4:40] / gap[40] for gap in (discipline, mobilisation)]
    assert np.all(part[0] < part[1])
    assert np.all(np.diff(discipline)[:20] > 0)


@EACH
def test_without_labour_and_foreign_markets_discipline_fades(run: Runs, iso3: str) -> None:
    alone = run(
        iso3,
        CLOSED | {"initial mobilisation": 0.0, "corporatist demobilisation": 1.0},
        repression(1.0) | {"corporatist integration": since(1961, 1.0)},
        until=1990,
    )
    assert over(alone, "countervailing force", 1962, 1990).max() < 0.02
    fading = np.exp(-25 / run.value(iso3, "discipline time"))
    assert at(alone, "discipline", 1990) < 0.01
    assert at(alone, "discipline", 1990) < at(alone, "discipline", 1965) * 2 * fading + 0.002


@EACH
def test_a_state_without_autonomy_cannot_use_the_force_of_labour(run: Runs, iso3: str) -> None:
    weak = run(iso3, {"state autonomy": 0.0}, repression(0.0), until=1985)
    assert at(weak, "mobilisation", 1985) > 0.2
    expected = run.value(iso3, "initial discipline") * np.exp(-25 / run.value(iso3, "discipline time"))
    assert at(weak, "discipline", 1985) == pytest.approx(expected, rel=1e-4)


@EACH
def test_discipline_takes_both_autonomy_and_mobilisation(run: Runs, iso3: str) -> None:
    def discipline(autonomy: float, level: float) -> float:
        return at(
            run(iso3, CLOSED | {"state autonomy": autonomy}, repression(level), until=1985),
            "discipline",
            1985,
        )

    weak, strong = (discipline(a, 0.0) - discipline(a, 1.0) for a in (0.3, 0.9))
    assert strong > 2 * weak > 0


def test_in_korea_dependence_on_exports_stands_in_for_labour(run: Runs) -> None:
    repressed = run("KOR", levers=repression(1.0), until=1988)
    closed = run("KOR", CLOSED, repression(1.0), until=1988)
    mobilised = run("KOR", CLOSED, repression(0.0), until=1988)
    assert at(repressed, "mobilisation", 1985) < 0.01
    assert at(repressed, "discipline", 1985) > at(repressed, "discipline", 1965)
    assert at(repressed, "discipline", 1985) > 5 * at(closed, "discipline", 1985)
    assert at(repressed, "discipline", 1985) > at(mobilised, "discipline", 1985)
    assert at(repressed, "exports", 1985) > 1.1 * at(closed, "exports", 1985)


def test_repression_costs_brazil_more_discipline_than_korea(run: Runs) -> None:
    kept = {
        iso3: at(run(iso3, levers=repression(1.0), until=1985), "discipline", 1985)
        / at(run(iso3, levers=repression(0.0), until=1985), "discipline", 1985)
        for iso3 in ("KOR", "BRA")
    }
    assert kept["BRA"] < kept["KOR"] < 1


def test_korea_under_repression_is_more_disciplined_than_brazil_without(run: Runs) -> None:
    korea, brazil = (
        run("KOR", levers=repression(1.0), until=1985),
        run("BRA", levers=repression(0.0), until=1985),
    )
    assert at(korea, "discipline", 1985) > 1.1 * at(brazil, "discipline", 1985)


@EACH
def test_organised_labour_has_a_larger_share(run: Runs, iso3: str) -> None:
    free, bound = (run(iso3, levers=repression(level), until=1985) for level in (0.0, 1.0))
    assert at(free, "labour share", 1985) > at(bound, "labour share", 1985) + 0.01
