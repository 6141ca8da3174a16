"""What stands behind a run: what drives it, what is odd about it, and everything its manifest holds.

Also here:
- A run against the figures of the study: panels, scores, and what it gets wrong.
- Where the figures behind some runs come from: sources with their vintages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import xarray as xr
from pydantic import ValidationError

from latecomer.errors import refuse
from latecomer.evaluation.check import CountryRun, shortfalls
from latecomer.inference.goodness_of_fit import Score, score_run
from latecomer.report.content import Facts, Line, Panel, Passage, PlainTable, ScoreRow
from latecomer.report.narrative.comparison import RECORD, ComparedRun, band
from latecomer.report.narrative.limitations import limits
from latecomer.report.pages.study import score_row
from latecomer.report.series import observed
from latecomer.runs.manifest import AGAIN, MANIFEST
from latecomer.runs.store import LoadedRun
from latecomer.study.accounting import Books
from latecomer.study.extrapolation import Assumption
from latecomer.study.fits import NONE
from latecomer.study.study import Study
from latecomer.study.targets import Target

HEAD: Final = ("driver", "after", "rule", "source or reason")

ASSUMED: Final = "What comes from outside is known up to its last figure. After that year it is assumed."

APART: Final = ("changes", "assumptions", "policy space")


def facts(study: Study, sides: Sequence[ComparedRun]) -> list[Facts]:
    """The facts of each run of a country; what a run shares with an earlier one is said once."""
    hashes = study.run_hashes([sides[0].run.iso3])
    return [
        Facts(
            side.number,
            side.letter,
            side.name,
            note(study, side),
            headline(side),
            list(drives(side, sides[: side.number])),
            list(notes(hashes, side)),
            provenance(side),
        )
        for side in sides
    ]


def note(study: Study, side: ComparedRun) -> str:
    """The note of a run's scenario, where the study still has it."""
    name = str(side.run.manifest["scenario"])
    if name == NONE:
        return "The country’s own record: what it decided, and what the world did."
    return study.scenarios[name].note if name in study.scenarios else ""


def headline(side: ComparedRun) -> str:
    """Which years, how many draws, which seed, fit and variant, in a line."""
    manifest = side.run.manifest
    first, last = manifest["years"]
    draws = "one run without draws"
    if side.run.draws is not None:
        lost = f", of which {len(side.run.failed)} did not stay finite" if side.run.failed else ""
        draws = f"{side.run.draws} draws{lost}, seed {manifest.get('seed', 'not told')}"
    by_hand = "; some numbers set by hand" if manifest["set"] else ""
    return f"{first:g}–{last:g}, {draws}; fit {manifest['fit']}; variant {manifest['variant']}{by_hand}"


def drives(side: ComparedRun, earlier: Sequence[ComparedRun]) -> Iterator[Passage]:
    """What is changed, set, refused and assumed in a run."""
    manifest = side.run.manifest
    changed = list(map(str, manifest["changes"]))
    name = str(manifest["scenario"])
    nothing = f"Nothing: it is {RECORD}." if name == NONE else "Nothing beyond the assumptions."
    yield Passage("What is changed", changed or [nothing])
    if manifest["set"]:
        yield Passage("What was set by hand", [f"{key} = {value}" for key, value in manifest["set"].items()])
    if manifest["policy space"]:
        yield Passage("What the policy space did not permit", list(map(str, manifest["policy space"])))
    same = [one.letter for one in earlier if one.run.manifest["assumptions"] == manifest["assumptions"]]
    if not manifest["assumptions"]:
        yield Passage("What is assumed", ["Nothing: every driver has figures up to the last year."])
    elif same:
        yield Passage("What is assumed", [f"The same as for {same[0]}."])
    else:
        yield Passage("What is assumed", [ASSUMED], assumed(side))


def assumed(side: ComparedRun) -> PlainTable:
    """The assumptions of a run. Raises InputError for an entry of the manifest that is none."""
    place = str(side.run.folder / MANIFEST)
    rows = []
    for one in side.run.manifest["assumptions"]:
        try:
            rest = {key: one[key] for key in one if key not in ("driver", "after", "changed by")}
            made = Assumption.model_validate(rest)
            changed = "".join(f"; then the override '{name}'" for name in one.get("changed by", ()))
            rows.append((str(one["driver"]), f"{one['after']:g}", made.words + changed, made.source))
        except (ValidationError, TypeError, KeyError, ValueError, AttributeError) as error:
            got = f"an assumption that is none: {json.dumps(one, ensure_ascii=False)[:80]}"
            raise refuse(place, got, "a driver, a year and a rule", AGAIN) from error
    return PlainTable("After the last figure", HEAD, rows)


