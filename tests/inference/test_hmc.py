"""The sampler, on posteriors whose answer is known, and its checkpoints."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import blackjax.mcmc.hmc
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import latecomer.inference.hmc as module
from latecomer.errors import InputError
from latecomer.inference.diagnostics import Posterior
from latecomer.inference.hmc import BLOCK, CHECKPOINT, PATH, learned, sample, windows
from latecomer.inference.laplace import Density, Laplace, laplace
from tests.inference.toys import EXACT, Toy, line_loss, logistic_growth, mode_of, ridge, straight_line


def is_met(posterior: Posterior, toy: Toy) -> bool:
    """Whether means and deviations lie within five standard errors of the known ones."""
    size = posterior.diagnostics().ess_bulk
    pooled = posterior.draws.reshape(-1, len(toy.mean))
    place = np.abs(pooled.mean(axis=0) - toy.mean) < 5.0 * toy.deviations / np.sqrt(size)
    width = np.abs(pooled.std(axis=0) / toy.deviations - 1.0) < 5.0 / np.sqrt(2.0 * size)
    return bool(np.all(place & width))


def same(one: Posterior, other: Posterior) -> bool:
    parts = ("draws", "loss", "acceptance", "divergent", "energy")
    arrays = all(getattr(one, part).tobytes() == getattr(other, part).tobytes() for part in parts)
    return arrays and one.step_size == other.step_size and one.draws.shape == other.draws.shape


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [straight_line]
    + [
        pytest.param(make, marks=pytest.mark.slow)
        for make in (*EXACT, logistic_growth, ridge)
        if make is not straight_line
    ],
)
def test_known_posteriors_are_recovered(make: Callable[[], Toy]) -> None:
    toy = make()
    there = laplace(toy.density, toy.mean if make is ridge else mode_of(toy.density))
    posterior = sample(toy.density, there, seed=11)
    assert posterior.draws.shape == (4, 1000, len(toy.mean))
    assert is_met(posterior, toy)
    assert posterior.holds, posterior.as_dict()
    assert posterior.acceptance.mean() > 0.7
    np.testing.assert_allclose(posterior.loss[3], toy.density.losses(posterior.draws[3]), rtol=1e-9)


def with_its_own_program(toy: Toy) -> Density:
    """The density with value and gradient by a program of its own, which counts its calls."""
    density = toy.density

    def both(z: Any) -> tuple[Any, Any]:
        assert isinstance(z, np.ndarray)  # numbers, never what a trace holds
        return density.loss_and_slope(z)

    return replace(density, both=both)


@pytest.mark.slow  # compiled anew
def test_a_program_of_its_own_gives_the_same_chains(tmp_path: Path) -> None:
    toy = logistic_growth()
    there = laplace(toy.density, mode_of(toy.density))
    asked: dict[str, Any] = {"draws": 12, "warm_up": 8, "seed": 3, "chains": 2}
    plain, own = sample(toy.density, there, **asked), sample(with_its_own_program(toy), there, **asked)
    np.testing.assert_allclose(own.draws, plain.draws, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(own.loss, plain.loss, rtol=1e-9)
    assert own.step_size == pytest.approx(plain.step_size, rel=1e-6)
    begun = {**asked, "draws": 3, "checkpoint": tmp_path}
    sample(with_its_own_program(toy), there, **begun, chunk=4)
    resumed = sample(with_its_own_program(toy), there, **{**begun, "draws": 12}, resume=True)
    assert same(resumed, own)


@pytest.mark.slow
def test_one_draw_tells_almost_nothing_about_the_next_where_the_approximation_is_right() -> None:
    posterior = sample(ridge().density, laplace(ridge().density, ridge().mean), draws=500)
    assert posterior.diagnostics().ess_bulk.min() > 0.4 * 2000


@pytest.mark.slow
def test_a_posterior_wider_than_its_approximation_is_recovered_all_the_same() -> None:
    """Student's density with five degrees has deviations sqrt(5 / 3) times the scale."""

    def loss(z: Any, given: Any) -> Any:
        return 3.0 * jnp.sum(jnp.log1p(z**2 / given))

    density = Density(("a",), loss, np.array(5.0))
    posterior = sample(density, laplace(density, np.zeros(1)), draws=2000)
    thinned = posterior.draws[:, ::4].ravel()
    assert stats.kstest(thinned, stats.t(5).cdf).pvalue > 0.001


