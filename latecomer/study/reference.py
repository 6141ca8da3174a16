"""Where the reference study lies: in the repository, or inside an installed package."""

from __future__ import annotations

from pathlib import Path

from latecomer.errors import refuse

MARK = Path("model") / "latecomer.mdl"


def find_reference(package: Path) -> Path:
    """The root of the reference study for the package installed at `package`.

    An editable checkout has the rooms beside the package and is preferred; a wheel carries a copy in
    `package/_reference`. Raises `InputError` where neither holds a model.
    """
    for root in (package.parent, package / "_reference"):
        if (root / MARK).is_file():
            return root
    raise refuse(
        f"reference study beside or in {package}",
        "no model text",
        f"{MARK.as_posix()} in the repository or in the installed package",
        "install the package anew, or name a study with --study DIR",
    )


def reference_root() -> Path:
    """The root of the reference study: its rooms model, calibration, runs and reports.

    >>> (reference_root() / "model" / "latecomer.mdl").is_file()
    True
    """
    return find_reference(Path(__file__).resolve().parent.parent)
