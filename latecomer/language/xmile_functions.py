"""Functions of the model language said by those that XMILE has with the same meaning; texts in, text out."""

from __future__ import annotations

import re
from collections.abc import Callable

from latecomer.language.namespace import SMALL

NUMBER = re.compile(r"-?[\d.]+(e[-+]?\d+)?")


def decimal(value: float) -> str:
    """The shortest number that reads back to the same value, in parentheses where it is negative.

    >>> decimal(3.0), decimal(-0.25), decimal(1e-6)
    ('3', '(-0.25)', '1e-06')
    """
    shown = repr(float(value)).removesuffix(".0")
    return f"({shown})" if shown.startswith("-") else shown


def bare(text: str) -> str:
    """A text without the parentheses that enclose all of it.

    >>> bare("(a + b)"), bare("(a) + (b)")
    ('a + b', '(a) + (b)')
    """
    return text[1:-1] if text.startswith("(") and _closes_at_end(text) else text


def _closes_at_end(text: str) -> bool:
    depth, quoted = 0, False
    for place, character in enumerate(text):
        quoted ^= character == '"'
        depth += 0 if quoted else (character == "(") - (character == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def called(function: str, *given: str) -> str:
    """A function of some texts.

    >>> called("MAX", "0", "(a + b)")
    'MAX(0, a + b)'
    """
    return f"{function}({', '.join(bare(text) for text in given)})"


def value_of(text: str) -> float | None:
    """The number that a text is, or None where it is more than a number."""
    return float(bare(text)) if NUMBER.fullmatch(bare(text)) else None


def towards_zero(x: str) -> str:
    """INT rounds down in XMILE, INTEGER towards zero.

    >>> towards_zero("x")
    '((IF x >= 0 THEN 1 ELSE (-1)) * INT(ABS(x)))'
    """
    return f"((IF {x} >= 0 THEN 1 ELSE (-1)) * INT({called('ABS', x)}))"


def remainder(x: str, divisor: str) -> str:
    """MODULO has the sign of x; MOD differs among programs where x is negative.

    >>> remainder("x", "2")
    '((IF x >= 0 THEN 1 ELSE (-1)) * (ABS(x) mod 2))'
    """
    # in small letters all readers know it
    return f"((IF {x} >= 0 THEN 1 ELSE (-1)) * ({called('ABS', x)} mod {divisor}))"


def safe_division(numerator: str, denominator: str, *otherwise: str) -> str:
    """SAFEDIV guards against nought alone, ZIDZ and XIDZ against all that is small.

    >>> safe_division("a", "b")
    'SAFEDIV(a, IF ABS(b) < 1e-06 THEN 0 ELSE b)'
    """
    known = value_of(denominator)
    if known is None or abs(known) < SMALL:
        denominator = f"IF {called('ABS', denominator)} < {decimal(SMALL)} THEN 0 ELSE {denominator}"
    return called("SAFEDIV", numerator, denominator, *otherwise)


def quantum(x: str, size: str) -> str:
    """The multiple of `size` next to x towards zero.

    >>> quantum("x", "5")
    '(5 * ((IF (x / 5) >= 0 THEN 1 ELSE (-1)) * INT(ABS(x / 5))))'
    """
    known = value_of(size)
    if known is not None and known >= SMALL:
        return f"({size} * {towards_zero(f'({x} / {size})')})"
    ratio = safe_division(x, size, "0")
    return f"(IF {size} < {decimal(SMALL)} THEN {x} ELSE ({size} * {towards_zero(ratio)}))"


def ramp(slope: str, start: str, finish: str) -> str:
    """RAMP of XMILE has no end.

    >>> ramp("2", "1960", "1970")
    '(2 * MAX(0, MIN(TIME, 1970) - 1960))'
    """
    first, last = value_of(start), value_of(finish)
    now = called("MIN", "TIME", finish)
    if first is None or last is None:
        now = f"(IF {finish} < {start} THEN TIME ELSE {now})"
    elif last < first:
        now = "TIME"
    return f"({slope} * MAX(0, {now} - {start}))"


ELEMENTARY: dict[str, Callable[..., str]] = {
    "power": lambda base, exponent: f"({base} ^ {exponent})",
    "log": lambda x, base: f"({called('LN', x)} / {called('LN', base)})",
    "integer": towards_zero,
    "modulo": remainder,
    "quantum": quantum,
    "zidz": safe_division,
    "xidz": safe_division,
    "ramp": ramp,
    "safediv": lambda *given: called("SAFEDIV", *given),
    "mod": lambda x, divisor: f"({x} mod {divisor})",
    "floor": lambda x: called("INT", x),
    # no number where a limit is passed
    "within": lambda x, limit: f"(IF {x} > {limit} THEN SQRT(-1) ELSE {x})",
    "step_at": lambda *given: called("STEP", *given),
    "pulse_of": lambda *given: called("PULSE", *given),
}
