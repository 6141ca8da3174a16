"""Axes of a chart: where a value lies, which ticks are drawn and how numbers are written."""

from __future__ import annotations

import math
from dataclasses import dataclass

from latecomer.report.content import Scale

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SIZES = ((1e12, 1e12, "tn"), (1e9, 1e9, "bn"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))  # from, divisor, sign


@dataclass(frozen=True, slots=True)
class Axis:
    """A map from values low..high to pixels start..stop: p = start + (stop - start) (v - low) / (high - low).

    On a log axis v, low and high are replaced by their logarithms.

    >>> Axis(0, 10, 100, 0).at(2.5), Axis(1, 100, 0, 50, "log").at(10)
    (75.0, 25.0)
    """

    low: float
    high: float
    start: float
    stop: float
    scale: Scale = "linear"

    def at(self, value: float) -> float:
        """The pixel of `value`; a value <= 0 on a log axis lies at its foot."""
        if self.scale == "log":
            low, high = math.log(self.low), math.log(self.high)
            share = (math.log(max(value, self.low)) - low) / (high - low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + (self.stop - self.start) * share


def limits(values: list[float], scale: Scale, pad: float = 0.06) -> tuple[float, float]:
    """The ends of an axis that shows all finite `values`, with a margin of `pad` of their range.

    >>> limits([0.0, 10.0], "linear", pad=0.1)
    (-1.0, 11.0)
    >>> limits([7.0], "linear")
    (6.0, 8.0)
    """
    if scale == "log":
        kept = [math.log10(v) for v in values if math.isfinite(v) and v > 0]
        low, high = limits(kept, "linear", pad) if kept else (-1.0, 1.0)
        return 10**low, 10**high
    kept = [v for v in values if math.isfinite(v)] or [0.0]
    low, high = min(kept), max(kept)
    margin = pad * (high - low)
    if margin <= 1e-12 * max(abs(low), abs(high)):
        return low - 1.0, high + 1.0
    return low - margin, high + margin


def nice_step(span: float, count: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten that cuts `span` into at most `count` steps.

    >>> nice_step(50, 5), nice_step(0.7, 4)
    (10.0, 0.2)
    """
    power: float = 10.0 ** math.floor(math.log10(span / count))
    return next(m * power for m in (1, 2, 5, 10, 20) if m * power * count >= span * (1 - 1e-9))


def ticks(low: float, high: float, scale: Scale, count: int = 4) -> list[float]:
    """Round values between `low` and `high`: about `count` of them.

    >>> ticks(1960, 2010, "linear", 5)
    [1960.0, 1970.0, 1980.0, 1990.0, 2000.0, 2010.0]
    >>> ticks(0.5, 200, "log")
    [1.0, 10.0, 100.0]
    """
    if scale == "log":
        return log_ticks(low, high, count)
    step = nice_step(high - low, count)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{k * step:.12g}") for k in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Powers of ten between `low` and `high`, thinned to `count`; 1, 2, 5 times them on a short axis.

    >>> log_ticks(1.5, 30)
    [2.0, 5.0, 10.0, 20.0]
    """
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first >= 2:
        every = math.ceil((last - first) / count)
        return [10.0**k for k in range(first, last + 1) if k % every == 0]
    few = [m * 10.0**k for k in range(first - 1, last + 1) for m in (1, 2, 5) if low <= m * 10.0**k <= high]
    return few if len(few) >= 2 else ticks(low, high, "linear", count)


def number(value: float, digits: int = 4) -> str:
    """A value to `digits` significant digits, large and small ones in a readable form.

    >>> number(0.03141592), number(1234567), number(3e-16, 2), number(float("nan"))
    ('0.03142', '1.235 M', '3×10⁻¹⁶', 'none')
    """
    if not math.isfinite(value):
        return "none"
    if value == 0:
        return "0"
    if abs(value) < 1e-4:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        power = "10" + str(int(exponent)).translate(SUPERSCRIPT)
        return power if mantissa == "1" else f"{mantissa}×{power}"
    for least, size, sign in SIZES:
        if abs(value) >= least:
            return f"{value / size:.{digits}g} {sign}"
    return f"{value:.{digits}g}"
