"""What the figures say about each estimated parameter: identified, sloppy or flat.

Also here:
- What a study asks of its fits: what is identified, profiles, the test of shuffled institutions.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from latecomer.errors import nearest, refuse
from latecomer.inference.laplace import (
    Laplace,
    _normal_about,
    coordinates,
    fisher_information,
)
from latecomer.inference.optimise import REFUSED, maximise
from latecomer.inference.parameters import BOUND
from latecomer.inference.permutation_test import PermutationTest, permute_institutions
from latecomer.inference.problem import Problem, make_problem
from latecomer.inference.profile import Agreement, Profile, agreement, grid_around, profile
from latecomer.study.fits import Fit
from latecomer.study.outcomes import lacking
from latecomer.study.run_spec import REFERENCE, needed_fit
from latecomer.study.study import Study

if TYPE_CHECKING:
    from latecomer.runs.executor import Progress


Floats: TypeAlias = NDArray[np.float64]

Label: TypeAlias = Literal["flat", "sloppy", "identified"]

LABELS: tuple[Label, ...] = ("flat", "sloppy", "identified")

FLAT_DIRECTION = 0.1
"""Curvature of a flat direction: one prior sd along it costs the figures under .05, the posterior keeps 95 %
of the prior sd. A spectrum over decades is the mark of sloppiness: Gutenkunst et al. (2007), PLoS
Computational Biology 3, e189."""

PRIOR_DOMINATED = 1.0
"""Curvature of the prior itself: below it the prior says more than the figures."""

INFORMED = 0.5
"""Contraction from which the figures say no less than the prior; a lone curvature of 1 gives it."""

UNMOVED = 0.1
"""Contraction below which the posterior is the prior: its sd is 95 % of the prior's or more."""

LEAK = 0.1
"""Share of a parameter in flat directions from which it is not identified whatever its contraction. Without
the prior its curvature 1 / sum(share / eigenvalue) is then below 1: the profile of the likelihood is wider
than the prior, practical non-identifiability after Raue et al. (2009), Bioinformatics 25."""

NAMED = 0.9
"""Partners are named until they, once known, take away this part of the variance that all others would."""

MOST_PARTNERS = 5

SHORTFALL = 0.1
"""Loss that a Newton step would still gain: above it curvature is not that of the mode."""

LIMITS = (FLAT_DIRECTION, PRIOR_DOMINATED)

ROUNDING = 9
"""Digits kept of what a rule compares."""

NEGATIVE = 1e-8
"""Below minus this share of the largest, an eigenvalue is not rounding."""

