"""The guide to the language names what the language knows."""

from __future__ import annotations

import re
from pathlib import Path

from latecomer.language.builtins import DELAYS, REDUCTIONS, SMOOTHS, VENSIM_NAMES, XMILE_NAMES, shown

GUIDE = Path(__file__).parents[2] / "model" / "LANGUAGE.md"


def test_every_function_stands_in_the_guide() -> None:
    words = set(re.findall(r"[A-Z][A-Z0-9]+", GUIDE.read_text(encoding="utf-8")))
    names = [*VENSIM_NAMES, *XMILE_NAMES]
    names += [name for table in (REDUCTIONS, SMOOTHS, DELAYS) for known in table.values() for name in known]
    missing = {name for name in names if not set(shown(name).split()) <= words | {"N"}}
    # these stand in no text: the reader writes them for itself
    assert missing == {"#within"}
