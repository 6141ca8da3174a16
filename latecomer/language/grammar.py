"""The grammar of equations: from tokens to a tree; what programs read in different ways is refused."""

from __future__ import annotations

from latecomer.language.limits import DEEPEST, too_deep
from latecomer.language.tokens import Dialect, Token, tokens
from latecomer.language.written import (
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
