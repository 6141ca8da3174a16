"""The content security policy of a page: it runs what it was made with, and reaches no host."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence

from markupsafe import escape

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
