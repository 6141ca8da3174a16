"""Several files changed as one step: whole or not at all, by one process at a time, after any cut-off.

All new contents are laid into a hidden folder beside their places; one mark, given its name by one rename,
says that they are complete; then each is moved to its place. Cut off before the mark, the old files stand and
what was laid is swept; cut off after it, the rest is moved at the next opening (`finish`).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from latecomer.errors import InputError, refuse
from latecomer.files import ELSEWHERE, read_json, refuse_in_the_way, unwritable

LOCK: Final = ".latecomer.lock"
# the lock where the file system keeps none
HELD: Final = ".latecomer.held"
WITHOUT_LOCKS: Final = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)
STAGE: Final = ".latecomer.change"
MARK: Final = "change.json"
FRESH: Final = "change.json.new"
FORM: Final = 1
# so long a process waits for another that writes to the same folder
PATIENCE: Final = 30.0
NUMBERED: Final = re.compile(r"[0-9]{1,4}")
Content = bytes | Callable[[Path], object]


@dataclass
class Change:
    """A change of some files below a folder, under way; paths are told from that folder."""

    home: Path
    cure: str = ELSEWHERE
    files: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    _staged: list[str] = field(default_factory=list)

    def put(self, path: str | Path, content: Content) -> str:
        """Lay the new content of a file, or let it be written to the path given; returns its sha256.

        Raises InputError for a path out of the folder, for what is in the way, and where there is no room.
        """
        name = self._within(path)
        refuse_in_the_way(self.home / name, self.cure)
        self._on_one_disk(name)
        laid = self.home / STAGE / str(len(self._staged))
        try:
            laid.parent.mkdir(exist_ok=True)
            if isinstance(content, bytes):
                laid.write_bytes(content)
            else:
                content(laid)
            digest = file_hash(laid, sync=True)
        except OSError as error:
            raise unwritable(self.home / name, error, self.cure) from error
        self._staged.append(name)
        self.files[name] = digest
        return digest

    def remove(self, path: str | Path) -> None:
        """Take a file away, where it is there, if nobody writes it anew before."""
        name = self._within(path)
        if (self.home / name).is_symlink() or not (self.home / name).is_file():
            return
        self.gone[name] = file_hash(self.home / name)

    def _within(self, path: str | Path) -> str:
        name = PurePosixPath(Path(path).as_posix())
        if not _inside(self.home, name):
            expected = f"a file in {self.home}"
            raise refuse(str(path), "a path out of the folder that is changed", expected, self.cure)
        return str(name)

    def _on_one_disk(self, name: str) -> None:
        there = next(one for one in (self.home / name).parents if one.exists())
        if there.stat().st_dev != self.home.stat().st_dev:
            got = f"a folder on another file system than {self.home}"
            raise refuse(str(there), got, "all parts of it on one, to be changed as one", self.cure)

    def commit(self) -> None:
        """Make what is laid the files of the folder. Raises InputError where a move fails; see `finish`."""
        if not self.files and not self.gone:
            return
        stage = self.home / STAGE
        laid = {name: str(number) for number, name in enumerate(self._staged)}
        details = {
            "form": FORM,
            "files": {name: {"laid": laid[name], "sha256": self.files[name]} for name in self.files},
            "gone": self.gone,
        }
        try:
            stage.mkdir(exist_ok=True)
            fresh = stage / FRESH
            fresh.write_bytes(json.dumps(details, indent=1).encode())
            file_hash(fresh, sync=True)
            _sync_folder(stage)
            fresh.replace(stage / MARK)
            _sync_folder(stage)
        except OSError as error:
            raise unwritable(self.home, error, self.cure) from error
        _forward(self.home)


@contextmanager
def changing(home: Path, cure: str = ELSEWHERE, patience: float = PATIENCE) -> Iterator[Change]:
    """A change of files below `home`, made as one step when the block ends without an error.

    One process at a time: what the block reads of the folder nobody changes meanwhile. Makes the folder where
    it is missing; first finishes what an earlier change left. Raises InputError where the place cannot be
    written to, where another process holds it for longer than `patience` seconds, and as `Change` does.
    """
    made = [one for one in (home, *home.parents) if not one.exists()]
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(home, error, cure) from error
    try:
        with locked(home, cure, patience):
            _forward(home)
            sweep(home)
            change = Change(home, cure)
            try:
                yield change
                change.commit()
            finally:
                sweep(home)
    except BaseException:
        with suppress(OSError):
            for folder in made:
                folder.rmdir()  # only where it is empty
        raise


def finish(home: Path) -> bool:
    """Finish a change that was cut off, where there is one that was complete; says whether there was.

    Raises InputError where the place cannot be written to, or what was laid is not what the mark says.
    """
    if not os.path.lexists(home / STAGE / MARK):
        return False
    cure = f"make {home} writable, then latecomer repair"
    try:
        with locked(home, cure):
            return _forward(home)
    except InputError as error:
        if os.access(home, os.W_OK):
            raise
        got = "a change that was cut off, in a place that cannot be written to"
        raise refuse(str(home), got, "a place where it can be finished", cure) from error


@contextmanager
def locked(home: Path, cure: str = ELSEWHERE, patience: float = PATIENCE) -> Iterator[None]:
    """A folder that no other process changes while the block runs.

    Raises InputError where another holds it for longer than `patience` seconds, and where the place cannot
    be written to or keeps no locks.
    """
    from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

    file = home / LOCK
    if not _empty_of_its_own(file):
        got, expected = "a file with a content of its own", "the empty lock of a folder, or none"
        raise refuse(str(file), got, expected, "move it away")
    lock: BaseFileLock = FileLock(file, timeout=patience, fallback_to_soft=False)
    try:
        try:
            lock.acquire()
        except OSError as error:
            if error.errno not in WITHOUT_LOCKS:
                raise
            # the file itself is then the lock: it names its process, and one left by a kill is taken over
            file.unlink(missing_ok=True)
            file = home / HELD
            lock = SoftFileLock(file, timeout=patience)
            lock.acquire()
    except Timeout:
        got = f"a folder that another process has been changing for {patience:g} seconds"
        expected, wait = "one writer at a time", "wait until it is done, then ask again"
        where_none = f"where no other latecomer is at work, remove {file}"
        raise refuse(str(home), got, expected, f"{wait}; {where_none}") from None
    except OSError as error:
        raise unwritable(home, error, cure) from error
    try:
        yield
    finally:
        if file.name == LOCK:
            # taken away while it is held: whoever waits for this very file sees it gone, and opens anew
            with suppress(OSError):
                file.unlink()
        lock.release()


def sweep(home: Path) -> list[Path]:
    """Take away what a change without a mark has laid, and nothing else; returns what was taken away."""
    stage, taken = home / STAGE, []
    if not _own_folder(stage) or os.path.lexists(stage / MARK):
        return []
    with suppress(OSError):
        for path in sorted(stage.iterdir()):
            if (NUMBERED.fullmatch(path.name) or path.name == FRESH) and _regular(path):
                path.unlink()
                taken.append(path)
        stage.rmdir()
    return taken


def file_hash(path: Path, sync: bool = False) -> str:
    """The sha256 of a file; `sync`: after it has reached the disk."""
    with path.open("rb") as stream:
        if sync:
            os.fsync(stream.fileno())
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _forward(home: Path) -> bool:
    """Move what a complete change has laid to its places, however often and from wherever it was cut off."""
    stage = home / STAGE
    if not _own_folder(stage) or not os.path.lexists(stage / MARK):
        return False
    files, gone = _marked(home)
    try:
        folders = {(home / name).parent for name in (*files, *gone)}
        for name, (laid, digest) in files.items():
            source, target = stage / laid, home / name
            if not _regular(source):
                continue  # moved before the cut-off
            if file_hash(source) != digest:
                raise _torn(stage, f"{laid}, which is not what was laid for {name}")
            refuse_in_the_way(target, _cure(stage))
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
        for name, digest in gone.items():
            if _regular(home / name) and file_hash(home / name) == digest:
                (home / name).unlink()
        for folder in folders:
            _sync_folder(folder)
        (stage / MARK).unlink()
    except OSError as error:
        got = f"a change that could not be finished ({error.strerror or error})"
        cure = f"mend that, then latecomer repair; {stage} holds the new files until then"
        raise refuse(str(home), got, "files moved to their places", cure) from error
    sweep(home)
    return True


def _marked(home: Path) -> tuple[Mapping[str, tuple[str, str]], Mapping[str, str]]:
    """What a mark says: for each file what is laid and its sha256, and what is to go with its sha256."""
    stage = home / STAGE
    details = read_json(stage / MARK, "the mark of a change", _cure(stage))
    files, gone = details.get("files"), details.get("gone")
    if details.get("form") != FORM or not isinstance(files, dict) or not isinstance(gone, dict):
        raise _torn(stage, f"{MARK} of another form")
    found: dict[str, tuple[str, str]] = {}
    for name, one in files.items():
        laid, digest = _pair(one)
        if laid is None or digest is None or not _inside(home, PurePosixPath(name)):
            raise _torn(stage, f"{MARK}, which names {name[:80]!a}")
        found[name] = laid, digest
    for name, digest in gone.items():
        if not isinstance(digest, str) or not _inside(home, PurePosixPath(name)):
            raise _torn(stage, f"{MARK}, which names {name[:80]!a}")
    return found, gone


def _pair(one: object) -> tuple[str | None, str | None]:
    if not isinstance(one, dict):
        return None, None
    laid, digest = one.get("laid"), one.get("sha256")
    sound = isinstance(laid, str) and NUMBERED.fullmatch(laid) and isinstance(digest, str)
    return (laid, digest) if sound else (None, None)


def _cure(stage: Path) -> str:
    return f"move {stage} elsewhere; the files beside it are as they were, or half of them new"


def _torn(stage: Path, got: str) -> InputError:
    return refuse(str(stage), got, "a change that was laid whole", _cure(stage))


def _inside(home: Path, name: PurePosixPath) -> bool:
    """Whether a path stays in a folder, whatever links stand on its way."""
    if name.is_absolute() or not name.parts or ".." in name.parts or "\0" in str(name):
        return False
    if name.parts[0] in (STAGE, LOCK, HELD):
        return False
    try:
        return (home / name).parent.resolve().is_relative_to(home.resolve())
    except (OSError, RuntimeError):
        return False


def _empty_of_its_own(path: Path) -> bool:
    """Whether a lock may be taken here: there is nothing, or an empty file with this one name."""
    try:
        found = path.lstat()
    except OSError:
        return True
    return stat.S_ISREG(found.st_mode) and found.st_size == 0 and found.st_nlink == 1


def _own_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some file systems sync no folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