JUDGEMENT = ("judgement", "judgment", "guess")


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter; all numbers are Dmnl, the curvature that of the loss in units of the prior's.

    `ridge`: the partners to be known before a parameter is that would be identified with all else known.
    """

    name: str
    label: Label
    contraction: float
    curvature: float
    flat_share: float
    prior_share: float
    correlation: float
    partner: str | None
    ridge: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Identification:
    """Rows from flat to identified, least contraction first; `shortfall`: how far below the mode the loss is.

    `flat_directions`, `prior_dominated`: eigenvalues below .1, and below 1 (the flat ones among them).
    """

    rows: tuple[Row, ...]
    flat_directions: int
    prior_dominated: int
    shortfall: float | None = None
    agreements: Mapping[str, Agreement] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    def named(self, label: Label) -> tuple[str, ...]:
        """The parameters of a label, least contraction first."""
        return tuple(row.name for row in self.rows if row.label == label)

    @property
    def ridges(self) -> tuple[tuple[str, ...], ...]:
        """The ridges, each once: a parameter and its partners by name."""
        return tuple(sorted({tuple(sorted((row.name, *row.ridge))) for row in self.rows if row.ridge}))

    def as_dict(self) -> dict[str, Any]:
        """Counts, ridges and rows as plain data."""
        return {
            "counts": self._counts(),
            "directions": {"flat": self.flat_directions, "prior-dominated": self.prior_dominated},
            "shortfall": self.shortfall,
            "ridges": [list(ridge) for ridge in self.ridges],
            "parameters": [asdict(row) for row in self.rows],
            "agreements": {name: asdict(one) for name, one in self.agreements.items()},
        }

    def text(self, width: int = 110) -> str:
        """Counts, then the flat and the sloppy parameters and the ridges by name, for a terminal."""
        counts = ", ".join(f"{number} {label}" for label, number in self._counts().items())
        lines = [
            f"{len(self.rows)} parameters: {counts}",
            f"directions: {self.flat_directions} flat, {self.prior_dominated} prior-dominated",
        ]
        if self.shortfall is not None and self.shortfall > SHORTFALL:
            lines.append(f"not at the mode: a Newton step would gain {self.shortfall:.2g}")
        lists: list[tuple[str, str]] = [(label, "; ".join(self.named(label))) for label in LABELS[:2]]
        lists += [("ridge", " ~ ".join(ridge)) for ridge in self.ridges]
        lists += [(row.name, row.note) for row in self.rows if row.note]
        for said in (f"{head}: {words}" for head, words in lists if words):
            lines += textwrap.wrap(said, width, subsequent_indent="  ", break_long_words=False)
        return "\n".join(lines)

    def _counts(self) -> dict[str, int]:
        found = Counter(row.label for row in self.rows)
        return {label: found[label] for label in LABELS[::-1]}


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do with the flat parameters: fix them with their source, or remove or source the others."""

    fix: Mapping[str, str]
    without_source: tuple[str, ...]


def advice(identification: Identification, sourced: Mapping[str, str]) -> Advice:
    """Flat parameters with a source for their value, and those without; `sourced`: {name: source}.

    A source that says it is a judgement or a guess, even in part, is none.

    >>> found = identify(["a", "b"], np.zeros((2, 2)))
    >>> advice(found, {"a": "observations: the mean of 1960-64", "b": "judgement: about a half"})
    Advice(fix={'a': 'observations: the mean of 1960-64'}, without_source=('b',))
    """
    texts = {name: sourced.get(name, "").strip() for name in identification.named("flat")}
    fix = {
        name: text
        for name, text in texts.items()
        if text and not any(word in text.lower() for word in JUDGEMENT)
    }
    return Advice(fix, tuple(name for name in texts if name not in fix))


def identify(
    names: Sequence[str],
    information: Floats,
    gradient: Floats | None = None,
    posterior_sd: Floats | None = None,
    profiles: Mapping[str, Profile] | None = None,
) -> Identification:
    """Label every parameter by what the figures add to its prior, by curvature at the mode.

    covariance = inverse(information + identity);  contraction = 1 - covariance[i, i] / 1
    curvature = information[i, i];  flat_share = sum of v[i] ** 2 over eigenvectors v of eigenvalue < .1

    flat: contraction < .1 and curvature < 1;  otherwise sloppy: contraction < .5 or flat_share >= .1
    otherwise identified, unless its profile is open

    `information`: shape (n, n), the Gauss-Newton matrix of the data at the mode, without the prior, in
    standard normals a priori; `gradient`: (n,), of the whole loss there; `posterior_sd`: (n,), from draws,
    in prior sd, for the contraction in place of curvature; `profiles`: by name. The result does not depend
    on the order of the parameters. Raises `InputError` for what is no such matrix. Source: Gutenkunst et al.
    (2007) for the spectrum, Raue et al. (2009) for the profiles, Betancourt (2018), arXiv:1803.08393, for
    contraction.

    >>> found = identify(["slope", "idle"], np.diag([3.0, 0.0]))
    >>> [(row.name, row.label, row.contraction) for row in found.rows]  # 3 / (1 + 3)
    [('idle', 'flat', 0.0), ('slope', 'identified', 0.75)]
    """
    _check(names, information, gradient, posterior_sd, profiles)
    # in the order of the names, so that not even rounding depends on the order given
    order = sorted(range(len(names)), key=names.__getitem__)
    known = [names[i] for i in order]
    laplace = _Laplace(np.asarray(information, dtype=np.float64)[np.ix_(order, order)])
    sd = laplace.sd if posterior_sd is None else np.asarray(posterior_sd, dtype=np.float64)[order]
    held = profiles or {}
    rows = [_row(known, laplace, i, float(sd[i]), held.get(name)) for i, name in enumerate(known)]
    rows.sort(key=lambda row: (LABELS.index(row.label), row.contraction, row.name))
    agreements = {
        name: agreement(held[name], laplace.sd_of(i, held[name].prior))
        for i, name in enumerate(known)
        if name in held
    }
    shortfall = None if gradient is None else laplace.shortfall(np.asarray(gradient)[order])
    flat, dominated = (int(np.sum(laplace.eigenvalues < limit)) for limit in LIMITS)
    return Identification(tuple(rows), flat, dominated, shortfall, agreements)


