"""Templates of a study: another wrote them, perhaps, so they see what they are handed and nothing more."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from latecomer.faults import InputError, refuse


class Templates(ImmutableSandboxedEnvironment):
    """The templates of a folder; an unknown name in one is an error.

    Getting and rendering one raise `InputError` for what is no template, or asks for more than it is handed.
    """

    def __init__(self, folder: Path, **ways: Any) -> None:
        ways = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True} | ways
        super().__init__(loader=FileSystemLoader(folder), **ways)
        self.folder = folder

    def get_template(self, name: Any, *rest: Any, **ways: Any) -> Template:
        """A template by its name."""
        try:
            return super().get_template(name, *rest, **ways)
        except (TemplateError, OSError, UnicodeDecodeError, RecursionError, MemoryError) as error:
            raise self.fault(error) from error

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Tell of an error in a template as of any other faulty file."""
        error = sys.exc_info()[1]
        if isinstance(error, InputError):
            raise error
        # whatever an expression of a template comes to: a division by nought, a sum without end
        if isinstance(error, Exception):
            raise self.fault(error) from error
        super().handle_exception(source)

    def fault(self, error: Exception) -> InputError:
        """The fault of a template."""
        got = f"{type(error).__name__} ({' '.join(str(error).split())})"
        cure = "mend it, or copy it anew from the reference study"
        return refuse(str(self.folder), got, "templates of pages", cure)
