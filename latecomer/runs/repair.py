"""A study mended: changes that were cut off are finished or undone, a country half added is completed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from latecomer.changes import STAGE, Change, changing, finish, locked, sweep
from latecomer.data.lock import LOCK, LockedFile, lock_of, lock_text, present_lock, read_lock
from latecomer.data.observations import Observations, read_table, read_units, table_faults, to_frame
from latecomer.errors import Fault, InputError
from latecomer.files import WRITABLE, read_bytes
from latecomer.new_countries.build import COUNTRIES, OBSERVATIONS
from latecomer.study.content import FITS
from latecomer.study.countries import Countries, country_of
from latecomer.study.drivers import Drivers, load_drivers, table_spans
from latecomer.study.schema import read_toml
from latecomer.study.study import Study

ASIDE: Final = Path("calibration") / "set-aside"


@dataclass
class Repaired:
    """What a repair has found: by the paths of the study.

    `finished`, `undone`: folders with a change that was cut off; `locked`: tables put into the lock; `moved`:
    files set aside, by where they are now; `lacking`: what stays wrong, by its file.
    """

    finished: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    locked: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether nothing is left to be decided."""
        return not self.lacking

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        details = {name: getattr(self, name) for name in ("finished", "undone", "locked", "moved", "lacking")}
        return {"holds": self.holds, **details}


def repair(root: Path, aside: bool = False) -> Repaired:
    """Mend what a cut-off has left in a study, whichever version was cut off; nothing is deleted.

    An observation table that the lock does not know, as a country half added leaves it, is locked where it
    and its country file are sound and can be run together. Otherwise it is told what is lacking; `aside`:
    the two are then moved to calibration/set-aside. Raises InputError for a folder that is no study, for one
    that cannot be written to, and for a change that cannot be finished.
    """
    found = Repaired()
    for home, name in ((root, "."), (root / FITS, FITS.as_posix())):
        if finish(home):
            found.finished.append(name)
        if (home / STAGE).is_dir():
            with locked(home, WRITABLE):
                if sweep(home):
                    found.undone.append(name)
    study = Study(root)
    if (root / OBSERVATIONS / LOCK).exists():
        with changing(root, WRITABLE) as change:
            mend_tables(study, change, found, aside)
    if not found.lacking:
        found.lacking = dict(still_wrong(Study(root)))
    return found


def mend_tables(study: Study, change: Change, found: Repaired, aside: bool) -> None:
    """Lock the tables that the lock does not know where they are sound, or set them aside where told to."""
    folder = study.root / OBSERVATIONS
    locks = read_lock(folder)
    strays = [path for path in sorted(folder.glob("*.csv")) if path.name not in locks]
    sound: dict[str, LockedFile] = {}
    for table in strays:
        name = (OBSERVATIONS / table.name).as_posix()
        wrong = lacking(study, table)
        if wrong is None:
            sound[table.name] = lock_of(table)
            found.locked.append(name)
        elif aside:
            for path in (OBSERVATIONS / table.name, COUNTRIES / f"{table.stem}.toml"):
                if (study.root / path).is_file():
                    found.moved[path.as_posix()] = set_aside(study.root, change, path)
        else:
            found.lacking[name] = wrong
    if sound:
        change.put(OBSERVATIONS / LOCK, lock_text({**locks, **sound}).encode())


def lacking(study: Study, table: Path) -> str | None:
    """What a table needs to be one of the study's, in words; None where it can be locked."""
    country_file = study.root / COUNTRIES / f"{table.stem}.toml"
    try:
        if table.is_symlink() or not table.is_file():
            return "no ordinary file"
        if not country_file.is_file():
            return f"it stands without {(COUNTRIES / country_file.name).as_posix()}"
        folder = table.parent
        faults: list[Fault] = []
        rows, digest, of_form = read_table(table)
        faults += [*of_form, *table_faults(table.name, rows, read_units(folder), digest, None)]
        country = country_of(read_toml(country_file, "a country file"), table.stem, faults)
        if country is None or faults:
            return "; ".join(str(fault) for fault in faults)
        others = [row for name in read_lock(folder) for row in read_table(folder / name)[0]]
        observed = Observations(to_frame([*others, *rows]))
        sources = load_drivers(study.root / "model" / "drivers.toml")
        spans = table_spans(study.model.text)
        alone = Countries({table.stem: country})
        Drivers(sources, alone, observed, spans, study.levers).tables(table.stem)
    except InputError as error:
        return "; ".join(str(fault) for fault in error.faults)
    return None


def set_aside(root: Path, change: Change, path: Path) -> str:
    """Move a file of the study to calibration/set-aside, over none that is there; says where it is now."""
    number, target = 2, ASIDE / path.name
    while (root / target).exists() or (root / target).is_symlink():
        target, number = ASIDE / f"{path.stem}-{number}{path.suffix}", number + 1
    change.put(target, read_bytes(root / path, "a file of the study", WRITABLE))
    change.remove(path)
    return target.as_posix()


def still_wrong(study: Study) -> Mapping[str, str]:
    """What the tables and the country files are refused for, by place."""
    try:
        _ = study.observations, study.countries
    except InputError as error:
        return {fault.place: str(fault) for fault in error.faults}
    return {}


def lock_tables(study: Study) -> tuple[Path, int]:
    """Lock the observation tables as they are; returns the lock and how many tables it knows.

    Raises InputError for a table without the columns variable and year, and as `changing` does.
    """
    folder = study.root / OBSERVATIONS
    with changing(study.root, WRITABLE) as change:
        change.put(OBSERVATIONS / LOCK, present_lock(folder).encode())
    return folder / LOCK, len(read_lock(folder))
