"""The grammar of equations: from tokens to a tree; what programs read in different ways is refused.

Also here:
- The words and signs of an equation, in Vensim's spelling or in XMILE's.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from latecomer.language.limits import DEEPEST, LONGEST_NAME, LONGEST_NUMBER, too_deep
from latecomer.language.source import (
    Apply,
    Literal,
    Name,
    Operation,
    Points,
    Unreadable,
    Unsupported,
    Written,
    depth,
)

NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"

# a longer name cannot be read, so that a missing quotation mark does not make reading slow
QUOTED = rf'"(?:\\.|[^"\\]){{0,{LONGEST_NAME}}}"'

BLANK = r"\s+|\{[^{}]*\}"

SIGNS = r"<>|<=|>=|[-+*/^=<>()\[\],;!]"

# letters of any alphabet, and what Vensim allows inside a name: blanks, digits, ' and $
VENSIM_NAME = r"[^\W\d](?:[\w'$ ]|[^\x00-\x7f])*|[^\x00-\x7f](?:[\w'$ ]|[^\x00-\x7f])*"

XMILE_NAME = r"(?:[^\W\d]|[^\x00-\x7f])(?:[\w'$.]|[^\x00-\x7f])*"

PLAIN_NUMBER = re.compile(rf"[-+]?{NUMBER}")

LOGIC = {":and:": "AND", ":or:": "OR", ":not:": "NOT"}

XMILE_WORDS = frozenset({"and", "or", "not", "mod", "if", "then", "else"})


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign: `kind` is number, name, word (an operator in letters), text, sign or end."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True)
class Dialect:
    """How a program spells names and words."""

    name: str
    pattern: re.Pattern[str]
    words: frozenset[str]


def _pattern(name: str, extra: str) -> re.Pattern[str]:
    # an exponent must not be taken from a name that follows a number, nor a number from inside a name
    return re.compile(
        rf"(?P<blank>{BLANK})|(?P<number>{NUMBER})(?![^\W\d])|(?P<quoted>{QUOTED})|(?P<name>{name})"
        rf"|(?P<text>'[^']*')|(?P<word>{extra})|(?P<sign>{SIGNS})",
        re.IGNORECASE,
    )


VENSIM = Dialect("vensim", _pattern(VENSIM_NAME, r":[A-Z ]+:"), frozenset())

# Stella writes the array wildcard and the two-character operators like everybody else
XMILE = Dialect("xmile", _pattern(XMILE_NAME, r"//"), XMILE_WORDS)


def number(text: str) -> float | None:
    """A plain decimal number, or None for anything else: 1_0, inf, other digits, one beyond all bounds.

    >>> number("-1.5e3"), number("1_0"), number("1e999")
    (-1500.0, None, None)
    """
    plain = text.strip()
    if len(plain) > LONGEST_NUMBER or PLAIN_NUMBER.fullmatch(plain) is None:
        return None
    value = float(plain)
    return value if math.isfinite(value) else None


def unquoted(name: str) -> str:
    """A name without the quotes around it, blanks made single.

    >>> unquoted('"Hours  worked, total"')
    'Hours worked, total'
    """
    name = " ".join(name.split())
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == '"' else name


def tokens(text: str, dialect: Dialect) -> list[Token]:
    """The tokens of a text, with one of kind end behind them; comments in braces are left out.

    Raises `Unreadable` at the first sign that belongs to no token.

    >>> [token.text for token in tokens("2 * human capital", VENSIM)]
    ['2', '*', 'human capital', '']
    """
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = dialect.pattern.match(text, position)
        if match is None:
            raise Unreadable(text, text[position:])
        token = _token(str(match.lastgroup), match.group(), position, dialect)
        if token is not None:
            found.append(token)
        position = match.end()
    return [*found, Token("end", "", len(text))]


def _token(kind: str, text: str, start: int, dialect: Dialect) -> Token | None:
    if kind == "blank":
        return None
    if len(text) > (LONGEST_NUMBER if kind == "number" else LONGEST_NAME):
        what, most = ("number", LONGEST_NUMBER) if kind == "number" else ("name", LONGEST_NAME)
        raise Unsupported(f"a {what} of {len(text)} characters", f"at most {most}", "write a shorter one")
    if kind in ("name", "quoted"):
        if kind == "name" and text.lower() in dialect.words:
            return Token("word", text.upper(), start)
        name = unquoted(text)
        # XMILE writes a line break inside a name as two characters
        return Token("name", name.replace("\\n", " ") if dialect.name == "xmile" else name, start)
    if kind == "word":
        spelled = "".join(text.split()).lower()
        return Token("word", LOGIC.get(spelled, spelled.upper()), start)
    return Token(kind, text, start)


COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})

CLEAR = "an order of evaluation that is beyond doubt"


def parse(text: str, dialect: Dialect) -> Written:
    """The tree of an expression; raises `Unreadable` or `Unsupported`."""
    parser = _Parser(text, dialect)
    try:
        tree = parser.logic()
    except RecursionError:
        raise too_deep() from None
    parser.end()
    if depth(tree) > DEEPEST:
        raise too_deep()
    return tree


def parse_points(text: str, dialect: Dialect) -> Points:
    """The points of a table written in parentheses, with or without its range in brackets."""
    parser = _Parser(text, dialect)
    points = parser.points()
    parser.end()
    return points


class _Parser:
    """Recursive descent, one method for each level of binding, loosest first."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text, self.dialect = text, dialect
        self.tokens = tokens(text, dialect)
        self.at = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def sees(self, *texts: str) -> bool:
        return self.next.kind in ("sign", "word") and self.next.text in texts

    def expect(self, text: str) -> None:
        if not self.sees(text):
            raise self.unreadable()
        self.take()

    def unreadable(self) -> Unreadable:
        return Unreadable(self.text, self.text[self.next.start :])

    def end(self) -> None:
        if self.next.kind != "end":
            raise self.unreadable()

    def logic(self) -> Written:
        if self.sees("IF"):
            return self.choice()
        result, seen = self.negation(), ""
        while self.sees("AND", "OR"):
            word = self.take().text
            if seen and word != seen:
                both, either = self.spelled("AND"), self.spelled("OR")
                raise Unsupported(
                    f"{both} and {either} side by side without parentheses",
                    CLEAR,
                    f"set parentheses around the {both} or the {either}",
                )
            seen = word
            result = Operation(word, (result, self.negation()))
        return result

    def spelled(self, word: str) -> str:
        """A logical word as the model text spells it."""
        return f":{word}:" if self.dialect.name == "vensim" else word

    def choice(self) -> Written:
        self.expect("IF")
        condition = self.logic()
        self.expect("THEN")
        first = self.logic()
        self.expect("ELSE")
        return Apply("if then else", (condition, first, self.logic()))

    def negation(self) -> Written:
        if not self.sees("NOT"):
            return self.comparison()
        self.take()
        if self.sees("NOT"):
            return Operation("NOT", (self.negation(),))
        if self.dialect.name == "vensim":
            # :NOT: a = b is :NOT: (a = b)
            return Operation("NOT", (self.comparison(),))
        operand = self.unary()
        # some programs read NOT a = b as (NOT a) = b
        if self.sees("+", "-", "*", "/", "MOD", *COMPARISONS):
            raise Unsupported(
                "a negation in front of an operation",
                CLEAR,
                "set parentheses: NOT (a = b)",
            )
        return Operation("NOT", (operand,))

    def comparison(self) -> Written:
        left = self.sum()
        if not self.sees(*COMPARISONS):
            return left
        operator = self.take().text
        right = self.sum()
        if self.sees(*COMPARISONS):
            raise Unsupported(
                "a chain of comparisons such as a < b < c",
                CLEAR,
                f"write a < b {self.spelled('AND')} b < c, or set parentheses",
            )
        return Operation(operator, (left, right))

    def sum(self) -> Written:
        result = self.product()
        while self.sees("+", "-"):
            operator = self.take().text
            result = Operation(operator, (result, self.product()))
        return result

    def product(self) -> Written:
        result = self.unary()
        while self.sees("*", "/", "MOD", "//"):
            operator = self.take().text
            if operator == "//":
                raise Unsupported("the operator //", "/ or SAFEDIV", "write SAFEDIV(a, b)")
            result = Operation(operator, (result, self.unary()))
        return result

    def unary(self) -> Written:
        if self.sees("+"):
            self.take()
            return self.unary()
        if not self.sees("-"):
            return self.power()
        self.take()
        # a power goes before its sign: -2^2 is -(2^2), in Vensim and in Stella
        operand = self.unary()
        if isinstance(operand, Literal) and not operand.text and operand.value >= 0:
            return Literal(-operand.value)
        return Operation("neg", (operand,))

    def power(self) -> Written:
        base = self.primary()
        if not self.sees("^"):
            return base
        self.take()
        minus = False
        while self.sees("+", "-"):
            minus ^= self.take().text == "-"
        # Vensim: a^b^c is a^(b^c), and 2^-2^2 is 2^-(2^2)
        exponent = self.power() if self.dialect.name == "vensim" else self.primary()
        if self.sees("^"):
            raise Unsupported(
                "a chain of powers such as a^b^c", "one ^ at a time", "set parentheses: (a^b)^c or a^(b^c)"
            )
        if minus:
            exponent = (
                Literal(-exponent.value)
                if isinstance(exponent, Literal) and not exponent.text
                else Operation("neg", (exponent,))
            )
        return Operation("^", (base, exponent))

    def primary(self) -> Written:
        token = self.next
        if token.kind == "number":
            return Literal(float(self.take().text))
        if token.kind == "text":
            return Literal(0.0, f"the text {self.take().text}")
        if token.kind == "word" and token.text == ":NA:":
            self.take()
            return Literal(0.0, "the missing value :NA:")
        if token.kind == "name":
            return self.name()
        if self.sees("("):
            self.take()
            inside = self.logic()
            self.expect(")")
            return inside
        raise self.unreadable()

    def name(self) -> Written:
        name = self.take().text
        subscripts = self.subscripts() if self.sees("[") else None
        if not self.sees("("):
            return Name(name, subscripts)
        self.take()
        arguments = [] if self.sees(")") else self.arguments(name)
        self.expect(")")
        return Apply(name, tuple(arguments), subscripts)

    def arguments(self, name: str) -> list[Written]:
        found = [self.logic()]
        while self.sees(","):
            self.take()
            if "".join(name.lower().replace("_", " ").split()) == "withlookup":
                found.append(self.points())
            else:
                found.append(self.logic())
        return found

    def subscripts(self) -> tuple[str, ...]:
        self.expect("[")
        found = []
        while True:
            if self.next.kind not in ("name", "number") and not self.sees("*"):
                raise self.unreadable()
            word = self.take().text
            if self.sees("!"):
                word += self.take().text
            found.append(word)
            if self.sees("]"):
                self.take()
                return tuple(found)
            self.expect(",")

    def points(self) -> Points:
        self.expect("(")
        if self.sees("["):
            self.skip_range()
        numbers, pairs = [], []
        while True:
            if self.sees("("):
                self.take()
                x = self.number()
                self.expect(",")
                pairs.append((x, self.number()))
                self.expect(")")
            else:
                numbers.append(self.number())
            if self.sees(")"):
                self.take()
                break
            self.expect(",")
        if numbers and (pairs or len(numbers) % 2):
            raise self.unreadable()
        half = len(numbers) // 2
        pairs += list(zip(numbers[:half], numbers[half:], strict=True))
        if self.dialect.name == "vensim" and len({x for x, _ in pairs}) == len(pairs):
            pairs.sort()
        return Points(tuple(x for x, _ in pairs), tuple(y for _, y in pairs))

    def skip_range(self) -> None:
        while not self.sees("]"):
            if self.take().kind == "end":
                self.at -= 1
                raise self.unreadable()
        self.take()
        if self.sees(","):
            self.take()

    def number(self) -> float:
        sign = 1.0
        while self.sees("+", "-"):
            sign *= -1.0 if self.take().text == "-" else 1.0
        if self.next.kind != "number":
            raise self.unreadable()
        return sign * float(self.take().text)
