"""The likelihood of a model with noise, on models whose filters are known exactly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm
from scipy.stats import multivariate_normal, norm

from latecomer.calibrate import filters
from latecomer.calibrate.filter_inputs import Series, initial_spread, make_draws, make_figures
from latecomer.calibrate.filters import ensemble_filter, extended_filter, slopes
from latecomer.calibrate.state_space import (
    ensemble_likelihood,
    extended_likelihood,
    state_space_likelihood,
    stay_positive,
)
from latecomer.faults import InputError
from latecomer.language import read_text
from latecomer.solve import load_model
from latecomer.solve.transition import Transition, make_transition
from tests.solve.texts import text

REVERTING = text(
    """
Level = INTEG((centre - Level) / memory, start) ~ Dmnl ~ Comes back to its centre. |
Level volatility = size ~ Dmnl/year^0.5 ~ Size of its noise. |
centre = 0.5 ~ Dmnl ~ Where it comes back to. |
memory = 3 ~ year ~ How slowly. |
start = 2 ~ Dmnl ~ First value. |
size = 0.4 ~ Dmnl/year^0.5 ~ Constant. |
"""
)
COUPLED = text(
    """
Cause = INTEG(-Cause / memory, 1) ~ Dmnl ~ Is not seen. |
Cause volatility = size ~ Dmnl/year^0.5 ~ Size of its noise. |
Effect = INTEG(strength * Cause - loss * Effect, 3) ~ Dmnl ~ Is seen. |
double = 2 * Effect ~ Dmnl ~ What the figures are of. |
memory = 4 ~ year ~ How slowly. |
strength = 0.6 ~ 1/year ~ Of the one on the other. |
loss = 0.2 ~ 1/year ~ Of the effect. |
size = 0.5 ~ Dmnl/year^0.5 ~ Constant. |
"""
)
GROWING = text(
    """