@pytest.mark.slow
def test_a_loss_that_is_not_a_number_bounds_the_posterior_and_counts_as_divergence() -> None:
    def loss(z: Any, given: Any) -> Any:
        return jnp.where(z[0] < 0.0, given, 0.5 * jnp.sum(z**2))

    for wrong in (np.nan, np.inf, -np.inf):
        density = Density(("a",), loss, np.array(wrong))
        there = laplace(density, np.array([1e-9]))
        posterior = sample(density, there, seed=3)
        assert posterior.draws.min() >= 0.0
        assert np.all(np.isfinite(posterior.loss))
        half = stats.halfnorm()
        size = posterior.diagnostics().ess_bulk[0]
        assert posterior.draws.mean() == pytest.approx(half.mean(), abs=5.0 * half.std() / np.sqrt(size))
        assert posterior.divergent.sum() > 0
        assert not posterior.holds


@pytest.mark.slow
def test_a_move_to_where_the_gradient_is_not_a_number_is_refused() -> None:
    def loss(z: Any, given: Any) -> Any:
        return 0.5 * jnp.sum(z**2) + given * jnp.where(z[0] > -0.5, jnp.sqrt(z[0] + 0.5), 0.0)

    density = Density(("a",), loss, np.array(0.0))
    assert np.isfinite(density.losses(np.array([[-1.0]])))
    posterior = sample(density, laplace(density, np.zeros(1)), draws=200)
    assert posterior.draws.min() >= -0.5
    assert posterior.divergent.any()
    assert posterior.draws[:, -50:].std(axis=1).min() > 0.1


def anew() -> Callable[[Any, Any], Any]:
    """The loss of a line as a function of its own: no program compiled with the honest kernel serves it."""
    return partial(line_loss)


def broken(accepts: Callable[..., Any]) -> Callable[..., Any]:
    """A sampler whose acceptance looks at nothing."""
    build = blackjax.mcmc.hmc.build_kernel

    def wrong() -> Any:
        return build(
            build_proposal=lambda *use: blackjax.mcmc.hmc.hmc_proposal(*use, sample_proposal=accepts)
        )

    return wrong


@pytest.mark.slow  # the one that accepts nothing is caught too
def test_a_sampler_that_accepts_everything_misses_the_known_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def everything(key: Any, gain: Any, old: Any, new: Any) -> Any:
        return new, (True, jnp.minimum(jnp.exp(gain), 1.0), None)

    toy = ridge()
    honest = sample(toy.density, laplace(toy.density, toy.mean), acceptance=0.3)
    assert is_met(honest, toy)
    monkeypatch.setattr(blackjax.mcmc.hmc, "build_kernel", broken(everything))
    density = replace(toy.density, loss=anew())
    assert not is_met(sample(density, laplace(density, toy.mean), acceptance=0.3), toy)


@pytest.mark.slow
def test_a_sampler_that_accepts_nothing_is_caught_by_r_hat(monkeypatch: pytest.MonkeyPatch) -> None:
    def hardly(key: Any, gain: Any, old: Any, new: Any) -> Any:
        mixed = [old.position + 1e-3 * (new.position - old.position), *old[1:]]
        return type(old)(*mixed), (False, jnp.minimum(jnp.exp(gain), 1.0), None)

    toy = straight_line()
    density = replace(toy.density, loss=anew())
    monkeypatch.setattr(blackjax.mcmc.hmc, "build_kernel", broken(hardly))
    posterior = sample(density, laplace(density, toy.mean), draws=200)
    assert posterior.diagnostics().r_hat.min() > 1.5
    assert not posterior.holds


@pytest.fixture(scope="module")
def line() -> tuple[Density, Laplace]:
    toy = straight_line()
    return toy.density, laplace(toy.density, toy.mean)


def run(line: tuple[Density, Laplace], **asked: Any) -> Posterior:
    return sample(*line, **({"draws": 60, "warm_up": 25, "seed": 5} | asked))


@pytest.mark.slow
@pytest.mark.parametrize("chunk", [1, 7, BLOCK])
def test_the_draws_do_not_depend_on_the_chunks(line: tuple[Density, Laplace], chunk: int) -> None:
    assert same(run(line), run(line, chunk=chunk))
    assert not same(run(line), run(line, seed=6))


