"""The words and signs of an equation, in Vensim's spelling or in XMILE's."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from latecomer.language.limits import LONGEST_NAME, LONGEST_NUMBER
from latecomer.language.written import Unreadable, Unsupported

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