Plant = INTEG(growth rate * Plant * (1 - Plant / ceiling) + Weather * Plant, start) ~ t ~ Grows. |
Weather = INTEG(-Weather / memory, 0) ~ 1/year ~ Good and bad years. |
Weather volatility = size ~ 1/year^1.5 ~ Size of its noise. |
harvest = 0.3 * Plant ^ 0.5 ~ t ~ What is taken. |
growth rate = 0.3 ~ 1/year ~ At first. |
ceiling = 9 ~ t ~ In the end. |
memory = 1 ~ year ~ Of the weather. |
start = 1 ~ t ~ First value. |
size = 0.05 ~ 1/year^1.5 ~ Constant. |
"""
)
YEARS = (0.0, 10.0)
FIGURES = {0: 2.1, 1: 1.2, 4: 0.9, 5: 0.1, 9: 1.3}
SCALE = 0.3
WIDTH = 0.25


def transition_of(
    folder: Path, content: str, outputs: tuple[str, ...], dt: float = 0.25
) -> tuple[Transition, Any]:
    path = folder / "model.mdl"
    path.write_text(content, encoding="utf-8")
    made = make_transition(read_text(path), YEARS, outputs, dt)
    return made, load_model(path).parameter_vector()


def exact_loss(figures: Mapping[int, float], stationary: float = 0.5) -> float:
    """The Kalman filter of the Ornstein-Uhlenbeck process from its exact transition."""
    rate, mean, variance, now, total = 1 / 3, 2.0, (WIDTH * 2.0) ** 2, 0, 0.0
    limit = 0.4**2 / (2 * rate)
    for year in sorted(figures):
        kept = np.exp(-rate * (year - now))
        mean, variance = stationary + kept * (mean - stationary), kept**2 * variance + limit * (1 - kept**2)
        total -= norm(mean, np.sqrt(variance + SCALE**2)).logpdf(figures[year])
        gain = variance / (variance + SCALE**2)
        mean, variance, now = mean + gain * (figures[year] - mean), (1 - gain) * variance, year
    return float(total)


def test_the_exact_filter_of_a_reverting_stock_is_met_at_second_order(tmp_path: Path) -> None:
    errors = []
    for dt in (0.25, 0.125, 0.0625):
        made, p = transition_of(tmp_path, REVERTING, ("Level",), dt)
        found = extended_likelihood(made, [Series("Level", FIGURES, SCALE)], WIDTH)(p)
        errors.append(abs(float(found.loss) - exact_loss(FIGURES)))
    assert errors[2] < 2e-4
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.15)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.15)


def joint_loss(figures: Mapping[int, float]) -> float:
    """Minus the joint normal density of all figures of the coupled stocks, by matrix exponentials."""
    F, start = np.array([[-0.25, 0.0], [0.6, -0.2]]), np.array([1.0, 3.0])
    years, H = sorted(figures), np.array([0.0, 2.0])

    # Van Loan (1978): covariance of the noise gathered in t years
    def moments(t: float) -> tuple[np.ndarray, np.ndarray]:
        block = np.zeros((4, 4))
        block[:2, :2], block[:2, 2:], block[2:, 2:] = -F, np.diag([0.25, 0.0]), F.T
        power = expm(block * t)
        map_ = power[2:, 2:].T
        return map_, map_ @ power[:2, 2:] + map_ @ np.diag((WIDTH * start) ** 2) @ map_.T

    mean = np.array([H @ moments(t)[0] @ start for t in years])
    covariance = np.zeros((len(years), len(years)))
    for i, s in enumerate(years):
        for j, t in enumerate(years):
            first, last = min(s, t), max(s, t)
            covariance[i, j] = H @ moments(last - first)[0] @ moments(first)[1] @ H
    covariance += np.diag(np.full(len(years), SCALE**2))
    return -float(multivariate_normal(mean, covariance).logpdf([figures[t] for t in years]))


def test_two_coupled_stocks_of_which_one_is_seen_have_the_joint_density_of_all_figures(
    tmp_path: Path,
) -> None:
    figures = {0: 6.2, 2: 8.0, 3: 7.1, 7: 5.5, 10: 9.9}
    errors = []
    for dt in (0.125, 0.0625, 0.03125):
        made, p = transition_of(tmp_path, COUPLED, ("double",), dt)
        found = extended_likelihood(made, [Series("double", figures, SCALE)], WIDTH)(p)
        errors.append(abs(float(found.loss) - joint_loss(figures)))
    assert errors[2] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.2)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.1)


def test_without_noise_and_spread_it_is_the_normal_likelihood_of_the_free_run(tmp_path: Path) -> None:
    made, p = transition_of(tmp_path, GROWING.replace("size = 0.05", "size = 0"), ("Plant", "harvest"))
    series = [Series("Plant", {1: 1.5, 3: 2.0, 10: 7.7}, 0.1, True), Series("harvest", {3: 0.5, 4: 0.6}, 0.2)]
    path = load_model(tmp_path / "model.mdl").run(
        years=YEARS, dt=0.25, method="heun", save_every=1.0, backend="numpy"
    )
    plant, harvest = path["Plant"].to_numpy(), path["harvest"].to_numpy()
    free = -sum(norm(np.log(plant[t]), 0.1).logpdf(np.log(v)) for t, v in series[0].figures.items())
    free -= sum(norm(harvest[t], 0.2).logpdf(v) for t, v in series[1].figures.items())
    for make in (extended_likelihood, ensemble_likelihood):
        found = make(made, series, 0.0)(p)
        assert float(found.loss) == pytest.approx(free, rel=1e-10)
        assert np.asarray(found.means)[:, 0] == pytest.approx(plant, rel=1e-12)
        assert np.asarray(found.innovations)[3] == pytest.approx(
            [np.log(2.0 / plant[3]) / 0.1, (0.5 - harvest[3]) / 0.2], rel=1e-8
        )


def test_the_ensemble_tends_to_the_exact_filter_of_a_linear_model(tmp_path: Path) -> None:
    made, p = transition_of(tmp_path, REVERTING, ("Level",))
    series = [Series("Level", FIGURES, SCALE)]
    exact = extended_likelihood(made, series, WIDTH)(p)
    figures, spread, none = make_figures(made, series), np.array([WIDTH]), np.zeros(1, bool)
    run = jax.jit(lambda draws: ensemble_filter(made, made.prepare(p), figures, spread, none, draws))
    away, means = [], []
    for members in (100, 1600):
        found = [run(make_draws(made, series, members, seed)) for seed in range(8)]
        away.append(np.sqrt(np.mean([(float(one.loss) - float(exact.loss)) ** 2 for one in found])))
        gaps = [np.asarray(one.means) - np.asarray(exact.means) for one in found]
        means.append(np.sqrt(np.mean(np.square(gaps))))
    # one over the root of the members: a quarter
    assert 2.0 < away[0] / away[1] < 8.0
    assert 2.5 < means[0] / means[1] < 6.5
    assert means[1] < 0.02


@pytest.mark.parametrize("make", [extended_likelihood, ensemble_likelihood])
def test_gradients_are_those_of_central_differences(tmp_path: Path, make: Any) -> None:
    made, p = transition_of(tmp_path, GROWING, ("Plant", "harvest"))
    series = [Series("Plant", {0: 1.2, 3: 1.9, 7: 2.0}, 0.1, True), Series("harvest", {5: 0.5, 7: 1.0}, 0.2)]
    likelihood = make(made, series, 0.1, ["Plant"])
    value = jax.jit(lambda p: likelihood(p).loss)
    slope = np.asarray(jax.jit(jax.grad(lambda p: likelihood(p).loss))(p))
    assert np.isfinite(slope).all()
    for i in range(len(p)):
        step = np.zeros(len(p))
        step[i] = 1e-5 * max(1.0, abs(p[i]))
        central = (float(value(p + step)) - float(value(p - step))) / (2 * step[i])
        assert slope[i] == pytest.approx(central, rel=1e-5, abs=1e-6)


def simulated(folder: Path) -> dict[int, float]:
    model = load_model(folder / "model.mdl")
    path = model.run(years=YEARS, dt=0.25, noise=True, seed=3, save_every=1.0, backend="numpy")
    errors = np.random.default_rng(3).normal(0.0, 0.05, 11)
    return dict(enumerate((path["Plant"].to_numpy() * np.exp(errors)).tolist()))


@pytest.mark.parametrize("make", [extended_likelihood, ensemble_likelihood])
def test_figures_a_year_too_late_or_too_early_are_less_likely(tmp_path: Path, make: Any) -> None:
    made, p = transition_of(tmp_path, GROWING, ("Plant",))
    figures = simulated(tmp_path)
    # the same figures in both, so that no loss has more terms
    kept = {year: figures[year] for year in range(1, 10)}
    losses = [
        float(make(made, [Series("Plant", {year + by: v for year, v in kept.items()}, 0.05, True)])(p).loss)
        for by in (-1, 0, 1)
    ]
    assert losses[1] < losses[0] - 2.0
    assert losses[1] < losses[2] - 2.0


@pytest.mark.parametrize("make", [extended_likelihood, ensemble_likelihood])
def test_neither_the_order_of_figures_nor_that_of_series_matters(tmp_path: Path, make: Any) -> None:
    series = [Series("Plant", simulated_like(1), 0.1, True), Series("harvest", simulated_like(2), 0.2)]
    turned = [
        Series(one.variable, dict(reversed(one.figures.items())), one.scale, one.logarithmic)
        for one in series[::-1]
    ]
    found = []
    for chosen in (series, turned):
        made, p = transition_of(tmp_path, GROWING, tuple(one.variable for one in chosen))
        found.append(make(made, chosen, 0.1)(p))
    assert float(found[0].loss) == pytest.approx(float(found[1].loss), rel=1e-10)
    assert np.asarray(found[0].means) == pytest.approx(np.asarray(found[1].means), rel=1e-9)
    assert np.asarray(found[0].innovations) == pytest.approx(
        np.asarray(found[1].innovations)[:, ::-1], rel=1e-8, nan_ok=True
    )


def simulated_like(seed: int) -> dict[int, float]:
    rng = np.random.default_rng(seed)
    return {int(year): float(rng.uniform(0.5, 3.0)) for year in rng.permutation(11)[:7]}


def test_a_missing_year_is_a_figure_of_boundless_variance(tmp_path: Path) -> None:
    made, p = transition_of(tmp_path, REVERTING, ("Level",))
    whole = make_figures(made, [Series("Level", FIGURES, SCALE)])
    gap = make_figures(made, [Series("Level", {**FIGURES, 4: np.nan}, SCALE)])
    variance = np.array(whole.variance)
    variance[4] = 1e10
    spread, none = np.array([WIDTH]), np.zeros(1, bool)
    wide = extended_filter(made, made.prepare(p), whole._replace(variance=variance), spread, none)
    missing = extended_filter(made, made.prepare(p), gap, spread, none)
    assert np.asarray(wide.means) == pytest.approx(np.asarray(missing.means), rel=1e-9)
    constant = 0.5 * np.log(2 * np.pi * 1e10)
    assert float(wide.loss) - constant == pytest.approx(float(missing.loss), abs=1e-8)
    assert float(missing.loss) == pytest.approx(
        exact_loss({t: v for t, v in FIGURES.items() if t != 4}), abs=0.01
    )


@pytest.mark.parametrize("make", [extended_likelihood, ensemble_likelihood])
def test_a_stock_that_stays_positive_is_held_above_nought_and_counted(tmp_path: Path, make: Any) -> None:
    made, p = transition_of(tmp_path, GROWING, ("Plant",))
    series = [Series("Plant", {2: -4.0}, 0.01)]
    plain, held = make(made, series, 0.5)(p), make(made, series, 0.5, ["plant"])(p)
    assert np.asarray(plain.means)[2, 0] < 0.0
    assert (np.asarray(held.means)[:, 0] > 0.0).all()
    assert int(plain.curbed) == 0
    assert int(held.curbed) >= 1
    fine = make(made, [Series("Plant", {2: 1.6}, 0.1)], 0.05, ["Plant"])(p)
    assert int(fine.curbed) == 0


def test_a_long_gap_leads_to_the_stationary_variance_and_figures_narrow_it(tmp_path: Path) -> None:
    path = tmp_path / "model.mdl"
    path.write_text(REVERTING, encoding="utf-8")
    made = make_transition(read_text(path), (0.0, 60.0), ("Level",), 0.0625)
    p = load_model(path).parameter_vector()
    found = extended_likelihood(made, [Series("Level", {0: 2.0, 60: 0.5}, SCALE)], WIDTH)(p)
    deviations = np.asarray(found.deviations)[:, 0]
    limit = 0.4**2 * 3 / 2
    assert deviations[59] ** 2 == pytest.approx(limit, rel=1e-3)
    assert deviations[60] ** 2 == pytest.approx(limit * SCALE**2 / (limit + SCALE**2), rel=1e-3)


def test_draws_are_told_by_seed_member_year_and_name(tmp_path: Path) -> None:
    made, _ = transition_of(tmp_path, GROWING, ("Plant", "harvest"))
    one, other = Series("Plant", {}, 1.0), Series("harvest", {}, 1.0)
    few, many = (make_draws(made, [one, other], members, 1) for members in (3, 5))
    for a, b in (
        (few.noise, many.noise[:, :3]),
        (few.figures, many.figures[:, :3]),
        (few.start, many.start[:3]),
    ):
        assert np.array_equal(a, b)
    path = tmp_path / "model.mdl"
    later = make_transition(read_text(path), (4.0, 12.0), ("harvest",), 0.25)
    moved = make_draws(later, [other], 3, 1)
    assert np.array_equal(moved.noise[:7], few.noise[4:])
    assert np.array_equal(moved.figures[:7, :, 0], few.figures[4:, :, 1])
    again = make_draws(made, [one, other], 3, 2)
    assert not np.any(np.asarray(again.noise) == np.asarray(few.noise))
    every = np.concatenate([np.ravel(part) for part in many])
    assert len(np.unique(every)) == len(every)


PLACED = GROWING.replace("+ Weather * Plant", "+ Weather * Plant + 0 * driver") + (
    "driver = driver table(Time) ~ t/year ~ Does nothing. |\n"
    "driver table((0,1),(10,1)) ~ t/year ~ Figures. |\n"
)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A study of one country with one series on logarithms, one of weight 4 on levels, and one of none."""
    path = tmp_path_factory.mktemp("toy") / "toy.mdl"
    path.write_text(PLACED, encoding="utf-8")
    model = load_model(path)

    def target(series: str, variable: str, on: str, weight: float) -> Any:
        error = SimpleNamespace(scale=0.1, on=on)
        return SimpleNamespace(
            series=series, variable=variable, observation=series, weight=weight, error=error,
            scale=lambda iso3: 0.1, years=lambda iso3, window: (0, 2050),
        )  # fmt: skip

    figures = {
        "log plant": pd.Series({3: 2.0, 1: 1.4, 10: 8.0, 2050: 9.0}),
        "take": pd.Series({5: 0.6, 6: 0.7}),
        "unused": pd.Series({5: 1e9}),
    }
    prior = SimpleNamespace(family="lognormal", centre=0.3, spread=0.5)
    own = SimpleNamespace(priors={"ceiling": SimpleNamespace(family="lognormal", centre=9.0, spread=0.5)})
    country = SimpleNamespace(window=SimpleNamespace(start=0, end=10), parameters=own)
    return SimpleNamespace(
        model=model,
        parameters=SimpleNamespace(priors={"growth rate": prior}),
        countries={"AAA": country},
        parameter_values=lambda iso3, variant=None: model.parameters | {"size": 0.0 if variant else 0.05},
        tables=lambda iso3, until=None: {"driver table": (np.array([0.0, 10.0]), np.array([1.0, 1.0]))},
        targets=SimpleNamespace(
            window=None,
            targets=[
                target("log plant", "Plant", "log", 1.0),
                target("take", "harvest", "level", 4.0),
                target("unused", "harvest", "level", 0.0),
            ],
        ),
        observations=SimpleNamespace(
            variables=lambda iso3: tuple(figures), series=lambda iso3, name: figures[name]
        ),
    )


