"""Units as a text writes them, such as billion dollars/Year: each word is a dimension of its own."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pint.facets.plain import PlainUnit as Unit

DIMENSIONLESS = "Dmnl"


# not every program that opens a model text reads ^ in a unit, so the unit of noise can be said in words
ROOT = ["square", "root"]


LONGEST, DEEPEST = 500, 50


_PURE = frozenset({"dmnl", "dimensionless"})


# the equivalents that Vensim presets; no other plural is beyond doubt
_SETS = (
    "dollar dollars $ $s",
    "person persons people",
    "unit units",
    *(f"{span} {span}s" for span in ("second", "minute", "hour", "day", "week", "month", "quarter", "year")),
)


_SAME = {word: words.split()[0] for words in _SETS for word in words.split()}


_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?)|(?P<word>(?:[^\W\d]|[$€£¥%°])[\w.'$€£¥%°\s]*)|(?P<sign>[*/^()-]))"
)


class UnreadableUnit(Exception):
    """A unit text that cannot be read; its message says what is wrong with it."""


class Units:
    """Units over words that have no factors between them: `billion dollars` and `dollars` are strangers.

    pint carries the arithmetic, exactly, with fractions as powers.

    >>> units = Units()
    >>> flow = units.read("billion dollars/Year")
    >>> units.written(flow * units.read("years") ** 2)
    'billion dollars*Year'
    """

    def __init__(self) -> None:
        # pint takes a fifth of a second to import, and most commands need no units
        from pint import UnitRegistry

        self._registry: UnitRegistry[Any] = UnitRegistry(None, non_int_type=Fraction)
        self._dimensions: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._known: dict[str, Unit] = {}
        self.one: Unit = self._registry.Unit("")

    def read(self, text: str) -> Unit:
        """The unit that a text names: words, 1, * / ^ and parentheses; / and * from left to right.

        `square root Year` is Year^0.5. Case, underscores and Vensim's equivalents (Year and years, person and
        people) do not matter. Raises `UnreadableUnit`.

        >>> units = Units()
        >>> units.read("Person / (year * Year)") == units.read("people/years^2")
        True
        """
        if text not in self._known:
            self._known[text] = _Reader(text, self).whole()
        return self._known[text]

    def power(self, unit: Unit, exponent: Fraction) -> Unit:
        """A unit raised to an exact power.

        >>> units = Units()
        >>> units.written(units.power(units.read("Year"), Fraction(-1, 3)))
        '1/Year^(1/3)'
        """
        # pint keeps a word to the power of 0, and such a unit is not equal to one without words
        return unit**exponent if exponent else self.one

    def word(self, word: str) -> Unit:
        """The unit that a single word names, new where the word is."""
        parts = word.casefold().replace("_", " ").split()
        if parts[:2] == ROOT and parts[2:]:
            return self.power(self.word(" ".join(word.replace("_", " ").split()[2:])), Fraction(1, 2))
        canonical = " ".join(_SAME.get(part, part) for part in parts)
        if canonical in _PURE:
            return self.one
        if canonical not in self._dimensions:
            name = self._dimensions[canonical] = f"u{len(self._dimensions)}"
            self._registry.define(f"{name} = [{name}]")
            self._words[f"[{name}]"] = " ".join(word.replace("_", " ").split())
        return self._registry.Unit(self._dimensions[canonical])

    def written(self, unit: Unit) -> str:
        """The text of a unit, in the words in which each was first read.

        >>> units = Units()
        >>> units.written(units.read("Month^-1")), units.written(units.one)
        ('1/Month', 'Dmnl')
        """
        dimensions = dict(unit.dimensionality)
        powers = [(word, Fraction(str(dimensions.get(name, 0)))) for name, word in self._words.items()]
        above = [_power(word, power) for word, power in powers if power > 0]
        below = [_power(word, -power) for word, power in powers if power < 0]
        if not below:
            return "*".join(above) or DIMENSIONLESS
        divisor = f"({'*'.join(below)})" if len(below) > 1 else below[0]
        return f"{'*'.join(above) or '1'}/{divisor}"


def _power(word: str, power: Fraction) -> str:
    if power == 1:
        return word
    if power == Fraction(1, 2):
        return f"{' '.join(ROOT)} {word}"
    decimal = str(float(power)).removesuffix(".0")
    if "e" not in decimal and Fraction(decimal) == power:
        return f"{word}^{decimal}"
    return f"{word}^({power})"


class _Reader:
    """Reads one unit text by recursive descent."""

    def __init__(self, text: str, units: Units) -> None:
        self._units = units
        self._tokens: list[tuple[str, str]] = []
        if len(text) > LONGEST or text.count("(") > DEEPEST:
            raise UnreadableUnit(f"more than {LONGEST} characters, or {DEEPEST} parentheses,")
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise UnreadableUnit(f"the sign '{text[at:].strip()[0]}'")
            self._tokens.append((str(found.lastgroup), found.group().strip()))
            at = found.end()
        self._tokens.append(("end", ""))

    def whole(self) -> Unit:
        """The unit of the whole text."""
        unit = self._product()
        if self._tokens[0][0] != "end":
            raise UnreadableUnit(f"'{self._tokens[0][1]}' where * or / is missing")
        return unit

    def _take(self, *signs: str) -> str:
        kind, token = self._tokens[0]
        if kind == "sign" and token in signs:
            self._tokens.pop(0)
            return token
        return ""

    def _product(self) -> Unit:
        unit = self._factor()
        while sign := self._take("*", "/"):
            factor = self._factor()
            unit = unit * factor if sign == "*" else unit / factor
        return unit

    def _factor(self) -> Unit:
        unit = self._atom()
        return self._units.power(unit, self._exponent()) if self._take("^") else unit

    def _atom(self) -> Unit:
        if self._take("("):
            unit = self._product()
            self._close()
            return unit
        kind, token = self._tokens.pop(0)
        if kind == "word":
            return self._units.word(token)
        if kind == "number" and Fraction(token) == 1:
            return self._units.one
        if kind == "number":
            raise UnreadableUnit(f"the number {token}")
        raise UnreadableUnit(
            f"'{token}' where a word is missing" if token else "an end where a word is missing"
        )

    def _exponent(self) -> Fraction:
        if not self._take("("):
            return self._number()
        exponent = self._number()
        if self._take("/"):
            divisor = self._number()
            if not divisor:
                raise UnreadableUnit("a division by 0 in a power")
            exponent /= divisor
        self._close()
        return exponent

    def _number(self) -> Fraction:
        sign = -1 if self._take("-") else 1
        kind, token = self._tokens.pop(0)
        if kind != "number":
            raise UnreadableUnit("a power that is no number")
        return sign * Fraction(token)

    def _close(self) -> None:
        if not self._take(")"):
            raise UnreadableUnit("a parenthesis without its end")
