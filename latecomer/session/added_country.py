"""A country from a panel put into a study: its file, its observation table and its lock entry, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from latecomer.faults import nearest, refuse
from latecomer.report.files import write_whole
from latecomer.study.newcomers import Newcomers, newcomers
from latecomer.study.observation_lock import LOCK, lock_text
from latecomer.study.rooms import Rooms


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


def add_country(rooms: Rooms, iso3: str, panel: Path) -> Added:
    """Write one country of a panel into the study: model/countries, calibration/observations and their lock.

    Raises InputError, before anything is written, for a country that the study has, that the panel lacks or
    that cannot be run, and for what `newcomers` refuses; and, with nothing left behind, where the study
    cannot be written to.
    """
    if iso3 in rooms.countries:
        cure = "choose another code, or edit its files by hand"
        raise refuse(f"country '{iso3}'", "a country that the study has", "a new one", cure)
    made = newcomers(rooms, panel)
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
    files = written(rooms, iso3, made)
    country = made.rooms.countries[iso3]
    told = tuple(str(path.relative_to(rooms.root)) for path in files)
    window = country.window
    return Added(iso3, country.name, window.start, window.end, made.lacks[iso3], made.said, told)


def written(rooms: Rooms, iso3: str, made: Newcomers) -> list[Path]:
    """The files of a country, written one after the other, the lock last."""
    tables = rooms.root / "calibration" / "observations"
    name = f"{iso3}.csv"
    locks = {**rooms.locked, name: made.rooms.locked[name]}
    contents = {
        tables / name: made.texts[iso3].table,
        rooms.root / "model" / "countries" / f"{iso3}.toml": made.texts[iso3].country,
        tables / LOCK: lock_text(locks),
    }
    with restored_on_failure(list(contents)):
        for path, text in contents.items():
            write_whole(path, text.encode())
    return list(contents)


@contextmanager
def restored_on_failure(paths: list[Path]) -> Iterator[None]:
    """What stands at some paths stays as it was where the block ends with an error."""
    before = {path: path.read_bytes() if path.is_file() else None for path in paths}
    try:
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != content:
                write_whole(path, content)
        raise
