"""What code that came with a file would do, stopped by an audit hook: it writes, starts, calls, deletes.

The hook stops it before it happens: whoever runs the suite must not lose a file to it either.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

MARK = "code_was_run"
STARTED = ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "pty.spawn", "socket.connect")
# the places of the paths that each changes
CHANGED = {
    "os.remove": (0,),
    "os.rmdir": (0,),
    "os.rename": (0, 1),
    "os.link": (1,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.mkdir": (0,),
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.utime": (0,),
    "shutil.rmtree": (0,),
    "shutil.move": (0, 1),
}
# a folder is emptied by names relative to a descriptor, after its own path was told
DESCRIBED = ("os.remove", "os.rmdir", "os.rename")
FOREIGN = frozenset(
    [
        "open",
        "__import__",
        "eval",
        "exec",
        "compile",
        "breakpoint",
        "input",
        "system",
        "popen",
        "os",
        "sys",
        "subprocess",
        "shutil",
        "getattr",
        "setattr",
        "globals",
        "locals",
        "vars",
        "builtins",
        "__builtins__",
        "__class__",
        "__subclasses__",
        "__globals__",
    ]
)
EQUATIONS = "<equations"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Trespass(BaseException):
    """Raised instead of what no input may bring about; nothing that catches errors of files catches it."""


class Canary:
    """Notes and stops what no input may bring about while it is armed; some folders may be written to."""

    def __init__(self, allowed: tuple[Path, ...]) -> None:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "latecomer"
        roots = (*allowed, home, Path(os.devnull))
        self.allowed = tuple(os.path.realpath(root) for root in roots)
        self.armed = False
        self.seen: list[str] = []
        self.subprocesses = False
        sys.addaudithook(self._hook)

    @contextmanager
    def watching(self, subprocesses: bool = False) -> Iterator[list[str]]:
        """What is seen while the block runs; `subprocesses`: whether it may start one."""
        self.seen, self.subprocesses, self.armed = [], subprocesses, True
        try:
            yield self.seen
        finally:
            self.armed = False

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.armed:
            return
        self.armed = False
        try:
            if said := self._said(event, arguments):
                self.seen.append(said)
                raise Trespass(said)
        finally:
            self.armed = True

    def _said(self, event: str, arguments: tuple[Any, ...]) -> str | None:
        if event == "open":
            path, mode, flags = arguments
            writes = any(sign in mode for sign in "wax+") if isinstance(mode, str) else flags & WRITING
            return f"writes {path!a}" if writes and self._outside(path) else None
        if event == "exec":
            return foreign_names(arguments[0])
        if event in STARTED:
            allowed = self.subprocesses and event in ("subprocess.Popen", "os.posix_spawn")
            return None if allowed else f"{event} {arguments!a}"[:200]
        described = event in DESCRIBED and any(isinstance(one, int) and one != -1 for one in arguments)
        paths = () if described else [arguments[at] for at in CHANGED.get(event, ())]
        outside = next((path for path in paths if self._outside(path)), None)
        if outside is not None:
            return f"{event} {outside!a}"
        return None

    def _outside(self, path: object) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        where = os.path.realpath(os.fsdecode(path))
        compiled = "__pycache__" in where
        return not compiled and not any(
            where == root or where.startswith(root + os.sep) for root in self.allowed
        )


def foreign_names(code: object) -> str | None:
    """What code of a text, not of an imported file, names that no equation names; None where nothing."""
    if not isinstance(code, CodeType) or not code.co_filename.startswith(EQUATIONS):
        return None
    found = sorted(FOREIGN & _names(code))
    return f"code that names {', '.join(found)}" if found else None


def _names(code: CodeType) -> set[str]:
    inner = [_names(one) for one in code.co_consts if isinstance(one, CodeType)]
    return set(code.co_names).union(*inner)


def left_behind(place: Path) -> str | None:
    """The file that hostile texts of this suite would make, where one of them ran."""
    for folder in (place, Path.cwd(), Path(tempfile.gettempdir())):
        found = next(iter(folder.rglob(MARK) if folder == place else folder.glob(MARK)), None)
        if found is not None:
            found.unlink()
            return f"the text ran: it made {found.name}"
    return None
