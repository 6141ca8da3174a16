"""Templates of a study: another wrote them, perhaps, so they see what they are handed and nothing more.

Also here:
- The content security policy of a page: it runs what it was made with, and reaches no host.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

from latecomer.errors import InputError, refuse


class Templates(ImmutableSandboxedEnvironment):
    """The templates of a folder; an unknown name in one is an error.

    Getting and rendering one raise `InputError` for what is no template, or asks for more than it is handed.
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True} | options
        super().__init__(loader=FileSystemLoader(folder), **options)
        self.folder = folder

    def get_template(self, name: Any, *rest: Any, **options: Any) -> Template:
        """A template by its name."""
        try:
            return super().get_template(name, *rest, **options)
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


HEAD = re.compile(r"<head\b[^>]*>\n?")


def sealed(page: str) -> str:
    """A page with its policy in its head, whatever its template.

    >>> sealed("<head></head>")[:80]
    '<head><meta http-equiv="Content-Security-Policy" content="default-src &#39;none&'
    """
    meta = f'<meta http-equiv="Content-Security-Policy" content="{escape(policy(page))}">\n'
    return HEAD.sub(lambda head: head[0] + meta, page, count=1)


def policy(text: str) -> str:
    """The content security policy of a page: the styles and scripts that it was made with, and no host.

    >>> policy("<style>a</style>").split("; ")[0]
    "default-src 'none'"
    """
    styles, scripts = (re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL) for tag in ("style", "script"))
    return content_policy(styles, scripts)


def content_policy(styles: Iterable[str], scripts: Sequence[str]) -> str:
    """The content security policy of a page: these styles, these scripts, and no host.

    >>> content_policy([], [])
    "default-src 'none'; base-uri 'none'; form-action 'none'"
    """
    allowed = [("style-src", styles), ("script-src", scripts)]
    listed = [f"{what} {' '.join(hashed(one) for one in texts)}" for what, texts in allowed if texts]
    return "; ".join(["default-src 'none'", *listed, "base-uri 'none'", "form-action 'none'"])


def hashed(text: str) -> str:
    """The name of an inline script or style in a content security policy.

    >>> hashed("")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