CHILD = """
import sys
from pathlib import Path
from latecomer.inference.laplace import laplace
from latecomer.inference.hmc import sample
from tests.inference.toys import straight_line

def told(done, total, acceptance):
    print(done, flush=True)

toy = straight_line()
there, folder = laplace(toy.density, toy.mean), Path(sys.argv[1])
sample(toy.density, there, draws=10**6, warm_up=25, seed=5, checkpoint=folder, report=told, chunk=1)
"""


@pytest.mark.slow  # one cut off at a chunk does too
@pytest.mark.parametrize("after", [9, pytest.param(48, marks=pytest.mark.slow)])
def test_a_run_killed_at_any_moment_goes_on_to_the_same_bytes(
    line: tuple[Density, Laplace], tmp_path: Path, root: Path, after: int
) -> None:
    child = [sys.executable, "-c", CHILD, str(tmp_path)]
    with subprocess.Popen(child, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while int(process.stdout.readline()) < after:
            pass
        time.sleep(float(np.random.default_rng().uniform(0.0, 0.02)))
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    told: list[int] = []
    resumed = run(
        line, draws=400, checkpoint=tmp_path, resume=True, chunk=4, report=lambda *go: told.append(go[0])
    )
    # where the machine was slow to kill, there may be nothing left to do
    assert told == [] or told[0] > after
    whole = run(line, draws=400)
    assert same(resumed, whole)
    one, other = (p.save(tmp_path / f"{k}.nc").read_bytes() for k, p in enumerate([resumed, whole]))
    assert one == other


def test_a_finished_run_can_be_asked_for_more_draws(line: tuple[Density, Laplace], tmp_path: Path) -> None:
    short = run(line, draws=20, checkpoint=tmp_path)
    assert same(short, run(line, draws=20, checkpoint=tmp_path, resume=True))
    longer = run(line, checkpoint=tmp_path, resume=True)
    assert same(longer, run(line))
    np.testing.assert_array_equal(longer.draws[:, :20], short.draws)
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]


