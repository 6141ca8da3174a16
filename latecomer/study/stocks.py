"""Which stocks of a study cannot be negative, and how they are kept from it."""

from __future__ import annotations

from typing import Final

from latecomer.language import Kind, ModelText
from latecomer.solve.model import Signed
from latecomer.study.identities import Accounts

WORDS: Final = "may be negative"
"""Words in the note of a stock that has a sign, such as a debt that can be a claim."""


def signed(accounts: Accounts) -> Signed:
    """What `load_model` leaves alone in the text of a study: stocks with a sign, and those of its books."""
    return Signed(WORDS, accounts.stocks)


def unsigned(text: ModelText) -> tuple[str, ...]:
    """The stocks that cannot be negative, by element: all but those whose note says that they may."""
    stocks = [v for v in text.of_kind(Kind.STOCK) if not v.hidden]
    return tuple(v.name for v in stocks if WORDS not in v.note)
