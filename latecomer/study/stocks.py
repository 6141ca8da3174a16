"""Which stocks of a study cannot be negative, and how they are kept from it."""

from __future__ import annotations

from typing import Final

from latecomer.language import Kind, ModelText
from latecomer.solve.model import Signed

WORDS: Final = "may be negative"
"""Words in the note of a stock that has a sign, such as a debt that can be a claim."""
BOOKED: Final = (
    "external debt",
    "arrears",
    "reserves",
    "foreign assets",
    "direct investment stock",
    "domestic public debt",
    "capital",
)
"""The stocks of the books: a limit on what leaves them would make something out of nothing."""
SIGNED: Final = Signed(WORDS, BOOKED)
"""What `load_model` leaves alone in the text of a study: stocks with a sign, and those of the books."""


def unsigned(text: ModelText) -> tuple[str, ...]:
    """The stocks that cannot be negative, by element: all but those whose note says that they may."""
    stocks = [v for v in text.of_kind(Kind.STOCK) if not v.hidden]
    return tuple(v.name for v in stocks if WORDS not in v.note)