def label_of(contraction: float, curvature: float, flat_share: float) -> Label:
    """The label by the rules of `identify`.

    >>> label_of(0.05, 0.5, 1.0), label_of(0.05, 9.0, 0.9), label_of(0.8, 9.0, 0.01)
    ('flat', 'sloppy', 'identified')
    """
    if contraction < UNMOVED and curvature < PRIOR_DOMINATED:
        return "flat"
    return "sloppy" if contraction < INFORMED or flat_share >= LEAK else "identified"


def partners(covariance: Floats, i: int, conditional: float) -> list[int]:
    """The others which, once known, take away most of the variance of i, the strongest first.

    Each is that with the largest share of what is left of the variance (forward selection); `covariance`:
    shape (n, n); `conditional`: the variance of i with all others known.

    >>> partners(np.array([[1.0, 0.1, 0.9], [0.1, 1.0, 0.0], [0.9, 0.0, 1.0]]), 0, 0.18)
    [2]
    """
    left = covariance[i, i] - NAMED * (covariance[i, i] - conditional)
    row, variance = covariance[i].copy(), np.diag(covariance).copy()
    basis, chosen = list[Floats](), [i]
    while variance[i] > left and len(chosen) <= min(MOST_PARTNERS, len(covariance) - 1):
        gain = row**2 / np.maximum(variance, np.finfo(float).tiny) / covariance[i, i]
        gain[chosen] = -1.0
        best = int(np.argmax(np.round(gain, ROUNDING)))
        column = covariance[best] - sum(one * one[best] for one in basis)
        column = column / np.sqrt(column[best])
        basis.append(column)
        chosen.append(best)
        row, variance = row - column * column[i], variance - column**2
    return chosen[1:]


class _Laplace:
    """The posterior by curvature: information, its spectrum, covariance and correlation."""

    def __init__(self, information: Floats) -> None:
        eigenvalues, self.vectors = np.linalg.eigh(information)
        if len(eigenvalues) and eigenvalues[0] < -NEGATIVE * max(1.0, eigenvalues[-1]):
            raise refuse("identify, information", f"an eigenvalue of {eigenvalues[0]:.3g}", "none below 0",
                         "hand over the Gauss-Newton matrix of the data")  # fmt: skip
        self.eigenvalues = np.maximum(np.round(eigenvalues, ROUNDING), 0.0)
        self.curvature = np.diag(information)
        self.covariance = (self.vectors / (1.0 + self.eigenvalues)) @ self.vectors.T
        self.sd = np.sqrt(np.diag(self.covariance))
        self.correlation = np.round(self.covariance / np.outer(self.sd, self.sd), ROUNDING)
        np.fill_diagonal(self.correlation, 0.0)
        seen = [self.vectors[:, self.eigenvalues < limit] for limit in LIMITS]
        self.shares = np.array([np.sum(part**2, axis=1) for part in seen])

    def sd_of(self, i: int, prior: bool) -> float:
        """Standard deviation with the prior, or of the likelihood alone, which may be infinite."""
        if prior:
            return float(self.sd[i])
        share = np.round(self.vectors[i] ** 2, ROUNDING)
        seen = share > 0
        if np.any(self.eigenvalues[seen] == 0):
            return float("inf")
        return float(np.sqrt(np.sum(share[seen] / self.eigenvalues[seen])))

    def shortfall(self, gradient: Floats) -> float:
        """What a Newton step gains: g . covariance . g / 2."""
        return float(gradient @ self.covariance @ gradient) / 2.0


