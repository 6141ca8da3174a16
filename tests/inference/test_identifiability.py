"""Labels of parameters, on models of which it is known what the figures can tell."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latecomer.errors import InputError
from latecomer.inference.identifiability import (
    INFORMED,
    LABELS,
    MOST_PARTNERS,
    PRIOR_DOMINATED,
    Identification,
    advice,
    identify,
    partners,
)
from latecomer.inference.profile import Profile, profile

X = np.linspace(0.5, 2.0, 12)
SD = 0.05


def information(model: Callable[[np.ndarray], np.ndarray], mode: np.ndarray, sd: float = SD) -> np.ndarray:
    """Gauss-Newton of figures with one standard error, slopes by complex steps (exact to rounding)."""
    steps = mode + 1e-20j * np.eye(len(mode))
    jacobian = np.stack([model(z).imag / 1e-20 for z in steps], axis=1)
    return jacobian.T @ jacobian / sd**2


def labels(found: Identification) -> dict[str, str]:
    return {row.name: row.label for row in found.rows}


def random_information(seed: int, n: int) -> np.ndarray:
    """A sloppy spectrum: eigenvalues over nine decades, some of them nought, in random directions."""
    generator = np.random.default_rng(seed)
    directions, _ = np.linalg.qr(generator.normal(size=(n, n)))
    eigenvalues = 10.0 ** generator.uniform(-5, 4, n) * (generator.uniform(size=n) > 0.2)
    found = (directions * eigenvalues) @ directions.T
    return (found + found.T) / 2


@pytest.mark.parametrize("spreads", [(0.5, 0.5), (0.3, 0.7)])
def test_only_a_product_matters(spreads: tuple[float, float]) -> None:
    found = identify(["a", "b"], information(lambda z: np.exp(np.dot(spreads, z)) * X, np.array([0.3, -0.3])))
    assert labels(found) == {"a": "sloppy", "b": "sloppy"}
    assert (found["a"].ridge, found["b"].ridge) == (("b",), ("a",))
    assert (found["a"].partner, found["b"].partner) == ("b", "a")
    assert found["a"].correlation < -0.98
    assert found.ridges == (("a", "b"),)
    assert found.flat_directions == 1


def test_only_a_product_of_three_matters_and_each_names_the_two_others() -> None:
    def model(z: np.ndarray) -> np.ndarray:
        return np.exp(0.5 * (z[0] + z[1] + z[2])) * X + z[3]

    found = identify(["a", "b", "c", "level"], information(model, np.zeros(4)))
    assert labels(found) == {"a": "sloppy", "b": "sloppy", "c": "sloppy", "level": "identified"}
    assert {name: set(found[name].ridge) for name in "abc"} == {
        "a": {"b", "c"}, "b": {"a", "c"}, "c": {"a", "b"},
    }  # fmt: skip
    assert found.ridges == (("a", "b", "c"),)
    # of the three unit directions of a, b and c one is told by the figures
    assert [found[name].flat_share for name in "abc"] == pytest.approx([2 / 3] * 3)


def test_what_moves_nothing_is_flat_and_a_straight_line_is_identified() -> None:
    found = identify(["a", "c", "level"], information(lambda z: z[0] * X + 0 * z[1] + z[2], np.ones(3)))
    assert labels(found) == {"a": "identified", "c": "flat", "level": "identified"}
    idle = found["c"]
    assert (idle.contraction, idle.curvature, idle.flat_share, idle.partner) == (0.0, 0.0, 1.0, None)
    assert not found.ridges


def test_a_factor_and_an_exponent_trade_off_unless_the_figures_spread() -> None:
    def model(log_x: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        return lambda z: z[0] + (1 + z[1]) * log_x  # log(A x ** e)

    narrow, wide = np.linspace(0.999, 1.001, 20), np.linspace(-1.0, 1.0, 20)
    tied, told = (
        identify(["exponent", "factor"], information(model(x), np.zeros(2))) for x in (narrow, wide)
    )
    assert labels(tied) == {"exponent": "sloppy", "factor": "sloppy"}
    assert (tied["factor"].ridge, tied["exponent"].ridge) == (("exponent",), ("factor",))
    assert labels(told) == {"exponent": "identified", "factor": "identified"}
    assert told["factor"].partner is None


def test_alone_a_parameter_contracts_as_two_normals_multiply() -> None:
    precision = [0.05, 0.5, 2.0, 30.0]
    found = identify(list("abcd"), np.diag(precision))
    assert [found[name].contraction for name in "abcd"] == pytest.approx([h / (1 + h) for h in precision])
    assert labels(found) == {"a": "flat", "b": "sloppy", "c": "identified", "d": "identified"}
    # a weak parameter without a partner is in no ridge
    assert found["b"].ridge == ()
    assert (found.flat_directions, found.prior_dominated) == (1, 2)


@pytest.mark.parametrize("seed", range(5))
def test_contraction_and_correlation_are_those_of_the_inverse(seed: int) -> None:
    n = 8
    matrix = random_information(seed, n)
    names = [f"p{i}" for i in range(n)]
    found = identify(names, matrix)
    covariance = np.linalg.inv(matrix + np.eye(n))
    sd = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(sd, sd) - np.eye(n)
    for i, name in enumerate(names):
        assert found[name].contraction == pytest.approx(1 - covariance[i, i], abs=1e-8)
        assert abs(found[name].correlation) == pytest.approx(np.max(np.abs(correlation[i])), abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 9), order=st.randoms(use_true_random=False))
def test_the_order_of_the_parameters_changes_nothing(seed: int, n: int, order: object) -> None:
    matrix, names = random_information(seed, n), [f"p{i}" for i in range(n)]
    places = list(range(n))
    order.shuffle(places)  # type: ignore[attr-defined]
    gradient = np.random.default_rng(seed).normal(size=n)
    one = identify(names, matrix, gradient, np.linspace(0.1, 1, n))
    other = identify(
        [names[i] for i in places], matrix[np.ix_(places, places)], gradient[places],
        np.linspace(0.1, 1, n)[places],
    )  # fmt: skip
    assert one == other


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 9), factor=st.floats(1.0, 1e4))
def test_more_information_never_makes_a_label_worse(seed: int, n: int, factor: float) -> None:
    matrix, names = random_information(seed, n), [f"p{i}" for i in range(n)]
    before, after = labels(identify(names, matrix)), labels(identify(names, factor * matrix))
    assert all(LABELS.index(after[name]) >= LABELS.index(before[name]) for name in names)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 9))
def test_whoever_is_in_a_ridge_would_be_identified_with_all_else_known(seed: int, n: int) -> None:
    matrix, names = random_information(seed, n), [f"p{i}" for i in range(n)]
    found = identify(names, matrix)
    for i, name in enumerate(names):
        row = found[name]
        if row.ridge:
            assert identify([name], matrix[i : i + 1, i : i + 1])[name].label == "identified"
            assert len(set(row.ridge)) == len(row.ridge) <= MOST_PARTNERS
            assert name not in row.ridge
            assert row.ridge[0] == row.partner


def test_partners_known_leave_little_more_variance_than_all_others_known() -> None:
    matrix = random_information(3, 6) + 5 * np.ones((6, 6))
    covariance = np.linalg.inv(matrix + np.eye(6))
    for i in range(6):
        conditional = 1 / (1 + matrix[i, i])
        known = partners(covariance, i, conditional)
        rest = [i, *known]
        # Schur: the variance of i given the partners is one over the precision of its block
        left = 1 / np.linalg.inv(covariance[np.ix_(rest, rest)])[0, 0]
        enough = covariance[i, i] - 0.9 * (covariance[i, i] - conditional)
        assert left <= enough + 1e-12 or len(known) == MOST_PARTNERS


def test_lone_curvature_of_the_prior_is_the_contraction_of_the_informed() -> None:
    assert identify(["a"], np.array([[PRIOR_DOMINATED]]))["a"].contraction == INFORMED


def test_draws_stand_in_for_curvature() -> None:
    found = identify(["a", "b"], np.diag([9.0, 9.0]), posterior_sd=np.array([0.9, 0.5]))
    assert found["a"].contraction == pytest.approx(0.19)
    assert labels(found) == {"a": "sloppy", "b": "identified"}


def test_the_shortfall_is_what_is_left_to_the_minimum_of_a_quadratic_loss() -> None:
    matrix = random_information(1, 4) + np.eye(4)
    away = np.array([0.5, -1.0, 0.2, 0.0])
    whole = matrix + np.eye(4)
    found = identify(list("abcd"), matrix, gradient=whole @ away)
    assert found.shortfall == pytest.approx(away @ whole @ away / 2)
    assert "not at the mode: a Newton step would gain" in found.text()
    assert "not at the mode" not in identify(list("abcd"), matrix, gradient=np.zeros(4)).text()


def saturating(z: np.ndarray) -> tuple[float, np.ndarray]:
    """A figure of 0 with standard error 0.7 for tanh(5 z): steep at the mode, level on both sides."""
    curve = np.tanh(5 * z[0])
    loss = (curve / 0.7) ** 2 / 2 + z @ z / 2
    return loss, np.array([curve * 5 * (1 - curve**2) / 0.49 + z[0]])


def test_an_open_profile_overrules_curvature() -> None:
    matrix = information(lambda z: np.tanh(5 * z), np.zeros(1), sd=0.7)
    assert identify(["a"], matrix)["a"].label == "identified"
    found = identify(["a"], matrix, profiles={"a": profile(saturating, np.zeros(1), 0, prior=False)})
    assert found["a"].label == "sloppy"
    assert found["a"].note == (
        "identified by curvature, but its profile of the likelihood alone is "
        "open to the left and to the right"
    )
    assert not found.agreements["a"].agrees
    assert found["a"].note in found.text(width=500)


def test_a_factor_told_by_the_tight_prior_of_the_other_is_open_without_that_prior() -> None:
    spreads = np.array([0.05, 0.95])

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        gap = np.expm1(spreads @ z) * X / SD
        slope = np.exp(spreads @ z) * X / SD
        return gap @ gap / 2 + z @ z / 2, spreads * (gap @ slope) + z

    matrix = information(lambda z: np.exp(np.dot(spreads, z)) * X, np.zeros(2))
    assert identify(["a", "b"], matrix)["b"].label == "identified"
    # bounds so far off that the other factor can make up for any value on the grid
    open_one = profile(loss, np.zeros(2), 1, np.linspace(-1.0, 1.0, 9), prior=False, bound=50.0)
    assert identify(["a", "b"], matrix, profiles={"b": open_one})["b"].label == "sloppy"
    closed = profile(loss, np.zeros(2), 1)
    assert identify(["a", "b"], matrix, profiles={"b": closed})["b"].label == "identified"


def test_profiles_of_a_linear_model_agree_with_curvature() -> None:
    matrix = information(lambda z: z[0] * X + z[1], np.zeros(2), sd=0.5)

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        return z @ matrix @ z / 2 + z @ z / 2, matrix @ z + z

    for prior in (True, False):
        known = {name: profile(loss, np.zeros(2), i, prior=prior) for i, name in enumerate("ab")}
        found = identify(["a", "b"], matrix, profiles=known)
        assert labels(found) == {"a": "identified", "b": "identified"}
        for one in found.agreements.values():
            assert one.agrees
            assert one.profile == pytest.approx(one.curvature, rel=1e-4)


def test_a_flat_parameter_is_open_by_profile_and_by_curvature() -> None:
    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        return z @ z / 2, z

    found = identify(["a"], np.zeros((1, 1)), profiles={"a": profile(loss, np.zeros(1), 0, prior=False)})
    assert found["a"].label == "flat"
    assert (found.agreements["a"].profile, found.agreements["a"].curvature) == (None, None)
    assert found.agreements["a"].agrees


def test_the_table_names_flat_sloppy_and_ridges() -> None:
    matrix = np.zeros((4, 4))
    matrix[:2, :2] = 400.0
    matrix[2, 2] = 50.0
    found = identify(["theta [KOR]", "gap [KOR]", "qk", "idle"], matrix, gradient=np.zeros(4))
    assert found.text().splitlines() == [
        "4 parameters: 1 identified, 2 sloppy, 1 flat",
        "directions: 2 flat, 2 prior-dominated",
        "flat: idle",
        "sloppy: gap [KOR]; theta [KOR]",
        "ridge: gap [KOR] ~ theta [KOR]",
    ]
    plain = found.as_dict()
    assert plain["counts"] == {"identified": 1, "sloppy": 2, "flat": 1}
    assert [row["name"] for row in plain["parameters"]] == ["idle", "gap [KOR]", "theta [KOR]", "qk"]
    assert plain["ridges"] == [["gap [KOR]", "theta [KOR]"]]
    with pytest.raises(KeyError):
        found["nobody"]


def test_hundreds_of_names_stay_within_the_width() -> None:
    names = [f"parameter number {i:03d} [KOR]" for i in range(300)]
    lines = identify(names, np.zeros((300, 300))).text(width=80).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert all(re.search(re.escape(name), re.sub(r"\s+", " ", " ".join(lines))) for name in names)


def test_advice_takes_no_judgement_for_a_source() -> None:
    sourced = {
        "a": "observations: mean of 1960-64",
        "b": "judgement: about a half",
        "c": "kuroiwa2009: parts are bulky; sizes by judgement",
        "d": "  ",
        "told": "observations: mean",
        "f": "devlin1989; the size is a GUESS",
    }
    said = advice(identify([*"abcdef", "told"], np.diag([0.0] * 6 + [9.0])), sourced)
    assert dict(said.fix) == {"a": sourced["a"]}
    assert said.without_source == ("b", "c", "d", "e", "f")


HAND_OVER = "Cure: hand over the Gauss-Newton matrix of the data."


@pytest.mark.parametrize(
    ("names", "matrix", "more", "words"),
    [
        (
            ["a", "a"],
            np.eye(2),
            {},
            "names: got 'a' twice; expected each once. Cure: add the country to the name.",
        ),
        (
            ["a"],
            np.eye(2),
            {},
            (
                "information: got the shape (2, 2); expected (1, 1), as 1 names say. "
                "Cure: hand over names and numbers of one fit."
            ),
        ),
        (
            ["a"],
            np.eye(1),
            {"gradient": np.zeros(3)},
            (
                "gradient: got the shape (3,); expected (1,), as 1 names say. "
                "Cure: hand over names and numbers of one fit."
            ),
        ),
        (
            ["a"],
            np.full((1, 1), np.nan),
            {},
            "information: got numbers without end; expected finite ones. Cure: evaluate at the mode.",
        ),
        (
            ["a", "b"],
            np.array([[1.0, 0.5], [0.0, 1.0]]),
            {},
            f"information: got a matrix that is not symmetric; expected a symmetric one. {HAND_OVER}",
        ),
        (
            ["a"],
            np.array([[-0.5]]),
            {},
            f"information: got an eigenvalue of -0.5; expected none below 0. {HAND_OVER}",
        ),
        (
            ["a"],
            np.eye(1),
            {"posterior_sd": np.array([-1.0])},
            "posterior_sd: got a negative one; expected none below 0. Cure: take them from the draws.",
        ),
        (
            ["slope"],
            np.eye(1),
            {"profiles": {"slop": Profile(0, True, X, X, 0.0, None, None)}},
            (
                "profiles: got a profile of 'slop'; expected one of a parameter named. "
                "Cure: write the nearest name: 'slope'."
            ),
        ),
    ],
)
def test_what_is_refused(names: list[str], matrix: np.ndarray, more: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        identify(names, matrix, **more)  # type: ignore[arg-type]
    assert str(caught.value) == f"identify, {words}"