def notes(hashes: Mapping[str, str], side: ComparedRun) -> Iterator[str]:
    """What a reader must know before trusting a run; `hashes`: of what the study now holds."""
    yield from failed(side)
    held: Mapping[str, Any] = side.run.manifest["hashes"]
    other = [name for name, digest in hashes.items() if name in held and held[name] != digest]
    if other:
        yield (
            f"This run was made from another {' and another '.join(other)} than the study now holds. Names, "
            "figures and notes on this page are those of the study now: run it again to be sure."
        )
    changed = side.run.manifest["changed since the fit"]
    if changed:
        yield (
            f"Changed between the fit and this run: {', '.join(map(str, changed))}; its scores are not those "
            "of the fit. Calibrate again for scores."
        )
    if side.run.lacking:
        few = ", ".join(side.run.lacking[:6])
        rest = len(side.run.lacking) - 6
        more = f" and {rest} more" if rest > 0 else ""
        yield (
            f"This run has no {few}{more}: their charts and numbers are left out. Run the study’s own model "
            "again to have them."
        )


def failed(side: ComparedRun) -> Iterator[str]:
    """How many draws did not stay finite, and what that means for every number."""
    run = side.run
    if not run.failed or run.draws is None:
        return
    event = side.outcomes.event
    lost = f"{run.lost} of them {event.words.had} before. " if run.lost and event is not None else ""
    yield (
        f"{len(run.failed)} of {run.draws} draws did not stay finite (the first left in {run.failed[0]:g}). "
        f"{lost}They are counted here and are in no other number: every share, middle and band of this run "
        f"is of the other {run.kept}, given that they stayed finite."
    )


def provenance(side: ComparedRun) -> dict[str, str]:
    """Everything of a manifest that does not stand elsewhere on the page, in words."""
    found = {"folder": side.run.folder.resolve().name}
    for key, value in side.run.manifest.items():
        if key in APART:
            continue
        if key == "hashes":
            found |= {f"sha256 of {name}": str(digest) for name, digest in value.items()}
        elif key == "versions":
            found |= {f"version of {name}": str(number) for name, number in value.items()}
        else:
            found[key] = _plain(key, value)
    return found


def _plain(key: str, value: Any) -> str:
    if key == "years":
        return "{:g} to {:g}".format(*value)
    if isinstance(value, dict):
        return ", ".join(f"{name} = {one}" for name, one in value.items()) or "nothing"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return str(value)


OBSERVATIONS: Final = "observations of "

FEW: Final = 4


def tables_of(study: Study, runs: Iterable[LoadedRun]) -> list[str]:
    """The countries and groups whose figures stand behind some runs, as their manifests name them."""
    found: dict[str, None] = {}
    for run in runs:
        names = [name for name in run.manifest["hashes"] if name.startswith(OBSERVATIONS)]
        for name in [run.iso3, *(name.removeprefix(OBSERVATIONS) for name in names)]:
            found.setdefault(name)
    return [name for name in found if name in study.observations.countries()]


def sources(study: Study, runs: Iterable[LoadedRun]) -> PlainTable:
    """Each source with its vintage and the series that are taken from it."""
    taken: dict[tuple[str, str], dict[str, None]] = {}
    names = tables_of(study, runs)
    for iso3 in names:
        for variable in study.observations.variables(iso3):
            for entry in study.observations.source(iso3, variable):
                taken.setdefault((entry.source, entry.vintage), {}).setdefault(variable)
    rows = [(source, vintage, few(series)) for (source, vintage), series in sorted(taken.items())]
    caption = f"Figures of {', '.join(names)}" if names else "No figures"
    return PlainTable(caption, ("source", "vintage", "series"), rows)


def few(names: Iterable[str]) -> str:
    """Some names, and how many more there are.

    >>> few("abcdef")
    'a, b, c, d and 2 more'
    """
    every = list(names)
    more = f" and {len(every) - FEW} more" if len(every) > FEW else ""
    return ", ".join(every[:FEW]) + more


def middle_run(side: ComparedRun) -> xr.Dataset:
    """The middle of each variable over the draws of a run; a run without draws as it is."""
    data = side.run.data
    return data.median("draw", keep_attrs=True) if "draw" in data.dims else data