def test_it_goes_on_with_the_approximation_that_it_began_with(
    line: tuple[Density, Laplace], tmp_path: Path
) -> None:
    run(line, draws=20, checkpoint=tmp_path)
    density, there = line
    rounded = replace(there, cholesky=there.cholesky * (1.0 + 1e-15))
    assert same(run((density, rounded), checkpoint=tmp_path, resume=True), run(line))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 6}, "other seed"),
        ({"chains": 3}, "other chains"),
        ({"warm_up": 24}, "other warm-up"),
        ({"acceptance": 0.9}, "other acceptance"),
        ({"names": ("level", "tilt")}, "other names"),
        ({"given": 1.0}, "other given"),
        ({"mode": 1e-12, "seed": 6}, "other mode, seed"),
    ],
)
def test_a_checkpoint_of_another_posterior_is_refused(
    line: tuple[Density, Laplace], tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    run(line, draws=2, checkpoint=tmp_path)
    density, there = line
    density = replace(density, names=change.pop("names", density.names))
    if "given" in change:
        *rest, scale = density.given
        density = replace(density, given=(*rest, scale + change.pop("given")))
    there = replace(there, mode=there.mode + change.pop("mode", 0.0))
    with pytest.raises(InputError, match=f"a checkpoint with {words}; expected one of this very posterior"):
        run((density, there), checkpoint=tmp_path, resume=True, **change)


def test_a_checkpoint_of_another_loss_is_refused(line: tuple[Density, Laplace], tmp_path: Path) -> None:
    run(line, draws=2, checkpoint=tmp_path)
    density, there = line
    other = replace(density, loss=lambda z, given: line_loss(z, given) + 0.01 * jnp.sum(z**2))
    with pytest.raises(InputError, match=r"other losses at its positions.*the likelihood has changed"):
        run((other, there), checkpoint=tmp_path, resume=True)


def test_checkpoints_in_the_way_missing_or_torn_are_refused(
    line: tuple[Density, Laplace], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"no checkpoint; expected one to go on from. Cure: begin without"):
        run(line, checkpoint=tmp_path, resume=True)
    with pytest.raises(InputError, match="--resume: got no checkpoint"):
        run(line, resume=True)
    run(line, draws=2, checkpoint=tmp_path)
    with pytest.raises(InputError, match=r"a checkpoint in the way.*resume it, or choose another folder"):
        run(line, checkpoint=tmp_path)
    file = tmp_path / CHECKPOINT
    for torn in (file.read_bytes()[:500], b"", b"something else"):
        file.write_bytes(torn)
        with pytest.raises(InputError, match=r"no whole checkpoint.*remove it and begin again"):
            run(line, checkpoint=tmp_path, resume=True)


def test_a_folder_that_cannot_be_written_to_is_refused(line: tuple[Density, Laplace], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match=r"a folder that can be written to. Cure: choose another"):
        run(line, draws=2, checkpoint=tmp_path / "file" / "below")


def test_a_density_that_is_finite_nowhere_around_its_mode_is_refused() -> None:
    def loss(z: Any, given: Any) -> Any:
        return jnp.where(jnp.abs(z[0]) < given, 0.5 * jnp.sum(z**2), jnp.nan)

    density = Density(("a",), loss, np.array(1e-9))
    with pytest.raises(InputError, match=r"no finite loss in 100 draws.*fit again from other starts"):
        sample(density, laplace(density, np.zeros(1)))


def banana(bend: float, width: float) -> Density:
    """z[0] standard normal, z[1] normal about bend * z[0] ** 2: at the mode the curvature sees no bend."""

    def loss(z: Any, given: Any) -> Any:
        turn, size = given
        return 0.5 * z[0] ** 2 + 0.5 * ((z[1] - turn * z[0] ** 2) / size) ** 2

    return Density(("along", "across"), loss, (np.array(bend), np.array(width)))


@pytest.mark.slow
def test_chains_begin_near_where_the_approximation_is_far_too_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    density = banana(3.0, 0.05)
    there = laplace(density, np.zeros(2))
    wild = there.mode + np.random.default_rng(1).standard_normal((400, 2)) @ there.cholesky.T
    assert np.median(density.losses(wild)) > 100.0
    begun: list[np.ndarray] = []
    plain = module._begun

    def watched(*asked: Any) -> Any:
        run = plain(*asked)
        begun.append(-np.asarray(run.state.logdensity))
        return run

    monkeypatch.setattr(module, "_begun", watched)
    posterior = sample(density, there, chains=8, draws=300, warm_up=100, seed=4)
    (losses,) = begun
    mode, n = 0.0, 2
    assert np.all(np.isfinite(losses))
    assert losses.max() <= mode + n
    assert losses.min() > mode  # near, and not at the mode itself
    assert len(set(losses)) == 8
    assert np.all(np.isfinite(posterior.loss))
    assert posterior.acceptance.mean() > 0.5
    assert posterior.draws.std(axis=1).min() > 0.05


@pytest.mark.slow  # the test before it looks at the same chains where they begin
def test_a_bent_posterior_is_recovered_from_chains_that_begin_near_its_mode() -> None:
    """E z[0] ** 2 = 1, and z[1] = bend * z[0] ** 2 on average."""
    density = banana(1.0, 0.3)
    posterior = sample(density, laplace(density, np.zeros(2)), draws=2000, seed=6)
    size = posterior.diagnostics().ess_bulk.min()
    along, across = posterior.draws.reshape(-1, 2).T
    assert np.mean(along**2) == pytest.approx(1.0, abs=5.0 * np.sqrt(2.0 / size))
    assert np.mean(across) == pytest.approx(1.0, abs=5.0 * np.sqrt((2.0 + 0.09) / size))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"chains": 0}, r"--chains: got 0; expected a number from 1"),
        ({"draws": 0}, r"--draws: got 0; expected a number from 1"),
        ({"warm_up": -1}, r"--warm-up: got -1; expected a number from 0"),
        ({"chunk": BLOCK + 1}, r"--chunk: got 21; expected a number from 1 to 20"),
        ({"acceptance": 1.0}, r"acceptance: got 1.0; expected a number between 0 and 1"),
    ],
)
def test_wrong_requests_are_refused(line: tuple[Density, Laplace], asked: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(line, **asked)


def test_the_step_comes_from_the_warm_up_alone(line: tuple[Density, Laplace]) -> None:
    cautious, bold = run(line, acceptance=0.99, warm_up=100), run(line, acceptance=0.6, warm_up=100)
    assert cautious.step_size < bold.step_size <= PATH
    assert run(line, warm_up=0).step_size == pytest.approx(2.0**-0.25)
    assert run(line, draws=30).step_size == run(line).step_size


# The metric that a sampler learns from the curvature that its chains meet


def spd(n: int, seed: int) -> np.ndarray:
    """A positive definite matrix."""
    half = np.random.default_rng(seed).standard_normal((n, 2 * n))
    return half @ half.T / n


def test_equal_curvatures_give_their_inverse_for_covariance() -> None:
    factor, curvature = np.linalg.cholesky(spd(4, 1)), spd(4, 2)
    found = learned(factor, [curvature] * 3, 1.0)
    np.testing.assert_allclose(found @ found.T, np.linalg.inv(curvature), rtol=1e-9)
    np.testing.assert_array_equal(np.triu(found, 1), 0.0)
    assert np.all(np.diag(found) > 0.0)


def test_it_does_not_depend_on_the_coordinates() -> None:
    """Metric of z = A w, from the curvature A' H A of w: A times that of w."""
    turn = spd(3, 3) + np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    factor, curvatures = np.linalg.cholesky(spd(3, 4)), [spd(3, k) for k in (5, 6, 7)]
    there = learned(factor, curvatures, 0.5)
    here = learned(np.linalg.solve(turn, factor), [turn.T @ one @ turn for one in curvatures], 0.5)
    np.testing.assert_allclose(turn @ here @ here.T @ turn.T, there @ there.T, rtol=1e-8)


def test_windows_count_alike_where_curvatures_commute() -> None:
    found, each = np.eye(2), [np.diag([1.0, 4.0]), np.diag([100.0, 4.0]), np.diag([10.0, 32.0])]
    for k, one in enumerate(each):
        found = learned(found, [one], 1.0 / (1 + k))
    expected = np.exp(-np.mean([np.log(np.diag(one)) for one in each], axis=0))
    np.testing.assert_allclose(np.diag(found @ found.T), expected, rtol=1e-9)


def test_one_chain_on_a_cliff_shortens_the_steps_by_its_share_alone() -> None:
    found = learned(np.eye(2), [np.eye(2)] * 3 + [np.diag([1e8, 1.0])], 1.0)
    np.testing.assert_allclose(np.diag(found @ found.T), [1e-2, 1.0], rtol=1e-6)


def test_curvatures_that_are_no_numbers_are_left_out() -> None:
    wrong, right = np.full((2, 2), np.nan), 4.0 * np.eye(2)
    np.testing.assert_allclose(learned(np.eye(2), [wrong, right], 1.0), 0.5 * np.eye(2))
    np.testing.assert_array_equal(learned(np.eye(2), [wrong], 1.0), np.eye(2))


def test_windows_lie_within_the_warm_up_and_none_is_at_its_start() -> None:
    assert windows(0) == windows(1) == ()
    assert windows(4) == (1, 2, 3)  # .25, .45 and .7 of four
    assert max(windows(200)) < 200


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [0.03, 30.0])
def test_a_sampler_that_knows_the_curvature_makes_up_for_a_wrong_approximation(wrong: float) -> None:
    toy = ridge(10)
    there = laplace(toy.density, toy.mean)
    off = replace(there, cholesky=wrong * np.eye(len(toy.mean)))
    curved = replace(toy.density, curvature=lambda _: np.linalg.inv(there.covariance))
    asked: dict[str, Any] = {"draws": 200, "warm_up": 60, "seed": 2}
    plain, helped, right = (
        sample(toy.density, off, **asked),
        sample(curved, off, **asked),
        sample(toy.density, there, **asked),
    )
    smallest = [one.diagnostics().ess_bulk.min() for one in (plain, helped, right)]
    assert smallest[1] > 0.6 * smallest[2]
    assert smallest[1] > 1.5 * smallest[0]
    pooled = helped.draws.reshape(-1, len(toy.mean))
    assert np.all(np.abs(pooled.mean(axis=0) - toy.mean) < 5.0 * toy.deviations / np.sqrt(smallest[1]))
