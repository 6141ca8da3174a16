"""Two debtors swapped: levels worked out by hand, what accounts for a difference, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from latecomer.errors import InputError
from latecomer.explain.counterfactuals import Setting, named_counterfactuals, noise_scales, tables_of
from latecomer.explain.policy_swap import (
    PolicySwap,
    Row,
    Spread,
    VariantSwap,
    brakes,
    disagreements,
    drawn_parameters,
    finite,
    outcomes,
    rival_fits,
    runs_of,
    swap,
)
from latecomer.study.fits import save_fit
from latecomer.study.levers import TABLE
from latecomer.study.run_spec import METHOD, resolve
from latecomer.study.study import Study
from tests.evaluation.debtors import CONSTANTS, LEVELS, STARTS, bare_fit, lay_debtors
from tests.outcomes import OUTCOMES, SWAP

DRAWS = 6
LOWEST, GROWTH, DEBT = (one.name for one in SWAP.outcomes)
PLAYERS = ["initial state", "policy", "external shocks", "noise"]
# push above .2 by .8 from 1973 to 1990, with half a year's worth on the way there and half on the way back
LIFT = np.exp(CONSTANTS["push effect"][0] * (0.8 * 17 + 0.4 + 0.4))
# half of oil / 10 = 2.5 from 1972 to 1973, then 4 - 1
OIL = np.exp(CONSTANTS["oil drag"][0] * (1.5 + 3.0 * 37))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two debtors that differ by their policy alone."""
    return lay_debtors(tmp_path_factory.mktemp("debtors") / "study")


@pytest.fixture(scope="module")
def made(study: Study) -> PolicySwap:
    return swap(study, "BRA", "KOR", {"one": bare_fit(study)}, draws=DRAWS, seed=1, uncertain=False)


@pytest.fixture(scope="module")
def unlike(tmp_path_factory: pytest.TempPathFactory) -> PolicySwap:
    """Two debtors of the same policy, one with more debt and higher taxes."""
    starts = {"BRA": STARTS["BRA"], "KOR": (100.0, 80.0, 0.7)}
    levels = dict.fromkeys(starts, LEVELS["BRA"])
    study = lay_debtors(tmp_path_factory.mktemp("unlike") / "study", starts, levels)
    return swap(study, "BRA", "KOR", {"one": bare_fit(study)}, draws=DRAWS, uncertain=False)


def shares(one: VariantSwap, outcome: str) -> dict[str, float]:
    found = next(each for each in one.shared if each.outcome == outcome)
    return {part.player: part.mean for part in found.shares}


def test_the_other_policy_lifts_output_by_what_can_be_worked_out(made: PolicySwap) -> None:
    (one,) = made.variants
    assert one.row("BRA", 1).name == "policy of KOR from 1973"
    assert one.row("BRA", 1).levels["output/baseline"].value == pytest.approx(LIFT, rel=1e-9)
    assert one.row("KOR", 1).levels["output/baseline"].value == pytest.approx(1 / LIFT, rel=1e-9)
    assert one.row("BRA", 0).levels["output/baseline"].value == 1.0


def test_a_policy_before_the_year_of_the_swap_is_left_as_it_was(study: Study) -> None:
    later = swap(study, "BRA", "KOR", {"one": bare_fit(study)}, year=1980, draws=2, uncertain=False)
    lift = np.exp(CONSTANTS["push effect"][0] * (0.8 * 10 + 0.4 + 0.4))
    assert later.variants[0].row("BRA", 1).levels["output/baseline"].value == pytest.approx(lift, rel=1e-9)


def test_shocks_are_taken_away_one_by_one(made: PolicySwap) -> None:
    (one,) = made.variants
    base, rates, oil, dollars, calm = (one.row("BRA", k) for k in (0, 3, 4, 5, 6))
    assert oil.levels["output/baseline"].value == pytest.approx(OIL, rel=1e-9)
    assert calm.levels["output/baseline"].value == pytest.approx(OIL, rel=1e-9)
    assert rates.levels["output/baseline"].value == 1.0
    # log access = -strain * real rate * debt/exports; real rates of 10 % and 1 %, debt larger by 4^.1
    logs = {name: np.log(row.outcomes[LOWEST].value) for name, row in
            (("base", base), ("rates", rates), ("dollars", dollars))}  # fmt: skip
    assert logs["base"] == pytest.approx(10 * logs["rates"], rel=1e-9)
    assert logs["base"] == pytest.approx(4**0.1 * logs["dollars"], rel=1e-9)
    assert dollars.outcomes[GROWTH].value == base.outcomes[GROWTH].value