def scores_of(study: Study, side: ComparedRun) -> list[Score]:
    """The scores of the middle of a run, of the targets whose variables it has; see `score_run`."""
    middle = middle_run(side)
    absent = {t.variable for t in study.targets.targets} - set(middle.data_vars)
    nothing = xr.full_like(middle["time"], np.nan, dtype=float)
    scored = score_run(study, side.run.iso3, middle.assign(dict.fromkeys(absent, nothing)))
    lacking = {t.series for t in study.targets.targets if t.variable in absent}
    return [one for one in scored if one.series not in lacking]


def record_end(study: Study, iso3: str) -> float | None:
    """The last year of any figure that a country is held against; None without any."""
    years = [years[-1] for t in study.targets.targets if (years := observed(study, iso3, t)[0])]
    return max(years) if years else None


def fit_panels(study: Study, side: ComparedRun, scores: Sequence[Score]) -> Iterator[Panel]:
    """Every target with figures within the years of a run: its middle, its band and its score."""
    rows = {one.series: score_row(one) for one in scores}
    for target in study.targets.targets:
        panel = fit_panel(study, side, target, rows.get(target.series))
        if panel is not None:
            yield panel


def fit_panel(study: Study, side: ComparedRun, target: Target, score: ScoreRow | None) -> Panel | None:
    """One target; None where the run lacks its variable or no figure lies within its years."""
    values, years = side.values(target.variable), side.run.years
    at, figures, source = observed(study, side.run.iso3, target)
    if values is None or not at:
        return None
    held = Line(at, figures).within(years[0], years[-1])
    if not len(held.years):
        return None
    shown = (years >= min(held.years)) & (years <= max(held.years))
    return Panel(
        target.series,
        side.unit(target.variable),
        [side.drawn(band(years[shown], values[..., shown]))],
        figures=held,
        source=source,
        scale="log" if target.transformation == "log" else "linear",
        score=score,
    )


def fit_sentences(side: ComparedRun, panels: Sequence[Panel]) -> Iterator[str]:
    """How close a run comes to the figures, in sentences."""
    rows = [panel.score for panel in panels if panel.score is not None]
    what = "this run" if side.run.draws is None else "the middle of these draws"
    if not rows:
        yield "No series has five figures or more within the years of this run, so none is scored."
        return
    judged = [row for row in rows if row.holds is not None]
    held = sum(bool(row.holds) for row in judged)
    unjudged = len(rows) - len(judged)
    more = f"; {unjudged} more have no tolerance set" if unjudged else ""
    if judged:
        yield f"{held} of {len(judged)} judged series of {what} stay within their tolerance{more}."
    else:
        yield f"{unjudged} series of {what} are scored; none has a tolerance set to judge it by."
    best, worst = (pick(rows, key=lambda row: row.nrmsd) for pick in (min, max))
    if len(rows) > 1:
        yield (
            f"Nearest to its figures is {best.series} (NRMSD {best.nrmsd:.3f}), farthest {worst.series} "
            f"(NRMSD {worst.nrmsd:.3f})."
        )
    inside = [spot for panel in panels for spot in within(panel)]
    if inside:
        share = 100 * sum(inside) / len(inside)
        yield (
            f"{sum(inside)} of {len(inside)} figures ({share:.0f} %) lie within the 80 % band. A band that "
            "held everything unknown would hold 80 %: this one holds luck alone."
        )


def within(panel: Panel) -> Iterator[bool]:
    """For each figure of a panel whether it lies in the band; nothing without a band."""
    one, figures = panel.lines[0].band, panel.figures
    if one.low is None or one.high is None or figures is None:
        return
    ends = dict(zip(np.asarray(one.years).tolist(), zip(one.low, one.high, strict=True), strict=True))
    for year, figure in zip(figures.years, figures.values, strict=True):
        if year in ends:
            low, high = ends[year]
            yield bool(low <= figure <= high)


def wrong(study: Study, side: ComparedRun, scores: Sequence[Score]) -> list[str]:
    """What the middle of a run gets wrong: why tolerances are known to be missed, and what the runs show."""
    iso3, name = side.run.iso3, study.countries[side.run.iso3].name
    missed = {one.series for one in scores if one.holds is False}
    known: Mapping[tuple[str, str], str] = shortfalls(study)
    said = [
        f"{name}, {series}: {why}." for (of, series), why in known.items() if of == iso3 and series in missed
    ]
    middle = middle_run(side)
    times = set(side.run.years.tolist())
    event = study.outcomes.event
    manifest = (event is None or event.variable in middle) and all(
        past.year in times for past in study.countries[iso3].record
    )
    if not manifest or {t.variable for t in study.targets.targets} & set(side.run.lacking):
        return said
    one = CountryRun(iso3, middle, tuple(scores), Books(np.zeros(0), {}))
    return [*said, *(line for line in limits(study, [one]))]