def _row(names: Sequence[str], laplace: _Laplace, i: int, sd: float, profile: Profile | None) -> Row:
    j = int(np.argmax(np.abs(laplace.correlation[i])))
    correlation = float(laplace.correlation[i, j])
    # rounded, so that rounding does not decide at the edge of a rule
    contraction, curvature, flat_share, prior_share = (
        round(float(value), ROUNDING) + 0.0
        for value in (1.0 - sd**2, laplace.curvature[i], *laplace.shares[:, i])
    )
    label, note = label_of(contraction, curvature, flat_share), ""
    ridge: tuple[str, ...] = ()
    if label == "sloppy" and curvature >= PRIOR_DOMINATED and correlation:
        conditional = 1.0 / (1.0 + laplace.curvature[i])
        ridge = tuple(names[k] for k in partners(laplace.covariance, i, conditional))
    if label == "identified" and profile is not None and profile.opening:
        alone = "" if profile.prior else " of the likelihood alone"
        label, note = "sloppy", f"identified by curvature, but its profile{alone} is {profile.opening}"
    return Row(
        names[i], label, contraction, curvature, flat_share, prior_share,
        correlation, names[j] if correlation else None, ridge, note,
    )  # fmt: skip


def _check(
    names: Sequence[str],
    information: Floats,
    gradient: Floats | None,
    posterior_sd: Floats | None,
    profiles: Mapping[str, Profile] | None,
) -> None:
    n = len(names)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise refuse("identify, names", f"'{twice[0]}' twice", "each once", "add the country to the name")
    shaped = [("information", information, (n, n)), ("gradient", gradient, (n,)),
              ("posterior_sd", posterior_sd, (n,))]  # fmt: skip
    for what, values, shape in shaped:
        if values is not None and np.shape(values) != shape:
            raise refuse(f"identify, {what}", f"the shape {np.shape(values)}", f"{shape}, as {n} names say",
                         "hand over names and numbers of one fit")  # fmt: skip
        if values is not None and not np.all(np.isfinite(values)):
            raise refuse(f"identify, {what}", "numbers without end", "finite ones", "evaluate at the mode")
    if not np.allclose(information, np.transpose(information), rtol=1e-6, atol=1e-8):
        raise refuse("identify, information", "a matrix that is not symmetric", "a symmetric one",
                     "hand over the Gauss-Newton matrix of the data")  # fmt: skip
    if posterior_sd is not None and np.any(np.asarray(posterior_sd) < 0):
        raise refuse("identify, posterior_sd", "a negative one", "none below 0", "take them from the draws")
    for name in profiles or {}:
        if name not in names:
            raise refuse("identify, profiles", f"a profile of '{name}'", "one of a parameter named",
                         nearest(name, names))  # fmt: skip


@dataclass(frozen=True)
class Certainty:
    """The fast approximation at a mode, and what the figures identify there.

    `information`: of the figures alone, (entries, entries).
    """

    laplace: Laplace
    information: Floats
    identification: Identification


def certainty(problem: Problem, z: Floats) -> Certainty:
    """The normal approximation of a posterior at its mode and the label of each estimated number."""
    information = fisher_information(problem, z)
    approximation = _normal_about(problem, z, information)
    return Certainty(approximation, information, identify(approximation.names, information))