def test_levels_are_held_against_world_and_frontier(made: PolicySwap) -> None:
    """Exports are a fifth of output, the world's 10,000; people 4, the frontier's output per head 250."""
    row = made.variants[0].row("BRA", 1)
    output = row.paths["output"][2010]
    assert row.levels["share of world exports"].value == pytest.approx(0.2 * output / 10_000, rel=1e-9)
    assert row.levels["output per head/frontier"].value == pytest.approx(output / 4 / 250, rel=1e-9)
    assert row.levels["exports/baseline"].value == pytest.approx(LIFT, rel=1e-9)


def test_who_differs_by_policy_alone_owes_nothing_to_the_state(made: PolicySwap) -> None:
    (one,) = made.variants
    for outcome in (LOWEST, GROWTH, DEBT):
        assert list(shares(one, outcome)) == PLAYERS
        assert shares(one, outcome)["initial state"] == pytest.approx(0.0, abs=1e-9)
    assert shares(one, DEBT)["policy"] > 0.1  # less output, so more debt over exports
    assert shares(one, LOWEST)["external shocks"] < -0.005  # rates hit the one with more debt harder


def test_who_differs_by_the_state_alone_owes_nothing_to_policy(unlike: PolicySwap) -> None:
    (one,) = unlike.variants
    for outcome in (LOWEST, GROWTH, DEBT):
        assert shares(one, outcome)["policy"] == pytest.approx(0.0, abs=1e-9)
        assert abs(shares(one, outcome)["initial state"]) > 0.01


def test_taxes_are_the_states_until_the_second_version(unlike: PolicySwap) -> None:
    """Half more tax takes .005 a year, over 50 years and over ten."""
    (one,) = unlike.variants
    plain, second = one.row("BRA", 1), one.row("BRA", 2)
    assert plain.levels["output/baseline"].value == pytest.approx(1.0, rel=1e-9)
    assert second.name == "the same, with its taxes and public consumption from BRA's first year"
    assert second.levels["output/baseline"].value == pytest.approx(np.exp(-0.005 * 50), rel=1e-9)
    growth = second.outcomes[GROWTH].value / plain.outcomes[GROWTH].value
    assert growth == pytest.approx(np.exp(-0.005 * 10), rel=1e-9)


def test_shares_add_up_to_the_difference(made: PolicySwap, unlike: PolicySwap) -> None:
    for one in (*made.variants, *unlike.variants):
        for each in one.shared:
            assert each.residual < 1e-9
            assert sum(part.mean for part in each.shares) == pytest.approx(each.difference.mean, abs=1e-9)


def test_a_country_swapped_with_itself_is_what_it_was(study: Study) -> None:
    same = swap(study, "BRA", "BRA", {"one": bare_fit(study)}, draws=2, uncertain=False).variants[0]
    assert same.row("BRA", 1).paths == same.row("BRA", 0).paths
    for each in same.shared:
        assert each.difference.mean == 0.0
        assert [part.mean for part in each.shares] == [0.0] * 4


@pytest.mark.slow
def test_who_comes_first_changes_the_sign_alone(study: Study, made: PolicySwap) -> None:
    turned = swap(study, "KOR", "BRA", {"one": bare_fit(study)}, draws=DRAWS, seed=1, uncertain=False)
    for outcome in (LOWEST, GROWTH, DEBT):
        there, back = shares(made.variants[0], outcome), shares(turned.variants[0], outcome)
        assert back == pytest.approx({name: -value for name, value in there.items()}, abs=1e-9)


def test_a_draw_has_the_same_shocks_in_every_run(study: Study) -> None:
    """Noise multiplies output here, so that it cancels between two runs of a draw and not between draws."""
    plain = Setting("BRA", "BRA", "BRA", shocks=True)
    asked = [plain, replace(plain, policy="KOR"), Setting("KOR", "KOR", "KOR", shocks=True)]
    setups = resolve(study, ("BRA", "KOR"), bare_fit(study)).setups
    drawn = {iso3: one.parameters for iso3, one in setups.items()}
    runs = runs_of(study, setups, drawn, asked, 1973, DRAWS, 3)
    logs = [np.log(runs[one]["output"].sel(time=2010.0).to_numpy()) for one in asked]
    assert np.ptp(logs[0]) > 0.001
    for other in logs[1:]:
        assert np.ptp(other - logs[0]) == pytest.approx(0.0, abs=1e-12)
    quiet = replace(plain, shocks=False)
    still = runs_of(study, setups, drawn, [quiet], 1973, DRAWS, 3)[quiet]
    assert np.ptp(still["output"].sel(time=2010.0).to_numpy()) == 0.0