def test_a_study_without_noise_and_spread_has_the_free_run_for_its_likelihood(rooms: Any) -> None:
    z = np.array([0.4, -0.3])
    run = rooms.model.run(
        years=YEARS, dt=0.25, method="heun", save_every=1.0, backend="numpy",
        parameters={"growth rate": 0.3 * np.exp(0.2), "ceiling": 9.0 * np.exp(-0.15), "size": 0.0},
    )  # fmt: skip
    plant, take = run["Plant"].to_numpy(), run["harvest"].to_numpy()
    free = -sum(norm(np.log(plant[t]), 0.1).logpdf(np.log(v)) for t, v in ((1, 1.4), (3, 2.0), (10, 8.0)))
    # a weight of four is a variance of a quarter
    free -= sum(norm(take[t], 0.05).logpdf(v) for t, v in ((5, 0.6), (6, 0.7)))
    for name in ("extended", "ensemble"):
        made = state_space_likelihood(rooms, "AAA", filter=name, variant="quiet", spread=0.0)
        assert [str(entry) for entry in made.layout.entries] == ["growth rate", "ceiling [AAA]"]
        assert float(made(z)) == pytest.approx(free, rel=1e-10)


@pytest.mark.parametrize("name", ["extended", "ensemble"])
def test_a_study_gives_value_and_gradient_and_figures_after_the_cut_off_do_not_enter(
    rooms: Any, name: str
) -> None:
    made = state_space_likelihood(rooms, "AAA", filter=name, members=16)
    z = np.array([0.2, 0.1])
    value, slope = made.value_and_gradient(z)
    assert float(value) == pytest.approx(float(made(z)), rel=1e-10)
    for i in range(2):
        step = np.eye(2)[i] * 1e-5
        central = (float(made(z + step)) - float(made(z - step))) / 2e-5
        assert float(slope[i]) == pytest.approx(central, rel=1e-5)
    early = state_space_likelihood(rooms, "AAA", until=6, filter=name, members=16)
    innovations = np.asarray(made.filtered(z).innovations)
    assert np.asarray(early.filtered(z).innovations) == pytest.approx(innovations[:7], rel=1e-9, nan_ok=True)