MOST = 150
"""Iterations of a refit that begins at the optimum of its neighbour."""


def problem_of(study: Study, fit: Fit) -> Problem:
    """The problem that a fit is the answer to. Raises InputError where the study has changed since."""
    fit.refuse_stale(study)
    variant, within = fit.manifest.get("variant"), fit.manifest.get("within")
    request: dict[str, Any] = {} if variant is None else {"variant": variant}
    request |= {} if within is None else {"within": study.fits[within]}
    return make_problem(study, fit.countries, fit.until, **request)


def identify_fit(study: Study, fit: Fit | str = REFERENCE, profiled: Sequence[str] = ()) -> Identification:
    """The label of each number that a fit estimates; `profiled`: those whose profile is looked at too.

    Raises InputError for an unknown or a stale fit and for a number that the fit does not estimate.
    """
    fit = needed_fit(study, fit)
    problem = problem_of(study, fit)
    z = coordinates(problem.layout, fit)
    names = [str(entry) for entry in problem.layout.entries]
    for name in profiled:
        if name not in names:
            expected = "the name of a number that the fit estimates"
            raise refuse(f"profile of '{name}'", "an unknown name", expected, nearest(name, names))
    sure = certainty(problem, z)
    if not profiled:
        return sure.identification
    sds = sure.laplace.deviations
    profiles = {name: _profile(problem, z, names.index(name), sds) for name in profiled}
    return identify(names, sure.information, profiles=profiles)


def _profile(problem: Problem, z: Floats, place: int, deviations: Floats) -> Profile:
    def loss_and_gradient(point: Floats) -> tuple[float, Floats]:
        value, slope = problem.value_and_gradient(point)
        return float(value), np.asarray(slope)

    grid = grid_around(float(z[place]), float(deviations[place]), BOUND)
    return profile(loss_and_gradient, z, place, grid, prior=False)


def sources_of(study: Study, fit: Fit) -> dict[str, str]:
    """The source of each parameter that a fit estimates, by the name of its entry."""
    shared = {name: study.parameters[name].source for name in fit.shared}
    own = {
        f"{name} [{iso3}]": study.countries[iso3].parameters[name].source
        for iso3, values in fit.by_country.items()
        for name in values
    }
    return shared | own


def advised(study: Study, fit: Fit, found: Identification) -> Advice:
    """What to do about the flat parameters of a fit: fix those with a source, remove the others."""
    return advice(found, sources_of(study, fit))


def shuffled(
    study: Study, fit: Fit, shuffles: int, seed: int, tell: Progress, deadline: float | None = None
) -> PermutationTest:
    """The test of shuffled institutions, for a fit in whose variant they say how much is learnt.

    Each refit begins at the optimum of the fit. Raises InputError for a fit without institutions, and for a
    study that names none.
    """
    request = study.outcomes.permutation_test
    if request is None:
        raise lacking("permutation_test", "the test of shuffled institutions", "what is shuffled")
    problem = problem_of(study, fit)
    entries = {entry.iso3: entry for entry in problem.layout.entries if entry.name == request.parameter}
    if study.parameter_values(fit.countries[0], fit).get(request.switch) != 1.0 or not entries:
        expected = "one whose variant has institutions as covariates"
        raise refuse(f"fit '{fit.name}'", "a fit without institutions", expected, "name another with --fit")
    begin = coordinates(problem.layout, fit)

    def refit(institutions: dict[str, float]) -> float:
        centres = {f"{request.parameter} [{iso3}]": value for iso3, value in institutions.items()}
        end = maximise(problem.with_centres(centres), begin, lambda done, loss: None, MOST)
        return end.loss if end.loss < REFUSED else np.inf

    measured = {str(iso3): float(entry.centre) for iso3, entry in entries.items()}
    errors = {str(iso3): float(entry.spread) for iso3, entry in entries.items()}
    return permute_institutions(refit, measured, errors, shuffles, seed, report=tell, deadline=deadline)
