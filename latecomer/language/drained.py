"""Stocks that cannot be negative: no more leaves one within a step than is there.

A net flow f of such a stock y counts as max(f, -y/dt). A step of Euler's scheme then ends at nought at the
lowest, one of Heun's takes away half of y at most and one of the classical Runge-Kutta scheme five eighths:
with k1 >= -y/dt, k2 >= -(y + k1 dt/2)/dt and so on, k1 + 2 k2 + 2 k3 + k4 >= -15/4 y/dt. Where a stage of a
step has turned round and gone below nought, the equations see next to nothing instead. A run in which no
stock is drained that fast is the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from latecomer.language.syntax import key
from latecomer.language.text import Kind, ModelText


def drained_stocks(text: ModelText, signed: str, but: Collection[str] = ()) -> ModelText:
    """The text with its stocks kept from falling below nought, but those with the words `signed`.

    `signed`: words in the note of a stock that may be negative; `but`: names of stocks that are left as they
    are, whatever their notes; an array by its name. A stock with noise of its own is left too: noise moves it
    whatever its flows.
    """
    left = {key(name) for name in but}
    noisy = {v.key.removesuffix("_volatility") for v in text.variables if v.key.endswith("_volatility")}
    kept = {
        stock.key
        for stock in text.of_kind(Kind.STOCK)
        if not stock.hidden
        and signed not in stock.note
        and left.isdisjoint({stock.key, key(stock.base or stock.name)})
        and noisy.isdisjoint({stock.key, key(stock.base or stock.name)})
    }
    return replace(text, drained=frozenset(kept))