@pytest.mark.slow  # draws of a whole fit
def test_the_first_draw_is_the_fit_and_shared_numbers_are_drawn_once(study: Study) -> None:
    spec = resolve(study, ("BRA", "KOR"), bare_fit(study))
    drawn = drawn_parameters(study, spec, DRAWS, 0, uncertain=True)
    growth = drawn["BRA"]["growth"]
    assert growth.shape == (DRAWS,)
    assert growth[0] == CONSTANTS["growth"][0]
    assert len(np.unique(growth)) == DRAWS
    assert np.array_equal(growth, drawn["KOR"]["growth"])
    assert drawn["BRA"]["strain"] == CONSTANTS["strain"][0]
    certain = drawn_parameters(study, spec, DRAWS, 0, uncertain=False)
    assert certain["BRA"]["growth"] == CONSTANTS["growth"][0]


def test_a_draw_that_leaves_the_finite_numbers_counts_nowhere() -> None:
    def run(values: list[list[float]]) -> xr.Dataset:
        return xr.Dataset({"output": (("draw", "time"), np.array(values))})

    sound = run([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]])
    broken = run([[1.0, 2.0], [1.0, np.nan], [1.0, 2.0]])
    assert finite([sound, broken]).tolist() == [True, False, True]


def test_outcomes_are_read_off_the_years_they_name() -> None:
    years = np.arange(1975.0, 1996.0)
    access = np.where(years == 1984, 0.3, np.where(years == 1988, 0.1, 0.9))
    level = np.where(years == 1990, 6.0, 4.0)
    made = {"credit access": access, "output": level, "exports": np.where(years == 1982, 2.0, 9.0)}
    made |= {"external debt": 0 * years + 5.0, "arrears": 0 * years + 1.0}
    run = xr.Dataset({name: (("draw", "time"), one[None]) for name, one in made.items()}, {"time": years})
    assert {name: float(one[0]) for name, one in outcomes(run, SWAP).items()} == {
        LOWEST: 0.3,
        GROWTH: 1.5,
        DEBT: 3.0,
    }


def a_row(country: str, name: str, access: float, growth: float) -> Row:
    made = {LOWEST: Spread(access, access, access), GROWTH: Spread(growth, growth, growth)}
    return Row(country, name, made, 0.0, {}, {})


def test_variants_that_say_opposite_things_are_named() -> None:
    base = a_row("BRA", "as it was", 0.4, 1.3)
    up, down = (a_row("BRA", "policy of KOR", access, growth) for access, growth in ((0.7, 1.8), (0.2, 1.9)))
    said = list(disagreements([("one", [base, up]), ("two", [base, down])], OUTCOMES))
    assert said == [
        "BRA, policy of KOR: lowest credit access 1980-86 rises under one, and falls under two",
        "BRA, policy of KOR: credit is lost under two, and kept under one",
    ]
    near = a_row("BRA", "policy of KOR", 0.395, 1.8)
    assert not list(disagreements([("one", [base, near]), ("two", [base, down])], OUTCOMES))


def test_a_swap_that_no_run_holds_is_refused(tmp_path: Path) -> None:
    windows = {"BRA": (1972, 2010), "KOR": (1960, 1988)}
    study = lay_debtors(tmp_path / "study", windows=windows)
    fit = {"one": bare_fit(study)}
    with pytest.raises(InputError) as short:
        swap(study, "KOR", "BRA", fit, draws=2, uncertain=False)
    assert str(short.value) == (
        "country 'KOR': got a run of 1960 to 1988; expected one from before 1979 to 1990 at least. Cure: "
        "name another country."
    )
    for year in (1973, 1981):
        with pytest.raises(InputError) as early:
            swap(study, "BRA", "KOR", fit, year=year, draws=2, uncertain=False)
        assert str(early.value) == (
            f"--year {year}, country 'BRA': got a run of 1972 to 2010; expected a year from 1974 to 1980. "
            "Cure: choose such a year."
        )


def test_a_stale_fit_and_one_that_breaks_are_refused(study: Study) -> None:
    old = replace(bare_fit(study), manifest={"hashes": {"model text": "another"}})
    with pytest.raises(InputError, match="the content that the fit was made from"):
        swap(study, "BRA", "KOR", {"one": old}, draws=2, uncertain=False)
    wild = replace(bare_fit(study), by_country={"BRA": {"growth": 1000.0}})
    with pytest.raises(InputError) as caught:
        swap(study, "BRA", "KOR", {"one": wild}, draws=2, uncertain=False)
    assert str(caught.value) == (
        "fit 'reference': got 0 of 2 draws whose runs all stay finite, the fit itself not among them; "
        "expected half of them, and the fit itself. Cure: fit again."
    )