def test_a_stock_is_taken_for_positive_where_the_text_says_so_or_a_free_run_keeps_it_there(
    tmp_path: Path,
) -> None:
    path = tmp_path / "signs.mdl"
    path.write_text(
        text(
            """
grows = INTEG(1, 0) ~ Dmnl ~ From nought on. |
falls = INTEG(-1, 5) ~ Dmnl ~ Below nought. |
shock = INTEG(-shock, 0) ~ Dmnl ~ Noisy. |
shock volatility = 1 ~ Dmnl ~ Size. |
price = INTEG(-price, 1) ~ Dmnl [0,?] ~ Noisy and never negative. |
price volatility = price ~ Dmnl ~ Size. |
"""
        ),
        encoding="utf-8",
    )
    model = load_model(path)
    assert stay_positive(model, YEARS, {}, {}) == ("grows", "price")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"filter": "particle"}, "filter: got 'particle'; expected 'extended' or 'ensemble'. Cure: "),
        (
            {"filter": "ensemble", "members": 1},
            "members: got 1; expected two at least. Cure: a covariance needs two; 64 is the default.",
        ),
        ({"filter": "ensemble", "seed": -1}, "seed: got -1; expected a whole number from 0 to "),
        ({"until": 0}, "--until: got 0; expected a year after 0, where AAA begins. Cure: "),
        (
            {"spread": -0.1},
            "spread: got -0.1; expected a part of a stock's value, 0 or more. Cure: 0.01 is one in a",
        ),
        (
            {"spread": {"Plnt": 0.1}},
            (
                "spread 'Plnt': got no stock of that name; expected the name of a stock. "
                "Cure: write the nearest name: 'Plant'."
            ),
        ),
        (
            {"positive": ["harvest"]},
            (
                "positive 'harvest': got no stock of that name; expected the name of a stock. "
                "Cure: write the nearest name: 'Plant'."
            ),
        ),
    ],
)
def test_requests_that_are_refused(rooms: Any, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        state_space_likelihood(rooms, "AAA", **asked)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ([], "series: got none; expected Level. Cure: name the outputs in order."),
        (
            [Series("Level", {1: 1.0}, 0.0, name="of it")],
            (
                "series 'of it': got the scale 0; expected a standard deviation above 0. "
                "Cure: state the error of a figure."
            ),
        ),
        (
            [Series("Level", {2: 1.0, 1: -0.5}, 0.1, True)],
            (
                "series 'Level': got -0.5 in 1; expected figures above 0 for their logarithm. "
                "Cure: state the error on a level."
            ),
        ),
        (
            [Series("Level", {1900: 1.0, 2: np.nan}, 0.1)],
            (
                "series: got no figure from 0 to 10; expected one at least. "
                "Cure: choose other years or another country."
            ),
        ),
    ],
)
def test_series_that_are_refused(tmp_path: Path, series: list[Series], words: str) -> None:
    made, _ = transition_of(tmp_path, REVERTING, ("Level",))
    with pytest.raises(InputError) as caught:
        extended_likelihood(made, series)
    assert str(caught.value) == words


