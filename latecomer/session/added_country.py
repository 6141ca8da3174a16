"""A country from a panel put into a study: its file, its observation table and its lock entry, or nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from latecomer.changes import changing
from latecomer.faults import nearest, refuse
from latecomer.files import WRITABLE
from latecomer.study.newcomers import Newcomers, newcomers
from latecomer.study.observation_lock import LOCK, lock_text, read_lock
from latecomer.study.study import Study

OBSERVATIONS = Path("calibration") / "observations"
COUNTRIES = Path("model") / "countries"


@dataclass(frozen=True)
class Added:
    """A country that a study now has: its window, what it lacks and what stands in, and the files written.

    `said`: what of the panel was set aside.
    """

    iso3: str
    name: str
    start: int
    end: int
    lacks: tuple[str, ...]
    said: tuple[str, ...]
    files: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def add_country(study: Study, iso3: str, panel: Path) -> Added:
    """Write one country of a panel into the study: model/countries, calibration/observations and their lock.

    Raises InputError, before anything is written, for a country that the study has, that the panel lacks or
    that cannot be run, and for what `newcomers` refuses; and, with nothing left behind, where the study
    cannot be written to.
    """
    if iso3 in study.countries:
        cure = "choose another code, or edit its files by hand"
        raise refuse(f"country '{iso3}'", "a country that the study has", "a new one", cure)
    made = newcomers(study, panel)
    if iso3 in made.refused:
        raise refuse(
            f"country '{iso3}'",
            f"figures that no run can start from ({made.refused[iso3].rstrip('.')})",
            "a country with the figures that have no stand-in",
            "add what is missing to the panel",
        )
    if iso3 not in made.countries:
        known = (*made.countries, *made.refused)
        expected = f"one of {', '.join(known)}"
        raise refuse(f"country '{iso3}'", f"no rows in {panel.name}", expected, nearest(iso3, known))
    files = written(study, iso3, made)
    country = made.study.countries[iso3]
    told = tuple(str(path.relative_to(study.root)) for path in files)
    window = country.window
    return Added(iso3, country.name, window.start, window.end, made.lacks[iso3], made.said, told)


def written(study: Study, iso3: str, made: Newcomers) -> list[Path]:
    """The files of a country, written as one step; the lock is read again where no other process changes it.

    Raises InputError where the study has got the country meanwhile, and where it cannot be written to.
    """
    name = f"{iso3}.csv"
    table, country, lock = OBSERVATIONS / name, COUNTRIES / f"{iso3}.toml", OBSERVATIONS / LOCK
    with changing(study.root, WRITABLE) as change:
        locks = read_lock(study.root / OBSERVATIONS)
        if name in locks or (study.root / country).exists() or (study.root / table).exists():
            cure = "choose another code, or edit its files by hand"
            raise refuse(f"country '{iso3}'", "a country that the study has by now", "a new one", cure)
        change.put(table, made.texts[iso3].table.encode())
        change.put(country, made.texts[iso3].country.encode())
        change.put(lock, lock_text({**locks, name: made.study.locked[name]}).encode())
    return [study.root / path for path in (table, country, lock)]
