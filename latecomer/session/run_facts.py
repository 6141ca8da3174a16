"""What stands behind a run: what drives it, what is odd about it, and everything its manifest holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from latecomer.faults import refuse
from latecomer.report.content import Passage, PlainTable
from latecomer.report.runs_content import Facts
from latecomer.session.manifest import AGAIN, MANIFEST
from latecomer.session.run_sides import RECORD, Side
from latecomer.study.assumptions import Assumption
from latecomer.study.study import NO_FIT, Study

HEAD: Final = ("driver", "after", "rule", "source or reason")
ASSUMED: Final = "What comes from outside is known up to its last figure. After that year it is assumed."
APART: Final = ("changes", "assumptions", "policy space")


def facts(study: Study, sides: Sequence[Side]) -> list[Facts]:
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


def note(study: Study, side: Side) -> str:
    """The note of a run's scenario, where the study still has it."""
    name = str(side.run.manifest["scenario"])
    if name == NO_FIT:
        return "The country’s own record: what it decided, and what the world did."
    return study.scenarios[name].note if name in study.scenarios else ""


def headline(side: Side) -> str:
    """Which years, how many draws, which seed, fit and variant, in a line."""
    told = side.run.manifest
    first, last = told["years"]
    draws = "one run without draws"
    if side.run.draws is not None:
        lost = f", of which {len(side.run.failed)} did not stay finite" if side.run.failed else ""
        draws = f"{side.run.draws} draws{lost}, seed {told.get('seed', 'not told')}"
    by_hand = "; some numbers set by hand" if told["set"] else ""
    return f"{first:g}–{last:g}, {draws}; fit {told['fit']}; variant {told['variant']}{by_hand}"


def drives(side: Side, earlier: Sequence[Side]) -> Iterator[Passage]:
    """What is changed, set, refused and assumed in a run."""
    told = side.run.manifest
    changed = list(map(str, told["changes"]))
    name = str(told["scenario"])
    nothing = f"Nothing: it is {RECORD}." if name == NO_FIT else "Nothing beyond the assumptions."
    yield Passage("What is changed", changed or [nothing])
    if told["set"]:
        yield Passage("What was set by hand", [f"{key} = {value}" for key, value in told["set"].items()])
    if told["policy space"]:
        yield Passage("What the policy space did not permit", list(map(str, told["policy space"])))
    same = [one.letter for one in earlier if one.run.manifest["assumptions"] == told["assumptions"]]
    if not told["assumptions"]:
        yield Passage("What is assumed", ["Nothing: every driver has figures up to the last year."])
    elif same:
        yield Passage("What is assumed", [f"The same as for {same[0]}."])
    else:
        yield Passage("What is assumed", [ASSUMED], assumed(side))


def assumed(side: Side) -> PlainTable:
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


def notes(hashes: Mapping[str, str], side: Side) -> Iterator[str]:
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


def failed(side: Side) -> Iterator[str]:
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


def provenance(side: Side) -> dict[str, str]:
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