def test_the_spread_of_one_stock_leaves_that_of_the_others(tmp_path: Path) -> None:
    made, _ = transition_of(tmp_path, GROWING, ("Plant",))
    assert initial_spread(made, {"plant": 0.2}).tolist() == [0.2, 0.01]


def test_the_slopes_of_a_step_are_its_derivatives_and_at_nought_those_from_above(tmp_path: Path) -> None:
    made, p = transition_of(tmp_path, GROWING, ("Plant", "harvest"))
    ready = made.prepare(p)

    def step(y: Any) -> Any:
        return made.advance(ready.held, ready.windows[0], y, 0.25)

    for y in (np.array([1.7, 0.2]), np.array([8.0, -0.01])):
        value, slope = slopes(step, y, np.arange(2), np.zeros(2, bool))
        assert np.asarray(value) == pytest.approx(np.asarray(step(y)), rel=1e-15)
        assert np.asarray(slope) == pytest.approx(np.asarray(jax.jacfwd(step)(y)), rel=1e-7, abs=1e-9)
    kinked = slopes(lambda y: y**1.5 + 3.0 * y, np.array([0.0]), np.arange(1), np.ones(1, bool))[1]
    # the root of the width, and no number at all were it to look below nought
    assert float(kinked[0, 0]) == pytest.approx(3.0 + (filters.WIDTH * filters.LEAST) ** 0.5, rel=1e-6)