def test_fits_are_those_of_the_variants_or_the_one_that_is_named(study: Study, root: Path) -> None:
    with pytest.raises(InputError) as caught:
        rival_fits(study)
    assert str(caught.value) == (
        "variants: got none with a fit; expected one at least. Cure: add variants with fits to "
        "model/variants.toml, or name a fit with --fit."
    )
    save_fit(bare_fit(study, "own"), study.fits.folder / "own")
    assert list(rival_fits(study, "own")) == ["own"]
    whole = Study(root)
    assert {name: fit.name for name, fit in rival_fits(whole).items()} == {
        name: one.fit for name, one in whole.variants.items()
    }
    assert list(rival_fits(whole, "reference")) == ["discipline in the export push"]


def test_noise_that_no_number_turns_off_is_refused(study: Study, tmp_path: Path) -> None:
    assert noise_scales(study.model.text) == ("demand shock volatility",)
    text = (study.root / "model" / "latecomer.mdl").read_text(encoding="utf-8")
    changed = text.replace("demand shock volatility = 0.02", "demand shock volatility = 0.02*push")
    (tmp_path / "model.mdl").write_text(changed, encoding="utf-8")
    from latecomer.simulate import load_model

    with pytest.raises(InputError) as caught:
        noise_scales(load_model(tmp_path / "model.mdl").text)
    assert str(caught.value) == (
        "'demand shock volatility': got an auxiliary; expected a constant, which a run without noise puts at "
        "nought. Cure: write its size as a constant."
    )


def test_what_a_limit_holds_back_can_be_worked_out(tmp_path: Path) -> None:
    """Without the effect of push output is lower by its integral, of the other's policy and of one's own."""
    limits = {"push works": ("push effect", 0.0), "growth ends": ("growth", 1e6), "none": ("output", 0.0)}
    study = lay_debtors(tmp_path / "study", limits=limits)
    push, ends = brakes(study, resolve(study, ("BRA", "KOR"), bare_fit(study)), "BRA", "KOR", 1973)
    # .2 until 1972, .2 or 1 from 1973 to 1990, .5 from 1991
    own = 0.2 * 30 + 0.35 + 0.5 * 19
    assert push.baseline == pytest.approx(np.exp(-0.02 * own), rel=1e-9)
    assert push.swapped == pytest.approx(np.exp(-0.02 * own) / LIFT, rel=1e-9)
    assert (ends.country, ends.swapped, ends.baseline) == ("BRA", None, None)


def test_a_swap_that_leaves_the_finite_numbers_with_every_limit_is_refused(tmp_path: Path) -> None:
    study = lay_debtors(tmp_path / "study", limits={"push works": ("push effect", 0.0)})
    wild = replace(bare_fit(study), shared={"growth": 1000.0})
    with pytest.raises(InputError):
        brakes(study, resolve(study, ("BRA", "KOR"), wild), "BRA", "KOR", 1973)


@pytest.mark.slow  # a swap of the small study is quick
def test_brazil_with_koreas_policy_stays_believable(root: Path) -> None:
    """Under every variant: output in 2010 not 2.5-fold, exports not a twentieth of the world's."""
    study = Study(root)
    levers = [name + TABLE for name in study.levers]
    for fit in rival_fits(study).values():
        setups = resolve(study, ("BRA", "KOR"), fit).setups
        tables = {iso3: one.tables for iso3, one in setups.items()}
        base, other = (
            study.model.run(
                years=setups["BRA"].years,
                method=METHOD,
                parameters=setups["BRA"].parameters,
                drivers=tables_of(setting, tables, levers, 1973, SWAP),
                save_every=1.0,
                backend="numpy",
            ).sel(time=2010.0)
            for setting in list(named_counterfactuals("BRA", "KOR", 1973, SWAP).values())[:2]
        )
        ratio = float(other["output"] / base["output"])
        assert 1.0 < ratio < 2.5, fit.name
        assert float(other["exports"] / other["world exports"]) < 0.05, fit.name
        people = study.observations.value("BRA", "population", 2010)
        frontier = study.observations.value("USA", "output", 2010)
        frontier /= study.observations.value("USA", "population", 2010)
        assert float(other["output"]) / people < frontier, fit.name
    spec = resolve(study, ("BRA", "KOR"), study.fits["reference"])
    held = {one.limit: one for one in brakes(study, spec, "BRA", "KOR", 1973)}
    assert list(held) == list(SWAP.limits)
    # the strongest brake: who has caught up with the frontier has nothing left to learn from it
    beyond = held["nothing is learnt beyond the frontier"].swapped
    assert beyond is not None
    assert beyond == max(one.swapped or 0.0 for one in held.values()) > 1.0
